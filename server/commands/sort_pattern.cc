#include "server/commands/sort_pattern.h"

#include "server/base/number.h"
#include "server/data/hash.h"

namespace keyway::commands {
namespace {

std::string_view NeverNull(std::string_view text) { return text.data() == nullptr ? std::string_view("", 0) : text; }

}  // namespace

SortPattern::SortPattern(std::string_view pattern) {
  if (pattern == "#") {
    kind_ = Kind::kElement;
    return;
  }
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return;
  kind_ = Kind::kString;
  prefix_ = pattern.substr(0, star);
  suffix_ = pattern.substr(star + 1);
  // An arrow with nothing behind it is part of the key's name.
  const size_t arrow = suffix_.find("->");
  if (arrow != std::string_view::npos && arrow + 2 < suffix_.size()) {
    kind_ = Kind::kField;
    field_ = suffix_.substr(arrow + 2);
    suffix_ = suffix_.substr(0, arrow);
  }
}

std::optional<std::string_view> SortPattern::Find(keyspace::Database& db, std::string_view element, TextArena& arena) {
  if (kind_ == Kind::kElement) return NeverNull(element);
  if (kind_ == Kind::kNothing) return std::nullopt;
  key_.assign(prefix_).append(element).append(suffix_);
  const keyspace::Entry* entry = db.FindForRead(keyspace::HashedKey(key_));
  if (entry == nullptr) return std::nullopt;
  if (kind_ == Kind::kString) {
    if (!entry->is_string()) return std::nullopt;
    if (entry->is_integer()) return arena.Copy(IntegerText(entry->integer()).view());
    return NeverNull(entry->text());
  }
  if (entry->type() != data::ValueType::kHash) return std::nullopt;
  const auto value = static_cast<const data::Hash*>(entry->object())->Get(field_);
  if (!value) return std::nullopt;
  return value->is_integer ? arena.Copy(IntegerText(value->integer).view()) : NeverNull(value->text);
}

}  // namespace keyway::commands
