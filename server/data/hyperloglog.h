// HyperLogLog: estimates how many different elements were added, in at most 12 KB. It is a string to everything but the PF
// commands, so its bytes are Redis's:
//
//   | "HYLL" | encoding 1 | unused 3 | cached estimate 8, little endian, its highest bit says "out of date" | registers |
//
//   dense (0)   16384 registers of 6 bits, lowest bits first: 12288 bytes
//   sparse (1)  runs of registers, in order, together 16384 of them:
//                 00nnnnnn            n + 1 registers are zero
//                 01nnnnnn nnnnnnnn   n + 1 registers are zero
//                 1vvvvvnn            n + 1 registers are v + 1
//
// A register holds the longest run of zeros seen in the hashes that fall to it, plus one. The sparse form becomes dense
// when it would outgrow hll-sparse-max-bytes or needs a register above 32.
//
// The bytes may come from a client (SET, SETRANGE, RESTORE): every function here takes any bytes with a valid header and
// finds out what is corrupt in the registers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace keyway::data {

inline constexpr size_t kHllRegisters = 16384;
inline constexpr size_t kHllHeaderBytes = 16;
inline constexpr size_t kHllDenseBytes = kHllHeaderBytes + kHllRegisters * 6 / 8;
inline constexpr uint8_t kHllMaxRegister = 63;

enum class HllEncoding : uint8_t { kDense = 0, kSparse = 1 };

// All registers, a byte each: unions of several are made in this form.
using HllRegisters = std::array<uint8_t, kHllRegisters>;

// What one element asks for: register `index` is to be at least `value`.
struct HllHit {
  uint32_t index;
  uint8_t value;
};
HllHit HllHitOf(std::string_view element);

enum class HllUpdate : uint8_t { kUnchanged, kChanged, kCorrupt };

// ---- reading bytes of a value; each but the first requires HllHeaderIsValid(bytes) ----

bool HllHeaderIsValid(std::string_view bytes);
inline HllEncoding HllEncodingOf(std::string_view bytes) { return static_cast<HllEncoding>(bytes[4]); }

// What HyperLogLog::Add of that hit would do.
HllUpdate HllWouldChange(std::string_view bytes, HllHit hit);
// The estimate that is stored with the value, unless it is out of date.
std::optional<uint64_t> HllCachedCount(std::string_view bytes);
// The estimate from the registers; nothing if they are corrupt.
std::optional<uint64_t> HllCount(std::string_view bytes);
uint64_t HllCount(const HllRegisters& registers);
// Raises registers to those of the value; false if that is corrupt, and then some may have been raised.
bool HllMerge(std::string_view bytes, HllRegisters& registers);
// "Z:16383 v:2,1": the runs of a sparse value as PFDEBUG DECODE shows them; nothing if one is cut off.
std::optional<std::string> HllDescribeRuns(std::string_view bytes);

// ---- changing bytes in place ----

// Raises a register of a dense value; true if it was lower. Requires kHllDenseBytes bytes.
bool HllRaiseDense(std::span<char> bytes, HllHit hit);
void HllMarkCacheStale(std::span<char> bytes);
void HllStoreCache(std::span<char> bytes, uint64_t count);

// ---- a value being made or changed ----

class HyperLogLog {
 public:
  // Empty and sparse.
  HyperLogLog();
  // A copy of a value. Requires HllHeaderIsValid(bytes).
  explicit HyperLogLog(std::string_view bytes) : bytes_(bytes) {}

  std::string_view bytes() const { return bytes_; }
  HllEncoding encoding() const { return HllEncodingOf(bytes_); }

  // Raises a register. A sparse value is made dense rather than longer than `sparse_max_bytes`. Does not mark the cache. After
  // kCorrupt the value is of no use. Fastest when hits come in order of their index.
  HllUpdate Raise(HllHit hit, size_t sparse_max_bytes);
  // False if the value is corrupt; it stays as it is then.
  bool MakeDense();
  void MarkCacheStale() { HllMarkCacheStale({bytes_.data(), bytes_.size()}); }

 private:
  struct RunPosition;
  HllUpdate RaiseSparse(HllHit hit, size_t sparse_max_bytes);
  HllUpdate MakeDenseAndRaise(HllHit hit);
  void JoinRunsFrom(size_t offset);

  std::string bytes_;
  // A run that starts at or before every register above those raised last, for the next search.
  size_t hint_offset_ = kHllHeaderBytes;
  uint32_t hint_first_ = 0;
};

}  // namespace keyway::data
