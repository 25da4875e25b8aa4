// What a certificate says of itself, read from its DER form, so that every backend tells the same of the same certificate.
//
// Libraries differ in what they make of names: which string types they convert, how they cut long ones, how they write a subject out.
// This reader serves certificates that a library has parsed already; it checks bounds, not rules. Texts are UTF-8 as far as the
// certificate's own bytes are: what is marked as UTF-8 is passed on as it is. A name with a zero byte in it is left out, since it wants to
// be read as somebody else.
#pragma once

#include <arpa/inet.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keyway/tls/der.hpp"

namespace keyway::sdk::tls {

struct CertificateText {
  std::string subject;            // RFC 2253 style: "CN=client,O=Example"
  std::string issuer;             // the same
  std::string common_name;        // the last one of the subject; empty: none
  std::vector<std::string> sans;  // "DNS:…", "URI:…", "IP:…", "email:…", in the certificate's order
  std::string serial;             // upper-case hexadecimal
  int64_t not_before = 0;         // Unix seconds; 0: unreadable
  int64_t not_after = 0;
};

namespace internal {

using DerItem = der::Item;
using DerReader = der::Reader;

inline bool AppendUtf8(uint32_t c, std::string* out) {
  if (c >= 0xd800 && c < 0xe000) return false;
  if (c < 0x80) {
    *out += static_cast<char>(c);
  } else if (c < 0x800) {
    *out += static_cast<char>(0xc0 | c >> 6);
    *out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    *out += static_cast<char>(0xe0 | c >> 12);
    *out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    *out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x110000) {
    *out += static_cast<char>(0xf0 | c >> 18);
    *out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    *out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    *out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    return false;
  }
  return true;
}

// Characters of one, two or four bytes each, the high ones first.
inline bool WideToUtf8(std::string_view bytes, size_t width, std::string* out) {
  if (bytes.size() % width != 0) return false;
  for (size_t i = 0; i < bytes.size(); i += width) {
    uint32_t c = 0;
    for (size_t k = 0; k < width; ++k) c = c << 8 | static_cast<uint8_t>(bytes[i + k]);
    if (width == 2 && c >= 0xd800 && c < 0xdc00 && i + 4 <= bytes.size()) {
      const uint32_t low =
          static_cast<uint32_t>(static_cast<uint8_t>(bytes[i + 2])) << 8 | static_cast<uint8_t>(bytes[i + 3]);
      if (low < 0xdc00 || low >= 0xe000) return false;
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
      i += width;
    }
    if (!AppendUtf8(c, out)) return false;
  }
  return true;
}

// False for what is no string, or cannot be one.
inline bool StringToUtf8(const DerItem& item, std::string* out) {
  out->clear();
  switch (item.tag) {
    case 0x0c:  // UTF8String
    case 0x12:  // NumericString
    case 0x13:  // PrintableString
    case 0x16:  // IA5String
    case 0x1a:  // VisibleString
      *out = item.body;
      return true;
    case 0x14:  // T61String: Latin-1 in practice
      return WideToUtf8(item.body, 1, out);
    case 0x1e:  // BMPString
      return WideToUtf8(item.body, 2, out);
    case 0x1c:  // UniversalString
      return WideToUtf8(item.body, 4, out);
    default:
      return false;
  }
}

inline std::string HexText(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : bytes) {
    out += kHex[static_cast<uint8_t>(c) >> 4];
    out += kHex[static_cast<uint8_t>(c) & 15];
  }
  return out;
}

inline std::string OidText(std::string_view body) {
  std::string out;
  uint64_t number = 0;
  for (size_t i = 0; i < body.size(); ++i) {
    const auto byte = static_cast<uint8_t>(body[i]);
    if (number > (UINT64_MAX >> 7)) return "?";
    number = number << 7 | (byte & 0x7f);
    if (byte & 0x80) continue;
    if (out.empty()) {
      const uint64_t first = number < 40 ? 0 : number < 80 ? 1 : 2;
      out = std::to_string(first) + "." + std::to_string(number - first * 40);
    } else {
      out += "." + std::to_string(number);
    }
    number = 0;
  }
  return out.empty() ? "?" : out;
}

// The usual short name of an attribute, or null.
inline const char* AttributeName(std::string_view oid) {
  struct Row {
    std::string_view oid;
    const char* name;
  };
  using namespace std::string_view_literals;
  static constexpr Row kRows[] = {
      {"\x55\x04\x03"sv, "CN"},
      {"\x55\x04\x04"sv, "SN"},
      {"\x55\x04\x05"sv, "serialNumber"},
      {"\x55\x04\x06"sv, "C"},
      {"\x55\x04\x07"sv, "L"},
      {"\x55\x04\x08"sv, "ST"},
      {"\x55\x04\x09"sv, "street"},
      {"\x55\x04\x0a"sv, "O"},
      {"\x55\x04\x0b"sv, "OU"},
      {"\x55\x04\x0c"sv, "title"},
      {"\x55\x04\x0d"sv, "description"},
      {"\x55\x04\x11"sv, "postalCode"},
      {"\x55\x04\x29"sv, "name"},
      {"\x55\x04\x2a"sv, "GN"},
      {"\x55\x04\x2b"sv, "initials"},
      {"\x55\x04\x2e"sv, "dnQualifier"},
      {"\x55\x04\x41"sv, "pseudonym"},
      {"\x55\x04\x61"sv, "organizationIdentifier"},
      {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"sv, "emailAddress"},
      {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01"sv, "UID"},
      {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"sv, "DC"},
  };
  for (const Row& row : kRows) {
    if (row.oid == oid) return row.name;
  }
  return nullptr;
}

inline void AppendEscaped(std::string_view value, std::string* out) {
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x20 || byte == 0x7f) {
      *out += '\\' + HexText(value.substr(i, 1));
      continue;
    }
    const bool at_edge = (i == 0 && (c == '#' || c == ' ')) || (i + 1 == value.size() && c == ' ');
    if (at_edge || std::string_view(",+\"\\<>;").find(c) != std::string_view::npos) *out += '\\';
    *out += c;
  }
}

// `der` is what lies inside a Name. `common_name` may be null.
inline std::string NameText(std::string_view der, std::string* common_name) {
  std::string text;
  DerReader sets(der);
  for (DerItem set; !sets.at_end() && sets.Next(der::kSet, &set);) {
    std::string part;
    DerReader pairs(set.body);
    for (DerItem pair; !pairs.at_end() && pairs.Next(der::kSequence, &pair);) {
      DerReader fields(pair.body);
      DerItem oid, value;
      if (!fields.Next(der::kOid, &oid) || !fields.Next(&value)) continue;
      const char* name = AttributeName(oid.body);
      std::string utf8;
      const bool readable = StringToUtf8(value, &utf8);
      if (!part.empty()) part += '+';
      part += (name != nullptr ? name : OidText(oid.body)) + "=";
      if (readable && name != nullptr) {
        AppendEscaped(utf8, &part);
      } else {
        part += "#" + HexText(value.whole);
      }
      if (common_name != nullptr && name != nullptr && std::string_view(name) == "CN") {
        const bool whole = readable && utf8.find('\0') == std::string::npos;
        *common_name = whole ? utf8 : std::string();
      }
    }
    // The most particular part stands in front.
    text = text.empty() ? part : part + "," + text;
  }
  return text;
}

// Seconds since 1970; 0 for what is no time.
inline int64_t UnixTime(const DerItem& time) {
  const size_t length = time.tag == der::kUtcTime ? 13 : time.tag == der::kGeneralizedTime ? 15 : 0;
  int64_t seconds = 0;
  return time.body.size() == length && der::ReadTime(time.body, &seconds) ? seconds : 0;
}

inline void ReadAltNames(std::string_view der, std::vector<std::string>* out) {
  DerReader outer(der);
  DerItem names;
  if (!outer.Next(der::kSequence, &names)) return;
  DerReader reader(names.body);
  for (DerItem name; !reader.at_end() && reader.Next(&name);) {
    const std::string text(name.body);
    if (name.tag == 0x87) {
      char ip[INET6_ADDRSTRLEN] = "";
      if (text.size() == 4) inet_ntop(AF_INET, text.data(), ip, sizeof ip);
      if (text.size() == 16) inet_ntop(AF_INET6, text.data(), ip, sizeof ip);
      if (ip[0] != '\0') out->push_back("IP:" + std::string(ip));
      continue;
    }
    const char* kind = name.tag == 0x82 ? "DNS:" : name.tag == 0x86 ? "URI:" : name.tag == 0x81 ? "email:" : nullptr;
    if (kind == nullptr || text.empty() || text.find('\0') != std::string::npos) continue;
    out->push_back(kind + text);
  }
}

inline void ReadExtensions(std::string_view der, std::vector<std::string>* sans) {
  constexpr std::string_view kSubjectAltName = "\x55\x1d\x11";
  DerReader outer(der);
  DerItem list;
  if (!outer.Next(der::kSequence, &list)) return;
  DerReader reader(list.body);
  for (DerItem extension; !reader.at_end() && reader.Next(der::kSequence, &extension);) {
    DerReader fields(extension.body);
    DerItem oid, value;
    if (!fields.Next(der::kOid, &oid) || oid.body != kSubjectAltName || !fields.Next(&value)) continue;
    if (value.tag == 0x01 && !fields.Next(&value)) continue;  // critical
    if (value.tag == der::kOctets) ReadAltNames(value.body, sans);
  }
}

}  // namespace internal

// False when the bytes are no certificate; `out` then holds what could be read.
inline bool ReadCertificate(std::string_view der, CertificateText* out) {
  using namespace internal;
  DerItem certificate, body, item, not_before, not_after;
  if (!DerReader(der).Next(der::kSequence, &certificate)) return false;
  if (!DerReader(certificate.body).Next(der::kSequence, &body)) return false;
  DerReader fields(body.body);
  if (!fields.Next(&item)) return false;
  if (item.tag == 0xa0 && !fields.Next(&item)) return false;  // version
  if (item.tag != der::kInteger) return false;
  while (item.body.size() > 1 && item.body[0] == '\0') item.body.remove_prefix(1);
  out->serial = HexText(item.body);
  if (!fields.Next(der::kSequence, &item)) return false;  // algorithm
  if (!fields.Next(der::kSequence, &item)) return false;
  out->issuer = NameText(item.body, nullptr);
  if (!fields.Next(der::kSequence, &item)) return false;
  DerReader dates(item.body);
  if (!dates.Next(&not_before) || !dates.Next(&not_after)) return false;
  out->not_before = UnixTime(not_before);
  out->not_after = UnixTime(not_after);
  if (!fields.Next(der::kSequence, &item)) return false;
  out->subject = NameText(item.body, &out->common_name);
  if (!fields.Next(der::kSequence, &item)) return false;  // public key
  while (!fields.at_end() && fields.Next(&item)) {
    if (item.tag == 0xa3) ReadExtensions(item.body, &out->sans);
  }
  return true;
}

}  // namespace keyway::sdk::tls
