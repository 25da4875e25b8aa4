#include "server/data/value.h"

#include "server/base/check.h"
#include "server/base/number.h"

namespace keyway::data {

Value Value::String(std::string_view text) {
  // Longer text cannot be the canonical form of an integer.
  if (text.size() <= kMaxIntegerLength) {
    if (const auto integer = ParseInt64(text)) return Integer(*integer);
  }
  return Text(text);
}

Value Value::Integer(int64_t integer) {
  Value value;
  value.encoding_ = Encoding::kInt;
  value.integer_ = integer;
  return value;
}

Value Value::FromBlob(BlobRef blob, Encoding encoding) {
  KW_DCHECK(blob && (encoding == Encoding::kEmbstr || encoding == Encoding::kRaw));
  Value value;
  value.encoding_ = encoding;
  value.blob_ = std::move(blob);
  return value;
}

Value Value::FromObject(std::unique_ptr<Object> object) {
  KW_DCHECK(object != nullptr);
  Value value;
  value.object_ = std::move(object);
  return value;
}

}  // namespace keyway::data
