// The registry: which plug-ins are loaded, in which copy, and how a stack is made of their names.
//
// For each id there is one current generation. Loading a file whose content has changed makes a new one, and the old
// one is retired: what was made of it goes on, and nothing new is. Loads come one at a time (load_mutex_); the table
// itself has a lock of its own (mutex_), so that TRANSPORT LIST does not wait for a load.
#include <fmt/core.h>
#include <string.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "server/base/log.h"
#include "server/net/fork_guard.h"
#include "server/net/host.h"
#include "server/net/plugin_image.h"
#include "server/net/reaper.h"
#include "server/net/settings_reader.h"
#include "server/net/stack.h"
#include "server/net/trial_handshake.h"

namespace keyway::net {
namespace {

constexpr std::string_view kDefaultCarrier = "tcp";
constexpr size_t kMaxNameLength = 32;

bool IsBareName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameLength && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string RolesText(uint32_t roles) {
  std::string text;
  auto add = [&](uint32_t role, std::string_view name) {
    if (roles & role) text += (text.empty() ? "" : ",") + std::string(name);
  };
  add(KW_ROLE_FD_CARRIER, "fd-carrier");
  add(KW_ROLE_STREAM_CARRIER, "stream-carrier");
  add(KW_ROLE_FILTER, "filter");
  return text;
}

PluginInfo Describe(const Generation& generation) {
  const kw_transport& transport = generation.transport();
  PluginInfo info;
  info.id = generation.id();
  info.version = transport.version;
  info.build_info = transport.build_info;
  info.path = generation.path();
  info.roles = RolesText(transport.roles);
  info.abi_major = transport.abi_major;
  info.abi_minor = transport.abi_minor;
  info.generation = generation.number();
  info.live_connections = generation.held(Held::kConnection);
  info.live_contexts = generation.held(Held::kContext);
  info.draining = generation.retired();
  for (const kw_option* option : generation.tables().options) info.options.emplace_back(option->name, option->help);
  auto extra = [&](std::string name, uint64_t value) {
    info.extra.emplace_back(std::move(name), fmt::format("{}", value));
  };
  if (const auto& library = generation.library()) {
    info.extra.emplace_back("library", library->name);
    info.extra.emplace_back("library_version", library->version);
    info.extra.emplace_back("hardware_aes", library->hardware_aes ? "yes" : "no");
    info.extra.emplace_back("fips", library->fips ? "yes" : "no");
  }
  info.extra.emplace_back("loaded_from", ImageOriginName(generation.image().origin()));
  extra("listeners", generation.held(Held::kListener));
  extra("threads", generation.threads());
  extra("timers", generation.held(Held::kTimer));
  extra("tasks", generation.held(Held::kTask));
  extra("descriptors", generation.held(Held::kIo));
  extra("buffers", generation.held(Held::kBuffer));
  extra("allocated_bytes", generation.allocated_bytes());
  return info;
}

class RegistryImpl final : public Registry {
 public:
  using GenerationPtr = std::shared_ptr<const Generation>;

  explicit RegistryImpl(RegistryPaths paths) : paths_(std::move(paths)), reaper_(std::make_shared<Reaper>()) {
    InstallForkGuard();
  }
  ~RegistryImpl() override {
    LeaveAllGenerations();
    current_.clear();
    if (!InForkedChild()) reaper_->Stop();
  }

  Result<std::string> Load(const std::string& name_or_path) override;
  std::vector<PluginInfo> List() const override;
  Result<PluginInfo> Info(std::string_view id) const override;
  Result<std::shared_ptr<const Stack>> MakeStack(std::string_view stack_name, const Settings& settings, Sides sides,
                                                 ContextReuse* reuse) override;
  Result<std::shared_ptr<Generation>> LoadBeside(std::string_view id) override;
  void Install(std::shared_ptr<Generation> generation) override;
  GenerationPtr Unload(std::string_view id) override;
  void SetTicketSecrets(std::string secrets) override;
  void ThreadLeave() override { LeaveAllGenerations(); }

 private:
  Result<GenerationPtr> LoadLocked(const std::string& name_or_path);
  Result<std::string> FindFile(const std::string& name) const;
  Result<std::shared_ptr<Generation>> MakeGeneration(const PluginFile& file, const std::string& required_id);
  Result<> CheckReplacement(const PluginFile& file, const std::string& id) const;
  Result<> CheckInPlace(const PluginFile& file) const;
  GenerationPtr Current(std::string_view id) const;
  GenerationPtr CurrentWithContent(const std::string& identity) const;
  Result<GenerationPtr> CurrentOrLoad(std::string_view id, const ContextReuse* reuse);
  Result<std::pair<GenerationPtr, GenerationPtr>> Resolve(std::string_view stack_name, const ContextReuse* reuse);

  const RegistryPaths paths_;
  std::shared_ptr<Reaper> reaper_;  // shared with the generations, the last of which may outlive the registry
  std::mutex load_mutex_;           // held while a plug-in is loaded and started
  uint64_t next_number_ = 1;        // load_mutex_
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Generation>, std::less<>> current_;  // mutex_
  std::vector<std::weak_ptr<Generation>> all_;                               // mutex_; retired ones too, in order
  std::string ticket_secrets_;                                               // mutex_
};

// ---- loading

Result<std::string> RegistryImpl::FindFile(const std::string& name) const {
  std::string file = "keyway-transport-" + name + ".so";
  std::string places;
  for (const std::string& dir : paths_.transport_dirs) {
    std::string path = dir + "/" + file;
    if (PluginFileExists(path)) return path;
    places += (places.empty() ? "" : ", ") + dir;
  }
  return Fail(fmt::format("no transport '{}': there is no {} in {}", name, file,
                          places.empty() ? "any transport folder" : places));
}

Result<> RegistryImpl::CheckReplacement(const PluginFile& file, const std::string& id) const {
  GenerationPtr old = Current(id);
  if (old == nullptr || old->path() == file.path) return {};
  return Fail(fmt::format("a transport with the id '{}' is loaded already, from '{}'", id, old->path()));
}

// An image that was loaded in place is what the loader answers with for the same file, whatever it contains now.
Result<> RegistryImpl::CheckInPlace(const PluginFile& file) const {
  std::lock_guard lock(mutex_);
  for (const auto& [id, generation] : current_) {
    const PluginImage& image = generation->image();
    bool same_file = image.device() == file.device && image.inode() == file.inode;
    if (image.origin() == ImageOrigin::kInPlace && (same_file || generation->path() == file.path)) {
      return Fail(
          "it was loaded in place, since this system lets no copy be mapped as code, and cannot be replaced without a "
          "restart");
    }
  }
  return {};
}

Result<std::shared_ptr<Generation>> RegistryImpl::MakeGeneration(const PluginFile& file,
                                                                 const std::string& required_id) {
  auto failed = [&](const Error& error) {
    return std::unexpected(error.Within(fmt::format("cannot load '{}'", file.path)));
  };
  if (auto checked = CheckInPlace(file); !checked) return failed(checked.error());
  auto image = PluginImage::Load(file, ImageOptions{.cache_dir = paths_.cache_dir});
  if (!image) return std::unexpected(image.error());
  Result<PluginTables> tables = QueryPlugin((*image)->query());
  if (!tables) return failed(tables.error());
  std::string id = tables->transport->id;
  if (!required_id.empty() && id != required_id) {
    return failed(Error(fmt::format("its id is '{}', and its file name says '{}'", id, required_id)));
  }
  if (auto checked = CheckReplacement(file, id); !checked) return failed(checked.error());
  auto generation = Generation::Make({std::move(*image), std::move(*tables), next_number_++, file.path, reaper_});
  if (!generation) return failed(generation.error());
  return *generation;
}

void RegistryImpl::Install(std::shared_ptr<Generation> generation) {
  LogNotice("Transport {} {} ({}) loaded from '{}', generation {}", generation->id(), generation->transport().version,
            generation->transport().build_info, generation->path(), generation->number());
  std::lock_guard lock(mutex_);
  std::erase_if(all_, [](const std::weak_ptr<Generation>& old) { return old.expired(); });
  all_.push_back(generation);
  std::shared_ptr<Generation>& slot = current_[generation->id()];
  if (slot != nullptr) slot->Retire();
  slot = std::move(generation);
}

Result<RegistryImpl::GenerationPtr> RegistryImpl::LoadLocked(const std::string& name_or_path) {
  std::string path = name_or_path, required_id;
  if (name_or_path.find('/') == name_or_path.npos) {
    if (!IsBareName(name_or_path))
      return Fail(fmt::format("'{}' is neither a transport's name nor a path", name_or_path));
    Result<std::string> found = FindFile(name_or_path);
    if (!found) return std::unexpected(found.error());
    path = std::move(*found);
    required_id = name_or_path;
  }
  Result<PluginFile> file = OpenPluginFile(path);
  if (!file) return std::unexpected(file.error());
  GenerationPtr same = CurrentWithContent(file->identity);
  if (same != nullptr && (required_id.empty() || same->id() == required_id)) return same;
  auto generation = MakeGeneration(*file, required_id);
  if (!generation) return std::unexpected(generation.error());
  Install(*generation);
  return *generation;
}

Result<std::string> RegistryImpl::Load(const std::string& name_or_path) {
  std::lock_guard lock(load_mutex_);
  Result<GenerationPtr> generation = LoadLocked(name_or_path);
  if (!generation) return std::unexpected(generation.error());
  return (*generation)->id();
}

Result<std::shared_ptr<Generation>> RegistryImpl::LoadBeside(std::string_view id) {
  std::lock_guard lock(load_mutex_);
  const GenerationPtr present = Current(id);
  if (present == nullptr) return Fail(fmt::format("no transport '{}' is loaded", id));
  Result<PluginFile> file = OpenPluginFile(present->path());
  if (!file) return std::unexpected(file.error());
  if (file->identity == present->image().identity()) return nullptr;
  return MakeGeneration(*file, present->id());
}

RegistryImpl::GenerationPtr RegistryImpl::Unload(std::string_view id) {
  std::lock_guard lock(mutex_);
  const auto found = current_.find(id);
  if (found == current_.end()) return nullptr;
  const std::shared_ptr<Generation> generation = std::move(found->second);
  current_.erase(found);
  generation->Retire();
  return generation;
}

// ---- looking up

RegistryImpl::GenerationPtr RegistryImpl::Current(std::string_view id) const {
  std::lock_guard lock(mutex_);
  auto it = current_.find(id);
  return it == current_.end() ? nullptr : it->second;
}

RegistryImpl::GenerationPtr RegistryImpl::CurrentWithContent(const std::string& identity) const {
  std::lock_guard lock(mutex_);
  for (const auto& [id, generation] : current_) {
    if (generation->image().identity() == identity) return generation;
  }
  return nullptr;
}

Result<RegistryImpl::GenerationPtr> RegistryImpl::CurrentOrLoad(std::string_view id, const ContextReuse* reuse) {
  if (!IsBareName(id)) return Fail(fmt::format("'{}' is not a transport's name", id));
  if (reuse != nullptr && reuse->candidate != nullptr && reuse->candidate->id() == id) return reuse->candidate;
  if (GenerationPtr generation = Current(id)) return generation;
  std::lock_guard lock(load_mutex_);
  if (GenerationPtr generation = Current(id)) return generation;  // somebody else was faster
  return LoadLocked(std::string(id));
}

std::vector<PluginInfo> RegistryImpl::List() const {
  std::vector<std::shared_ptr<Generation>> generations;
  {
    std::lock_guard lock(mutex_);
    for (const std::weak_ptr<Generation>& weak : all_) {
      if (std::shared_ptr<Generation> generation = weak.lock()) generations.push_back(std::move(generation));
    }
  }
  std::vector<PluginInfo> infos;
  for (const auto& generation : generations) infos.push_back(Describe(*generation));
  std::stable_sort(infos.begin(), infos.end(), [](const PluginInfo& a, const PluginInfo& b) { return a.id < b.id; });
  return infos;
}

Result<PluginInfo> RegistryImpl::Info(std::string_view id) const {
  GenerationPtr generation = Current(id);
  if (generation == nullptr) return Fail(fmt::format("no transport '{}' is loaded", id));
  return Describe(*generation);
}

void RegistryImpl::SetTicketSecrets(std::string secrets) {
  std::lock_guard lock(mutex_);
  ticket_secrets_.swap(secrets);
  explicit_bzero(secrets.data(), secrets.size());
}

// ---- stacks

// → carrier, filter or null.
Result<std::pair<RegistryImpl::GenerationPtr, RegistryImpl::GenerationPtr>> RegistryImpl::Resolve(
    std::string_view stack_name, const ContextReuse* reuse) {
  size_t plus = stack_name.find('+');
  Result<GenerationPtr> upper = CurrentOrLoad(stack_name.substr(0, plus), reuse);
  if (!upper) return std::unexpected(upper.error());
  constexpr uint32_t kCarrier = KW_ROLE_FD_CARRIER | KW_ROLE_STREAM_CARRIER;
  if (plus == stack_name.npos && (*upper)->has_role(kCarrier)) return std::pair(*upper, GenerationPtr());
  if (!(*upper)->has_role(KW_ROLE_FILTER)) {
    return Fail(fmt::format("'{}': {} carries bytes itself and does not go over another transport", stack_name,
                            (*upper)->id()));
  }
  Result<GenerationPtr> carrier =
      CurrentOrLoad(plus == stack_name.npos ? kDefaultCarrier : stack_name.substr(plus + 1), reuse);
  if (!carrier) return std::unexpected(carrier.error());
  if (!(*carrier)->has_role(kCarrier)) {
    return Fail(fmt::format("'{}': {} is a filter, and a filter goes over a carrier such as tcp", stack_name,
                            (*carrier)->id()));
  }
  return std::pair(*carrier, *upper);
}

Result<std::shared_ptr<const Stack>> RegistryImpl::MakeStack(std::string_view stack_name, const Settings& settings,
                                                             Sides sides, ContextReuse* reuse) {
  auto resolved = Resolve(stack_name, reuse);
  if (!resolved) return std::unexpected(resolved.error());
  auto& [carrier, filter] = *resolved;
  std::vector<const PluginTables*> tables = {&carrier->tables()};
  if (filter != nullptr) tables.push_back(&filter->tables());
  if (auto honoured = CheckAllHonoured(settings, tables); !honoured) return std::unexpected(honoured.error());

  std::string purpose(stack_name);
  Result<ContextPtr> below = MakeContext(carrier, settings, purpose, sides, reuse);
  if (!below) return std::unexpected(below.error());
  if (filter == nullptr) return std::make_shared<const Stack>(std::move(*below), nullptr);
  Settings with_secrets = settings;
  {
    std::lock_guard lock(mutex_);
    if (!ticket_secrets_.empty()) with_secrets.emplace_back(kTicketSecrets, ticket_secrets_);
  }
  Result<ContextPtr> above = MakeContext(filter, with_secrets, purpose, sides, reuse);
  if (!above) return std::unexpected(above.error());
  if (reuse != nullptr && reuse->anew == filter->id() && sides != Sides::kDials) {
    if (auto done = TryHandshake(*below, filter, std::move(with_secrets)); !done) {
      reuse->handshake_failed = true;
      return std::unexpected(done.error());
    }
  }
  return std::make_shared<const Stack>(std::move(*below), std::move(*above));
}

}  // namespace

std::unique_ptr<Registry> Registry::Create(RegistryPaths paths) {
  return std::make_unique<RegistryImpl>(std::move(paths));
}

}  // namespace keyway::net
