// Revocation lists (RFC 5280): read and searched here, so that every backend takes and refuses the same ones, whatever its library
// makes of them. Who signed a list is left to the library.
//
// Names are compared by their bytes, as authorities have to write them. A list with an extension that is critical and not known here
// (one for a part of the certificates, a delta, an indirect one) is refused: to take it for a whole list would let revoked peers in.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "keyway/tls/der.hpp"

namespace keyway::sdk::tls {

// One list. Views into its DER.
struct Crl {
  std::string_view to_be_signed;    // with its header
  std::string_view algorithm;       // the object identifier of the signature
  std::string_view signature;       // without the count of unused bits
  std::string_view issuer;          // the name, with its header
  int64_t this_update = 0;          // Unix seconds
  int64_t next_update = INT64_MAX;  // when there has to be a newer list
  std::vector<std::string_view> serials;
};

namespace internal {

inline bool ReadCrlTime(der::Reader* in, int64_t* seconds) {
  std::string_view text;
  if (!in->Expect(der::kUtcTime, &text) && !in->Expect(der::kGeneralizedTime, &text)) return false;
  return der::ReadTime(text, seconds);
}

// A list of extensions. *critical is set when one of them is critical.
inline bool ReadExtensions(std::string_view list, bool* critical) {
  der::Reader all(list);
  while (!all.at_end()) {
    std::string_view extension, id, flag;
    if (!all.Expect(der::kSequence, &extension)) return false;
    der::Reader in(extension);
    if (!in.Expect(der::kOid, &id)) return false;
    if (in.Expect(0x01, &flag) && flag != std::string_view("\0", 1)) *critical = true;
    if (!in.Expect(0x04, &flag)) return false;
  }
  return true;
}

inline bool ReadRevoked(std::string_view list, Crl* out, bool* critical) {
  der::Reader all(list);
  while (!all.at_end()) {
    std::string_view entry, serial, extensions;
    int64_t when = 0;
    if (!all.Expect(der::kSequence, &entry)) return false;
    der::Reader in(entry);
    if (!in.Expect(der::kInteger, &serial) || !ReadCrlTime(&in, &when)) return false;
    if (in.Expect(der::kSequence, &extensions) && !ReadExtensions(extensions, critical)) return false;
    out->serials.push_back(serial);
  }
  return true;
}

inline bool ReadTbsCertList(std::string_view body, Crl* out, bool* critical) {
  der::Reader in(body);
  std::string_view part, list;
  in.Expect(der::kInteger, &part);
  if (!in.Expect(der::kSequence, &part) || !in.Expect(der::kSequence, &part, &out->issuer)) return false;
  if (!ReadCrlTime(&in, &out->this_update)) return false;
  if ((in.NextIs(der::kUtcTime) || in.NextIs(der::kGeneralizedTime)) && !ReadCrlTime(&in, &out->next_update))
    return false;
  if (in.Expect(der::kSequence, &part) && !ReadRevoked(part, out, critical)) return false;
  if (in.Expect(0xa0, &part)) {
    der::Reader wrapped(part);
    if (!wrapped.Expect(der::kSequence, &list) || !ReadExtensions(list, critical)) return false;
  }
  return in.at_end();
}

}  // namespace internal

// Reads one list. Null, or why it cannot be used.
inline const char* ReadCrl(std::string_view der, Crl* out) {
  der::Reader outer(der);
  std::string_view all, body, part;
  bool critical = false;
  if (!outer.Expect(der::kSequence, &all) || !outer.at_end()) return "is broken";
  der::Reader in(all);
  if (!in.Expect(der::kSequence, &body, &out->to_be_signed)) return "is broken";
  if (!in.Expect(der::kSequence, &part) || !der::Reader(part).Expect(der::kOid, &out->algorithm)) return "is broken";
  if (!in.Expect(der::kBitString, &out->signature) || !in.at_end() || out->signature.size() < 2 ||
      out->signature.front() != '\0') {
    return "is broken";
  }
  out->signature.remove_prefix(1);
  if (!internal::ReadTbsCertList(body, out, &critical)) return "is broken";
  if (critical) return "has a critical extension that is not understood: it is for a part of the certificates only";
  return nullptr;
}

// What a certificate is called in a list.
struct CertId {
  std::string_view issuer, subject;  // names, with their headers
  std::string_view serial;
  bool self_issued() const { return issuer == subject; }
};

// Views into the certificate's DER.
inline bool ReadCertId(std::string_view der, CertId* out) {
  std::string_view all, body, part;
  if (!der::Reader(der).Expect(der::kSequence, &all) || !der::Reader(all).Expect(der::kSequence, &body)) return false;
  der::Reader in(body);
  in.Expect(0xa0, &part);
  return in.Expect(der::kInteger, &out->serial) && in.Expect(der::kSequence, &part) &&
         in.Expect(der::kSequence, &part, &out->issuer) && in.Expect(der::kSequence, &part) &&
         in.Expect(der::kSequence, &part, &out->subject);
}

// What the lists say of a certificate.
enum class Standing {
  kGood,
  kRevoked,
  kNoList,       // none of its issuer's
  kListExpired,  // the newest of its issuer's is out of date
};

// The lists of a context. Filled in once, then searched by any number of threads.
class RevocationLists {
 public:
  // `keep_expired`: a list counts whatever its dates say.
  void set_keep_expired(bool keep) { keep_expired_ = keep; }
  bool keep_expired() const { return keep_expired_; }
  // Whether there are lists at all; without any, nothing is refused.
  bool empty() const { return by_issuer_.empty(); }

  // Of several lists of one issuer, all entries count, and the latest date.
  void Add(const Crl& crl) {
    List& list = by_issuer_[std::string(crl.issuer)];
    list.next_update = std::max(list.next_update, crl.next_update);
    for (std::string_view serial : crl.serials) list.serials.emplace_back(serial);
    std::sort(list.serials.begin(), list.serials.end());
  }

  // Certificates that issued themselves are not judged: they are trusted because they were configured, or not at all.
  Standing Judge(const CertId& cert, int64_t now_s) const {
    if (empty() || cert.self_issued()) return Standing::kGood;
    auto found = by_issuer_.find(std::string(cert.issuer));
    if (found == by_issuer_.end()) return Standing::kNoList;
    const List& list = found->second;
    if (std::binary_search(list.serials.begin(), list.serials.end(), cert.serial)) return Standing::kRevoked;
    return list.next_update < now_s && !keep_expired_ ? Standing::kListExpired : Standing::kGood;
  }
  // The same for a certificate's DER; one that cannot be read has no list.
  Standing JudgeDer(std::string_view der, int64_t now_s) const {
    CertId id;
    if (empty()) return Standing::kGood;
    return ReadCertId(der, &id) ? Judge(id, now_s) : Standing::kNoList;
  }

 private:
  struct List {
    int64_t next_update = 0;
    std::vector<std::string> serials;  // in order
  };
  std::unordered_map<std::string, List> by_issuer_;
  bool keep_expired_ = false;
};

}  // namespace keyway::sdk::tls
