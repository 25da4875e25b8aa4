#include "server/resp/reply_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "server/base/number.h"

namespace keyway::resp {
namespace {

using Kind = Reply::Kind;

// What is reserved at once for an announced aggregate; more only as its values come.
constexpr int64_t kMaxReserve = 1024;

// Integers may have a plus sign in RESP3.
std::optional<int64_t> ParseInteger(std::string_view text) {
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  return ParseInt64(text);
}

bool IsDouble(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error != std::errc::invalid_argument && end == text.data() + text.size();
}

bool IsBigNumber(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

ReplyReader::Status ReplyReader::Error(std::string text) {
  error_ = "Protocol error: " + std::move(text);
  return Status::kError;
}

ReplyReader::Status ReplyReader::Read(std::string_view& bytes) {
  if (!error_.empty()) return Status::kError;
  while (!bytes.empty()) {
    Status status;
    if (in_bulk_) {
      status = Bulk(bytes);
    } else {
      size_t end = bytes.find('\n');
      size_t taken = end == bytes.npos ? bytes.size() : end + 1;
      if (line_.size() + taken > limits_.max_line_bytes) return Error("a line of the reply is too long");
      if (line_.empty() && end != bytes.npos) {
        std::string_view line = bytes.substr(0, taken);
        bytes.remove_prefix(taken);
        status = Line(line);
      } else {
        line_.append(bytes.substr(0, taken));
        bytes.remove_prefix(taken);
        if (end == std::string_view::npos) return Status::kNeedMore;
        status = Line(std::exchange(line_, {}));
      }
    }
    if (status != Status::kNeedMore) return status;
  }
  return Status::kNeedMore;
}

Reply ReplyReader::Take() { return std::exchange(reply_, {}); }

ReplyReader::Status ReplyReader::Line(std::string_view line) {
  if (!line.ends_with("\r\n")) return Error("a line of the reply does not end with CRLF");
  line.remove_suffix(2);
  if (line.empty()) return Error("an empty line where a reply should begin");
  char kind = line[0];
  std::string_view text = line.substr(1);
  if (++values_ > limits_.max_values) return Error("the reply has too many values");
  switch (kind) {
    case '$':
    case '=':
    case '!':
      return BulkHeader(kind, text);
    case '*':
    case '%':
    case '~':
    case '>':
    case '|':
      return AggregateHeader(kind, text);
    default:
      return Scalar(kind, text);
  }
}

ReplyReader::Status ReplyReader::Scalar(char kind, std::string_view text) {
  Reply reply;
  switch (kind) {
    case '+':
      reply.kind = Kind::kStatus;
      break;
    case '-':
      reply.kind = Kind::kError;
      break;
    case ':': {
      auto value = ParseInteger(text);
      if (!value) return Error("bad integer");
      reply.kind = Kind::kInteger;
      reply.integer = *value;
      return Complete(std::move(reply));
    }
    case '_':
      if (!text.empty()) return Error("bad null");
      return Complete(std::move(reply));
    case '#':
      if (text != "t" && text != "f") return Error("bad bool");
      reply.kind = Kind::kBool;
      reply.integer = text == "t";
      return Complete(std::move(reply));
    case ',':
      if (!IsDouble(text)) return Error("bad double");
      reply.kind = Kind::kDouble;
      break;
    case '(':
      if (!IsBigNumber(text)) return Error("bad big number");
      reply.kind = Kind::kBigNumber;
      break;
    default: {
      auto code = static_cast<unsigned char>(kind);
      bool printable = code > ' ' && code < 0x7f;
      return Error(printable ? fmt::format("got \"{}\" as reply type byte", kind)
                             : fmt::format("got \"\\x{:02x}\" as reply type byte", code));
    }
  }
  reply.text = text;
  return Complete(std::move(reply));
}

ReplyReader::Status ReplyReader::BulkHeader(char kind, std::string_view text) {
  auto length = ParseInteger(text);
  if (kind == '$' && length == -1) return Complete({});
  if (!length || *length < 0) return Error("bad bulk string length");
  if (static_cast<uint64_t>(*length) > limits_.max_bulk_bytes) return Error("a bulk string of the reply is too long");
  in_bulk_ = true;
  bulk_kind_ = kind;
  bulk_left_ = static_cast<uint64_t>(*length);
  bulk_end_ = 0;
  return Status::kNeedMore;
}

ReplyReader::Status ReplyReader::Bulk(std::string_view& bytes) {
  size_t taken = static_cast<size_t>(std::min<uint64_t>(bulk_left_, bytes.size()));
  bulk_.append(bytes.substr(0, taken));
  bytes.remove_prefix(taken);
  bulk_left_ -= taken;
  while (bulk_left_ == 0 && bulk_end_ < 2 && !bytes.empty()) {
    if (bytes[0] != "\r\n"[bulk_end_]) return Error("a bulk string does not end with CRLF");
    bytes.remove_prefix(1);
    ++bulk_end_;
  }
  return bulk_end_ == 2 ? FinishBulk() : Status::kNeedMore;
}

ReplyReader::Status ReplyReader::FinishBulk() {
  in_bulk_ = false;
  Reply reply;
  reply.kind = bulk_kind_ == '$' ? Kind::kString : bulk_kind_ == '!' ? Kind::kError : Kind::kVerbatim;
  reply.text = std::exchange(bulk_, {});
  if (bulk_kind_ == '=') {
    if (reply.text.size() < 4 || reply.text[3] != ':') return Error("bad verbatim string");
    reply.text.erase(0, 4);
  }
  return Complete(std::move(reply));
}

ReplyReader::Status ReplyReader::AggregateHeader(char kind, std::string_view text) {
  auto count = ParseInteger(text);
  if (kind == '*' && count == -1) return Complete({});
  if (!count || *count < 0) return Error("bad aggregate length");
  if (static_cast<uint64_t>(*count) > limits_.max_values) return Error("the reply has too many values");
  Frame frame;
  frame.attribute = kind == '|';
  frame.remaining = kind == '%' || kind == '|' ? *count * 2 : *count;
  frame.reply.kind = kind == '*' ? Kind::kArray : kind == '~' ? Kind::kSet : kind == '>' ? Kind::kPush : Kind::kMap;
  if (frame.remaining == 0) return frame.attribute ? Status::kNeedMore : Complete(std::move(frame.reply));
  if (stack_.size() >= limits_.max_depth) return Error("the reply is nested too deep");
  frame.reply.elements.reserve(static_cast<size_t>(std::min(frame.remaining, kMaxReserve)));
  stack_.push_back(std::move(frame));
  return Status::kNeedMore;
}

// A value is whole: it goes into the aggregate around it, which may thereby be whole in turn.
ReplyReader::Status ReplyReader::Complete(Reply reply) {
  while (!stack_.empty()) {
    Frame& top = stack_.back();
    top.reply.elements.push_back(std::move(reply));
    if (--top.remaining > 0) return Status::kNeedMore;
    bool attribute = top.attribute;
    reply = std::move(top.reply);
    stack_.pop_back();
    // Attributes stand before the value that they are about; that one is still to come.
    if (attribute) return Status::kNeedMore;
  }
  reply_ = std::move(reply);
  values_ = 0;
  return Status::kReply;
}

}  // namespace keyway::resp
