// Reads replies of RESP2 and RESP3 out of received bytes, into trees of values. For whoever is the client: keyway-cli,
// keyway-benchmark, links to other servers.
//
// The reader takes every byte that it is given, at most up to the end of one reply, so the caller keeps no more than one
// chunk: a big value grows inside the reader as its bytes come. Nothing is allocated on the word of a length alone.
//
//   +text  -error  :integer  $bulk  *array  _ null  #bool  ,double  (bignumber  !bulk error  =verbatim  %map  ~set  >push
//   $-1 and *-1 are null as well; |attributes are read and dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::resp {

struct Reply {
  enum class Kind : uint8_t {
    kNull,
    kStatus,
    kError,
    kInteger,
    kString,
    kVerbatim,   // text without its format
    kDouble,     // text as the server spelled it
    kBigNumber,  // digits
    kBool,       // integer is 0 or 1
    kArray,
    kMap,  // elements are key, value, key, value, …
    kSet,
    kPush,
  };

  Kind kind = Kind::kNull;
  int64_t integer = 0;
  std::string text;
  std::vector<Reply> elements;

  bool is_error() const { return kind == Kind::kError; }
  bool is_text() const { return kind == Kind::kString || kind == Kind::kVerbatim || kind == Kind::kStatus; }
  bool is_aggregate() const { return kind >= Kind::kArray; }
};

struct ReplyLimits {
  uint64_t max_bulk_bytes = 512ull * 1024 * 1024;
  size_t max_line_bytes = 1024 * 1024;     // statuses, errors, numbers, lengths
  size_t max_depth = 128;                  // aggregates within aggregates
  uint64_t max_values = 64 * 1024 * 1024;  // in one reply, all levels together
};

class ReplyReader {
 public:
  enum class Status : uint8_t {
    kReply,     // Take() has it; the rest of the bytes belongs to the next one
    kNeedMore,  // all bytes were taken
    kError,     // error() says what; the stream cannot be read any further
  };

  explicit ReplyReader(ReplyLimits limits = {}) : limits_(limits) {}

  // Takes bytes from the front of `bytes`. After kReply, Take() comes before the next call.
  Status Read(std::string_view& bytes);
  Reply Take();
  const std::string& error() const { return error_; }
  // Whether a part of a reply was taken: the stream must not end here.
  bool mid_reply() const { return values_ > 0 || !line_.empty(); }
  // Forgets everything, for a new stream.
  void Reset() { *this = ReplyReader(limits_); }

 private:
  struct Frame {
    Reply reply;
    int64_t remaining = 0;  // values still to come
    bool attribute = false;
  };

  Status Line(std::string_view line);
  Status Bulk(std::string_view& bytes);
  Status BulkHeader(char kind, std::string_view text);
  Status AggregateHeader(char kind, std::string_view text);
  Status Scalar(char kind, std::string_view text);
  Status FinishBulk();
  Status Complete(Reply reply);
  Status Error(std::string text);

  ReplyLimits limits_;
  std::string line_;  // the beginning of a line whose end has not come
  bool in_bulk_ = false;
  char bulk_kind_ = '$';
  uint64_t bulk_left_ = 0;  // payload bytes to come
  size_t bulk_end_ = 0;     // bytes of the "\r\n" behind it that have come
  std::string bulk_;
  std::vector<Frame> stack_;  // aggregates under way, the outermost first
  uint64_t values_ = 0;       // of the reply under way, itself and its attributes included
  Reply reply_;
  std::string error_;
};

}  // namespace keyway::resp
