#include "server/commands/families.h"

namespace keyway::commands {

std::span<const std::span<const command::HandlerBinding>> AllHandlers() {
  static const std::span<const command::HandlerBinding> kFamilies[] = {
      ClientHandlers(), ClientKillHandlers(), CommandHandlers(),   ConfigHandlers(),       ConnectionHandlers(),
      DebugHandlers(),  DatabaseHandlers(),   ExpireHandlers(),    GenericHandlers(),      LcsHandlers(),
      LolwutHandlers(), MemoryHandlers(),     ObjectHandlers(),    ScanHandlers(),         ServerHandlers(),
      StringHandlers(), StringSetHandlers(),  TransportHandlers(), StringNumberHandlers(),
  };
  return kFamilies;
}

}  // namespace keyway::commands
