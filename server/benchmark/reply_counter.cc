#include "server/benchmark/reply_counter.h"

#include <algorithm>
#include <cstring>

#include "server/base/number.h"

namespace keyway::benchmark {
namespace {

constexpr size_t kMaxLine = 64 * 1024;
constexpr int64_t kMaxLength = int64_t{1} << 40;
constexpr std::string_view kOk = "+OK\r\n";

}  // namespace

uint64_t ReplyCounter::Feed(std::string_view bytes) {
  counted_ = 0;
  const char* at = bytes.data();
  const char* end = at + bytes.size();
  while (at < end && !broken_) {
    if (skip_ > 0) {
      uint64_t now = std::min<uint64_t>(skip_, static_cast<uint64_t>(end - at));
      at += now;
      skip_ -= now;
      if (skip_ == 0) EndValue();
      continue;
    }
    size_t there = static_cast<size_t>(end - at);
    if (line_.empty() && there >= kOk.size() && std::memcmp(at, kOk.data(), kOk.size()) == 0) {
      at += kOk.size();
      EndValue();
      continue;
    }
    const char* line_end = static_cast<const char*>(std::memchr(at, '\n', there));
    if (line_end == nullptr) {
      line_.append(at, there);
      broken_ = line_.size() > kMaxLine;
      break;
    }
    std::string_view line(at, static_cast<size_t>(line_end - at));
    at = line_end + 1;
    if (line_.empty()) {
      Header(line);
    } else {
      line_.append(line);
      Header(line_);
      line_.clear();
    }
  }
  return counted_;
}

void ReplyCounter::Header(std::string_view line) {
  if (line.size() < 2 || line.back() != '\r') {
    broken_ = true;
    return;
  }
  line.remove_suffix(1);
  std::string_view rest = line.substr(1);
  switch (line.front()) {
    case '+':
    case ':':
    case '_':
    case ',':
    case '#':
    case '(':
      return EndValue();
    case '-':
      if (left_ == 0) Error(rest);
      return EndValue();
    case '!':
      if (left_ == 0) Error("an error of several lines");
      return Bulk(rest);
    case '$':
    case '=':
      return Bulk(rest);
    case '>':
      if (left_ == 0) push_ = true;
      return Values(rest, 1);
    case '*':
    case '~':
      return Values(rest, 1);
    case '%':
      return Values(rest, 2);
    case '|':
      // Attributes stand in front of the value that they belong to, which still counts.
      if (left_ == 0) left_ = 1;
      ++left_;
      return Values(rest, 2);
    default:
      broken_ = true;
  }
}

// A value that is `count` times `each` values, and is itself one.
void ReplyCounter::Values(std::string_view text, uint64_t each) {
  auto count = ParseInt64(text);
  if (!count || *count < -1 || *count > kMaxLength) {
    broken_ = true;
    return;
  }
  if (*count > 0) left_ = std::max<uint64_t>(left_, 1) + static_cast<uint64_t>(*count) * each;
  EndValue();
}

void ReplyCounter::Bulk(std::string_view text) {
  auto length = ParseInt64(text);
  if (!length || *length < -1 || *length > kMaxLength) {
    broken_ = true;
    return;
  }
  if (*length < 0) return EndValue();
  skip_ = static_cast<uint64_t>(*length) + 2;
}

void ReplyCounter::EndValue() {
  if (left_ > 1) {
    --left_;
    return;
  }
  left_ = 0;
  if (push_) {
    push_ = false;
  } else {
    ++counted_;
  }
}

void ReplyCounter::Error(std::string_view text) {
  if (has_error_) return;
  has_error_ = true;
  error_ = text;
}

}  // namespace keyway::benchmark
