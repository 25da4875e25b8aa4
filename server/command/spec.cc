#include "server/command/spec.h"

#include <strings.h>

#include <array>

#include "server/command/specs/row.h"

namespace keyway::command {
namespace {

constexpr FlagName kCommandFlagNames[] = {
    {kFlagWrite, "write"},
    {kFlagReadOnly, "readonly"},
    {kFlagDenyOom, "denyoom"},
    {kFlagAdmin, "admin"},
    {kFlagPubSub, "pubsub"},
    {kFlagNoScript, "noscript"},
    {kFlagBlocking, "blocking"},
    {kFlagLoading, "loading"},
    {kFlagStale, "stale"},
    {kFlagSkipMonitor, "skip_monitor"},
    {kFlagSkipSlowlog, "skip_slowlog"},
    {kFlagAsking, "asking"},
    {kFlagFast, "fast"},
    {kFlagNoAuth, "no_auth"},
    {kFlagNoMandatoryKeys, "no_mandatory_keys"},
    {kFlagNoAsyncLoading, "no_async_loading"},
    {kFlagNoMulti, "no_multi"},
    {kFlagMovableKeys, "movablekeys"},
    {kFlagAllowBusy, "allow_busy"},
};

constexpr FlagName kAclCategoryNames[] = {
    {kAclKeyspace, "keyspace"},
    {kAclRead, "read"},
    {kAclWrite, "write"},
    {kAclSet, "set"},
    {kAclSortedSet, "sortedset"},
    {kAclList, "list"},
    {kAclHash, "hash"},
    {kAclString, "string"},
    {kAclBitmap, "bitmap"},
    {kAclHyperLogLog, "hyperloglog"},
    {kAclGeo, "geo"},
    {kAclStream, "stream"},
    {kAclPubSub, "pubsub"},
    {kAclAdmin, "admin"},
    {kAclFast, "fast"},
    {kAclSlow, "slow"},
    {kAclBlocking, "blocking"},
    {kAclDangerous, "dangerous"},
    {kAclConnection, "connection"},
    {kAclTransaction, "transaction"},
    {kAclScripting, "scripting"},
};

constexpr FlagName kKeyFlagNames[] = {
    {kKeyRo, "RO"},
    {kKeyRw, "RW"},
    {kKeyOw, "OW"},
    {kKeyRm, "RM"},
    {kKeyAccess, "access"},
    {kKeyUpdate, "update"},
    {kKeyInsert, "insert"},
    {kKeyDelete, "delete"},
    {kKeyNotKey, "not_key"},
    {kKeyIncomplete, "incomplete"},
    {kKeyVariableFlags, "variable_flags"},
};

constexpr FlagName kDocFlagNames[] = {
    {kDocDeprecated, "deprecated"},
    {kDocSyscmd, "syscmd"},
};

}  // namespace

std::span<const std::span<const CommandRow>> AllCommandRows() {
  // Spans over constant data, put together at the first call: the tables live in files of their own.
  static const std::array kAll = {
      rows::StringRows(), rows::BitmapRows(),        rows::HyperLogLogRows(), rows::ListRows(),
      rows::SetRows(),    rows::SortedSetRows(),     rows::HashRows(),        rows::StreamRows(),
      rows::GeoRows(),    rows::GenericRows(),       rows::ConnectionRows(),  rows::AclRows(),
      rows::ServerRows(), rows::IntrospectionRows(), rows::ScriptingRows(),   rows::TransactionRows(),
      rows::PubSubRows(), rows::ClusterRows(),       rows::SentinelRows(),    rows::TransportRows(),
  };
  return kAll;
}

std::span<const FlagName> CommandFlagNames() { return kCommandFlagNames; }
std::span<const FlagName> AclCategoryNames() { return kAclCategoryNames; }
std::span<const FlagName> KeyFlagNames() { return kKeyFlagNames; }
std::span<const FlagName> DocFlagNames() { return kDocFlagNames; }

std::string_view GroupName(Group group) {
  switch (group) {
    case Group::kGeneric:
      return "generic";
    case Group::kString:
      return "string";
    case Group::kList:
      return "list";
    case Group::kSet:
      return "set";
    case Group::kSortedSet:
      return "sorted-set";
    case Group::kHash:
      return "hash";
    case Group::kPubSub:
      return "pubsub";
    case Group::kTransactions:
      return "transactions";
    case Group::kConnection:
      return "connection";
    case Group::kServer:
      return "server";
    case Group::kScripting:
      return "scripting";
    case Group::kHyperLogLog:
      return "hyperloglog";
    case Group::kCluster:
      return "cluster";
    case Group::kSentinel:
      return "sentinel";
    case Group::kGeo:
      return "geo";
    case Group::kStream:
      return "stream";
    case Group::kBitmap:
      return "bitmap";
    case Group::kTransport:
      return "transport";
  }
  return "";
}

std::string_view ArgumentTypeName(ArgumentType type) {
  switch (type) {
    case ArgumentType::kString:
      return "string";
    case ArgumentType::kInteger:
      return "integer";
    case ArgumentType::kDouble:
      return "double";
    case ArgumentType::kKey:
      return "key";
    case ArgumentType::kPattern:
      return "pattern";
    case ArgumentType::kUnixTime:
      return "unix-time";
    case ArgumentType::kPureToken:
      return "pure-token";
    case ArgumentType::kOneOf:
      return "oneof";
    case ArgumentType::kBlock:
      return "block";
  }
  return "";
}

AclCategories FindAclCategory(std::string_view name) {
  for (const FlagName& category : kAclCategoryNames) {
    if (category.name.size() == name.size() && strncasecmp(category.name.data(), name.data(), name.size()) == 0) {
      return category.flag;
    }
  }
  return 0;
}

}  // namespace keyway::command
