#include "server/net/settings_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <set>
#include <utility>

#include "server/base/log.h"
#include "server/base/siphash.h"
#include "server/base/unique_fd.h"

namespace keyway::net {
namespace {

// Defaults of the common TLS settings as Redis has them: to ask for these is to ask for nothing. Others are empty.
constexpr std::pair<std::string_view, std::string_view> kUsualDefaults[] = {
    {"tls-auth-clients", "yes"},         {"tls-prefer-server-ciphers", "no"},  {"tls-session-caching", "yes"},
    {"tls-session-cache-size", "20480"}, {"tls-session-cache-timeout", "300"},
};

bool IsUsualDefault(std::string_view name, std::string_view value) {
  return std::any_of(std::begin(kUsualDefaults), std::end(kUsualDefaults),
                     [&](const auto& entry) { return entry.first == name && entry.second == value; });
}

const kw_option* FindOption(const PluginTables& tables, std::string_view name) {
  for (const kw_option* option : tables.options) {
    if (name == option->name) return option;
  }
  return nullptr;
}

bool HasTlsOption(const PluginTables& tables) {
  return std::any_of(tables.options.begin(), tables.options.end(),
                     [](const kw_option* option) { return std::string_view(option->name).starts_with("tls-"); });
}

// "pkcs11:token=…" or "file:…", and no path: a scheme, and no slash before its colon.
bool IsUri(std::string_view text) {
  size_t colon = text.find(':');
  if (colon == text.npos || colon < 2) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(colon),
                     [](char c) { return isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.'; });
}

Result<> CheckInt(const kw_option& option, const std::string& text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return Fail("the value is not an integer");
  if (value < option.min || value > option.max) {
    return Fail(fmt::format("the value must be between {} and {}", option.min, option.max));
  }
  return {};
}

Result<> CheckChoice(const kw_option& option, const std::string& text) {
  std::string_view rest = option.choices;
  while (!rest.empty()) {
    size_t space = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, space) == text) return {};
    rest.remove_prefix(std::min(space + 1, rest.size()));
  }
  return Fail(fmt::format("the value must be one of: {}", option.choices));
}

Result<> CheckText(const kw_option& option, const std::string& text) {
  if (text.find('\0') != text.npos) return Fail("the value contains a zero byte");
  if (option.type == KW_TYPE_BOOL && text != "yes" && text != "no") return Fail("the value must be 'yes' or 'no'");
  if (option.type == KW_TYPE_INT) return CheckInt(option, text);
  if (option.type == KW_TYPE_CHOICE) return CheckChoice(option, text);
  return {};
}

void WarnOfOpenSecret(const kw_option& option, const std::string& path, mode_t mode) {
  if (!(option.flags & KW_OPTION_SECRET) || !(mode & (S_IROTH | S_IWOTH))) return;
  LogWarning("{}: '{}' holds a secret and can be read or written by everybody (mode {:04o})", option.name, path,
             mode & 07777);
}

// Appends what the descriptor gives to `out`, whose room is made before, so that no copies of a secret stay behind.
Result<> ReadDescriptor(int fd, uint64_t size, std::string& out) {
  out.resize(size + 1);
  uint64_t done = 0;
  while (done < out.size()) {
    ssize_t n = read(fd, out.data() + done, out.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno("cannot read it", errno);
    if (n == 0) break;
    done += static_cast<uint64_t>(n);
  }
  if (done > size) return Fail("it grew while it was read");
  out.resize(done);
  return {};
}

Result<UniqueFd> OpenRegular(const std::string& path, struct stat& info) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) return FailErrno(fmt::format("cannot open '{}'", path), errno);
  if (fstat(fd.get(), &info) != 0) return FailErrno(fmt::format("cannot look at '{}'", path), errno);
  if (!S_ISREG(info.st_mode)) return Fail(fmt::format("'{}' is not a regular file", path));
  if (static_cast<uint64_t>(info.st_size) > kMaxSettingFileBytes) {
    return Fail(fmt::format("'{}' is larger than {} bytes", path, kMaxSettingFileBytes));
  }
  return fd;
}

Result<std::vector<std::string>> ListFolder(const std::string& path) {
  std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(path.c_str()), &closedir);
  if (!dir) return FailErrno(fmt::format("cannot open the folder '{}'", path), errno);
  std::vector<std::string> names;
  while (dirent* entry = readdir(dir.get())) {
    if (entry->d_name[0] != '.') names.push_back(entry->d_name);
    if (names.size() > kMaxSettingDirFiles) {
      return Fail(fmt::format("'{}' holds more than {} files", path, kMaxSettingDirFiles));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Keyed, so that it tells nothing of the secrets among the values.
SettingsDigest DigestOf(const std::vector<kw_setting>& entries, uint32_t sides) {
  const SipKey first = ProcessSipKey();
  const SipKey second{first.high + 1, first.low + 1};
  auto digest = [&](const SipKey& key) {
    std::vector<uint64_t> parts = {sides};
    for (const kw_setting& entry : entries) {
      if (entry.name == kTicketSecrets) continue;  // they change by themselves, also under contexts in use
      parts.push_back(SipHash13(entry.name, key));
      parts.push_back(SipHash13({static_cast<const char*>(entry.value), entry.value_len}, key));
      parts.push_back(entry.flags);
    }
    return SipHash13({reinterpret_cast<const char*>(parts.data()), parts.size() * sizeof parts[0]}, key);
  };
  return {digest(first), digest(second)};
}

}  // namespace

SettingsBlock::~SettingsBlock() {
  for (const std::unique_ptr<Item>& item : items_) explicit_bzero(item->value.data(), item->value.size());
}

Result<> SettingsBlock::AddFile(const kw_option& option, const std::string& path) {
  struct stat info;
  Result<UniqueFd> fd = OpenRegular(path, info);
  if (!fd) return std::unexpected(fd.error());
  if ((option.flags & KW_OPTION_PRIVATE) && (info.st_mode & (S_IRWXG | S_IRWXO))) {
    return Fail(
        fmt::format("'{}' can be read or written by others than its owner (mode {:04o}): it has to be of mode 0600",
                    path, info.st_mode & 07777));
  }
  if (!quiet_) WarnOfOpenSecret(option, path, info.st_mode);
  auto item = std::make_unique<Item>();
  item->name = option.name;
  item->origin = path;
  Item& added = *items_.emplace_back(std::move(item));  // owned from here on, so that it is wiped whatever comes
  if (auto read = ReadDescriptor(fd->get(), static_cast<uint64_t>(info.st_size), added.value); !read) {
    return std::unexpected(read.error().Within(fmt::format("'{}'", path)));
  }
  if (added.value.empty()) return Fail(fmt::format("'{}' is empty", path));
  return {};
}

Result<> SettingsBlock::AddDir(const kw_option& option, const std::string& path) {
  Result<std::vector<std::string>> names = ListFolder(path);
  if (!names) return std::unexpected(names.error());
  std::set<std::pair<dev_t, ino_t>> seen;  // folders made by c_rehash have a link to each file beside it
  uint64_t total = 0;
  for (const std::string& name : *names) {
    std::string file = path + (path.ends_with('/') ? "" : "/") + name;
    struct stat info;
    if (stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) continue;
    if (!seen.emplace(info.st_dev, info.st_ino).second) continue;
    total += static_cast<uint64_t>(info.st_size);
    if (total > kMaxSettingDirBytes)
      return Fail(fmt::format("'{}' holds more than {} bytes", path, kMaxSettingDirBytes));
    if (auto added = AddFile(option, file); !added) return added;
  }
  if (seen.empty()) return Fail(fmt::format("the folder '{}' holds no file", path));
  return {};
}

Result<> SettingsBlock::Add(const kw_option& option, const std::string& text) {
  bool uri = option.type == KW_TYPE_FILE && (option.flags & KW_OPTION_URI) && IsUri(text);
  if (option.type == KW_TYPE_FILE && !uri) return AddFile(option, text);
  if (option.type == KW_TYPE_DIR) return AddDir(option, text);
  if (option.type != KW_TYPE_BYTES) {
    if (auto checked = CheckText(option, text); !checked) return checked;
  }
  auto item = std::make_unique<Item>();
  item->name = option.name;
  item->value = text;
  item->flags = uri ? KW_SETTING_URI : 0;
  items_.push_back(std::move(item));
  return {};
}

void SettingsBlock::Finish(std::string purpose, Sides sides) {
  settings_.sides = static_cast<uint32_t>(sides);
  purpose_ = std::move(purpose);
  for (const std::unique_ptr<Item>& item : items_) {
    kw_setting entry{};
    entry.size = sizeof entry;
    entry.flags = item->flags;
    entry.name = item->name.c_str();
    entry.value = item->value.c_str();
    entry.value_len = item->value.size();
    entry.origin = item->origin.empty() ? nullptr : item->origin.c_str();
    entries_.push_back(entry);
  }
  for (const kw_setting& entry : entries_) pointers_.push_back(&entry);
  digest_ = DigestOf(entries_, settings_.sides);
  settings_.size = sizeof settings_;
  settings_.count = static_cast<uint32_t>(pointers_.size());
  settings_.items = pointers_.empty() ? nullptr : pointers_.data();
  settings_.purpose = purpose_.empty() ? nullptr : purpose_.c_str();
}

Result<std::unique_ptr<SettingsBlock>> SettingsBlock::Read(const Settings& settings, const PluginTables& tables,
                                                           std::string purpose, Sides sides, bool quiet) {
  std::unique_ptr<SettingsBlock> block(new SettingsBlock);
  block->quiet_ = quiet;
  for (size_t i = 0; i < settings.size(); ++i) {
    const auto& [name, value] = settings[i];
    const kw_option* option = FindOption(tables, name);
    if (option == nullptr || value.empty()) continue;
    bool later = std::any_of(settings.begin() + static_cast<ptrdiff_t>(i) + 1, settings.end(),
                             [&](const auto& other) { return other.first == name; });
    if (later) continue;
    if (auto added = block->Add(*option, value); !added) return std::unexpected(added.error().Within(name));
  }
  block->Finish(std::move(purpose), sides);
  return block;
}

Result<> CheckAllHonoured(const Settings& settings, std::span<const PluginTables* const> stack) {
  for (const auto& [name, value] : settings) {
    bool known =
        std::any_of(stack.begin(), stack.end(), [&](const PluginTables* t) { return FindOption(*t, name) != nullptr; });
    if (known || value.empty()) continue;
    size_t dot = name.find('.');
    bool tls = name.starts_with("tls-") && !IsUsualDefault(name, value);
    for (const PluginTables* tables : stack) {
      std::string_view id = tables->transport->id;
      bool meant = dot != name.npos ? std::string_view(name).substr(0, dot) == id : tls && HasTlsOption(*tables);
      if (meant) return Fail(fmt::format("{}: {} cannot honour this setting: it has no such option", name, id));
    }
  }
  return {};
}

}  // namespace keyway::net
