#include "server/config/kinds.h"

#include <fmt/core.h>
#include <strings.h>

#include <algorithm>
#include <optional>

#include "server/base/memory_size.h"
#include "server/base/number.h"
#include "server/base/split_args.h"

namespace keyway::config {
namespace {

bool SameWord(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

class BoolKind final : public Kind {
 public:
  BoolKind(bool Settings::*member, bool initial, BoolCheck check) : member_(member), initial_(initial), check_(check) {}

  Result<> Set(Settings& settings, std::span<const std::string> words, bool) const override {
    const bool yes = SameWord(words[0], "yes");
    if (!yes && !SameWord(words[0], "no")) return Fail("argument must be 'yes' or 'no'");
    if (const char* error = check_ ? check_(yes) : nullptr) return Fail(error);
    settings.*member_ = yes;
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.*member_ = initial_; }
  std::string Get(const Settings& settings) const override { return settings.*member_ ? "yes" : "no"; }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings&) const override {
    return {{Get(settings), settings.*member_ != initial_}};
  }
  std::string Describe() const override { return "yes | no"; }

 private:
  bool Settings::*member_;
  bool initial_;
  BoolCheck check_;
};

std::optional<int64_t> ParseOctal(std::string_view text) {
  if (text.empty() || text.size() > 20) return std::nullopt;
  int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return std::nullopt;
    value = value * 8 + (c - '0');
  }
  return value;
}

class IntKind final : public Kind {
 public:
  IntKind(int64_t Settings::*member, const IntSpec& spec) : member_(member), spec_(spec) {}

  Result<> Set(Settings& settings, std::span<const std::string> words, bool) const override {
    const Result<int64_t> value = Parse(words[0]);
    if (!value) return std::unexpected(value.error());
    settings.*member_ = std::min(std::max(*value, spec_.least), spec_.most);
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.*member_ = spec_.initial; }

  std::string Get(const Settings& settings) const override {
    const int64_t value = settings.*member_;
    if (value == 0 && !spec_.zero_word.empty()) return std::string(spec_.zero_word);
    if (IsPercentage(value)) return fmt::format("{}%", -value);
    return spec_.unit == Unit::kOctal ? fmt::format("{:o}", value) : fmt::format("{}", value);
  }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings&) const override {
    const int64_t value = settings.*member_;
    const bool memory = spec_.unit == Unit::kMemory || spec_.unit == Unit::kMemoryOrPercent;
    return {{memory && value >= 0 ? FormatMemorySize(static_cast<uint64_t>(value)) : Get(settings),
             value != spec_.initial}};
  }
  std::string Describe() const override {
    switch (spec_.unit) {
      case Unit::kOctal:
        return fmt::format("octal, {:o} to {:o}", spec_.min, spec_.max);
      case Unit::kMemory:
        return spec_.min > 0 ? "size, at least " + FormatMemorySize(static_cast<uint64_t>(spec_.min)) : "size";
      case Unit::kMemoryOrPercent:
        return "size, or a percentage of maxmemory";
      case Unit::kPlain:
        break;
    }
    const int64_t min = std::max(spec_.min, spec_.least);
    const int64_t max = std::min(spec_.max, spec_.most);
    if (!spec_.zero_word.empty()) return fmt::format("{} | {} to {}", spec_.zero_word, min, max);
    if (max < kMaxInt) return fmt::format("{} to {}", min, max);
    return min <= -kMaxInt ? "number" : fmt::format("number from {}", min);
  }

 private:
  bool IsPercentage(int64_t value) const { return spec_.unit == Unit::kMemoryOrPercent && value < 0; }

  Result<int64_t> Parse(std::string_view text) const {
    if (!text.empty() && text == spec_.zero_word) return 0;
    switch (spec_.unit) {
      case Unit::kPlain: {
        const auto value = ParseInt64(text);
        if (!value) return Fail("argument couldn't be parsed into an integer");
        return InRange(*value);
      }
      case Unit::kOctal: {
        const auto value = ParseOctal(text);
        if (!value) return Fail("argument couldn't be parsed as an octal number");
        return InRange(*value);
      }
      case Unit::kMemory: {
        const auto value = ParseMemorySize(text);
        if (!value) return Fail("argument must be a memory value");
        return InRange(*value > uint64_t{kMaxLong} ? -1 : static_cast<int64_t>(*value));
      }
      case Unit::kMemoryOrPercent:
        return ParseMemoryOrPercent(text);
    }
    return Fail("argument couldn't be parsed into an integer");
  }

  Result<int64_t> ParseMemoryOrPercent(std::string_view text) const {
    if (const auto value = ParseMemorySize(text)) {
      return *value > uint64_t{kMaxLong} ? OutOfRange() : Result<int64_t>(static_cast<int64_t>(*value));
    }
    if (!text.empty() && text.back() == '%') {
      const auto percent = ParseInt64(text.substr(0, text.size() - 1));
      if (percent && *percent > -spec_.min) {
        return Fail(fmt::format("percentage argument must be less or equal to {}", -spec_.min));
      }
      if (percent && *percent >= 0) return -*percent;
    }
    return Fail("argument must be a memory or percent value");
  }

  Result<int64_t> InRange(int64_t value) const {
    if (value < spec_.min || value > spec_.max) return OutOfRange();
    return value;
  }
  Result<int64_t> OutOfRange() const {
    if (spec_.unit == Unit::kOctal) {
      return Fail(fmt::format("argument must be between {:o} and {:o} inclusive", spec_.min, spec_.max));
    }
    return Fail(fmt::format("argument must be between {} and {} inclusive", spec_.min, spec_.max));
  }

  int64_t Settings::*member_;
  IntSpec spec_;
};

class SizeKind final : public Kind {
 public:
  SizeKind(uint64_t Settings::*member, uint64_t initial) : member_(member), initial_(initial) {}

  Result<> Set(Settings& settings, std::span<const std::string> words, bool) const override {
    const auto value = ParseMemorySize(words[0]);
    if (!value) return Fail("argument must be a memory value");
    settings.*member_ = *value;
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.*member_ = initial_; }
  std::string Get(const Settings& settings) const override { return fmt::format("{}", settings.*member_); }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings&) const override {
    return {{FormatMemorySize(settings.*member_), settings.*member_ != initial_}};
  }
  std::string Describe() const override { return "size"; }

 private:
  uint64_t Settings::*member_;
  uint64_t initial_;
};

class StringKind final : public Kind {
 public:
  StringKind(std::string Settings::*member, std::string_view initial, StringCheck check, bool binary)
      : member_(member), initial_(initial), check_(check), binary_(binary) {}

  Result<> Set(Settings& settings, std::span<const std::string> words, bool) const override {
    // Values become file names, host names and the like, where a NUL byte would silently cut them short.
    if (!binary_ && words[0].find('\0') != std::string::npos) return Fail("argument must not contain NUL bytes");
    if (const char* error = check_ ? check_(words[0]) : nullptr) return Fail(error);
    settings.*member_ = words[0];
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.*member_ = initial_; }
  std::string Get(const Settings& settings) const override { return settings.*member_; }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings&) const override {
    if ((settings.*member_).empty() && initial_.empty()) return {};
    return {{QuoteArg(settings.*member_), settings.*member_ != initial_}};
  }
  std::string Describe() const override { return "text"; }

 private:
  std::string Settings::*member_;
  std::string_view initial_;
  StringCheck check_;
  bool binary_;
};

}  // namespace

Result<int> ParseEnum(EnumNames names, std::span<const std::string> words) {
  if (words.size() == 1) {
    for (const EnumName& one : names) {
      if (SameWord(words[0], one.name)) return one.value;
    }
  }
  std::string text = "argument(s) must be one of the following: ";
  for (const EnumName& one : names) {
    if (&one != &names.front()) text += ", ";
    text += one.name;
  }
  return Fail(std::move(text));
}

std::string_view EnumNameOf(EnumNames names, int value) {
  for (const EnumName& one : names) {
    if (one.value == value) return one.name;
  }
  return "unknown";
}

std::string DescribeEnum(EnumNames names) {
  std::string text;
  for (const EnumName& one : names) {
    if (!text.empty()) text += " | ";
    text += one.name;
  }
  return text;
}

void Rows::Add(std::string_view name, std::unique_ptr<const Kind> kind, const Traits& traits, std::string_view help) {
  options_.push_back(Option{.name = name,
                            .alias = traits.alias,
                            .section = section_,
                            .flags = traits.flags,
                            .group = traits.group,
                            .waits_for = traits.waits_for,
                            .help = help,
                            .kind = std::move(kind)});
}

void Rows::Bool(std::string_view name, bool Settings::*member, bool initial, Traits traits, std::string_view help,
                BoolCheck check) {
  Add(name, std::make_unique<BoolKind>(member, initial, check), traits, help);
}

void Rows::Int(std::string_view name, int64_t Settings::*member, IntSpec spec, Traits traits, std::string_view help) {
  Add(name, std::make_unique<IntKind>(member, spec), traits, help);
}

void Rows::Size(std::string_view name, uint64_t Settings::*member, uint64_t initial, Traits traits,
                std::string_view help) {
  Add(name, std::make_unique<SizeKind>(member, initial), traits, help);
}

void Rows::String(std::string_view name, std::string Settings::*member, std::string_view initial, Traits traits,
                  std::string_view help, StringCheck check) {
  Add(name, std::make_unique<StringKind>(member, initial, check, false), traits, help);
}

void Rows::Secret(std::string_view name, std::string Settings::*member, Traits traits, std::string_view help) {
  traits.flags |= kSensitive;
  Add(name, std::make_unique<StringKind>(member, "", nullptr, true), traits, help);
}

void Rows::Special(std::string_view name, std::unique_ptr<const Kind> kind, Traits traits, std::string_view help) {
  Add(name, std::move(kind), traits, help);
}

}  // namespace keyway::config
