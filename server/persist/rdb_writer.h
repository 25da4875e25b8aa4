// Writes the elements of the RDB format into a sink, through a buffer. The first error stays; what is written after it goes
// nowhere, so that callers ask once, at the end.
//
//   RdbWriter writer(sink, {.compress = true});
//   writer.Byte(kRdbSet), writer.Length(members), writer.String(member) …;
//   if (!writer.Flush()) return writer.error();
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/base/error.h"
#include "server/persist/byte_sink.h"

namespace keyway::persist {

class RdbWriter {
 public:
  struct Options {
    bool compress = true;  // strings of more than 20 bytes, if it makes them shorter (rdbcompression)
    bool checksum = true;  // keep the crc64 of all that is written (rdbchecksum)
    size_t buffer_bytes = 64 * 1024;
  };
  // The sink must outlive the writer.
  RdbWriter(ByteSink& sink, Options options);

  // ---- elements
  void Byte(uint8_t byte);
  void Raw(std::string_view bytes);
  void Length(uint64_t length);
  // In the shortest form: as an integer, compressed, or as it is.
  void String(std::string_view text);
  void String(std::span<const uint8_t> bytes) {
    String(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  // An integer as a string.
  void IntegerString(int64_t value);
  // A string that the caller has compressed already.
  void CompressedString(std::string_view packed, size_t length);
  void Double(double value);
  void Milliseconds(int64_t time_ms);
  void AuxField(std::string_view name, std::string_view value);

  // Hands the buffer to the sink. False after an error, now or before.
  bool Flush();
  const Result<>& status() const { return status_; }
  // Everything so far, the buffer included.
  uint64_t crc();
  uint64_t bytes() const { return bytes_; }

 private:
  void LittleEndian(uint64_t value, size_t bytes);
  bool CompressAndWrite(std::string_view text);

  ByteSink& sink_;
  const Options options_;
  std::string buffer_;
  std::string packed_;  // scratch of compression
  uint64_t crc_ = 0;    // of what left the buffer
  uint64_t bytes_ = 0;
  Result<> status_;
};

}  // namespace keyway::persist
