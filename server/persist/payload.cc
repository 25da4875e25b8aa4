#include "server/persist/payload.h"

#include <fmt/core.h>

#include "server/base/crc64.h"
#include "server/persist/byte_sink.h"
#include "server/persist/byte_source.h"
#include "server/persist/rdb_format.h"
#include "server/persist/rdb_reader.h"
#include "server/persist/rdb_writer.h"
#include "server/persist/value_reader.h"
#include "server/persist/value_writer.h"

namespace keyway::persist {
namespace {

constexpr size_t kChecksumBytes = 8, kFooterBytes = 10;

void AppendLittleEndian(std::string& out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

uint64_t LittleEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i > 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[i - 1]);
  return value;
}

}  // namespace

std::string WritePayload(const keyspace::Entry& entry, int version, bool compress) {
  std::string out;
  StringSink sink(out);
  RdbWriter writer(sink, {.compress = compress, .checksum = false, .buffer_bytes = 4096});
  writer.Byte(RdbTypeOf(entry, version));
  WriteValue(writer, entry, version);
  writer.Flush();
  AppendLittleEndian(out, static_cast<uint64_t>(version), kFooterBytes - kChecksumBytes);
  AppendLittleEndian(out, Crc64(0, out), kChecksumBytes);
  return out;
}

bool PayloadIsIntact(std::string_view payload, bool skip_checksum) {
  if (payload.size() < kFooterBytes) return false;
  const std::string_view footer = payload.substr(payload.size() - kFooterBytes);
  if (LittleEndian(footer.substr(0, kFooterBytes - kChecksumBytes)) > kNewestRdbVersion) return false;
  if (skip_checksum) return true;
  const std::string_view summed = payload.substr(0, payload.size() - kChecksumBytes);
  return LittleEndian(footer.substr(kFooterBytes - kChecksumBytes)) == Crc64(0, summed);
}

Result<data::Value> ReadPayload(std::string_view payload, const data::EncodingLimits& limits, std::string& storage) {
  MemorySource source(payload.substr(0, payload.size() - kFooterBytes));
  RdbReader reader(source, {.buffer_bytes = 4096});
  const uint8_t type = reader.Byte();
  auto value = ReadValue(reader, type, limits, storage);
  if (value && value->type() == data::ValueType::kString && !value->has_blob() && !value->is_integer()) {
    // The text may lie in the reader, which goes.
    if (value->text().data() != storage.data()) storage.assign(value->text());
    value = data::Value::Text(storage);
  }
  if (value && reader.Fits(1) == 0) return std::move(*value);
  std::string reason = !reader.ok() ? reader.error() : value ? "Bytes follow the value" : "The value is empty";
  return Fail(fmt::format("Internal error in RDB reading offset {} -> {}", reader.position(), reason));
}

}  // namespace keyway::persist
