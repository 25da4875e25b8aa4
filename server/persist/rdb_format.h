// The numbers of the RDB format.
//
//   file     "REDIS" | version, 4 digits | section … | 0xff | crc64 of all before, u64 LE (from version 5 on; 0: none)
//   section  opcode and its fields, or a key: | type | name, string | value |
//   payload  | type | value | version, u16 LE | crc64 of all before, u64 LE |      what DUMP gives and RESTORE takes
//
//   length   00xxxxxx | 01xxxxxx y | 0x80 u32 BE | 0x81 u64 BE
//   string   length and bytes, or 11xxxxxx: an integer (int8, int16 LE, int32 LE) or LZF (length packed, length, bytes)
#pragma once

#include <cstdint>

namespace keyway::persist {

inline constexpr int kRdbVersion70 = 10;
inline constexpr int kRdbVersion72 = 11;
inline constexpr int kNewestRdbVersion = kRdbVersion72;

enum RdbType : uint8_t {
  kRdbString = 0,
  kRdbList = 1,
  kRdbSet = 2,
  kRdbZsetText = 3,  // scores as text
  kRdbHash = 4,
  kRdbZset = 5,  // scores as doubles
  kRdbModuleOld = 6,
  kRdbModule = 7,
  kRdbHashZipmap = 9,
  kRdbListZiplist = 10,
  kRdbSetIntset = 11,
  kRdbZsetZiplist = 12,
  kRdbHashZiplist = 13,
  kRdbListQuicklist = 14,  // of ziplists
  kRdbStream = 15,
  kRdbHashListpack = 16,
  kRdbZsetListpack = 17,
  kRdbListQuicklist2 = 18,  // of listpacks and plain elements
  kRdbStream2 = 19,         // and first id, highest deleted id, entries ever added
  kRdbSetListpack = 20,
  kRdbStream3 = 21,  // and when consumers were active
};

constexpr bool IsRdbValueType(int type) { return (type >= 0 && type <= 7) || (type >= 9 && type <= 21); }

enum RdbOpcode : uint8_t {
  kOpFunction = 245,
  kOpFunctionOld = 246,  // of release candidates of 7.0
  kOpModuleAux = 247,
  kOpIdle = 248,  // seconds, length
  kOpFrequency = 249,
  kOpAux = 250,
  kOpResize = 251,
  kOpExpireMs = 252,
  kOpExpireSeconds = 253,
  kOpSelect = 254,
  kOpEnd = 255,
};

// First two bits 11: what kind of string follows.
enum RdbStringKind : uint8_t { kStringInt8 = 0, kStringInt16 = 1, kStringInt32 = 2, kStringLzf = 3 };

// Containers of quicklist nodes.
inline constexpr uint64_t kNodePlain = 1;
inline constexpr uint64_t kNodePacked = 2;

// What stands before a score as text when it is no number that can be written out.
inline constexpr uint8_t kScoreNan = 253, kScoreInfinity = 254, kScoreMinusInfinity = 255;

}  // namespace keyway::persist
