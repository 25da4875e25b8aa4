// Reading the configuration: the main file, standard input and the command line are one text with running line numbers;
// included files have numbers of their own.
#include <fcntl.h>
#include <fmt/core.h>
#include <glob.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <set>

#include "server/base/log.h"
#include "server/base/split_args.h"
#include "server/base/unique_fd.h"
#include "server/config/config.h"
#include "server/config/file.h"
#include "server/config/option.h"

namespace keyway::config {
namespace {

constexpr int kMaxIncludeDepth = 16;

// Options of earlier releases that are taken and ignored.
constexpr std::string_view kForgotten[] = {"list-max-ziplist-entries", "list-max-ziplist-value",
                                           "lua-replicate-commands"};

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool IsForgotten(std::string_view name) {
  return std::find(std::begin(kForgotten), std::end(kForgotten), name) != std::end(kForgotten);
}

}  // namespace

class Loader {
 public:
  explicit Loader(Config& config) : config_(config) {}

  std::expected<void, LoadError> Load(const Sources& sources) {
    if (!sources.file.empty()) {
      auto path = AbsolutePath(sources.file);
      auto text = ReadWholeFile(path);
      if (!text) return Unreadable(path, text.error(), nullptr);
      config_.file_ = path;
      if (auto read = ReadText(*text, path, 0); !read) return read;
      // The parts count as one text. A line break is put before the options, whether the file ends with one or not.
      next_line_ = 1 + static_cast<int>(std::count(text->begin(), text->end(), '\n'));
    }
    if (!sources.standard_input.empty()) {
      const int first = next_line_;
      if (auto read = ReadText(sources.standard_input, "", first - 1); !read) return read;
      next_line_ =
          first + static_cast<int>(std::count(sources.standard_input.begin(), sources.standard_input.end(), '\n'));
    }
    if (!sources.options.empty()) {
      if (auto read = ReadText(sources.options, "", next_line_); !read) return read;
    }
    return Finish();
  }

 private:
  using Outcome = std::expected<void, LoadError>;

  static Outcome Failed(const Place& place, std::string reason) {
    return std::unexpected(LoadError{place, std::move(reason)});
  }
  static Outcome Unreadable(const std::string& path, const Error& error, const Place* place) {
    std::string reason = fmt::format("Fatal error, can't open config file '{}': {}", path, error.text());
    if (place != nullptr) return Failed(*place, std::move(reason));
    return std::unexpected(LoadError{std::nullopt, std::move(reason)});
  }

  std::string AbsolutePath(const std::string& path) const {
    return path.starts_with('/') ? path : config_.settings_.dir + "/" + path;
  }

  // `lines_before` is what line numbers start behind.
  Outcome ReadText(std::string_view text, const std::string& file, int lines_before) {
    for (int line = lines_before + 1; !text.empty(); ++line) {
      const size_t end = std::min(text.find('\n'), text.size());
      Place place{file, line, std::string(Trim(text.substr(0, end))), depth_ > 0};
      text.remove_prefix(std::min(end + 1, text.size()));
      if (place.text.empty() || place.text[0] == '#') continue;
      if (Outcome read = ReadLine(place); !read) return read;
    }
    return {};
  }

  Outcome ReadLine(const Place& place) {
    auto words = SplitArgs(place.text);
    if (!words) return Failed(place, "Unbalanced quotes in configuration line");
    if (words->empty()) return {};
    std::string& name = words->front();
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const std::span<const std::string> values(words->begin() + 1, words->end());

    if (const Option* option = FindOption(name)) {
      const bool first = seen_.insert(option).second;
      const bool append = option->Is(kAccumulates) && !first;
      if (Result<> set = SetFromLine(*option, config_.settings_, values, append); !set) {
        return Failed(place, set.error().text());
      }
      return {};
    }
    if (IsForgotten(name) && values.size() == 1) return {};
    return ReadDirective(place, *words);
  }

  Outcome ReadDirective(const Place& place, std::vector<std::string>& words) {
    const std::string& name = words[0];
    if (name == "include" && words.size() == 2) return Include(place, words[1]);
    if (name == "loadmodule" && words.size() >= 2) {
      return Failed(
          place,
          "Redis modules are not supported: remove this line (transport plug-ins are loaded with loadtransport)");
    }
    if (name == "sentinel") {
      if (words.size() == 1) return {};  // "--sentinel" on the command line
      if (config_.mode_ != Config::Mode::kSentinel)
        return Failed(place, "sentinel directive while not in sentinel mode");
      config_.directives_.push_back({std::move(words), place});
      return {};
    }
    if ((name == "rename-command" && words.size() == 3) || (name == "user" && words.size() >= 2)) {
      config_.directives_.push_back({std::move(words), place});
      return {};
    }
    if (IsTransportSetting(name)) {
      if (words.size() < 2) return Failed(place, "wrong number of arguments");
      std::string value = words[1];
      for (size_t i = 2; i < words.size(); ++i) value += " " + words[i];
      if (value.empty()) {
        config_.settings_.transport_settings.erase(name);
      } else {
        config_.settings_.transport_settings[name] = std::move(value);
      }
      return {};
    }
    return Failed(place, "Bad directive or wrong number of arguments");
  }

  // A name without wildcards must exist; a pattern may match nothing, so that empty conf.d folders work.
  Outcome Include(const Place& place, const std::string& name) {
    if (depth_ == kMaxIncludeDepth)
      return Failed(place, fmt::format("include files are nested more than {} deep", kMaxIncludeDepth));
    const std::string path = AbsolutePath(name);
    std::vector<std::string> files;
    if (name.find_first_of("*?[") == std::string::npos) {
      files.push_back(path);
    } else {
      glob_t found{};
      if (glob(path.c_str(), 0, nullptr, &found) == 0) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
      globfree(&found);
    }
    ++depth_;
    for (const std::string& file : files) {
      auto text = ReadWholeFile(file);
      if (!text) return Unreadable(file, text.error(), &place);
      if (Outcome read = ReadText(*text, file, 0); !read) return read;
    }
    --depth_;
    return {};
  }

  // What no single line can be blamed for.
  Outcome Finish() {
    Settings& settings = config_.settings_;
    if (!settings.logfile.empty()) {
      const std::string path = AbsolutePath(settings.logfile);
      const UniqueFd fd(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
      if (!fd.valid()) {
        return std::unexpected(LoadError{std::nullopt, fmt::format("Can't open the log file: {}", strerror(errno))});
      }
    }
    if (settings.cluster_enabled && !settings.replicaof.host.empty()) {
      return std::unexpected(LoadError{std::nullopt, "replicaof directive not allowed in cluster mode"});
    }
    if (settings.cluster_enabled && settings.databases > 1) {
      LogWarning("WARNING: Changing databases number from {} to 1 since we are in cluster mode", settings.databases);
      settings.databases = 1;
    }
    return {};
  }

  Config& config_;
  std::set<const Option*> seen_;
  int depth_ = 0;
  int next_line_ = 1;
};

std::expected<void, LoadError> Config::Load(const Sources& sources) { return Loader(*this).Load(sources); }

std::string LoadError::Render(std::string_view product) const {
  std::string text = fmt::format("\n*** FATAL CONFIG FILE ERROR ({}) ***\n", product);
  if (place) {
    if (place->included) text += fmt::format("In the included file '{}'\n", place->file);
    text += fmt::format("Reading the configuration file, at line {}\n>>> '{}'\n", place->line, place->text);
  }
  return text + reason + "\n";
}

CommandLine ParseCommandLine(std::span<const std::string> args) {
  CommandLine result;
  size_t next = 0;
  if (!args.empty() && !args[0].starts_with('-')) result.file = args[next++];
  const size_t first = 0;
  bool complete = true;  // the option before has a value, so that "--" begins another one
  for (; next < args.size(); ++next) {
    const std::string& word = args[next];
    if (word == "-" && (next == first || next + 1 == args.size())) {
      result.read_standard_input = true;
      continue;
    }
    if (!complete || !word.starts_with("--")) {
      AppendQuotedArg(word, result.options);
      result.options += ' ';
      complete = true;
      continue;
    }
    if (!result.options.empty()) result.options += '\n';
    result.options += word.substr(2) + ' ';
    const auto words = SplitArgs(word);
    complete = words && words->size() != 1;
    if (complete) continue;
    // An option without a value swallows the next word even if it begins with "--", but for these two.
    const bool last = next + 1 == args.size();
    const bool option_follows = !last && args[next + 1].starts_with("--");
    if (strcasecmp(word.c_str(), "--save") == 0 && (last || option_follows)) {
      result.options += "\"\"";
      complete = true;
    } else if (strcasecmp(word.c_str(), "--sentinel") == 0 && option_follows) {
      complete = true;
    }
  }
  return result;
}

}  // namespace keyway::config
