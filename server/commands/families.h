// Every command family of this build and the one list of them all. A family's file ends with the function that is
// declared here; a family that is not in AllHandlers() does not exist.
#pragma once

#include <span>

#include "server/command/command_table.h"

namespace keyway::commands {

// What CommandTable::Builder binds, family by family. [any]
std::span<const std::span<const command::HandlerBinding>> AllHandlers();

// The handler of commands that have a row and are not built yet: an unknown command, to whoever calls it.
void NotOffered(command::Context& ctx);

std::span<const command::HandlerBinding> BitmapHandlers();         // bitmap.cc
std::span<const command::HandlerBinding> BitfieldHandlers();       // bitfield.cc
std::span<const command::HandlerBinding> HyperLogLogHandlers();    // hyperloglog.cc
std::span<const command::HandlerBinding> SlowLogHandlers();        // slowlog.cc
std::span<const command::HandlerBinding> SortHandlers();           // sort.cc
std::span<const command::HandlerBinding> ClientHandlers();         // client_commands.cc
std::span<const command::HandlerBinding> ClientKillHandlers();     // client_kill.cc
std::span<const command::HandlerBinding> CommandHandlers();        // command.cc
std::span<const command::HandlerBinding> ConfigHandlers();         // config_commands.cc
std::span<const command::HandlerBinding> ConnectionHandlers();     // connection.cc
std::span<const command::HandlerBinding> DatabaseHandlers();       // databases.cc
std::span<const command::HandlerBinding> DebugHandlers();          // debug.cc
std::span<const command::HandlerBinding> DumpHandlers();           // dump.cc
std::span<const command::HandlerBinding> ExpireHandlers();         // expire.cc
std::span<const command::HandlerBinding> GenericHandlers();        // generic.cc
std::span<const command::HandlerBinding> HashHandlers();           // hash.cc
std::span<const command::HandlerBinding> HashNumberHandlers();     // hash_numbers.cc
std::span<const command::HandlerBinding> LatencyHandlers();        // latency.cc
std::span<const command::HandlerBinding> LcsHandlers();            // lcs.cc
std::span<const command::HandlerBinding> ListEditHandlers();       // list_edit.cc
std::span<const command::HandlerBinding> ListHandlers();           // list.cc
std::span<const command::HandlerBinding> ListMoveHandlers();       // list_move.cc
std::span<const command::HandlerBinding> LolwutHandlers();         // lolwut.cc
std::span<const command::HandlerBinding> MemoryHandlers();         // memory.cc
std::span<const command::HandlerBinding> MigrateHandlers();        // migrate.cc
std::span<const command::HandlerBinding> ObjectHandlers();         // object.cc
std::span<const command::HandlerBinding> PersistenceHandlers();    // persistence_commands.cc
std::span<const command::HandlerBinding> PubSubHandlers();         // pubsub.cc
std::span<const command::HandlerBinding> ReplicationHandlers();    // replication.cc
std::span<const command::HandlerBinding> ScanHandlers();           // scan.cc
std::span<const command::HandlerBinding> ServerHandlers();         // server_commands.cc
std::span<const command::HandlerBinding> SetAlgebraHandlers();     // set_algebra.cc
std::span<const command::HandlerBinding> SetHandlers();            // set.cc
std::span<const command::HandlerBinding> SetPickHandlers();        // set_pick.cc
std::span<const command::HandlerBinding> StreamGroupHandlers();    // stream_group.cc
std::span<const command::HandlerBinding> StreamHandlers();         // stream.cc
std::span<const command::HandlerBinding> StreamInfoHandlers();     // stream_info.cc
std::span<const command::HandlerBinding> StreamPendingHandlers();  // stream_pending.cc
std::span<const command::HandlerBinding> StreamReadHandlers();     // stream_read.cc
std::span<const command::HandlerBinding> StringHandlers();         // string.cc
std::span<const command::HandlerBinding> StringNumberHandlers();   // string_numbers.cc
std::span<const command::HandlerBinding> StringSetHandlers();      // string_set.cc
std::span<const command::HandlerBinding> TransactionHandlers();    // transactions.cc
std::span<const command::HandlerBinding> TransportHandlers();      // transport_commands.cc
std::span<const command::HandlerBinding> GeoHandlers();            // geo.cc
std::span<const command::HandlerBinding> GeoSearchHandlers();      // geo_search.cc
std::span<const command::HandlerBinding> ZsetAlgebraHandlers();    // zset_algebra.cc
std::span<const command::HandlerBinding> ZsetHandlers();           // zset.cc
std::span<const command::HandlerBinding> ZsetPopHandlers();        // zset_pop.cc
std::span<const command::HandlerBinding> ZsetRandomHandlers();     // zset_random.cc
std::span<const command::HandlerBinding> ZsetRangeHandlers();      // zset_range.cc

}  // namespace keyway::commands
