// Zipmap: how Redis packed small hashes before version 2.6. Found in old files and payloads only; read and checked here.
//
//   | pairs, u8 (254: count them) | pair … | 0xff |
//   pair:   | length | field | length | unused bytes behind the value, u8 | value | unused |
//   length: u8 up to 253, beyond that 0xfe and u32 LE
#pragma once

#include <string_view>
#include <type_traits>

namespace keyway::persist {

// Called for each pair, in order; false: the whole is refused.
using ZipmapVisitor = bool (*)(void* context, std::string_view field, std::string_view value);

// Reads hostile bytes. False if they are no zipmap, to the last byte and count, if it is empty, or if the visitor says so.
bool ReadZipmap(std::string_view bytes, ZipmapVisitor visitor, void* context);

template <class Visit>
bool ReadZipmap(std::string_view bytes, Visit&& visit) {
  return ReadZipmap(
      bytes,
      [](void* context, std::string_view field, std::string_view value) -> bool {
        return (*static_cast<std::remove_reference_t<Visit>*>(context))(field, value);
      },
      const_cast<void*>(static_cast<const void*>(&visit)));
}

}  // namespace keyway::persist
