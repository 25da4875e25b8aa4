// Reads the elements of the RDB format from a source, through a buffer. The first error stays: from then on every function
// answers 0 or nothing, and ok() is false. Callers check ok() before they believe a value, and in every loop.
//
// Nothing that a length says makes this reader, or who uses it, allocate more than the input can hold: strings grow as their
// bytes arrive, and Fits() tells how many elements can still come.
//
//   RdbReader reader(source);
//   uint64_t members = reader.Length();
//   for (; members > 0 && reader.ok(); --members) set.Add(reader.String(scratch));
//   if (!reader.ok()) return reader.error();
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/base/blob.h"
#include "server/base/error.h"
#include "server/persist/byte_source.h"

namespace keyway::persist {

class RdbReader {
 public:
  struct Options {
    bool checksum = false;            // keep the crc64 of all that is read
    size_t buffer_bytes = 64 * 1024;  // at least 32
    // Called after so many bytes at least, between elements or inside long strings; 0: never. False stops the reading.
    uint64_t progress_interval = 0;
    std::function<bool(uint64_t bytes_read)> progress = nullptr;
  };
  enum class ErrorKind : uint8_t {
    kNone,
    kShort,    // the input ended too early, or could not be read
    kCorrupt,  // it is not what it should be
    kStopped,  // by `progress`
  };

  // The source must outlive the reader.
  explicit RdbReader(ByteSource& source) : RdbReader(source, Options()) {}
  RdbReader(ByteSource& source, Options options);
  RdbReader(const RdbReader&) = delete;
  RdbReader& operator=(const RdbReader&) = delete;

  bool ok() const { return kind_ == ErrorKind::kNone; }
  ErrorKind error_kind() const { return kind_; }
  const std::string& error() const { return error_; }
  // Remembers that the input is corrupt, unless there is an error already. Always false, to be returned.
  bool Corrupt(std::string reason);

  // ---- elements
  uint8_t Byte();
  // Exactly `size` bytes.
  bool Raw(char* to, size_t size);
  // A length proper; an encoded string in its place is an error.
  uint64_t Length();
  // A string in any form. The view lies in `storage` or in the reader's buffer, until the next read.
  std::string_view String(std::string& storage);
  // The same, copied into `out`: it stays when more is read.
  void StringInto(std::string* out);
  // The same, but a string of more than `most` bytes comes in a block of its own; the view is that of the block then.
  std::string_view StringOrBlob(std::string& storage, BlobRef* blob, size_t most);
  double Double();
  // A score as old files have it: text behind its length.
  double TextDouble();
  int64_t Milliseconds();
  int32_t Seconds();
  uint64_t Fixed64();

  // How many elements of at least `bytes` each can still come: what a hint about a size is cut to.
  uint64_t Fits(uint64_t elements, uint64_t bytes = 1) const;
  // Bytes read so far.
  uint64_t position() const { return fetched_ - (end_ - next_); }
  // crc64 of them.
  uint64_t crc();

 private:
  // What stands before the bytes of a string.
  struct StringHead {
    enum class Form : uint8_t { kNone, kPlain, kInteger, kLzf } form = Form::kNone;
    uint64_t length = 0;  // of the string
    uint64_t packed = 0;  // kLzf: of the bytes that follow
    int64_t integer = 0;
  };

  bool Short(std::string reason);
  bool Fill();
  // A length or, with `special`, the kind of an encoded string.
  uint64_t LengthOrKind(bool* special);
  StringHead Head();
  int64_t EncodedInteger(uint64_t kind);
  uint64_t LittleEndian(size_t bytes);
  // `size` bytes as a view of the buffer if they are there, else in `storage`.
  std::string_view Bytes(uint64_t size, std::string& storage);
  // The packed bytes of a string, which do unpack to the length that was stated; empty after an error.
  std::string_view TakePacked(const StringHead& head);
  std::string_view UnpackInto(const StringHead& head, std::string& storage);
  void Unpack(std::string_view packed, char* to, size_t length);
  bool LengthIsPossible(uint64_t size);

  ByteSource& source_;
  const Options options_;
  std::unique_ptr<char[]> buffer_;
  size_t next_ = 0, end_ = 0;
  size_t summed_ = 0;     // up to where in the buffer crc_ reaches
  uint64_t fetched_ = 0;  // bytes that came from the source
  uint64_t crc_ = 0;
  uint64_t next_progress_;
  std::string packed_;  // scratch of decompression
  char integer_text_[20];
  ErrorKind kind_ = ErrorKind::kNone;
  std::string error_;
};

}  // namespace keyway::persist
