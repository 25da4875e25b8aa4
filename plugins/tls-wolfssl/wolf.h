// The library's headers, in the order that they need, and owners for its objects.
#pragma once

#include <wolfssl/options.h>
// options.h comes first.
#include <wolfssl/error-ssl.h>
#include <wolfssl/openssl/x509v3.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include <memory>

#ifndef OPENSSL_EXTRA
#error "tls-wolfssl needs a wolfSSL that was configured with --enable-opensslextra or --enable-opensslall"
#endif

namespace keyway::tls_wolfssl {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};

using CtxPtr = std::unique_ptr<WOLFSSL_CTX, Freer<wolfSSL_CTX_free>>;
using SslPtr = std::unique_ptr<WOLFSSL, Freer<wolfSSL_free>>;
using SessionPtr = std::unique_ptr<WOLFSSL_SESSION, Freer<wolfSSL_SESSION_free>>;
using X509Ptr = std::unique_ptr<WOLFSSL_X509, Freer<wolfSSL_X509_free>>;

// Without AES instructions, in the library's build or in the processor, ChaCha20-Poly1305 is the faster cipher by far.
#if defined(WOLFSSL_AESNI) && defined(__x86_64__)
inline const bool kAesIsSlow = (__builtin_cpu_init(), !__builtin_cpu_supports("aes"));
#elif defined(WOLFSSL_AESNI) || defined(WOLFSSL_ARMASM)
inline constexpr bool kAesIsSlow = false;
#else
inline constexpr bool kAesIsSlow = true;
#endif

}  // namespace keyway::tls_wolfssl
