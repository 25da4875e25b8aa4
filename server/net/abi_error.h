// The error structure of the transport ABI as the host uses it: with its size set, and turned into words.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "keyway/transport.h"

namespace keyway::net {

// A kw_error ready to be handed to a plug-in: AbiError err; ops.read(conn, …, &err). Text is read through ErrorText
// only, since a plug-in may have forgotten the zero byte.
struct AbiError : kw_error {
  AbiError() { Reset(); }
  void Reset() {
    std::memset(static_cast<kw_error*>(this), 0, sizeof(kw_error));
    size = sizeof(kw_error);
  }
};

// A text of a plug-in, up to its zero byte or `capacity`; control characters become '?'. [any]
std::string Readable(const char* text, size_t capacity);

// "setting: text", or whatever of the two there is; the name of the result when the plug-in said nothing. Control
// characters become '?', so that a plug-in cannot forge log lines. [any]
std::string ErrorText(int32_t result, const kw_error& error);

// Why, in one or two words, for INFO fields and log lines ("cert_missing", "version"; "other" for unknown ones). [any]
std::string_view ReasonName(uint32_t reason);

// "KW_E_AUTH"; "unknown result" for numbers that the ABI does not have. [any]
std::string_view ResultName(int32_t result);

}  // namespace keyway::net
