// keyway/tls/certificate.hpp: names of every kind, and bytes that are no certificate.
#include "keyway/tls/certificate.hpp"

#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace keyway::test {
namespace {

using sdk::tls::CertificateText;
using sdk::tls::ReadCertificate;
using namespace std::string_literals;

std::string Tlv(int tag, const std::string& body) {
  std::string out(1, static_cast<char>(tag));
  if (body.size() < 128) return out + static_cast<char>(body.size()) + body;
  if (body.size() < 256) return out + "\x81" + static_cast<char>(body.size()) + body;
  return out + "\x82" + static_cast<char>(body.size() >> 8) + static_cast<char>(body.size() & 255) + body;
}

constexpr int kUtf8 = 0x0c, kPrintable = 0x13, kT61 = 0x14, kBmp = 0x1e, kUniversal = 0x1c;
const std::string kCn = "\x55\x04\x03", kOrganization = "\x55\x04\x0a", kUnknown = "\x2a\x03\x04";

std::string Pair(const std::string& oid, int tag, const std::string& value) {
  return Tlv(0x30, Tlv(0x06, oid) + Tlv(tag, value));
}
std::string Attribute(const std::string& oid, int tag, const std::string& value) {
  return Tlv(0x31, Pair(oid, tag, value));
}

struct Parts {
  std::string serial = "\x00\xab\x01"s;
  std::string issuer = Attribute(kCn, kUtf8, "CA");
  std::string subject = Attribute(kCn, kUtf8, "alice");
  std::string from = Tlv(0x17, "260101000000Z"), until = Tlv(0x18, "20500102030405Z");
  std::string sans;
  bool critical = false;

  std::string Der() const {
    std::string san =
        Tlv(0x30, Tlv(0x06, "\x55\x1d\x11") + (critical ? Tlv(0x01, "\xff") : "") + Tlv(0x04, Tlv(0x30, sans)));
    std::string other = Tlv(0x30, Tlv(0x06, "\x55\x1d\x0f") + Tlv(0x04, "\x03\x02\x07\x80"));
    std::string body = Tlv(0xa0, Tlv(0x02, "\x02")) + Tlv(0x02, serial) + Tlv(0x30, Tlv(0x06, kCn)) +
                       Tlv(0x30, issuer) + Tlv(0x30, from + until) + Tlv(0x30, subject) + Tlv(0x30, "") +
                       (sans.empty() ? "" : Tlv(0xa3, Tlv(0x30, other + san)));
    return Tlv(0x30, Tlv(0x30, body) + Tlv(0x30, "") + Tlv(0x03, "\x00s"));
  }
  CertificateText Read() const {
    CertificateText text;
    EXPECT_TRUE(ReadCertificate(Der(), &text));
    return text;
  }
};

std::string CommonNameOf(int tag, const std::string& bytes) {
  Parts parts;
  parts.subject = Attribute(kCn, tag, bytes);
  return parts.Read().common_name;
}

TEST(Certificate, AllParts) {
  Parts parts;
  parts.subject = Attribute(kOrganization, kPrintable, "Example") + Attribute(kCn, kUtf8, "alice");
  CertificateText text = parts.Read();
  EXPECT_EQ(text.subject, "CN=alice,O=Example");
  EXPECT_EQ(text.issuer, "CN=CA");
  EXPECT_EQ(text.common_name, "alice");
  EXPECT_EQ(text.serial, "AB01");
  EXPECT_EQ(text.not_before, 1767225600);
  EXPECT_EQ(text.not_after, 2524705445);
  EXPECT_TRUE(text.sans.empty());
}

TEST(Certificate, StringsOfEveryType) {
  EXPECT_EQ(CommonNameOf(kUtf8, "J\xc3\xbcrgen"), "J\xc3\xbcrgen");
  EXPECT_EQ(CommonNameOf(kT61, "J\xfcrgen"), "J\xc3\xbcrgen");
  EXPECT_EQ(CommonNameOf(kBmp, "\0J\0\xfc\x20\xac\xd8\x3d\xde\x00"s), "J\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(CommonNameOf(kUniversal, "\0\0\0J\0\1\xf6\0"s), "J\xf0\x9f\x98\x80");
  EXPECT_EQ(CommonNameOf(kUtf8, "\xff\xfe"), "\xff\xfe") << "what says that it is UTF-8 goes through";
}

TEST(Certificate, NamesThatAreNone) {
  EXPECT_EQ(CommonNameOf(kUtf8, "alice\0bob"s), "");
  EXPECT_EQ(CommonNameOf(kBmp, "\0a\0\0\0b"s), "");
  EXPECT_EQ(CommonNameOf(kBmp, "\0a\0"s), "") << "half a character";
  EXPECT_EQ(CommonNameOf(kBmp, "\xd8\x3d\0a"s), "") << "half a pair";
  EXPECT_EQ(CommonNameOf(kUniversal, "\0\x11\0\0"s), "") << "beyond Unicode";
  EXPECT_EQ(CommonNameOf(0x02, "\x07"), "") << "a number";
}

TEST(Certificate, TheLastCommonNameCounts) {
  Parts parts;
  parts.subject = Attribute(kCn, kUtf8, "first") + Attribute(kCn, kUtf8, "last");
  EXPECT_EQ(parts.Read().common_name, "last");
  parts.subject = Attribute(kCn, kUtf8, "first") + Attribute(kCn, kUtf8, "la\0st"s);
  EXPECT_EQ(parts.Read().common_name, "") << "an unusable last one does not bring the first back";
}

TEST(Certificate, SubjectsAreWrittenOut) {
  Parts parts;
  parts.subject = Attribute(kCn, kUtf8, " a,b+c\"\\<>;d\r\n\0 "s);
  EXPECT_EQ(parts.Read().subject, "CN=\\ a\\,b\\+c\\\"\\\\\\<\\>\\;d\\0D\\0A\\00\\ ");
  parts.subject = Attribute(kCn, kUtf8, "#x") + Attribute(kUnknown, kUtf8, "hi");
  EXPECT_EQ(parts.Read().subject, "1.2.3.4=#0C026869,CN=\\#x");
  parts.subject = Tlv(0x31, Pair(kCn, kUtf8, "a") + Pair(kOrganization, kUtf8, "b"));
  EXPECT_EQ(parts.Read().subject, "CN=a+O=b");
  parts.subject = "";
  EXPECT_EQ(parts.Read().subject, "");
}

TEST(Certificate, AlternativeNames) {
  for (bool critical : {false, true}) {
    Parts parts;
    parts.critical = critical;
    parts.sans = Tlv(0x82, "a.example") + Tlv(0x86, "spiffe://example/a b") + Tlv(0x87, "\x7f\0\0\1"s) +
                 Tlv(0x81, "a@b") + Tlv(0x82, "evil.example\0.good.example"s) + Tlv(0x86, "") + Tlv(0x87, "\1\2\3") +
                 Tlv(0xa4, "x") + Tlv(0x87, std::string(15, '\0') + "\1") + Tlv(0x82, std::string(300, 'x'));
    const std::vector<std::string> wanted = {"DNS:a.example", "URI:spiffe://example/a b",
                                             "IP:127.0.0.1",  "email:a@b",
                                             "IP:::1",        "DNS:" + std::string(300, 'x')};
    EXPECT_EQ(parts.Read().sans, wanted);
  }
}

TEST(Certificate, DatesThatAreNone) {
  for (const char* text :
       {"", "Z", "260101000000", "26010100000aZ", "261301000000Z", "260100000000Z", "260132000000Z"}) {
    Parts parts;
    parts.from = Tlv(0x17, text);
    EXPECT_EQ(parts.Read().not_before, 0) << text;
  }
  Parts parts;
  parts.from = Tlv(0x17, "700101000000Z");
  EXPECT_EQ(parts.Read().not_before, 0);
  parts.from = Tlv(0x17, "691231235959Z");
  EXPECT_EQ(parts.Read().not_before, -1);
  parts.from = Tlv(0x17, "240229120000Z");
  EXPECT_EQ(parts.Read().not_before, 1709208000);
}

TEST(Certificate, BrokenBytesAreNoHarm) {
  Parts parts;
  parts.sans = Tlv(0x82, "a.example") + Tlv(0x87, "\x7f\0\0\1"s);
  const std::string whole = parts.Der();
  CertificateText text;
  for (size_t size = 0; size < whole.size(); ++size) {
    // Memory of its own, so that a sanitizer sees each byte too many.
    const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_FALSE(ReadCertificate({cut.data(), cut.size()}, &text)) << size;
  }
  const auto seed = static_cast<unsigned>(time(nullptr));
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (int round = 0; round < 20000; ++round) {
    std::vector<char> changed(whole.begin(), whole.end());
    for (int i = 0; i < 3; ++i) changed[random() % changed.size()] = static_cast<char>(random());
    CertificateText out;
    ReadCertificate({changed.data(), changed.size()}, &out);
    for (const std::string& san : out.sans) EXPECT_EQ(san.find('\0'), std::string::npos);
    EXPECT_EQ(out.common_name.find('\0'), std::string::npos);
  }
}

}  // namespace
}  // namespace keyway::test
