#include "server/command/key_finder.h"

#include <strings.h>

#include <limits>
#include <optional>

#include "server/base/number.h"

namespace keyway::command {
namespace {

// A run of keys: words first, first + step, … up to last.
struct KeyRun {
  std::size_t first;
  std::size_t last;
  std::size_t step;
};

bool Same(std::string_view word, std::string_view keyword) {
  return word.size() == keyword.size() && strncasecmp(word.data(), keyword.data(), word.size()) == 0;
}

// Where the word after `begin`'s keyword is, or 0 when the keyword is not there.
std::size_t FindKeyword(const BeginSearch& begin, Words words) {
  const auto count = static_cast<std::ptrdiff_t>(words.size());
  const bool forward = begin.position > 0;
  std::ptrdiff_t i = forward ? begin.position : count + begin.position;
  while (i >= 1 && i < count) {
    if (Same(words[static_cast<std::size_t>(i)], begin.keyword)) return static_cast<std::size_t>(i) + 1;
    i += forward ? 1 : -1;
  }
  return 0;
}

enum class Outcome { kFound, kAbsent, kUnresolved };

// Resolves one key spec. kAbsent: its keyword is not in the request. kUnresolved: the words do not fit the spec, or the
// spec says that it cannot be resolved.
Outcome Resolve(const KeySpec& key, Words words, KeyRun& run) {
  std::size_t first = 0;
  switch (key.begin.kind) {
    case BeginSearch::Kind::kIndex:
      first = static_cast<std::size_t>(key.begin.position);
      break;
    case BeginSearch::Kind::kKeyword:
      first = FindKeyword(key.begin, words);
      break;
    case BeginSearch::Kind::kUnknown:
      return Outcome::kUnresolved;
  }
  if (first == 0) return Outcome::kAbsent;

  const auto count = static_cast<std::int64_t>(words.size());
  auto begin = static_cast<std::int64_t>(first);
  std::int64_t last = 0;
  switch (key.find.kind) {
    case FindKeys::Kind::kRange:
      if (key.find.last >= 0) {
        last = begin + key.find.last;
      } else if (key.find.limit == 0) {
        last = count + key.find.last;
      } else {
        last = begin + (count - begin) / key.find.limit + key.find.last;
      }
      break;
    case FindKeys::Kind::kKeyNum: {
      const std::int64_t num_position = begin + key.find.num_index;
      if (num_position >= count) return Outcome::kUnresolved;
      const std::optional<int64_t> num_keys = ParseInt64(words[static_cast<std::size_t>(num_position)]);
      // A number beyond the request's own words cannot be meant, and must not overflow below.
      if (!num_keys || *num_keys < 0 || *num_keys > count) return Outcome::kUnresolved;
      begin += key.find.first_key;
      last = begin + (*num_keys - 1) * key.find.step;
      break;
    }
    case FindKeys::Kind::kUnknown:
      return Outcome::kUnresolved;
  }
  if (begin >= count || last >= count || last < begin) return Outcome::kUnresolved;
  run = {static_cast<std::size_t>(begin), static_cast<std::size_t>(last), static_cast<std::size_t>(key.find.step)};
  return Outcome::kFound;
}

// False when a spec cannot be resolved, so that a hook has to decide; `keys` is then empty.
bool FindKeysBySpecs(const CommandRow& row, Words words, KeyList& keys, bool include_not_keys) {
  for (const KeySpec& key : row.keys) {
    if ((key.flags & kKeyNotKey) && !include_not_keys) continue;
    KeyRun run;
    const Outcome outcome = Resolve(key, words, run);
    if (outcome == Outcome::kAbsent) continue;
    if (outcome == Outcome::kUnresolved || (key.flags & kKeyIncomplete)) {
      keys.clear();
      return false;
    }
    for (std::size_t i = run.first; i <= run.last; i += run.step) {
      keys.push_back({static_cast<std::uint32_t>(i), key.flags});
    }
  }
  return true;
}

bool AnyKeyHas(const CommandRow& row, KeyFlags flag) {
  for (const KeySpec& key : row.keys) {
    if (key.flags & flag) return true;
  }
  return false;
}

void Add(KeyList& keys, std::size_t position, KeyFlags flags) {
  keys.push_back({static_cast<std::uint32_t>(position), flags});
}

}  // namespace

void FindKeysOf(const CommandSpec& spec, Words words, KeyList& keys, bool include_not_keys) {
  keys.clear();
  const CommandRow& row = *spec.row;
  if (!AnyKeyHas(row, kKeyVariableFlags) && FindKeysBySpecs(row, words, keys, include_not_keys)) return;
  if (row.keys_hook != nullptr && words.size() > 1) row.keys_hook(words, keys);
}

bool MayHaveKeys(const CommandSpec& spec) {
  if (spec.row->keys_hook != nullptr) return true;
  for (const KeySpec& key : spec.row->keys) {
    if (!(key.flags & kKeyNotKey)) return true;
  }
  return false;
}

std::size_t FirstKeySlow(const CommandSpec& spec, Words words) {
  if (AnyKeyHas(*spec.row, kKeyIncomplete)) {
    KeyList keys;
    FindKeysOf(spec, words, keys);
    return keys.empty() ? 0 : keys[0].position;
  }
  for (const KeySpec& key : spec.row->keys) {
    if (key.flags & kKeyNotKey) continue;
    KeyRun run;
    switch (Resolve(key, words, run)) {
      case Outcome::kFound:
        return run.first;
      case Outcome::kAbsent:
        continue;
      case Outcome::kUnresolved:
        return 0;
    }
  }
  return 0;
}

// ---- Hooks ---------------------------------------------------------------------------------------------------------

void SetKeys(Words words, KeyList& keys) {
  for (std::size_t i = 3; i < words.size(); ++i) {
    if (Same(words[i], "GET")) return Add(keys, 1, kKeyRw | kKeyAccess | kKeyUpdate);
  }
  Add(keys, 1, kKeyOw | kKeyUpdate);
}

void BitFieldKeys(Words words, KeyList& keys) {
  std::size_t i = 2;
  while (i < words.size()) {
    const std::size_t behind = words.size() - i - 1;
    if (Same(words[i], "GET") && behind >= 2) {
      i += 3;
    } else if (Same(words[i], "OVERFLOW") && behind >= 1) {
      i += 2;
    } else {
      // SET, INCRBY, or something that is an error: then the stricter right is the safe one to ask for.
      return Add(keys, 1, kKeyRw | kKeyAccess | kKeyUpdate);
    }
  }
  Add(keys, 1, kKeyRo | kKeyAccess);
}

void SortRoKeys(Words, KeyList& keys) { Add(keys, 1, kKeyRo | kKeyAccess); }

void SortKeys(Words words, KeyList& keys) {
  std::size_t stored = 0;
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (Same(words[i], "LIMIT")) {
      i += 2;
    } else if (Same(words[i], "GET") || Same(words[i], "BY")) {
      i += 1;
    } else if (Same(words[i], "STORE") && i + 1 < words.size()) {
      stored = ++i;  // the last STORE counts, as it does for SORT itself
    }
  }
  Add(keys, 1, kKeyRo | kKeyAccess);
  if (stored != 0) Add(keys, stored, kKeyOw | kKeyUpdate);
}

void MigrateKeys(Words words, KeyList& keys) {
  constexpr std::size_t kSingleKey = 3;
  constexpr std::size_t kOptions = 6;
  constexpr KeyFlags kFlags = kKeyRw | kKeyAccess | kKeyDelete;
  if (words.size() <= kSingleKey) return;
  for (std::size_t i = kOptions; i < words.size(); ++i) {
    if (Same(words[i], "KEYS")) {
      if (!words[kSingleKey].empty()) return;  // both forms at once, which MIGRATE refuses
      for (std::size_t key = i + 1; key < words.size(); ++key) Add(keys, key, kFlags);
      return;
    }
    // Passwords and user names may read "keys".
    if (Same(words[i], "AUTH")) i += 1;
    if (i < words.size() && Same(words[i], "AUTH2")) i += 2;
  }
  Add(keys, kSingleKey, kFlags);
}

void GeoRadiusKeys(Words words, KeyList& keys) {
  std::size_t stored = 0;
  for (std::size_t i = 5; i + 1 < words.size(); ++i) {
    if (Same(words[i], "STORE") || Same(words[i], "STOREDIST")) stored = ++i;
  }
  Add(keys, 1, kKeyRo | kKeyAccess);
  if (stored != 0) Add(keys, stored, kKeyOw | kKeyUpdate);
}

}  // namespace keyway::command
