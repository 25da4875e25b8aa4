// Reads tls-ciphers and tls-ciphersuites into lists of suites, the same way for every backend.
//
// tls-ciphers is OpenSSL's language of cipher lists:
//
//     list  = item *( (":" | "," | " " | ";") item )
//     item  = ["-" | "!" | "+"] word *( "+" word )   words with "+" between them: suites that all of them describe
//           | "@STRENGTH" | "@SECLEVEL=" digit
//     word  = the name of a suite, IANA's or OpenSSL's | ALL | DEFAULT | HIGH | ECDHE | aRSA | AESGCM | …
//
// It is translated against the vocabulary of cipher_table.hpp and against what the backend's library has, and every word is
// checked: an unknown one is an error on all backends, although OpenSSL and wolfSSL let it pass when another word is good.
// Adding a named suite that the library lacks is an error; removing it is none. Words for groups take what is there.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "keyway/error.hpp"
#include "keyway/tls/cipher_table.hpp"

namespace keyway::sdk::tls {

// What a backend's library has, by number.
struct Supported {
  std::vector<uint16_t> ids;
  bool Has(uint16_t id) const { return std::find(ids.begin(), ids.end(), id) != ids.end(); }
};

struct CipherChoice {
  std::vector<const Suite*> suites;  // in order of preference
  int security_level = -1;           // of @SECLEVEL, or -1 when nothing was said
};

namespace internal {

// Words that stand for suites which the vocabulary leaves out on purpose: known, and empty.
inline bool IsEmptyWord(std::string_view w) {
  static constexpr std::string_view kWords[] = {"aNULL",
                                                "eNULL",
                                                "NULL",
                                                "EXP",
                                                "EXPORT",
                                                "LOW",
                                                "RC4",
                                                "RC2",
                                                "DES",
                                                "IDEA",
                                                "SEED",
                                                "MD5",
                                                "PSK",
                                                "kPSK",
                                                "aPSK",
                                                "kRSAPSK",
                                                "kECDHEPSK",
                                                "kDHEPSK",
                                                "SRP",
                                                "kSRP",
                                                "aSRP",
                                                "ADH",
                                                "AECDH",
                                                "DSS",
                                                "aDSS",
                                                "aDH",
                                                "kDH",
                                                "kDHr",
                                                "kDHd",
                                                "aECDH",
                                                "kECDH",
                                                "kECDHr",
                                                "kECDHe",
                                                "GOST",
                                                "aGOST",
                                                "kGOST",
                                                "COMPLEMENTOFALL",
                                                "KRB5"};
  return std::find(std::begin(kWords), std::end(kWords), w) != std::end(kWords);
}

// Whether a word for a group describes a suite. *known says whether it is such a word at all.
inline bool WordDescribes(std::string_view w, const Suite& s, bool* known) {
  struct Row {
    std::string_view word;
    bool (*test)(const Suite&);
  };
  static constexpr Row kRows[] = {
      {"ALL", [](const Suite&) { return true; }},
      {"DEFAULT", [](const Suite& x) { return x.in_default; }},
      {"COMPLEMENTOFDEFAULT", [](const Suite& x) { return !x.in_default; }},
      {"HIGH", [](const Suite& x) { return x.bits >= 128; }},
      {"MEDIUM", [](const Suite& x) { return x.bits < 128; }},
      {"FIPS", [](const Suite& x) { return x.enc != Enc::kChaCha && x.enc != Enc::kCamellia && x.enc != Enc::kAria; }},
      {"kRSA", [](const Suite& x) { return x.kx == Kx::kRsa; }},
      {"RSA", [](const Suite& x) { return x.kx == Kx::kRsa; }},
      {"aRSA", [](const Suite& x) { return x.auth == Auth::kRsa; }},
      {"aECDSA", [](const Suite& x) { return x.auth == Auth::kEcdsa; }},
      {"ECDSA", [](const Suite& x) { return x.auth == Auth::kEcdsa; }},
      {"kECDHE", [](const Suite& x) { return x.kx == Kx::kEcdhe; }},
      {"kEECDH", [](const Suite& x) { return x.kx == Kx::kEcdhe; }},
      {"ECDHE", [](const Suite& x) { return x.kx == Kx::kEcdhe; }},
      {"EECDH", [](const Suite& x) { return x.kx == Kx::kEcdhe; }},
      {"ECDH", [](const Suite& x) { return x.kx == Kx::kEcdhe; }},
      {"kDHE", [](const Suite& x) { return x.kx == Kx::kDhe; }},
      {"kEDH", [](const Suite& x) { return x.kx == Kx::kDhe; }},
      {"DHE", [](const Suite& x) { return x.kx == Kx::kDhe; }},
      {"EDH", [](const Suite& x) { return x.kx == Kx::kDhe; }},
      {"DH", [](const Suite& x) { return x.kx == Kx::kDhe; }},
      {"AES", [](const Suite& x) { return x.enc <= Enc::kAesCbc; }},
      {"AES128", [](const Suite& x) { return x.enc <= Enc::kAesCbc && x.bits == 128; }},
      {"AES256", [](const Suite& x) { return x.enc <= Enc::kAesCbc && x.bits == 256; }},
      {"AESGCM", [](const Suite& x) { return x.enc == Enc::kAesGcm; }},
      {"AESCCM", [](const Suite& x) { return x.enc == Enc::kAesCcm || x.enc == Enc::kAesCcm8; }},
      {"AESCCM8", [](const Suite& x) { return x.enc == Enc::kAesCcm8; }},
      {"CHACHA20", [](const Suite& x) { return x.enc == Enc::kChaCha; }},
      {"CAMELLIA", [](const Suite& x) { return x.enc == Enc::kCamellia; }},
      {"CAMELLIA128", [](const Suite& x) { return x.enc == Enc::kCamellia && x.bits == 128; }},
      {"CAMELLIA256", [](const Suite& x) { return x.enc == Enc::kCamellia && x.bits == 256; }},
      {"ARIA", [](const Suite& x) { return x.enc == Enc::kAria; }},
      {"ARIAGCM", [](const Suite& x) { return x.enc == Enc::kAria; }},
      {"ARIA128", [](const Suite& x) { return x.enc == Enc::kAria && x.bits == 128; }},
      {"ARIA256", [](const Suite& x) { return x.enc == Enc::kAria && x.bits == 256; }},
      {"3DES", [](const Suite& x) { return x.enc == Enc::kTripleDes; }},
      {"SHA", [](const Suite& x) { return x.mac == Mac::kSha1; }},
      {"SHA1", [](const Suite& x) { return x.mac == Mac::kSha1; }},
      {"SHA256", [](const Suite& x) { return x.mac == Mac::kSha256; }},
      {"SHA384", [](const Suite& x) { return x.mac == Mac::kSha384; }},
      {"TLSv1", [](const Suite& x) { return x.mac == Mac::kSha1; }},
      {"TLSv1.0", [](const Suite& x) { return x.mac == Mac::kSha1; }},
      {"SSLv3", [](const Suite& x) { return x.mac == Mac::kSha1; }},
      {"TLSv1.2", [](const Suite& x) { return x.mac != Mac::kSha1; }},
  };
  for (const Row& row : kRows) {
    if (row.word == w) {
      *known = true;
      return row.test(s);
    }
  }
  *known = IsEmptyWord(w);
  return false;
}

inline const Suite* SuiteByName(std::string_view name) {
  if (name.substr(0, 4) == "EDH-") {  // OpenSSL's old spelling
    std::string modern = "DHE-" + std::string(name.substr(4));
    return SuiteByName(modern);
  }
  for (const Suite& s : kSuites) {
    if (name == s.iana || name == s.openssl) return &s;
  }
  return nullptr;
}

inline bool Is13Name(std::string_view name) {
  for (const Suite13& s : kSuites13) {
    if (name == s.iana) return true;
  }
  return false;
}

// One list while it is worked on: OpenSSL keeps all suites in one order and moves them about as the items say.
class CipherList {
 public:
  explicit CipherList(const Supported& supported) {
    for (const Suite& s : kSuites) {
      if (supported.Has(s.id)) entries_.push_back({&s, false, false});
    }
  }

  template <class Match>
  void Apply(char op, Match match) {
    std::vector<Entry> picked, rest;
    for (const Entry& e : entries_) {
      bool moves = match(*e.suite) && !e.killed && (op == 0 ? !e.active : op == '!' ? true : e.active);
      (moves ? picked : rest).push_back(e);
    }
    for (Entry& e : picked) {
      e.active = op == 0 || op == '+';
      e.killed = op == '!';
    }
    // Taken-out suites go to the front, in their order, so that adding them again restores it.
    bool to_front = op == '-' || op == '!';
    entries_ = to_front ? std::move(picked) : std::move(rest);
    const std::vector<Entry>& tail = to_front ? rest : picked;
    entries_.insert(entries_.end(), tail.begin(), tail.end());
  }

  void SortByStrength() {
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.suite->bits > b.suite->bits; });
  }

  std::vector<const Suite*> Active() const {
    std::vector<const Suite*> out;
    for (const Entry& e : entries_) {
      if (e.active) out.push_back(e.suite);
    }
    return out;
  }

 private:
  struct Entry {
    const Suite* suite;
    bool active;
    bool killed;
  };
  std::vector<Entry> entries_;
};

struct Item {
  char op = 0;  // 0, '-', '!' or '+'
  std::vector<std::string_view> words;
};

inline std::vector<Item> SplitItems(std::string_view text) {
  std::vector<Item> items;
  size_t pos = 0;
  while (pos < text.size()) {
    size_t end = std::min(text.find_first_of(":, ;\t", pos), text.size());
    std::string_view item = text.substr(pos, end - pos);
    pos = end + 1;
    if (item.empty()) continue;
    Item out;
    if (item[0] == '-' || item[0] == '!' || item[0] == '+') {
      out.op = item[0];
      item.remove_prefix(1);
    }
    while (true) {
      // "DEFAULT@SECLEVEL=2" is written without a separator as well.
      size_t at = item.find_first_of("+@", 1);
      out.words.push_back(item.substr(0, at));
      if (at == std::string_view::npos) break;
      if (item[at] == '@') {
        items.push_back(out);
        out = Item{};
        item.remove_prefix(at);
      } else {
        item.remove_prefix(at + 1);
      }
    }
    items.push_back(out);
  }
  return items;
}

inline int32_t BadCipher(kw_error* err, const char* setting, std::string_view word, const char* why) {
  return Fail(err, KW_E_CONFIG, KW_REASON_CIPHER, setting, "'%.*s' %s",
              static_cast<int>(std::min<size_t>(word.size(), 60)), word.data(), why);
}

inline int32_t ApplyCommand(std::string_view word, CipherList* list, CipherChoice* out, kw_error* err) {
  static constexpr std::string_view kLevel = "@SECLEVEL=";
  if (word == "@STRENGTH") {
    list->SortByStrength();
    return KW_OK;
  }
  if (word.substr(0, kLevel.size()) == kLevel && word.size() == kLevel.size() + 1 && word.back() >= '0' &&
      word.back() <= '5') {
    out->security_level = word.back() - '0';
    return KW_OK;
  }
  return BadCipher(err, "tls-ciphers", word, "is no command of a cipher list: @STRENGTH or @SECLEVEL=0 to 5");
}

// Checks one item's words. A single name may be that of a suite.
inline int32_t CheckItem(const Item& item, const Supported& supported, const char* library, kw_error* err) {
  for (std::string_view word : item.words) {
    bool known = false;
    WordDescribes(word, kSuites[0], &known);
    if (known) continue;
    const Suite* suite = SuiteByName(word);
    if (suite != nullptr) {
      if (item.op == 0 && !supported.Has(suite->id)) {
        std::string why = "is a cipher that " + std::string(library) + " does not have";
        return BadCipher(err, "tls-ciphers", word, why.c_str());
      }
      continue;
    }
    if (Is13Name(word)) return BadCipher(err, "tls-ciphers", word, "is for TLS 1.3: it belongs in tls-ciphersuites");
    return BadCipher(err, "tls-ciphers", word, "is no cipher and no group of ciphers that is known");
  }
  return KW_OK;
}

}  // namespace internal

// What an empty tls-ciphers means: of DEFAULT what has forward secrecy and is authenticated as it is encrypted, so that a scanner
// finds nothing to complain about. DEFAULT itself has room for clients of the years before.
inline constexpr std::string_view kUnsetCiphers = "DEFAULT:-kRSA:-SHA1:-SHA256:-SHA384";

// Translates tls-ciphers. `library` is its name for texts of errors.
inline int32_t ParseCiphers(std::string_view text, const Supported& supported, const char* library, CipherChoice* out,
                            kw_error* err) {
  using namespace internal;
  CipherList list(supported);
  std::vector<Item> items = SplitItems(text);
  if (items.empty()) items = SplitItems(kUnsetCiphers);
  for (const Item& item : items) {
    if (item.words[0].empty()) return BadCipher(err, "tls-ciphers", text, "lacks a name after a sign");
    if (item.words[0][0] == '@') {
      if (int32_t r = ApplyCommand(item.words[0], &list, out, err); r != KW_OK) return r;
      continue;
    }
    if (int32_t r = CheckItem(item, supported, library, err); r != KW_OK) return r;
    list.Apply(item.op, [&](const Suite& s) {
      return std::all_of(item.words.begin(), item.words.end(), [&](std::string_view word) {
        bool known = false;
        bool described = WordDescribes(word, s, &known);
        return known ? described : SuiteByName(word) == &s;
      });
    });
  }
  out->suites = list.Active();
  if (out->suites.empty()) return BadCipher(err, "tls-ciphers", text, "leaves no cipher that this library has");
  return KW_OK;
}

// Translates tls-ciphersuites; an empty text means all default ones that the library has, with ChaCha20 first where AES is slow.
inline int32_t ParseCiphersuites(std::string_view text, const Supported& supported, const char* library,
                                 bool aes_is_slow, std::vector<const Suite13*>* out, kw_error* err) {
  using namespace internal;
  out->clear();
  for (const Item& item : SplitItems(text)) {
    std::string_view word = item.words[0];
    const Suite13* found = nullptr;
    for (const Suite13& s : kSuites13) {
      if (word == s.iana) found = &s;
    }
    if (found == nullptr || item.op != 0 || item.words.size() != 1) {
      return BadCipher(err, "tls-ciphersuites", word, "is no ciphersuite of TLS 1.3 that is known");
    }
    if (!supported.Has(found->id)) {
      std::string why = "is a ciphersuite that " + std::string(library) + " does not have";
      return BadCipher(err, "tls-ciphersuites", word, why.c_str());
    }
    if (std::find(out->begin(), out->end(), found) == out->end()) out->push_back(found);
  }
  if (!out->empty()) return KW_OK;
  for (const Suite13& s : kSuites13) {
    if (s.in_default && supported.Has(s.id)) out->push_back(&s);
  }
  if (aes_is_slow) {
    std::stable_partition(out->begin(), out->end(), [](const Suite13* s) { return s->enc == Enc::kChaCha; });
  }
  return KW_OK;
}

// Joins names into a list for a library.
template <class T, class NameOf>
std::string JoinNames(const std::vector<const T*>& suites, NameOf name_of) {
  std::string out;
  for (const T* s : suites) {
    if (!out.empty()) out += ':';
    out += name_of(*s);
  }
  return out;
}

}  // namespace keyway::sdk::tls
