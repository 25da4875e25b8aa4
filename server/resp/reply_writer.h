// Writes replies in RESP2 or RESP3 into an OutputBuffer. The caller says what a reply is (a map, a double, null) and the
// writer finds the form that the client's protocol version has for it.
//
// Aggregates announce their length first and are followed by that many elements (maps: twice as many). Where the length is
// not known in advance, use Deferred.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/base/double_text.h"
#include "server/base/output_buffer.h"

namespace keyway::resp {

class ReplyWriter {
 public:
  explicit ReplyWriter(OutputBuffer& out) : out_(&out) {}

  int version() const { return version_; }
  void set_version(int version) { version_ = version; }  // 2 or 3

  // How Double prints: a matter of redis-compat.
  void set_double_form(DoubleForm form) { double_form_ = form; }

  // While muted nothing is written (CLIENT REPLY OFF and SKIP); errors are counted all the same.
  bool muted() const { return muted_; }
  void set_muted(bool muted) { muted_ = muted; }

  void Ok() { Raw("+OK\r\n"); }
  void Simple(std::string_view text);
  // `text` begins with its code ("ERR …", "WRONGTYPE …"); line ends inside become blanks.
  void Error(std::string_view text);
  void Integer(int64_t value);
  void Bulk(std::string_view bytes);
  // By reference: the bytes stay until release(owner) runs, possibly on another thread.
  void BulkShared(std::string_view bytes, void* owner, OutputBuffer::ReleaseFn release);
  void BulkInteger(int64_t value);                                // the number as a bulk string
  void Null();                                                    // $-1 or _
  void NullArray();                                               // *-1 or _
  void Bool(bool value);                                          // :1/:0 or #t/#f
  void Double(double value);                                      // bulk or ,
  void HumanLongDouble(long double value);                        // bulk or , without exponent: GEOPOS
  void BigNumber(std::string_view digits);                        // bulk or (
  void Verbatim(std::string_view text, std::string_view format);  // bulk or =; format of 3 letters: "txt", "mkd"
  void Array(int64_t count) { Header('*', count); }
  void Map(int64_t pairs);
  void Set(int64_t count) { Header(version_ == 3 ? '~' : '*', count); }
  void Attribute(int64_t pairs) { Header('|', pairs); }  // RESP3 only: check version() first
  void Push(int64_t count) { Header(version_ == 3 ? '>' : '*', count); }
  void EmptyArray() { Raw("*0\r\n"); }
  // Bytes that are RESP already.
  void Raw(std::string_view bytes) {
    if (!muted_) out_->Append(bytes);
  }

  uint64_t errors() const { return errors_; }                                            // error replies so far
  const std::string_view last_error() const { return {last_error_, last_error_size_}; }  // its first bytes

  OutputBuffer& out() { return *out_; }
  void set_out(OutputBuffer& out) { out_ = &out; }

 private:
  void Header(char kind, int64_t value);

  OutputBuffer* out_;
  int version_ = 2;
  bool muted_ = false;
  DoubleForm double_form_ = DoubleForm::kShortest;
  uint64_t errors_ = 0;
  char last_error_[64];
  size_t last_error_size_ = 0;
};

// An aggregate whose length is known only at its end: elements go to a side buffer, the header is written when it closes.
//   Deferred list(reply); … list.writer().Bulk(x); list.Count(); … list.EndArray();
class Deferred {
 public:
  explicit Deferred(ReplyWriter& reply) : reply_(reply), outer_(reply.out()) { reply_.set_out(inner_); }
  Deferred(const Deferred&) = delete;
  ~Deferred();  // ends as an array if nobody ended it

  void Count(int64_t elements = 1) { count_ += elements; }
  int64_t count() const { return count_; }
  void EndArray() { End('*'); }
  void EndSet() { End('~'); }
  void EndMap() { End('%'); }  // count() counts pairs

 private:
  void End(char kind);

  ReplyWriter& reply_;
  OutputBuffer& outer_;
  OutputBuffer inner_;
  int64_t count_ = 0;
  bool ended_ = false;
};

// As Redis prints INCRBYFLOAT results: "%.17Lf" without trailing zeros. Buffer of 5200 bytes at most; returns the length.
size_t FormatHumanLongDouble(long double value, char* out, size_t capacity);

}  // namespace keyway::resp
