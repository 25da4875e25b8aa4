// The vocabulary of TLS cipher suites: every name that a user may write, on every backend.
//
// The order of the rows is the order of preference, and DEFAULT means the rows that say so: one vetted list for all backends.
// Suites without encryption or without authentication, with RC4, single DES or export keys, and those of PSK and SRP are not in
// the table: there is no way to switch them on.
#pragma once

#include <cstdint>

namespace keyway::sdk::tls {

enum class Kx : uint8_t { kEcdhe, kDhe, kRsa };
enum class Auth : uint8_t { kEcdsa, kRsa };
enum class Enc : uint8_t { kAesGcm, kAesCcm, kAesCcm8, kAesCbc, kChaCha, kCamellia, kAria, kTripleDes };
enum class Mac : uint8_t { kAead, kSha1, kSha256, kSha384 };

// A suite of TLS 1.2 and before.
struct Suite {
  uint16_t id;
  const char* iana;
  const char* openssl;
  Kx kx;
  Auth auth;
  Enc enc;
  Mac mac;
  uint16_t bits;  // of the key's strength
  bool in_default;
};

// A suite of TLS 1.3, where key exchange and authentication are apart.
struct Suite13 {
  uint16_t id;
  const char* iana;
  Enc enc;
  bool in_default;
};

// clang-format off
inline constexpr Suite kSuites[] = {
    {0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", Kx::kEcdhe, Auth::kEcdsa, Enc::kAesGcm, Mac::kAead, 128, true},
    {0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", Kx::kEcdhe, Auth::kRsa, Enc::kAesGcm, Mac::kAead, 128, true},
    {0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", Kx::kEcdhe, Auth::kEcdsa, Enc::kAesGcm, Mac::kAead, 256, true},
    {0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", Kx::kEcdhe, Auth::kRsa, Enc::kAesGcm, Mac::kAead, 256, true},
    {0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", Kx::kEcdhe, Auth::kEcdsa, Enc::kChaCha, Mac::kAead, 256, true},
    {0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305", Kx::kEcdhe, Auth::kRsa, Enc::kChaCha, Mac::kAead, 256, true},
    {0x009E, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256", Kx::kDhe, Auth::kRsa, Enc::kAesGcm, Mac::kAead, 128, true},
    {0x009F, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384", Kx::kDhe, Auth::kRsa, Enc::kAesGcm, Mac::kAead, 256, true},
    {0xCCAA, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "DHE-RSA-CHACHA20-POLY1305", Kx::kDhe, Auth::kRsa, Enc::kChaCha, Mac::kAead, 256, true},
    {0xC023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256", Kx::kEcdhe, Auth::kEcdsa, Enc::kAesCbc, Mac::kSha256, 128, true},
    {0xC024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE-ECDSA-AES256-SHA384", Kx::kEcdhe, Auth::kEcdsa, Enc::kAesCbc, Mac::kSha384, 256, true},
    {0xC027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256", Kx::kEcdhe, Auth::kRsa, Enc::kAesCbc, Mac::kSha256, 128, true},
    {0xC028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE-RSA-AES256-SHA384", Kx::kEcdhe, Auth::kRsa, Enc::kAesCbc, Mac::kSha384, 256, true},
    {0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", "DHE-RSA-AES128-SHA256", Kx::kDhe, Auth::kRsa, Enc::kAesCbc, Mac::kSha256, 128, true},
    {0x006B, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "DHE-RSA-AES256-SHA256", Kx::kDhe, Auth::kRsa, Enc::kAesCbc, Mac::kSha256, 256, true},
    {0xC009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA", Kx::kEcdhe, Auth::kEcdsa, Enc::kAesCbc, Mac::kSha1, 128, true},
    {0xC00A, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA", Kx::kEcdhe, Auth::kEcdsa, Enc::kAesCbc, Mac::kSha1, 256, true},
    {0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA", Kx::kEcdhe, Auth::kRsa, Enc::kAesCbc, Mac::kSha1, 128, true},
    {0xC014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA", Kx::kEcdhe, Auth::kRsa, Enc::kAesCbc, Mac::kSha1, 256, true},
    {0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "DHE-RSA-AES128-SHA", Kx::kDhe, Auth::kRsa, Enc::kAesCbc, Mac::kSha1, 128, true},
    {0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "DHE-RSA-AES256-SHA", Kx::kDhe, Auth::kRsa, Enc::kAesCbc, Mac::kSha1, 256, true},
    {0x009C, "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256", Kx::kRsa, Auth::kRsa, Enc::kAesGcm, Mac::kAead, 128, true},
    {0x009D, "TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384", Kx::kRsa, Auth::kRsa, Enc::kAesGcm, Mac::kAead, 256, true},
    {0x003C, "TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256", Kx::kRsa, Auth::kRsa, Enc::kAesCbc, Mac::kSha256, 128, true},
    {0x003D, "TLS_RSA_WITH_AES_256_CBC_SHA256", "AES256-SHA256", Kx::kRsa, Auth::kRsa, Enc::kAesCbc, Mac::kSha256, 256, true},
    {0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA", Kx::kRsa, Auth::kRsa, Enc::kAesCbc, Mac::kSha1, 128, true},
    {0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA", Kx::kRsa, Auth::kRsa, Enc::kAesCbc, Mac::kSha1, 256, true},
    {0xC0AC, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "ECDHE-ECDSA-AES128-CCM", Kx::kEcdhe, Auth::kEcdsa, Enc::kAesCcm, Mac::kAead, 128, false},
    {0xC0AD, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM", "ECDHE-ECDSA-AES256-CCM", Kx::kEcdhe, Auth::kEcdsa, Enc::kAesCcm, Mac::kAead, 256, false},
    {0xC0AE, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8", Kx::kEcdhe, Auth::kEcdsa, Enc::kAesCcm8, Mac::kAead, 128, false},
    {0xC0AF, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", "ECDHE-ECDSA-AES256-CCM8", Kx::kEcdhe, Auth::kEcdsa, Enc::kAesCcm8, Mac::kAead, 256, false},
    {0xC09E, "TLS_DHE_RSA_WITH_AES_128_CCM", "DHE-RSA-AES128-CCM", Kx::kDhe, Auth::kRsa, Enc::kAesCcm, Mac::kAead, 128, false},
    {0xC09F, "TLS_DHE_RSA_WITH_AES_256_CCM", "DHE-RSA-AES256-CCM", Kx::kDhe, Auth::kRsa, Enc::kAesCcm, Mac::kAead, 256, false},
    {0xC0A2, "TLS_DHE_RSA_WITH_AES_128_CCM_8", "DHE-RSA-AES128-CCM8", Kx::kDhe, Auth::kRsa, Enc::kAesCcm8, Mac::kAead, 128, false},
    {0xC0A3, "TLS_DHE_RSA_WITH_AES_256_CCM_8", "DHE-RSA-AES256-CCM8", Kx::kDhe, Auth::kRsa, Enc::kAesCcm8, Mac::kAead, 256, false},
    {0xC09C, "TLS_RSA_WITH_AES_128_CCM", "AES128-CCM", Kx::kRsa, Auth::kRsa, Enc::kAesCcm, Mac::kAead, 128, false},
    {0xC09D, "TLS_RSA_WITH_AES_256_CCM", "AES256-CCM", Kx::kRsa, Auth::kRsa, Enc::kAesCcm, Mac::kAead, 256, false},
    {0xC0A0, "TLS_RSA_WITH_AES_128_CCM_8", "AES128-CCM8", Kx::kRsa, Auth::kRsa, Enc::kAesCcm8, Mac::kAead, 128, false},
    {0xC0A1, "TLS_RSA_WITH_AES_256_CCM_8", "AES256-CCM8", Kx::kRsa, Auth::kRsa, Enc::kAesCcm8, Mac::kAead, 256, false},
    {0xC072, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256", "ECDHE-ECDSA-CAMELLIA128-SHA256", Kx::kEcdhe, Auth::kEcdsa, Enc::kCamellia, Mac::kSha256, 128, false},
    {0xC073, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384", "ECDHE-ECDSA-CAMELLIA256-SHA384", Kx::kEcdhe, Auth::kEcdsa, Enc::kCamellia, Mac::kSha384, 256, false},
    {0xC076, "TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256", "ECDHE-RSA-CAMELLIA128-SHA256", Kx::kEcdhe, Auth::kRsa, Enc::kCamellia, Mac::kSha256, 128, false},
    {0xC077, "TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384", "ECDHE-RSA-CAMELLIA256-SHA384", Kx::kEcdhe, Auth::kRsa, Enc::kCamellia, Mac::kSha384, 256, false},
    {0x00BE, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256", "DHE-RSA-CAMELLIA128-SHA256", Kx::kDhe, Auth::kRsa, Enc::kCamellia, Mac::kSha256, 128, false},
    {0x00C4, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256", "DHE-RSA-CAMELLIA256-SHA256", Kx::kDhe, Auth::kRsa, Enc::kCamellia, Mac::kSha256, 256, false},
    {0x00BA, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256", "CAMELLIA128-SHA256", Kx::kRsa, Auth::kRsa, Enc::kCamellia, Mac::kSha256, 128, false},
    {0x00C0, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256", "CAMELLIA256-SHA256", Kx::kRsa, Auth::kRsa, Enc::kCamellia, Mac::kSha256, 256, false},
    {0x0045, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA", "DHE-RSA-CAMELLIA128-SHA", Kx::kDhe, Auth::kRsa, Enc::kCamellia, Mac::kSha1, 128, false},
    {0x0088, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA", "DHE-RSA-CAMELLIA256-SHA", Kx::kDhe, Auth::kRsa, Enc::kCamellia, Mac::kSha1, 256, false},
    {0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA", "CAMELLIA128-SHA", Kx::kRsa, Auth::kRsa, Enc::kCamellia, Mac::kSha1, 128, false},
    {0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA", "CAMELLIA256-SHA", Kx::kRsa, Auth::kRsa, Enc::kCamellia, Mac::kSha1, 256, false},
    {0xC05C, "TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256", "ECDHE-ECDSA-ARIA128-GCM-SHA256", Kx::kEcdhe, Auth::kEcdsa, Enc::kAria, Mac::kAead, 128, false},
    {0xC05D, "TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384", "ECDHE-ECDSA-ARIA256-GCM-SHA384", Kx::kEcdhe, Auth::kEcdsa, Enc::kAria, Mac::kAead, 256, false},
    {0xC060, "TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256", "ECDHE-ARIA128-GCM-SHA256", Kx::kEcdhe, Auth::kRsa, Enc::kAria, Mac::kAead, 128, false},
    {0xC061, "TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384", "ECDHE-ARIA256-GCM-SHA384", Kx::kEcdhe, Auth::kRsa, Enc::kAria, Mac::kAead, 256, false},
    {0xC008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA", "ECDHE-ECDSA-DES-CBC3-SHA", Kx::kEcdhe, Auth::kEcdsa, Enc::kTripleDes, Mac::kSha1, 112, false},
    {0xC012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "ECDHE-RSA-DES-CBC3-SHA", Kx::kEcdhe, Auth::kRsa, Enc::kTripleDes, Mac::kSha1, 112, false},
    {0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA", "DHE-RSA-DES-CBC3-SHA", Kx::kDhe, Auth::kRsa, Enc::kTripleDes, Mac::kSha1, 112, false},
    {0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA", Kx::kRsa, Auth::kRsa, Enc::kTripleDes, Mac::kSha1, 112, false},
};

inline constexpr Suite13 kSuites13[] = {
    {0x1301, "TLS_AES_128_GCM_SHA256", Enc::kAesGcm, true},
    {0x1302, "TLS_AES_256_GCM_SHA384", Enc::kAesGcm, true},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256", Enc::kChaCha, true},
    {0x1304, "TLS_AES_128_CCM_SHA256", Enc::kAesCcm, false},
    {0x1305, "TLS_AES_128_CCM_8_SHA256", Enc::kAesCcm8, false},
};
// clang-format on

inline const Suite* FindSuite(uint16_t id) {
  for (const Suite& s : kSuites) {
    if (s.id == id) return &s;
  }
  return nullptr;
}

inline const Suite13* FindSuite13(uint16_t id) {
  for (const Suite13& s : kSuites13) {
    if (s.id == id) return &s;
  }
  return nullptr;
}

// The IANA name of a suite of any version, or null.
inline const char* SuiteName(uint16_t id) {
  if (const Suite* s = FindSuite(id); s != nullptr) return s->iana;
  if (const Suite13* s = FindSuite13(id); s != nullptr) return s->iana;
  return nullptr;
}

}  // namespace keyway::sdk::tls
