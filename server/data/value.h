// A value on its way into the keyspace or out of it. Text is borrowed (the keyspace copies it into the entry), blobs and
// objects are owned. Strings take the encoding that their constructor's name says.
//
//   db.Set(key, data::Value::String(args[2]));          // SET: "int" if it looks like one, else "embstr" or "raw"
//   db.Set(key, data::Value::Text(joined));             // INCRBYFLOAT: never "int"
//   db.Set(key, data::Value::Integer(42));
//   db.Set(key, data::Value::FromObject(std::move(hash)));
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "server/base/blob.h"
#include "server/data/object.h"
#include "server/data/string.h"
#include "server/data/value_type.h"

namespace keyway::data {

class Value {
 public:
  // Text in the encoding SET would choose. The bytes must outlive the Value.
  static Value String(std::string_view text);
  // Text as "embstr" or "raw", by length. The bytes must outlive the Value.
  static Value Text(std::string_view text) { return Value(TextEncoding(text.size()), text); }
  // Text as "raw" whatever its length. The bytes must outlive the Value.
  static Value RawText(std::string_view text) { return Value(Encoding::kRaw, text); }
  static Value Integer(int64_t integer);
  // A string whose bytes the blob holds; `encoding` is kEmbstr or kRaw.
  static Value FromBlob(BlobRef blob, Encoding encoding = Encoding::kRaw);
  static Value FromObject(std::unique_ptr<Object> object);

  ValueType type() const { return object_ ? object_->type() : ValueType::kString; }
  Encoding encoding() const { return object_ ? object_->encoding() : encoding_; }

  bool is_integer() const { return !object_ && encoding_ == Encoding::kInt; }
  int64_t integer() const { return integer_; }
  // The text, in the blob or borrowed. Requires a string that is no integer.
  std::string_view text() const { return blob_ ? blob_->view() : text_; }
  bool has_blob() const { return static_cast<bool>(blob_); }
  BlobRef TakeBlob() { return std::move(blob_); }
  const Object* object() const { return object_.get(); }
  std::unique_ptr<Object> TakeObject() { return std::move(object_); }

 private:
  Value(Encoding encoding, std::string_view text) : encoding_(encoding), text_(text) {}
  Value() = default;

  Encoding encoding_ = Encoding::kRaw;
  int64_t integer_ = 0;
  std::string_view text_;
  BlobRef blob_;
  std::unique_ptr<Object> object_;
};

}  // namespace keyway::data
