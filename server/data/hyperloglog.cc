#include "server/data/hyperloglog.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include "server/base/check.h"

namespace keyway::data {
namespace {

constexpr unsigned kIndexBits = 14;
constexpr unsigned kRankBits = 64 - kIndexBits;  // bits of the hash in which zeros are counted
static_assert(1u << kIndexBits == kHllRegisters);
constexpr uint64_t kHashSeed = 0xadc83b19;
constexpr size_t kEncodingAt = 4;
constexpr size_t kCacheAt = 8;
constexpr uint8_t kStale = 0x80;  // in the cache's last byte

constexpr uint32_t kMaxSparseValue = 32;
constexpr uint32_t kMaxValueRun = 4;
constexpr uint32_t kMaxShortZeroRun = 64;

uint8_t Byte(char c) { return static_cast<uint8_t>(c); }

uint64_t LoadLittleEndian(const char* from, size_t bytes) {
  uint64_t word = 0;
  std::memcpy(&word, from, bytes);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

// MurmurHash2 for 64-bit machines. Both its constants and the seed are part of the format: the same element has to fall
// to the same register everywhere.
uint64_t Murmur64(std::string_view bytes) {
  constexpr uint64_t kFactor = 0xc6a4a7935bd1e995;
  constexpr int kShift = 47;
  uint64_t hash = kHashSeed ^ (bytes.size() * kFactor);
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    uint64_t word = LoadLittleEndian(bytes.data(), 8) * kFactor;
    word = (word ^ word >> kShift) * kFactor;
    hash = (hash ^ word) * kFactor;
  }
  if (!bytes.empty()) hash = (hash ^ LoadLittleEndian(bytes.data(), bytes.size())) * kFactor;
  hash = (hash ^ hash >> kShift) * kFactor;
  return hash ^ hash >> kShift;
}

// ---- runs of the sparse form ----

struct Run {
  uint32_t length = 0;  // registers; 0: the bytes end inside the run
  uint8_t value = 0;
  uint8_t bytes = 1;
};

Run RunAt(std::string_view bytes, size_t offset) {
  const uint8_t head = Byte(bytes[offset]);
  if (head & 0x80) return {(head & 3u) + 1, static_cast<uint8_t>((head >> 2 & 0x1f) + 1), 1};
  if (!(head & 0x40)) return {(head & 0x3fu) + 1, 0, 1};
  if (offset + 1 >= bytes.size()) return {};
  return {((head & 0x3fu) << 8 | Byte(bytes[offset + 1])) + 1, 0, 2};
}

// Writes a run and returns where the next one goes.
char* WriteValueRun(char* to, uint32_t value, uint32_t length) {
  *to = static_cast<char>(0x80 | (value - 1) << 2 | (length - 1));
  return to + 1;
}

char* WriteZeroRun(char* to, uint32_t length) {
  if (length > kMaxShortZeroRun) *to++ = static_cast<char>(0x40 | (length - 1) >> 8);
  *to = static_cast<char>(length - 1);
  return to + 1;
}

// visit(first register, run) for each run; false if they do not add up to all registers. Runs that go beyond them are not
// visited.
template <class Visit>
bool ForEachRun(std::string_view bytes, Visit&& visit) {
  uint32_t first = 0;
  for (size_t offset = kHllHeaderBytes; offset < bytes.size();) {
    const Run run = RunAt(bytes, offset);
    if (run.length == 0 || first + run.length > kHllRegisters) return false;
    visit(first, run);
    first += run.length;
    offset += run.bytes;
  }
  return first == kHllRegisters;
}

// ---- registers of the dense form ----

struct RegisterPlace {
  size_t byte;
  unsigned shift;
  bool in_two_bytes() const { return shift > 2; }
};

RegisterPlace PlaceOf(uint32_t index) { return {kHllHeaderBytes + index * 6 / 8, index * 6 % 8}; }

uint8_t DenseRegister(std::string_view bytes, uint32_t index) {
  const RegisterPlace place = PlaceOf(index);
  unsigned window = Byte(bytes[place.byte]);
  if (place.in_two_bytes()) window |= static_cast<unsigned>(Byte(bytes[place.byte + 1])) << 8;
  return static_cast<uint8_t>(window >> place.shift & kHllMaxRegister);
}

void SetDenseRegister(std::span<char> bytes, uint32_t index, uint8_t value) {
  const RegisterPlace place = PlaceOf(index);
  const unsigned mask = static_cast<unsigned>(kHllMaxRegister) << place.shift;
  const unsigned bits = static_cast<unsigned>(value) << place.shift;
  bytes[place.byte] = static_cast<char>((Byte(bytes[place.byte]) & ~mask) | bits);
  if (!place.in_two_bytes()) return;
  bytes[place.byte + 1] = static_cast<char>((Byte(bytes[place.byte + 1]) & ~(mask >> 8)) | bits >> 8);
}

// Eight registers of six bits become eight bytes, by halving the fields three times.
uint64_t SpreadEight(uint64_t packed) {
  uint64_t x = packed;
  x = (x & 0x0000000000ffffff) | (x & 0x0000ffffff000000) << 8;
  x = (x & 0x00000fff00000fff) | (x & 0x00fff00000fff000) << 4;
  return (x & 0x003f003f003f003f) | (x & 0x0fc00fc00fc00fc0) << 2;
}

void UnpackDense(std::string_view bytes, HllRegisters& registers) {
  const char* from = bytes.data() + kHllHeaderBytes;
  for (size_t i = 0; i < kHllRegisters; i += 8, from += 6) {
    // In two loads that need not meet in memory before they are used.
    const uint64_t packed = LoadLittleEndian(from, 4) | LoadLittleEndian(from + 4, 2) << 32;
    uint64_t eight = SpreadEight(packed);
    if constexpr (std::endian::native == std::endian::big) eight = __builtin_bswap64(eight);
    std::memcpy(registers.data() + i, &eight, sizeof eight);
  }
}

// ---- the estimate: Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (arXiv 1702.01284) ----

using Histogram = std::array<uint32_t, kHllMaxRegister + 1>;

// x + sum over k of x^(2^k) 2^(k-1): the share of registers that are still zero.
double Sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double sum = x, factor = 1, before;
  do {
    x *= x;
    before = sum;
    sum += x * factor;
    factor += factor;
  } while (sum != before);
  return sum;
}

// The counterpart for registers at their highest value.
double Tau(double x) {
  if (x == 0 || x == 1) return 0;
  double sum = 1 - x, factor = 1, before;
  do {
    x = std::sqrt(x);
    before = sum;
    factor *= 0.5;
    sum -= (1 - x) * (1 - x) * factor;
  } while (sum != before);
  return sum / 3;
}

uint64_t Estimate(const Histogram& histogram) {
  constexpr double kAlpha = 0.721347520444481703680;  // 1 / (2 ln 2)
  constexpr double kCount = kHllRegisters;
  double z = kCount * Tau((kCount - histogram[kRankBits + 1]) / kCount);
  for (unsigned value = kRankBits; value >= 1; --value) z = (z + histogram[value]) * 0.5;
  z += kCount * Sigma(histogram[0] / kCount);
  return static_cast<uint64_t>(std::llround(kAlpha * kCount * kCount / z));
}

}  // namespace

HllHit HllHitOf(std::string_view element) {
  const uint64_t hash = Murmur64(element);
  // A one behind the last bit ends the run of zeros.
  const uint64_t rest = hash >> kIndexBits | uint64_t{1} << kRankBits;
  return {static_cast<uint32_t>(hash % kHllRegisters), static_cast<uint8_t>(std::countr_zero(rest) + 1)};
}

// ---- reading ----

bool HllHeaderIsValid(std::string_view bytes) {
  if (bytes.size() < kHllHeaderBytes || !bytes.starts_with("HYLL")) return false;
  const uint8_t encoding = Byte(bytes[kEncodingAt]);
  if (encoding == static_cast<uint8_t>(HllEncoding::kDense)) return bytes.size() == kHllDenseBytes;
  return encoding == static_cast<uint8_t>(HllEncoding::kSparse);
}

HllUpdate HllWouldChange(std::string_view bytes, HllHit hit) {
  if (HllEncodingOf(bytes) == HllEncoding::kDense) {
    return DenseRegister(bytes, hit.index) < hit.value ? HllUpdate::kChanged : HllUpdate::kUnchanged;
  }
  if (hit.value > kMaxSparseValue) return HllUpdate::kChanged;
  uint32_t first = 0;
  for (size_t offset = kHllHeaderBytes; offset < bytes.size();) {
    const Run run = RunAt(bytes, offset);
    if (run.length == 0) break;
    if (hit.index < first + run.length) return run.value < hit.value ? HllUpdate::kChanged : HllUpdate::kUnchanged;
    first += run.length;
    offset += run.bytes;
  }
  return HllUpdate::kCorrupt;
}

std::optional<uint64_t> HllCachedCount(std::string_view bytes) {
  if (Byte(bytes[kHllHeaderBytes - 1]) & kStale) return std::nullopt;
  return LoadLittleEndian(bytes.data() + kCacheAt, 8);
}

std::optional<uint64_t> HllCount(std::string_view bytes) {
  if (HllEncodingOf(bytes) == HllEncoding::kDense) {
    HllRegisters registers;
    UnpackDense(bytes, registers);
    return HllCount(registers);
  }
  Histogram histogram{};
  const bool whole = ForEachRun(bytes, [&](uint32_t, const Run& run) { histogram[run.value] += run.length; });
  if (!whole) return std::nullopt;
  return Estimate(histogram);
}

uint64_t HllCount(const HllRegisters& registers) {
  // Neighbours are often equal; with histograms of their own their additions do not wait for each other.
  constexpr size_t kLanes = 4;
  Histogram lanes[kLanes] = {};
  for (size_t i = 0; i < kHllRegisters; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) ++lanes[lane][registers[i + lane]];
  }
  Histogram histogram{};
  for (const Histogram& lane : lanes) {
    for (size_t value = 0; value < histogram.size(); ++value) histogram[value] += lane[value];
  }
  return Estimate(histogram);
}

bool HllMerge(std::string_view bytes, HllRegisters& registers) {
  if (HllEncodingOf(bytes) == HllEncoding::kSparse) {
    return ForEachRun(bytes, [&](uint32_t first, const Run& run) {
      if (run.value == 0) return;
      for (uint32_t i = first; i < first + run.length; ++i) registers[i] = std::max(registers[i], run.value);
    });
  }
  HllRegisters other;
  UnpackDense(bytes, other);
  for (size_t i = 0; i < kHllRegisters; ++i) {
    const uint8_t value = registers[i];
    registers[i] = value > other[i] ? value : other[i];  // by value, so that it becomes one instruction for 16 of them
  }
  return true;
}

std::optional<std::string> HllDescribeRuns(std::string_view bytes) {
  std::string text;
  for (size_t offset = kHllHeaderBytes; offset < bytes.size();) {
    const Run run = RunAt(bytes, offset);
    if (run.length == 0) return std::nullopt;
    if (!text.empty()) text += ' ';
    if (run.value == 0) {
      text += fmt::format("{}:{}", run.bytes == 2 ? 'Z' : 'z', run.length);
    } else {
      text += fmt::format("v:{},{}", run.value, run.length);
    }
    offset += run.bytes;
  }
  return text;
}

// ---- changing in place ----

bool HllRaiseDense(std::span<char> bytes, HllHit hit) {
  KW_DCHECK(bytes.size() == kHllDenseBytes);
  if (DenseRegister({bytes.data(), bytes.size()}, hit.index) >= hit.value) return false;
  SetDenseRegister(bytes, hit.index, hit.value);
  return true;
}

void HllMarkCacheStale(std::span<char> bytes) {
  bytes[kHllHeaderBytes - 1] = static_cast<char>(Byte(bytes[kHllHeaderBytes - 1]) | kStale);
}

void HllStoreCache(std::span<char> bytes, uint64_t count) {
  for (size_t i = 0; i < 8; ++i) bytes[kCacheAt + i] = static_cast<char>(count >> (8 * i));
}

// ---- HyperLogLog ----

struct HyperLogLog::RunPosition {
  size_t offset;
  uint32_t first;
  size_t before;  // offset of the run before it, or 0
};

HyperLogLog::HyperLogLog() : bytes_(kHllHeaderBytes + 2, '\0') {
  std::memcpy(bytes_.data(), "HYLL", 4);
  bytes_[kEncodingAt] = static_cast<char>(HllEncoding::kSparse);
  WriteZeroRun(bytes_.data() + kHllHeaderBytes, kHllRegisters);
}

bool HyperLogLog::MakeDense() {
  if (encoding() == HllEncoding::kDense) return true;
  std::string dense(kHllDenseBytes, '\0');
  std::memcpy(dense.data(), bytes_.data(), kHllHeaderBytes);
  dense[kEncodingAt] = static_cast<char>(HllEncoding::kDense);
  const bool whole = ForEachRun(bytes_, [&](uint32_t first, const Run& run) {
    if (run.value == 0) return;
    for (uint32_t i = first; i < first + run.length; ++i) SetDenseRegister(dense, i, run.value);
  });
  if (whole) bytes_ = std::move(dense);
  return whole;
}

HllUpdate HyperLogLog::Raise(HllHit hit, size_t sparse_max_bytes) {
  if (encoding() == HllEncoding::kSparse) return RaiseSparse(hit, sparse_max_bytes);
  return HllRaiseDense(bytes_, hit) ? HllUpdate::kChanged : HllUpdate::kUnchanged;
}

HllUpdate HyperLogLog::MakeDenseAndRaise(HllHit hit) {
  if (!MakeDense()) return HllUpdate::kCorrupt;
  HllRaiseDense(bytes_, hit);
  return HllUpdate::kChanged;
}

// The run that holds the register is split into up to three, and neighbours that became equal are joined. Which of them are
// looked at decides about the bytes, so it is as in Redis: five runs from the one before on.
HllUpdate HyperLogLog::RaiseSparse(HllHit hit, size_t sparse_max_bytes) {
  if (hit.value > kMaxSparseValue) return MakeDenseAndRaise(hit);

  // Everything behind the run that is changed moves, so the hint must never be there.
  const auto start_over = [&] { hint_offset_ = kHllHeaderBytes, hint_first_ = 0; };
  if (hit.index < hint_first_) start_over();
  RunPosition at = {hint_offset_, hint_first_, 0};
  Run run;
  for (;;) {
    if (at.offset >= bytes_.size()) return HllUpdate::kCorrupt;
    run = RunAt(bytes_, at.offset);
    if (run.length == 0) return HllUpdate::kCorrupt;
    if (hit.index < at.first + run.length) {
      if (at.before != 0 || at.offset == kHllHeaderBytes) break;
      // The hint itself, and nobody knows what is before it: from the start, then.
      start_over();
      at = {hint_offset_, hint_first_, 0};
      continue;
    }
    hint_offset_ = at.offset, hint_first_ = at.first;
    at = {at.offset + run.bytes, at.first + run.length, at.offset};
  }
  if (run.value >= hit.value) return HllUpdate::kUnchanged;

  char runs[5];
  char* end = runs;
  const auto write_rest = [&](uint32_t length) {
    if (length == 0) return;
    end = run.value == 0 ? WriteZeroRun(end, length) : WriteValueRun(end, run.value, length);
  };
  write_rest(hit.index - at.first);
  end = WriteValueRun(end, hit.value, 1);
  write_rest(at.first + run.length - 1 - hit.index);

  const auto size = static_cast<size_t>(end - runs);
  if (size > run.bytes && bytes_.size() + size - run.bytes > sparse_max_bytes) return MakeDenseAndRaise(hit);
  bytes_.replace(at.offset, run.bytes, runs, size);
  JoinRunsFrom(at.before != 0 ? at.before : kHllHeaderBytes);
  return HllUpdate::kChanged;
}

void HyperLogLog::JoinRunsFrom(size_t offset) {
  constexpr int kRunsLookedAt = 5;
  for (int i = 0; i < kRunsLookedAt && offset < bytes_.size(); ++i) {
    const Run run = RunAt(bytes_, offset);
    if (run.value != 0 && offset + 1 < bytes_.size()) {
      const Run next = RunAt(bytes_, offset + 1);
      if (next.value == run.value && run.length + next.length <= kMaxValueRun) {
        bytes_.erase(offset, 1);
        WriteValueRun(bytes_.data() + offset, run.value, run.length + next.length);
        continue;
      }
    }
    offset += run.bytes;
  }
}

}  // namespace keyway::data
