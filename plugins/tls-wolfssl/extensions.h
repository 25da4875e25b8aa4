// The optional tables of this plug-in.
#pragma once

namespace keyway::tls_wolfssl {

const void* GetExtension(const char* id) noexcept;

}  // namespace keyway::tls_wolfssl
