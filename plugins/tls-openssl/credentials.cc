#include "credentials.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "errors.h"
#include "keyway/error.hpp"
#include "keyway/tls/certificate.hpp"

namespace keyway::tls_openssl {

using sdk::Fail;
using sdk::Value;
using sdk::tls::Identity;

namespace {

BioPtr Reader(const Value& value) {
  return BioPtr(BIO_new_mem_buf(value.bytes.data(), static_cast<int>(value.bytes.size())));
}

std::string Where(const Value& value) { return value.origin.empty() ? "" : " of " + std::string(value.origin); }

// The end of a PEM file, as opposed to a broken one.
bool AtEnd() {
  unsigned long last = ERR_peek_last_error();
  return ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

// The library reads the extensions of a certificate when it first needs them, under a lock. Here, while nobody else has it, is the
// better moment.
void ReadExtensions(X509* cert) { X509_check_purpose(cert, -1, 0); }

int32_t InForce(X509* cert, const Identity& id, kw_error* err) {
  if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0) {
    return Fail(err, KW_E_CONFIG, KW_REASON_CERT_EXPIRED, id.cert_setting, "the certificate%s has expired",
                Where(id.cert).c_str());
  }
  if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0) {
    return Fail(err, KW_E_CONFIG, KW_REASON_CERT_NOT_YET_VALID, id.cert_setting, "the certificate%s is not valid yet",
                Where(id.cert).c_str());
  }
  return KW_OK;
}

int32_t LoadChain(SSL_CTX* ctx, const Identity& id, bool allow_expired, std::vector<CertDates>* dates, kw_error* err) {
  BioPtr bio = Reader(id.cert);
  Password none{&id.pass};
  X509Ptr leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, GivePassword, &none));
  if (!leaf) return FailSetting(err, id.cert_setting, "no certificate can be read" + Where(id.cert));
  ReadExtensions(leaf.get());
  if (!allow_expired) {
    if (int32_t r = InForce(leaf.get(), id, err); r != KW_OK) return r;
  }
  if (SSL_CTX_use_certificate(ctx, leaf.get()) != 1) {
    return FailSetting(err, id.cert_setting, "the certificate" + Where(id.cert) + " cannot be used");
  }
  dates->push_back(DatesOf(leaf.get(), id.cert_setting));
  while (true) {
    X509Ptr next(PEM_read_bio_X509(bio.get(), nullptr, GivePassword, &none));
    if (!next) break;
    ReadExtensions(next.get());
    dates->push_back(DatesOf(next.get(), id.cert_setting));
    if (SSL_CTX_add0_chain_cert(ctx, next.get()) != 1) {
      return FailSetting(err, id.cert_setting, "a certificate of the chain" + Where(id.cert) + " cannot be used");
    }
    next.release();
  }
  if (!AtEnd()) return FailSetting(err, id.cert_setting, "a certificate of the chain" + Where(id.cert) + " is broken");
  ERR_clear_error();
  return KW_OK;
}

int32_t LoadKey(SSL_CTX* ctx, const Identity& id, std::vector<EnginePtr>* engines, kw_error* err) {
  KeyPtr key;
  Password password{&id.pass};
  if (id.key.is_uri) {
    key = KeyFromUri(std::string(id.key.bytes), &password, engines);
    if (!key && password.asked && !id.pass.set()) {
      ERR_clear_error();
      return Fail(err, KW_E_CONFIG, KW_REASON_NONE, id.pass_setting,
                  "the key behind the URI needs a PIN or password, and %s is not set", id.pass_setting);
    }
    if (!key) return FailSetting(err, id.key_setting, "no private key can be had from the URI");
  } else {
    BioPtr bio = Reader(id.key);
    key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, GivePassword, &password));
  }
  if (!key && password.asked) {
    ERR_clear_error();
    if (!id.pass.set()) {
      return Fail(err, KW_E_CONFIG, KW_REASON_NONE, id.pass_setting, "the key%s is encrypted and %s is not set",
                  Where(id.key).c_str(), id.pass_setting);
    }
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, id.pass_setting, "the password does not open the key%s",
                Where(id.key).c_str());
  }
  if (!key) return FailSetting(err, id.key_setting, "no private key can be read" + Where(id.key));
  // The library reports a mismatch on either of the two calls, depending on the kind of key.
  if (SSL_CTX_use_PrivateKey(ctx, key.get()) != 1 || SSL_CTX_check_private_key(ctx) != 1) {
    return FailSetting(err, id.key_setting, "the key" + Where(id.key) + " does not belong to " + id.cert_setting);
  }
  ERR_clear_error();
  return KW_OK;
}

int32_t LoadCaFile(const char* setting, const Value& file, bool may_be_empty, X509_STORE* store,
                   std::vector<CertDates>* dates, kw_error* err) {
  BioPtr bio = Reader(file);
  size_t count = 0;
  while (true) {
    X509Ptr ca(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, const_cast<char*>("")));
    if (!ca) break;
    ReadExtensions(ca.get());
    if (X509_STORE_add_cert(store, ca.get()) != 1)
      return FailSetting(err, setting, "a CA certificate" + Where(file) + " cannot be used");
    dates->push_back(DatesOf(ca.get(), setting));
    ++count;
  }
  bool broken = !AtEnd();
  if (broken && !(may_be_empty && count == 0))
    return FailSetting(err, setting, "a CA certificate" + Where(file) + " is broken");
  ERR_clear_error();
  if (count == 0 && !may_be_empty) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, setting, "there is no certificate in the file%s",
                Where(file).c_str());
  }
  return KW_OK;
}

}  // namespace

std::string DerOf(X509* cert) {
  int len = i2d_X509(cert, nullptr);
  if (len <= 0) return {};
  std::string der(static_cast<size_t>(len), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  i2d_X509(cert, &at);
  return der;
}

CertDates DatesOf(X509* cert, const char* setting) {
  sdk::tls::CertificateText text;
  sdk::tls::ReadCertificate(DerOf(cert), &text);
  return CertDates{setting, std::move(text.subject), std::move(text.serial), text.not_before, text.not_after};
}

int32_t LoadIdentity(SSL_CTX* ctx, const Identity& id, bool allow_expired, std::vector<CertDates>* dates,
                     std::vector<EnginePtr>* engines, kw_error* err) {
  if (!id.set()) return KW_OK;
  if (int32_t r = LoadChain(ctx, id, allow_expired, dates, err); r != KW_OK) return r;
  return LoadKey(ctx, id, engines, err);
}

void CompleteChain(SSL_CTX* ctx, X509_STORE* cas) {
  SSL_CTX_set1_cert_store(ctx, cas);
  SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
  STACK_OF(X509)* own = nullptr;
  SSL_CTX_get0_chain_certs(ctx, &own);
  // The root is what the peer has already. An incomplete chain is as good as none.
  if (SSL_CTX_get0_certificate(ctx) != nullptr && sk_X509_num(own) <= 0) {
    SSL_CTX_build_cert_chain(
        ctx, SSL_BUILD_CHAIN_FLAG_NO_ROOT | SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR | SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR);
  }
  ERR_clear_error();
}

int32_t LoadCas(const sdk::tls::TlsSettings& settings, StorePtr* out, std::vector<CertDates>* dates, kw_error* err) {
  out->reset(X509_STORE_new());
  if (!*out) return Fail(err, KW_E_NOMEM, KW_REASON_NONE, nullptr, "out of memory");
  size_t before = dates->size();
  if (settings.ca_file.set()) {
    if (int32_t r = LoadCaFile("tls-ca-cert-file", settings.ca_file, false, out->get(), dates, err); r != KW_OK)
      return r;
  }
  for (const Value& file : settings.ca_dir) {
    if (int32_t r = LoadCaFile("tls-ca-cert-dir", file, true, out->get(), dates, err); r != KW_OK) return r;
  }
  if (settings.has_ca() && dates->size() == before) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, "tls-ca-cert-dir", "no file of the folder holds a certificate");
  }
  return KW_OK;
}

int32_t LoadDhParams(SSL_CTX* ctx, const Value& file, kw_error* err) {
  if (!file.set()) {
    SSL_CTX_set_dh_auto(ctx, 1);
    return KW_OK;
  }
  BioPtr bio = Reader(file);
  KeyPtr params(PEM_read_bio_Parameters(bio.get(), nullptr));
  if (!params || !(EVP_PKEY_is_a(params.get(), "DH") || EVP_PKEY_is_a(params.get(), "DHX"))) {
    return FailSetting(err, "tls-dh-params-file", "no Diffie-Hellman parameters can be read" + Where(file));
  }
  if (SSL_CTX_set0_tmp_dh_pkey(ctx, params.get()) != 1) {
    return FailSetting(err, "tls-dh-params-file", "the parameters" + Where(file) + " cannot be used");
  }
  params.release();
  ERR_clear_error();
  return KW_OK;
}

}  // namespace keyway::tls_openssl
