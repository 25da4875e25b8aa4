#include "server/resp/request_parser.h"

#include <climits>
#include <cstring>
#include <optional>

#include "server/base/split_args.h"

namespace keyway::resp {
namespace {

constexpr size_t kMaxKeptPieces = 1024;

// A decimal number that fills the text: the lengths of RESP. Few digits, so a plain loop beats a general parser.
std::optional<int64_t> ParseLength(const char* text, size_t size) {
  bool negative = size > 0 && text[0] == '-';
  size_t i = negative ? 1 : 0;
  if (size == i || size - i > 18) return std::nullopt;
  int64_t value = 0;
  for (; i < size; ++i) {
    unsigned digit = static_cast<unsigned char>(text[i]) - '0';
    if (digit > 9) return std::nullopt;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

}  // namespace

RequestParser::Status RequestParser::Error(std::string text) {
  error_ = std::make_unique<std::string>("Protocol error: " + std::move(text));
  return Status::kError;
}

RequestParser::Status RequestParser::Next(char* begin, size_t size, const ParseLimits& limits,
                                          std::vector<std::string_view>& args) {
  consumed_ = argc_ = 0;
  missing_ = 1;
  if (size == 0) return Status::kNeedMore;
  if (remaining_ == 0 && *begin != '*') return Inline(begin, size, args);
  return Multibulk(begin, size, limits, args);
}

RequestParser::Status RequestParser::Inline(char* begin, size_t size, std::vector<std::string_view>& args) {
  // A client that speaks TLS waits for an answer, and its hello has no line end to wait for.
  constexpr char kTlsHandshakeRecord = 0x16, kTlsMajorVersion = 0x03;
  if (begin[0] == kTlsHandshakeRecord && size > 1 && begin[1] == kTlsMajorVersion) {
    return Error("a TLS hello on a port that speaks no TLS");
  }
  auto* newline = static_cast<char*>(std::memchr(begin, '\n', size));
  if (newline == nullptr) {
    return size > kMaxInlineBytes ? Error("too big inline request") : Status::kNeedMore;
  }
  size_t length = static_cast<size_t>(newline - begin);
  consumed_ = length + 1;
  if (length > 0 && begin[length - 1] == '\r') --length;
  auto words = SplitArgs({begin, length});
  if (!words) return Error("unbalanced quotes in request");
  // Unquoting never makes a word longer than its source, so the words fit where the line was.
  char* out = begin;
  for (const std::string& word : *words) {
    std::memcpy(out, word.data(), word.size());
    args.emplace_back(out, word.size());
    out += word.size();
  }
  argc_ = words->size();
  return Status::kRequest;
}

RequestParser::Status RequestParser::Header(const char* begin, size_t size, const ParseLimits& limits) {
  auto* end = static_cast<const char*>(std::memchr(begin, '\r', size));
  if (end == nullptr) return size > kMaxInlineBytes ? Error("too big mbulk count string") : Status::kNeedMore;
  if (static_cast<size_t>(end - begin) + 2 > size) return Status::kNeedMore;
  std::optional<int64_t> count = ParseLength(begin + 1, static_cast<size_t>(end - begin) - 1);
  if (!count || *count > INT_MAX) return Error("invalid multibulk length");
  if (*count > kMaxUnauthenticatedArgs && limits.unauthenticated) return Error("unauthenticated multibulk length");
  position_ = static_cast<size_t>(end - begin) + 2;
  remaining_ = *count > 0 ? *count : 0;
  bulk_ = -1;
  return Status::kRequest;
}

// Keeps the arguments found so far as offsets: the bytes may lie elsewhere when the rest arrives.
RequestParser::Status RequestParser::Suspend(char* begin, std::vector<std::string_view>& args, size_t first) {
  for (size_t i = first + pending_.size(); i < args.size(); ++i) {
    pending_.push_back({static_cast<size_t>(args[i].data() - begin), args[i].size()});
  }
  args.resize(first);
  return Status::kNeedMore;
}

RequestParser::Status RequestParser::Multibulk(char* begin, size_t size, const ParseLimits& limits,
                                               std::vector<std::string_view>& args) {
  size_t first = args.size();
  if (remaining_ == 0) {
    if (Status status = Header(begin, size, limits); status != Status::kRequest) return status;
    if (remaining_ == 0) {
      consumed_ = position_;
      position_ = 0;
      return Status::kRequest;
    }
  } else {
    for (const Piece& piece : pending_) args.emplace_back(begin + piece.offset, piece.size);
  }
  while (remaining_ > 0) {
    if (bulk_ < 0) {
      const char* header = begin + position_;
      size_t left = size - position_;
      auto* end = static_cast<const char*>(std::memchr(header, '\r', left));
      if (end == nullptr) {
        if (left > kMaxInlineBytes) return Error("too big bulk count string");
        return Suspend(begin, args, first);
      }
      size_t length = static_cast<size_t>(end - header);
      if (length + 2 > left) return Suspend(begin, args, first);
      if (*header != '$') return Error(std::string("expected '$', got '") + *header + "'");
      std::optional<int64_t> bulk = ParseLength(header + 1, length - 1);
      if (!bulk || *bulk < 0 || static_cast<uint64_t>(*bulk) > limits.max_bulk_bytes)
        return Error("invalid bulk length");
      if (*bulk > kMaxUnauthenticatedBulkBytes && limits.unauthenticated) return Error("unauthenticated bulk length");
      bulk_ = *bulk;
      position_ += length + 2;
    }
    size_t needed = static_cast<size_t>(bulk_) + 2;
    if (size - position_ < needed) {
      missing_ = needed - (size - position_);
      return Suspend(begin, args, first);
    }
    args.emplace_back(begin + position_, static_cast<size_t>(bulk_));
    position_ += needed;
    bulk_ = -1;
    --remaining_;
  }
  consumed_ = position_;
  argc_ = args.size() - first;
  position_ = 0;
  // One long request must not pin its memory for the life of the connection.
  if (pending_.capacity() > kMaxKeptPieces) std::vector<Piece>().swap(pending_);
  pending_.clear();
  return Status::kRequest;
}

}  // namespace keyway::resp
