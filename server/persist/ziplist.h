// Ziplist: how Redis packed small lists, hashes and sorted sets before version 7. Found in old files and payloads only; here
// it is read and checked, and its elements go into a value of today.
//
//   | total bytes, u32 LE | offset of the last element, u32 LE | elements, u16 LE (65535: count them) | element … | 0xff |
//   element: | bytes of the one before: u8, or 0xfe and u32 LE | encoding | data |
//
//   00xxxxxx  string up to 63 bytes     11000000  16-bit integer     11110000  24-bit integer
//   01xxxxxx y  up to 16383, BE         11010000  32-bit integer     11111110   8-bit integer
//   10000000  u32 BE, longer string     11100000  64-bit integer     1111xxxx  0 to 12, as 1 to 13
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace keyway::persist {

struct ZiplistElement {
  bool is_integer = false;
  int64_t integer = 0;
  std::string_view text;  // in the ziplist
};

// Called for each element, in order; false: the whole is refused.
using ZiplistVisitor = bool (*)(void* context, const ZiplistElement& element);

// Reads hostile bytes. False if they are no ziplist, to the last byte and count, or if the visitor says so; it may have
// seen elements by then.
bool ReadZiplist(std::string_view bytes, ZiplistVisitor visitor, void* context);

// The same with any callable: bool(const ZiplistElement&).
template <class Visit>
bool ReadZiplist(std::string_view bytes, Visit&& visit) {
  return ReadZiplist(
      bytes,
      [](void* context, const ZiplistElement& element) -> bool {
        return (*static_cast<std::remove_reference_t<Visit>*>(context))(element);
      },
      const_cast<void*>(static_cast<const void*>(&visit)));
}

}  // namespace keyway::persist
