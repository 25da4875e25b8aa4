#include "credentials.h"

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/dh.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include <cstring>
#include <ctime>

#include "errors.h"
#include "keyway/error.hpp"
#include "keyway/tls/pem.hpp"

namespace keyway::tls_wolfssl {

using sdk::Fail;
using sdk::Value;
using sdk::tls::Identity;
using sdk::tls::PemBlocks;

namespace {

std::string Where(const Value& value) { return value.origin.empty() ? "" : " of " + std::string(value.origin); }

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

struct Password {
  std::string_view text;
  bool asked = false;
};

int GivePassword(char* buf, int size, int, void* arg) {
  auto* password = static_cast<Password*>(arg);
  password->asked = true;
  if (password->text.empty() || password->text.size() > static_cast<size_t>(size)) return -1;
  std::memcpy(buf, password->text.data(), password->text.size());
  return static_cast<int>(password->text.size());
}

int32_t InForce(const CertDates& dates, const Identity& id, kw_error* err) {
  int64_t now = static_cast<int64_t>(time(nullptr));
  if (dates.not_after < now) {
    return Fail(err, KW_E_CONFIG, KW_REASON_CERT_EXPIRED, id.cert_setting, "the certificate%s has expired",
                Where(id.cert).c_str());
  }
  if (dates.not_before > now) {
    return Fail(err, KW_E_CONFIG, KW_REASON_CERT_NOT_YET_VALID, id.cert_setting, "the certificate%s is not valid yet",
                Where(id.cert).c_str());
  }
  return KW_OK;
}

int32_t LoadChain(WOLFSSL_CTX* ctx, const Identity& id, bool allow_expired, std::vector<CertDates>* dates,
                  kw_error* err) {
  bool broken = false;
  std::vector<std::string_view> blocks = PemBlocks(id.cert.bytes, "CERTIFICATE", &broken);
  if (blocks.empty()) return FailSetting(err, id.cert_setting, "no certificate can be read" + Where(id.cert), 0);
  for (size_t i = 0; i < blocks.size(); ++i) {
    X509Ptr cert = FromPem(blocks[i]);
    if (!cert) {
      return FailSetting(
          err, id.cert_setting,
          (i == 0 ? "no certificate can be read" : "a certificate of the chain is broken") + Where(id.cert), 0);
    }
    CertDates d = DatesOf(cert.get(), id.cert_setting);
    if (i == 0 && !allow_expired) {
      if (int32_t r = InForce(d, id, err); r != KW_OK) return r;
    }
    dates->push_back(std::move(d));
  }
  if (broken) return FailSetting(err, id.cert_setting, "a certificate of the chain" + Where(id.cert) + " is broken", 0);
  int r = wolfSSL_CTX_use_certificate_chain_buffer(ctx, Bytes(id.cert.bytes), static_cast<long>(id.cert.bytes.size()));
  if (r != WOLFSSL_SUCCESS)
    return FailSetting(err, id.cert_setting, "the certificate" + Where(id.cert) + " cannot be used", r);
  return KW_OK;
}

bool LooksEncrypted(std::string_view pem) {
  return pem.find("ENCRYPTED PRIVATE KEY-----") != std::string_view::npos ||
         pem.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
}

#ifdef HAVE_ECC
// Whether an elliptic private key belongs to the certificate: its public half is computed and compared. The library's own check
// (wolfSSL_CTX_check_private_key) accepts any point of the curve in some builds, Debian's among them.
bool EccKeyBelongs(std::string_view key_pem, const Value& pass, std::string_view cert_pem) {
  X509Ptr cert = FromPem(cert_pem);
  if (!cert || wolfSSL_X509_get_pubkey_type(cert.get()) != ECDSAk) return true;
  std::string shown(1024, '\0');
  int shown_len = static_cast<int>(shown.size());
  if (wolfSSL_X509_get_pubkey_buffer(cert.get(), reinterpret_cast<unsigned char*>(shown.data()), &shown_len) !=
      WOLFSSL_SUCCESS) {
    return false;
  }
  shown.resize(static_cast<size_t>(shown_len));
  sdk::Secret der(std::string(key_pem.size(), '\0'));
  auto* der_bytes = const_cast<byte*>(der.bytes());
  std::string password(pass.bytes);
  int der_len = wc_KeyPemToDer(Bytes(key_pem), static_cast<int>(key_pem.size()), der_bytes,
                               static_cast<int>(der.size()), password.c_str());
  sdk::Wipe(password.data(), password.size());
  if (der_len <= 0) return false;
  ecc_key key;
  if (wc_ecc_init(&key) != 0) return false;
  word32 at = 0;
  byte own[256];
  word32 own_len = sizeof own;
  bool ok = wc_EccPrivateKeyDecode(der_bytes, &at, &key, static_cast<word32>(der_len)) == 0 &&
            wc_ecc_make_pub(&key, nullptr) == 0 && wc_ecc_export_x963(&key, own, &own_len) == 0;
  wc_ecc_free(&key);
  std::string_view computed(reinterpret_cast<const char*>(own), own_len);
  return ok && shown.size() >= computed.size() &&
         std::string_view(shown).substr(shown.size() - computed.size()) == computed;
}
#endif

int32_t LoadKey(WOLFSSL_CTX* ctx, const Identity& id, kw_error* err) {
  // The key's own block: the library would stumble over the parameters that "openssl ecparam -genkey" writes before it.
  bool broken = false;
  std::vector<std::string_view> blocks = PemBlocks(id.key.bytes, "PRIVATE KEY", &broken);
  if (blocks.empty()) return FailSetting(err, id.key_setting, "no private key can be read" + Where(id.key), 0);
  bool encrypted = LooksEncrypted(blocks[0]);
  if (encrypted && !id.pass.set()) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, id.pass_setting, "the key%s is encrypted and %s is not set",
                Where(id.key).c_str(), id.pass_setting);
  }
  Password password{id.pass.bytes};
  wolfSSL_CTX_set_default_passwd_cb(ctx, GivePassword);
  wolfSSL_CTX_set_default_passwd_cb_userdata(ctx, &password);
  int r = wolfSSL_CTX_use_PrivateKey_buffer(ctx, Bytes(blocks[0]), static_cast<long>(blocks[0].size()),
                                            WOLFSSL_FILETYPE_PEM);
  wolfSSL_CTX_set_default_passwd_cb_userdata(ctx, nullptr);
  wolfSSL_CTX_set_default_passwd_cb(ctx, nullptr);
  if (r != WOLFSSL_SUCCESS && encrypted) {
    DrainErrors();
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, id.pass_setting, "the password does not open the key%s",
                Where(id.key).c_str());
  }
  if (r != WOLFSSL_SUCCESS) return FailSetting(err, id.key_setting, "no private key can be read" + Where(id.key), r);
  bool belongs = wolfSSL_CTX_check_private_key(ctx) == WOLFSSL_SUCCESS;
#ifdef HAVE_ECC
  belongs = belongs && EccKeyBelongs(blocks[0], id.pass, PemBlocks(id.cert.bytes, "CERTIFICATE", &broken)[0]);
#endif
  if (!belongs) {
    return FailSetting(err, id.key_setting, "the key" + Where(id.key) + " does not belong to " + id.cert_setting, 0);
  }
  DrainErrors();
  return KW_OK;
}

int32_t LoadCaFile(WOLFSSL_CTX* ctx, const char* setting, const Value& file, bool may_be_empty,
                   std::vector<CertDates>* dates, size_t* count, kw_error* err) {
  bool broken = false;
  std::vector<std::string_view> blocks = PemBlocks(file.bytes, "CERTIFICATE", &broken);
  for (std::string_view block : blocks) {
    X509Ptr cert = FromPem(block);
    if (!cert) return FailSetting(err, setting, "a CA certificate" + Where(file) + " is broken", 0);
    ++*count;
    if (dates != nullptr) dates->push_back(DatesOf(cert.get(), setting));
    int r = wolfSSL_CTX_load_verify_buffer(ctx, Bytes(block), static_cast<long>(block.size()), WOLFSSL_FILETYPE_PEM);
    bool out_of_date = r == ASN_AFTER_DATE_E || r == ASN_BEFORE_DATE_E;
    if (r != WOLFSSL_SUCCESS && !out_of_date)
      return FailSetting(err, setting, "a CA certificate" + Where(file) + " cannot be used", r);
  }
  if (broken) return FailSetting(err, setting, "a CA certificate" + Where(file) + " is broken", 0);
  if (blocks.empty() && !may_be_empty) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, setting, "there is no certificate in the file%s",
                Where(file).c_str());
  }
  DrainErrors();
  return KW_OK;
}

}  // namespace

int32_t LoadIdentity(WOLFSSL_CTX* ctx, const Identity& id, bool allow_expired, std::vector<CertDates>* dates,
                     kw_error* err) {
  if (!id.set()) return KW_OK;
  if (int32_t r = LoadChain(ctx, id, allow_expired, dates, err); r != KW_OK) return r;
  return LoadKey(ctx, id, err);
}

int32_t LoadCas(WOLFSSL_CTX* ctx, const sdk::tls::TlsSettings& settings, std::vector<CertDates>* dates, kw_error* err) {
  size_t count = 0;
  if (settings.ca_file.set()) {
    if (int32_t r = LoadCaFile(ctx, "tls-ca-cert-file", settings.ca_file, false, dates, &count, err); r != KW_OK)
      return r;
  }
  for (const Value& file : settings.ca_dir) {
    if (int32_t r = LoadCaFile(ctx, "tls-ca-cert-dir", file, true, dates, &count, err); r != KW_OK) return r;
  }
  if (settings.has_ca() && count == 0) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, "tls-ca-cert-dir", "no file of the folder holds a certificate");
  }
  return KW_OK;
}

int32_t LoadDhParams(WOLFSSL_CTX* ctx, const Value& file, kw_error* err) {
  if (file.set()) {
    int r =
        wolfSSL_CTX_SetTmpDH_buffer(ctx, Bytes(file.bytes), static_cast<long>(file.bytes.size()), WOLFSSL_FILETYPE_PEM);
    if (r != WOLFSSL_SUCCESS) {
      return FailSetting(err, "tls-dh-params-file", "no Diffie-Hellman parameters can be read" + Where(file), r);
    }
    return KW_OK;
  }
#ifdef HAVE_FFDHE_2048
  // The library has no DHE ciphers without parameters; the other backend brings its own as well.
  if (const DhParams* group = wc_Dh_ffdhe2048_Get(); group != nullptr) {
    wolfSSL_CTX_SetTmpDH(ctx, group->p, static_cast<int>(group->p_len), group->g, static_cast<int>(group->g_len));
  }
#endif
  return KW_OK;
}

}  // namespace keyway::tls_wolfssl
