#include "server/persist/rdb_reader.h"

#include <fmt/core.h>
#include <liblzf/lzf.h>

#include <algorithm>
#include <bit>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "server/base/crc64.h"
#include "server/base/number.h"
#include "server/persist/rdb_format.h"

namespace keyway::persist {
namespace {

// Strings whose length cannot be checked against the input grow in such steps.
constexpr size_t kGrowthStep = 1 << 20;
// The longest back reference of LZF is 3 bytes that stand for 264.
constexpr uint64_t kMaxLzfRatio = 88;
constexpr size_t kKeptScratchBytes = 1 << 20;

// How long LZF data gets, without unpacking it: so that no memory is set aside for a length that is a lie. 0 for data that
// ends inside of an instruction.
//   000xxxxx and x + 1 bytes as they are | lllxxxxx y: l + 2 bytes that were there before | 111xxxxx z y: z + 9 bytes
uint64_t UnpackedLength(std::string_view packed) {
  uint64_t length = 0;
  size_t at = 0;
  while (at < packed.size()) {
    const auto control = static_cast<uint8_t>(packed[at++]);
    if (control < 32) {
      length += control + 1u;
      at += control + 1u;
      continue;
    }
    uint64_t run = control >> 5;
    if (run == 7) {
      if (at == packed.size()) return 0;
      run += static_cast<uint8_t>(packed[at++]);
    }
    length += run + 2;
    ++at;
  }
  return at == packed.size() ? length : 0;
}

}  // namespace

RdbReader::RdbReader(ByteSource& source, Options options)
    : source_(source),
      options_(std::move(options)),
      buffer_(new char[options_.buffer_bytes]),
      next_progress_(options_.progress_interval) {}

bool RdbReader::Corrupt(std::string reason) {
  if (ok()) kind_ = ErrorKind::kCorrupt, error_ = std::move(reason);
  return false;
}

bool RdbReader::Short(std::string reason) {
  if (ok()) kind_ = ErrorKind::kShort, error_ = std::move(reason);
  return false;
}

// ---- the buffer ----

// Reads on once the buffer is used up.
bool RdbReader::Fill() {
  if (!ok()) return false;
  if (options_.checksum) crc_ = Crc64(crc_, {buffer_.get() + summed_, end_ - summed_});
  next_ = end_ = summed_ = 0;
  if (options_.progress_interval > 0 && fetched_ >= next_progress_) {
    next_progress_ = fetched_ + options_.progress_interval;
    if (!options_.progress(fetched_)) {
      kind_ = ErrorKind::kStopped, error_ = "Loading was stopped";
      return false;
    }
  }
  const auto taken = source_.Read(buffer_.get(), options_.buffer_bytes);
  if (!taken) return Short(taken.error().text());
  if (*taken == 0) return Short("Unexpected EOF reading RDB file");
  end_ = *taken;
  fetched_ += *taken;
  return true;
}

uint64_t RdbReader::crc() {
  crc_ = Crc64(crc_, {buffer_.get() + summed_, next_ - summed_});
  summed_ = next_;
  return crc_;
}

bool RdbReader::Raw(char* to, size_t size) {
  while (size > 0) {
    if (next_ == end_ && !Fill()) return false;
    const size_t taken = std::min(size, end_ - next_);
    std::memcpy(to, buffer_.get() + next_, taken);
    next_ += taken, to += taken, size -= taken;
  }
  return ok();
}

uint64_t RdbReader::Fits(uint64_t elements, uint64_t bytes) const {
  const auto left = source_.remaining();
  const uint64_t available = (left ? *left : kGrowthStep) + (end_ - next_);
  return std::min(elements, available / bytes);
}

bool RdbReader::LengthIsPossible(uint64_t size) {
  if (!ok()) return false;
  const auto left = source_.remaining();
  if (size > static_cast<uint64_t>(std::numeric_limits<ssize_t>::max()) || (left && size > *left + (end_ - next_))) {
    return Short(fmt::format("A string of {} bytes does not fit into the input", size));
  }
  return true;
}

// ---- numbers ----

uint8_t RdbReader::Byte() {
  if (next_ == end_ && !Fill()) return 0;
  return static_cast<uint8_t>(buffer_[next_++]);
}

uint64_t RdbReader::LittleEndian(size_t bytes) {
  uint8_t in[8] = {};
  if (!Raw(reinterpret_cast<char*>(in), bytes)) return 0;
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= static_cast<uint64_t>(in[i]) << (8 * i);
  return value;
}

uint64_t RdbReader::Fixed64() { return LittleEndian(8); }
double RdbReader::Double() { return std::bit_cast<double>(LittleEndian(8)); }
int64_t RdbReader::Milliseconds() { return static_cast<int64_t>(LittleEndian(8)); }
int32_t RdbReader::Seconds() { return static_cast<int32_t>(LittleEndian(4)); }

double RdbReader::TextDouble() {
  const uint8_t length = Byte();
  if (!ok()) return 0;
  if (length == kScoreInfinity) return std::numeric_limits<double>::infinity();
  if (length == kScoreMinusInfinity) return -std::numeric_limits<double>::infinity();
  if (length == kScoreNan) return std::numeric_limits<double>::quiet_NaN();
  char text[256];
  if (!Raw(text, length)) return 0;
  text[length] = '\0';
  char* end = nullptr;
  const double value = std::strtod(text, &end);
  if (length == 0 || end != text + length) Corrupt("A score is no number");
  return value;
}

uint64_t RdbReader::LengthOrKind(bool* special) {
  *special = false;
  const uint8_t first = Byte();
  switch (first >> 6) {
    case 0:
      return first & 0x3f;
    case 1:
      return static_cast<uint64_t>(first & 0x3f) << 8 | Byte();
    case 3:
      *special = true;
      return first & 0x3f;
    default:
      break;
  }
  if (first != 0x80 && first != 0x81) {
    Corrupt(fmt::format("Unknown length encoding {} in rdbLoadLen()", first));
    return 0;
  }
  const size_t bytes = first == 0x80 ? 4 : 8;
  uint8_t in[8] = {};
  if (!Raw(reinterpret_cast<char*>(in), bytes)) return 0;
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value = value << 8 | in[i];
  return value;
}

uint64_t RdbReader::Length() {
  bool special;
  const uint64_t length = LengthOrKind(&special);
  if (special) Corrupt("A length was expected");
  return ok() ? length : 0;
}

// ---- strings ----

int64_t RdbReader::EncodedInteger(uint64_t kind) {
  switch (kind) {
    case kStringInt8:
      return static_cast<int8_t>(LittleEndian(1));
    case kStringInt16:
      return static_cast<int16_t>(LittleEndian(2));
    default:
      return static_cast<int32_t>(LittleEndian(4));
  }
}

RdbReader::StringHead RdbReader::Head() {
  StringHead head;
  bool special;
  const uint64_t length = LengthOrKind(&special);
  if (!ok()) return head;
  if (!special) {
    head.length = length;
    if (LengthIsPossible(length)) head.form = StringHead::Form::kPlain;
  } else if (length == kStringLzf) {
    head.packed = Length();
    head.length = Length();
    if (!LengthIsPossible(head.packed)) return head;
    if (head.packed == 0 || head.length == 0 || head.packed > UINT_MAX || head.length > UINT_MAX ||
        head.length / kMaxLzfRatio > head.packed) {
      Corrupt("Invalid LZF compressed string");
      return head;
    }
    head.form = StringHead::Form::kLzf;
  } else if (length <= kStringInt32) {
    head.integer = EncodedInteger(length);
    if (ok()) head.form = StringHead::Form::kInteger;
  } else {
    Corrupt(fmt::format("Unknown RDB string encoding type {}", length));
  }
  return head;
}

std::string_view RdbReader::Bytes(uint64_t size, std::string& storage) {
  if (end_ - next_ >= size) {
    const std::string_view view(buffer_.get() + next_, size);
    next_ += size;
    return view;
  }
  storage.clear();
  // Known to be there: at once. Else as it comes.
  const bool known = source_.remaining().has_value();
  while (storage.size() < size) {
    const size_t step = known ? size : std::min<uint64_t>(size - storage.size(), kGrowthStep);
    const size_t old_size = storage.size();
    storage.resize(old_size + step);
    if (!Raw(storage.data() + old_size, step)) return {};
  }
  return storage;
}

std::string_view RdbReader::TakePacked(const StringHead& head) {
  const std::string_view packed = Bytes(head.packed, packed_);
  if (!ok()) return {};
  if (UnpackedLength(packed) == head.length) return packed;
  Corrupt("Invalid LZF compressed string");
  return {};
}

void RdbReader::Unpack(std::string_view packed, char* to, size_t length) {
  const unsigned unpacked =
      lzf_decompress(packed.data(), static_cast<unsigned>(packed.size()), to, static_cast<unsigned>(length));
  if (packed_.size() > kKeptScratchBytes) packed_ = std::string();
  if (unpacked != length) Corrupt("Invalid LZF compressed string");
}

std::string_view RdbReader::UnpackInto(const StringHead& head, std::string& storage) {
  const std::string_view packed = TakePacked(head);
  if (!ok()) return {};
  storage.resize(head.length);
  Unpack(packed, storage.data(), head.length);
  return ok() ? std::string_view(storage) : std::string_view();
}

std::string_view RdbReader::String(std::string& storage) {
  const StringHead head = Head();
  switch (head.form) {
    case StringHead::Form::kPlain:
      return Bytes(head.length, storage);
    case StringHead::Form::kInteger:
      return {integer_text_, FormatInt64(head.integer, integer_text_)};
    case StringHead::Form::kLzf:
      return UnpackInto(head, storage);
    case StringHead::Form::kNone:
      break;
  }
  return {};
}

void RdbReader::StringInto(std::string* out) {
  const std::string_view view = String(*out);
  if (view.data() == out->data()) {
    out->resize(view.size());
  } else {
    out->assign(view);
  }
}

std::string_view RdbReader::StringOrBlob(std::string& storage, BlobRef* blob, size_t most) {
  const StringHead head = Head();
  switch (head.form) {
    case StringHead::Form::kPlain:
      if (head.length <= most) return Bytes(head.length, storage);
      if (!source_.remaining()) {
        *blob = BlobRef::Copy(Bytes(head.length, storage));
      } else {
        *blob = BlobRef(Blob::New(head.length, head.length));
        Raw((*blob)->data(), head.length);
      }
      break;
    case StringHead::Form::kInteger:
      return {integer_text_, FormatInt64(head.integer, integer_text_)};
    case StringHead::Form::kLzf:
      if (head.length <= most) return UnpackInto(head, storage);
      if (const std::string_view packed = TakePacked(head); ok()) {
        *blob = BlobRef(Blob::New(head.length, head.length));
        Unpack(packed, (*blob)->data(), head.length);
      }
      break;
    case StringHead::Form::kNone:
      return {};
  }
  if (ok()) return (*blob)->view();
  *blob = BlobRef();
  return {};
}

}  // namespace keyway::persist
