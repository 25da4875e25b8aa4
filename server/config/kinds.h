// The rows' vocabulary: builders that make an Option of a kind from a name, a member of Settings, limits and traits.
//
//   Int("port", &Settings::port, {.max = 65535, .initial = 6379}, {.group = ApplyGroup::kPort}, "Port for …"),
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/config/option.h"

namespace keyway::config {

inline constexpr int64_t kMaxInt = std::numeric_limits<int32_t>::max();
inline constexpr int64_t kMaxUint = std::numeric_limits<uint32_t>::max();
inline constexpr int64_t kMaxLong = std::numeric_limits<int64_t>::max();

// What an option waits for until its subsystem is there.
inline constexpr std::string_view kWaitsForPersistence = "persistence";
inline constexpr std::string_view kWaitsForReplication = "replication";
inline constexpr std::string_view kWaitsForCluster = "cluster";
inline constexpr std::string_view kWaitsForSentinel = "Sentinel";
inline constexpr std::string_view kWaitsForAcl = "ACL";
inline constexpr std::string_view kWaitsForScripting = "scripting";
inline constexpr std::string_view kWaitsForTracking = "client-side caching";
inline constexpr std::string_view kWaitsForProcess = "process control";
inline constexpr std::string_view kNoEffect = "nothing: accepted for compatibility, without effect";

// Null when the value is good, else the error text for the client.
using StringCheck = const char* (*)(std::string_view value);
using BoolCheck = const char* (*)(bool value);

// What every row may say; all of it has a usual value.
struct Traits {
  std::string_view alias = {};
  uint32_t flags = 0;
  ApplyGroup group = ApplyGroup::kNone;
  std::string_view waits_for = {};
};

enum class Unit : uint8_t { kPlain, kMemory, kMemoryOrPercent, kOctal };

struct IntSpec {
  int64_t min = 0;
  int64_t max = kMaxInt;
  int64_t initial = 0;
  Unit unit = Unit::kPlain;
  // Values outside are taken and moved to the nearer end ("hz 0" means the least).
  int64_t least = std::numeric_limits<int64_t>::min();
  int64_t most = std::numeric_limits<int64_t>::max();
  std::string_view zero_word = {};  // means 0, which no number says then
};

struct EnumName {
  std::string_view name;
  int value;
};
// The names of an enum; where a value has two, the first is shown.
using EnumNames = std::span<const EnumName>;

// The section is the same for a run of rows: `Rows rows(options, Section::kNetwork); rows.Int(…);`
class Rows {
 public:
  Rows(std::vector<Option>& options, Section section) : options_(options), section_(section) {}

  void Bool(std::string_view name, bool Settings::*member, bool initial, Traits traits, std::string_view help,
            BoolCheck check = nullptr);
  void Int(std::string_view name, int64_t Settings::*member, IntSpec spec, Traits traits, std::string_view help);
  // Sizes up to 2^64-1, memory units; 0 to max.
  void Size(std::string_view name, uint64_t Settings::*member, uint64_t initial, Traits traits, std::string_view help);
  void String(std::string_view name, std::string Settings::*member, std::string_view initial, Traits traits,
              std::string_view help, StringCheck check = nullptr);
  // A password: any bytes, and never shown in logs.
  void Secret(std::string_view name, std::string Settings::*member, Traits traits, std::string_view help);
  void Special(std::string_view name, std::unique_ptr<const Kind> kind, Traits traits, std::string_view help);

  template <class E>
  void Enum(std::string_view name, E Settings::*member, EnumNames names, E initial, Traits traits,
            std::string_view help);

  void Add(std::string_view name, std::unique_ptr<const Kind> kind, const Traits& traits, std::string_view help);

 private:
  std::vector<Option>& options_;
  Section section_;
};

// Parts of kinds that templates below need.
Result<int> ParseEnum(EnumNames names, std::span<const std::string> words);
std::string_view EnumNameOf(EnumNames names, int value);
std::string DescribeEnum(EnumNames names);

template <class E>
class EnumKind final : public Kind {
 public:
  EnumKind(E Settings::*member, EnumNames names, E initial) : member_(member), names_(names), initial_(initial) {}

  Result<> Set(Settings& settings, std::span<const std::string> words, bool) const override {
    const Result<int> value = ParseEnum(names_, words);
    if (!value) return std::unexpected(value.error());
    settings.*member_ = static_cast<E>(*value);
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.*member_ = initial_; }
  std::string Get(const Settings& settings) const override {
    return std::string(EnumNameOf(names_, static_cast<int>(settings.*member_)));
  }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings&) const override {
    return {{Get(settings), settings.*member_ != initial_}};
  }
  std::string Describe() const override { return DescribeEnum(names_); }

 private:
  E Settings::*member_;
  EnumNames names_;
  E initial_;
};

template <class E>
void Rows::Enum(std::string_view name, E Settings::*member, EnumNames names, E initial, Traits traits,
                std::string_view help) {
  Add(name, std::make_unique<EnumKind<E>>(member, names, initial), traits, help);
}

// The rows by theme, in options_*.cc.
void AddServerOptions(std::vector<Option>& options);
void AddTransportOptions(std::vector<Option>& options);
void AddTlsOptions(std::vector<Option>& options);
void AddThreadOptions(std::vector<Option>& options);
void AddMemoryOptions(std::vector<Option>& options);
void AddDataOptions(std::vector<Option>& options);
void AddPersistenceOptions(std::vector<Option>& options);
void AddReplicationOptions(std::vector<Option>& options);
void AddClusterOptions(std::vector<Option>& options);

// Options with a syntax of their own, in special_*.cc.
std::unique_ptr<const Kind> DirKind();
std::unique_ptr<const Kind> SaveKind();
std::unique_ptr<const Kind> BufferLimitKind();
std::unique_ptr<const Kind> OomScoreAdjValuesKind();
std::unique_ptr<const Kind> KeyspaceEventsKind();
std::unique_ptr<const Kind> BindKind();
std::unique_ptr<const Kind> ReplicaOfKind();
std::unique_ptr<const Kind> PercentilesKind();
std::unique_ptr<const Kind> ShutdownFlagsKind(uint32_t Settings::*member);
std::unique_ptr<const Kind> ListenKind();
std::unique_ptr<const Kind> LoadTransportKind();
std::unique_ptr<const Kind> TlsProfileKind();

}  // namespace keyway::config
