#include "server/net/generation.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "server/base/log.h"
#include "server/net/abi_error.h"
#include "server/net/fork_guard.h"
#include "server/net/host_services.h"
#include "server/net/plugin_image.h"
#include "server/net/reaper.h"

namespace keyway::net {

namespace {

// Static objects of the main thread are destroyed after its thread-local ones.
thread_local bool thread_has_ended = false;

}  // namespace

// The generations that one thread has entered. Ends with the thread, and takes leave of all of them then.
class ThreadVisits {
 public:
  ~ThreadVisits() {
    LeaveAll();
    thread_has_ended = true;
  }

  void Enter(const Generation& generation) {
    auto old = Find(generation);
    if (old != visits_.end()) {
      if (!old->alive.expired()) return;
      visits_.erase(old);  // an earlier generation that lay at the same address
    }
    LeaveRetired();
    visits_.push_back({&generation, generation.self_});
    generation.threads_.fetch_add(1, std::memory_order_relaxed);
  }

  void Leave(const Generation& generation) {
    auto visit = Find(generation);
    if (visit == visits_.end()) return;
    // An expired record may be of this generation while it is taken down, or of an earlier one; leaving once too often
    // does no harm.
    visits_.erase(visit);
    TakeLeave(generation);
  }

  void LeaveAll() {
    std::vector<Visit> visits;
    visits.swap(visits_);
    for (const Visit& visit : visits) {
      if (std::shared_ptr<const Generation> generation = visit.alive.lock()) TakeLeave(*generation);
    }
  }

 private:
  // A thread that goes on to a newer copy has mostly done with the old one; if not, it enters again.
  void LeaveRetired() {
    for (size_t i = visits_.size(); i-- > 0;) {
      std::shared_ptr<const Generation> generation = visits_[i].alive.lock();
      if (generation != nullptr && !generation->retired()) continue;
      visits_.erase(visits_.begin() + static_cast<ptrdiff_t>(i));
      if (generation != nullptr) TakeLeave(*generation);
    }
  }

  struct Visit {
    const Generation* generation;
    std::weak_ptr<Generation> alive;
  };

  std::vector<Visit>::iterator Find(const Generation& generation) {
    return std::find_if(visits_.begin(), visits_.end(), [&](const Visit& v) { return v.generation == &generation; });
  }

  static void TakeLeave(const Generation& generation) {
    if (InForkedChild()) return;
    if (generation.transport().thread_leave != nullptr) generation.transport().thread_leave();
    generation.threads_.fetch_sub(1, std::memory_order_relaxed);
  }

  std::vector<Visit> visits_;
};

namespace {

// Which libraries this thread has caches in is a fact about the thread, and the thread's end has to be noticed.
thread_local ThreadVisits thread_visits;

std::optional<LibraryInfo> AskForLibrary(const Extensions& extensions) {
  if (extensions.library == nullptr) return std::nullopt;
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  kw_library told;
  std::memset(&told, 0, sizeof told);
  told.size = sizeof told;
  AbiError error;
  if (extensions.library->describe(&told, &error) != KW_OK) return std::nullopt;
  return LibraryInfo{Readable(told.name, sizeof told.name), Readable(told.version, sizeof told.version),
                     (told.flags & KW_LIBRARY_HARDWARE_AES) != 0, (told.flags & KW_LIBRARY_FIPS) != 0};
}

}  // namespace

Generation::Generation(Parts parts)
    : image_(std::move(parts.image)),
      tables_(std::move(parts.tables)),
      id_(tables_.transport->id),
      path_(std::move(parts.path)),
      number_(parts.number),
      services_(MakeHostServices(*this)),
      reaper_(std::move(parts.reaper)) {}

Result<std::shared_ptr<Generation>> Generation::Make(Parts parts) {
  std::shared_ptr<Reaper> reaper = parts.reaper;
  std::shared_ptr<Generation> generation(new Generation(std::move(parts)),
                                         [reaper](Generation* last) { reaper->Defer([last] { delete last; }); });
  generation->self_ = generation;
  generation->EnterThread();
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  AbiError error;
  int32_t result = generation->transport().init(&generation->services_->abi, &error);
  if (result != KW_OK) return Fail(fmt::format("it does not start: {}", ErrorText(result, error)));
  generation->initialised_ = true;
  if (auto read = ReadExtensions(generation->tables_); !read) return std::unexpected(read.error());
  if (auto read = ReadOptions(generation->tables_); !read) return std::unexpected(read.error());
  generation->library_ = AskForLibrary(generation->extensions());
  return generation;
}

Generation::~Generation() {
  if (InForkedChild()) return;
  if (initialised_) {
    LeaveGeneration(*this);
    transport().deinit();
  }
  bool unloadable = initialised_ && (transport().flags & KW_TRANSPORT_UNLOADABLE) != 0;
  if (allocated_bytes() != 0) {
    LogWarning("transport {}: {} bytes that it asked the server for were not given back", id_, allocated_bytes());
    unloadable = false;
  }
  // A thread that has not taken leave may still have destructors of the library to run.
  if (unloadable && threads() == 0) image_->Unmap();
  LogDebug("transport {}: generation {} is gone", id_, number_);
}

void Generation::EnterThread() const {
  if (!thread_has_ended) thread_visits.Enter(*this);
}

void LeaveAllGenerations() {
  if (!thread_has_ended) thread_visits.LeaveAll();
}

void LeaveGeneration(const Generation& generation) {
  if (!thread_has_ended) thread_visits.Leave(generation);
}

PluginContext::PluginContext(std::shared_ptr<const Generation> generation, kw_context* context, SettingsDigest digest)
    : generation_(std::move(generation)), context_(context), digest_(digest) {
  generation_->AddHeld(Held::kContext);
}

PluginContext::~PluginContext() {
  Reaper& reaper = generation_->reaper();
  reaper.Defer([generation = std::move(generation_), context = context_] {
    generation->EnterThread();
    KW_ASSERT_PLUGIN_CALL_ALLOWED();
    generation->transport().context_free(context);
    generation->DropHeld(Held::kContext);
  });
}

}  // namespace keyway::net
