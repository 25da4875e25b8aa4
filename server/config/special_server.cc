// Options with a syntax of their own: files, processes, clients and events.
#include <fmt/core.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cerrno>

#include "server/base/log.h"
#include "server/base/memory_size.h"
#include "server/base/number.h"
#include "server/base/split_args.h"
#include "server/config/kinds.h"

namespace keyway::config {
namespace {

constexpr size_t kMaxBindAddresses = 16;

bool SameWord(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// The usual ending of Rewrite: one line, worth writing when it differs from the default's.
std::vector<RewriteLine> OneLine(std::string value, const std::string& default_value) {
  const bool force = value != default_value;
  return {{std::move(value), force}};
}

class Dir final : public Kind {
 public:
  Result<> Set(Settings& settings, std::span<const std::string> words, bool) const override {
    if (words[0].find('\0') != std::string::npos) return Fail("argument must not contain NUL bytes");
    if (words[0].empty()) return Fail(strerror(ENOENT));
    std::string path = words[0];
    if (path[0] != '/') path = settings.dir + "/" + path;
    char* resolved = realpath(path.c_str(), nullptr);
    if (resolved == nullptr) return Fail(strerror(errno));
    std::string absolute = resolved;
    free(resolved);
    // What chdir would say, without changing anything yet.
    if (access((absolute + "/.").c_str(), X_OK) != 0) return Fail(strerror(errno));
    settings.dir = std::move(absolute);
    return {};
  }
  void SetDefault(Settings& settings) const override {
    char* present = getcwd(nullptr, 0);
    settings.dir = present != nullptr ? present : "/";
    free(present);
  }
  std::string Get(const Settings& settings) const override { return settings.dir; }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings&) const override {
    return {{QuoteArg(settings.dir), true}};
  }
  std::string Describe() const override { return "directory"; }
};

class Save final : public Kind {
 public:
  Result<> Set(Settings& settings, std::span<const std::string> words, bool append) const override {
    if (words.size() % 2 != 0) return Fail("Invalid save parameters");
    std::vector<SavePoint> points;
    for (size_t i = 0; i < words.size(); i += 2) {
      const auto seconds = ParseInt64(words[i]);
      const auto changes = ParseInt64(words[i + 1]);
      if (!seconds || !changes || *seconds < 1 || *changes < 0 || *changes > kMaxInt)
        return Fail("Invalid save parameters");
      points.push_back({*seconds, *changes});
    }
    if (append && !points.empty()) points.insert(points.begin(), settings.save.begin(), settings.save.end());
    settings.save = std::move(points);
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.save = {{3600, 1}, {300, 100}, {60, 10000}}; }
  std::string Get(const Settings& settings) const override {
    std::string text;
    for (const SavePoint& point : settings.save) {
      if (!text.empty()) text += ' ';
      text += fmt::format("{} {}", point.seconds, point.changes);
    }
    return text;
  }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings&) const override {
    if (settings.save.empty()) return {{"\"\"", true}};
    std::vector<RewriteLine> lines;
    for (const SavePoint& point : settings.save)
      lines.push_back({fmt::format("{} {}", point.seconds, point.changes), true});
    return lines;
  }
  std::string Describe() const override { return "seconds changes …, or \"\""; }
};

constexpr const char* kClientClasses[] = {"normal", "slave", "pubsub"};

class BufferLimit final : public Kind {
 public:
  Result<> Set(Settings& settings, std::span<const std::string> words, bool) const override {
    if (words.size() % 4 != 0) return Fail("Wrong number of arguments in buffer limit configuration.");
    auto limits = settings.client_output_buffer_limit;
    for (size_t i = 0; i < words.size(); i += 4) {
      const int client_class = ClassOf(words[i]);
      if (client_class < 0) return Fail("Invalid client class specified in buffer limit configuration.");
      const auto hard = ParseMemorySize(words[i + 1]);
      const auto soft = ParseMemorySize(words[i + 2]);
      const auto seconds = ParseInt64(words[i + 3]);
      if (!hard || !soft || !seconds || *seconds < 0 || *seconds > kMaxInt) {
        return Fail("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
      }
      limits[static_cast<size_t>(client_class)] = {*hard, *soft, *seconds};
    }
    settings.client_output_buffer_limit = limits;
    return {};
  }
  void SetDefault(Settings& settings) const override {
    settings.client_output_buffer_limit = {{{0, 0, 0}, {256 << 20, 64 << 20, 60}, {32 << 20, 8 << 20, 60}}};
  }
  std::string Get(const Settings& settings) const override {
    std::string text;
    for (size_t i = 0; i < kBufferLimitClasses; ++i) {
      const ClientBufferLimit& limit = settings.client_output_buffer_limit[i];
      if (i > 0) text += ' ';
      text += fmt::format("{} {} {} {}", kClientClasses[i], limit.hard_bytes, limit.soft_bytes, limit.soft_seconds);
    }
    return text;
  }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings& defaults) const override {
    std::vector<RewriteLine> lines;
    for (size_t i = 0; i < kBufferLimitClasses; ++i) {
      const ClientBufferLimit& limit = settings.client_output_buffer_limit[i];
      lines.push_back(
          {fmt::format("{} {} {} {}", i == kBufferLimitReplica ? "replica" : kClientClasses[i],
                       FormatMemorySize(limit.hard_bytes), FormatMemorySize(limit.soft_bytes), limit.soft_seconds),
           limit != defaults.client_output_buffer_limit[i]});
    }
    return lines;
  }
  std::string Describe() const override { return "(normal | replica | pubsub) hard-size soft-size soft-seconds …"; }

 private:
  static int ClassOf(std::string_view word) {
    if (SameWord(word, "replica")) return kBufferLimitReplica;
    for (size_t i = 0; i < kBufferLimitClasses; ++i) {
      if (SameWord(word, kClientClasses[i])) return static_cast<int>(i);
    }
    return -1;
  }
};

class OomScoreAdjValues final : public Kind {
 public:
  Result<> Set(Settings& settings, std::span<const std::string> words, bool) const override {
    if (words.size() != 3) return Fail("wrong number of arguments");
    std::array<int, 3> values{};
    for (size_t i = 0; i < 3; ++i) {
      const auto value = ParseInt64(words[i]);
      if (!value || *value < -2000 || *value > 2000) {
        return Fail("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
      }
      values[i] = static_cast<int>(*value);
    }
    if (values[1] < values[0] || values[2] < values[1]) {
      LogWarning(
          "oom-score-adj-values should rise from primary to replica to child; an unprivileged process cannot lower its "
          "score.");
    }
    settings.oom_score_adj_values = values;
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.oom_score_adj_values = {0, 200, 800}; }
  std::string Get(const Settings& settings) const override {
    const auto& values = settings.oom_score_adj_values;
    return fmt::format("{} {} {}", values[0], values[1], values[2]);
  }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings& defaults) const override {
    return OneLine(Get(settings), Get(defaults));
  }
  std::string Describe() const override { return "three numbers from -2000 to 2000"; }
};

struct EventClass {
  char letter;
  uint32_t bits;
};
// In the order in which CONFIG GET writes them; K, E and m come last.
constexpr EventClass kEventClasses[] = {{'g', kNotifyGeneric}, {'$', kNotifyString},  {'l', kNotifyList},
                                        {'s', kNotifySet},     {'h', kNotifyHash},    {'z', kNotifyZset},
                                        {'x', kNotifyExpired}, {'e', kNotifyEvicted}, {'t', kNotifyStream},
                                        {'d', kNotifyModule},  {'n', kNotifyNew}};
constexpr EventClass kEventTargets[] = {{'K', kNotifyKeyspace}, {'E', kNotifyKeyevent}, {'m', kNotifyKeyMiss}};

class KeyspaceEvents final : public Kind {
 public:
  Result<> Set(Settings& settings, std::span<const std::string> words, bool) const override {
    uint32_t flags = 0;
    for (const char letter : words[0]) {
      const uint32_t bits = BitsOf(letter);
      if (bits == 0) return Fail("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
      flags |= bits;
    }
    settings.notify_keyspace_events = flags;
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.notify_keyspace_events = 0; }
  std::string Get(const Settings& settings) const override {
    const uint32_t flags = settings.notify_keyspace_events;
    const bool all = (flags & kNotifyAll) == kNotifyAll;
    std::string text;
    if (all) text += 'A';
    for (const EventClass& one : kEventClasses) {
      const bool covered = all && (one.bits & kNotifyAll) != 0;
      if ((flags & one.bits) != 0 && !covered) text += one.letter;
    }
    for (const EventClass& one : kEventTargets) {
      if ((flags & one.bits) != 0) text += one.letter;
    }
    return text;
  }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings&) const override {
    return OneLine(QuoteArg(Get(settings)), "\"\"");
  }
  std::string Describe() const override { return "letters out of Ag$lshzxeKEtmdn"; }

 private:
  static uint32_t BitsOf(char letter) {
    if (letter == 'A') return kNotifyAll;
    for (const EventClass& one : kEventClasses) {
      if (one.letter == letter) return one.bits;
    }
    for (const EventClass& one : kEventTargets) {
      if (one.letter == letter) return one.bits;
    }
    return 0;
  }
};

class Bind final : public Kind {
 public:
  Result<> Set(Settings& settings, std::span<const std::string> words, bool) const override {
    if (words.size() > kMaxBindAddresses) return Fail("Too many bind addresses specified.");
    settings.bind.assign(words.begin(), words.end());
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.bind = {"*", "-::*"}; }
  std::string Get(const Settings& settings) const override {
    std::string text;
    for (const std::string& address : settings.bind) {
      if (!text.empty()) text += ' ';
      text += address;
    }
    return text;
  }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings& defaults) const override {
    if (settings.bind.empty()) return {{"\"\"", true}};
    std::string line;
    for (const std::string& address : settings.bind) {
      if (!line.empty()) line += ' ';
      line += QuoteArgIfNeeded(address);
    }
    return {{std::move(line), settings.bind != defaults.bind}};
  }
  std::string Describe() const override { return "up to 16 addresses; '-' before one: it may be missing"; }
};

class ReplicaOfOption final : public Kind {
 public:
  Result<> Set(Settings& settings, std::span<const std::string> words, bool) const override {
    if (words.size() != 2) return Fail("wrong number of arguments");
    if (SameWord(words[0], "no") && SameWord(words[1], "one")) {
      settings.replicaof = {};
      return {};
    }
    const auto port = ParseInt64(words[1]);
    if (!port || *port < 0 || *port > 65535) return Fail("Invalid master port");
    settings.replicaof = {words[0], *port};
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.replicaof = {}; }
  std::string Get(const Settings& settings) const override {
    if (settings.replicaof.host.empty()) return "";
    return fmt::format("{} {}", settings.replicaof.host, settings.replicaof.port);
  }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings&) const override {
    if (settings.replicaof.host.empty() || settings.cluster_enabled) return {};
    return {{fmt::format("{} {}", QuoteArgIfNeeded(settings.replicaof.host), settings.replicaof.port), true}};
  }
  std::string Describe() const override { return "host port | no one"; }
};

class Percentiles final : public Kind {
 public:
  Result<> Set(Settings& settings, std::span<const std::string> words, bool) const override {
    std::vector<double> values;
    for (const std::string& word : words) {
      const auto value = ParseDouble(word);
      if (!value) return Fail("Invalid latency-tracking-info-percentiles parameters");
      if (!(*value >= 0 && *value <= 100)) {
        return Fail("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
      }
      values.push_back(*value);
    }
    settings.latency_tracking_info_percentiles = std::move(values);
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.latency_tracking_info_percentiles = {50, 99, 99.9}; }
  std::string Get(const Settings& settings) const override {
    std::string text;
    for (const double value : settings.latency_tracking_info_percentiles) {
      if (!text.empty()) text += ' ';
      std::string number = fmt::format("{:f}", value);
      number.erase(number.find_last_not_of('0') + 1);
      if (number.back() == '.') number.pop_back();
      text += number;
    }
    return text;
  }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings& defaults) const override {
    std::string line = Get(settings);
    if (line.empty()) line = "\"\"";
    return OneLine(std::move(line), Get(defaults));
  }
  std::string Describe() const override { return "numbers from 0 to 100"; }
};

constexpr EnumName kShutdownFlags[] = {
    {"save", kShutdownSave}, {"nosave", kShutdownNosave}, {"now", kShutdownNow}, {"force", kShutdownForce}};

class ShutdownFlags final : public Kind {
 public:
  explicit ShutdownFlags(uint32_t Settings::*member) : member_(member) {}

  Result<> Set(Settings& settings, std::span<const std::string> words, bool) const override {
    if (words.empty()) return Unknown();
    uint32_t flags = 0;
    for (const std::string& word : words) {
      const uint32_t flag = FlagOf(word);
      if (flag == 0 && !SameWord(word, "default")) return Unknown();
      flags |= flag;
    }
    if ((flags & kShutdownSave) != 0 && (flags & kShutdownNosave) != 0) {
      return Fail("shutdown options SAVE and NOSAVE can't be used simultaneously");
    }
    settings.*member_ = flags;
    return {};
  }
  void SetDefault(Settings& settings) const override { settings.*member_ = 0; }
  std::string Get(const Settings& settings) const override {
    std::string text;
    for (const EnumName& one : kShutdownFlags) {
      if ((settings.*member_ & static_cast<uint32_t>(one.value)) == 0) continue;
      if (!text.empty()) text += ' ';
      text += one.name;
    }
    return text.empty() ? "default" : text;
  }
  std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings&) const override {
    return OneLine(Get(settings), "default");
  }
  std::string Describe() const override { return "default, or any of save | nosave, now, force"; }

 private:
  static uint32_t FlagOf(std::string_view word) {
    for (const EnumName& one : kShutdownFlags) {
      if (SameWord(word, one.name)) return static_cast<uint32_t>(one.value);
    }
    return 0;
  }
  static Result<> Unknown() {
    return Fail("argument(s) must be one of the following: default, save, nosave, now, force");
  }

  uint32_t Settings::*member_;
};

}  // namespace

std::unique_ptr<const Kind> DirKind() { return std::make_unique<Dir>(); }
std::unique_ptr<const Kind> SaveKind() { return std::make_unique<Save>(); }
std::unique_ptr<const Kind> BufferLimitKind() { return std::make_unique<BufferLimit>(); }
std::unique_ptr<const Kind> OomScoreAdjValuesKind() { return std::make_unique<OomScoreAdjValues>(); }
std::unique_ptr<const Kind> KeyspaceEventsKind() { return std::make_unique<KeyspaceEvents>(); }
std::unique_ptr<const Kind> BindKind() { return std::make_unique<Bind>(); }
std::unique_ptr<const Kind> ReplicaOfKind() { return std::make_unique<ReplicaOfOption>(); }
std::unique_ptr<const Kind> PercentilesKind() { return std::make_unique<Percentiles>(); }
std::unique_ptr<const Kind> ShutdownFlagsKind(uint32_t Settings::*member) {
  return std::make_unique<ShutdownFlags>(member);
}

}  // namespace keyway::config
