#include "server/commands/serialized_size.h"

#include "server/commands/support.h"
#include "server/config/config.h"
#include "server/persist/byte_sink.h"
#include "server/persist/rdb_format.h"
#include "server/persist/rdb_writer.h"
#include "server/persist/value_writer.h"

namespace keyway::commands {
namespace {

class NullSink final : public persist::ByteSink {
 public:
  Result<> Write(std::string_view) override { return {}; }
};

}  // namespace

size_t SerializedSize(command::Context& ctx, const keyspace::Entry& entry) {
  NullSink sink;
  persist::RdbWriter writer(sink, {.compress = SettingsOf(ctx).rdbcompression, .checksum = false});
  persist::WriteValue(writer, entry, ctx.services().compat_70 ? persist::kRdbVersion70 : persist::kRdbVersion72);
  return static_cast<size_t>(writer.bytes());
}

}  // namespace keyway::commands
