#include "server/persist/rdb_writer.h"

#include <liblzf/lzf.h>

#include <bit>
#include <climits>

#include "server/base/crc64.h"
#include "server/base/number.h"
#include "server/persist/rdb_format.h"

namespace keyway::persist {
namespace {

// Longest text that is tried as an integer: "-2147483648".
constexpr size_t kMaxIntegerText = 11;
// Not even the best case gets shorter below.
constexpr size_t kMinCompressedText = 21;
// Compression has to save so much.
constexpr size_t kMinSaving = 4;
constexpr uint64_t kMaxCompressedText = UINT_MAX;  // LZF counts with 32 bits
// Scratch above this is given back.
constexpr size_t kKeptScratchBytes = 1 << 20;

constexpr uint8_t Special(RdbStringKind kind) { return static_cast<uint8_t>(0xc0 | kind); }

}  // namespace

RdbWriter::RdbWriter(ByteSink& sink, Options options) : sink_(sink), options_(options) {
  buffer_.reserve(options.buffer_bytes);
}

void RdbWriter::Byte(uint8_t byte) {
  const char c = static_cast<char>(byte);
  Raw({&c, 1});
}

void RdbWriter::Raw(std::string_view bytes) {
  bytes_ += bytes.size();
  if (buffer_.size() + bytes.size() <= options_.buffer_bytes) {
    buffer_.append(bytes);
    return;
  }
  if (!Flush()) return;
  if (bytes.size() < options_.buffer_bytes) {
    buffer_.append(bytes);
    return;
  }
  if (options_.checksum) crc_ = Crc64(crc_, bytes);
  status_ = sink_.Write(bytes);
}

bool RdbWriter::Flush() {
  if (!status_) {
    buffer_.clear();
    return false;
  }
  if (buffer_.empty()) return true;
  if (options_.checksum) crc_ = Crc64(crc_, buffer_);
  status_ = sink_.Write(buffer_);
  buffer_.clear();
  return status_.has_value();
}

uint64_t RdbWriter::crc() { return options_.checksum ? Crc64(crc_, buffer_) : 0; }

void RdbWriter::LittleEndian(uint64_t value, size_t bytes) {
  char out[8];
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>(value >> (8 * i));
  Raw({out, bytes});
}

void RdbWriter::Length(uint64_t length) {
  char out[9];
  size_t size;
  if (length < 1 << 6) {
    out[0] = static_cast<char>(length), size = 1;
  } else if (length < 1 << 14) {
    out[0] = static_cast<char>(0x40 | length >> 8), out[1] = static_cast<char>(length), size = 2;
  } else {
    const bool wide = length > UINT32_MAX;
    const size_t bytes = wide ? 8 : 4;
    out[0] = static_cast<char>(wide ? 0x81 : 0x80);
    for (size_t i = 0; i < bytes; ++i) out[1 + i] = static_cast<char>(length >> (8 * (bytes - 1 - i)));
    size = 1 + bytes;
  }
  Raw({out, size});
}

void RdbWriter::IntegerString(int64_t value) {
  if (value >= INT8_MIN && value <= INT8_MAX) {
    Byte(Special(kStringInt8));
    LittleEndian(static_cast<uint64_t>(value), 1);
  } else if (value >= INT16_MIN && value <= INT16_MAX) {
    Byte(Special(kStringInt16));
    LittleEndian(static_cast<uint64_t>(value), 2);
  } else if (value >= INT32_MIN && value <= INT32_MAX) {
    Byte(Special(kStringInt32));
    LittleEndian(static_cast<uint64_t>(value), 4);
  } else {
    const IntegerText text(value);
    Length(text.view().size());
    Raw(text.view());
  }
}

void RdbWriter::String(std::string_view text) {
  if (text.size() <= kMaxIntegerText) {
    const auto integer = ParseInt64(text);
    if (integer && *integer >= INT32_MIN && *integer <= INT32_MAX) return IntegerString(*integer);
  }
  if (options_.compress && text.size() >= kMinCompressedText && CompressAndWrite(text)) return;
  Length(text.size());
  Raw(text);
}

bool RdbWriter::CompressAndWrite(std::string_view text) {
  if (text.size() > kMaxCompressedText || !status_) return false;
  const size_t room = text.size() - kMinSaving;
  if (packed_.size() < room + 1) packed_.resize(room + 1);
  const unsigned packed =
      lzf_compress(text.data(), static_cast<unsigned>(text.size()), packed_.data(), static_cast<unsigned>(room));
  if (packed > 0) CompressedString({packed_.data(), packed}, text.size());
  if (packed_.size() > kKeptScratchBytes) packed_ = std::string();
  return packed > 0;
}

void RdbWriter::CompressedString(std::string_view packed, size_t length) {
  Byte(Special(kStringLzf));
  Length(packed.size());
  Length(length);
  Raw(packed);
}

void RdbWriter::Double(double value) { LittleEndian(std::bit_cast<uint64_t>(value), 8); }

void RdbWriter::Milliseconds(int64_t time_ms) { LittleEndian(static_cast<uint64_t>(time_ms), 8); }

void RdbWriter::AuxField(std::string_view name, std::string_view value) {
  Byte(kOpAux);
  String(name);
  String(value);
}

}  // namespace keyway::persist
