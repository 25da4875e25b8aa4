#include "server/resp/reply_writer.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace keyway::resp {
namespace {

constexpr size_t kNumberBytes = 24;

// "<kind><value>\r\n" into `out`; returns the length.
size_t PutHeader(char* out, char kind, int64_t value) {
  *out = kind;
  if (value >= 0 && value < 10) {
    out[1] = static_cast<char>('0' + value);
    out[2] = '\r', out[3] = '\n';
    return 4;
  }
  char* end = std::to_chars(out + 1, out + kNumberBytes, value).ptr;
  *end++ = '\r', *end++ = '\n';
  return static_cast<size_t>(end - out);
}

}  // namespace

void ReplyWriter::Header(char kind, int64_t value) {
  if (muted_) return;
  char* room = out_->Reserve(kNumberBytes + 2);
  out_->Commit(PutHeader(room, kind, value));
}

void ReplyWriter::Simple(std::string_view text) {
  if (muted_) return;
  out_->Append("+");
  out_->Append(text);
  out_->Append("\r\n");
}

void ReplyWriter::Error(std::string_view text) {
  ++errors_;
  last_error_size_ = std::min(text.size(), sizeof last_error_);
  std::memcpy(last_error_, text.data(), last_error_size_);
  if (muted_) return;
  out_->Append("-");
  while (!text.empty()) {
    size_t bad = text.find_first_of("\r\n");
    out_->Append(text.substr(0, bad));
    if (bad == std::string_view::npos) break;
    out_->Append(" ");
    text.remove_prefix(bad + 1);
  }
  out_->Append("\r\n");
}

void ReplyWriter::Integer(int64_t value) { Header(':', value); }

void ReplyWriter::Bulk(std::string_view bytes) {
  if (muted_) return;
  constexpr size_t kInline = 1024;
  if (bytes.size() <= kInline) [[likely]] {
    char* room = out_->Reserve(bytes.size() + kNumberBytes + 4);
    size_t used = PutHeader(room, '$', static_cast<int64_t>(bytes.size()));
    if (!bytes.empty()) std::memcpy(room + used, bytes.data(), bytes.size());
    used += bytes.size();
    room[used] = '\r', room[used + 1] = '\n';
    out_->Commit(used + 2);
    return;
  }
  Header('$', static_cast<int64_t>(bytes.size()));
  out_->Append(bytes);
  out_->Append("\r\n");
}

void ReplyWriter::BulkShared(std::string_view bytes, void* owner, OutputBuffer::ReleaseFn release) {
  if (muted_) return release(owner);
  Header('$', static_cast<int64_t>(bytes.size()));
  out_->AppendShared(bytes, owner, release);
  out_->Append("\r\n");
}

void ReplyWriter::BulkInteger(int64_t value) {
  if (muted_) return;
  char digits[kNumberBytes];
  const auto size = static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits);
  char* room = out_->Reserve(2 * kNumberBytes + 4);
  size_t used = PutHeader(room, '$', static_cast<int64_t>(size));
  std::memcpy(room + used, digits, size);
  used += size;
  room[used] = '\r', room[used + 1] = '\n';
  out_->Commit(used + 2);
}

void ReplyWriter::Null() { Raw(version_ == 3 ? "_\r\n" : "$-1\r\n"); }
void ReplyWriter::NullArray() { Raw(version_ == 3 ? "_\r\n" : "*-1\r\n"); }

void ReplyWriter::Bool(bool value) {
  if (version_ == 3) return Raw(value ? "#t\r\n" : "#f\r\n");
  Raw(value ? ":1\r\n" : ":0\r\n");
}

void ReplyWriter::Double(double value) {
  char text[kMaxDoubleLength];
  const size_t size = FormatDouble(value, double_form_, text);
  if (version_ == 2) return Bulk({text, size});
  Raw(",");
  Raw({text, size});
  Raw("\r\n");
}

void ReplyWriter::HumanLongDouble(long double value) {
  char text[5200];
  const std::string_view digits{text, FormatHumanLongDouble(value, text, sizeof text)};
  if (version_ == 2) return Bulk(digits);
  Raw(",");
  Raw(digits);
  Raw("\r\n");
}

void ReplyWriter::BigNumber(std::string_view digits) {
  if (version_ == 2) return Bulk(digits);
  Raw("(");
  Raw(digits);
  Raw("\r\n");
}

void ReplyWriter::Verbatim(std::string_view text, std::string_view format) {
  if (version_ == 2) return Bulk(text);
  Header('=', static_cast<int64_t>(text.size() + 4));
  Raw(format.substr(0, 3));
  Raw(":");
  Raw(text);
  Raw("\r\n");
}

void ReplyWriter::Map(int64_t pairs) {
  if (version_ == 3) return Header('%', pairs);
  Header('*', pairs * 2);
}

Deferred::~Deferred() {
  if (!ended_) End('*');
}

void Deferred::End(char kind) {
  ended_ = true;
  reply_.set_out(outer_);
  if (kind == '%') {
    reply_.Map(count_);
  } else if (kind == '~') {
    reply_.Set(count_);
  } else {
    reply_.Array(count_);
  }
  if (!reply_.muted()) outer_.Splice(std::move(inner_));
}

size_t FormatHumanLongDouble(long double value, char* out, size_t capacity) {
  if (std::isinf(value)) {
    const char* text = value > 0 ? "inf" : "-inf";
    size_t size = std::strlen(text);
    return std::memcpy(out, text, size), size;
  }
  size_t size = static_cast<size_t>(snprintf(out, capacity, "%.17Lf", value));
  if (size >= capacity) return 0;
  if (std::memchr(out, '.', size) != nullptr) {
    while (size > 0 && out[size - 1] == '0') --size;
    if (size > 0 && out[size - 1] == '.') --size;
  }
  if (size == 2 && out[0] == '-' && out[1] == '0') out[0] = '0', size = 1;
  return size;
}

}  // namespace keyway::resp
