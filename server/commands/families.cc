#include "server/commands/families.h"

#include "server/command/args.h"

namespace keyway::commands {

void NotOffered(command::Context& ctx) { ctx.reply().Error(command::UnknownCommandText(ctx.args())); }

std::span<const std::span<const command::HandlerBinding>> AllHandlers() {
  static const std::span<const command::HandlerBinding> kFamilies[] = {
      ClientHandlers(),      ClientKillHandlers(),   CommandHandlers(),       ConfigHandlers(),
      ConnectionHandlers(),  DebugHandlers(),        DatabaseHandlers(),      ExpireHandlers(),
      GenericHandlers(),     LcsHandlers(),          LolwutHandlers(),        MemoryHandlers(),
      MigrateHandlers(),     ObjectHandlers(),       ReplicationHandlers(),   ScanHandlers(),
      ServerHandlers(),      StringHandlers(),       StringSetHandlers(),     TransactionHandlers(),
      TransportHandlers(),   StringNumberHandlers(), BitmapHandlers(),        DumpHandlers(),
      PersistenceHandlers(), BitfieldHandlers(),     HyperLogLogHandlers(),   StreamHandlers(),
      StreamGroupHandlers(), StreamInfoHandlers(),   StreamPendingHandlers(), StreamReadHandlers(),
      HashHandlers(),        HashNumberHandlers(),   SetHandlers(),           SetAlgebraHandlers(),
      SetPickHandlers(),     SortHandlers(),         ListHandlers(),          ListEditHandlers(),
      ListMoveHandlers(),    GeoHandlers(),          GeoSearchHandlers(),     ZsetAlgebraHandlers(),
      ZsetHandlers(),        ZsetPopHandlers(),      ZsetRandomHandlers(),    ZsetRangeHandlers(),
      PubSubHandlers(),      LatencyHandlers(),      SlowLogHandlers(),
  };
  return kFamilies;
}

}  // namespace keyway::commands
