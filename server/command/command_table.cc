#include "server/command/command_table.h"

#include <strings.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "server/base/check.h"

namespace keyway::command {
namespace {

constexpr std::size_t kMaxFoldedName = 32;  // bytes
constexpr std::size_t kMaxSlots = std::size_t{1} << 20;
constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15;  // odd, 2^64 over the golden ratio
constexpr std::uint32_t kMaxDisplacement = std::numeric_limits<std::uint16_t>::max();

char LowerByte(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), LowerByte);
  return lower;
}

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Sets bit 5 in those of the eight bytes that are capital ASCII letters.
std::uint64_t LowerWord(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const std::uint64_t low_bits = word & (kOnes * 0x7f);
  const std::uint64_t from_a = low_bits + kOnes * (0x80 - 'A');   // bit 7 where a byte is at least 'A'
  const std::uint64_t above_z = low_bits + kOnes * (0x7f - 'Z');  // bit 7 where it is above 'Z'
  const std::uint64_t is_capital = (from_a ^ above_z) & ~word & (kOnes * 0x80);
  return word | (is_capital >> 2);
}

template <class Word>
Word Load(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

// The first `size` (0 to 7) bytes as a little-endian number, without reading past them.
std::uint64_t LoadPart(const char* bytes, std::size_t size) {
  if (size >= 4)
    return Load<std::uint32_t>(bytes) | std::uint64_t{Load<std::uint32_t>(bytes + size - 4)} << (8 * (size - 4));
  if (size >= 2)
    return Load<std::uint16_t>(bytes) | std::uint64_t{Load<std::uint16_t>(bytes + size - 2)} << (8 * (size - 2));
  return size == 1 ? static_cast<unsigned char>(bytes[0]) : 0;
}

std::size_t WordCount(std::size_t size) { return (size + 7) / 8; }

std::size_t PowerOfTwoFrom(std::size_t size) {
  std::size_t power = 1;
  while (power < size) power *= 2;
  return power;
}

std::string FullNameOf(const CommandRow& row) {
  if (row.container.empty()) return std::string(row.name);
  return std::string(row.container) + '|' + std::string(row.name);
}

AclCategories WithImplied(AclCategories categories, CommandFlags flags) {
  if (flags & kFlagWrite) categories |= kAclWrite;
  // EVAL_RO and its like read on the script's behalf: the script's own commands are checked one by one.
  if ((flags & kFlagReadOnly) && !(categories & kAclScripting)) categories |= kAclRead;
  if (flags & kFlagAdmin) categories |= kAclAdmin | kAclDangerous;
  if (flags & kFlagPubSub) categories |= kAclPubSub;
  if (flags & kFlagFast) categories |= kAclFast;
  if (flags & kFlagBlocking) categories |= kAclBlocking;
  if (!(categories & kAclFast)) categories |= kAclSlow;
  return categories;
}

bool IsPlainRange(const KeySpec& key) {
  return key.begin.kind == BeginSearch::Kind::kIndex && key.find.kind == FindKeys::Kind::kRange;
}

void SetKeyRange(CommandSpec& spec, int first, int last, int step) {
  spec.first_key = static_cast<std::int8_t>(first);
  spec.last_key = static_cast<std::int8_t>(last);
  spec.key_step = static_cast<std::int8_t>(step);
}

// Fills first/last/step, the way in which clients were told of keys before there were key specs, and kFlagMovableKeys
// where that way does not tell all. Neighbouring ranges of step 1 become one.
void DeriveKeyRange(CommandSpec& spec) {
  const auto& keys = spec.row->keys;
  if (keys.empty()) return;
  if (keys.size() == 1 && IsPlainRange(keys[0])) {
    const int first = keys[0].begin.position;
    const int last = keys[0].find.last;
    SetKeyRange(spec, first, last >= 0 ? first + last : last, keys[0].find.step);
    if (keys[0].flags & kKeyIncomplete) spec.flags |= kFlagMovableKeys;
    return;
  }
  int first = 0;
  int last = 0;  // of the ranges so far; absolute, or from the end when < 0
  for (const KeySpec& key : keys) {
    const bool follows = last == 0 || last == key.begin.position - 1;
    if (!IsPlainRange(key) || key.find.step != 1 || !follows) {
      spec.flags |= kFlagMovableKeys;
      continue;
    }
    if (key.flags & kKeyIncomplete) spec.flags |= kFlagMovableKeys;
    if (first == 0) first = key.begin.position;
    last = key.find.last >= 0 ? key.begin.position + key.find.last : key.find.last;
  }
  if (first == 0) {
    spec.flags |= kFlagMovableKeys;
    return;
  }
  SetKeyRange(spec, first, last, 1);
}

std::int8_t FirstKeyHint(const CommandRow& row) {
  const auto is_incomplete = [](const KeySpec& key) { return (key.flags & kKeyIncomplete) != 0; };
  if (std::any_of(row.keys.begin(), row.keys.end(), is_incomplete)) return -1;
  for (const KeySpec& key : row.keys) {
    if (key.flags & kKeyNotKey) continue;
    return IsPlainRange(key) ? key.begin.position : std::int8_t{-1};
  }
  return 0;
}

}  // namespace

// ---- NameIndex -----------------------------------------------------------------------------------------------------

NameIndex::NameIndex() : displacements_(1), slots_(1) {}

NameIndex::NameIndex(std::vector<Entry> entries) {
  std::vector<Entry> short_names;
  for (Entry& entry : entries) {
    (entry.name.size() <= kMaxFoldedName ? short_names : long_names_).push_back(std::move(entry));
  }
  std::size_t slot_count = PowerOfTwoFrom(short_names.size() * 2);
  while (!PlaceAll(short_names, slot_count)) {
    slot_count *= 2;
    KW_CHECK(slot_count <= kMaxSlots);  // only two equal names could go on so far
  }
}

NameIndex::Folded NameIndex::Fold(std::string_view name) {
  Folded folded{};
  const std::size_t whole = name.size() / 8;
  for (std::size_t i = 0; i < whole; ++i) folded[i] = LowerWord(Load<std::uint64_t>(name.data() + 8 * i));
  if (const std::size_t rest = name.size() % 8; rest != 0) {
    folded[whole] = LowerWord(LoadPart(name.data() + 8 * whole, rest));
  }
  return folded;
}

std::uint64_t NameIndex::Hash(const Folded& name, std::size_t size, std::uint32_t salt) {
  std::uint64_t hash = (size + 1 + (std::uint64_t{salt} << 16)) * kMultiplier;
  for (std::size_t i = 0; i < WordCount(size); ++i) {
    hash = (hash ^ name[i]) * kMultiplier;
    hash ^= hash >> 32;
  }
  return hash;
}

std::size_t NameIndex::SlotOf(std::uint64_t hash) const {
  const std::uint64_t displacement = displacements_[hash & (displacements_.size() - 1)];
  // Multiplied anew, so that names of one group part ways under some displacement, however alike their hashes are.
  return (((hash ^ displacement << 8) * kMultiplier) >> 40) & (slots_.size() - 1);
}

// Gives every name a slot of its own, group by group of equal low hash bits, the biggest group first: for each group it
// tries displacements until all of its names fall into free slots.
bool NameIndex::PlaceAll(const std::vector<Entry>& entries, std::size_t slot_count) {
  const std::size_t group_count = std::max<std::size_t>(1, slot_count / 4);
  displacements_.assign(group_count, 0);
  slots_.assign(slot_count, Slot{});

  struct Placed {
    std::uint64_t hash;
    Slot slot;
  };
  std::vector<std::vector<Placed>> groups(group_count);
  for (const Entry& entry : entries) {
    const Folded folded = Fold(entry.name);
    const std::uint64_t hash = Hash(folded, entry.name.size(), entry.salt);
    groups[hash & (group_count - 1)].push_back(
        {hash, {folded, static_cast<std::uint32_t>(entry.name.size()), entry.salt, entry.spec}});
  }
  std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });

  std::vector<std::size_t> taken;
  for (const auto& group : groups) {
    if (group.empty()) break;
    std::uint16_t& displacement = displacements_[group[0].hash & (group_count - 1)];
    std::uint32_t attempt = 0;
    for (; attempt <= kMaxDisplacement; ++attempt) {
      displacement = static_cast<std::uint16_t>(attempt);
      taken.clear();
      for (const Placed& placed : group) {
        const std::size_t slot = SlotOf(placed.hash);
        if (slots_[slot].spec != nullptr || std::find(taken.begin(), taken.end(), slot) != taken.end()) break;
        taken.push_back(slot);
      }
      if (taken.size() == group.size()) break;
    }
    if (attempt > kMaxDisplacement) return false;
    for (std::size_t i = 0; i < group.size(); ++i) slots_[taken[i]] = group[i].slot;
  }
  return true;
}

const CommandSpec* NameIndex::Find(std::string_view name, std::uint32_t salt) const {
  if (name.size() > kMaxFoldedName) {
    for (const Entry& entry : long_names_) {
      if (entry.salt == salt && SameName(entry.name, name)) return entry.spec;
    }
    return nullptr;
  }
  const Folded folded = Fold(name);
  const Slot& slot = slots_[SlotOf(Hash(folded, name.size(), salt))];
  return slot.size == name.size() && slot.salt == salt && slot.name == folded ? slot.spec : nullptr;
}

// ---- CommandTable --------------------------------------------------------------------------------------------------

const CommandSpec* CommandTable::FindFullNameIn(const NameIndex& names, std::string_view full_name) const {
  const std::size_t bar = full_name.find('|');
  const CommandSpec* spec = names.Find(full_name.substr(0, bar), kCommandSalt);
  if (spec == nullptr || bar == std::string_view::npos) return spec;
  return FindSubcommand(*spec, full_name.substr(bar + 1));
}

const CommandSpec* CommandTable::FindFullName(std::string_view full_name) const {
  return FindFullNameIn(names_, full_name);
}

const CommandSpec* CommandTable::FindOriginalFullName(std::string_view full_name) const {
  return FindFullNameIn(original_names_, full_name);
}

const CommandSpec* CommandTable::LookupOriginal(Words words) const {
  if (words.empty()) return nullptr;
  const CommandSpec* spec = original_names_.Find(words[0], kCommandSalt);
  if (spec == nullptr || spec->subcommands.empty() || words.size() == 1) return spec;
  return FindSubcommand(*spec, words[1]);
}

// ---- Builder -------------------------------------------------------------------------------------------------------

CommandTable::Builder& CommandTable::Builder::SentinelMode(bool on) {
  sentinel_mode_ = on;
  return *this;
}

CommandTable::Builder& CommandTable::Builder::Bind(std::span<const HandlerBinding> bindings) {
  bindings_.insert(bindings_.end(), bindings.begin(), bindings.end());
  return *this;
}

CommandTable::Builder& CommandTable::Builder::BindHelp(Handler handler) {
  help_handler_ = handler;
  return *this;
}

CommandTable::Builder& CommandTable::Builder::Rename(std::string from, std::string to) {
  renames_.push_back({Lower(from), Lower(to)});
  return *this;
}

CommandTable::Builder& CommandTable::Builder::BindRest(Handler handler) {
  rest_handler_ = handler;
  return *this;
}

bool CommandTable::Builder::ExistsInMode(const CommandRow& row) const {
  return sentinel_mode_ ? (row.flags & kFlagSentinel) != 0 : (row.flags & kFlagOnlySentinel) == 0;
}

// Chooses the rows that become specs, and with which handler.
Result<std::vector<CommandTable::Builder::Chosen>> CommandTable::Builder::Choose() const {
  std::unordered_map<std::string, Handler> handlers;
  for (const HandlerBinding& binding : bindings_) handlers[std::string(binding.name)] = binding.handler;

  std::vector<Chosen> chosen;
  std::unordered_map<std::string_view, std::size_t> bound_subcommands;  // by container
  for (const auto& group : rows_) {
    for (const CommandRow& row : group) {
      Handler handler = nullptr;
      if (auto bound = handlers.extract(FullNameOf(row)); !bound.empty()) handler = bound.mapped();
      if (!ExistsInMode(row)) continue;
      if (handler != nullptr && !row.container.empty()) ++bound_subcommands[row.container];
      chosen.push_back({&row, handler});
    }
  }
  if (!handlers.empty()) return Fail("a handler is bound to '" + handlers.begin()->first + "', which is no command");

  std::unordered_set<std::string_view> containers;
  for (const Chosen& choice : chosen) containers.insert(choice.row->container);
  for (Chosen& choice : chosen) {
    const bool is_help = !choice.row->container.empty() && choice.row->name == "help";
    if (choice.handler != nullptr || is_help || rest_handler_ == nullptr) continue;
    if (choice.row->container.empty() && containers.contains(choice.row->name)) continue;
    choice.handler = rest_handler_;
    if (!choice.row->container.empty()) ++bound_subcommands[choice.row->container];
  }
  for (Chosen& choice : chosen) {
    const bool is_help = !choice.row->container.empty() && choice.row->name == "help";
    if (is_help && choice.handler == nullptr && bound_subcommands.contains(choice.row->container)) {
      choice.handler = help_handler_;
    }
  }
  std::erase_if(chosen, [&](const Chosen& choice) {
    return choice.handler == nullptr && !bound_subcommands.contains(choice.row->name);
  });
  // A subcommand may be called like a container ("client|info"), which is no reason to keep it.
  std::erase_if(chosen,
                [](const Chosen& choice) { return choice.handler == nullptr && !choice.row->container.empty(); });
  return chosen;
}

void CommandTable::Builder::MakeSpecs(const std::vector<Chosen>& chosen, CommandTable& table) const {
  table.specs_.reserve(chosen.size());
  std::unordered_map<std::string_view, CommandSpec*> containers;
  std::map<const CommandSpec*, std::vector<const CommandSpec*>> children;
  for (const Chosen& choice : chosen) {
    const CommandRow& row = *choice.row;
    CommandSpec& spec = table.specs_.emplace_back();
    spec.row = &row;
    spec.handler = choice.handler;
    spec.flags = row.flags;
    spec.categories = WithImplied(row.categories, row.flags);
    spec.arity = static_cast<std::int16_t>(row.arity);
    spec.id = static_cast<std::uint16_t>(table.specs_.size() - 1);
    spec.first_key_hint = FirstKeyHint(row);
    spec.element_word = row.element_word;
    DeriveKeyRange(spec);
    if (row.container.empty()) {
      spec.full_name = row.name;
      containers[row.name] = &spec;
    } else {
      spec.full_name = table.full_names_.emplace_back(FullNameOf(row));
      spec.container = containers.at(row.container);
      children[spec.container].push_back(&spec);
    }
  }
  table.subcommand_lists_.reserve(table.full_names_.size());
  for (const auto& [container, list] : children) {
    const std::size_t begin = table.subcommand_lists_.size();
    table.subcommand_lists_.insert(table.subcommand_lists_.end(), list.begin(), list.end());
    table.specs_[container->id].subcommands = {table.subcommand_lists_.data() + begin, list.size()};
  }
}

bool CommandTable::Builder::IsKnown(std::string_view name) const {
  for (const auto& group : rows_) {
    for (const CommandRow& row : group) {
      if (row.container.empty() && row.name == name) return true;
    }
  }
  return false;
}

Result<> CommandTable::Builder::IndexNames(CommandTable& table) const {
  std::map<std::string, const CommandSpec*> names;
  std::vector<NameIndex::Entry> originals;
  std::vector<NameIndex::Entry> subcommands;
  for (const CommandSpec& spec : table.specs_) {
    if (spec.container == nullptr) {
      names[std::string(spec.row->name)] = &spec;
      originals.push_back({std::string(spec.row->name), kCommandSalt, &spec});
    } else {
      subcommands.push_back({std::string(spec.row->name), SubcommandSalt(*spec.container), &spec});
    }
  }
  for (const RenameRule& rule : renames_) {
    auto node = names.extract(rule.from);
    if (node.empty()) {
      // A command that exists, but not in this table, needs no renaming.
      if (IsKnown(rule.from)) continue;
      return Fail("No such command in rename-command");
    }
    if (rule.to.empty()) continue;
    node.key() = rule.to;
    if (!names.insert(std::move(node)).inserted) return Fail("Target command name already exists");
  }

  std::vector<NameIndex::Entry> current;
  for (const auto& [name, spec] : names) current.push_back({name, kCommandSalt, spec});
  for (const CommandSpec& spec : table.specs_) {
    const auto is_this = [&](const auto& entry) { return entry.spec == &spec; };
    if (std::any_of(current.begin(), current.end(), is_this)) table.commands_.push_back(&spec);
  }
  table.names_ = NameIndex(std::move(current));
  table.original_names_ = NameIndex(std::move(originals));
  table.subcommands_ = NameIndex(std::move(subcommands));
  return {};
}

Result<CommandTable> CommandTable::Builder::Build() && {
  auto chosen = Choose();
  if (!chosen) return std::unexpected(chosen.error());
  CommandTable table;
  MakeSpecs(*chosen, table);
  if (Result<> indexed = IndexNames(table); !indexed) return std::unexpected(indexed.error());
  return table;
}

}  // namespace keyway::command
