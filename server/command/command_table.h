// The commands of this server by name: built once at start, immutable afterwards.
//
//   CommandTable::Builder builder(AllCommandRows());
//   builder.Bind(kStringHandlers);                  // {"get", Get}, {"config|get", ConfigGet}, …
//   builder.BindHelp(ContainerHelp);
//   builder.Rename("flushall", "");                 // rename-command
//   Result<CommandTable> table = std::move(builder).Build();
//
// Lookup ignores case. A name of up to 32 bytes is folded eight bytes at a time, hashed by hash-and-displace (each name
// has a slot of its own, so one probe and one compare decide), longer names (rename-command can make them) are rare and
// searched one by one.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/error.h"
#include "server/command/spec.h"

namespace keyway::command {

// A handler and the command that it serves: "get" or "config|get".
struct HandlerBinding {
  std::string_view name;
  Handler handler;
};

// Names to specs: a perfect hash over (salt, lower-cased name). Built once.
class NameIndex {
 public:
  struct Entry {
    std::string name;  // lower-case
    std::uint32_t salt;
    const CommandSpec* spec;
  };

  NameIndex();
  // Requires: no two entries with the same name and salt.
  explicit NameIndex(std::vector<Entry> entries);

  // The spec under that name in any case, or null. [any]
  const CommandSpec* Find(std::string_view name, std::uint32_t salt) const;

 private:
  static constexpr std::size_t kFoldedWords = 4;
  using Folded = std::array<std::uint64_t, kFoldedWords>;  // a lower-cased name of up to 32 bytes, zero-padded

  struct Slot {
    Folded name{};
    std::uint32_t size = 0;
    std::uint32_t salt = 0;
    const CommandSpec* spec = nullptr;  // null: an empty slot
  };

  static Folded Fold(std::string_view name);
  static std::uint64_t Hash(const Folded& name, std::size_t size, std::uint32_t salt);
  std::size_t SlotOf(std::uint64_t hash) const;
  bool PlaceAll(const std::vector<Entry>& entries, std::size_t slot_count);

  std::vector<std::uint16_t> displacements_;  // by the low bits of the hash; a power of two of them
  std::vector<Slot> slots_;                   // a power of two of them
  std::vector<Entry> long_names_;             // above 32 bytes
};

class CommandTable {
 public:
  class Builder;

  CommandTable(CommandTable&&) = default;
  CommandTable& operator=(CommandTable&&) = default;

  // What the words of a request call: the command, or the subcommand when the command is a container and there are more
  // words. Null: unknown command, or unknown subcommand (then FindCommand(words[0]) is not null). `subcommand` may be
  // the default empty view for a request of one word. [any]
  const CommandSpec* Lookup(std::string_view name, std::string_view subcommand = {}) const {
    const CommandSpec* spec = names_.Find(name, kCommandSalt);
    if (spec == nullptr || spec->subcommands.empty() || subcommand.data() == nullptr) return spec;
    return FindSubcommand(*spec, subcommand);
  }
  const CommandSpec* Lookup(Words words) const {
    if (words.empty()) return nullptr;
    return words.size() == 1 ? Lookup(words[0]) : Lookup(words[0], words[1]);
  }

  // The command of that name as clients call it (after rename-command), or null. [any]
  const CommandSpec* FindCommand(std::string_view name) const { return names_.Find(name, kCommandSalt); }
  const CommandSpec* FindSubcommand(const CommandSpec& container, std::string_view name) const {
    return subcommands_.Find(name, SubcommandSalt(container));
  }

  // By full name, "get" or "config|get"; a container's subcommand needs the bar. [any]
  const CommandSpec* FindFullName(std::string_view full_name) const;

  // As Lookup and FindFullName, but by the names before rename-command: for ACL rules, the AOF and a primary's stream.
  const CommandSpec* LookupOriginal(Words words) const;
  const CommandSpec* FindOriginalFullName(std::string_view full_name) const;

  // Commands that clients can call, without subcommands: COMMAND's order and COMMAND COUNT.
  std::span<const CommandSpec* const> commands() const { return commands_; }

  // All specs by id, subcommands and commands renamed away included. Counters by id have this size.
  std::size_t size() const { return specs_.size(); }
  const CommandSpec& spec(std::size_t id) const { return specs_[id]; }

 private:
  static constexpr std::uint32_t kCommandSalt = 0;
  static std::uint32_t SubcommandSalt(const CommandSpec& container) { return container.id + 1u; }

  CommandTable() = default;
  const CommandSpec* FindFullNameIn(const NameIndex& names, std::string_view full_name) const;

  std::vector<CommandSpec> specs_;                    // never resized after Build: others point into it
  std::vector<const CommandSpec*> subcommand_lists_;  // backing of CommandSpec::subcommands
  std::deque<std::string> full_names_;
  std::vector<const CommandSpec*> commands_;
  NameIndex names_;
  NameIndex original_names_;
  NameIndex subcommands_;
};

// Collects rows, handlers and renames. [main]
class CommandTable::Builder {
 public:
  explicit Builder(std::span<const std::span<const CommandRow>> rows) : rows_(rows) {}

  // In Sentinel mode the table holds the commands that exist there, and only those.
  Builder& SentinelMode(bool on);

  // Binds handlers to rows; a later binding of the same name replaces an earlier one (Sentinel's own versions).
  Builder& Bind(std::span<const HandlerBinding> bindings);

  // The handler of every container's HELP, for containers that have another subcommand bound.
  Builder& BindHelp(Handler handler);

  // The handler of every row that nobody binds, so that COMMAND tells about it. Without it such rows stay out of the table.
  Builder& BindRest(Handler handler);

  // rename-command: "" takes the command away.
  Builder& Rename(std::string from, std::string to);

  // Fails when a binding names no row, when a rename names no command, or when its new name is taken. Renames apply in
  // order; one of a command that has a row but is not in this table changes nothing.
  Result<CommandTable> Build() &&;

 private:
  struct RenameRule {
    std::string from;
    std::string to;
  };

  struct Chosen {
    const CommandRow* row;
    Handler handler;
  };

  bool ExistsInMode(const CommandRow& row) const;
  bool IsKnown(std::string_view name) const;
  Result<std::vector<Chosen>> Choose() const;
  void MakeSpecs(const std::vector<Chosen>& chosen, CommandTable& table) const;
  Result<> IndexNames(CommandTable& table) const;

  std::span<const std::span<const CommandRow>> rows_;
  std::vector<HandlerBinding> bindings_;
  std::vector<RenameRule> renames_;
  Handler help_handler_ = nullptr;
  Handler rest_handler_ = nullptr;
  bool sentinel_mode_ = false;
};

}  // namespace keyway::command
