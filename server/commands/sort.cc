// SORT and SORT_RO: the elements of a list, a set or a sorted set, ordered by themselves or by other keys, sent or stored
// as a list, themselves or what other keys hold for them.
//
//   1. options            everything is read before anything is done
//   2. the range          LIMIT in numbers of elements; if nothing is to be sorted, only that range is loaded
//   3. elements           views into the value where they stay in place, else copies in an arena
//   4. weights            numbers, or texts for ALPHA, by themselves or by BY
//   5. order              only as far as the range needs it
//   6. reply or STORE
//
// The views stay good throughout: SORT changes nothing before its end, and the keys it looks up that have expired are
// not those that it has views of.
#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "server/base/collation.h"
#include "server/base/text_arena.h"
#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/sort_pattern.h"
#include "server/commands/support.h"
#include "server/config/config.h"
#include "server/data/list.h"
#include "server/data/set.h"
#include "server/data/zset.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::ValueType;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

struct Options {
  bool descending = false, alpha = false, sorted = true;
  int64_t limit_start = 0, limit_count = -1;
  std::optional<SortPattern> by;
  std::vector<SortPattern> gets;
  size_t store_argument = 0;  // 0: none

  bool stores() const { return store_argument != 0; }
};

// Whether patterns may lead the client to keys that the request does not name; answers with an error if not.
bool MayFollowPatterns(Context& ctx, std::string_view option) {
  if (!SettingsOf(ctx).cluster_enabled) return true;
  ctx.reply().Error(fmt::format("ERR {} option of SORT denied in Cluster mode.", option));
  return false;
}

bool TakeLimit(Context& ctx, size_t i, Options& options) {
  const auto start = command::IntegerArg(ctx, i + 1);
  if (!start) return false;
  const auto count = command::IntegerArg(ctx, i + 2);
  if (!count) return false;
  options.limit_start = *start, options.limit_count = *count;
  return true;
}

bool TakeBy(Context& ctx, size_t i, Options& options) {
  SortPattern pattern(ctx.arg(i + 1));
  // A pattern that leads nowhere is how clients ask for no sorting; one with a key undoes none that came before.
  if (ctx.arg(i + 1).find('*') == std::string_view::npos) {
    options.sorted = false;
  } else if (!MayFollowPatterns(ctx, "BY")) {
    return false;
  }
  options.by = std::move(pattern);
  return true;
}

std::optional<Options> ParseOptions(Context& ctx, bool read_only) {
  Options options;
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const std::string_view word = ctx.arg(i);
    const size_t behind = ctx.argc() - i - 1;
    if (IsWord(word, "ASC")) {
      options.descending = false;
    } else if (IsWord(word, "DESC")) {
      options.descending = true;
    } else if (IsWord(word, "ALPHA")) {
      options.alpha = true;
    } else if (IsWord(word, "LIMIT") && behind >= 2) {
      if (!TakeLimit(ctx, i, options)) return std::nullopt;
      i += 2;
    } else if (!read_only && IsWord(word, "STORE") && behind >= 1) {
      options.store_argument = ++i;
    } else if (IsWord(word, "BY") && behind >= 1) {
      if (!TakeBy(ctx, i, options)) return std::nullopt;
      ++i;
    } else if (IsWord(word, "GET") && behind >= 1) {
      if (!MayFollowPatterns(ctx, "GET")) return std::nullopt;
      options.gets.emplace_back(ctx.arg(++i));
    } else {
      ctx.reply().Error(errors::kSyntax);
      return std::nullopt;
    }
  }
  return options;
}

// ---- elements ------------------------------------------------------------------------------------------------------

struct Element {
  std::string_view text;
  std::string_view weight;  // ALPHA with BY; data() is null if there is none
  double score = 0;         // without ALPHA
  size_t position = 0;      // as loaded: what is equal otherwise keeps its order
};

// Elements from `start` on, `end` not included, of the order that is asked for.
struct Range {
  size_t start = 0, end = 0;
  size_t count() const { return end - start; }
};

Range RangeOf(const Options& options, size_t size) {
  const auto length = static_cast<int64_t>(size);
  const int64_t start = std::clamp<int64_t>(options.limit_start, 0, length);
  const int64_t count = options.limit_count < 0 ? length : std::min(options.limit_count, length);
  return {static_cast<size_t>(start), static_cast<size_t>(std::min(start + count, length))};
}

class Elements {
 public:
  Elements(const Options& options, TextArena& arena) : options_(options), arena_(arena) {}

  // Loads all elements, or the range alone if nothing is sorted; `range` is brought to what was loaded.
  void Load(const data::Object& object, Range& range) {
    switch (object.type()) {
      case ValueType::kList:
        return LoadList(static_cast<const data::List&>(object), range);
      case ValueType::kSet:
        return LoadSet(static_cast<const data::Set&>(object), range);
      default:
        return LoadZset(static_cast<const data::Zset&>(object), range);
    }
  }

  std::vector<Element>& all() { return elements_; }

 private:
  void Add(std::string_view text) { elements_.push_back({.text = text, .position = elements_.size()}); }
  void Add(const ds::ListpackValue& value, bool stays) {
    if (value.is_integer) return Add(arena_.Copy(IntegerText(value.integer).view()));
    Add(stays ? value.text : arena_.Copy(value.text));
  }

  // Where in the value's own order the elements begin that are to be loaded, how many, and which way.
  struct Section {
    size_t first, count;
    bool backwards;
  };
  Section SectionOf(size_t size, Range& range) const {
    if (options_.sorted) return {0, size, false};
    const size_t first = options_.descending ? size - 1 - range.start : range.start;
    const Section section = {first, range.count(), options_.descending};
    range = {0, range.count()};
    return section;
  }

  void LoadList(const data::List& list, Range& range) {
    const Section section = SectionOf(list.size(), range);
    elements_.reserve(section.count);
    // Compressed nodes are unpacked for the visit only.
    const bool stays = list.encoding() == data::Encoding::kListpack || list.nodes().depth() == 0;
    list.ForRange(section.first, section.count, section.backwards,
                  [&](const ds::ListpackValue& value) { Add(value, stays); });
  }

  void LoadSet(const data::Set& set, const Range& range) {
    const size_t wanted = options_.sorted ? set.size() : range.end;
    elements_.reserve(wanted);
    if (wanted == 0) return;
    set.ForEach([&](const data::Set::Member& member) {
      Add(member, true);
      return elements_.size() < wanted;
    });
  }

  void LoadZset(const data::Zset& zset, Range& range) {
    const Section section = SectionOf(zset.size(), range);
    elements_.reserve(section.count);
    if (section.count == 0) return;
    const bool stays = zset.encoding() == data::Encoding::kSkiplist;
    auto at = zset.At(section.first);
    for (size_t i = 0; i < section.count; ++i) {
      Add(stays ? at.member() : arena_.Copy(at.member()));
      section.backwards ? at.Previous() : at.Next();
    }
  }

  const Options& options_;
  TextArena& arena_;
  std::vector<Element> elements_;
};

// ---- weights -------------------------------------------------------------------------------------------------------

// Text as strtod reads it, whole; nothing if it is no number. An empty text counts as zero, as it does in Redis.
std::optional<double> NumberOf(std::string_view text) {
  // Up to so many digits, an integer is exact in a double and needs no library.
  constexpr size_t kExactDigits = 15;
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  if (!digits.empty() && digits.size() <= kExactDigits) {
    int64_t value = 0;
    for (char c : digits) {
      if (c < '0' || c > '9') {
        value = -1;
        break;
      }
      value = value * 10 + (c - '0');
    }
    if (value >= 0) return negative ? -static_cast<double>(value) : static_cast<double>(value);
  }
  const std::string terminated(text);
  char* end;
  errno = 0;
  const double value = std::strtod(terminated.c_str(), &end);
  if (*end != '\0' || errno == ERANGE || std::isnan(value)) return std::nullopt;
  return value;
}

// Gives each element what it is ordered by; false if a score is no number.
bool Weigh(Context& ctx, Options& options, std::vector<Element>& elements, TextArena& arena) {
  if (options.alpha && !options.by) return true;
  for (Element& element : elements) {
    std::optional<std::string_view> weight = element.text;
    if (options.by) weight = options.by->Find(ctx.db(), element.text, arena);
    if (!weight) continue;
    if (options.alpha) {
      element.weight = *weight;
      continue;
    }
    const auto score = NumberOf(*weight);
    if (!score) return false;
    element.score = *score;
  }
  return true;
}

// ---- order ---------------------------------------------------------------------------------------------------------

int Sign(bool less, bool greater) { return static_cast<int>(greater) - static_cast<int>(less); }

// Compares as one request asks for it.
class Order {
 public:
  // Without a collation, texts are compared by their bytes; with one, all texts have a NUL behind them.
  Order(const Options& options, const Collation* collation)
      : descending_(options.descending), alpha_(options.alpha), by_(options.by), collation_(collation) {}

  bool operator()(const Element& a, const Element& b) const {
    const int order = alpha_ ? CompareTexts(a, b) : CompareScores(a, b);
    if (order != 0) return descending_ ? order > 0 : order < 0;
    return a.position < b.position;
  }

 private:
  static int CompareScores(const Element& a, const Element& b) {
    if (a.score != b.score) return Sign(a.score<b.score, a.score> b.score);
    return a.text.compare(b.text);
  }
  int CompareTexts(const Element& a, const Element& b) const {
    const std::string_view left = by_ ? a.weight : a.text, right = by_ ? b.weight : b.text;
    // Missing weights come first.
    if (by_ && (left.data() == nullptr || right.data() == nullptr)) {
      return Sign(left.data() == nullptr && right.data() != nullptr, left.data() != nullptr && right.data() == nullptr);
    }
    return collation_ == nullptr ? left.compare(right) : collation_->Compare(left.data(), right.data());
  }

  const bool descending_, alpha_, by_;
  const Collation* const collation_;
};

// The collation that the settings ask for now, or null if that is the order of bytes.
const Collation* CollationOf(Context& ctx) {
  // Opening a locale reads files; it changes as rarely as the setting does.
  static thread_local std::optional<Collation> current;
  const std::string& name = SettingsOf(ctx).locale_collate;
  if (!current || current->name() != name) current.emplace(name);
  return current->bytewise() ? nullptr : &*current;
}

void Sort(Context& ctx, const Options& options, std::vector<Element>& elements, const Range& range, TextArena& arena) {
  // What is stored has to be the same everywhere, whatever the locale.
  const Collation* collation = options.alpha && !options.stores() ? CollationOf(ctx) : nullptr;
  if (collation != nullptr) {
    for (Element& element : elements) {
      std::string_view& text = options.by ? element.weight : element.text;
      if (text.data() != nullptr) text = arena.Copy(text);
    }
  }
  const Order order(options, collation);
  const auto begin = elements.begin(), end = elements.end();
  const auto first = begin + static_cast<std::ptrdiff_t>(range.start);
  const auto last = begin + static_cast<std::ptrdiff_t>(range.end);
  if (first == last) return;
  if (first != begin) std::nth_element(begin, first, end, order);
  last == end ? std::sort(first, end, order) : std::partial_sort(first, last, end, order);
}

// ---- results -------------------------------------------------------------------------------------------------------

void Reply(Context& ctx, Options& options, std::span<const Element> result, TextArena& arena) {
  const size_t columns = std::max<size_t>(options.gets.size(), 1);
  ctx.reply().Array(static_cast<int64_t>(result.size() * columns));
  for (const Element& element : result) {
    if (options.gets.empty()) ctx.reply().Bulk(element.text);
    for (SortPattern& get : options.gets) {
      const auto value = get.Find(ctx.db(), element.text, arena);
      value ? ctx.reply().Bulk(*value) : ctx.reply().Null();
    }
  }
}

void Store(Context& ctx, Options& options, std::span<const Element> result, TextArena& arena) {
  const HashedKey key = ctx.Key(options.store_argument);
  const size_t stored = result.size() * std::max<size_t>(options.gets.size(), 1);
  if (stored == 0) {
    if (ctx.db().Delete(key)) ctx.db().Changed(key, EventClass::kGeneric, "del");
    return ctx.reply().Integer(0);
  }
  const data::ListLimits limits = ctx.limits().list;
  auto list = data::List::ForLoading(limits);
  for (const Element& element : result) {
    if (options.gets.empty()) list->Push(data::ListEnd::kTail, element.text, limits);
    for (SortPattern& get : options.gets) {
      list->Push(data::ListEnd::kTail, get.Find(ctx.db(), element.text, arena).value_or(""), limits);
    }
  }
  list->FinishLoading(limits);
  ctx.db().Set(key, data::Value::FromObject(std::move(list)));
  ctx.db().Event(EventClass::kList, "sortstore", key.view);
  ctx.db().AddDirty(static_cast<int64_t>(stored));
  ctx.reply().Integer(static_cast<int64_t>(stored));
}

void SortElements(Context& ctx, bool read_only) {
  auto options = ParseOptions(ctx, read_only);
  if (!options) return;
  const Entry* entry = ctx.db().FindForRead(ctx.Key(1));
  const auto is = [&](ValueType type) { return entry != nullptr && entry->type() == type; };
  if (entry != nullptr && !is(ValueType::kList) && !is(ValueType::kSet) && !is(ValueType::kZset)) {
    return ctx.reply().Error(errors::kWrongType);
  }
  // A set has no order of its own, and a stored one or a script's must not depend on chance.
  if (!options->sorted && is(ValueType::kSet) && (options->stores() || ctx.client().Has(command::kClientNoLoop))) {
    options->sorted = options->alpha = true;
    options->by.reset();
  }

  TextArena arena;
  Elements elements(*options, arena);
  Range range;
  if (entry != nullptr) {
    range = RangeOf(*options, entry->object()->size());
    elements.Load(*entry->object(), range);
  }
  if (options->sorted) {
    if (!Weigh(ctx, *options, elements.all(), arena)) {
      return ctx.reply().Error("ERR One or more scores can't be converted into double");
    }
    Sort(ctx, *options, elements.all(), range, arena);
  }
  const auto result = std::span<const Element>(elements.all()).subspan(range.start, range.count());
  options->stores() ? Store(ctx, *options, result, arena) : Reply(ctx, *options, result, arena);
}

void SortCommand(Context& ctx) { SortElements(ctx, false); }
void SortRoCommand(Context& ctx) { SortElements(ctx, true); }

constexpr command::HandlerBinding kHandlers[] = {{"sort", SortCommand}, {"sort_ro", SortRoCommand}};

}  // namespace

std::span<const command::HandlerBinding> SortHandlers() { return kHandlers; }

}  // namespace keyway::commands
