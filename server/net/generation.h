// A generation is one loaded copy of a plug-in: its mapping, its tables, its services, and the counts of what still
// needs it. A plug-in that is replaced gets a new generation; the old one serves what it has until the last of that is
// gone.
//
//     Registry ──(current)──► Generation 7 ◄── PluginContext ◄── Stack ◄── connections
//              ──(retired)──► Generation 3 ◄── PluginContext ◄── Stack ◄── connections that began with it
//
// Whoever needs a generation holds a GenerationHold or a PluginContext. When the registry has let go and the last hold
// is gone, the generation is taken down: deinit, then dlclose if the plug-in declares that to be safe; otherwise the
// mapping stays. That, like context_free, happens on the reaper's thread, never on a thread that serves connections.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "keyway/transport.h"
#include "server/base/error.h"
#include "server/net/plugin_tables.h"
#include "server/net/settings_reader.h"

namespace keyway::net {

class PluginImage;
class Reaper;
struct HostServices;

// What a generation is held by. Each is counted on its own, for TRANSPORT INFO and for tests.
enum class Held : uint8_t {
  kContext,     // a kw_context
  kConnection,  // a connection that runs over it, as carrier or as filter
  kListener,    // an address that is listened at
  kIo,          // a descriptor that a plug-in watches (io_add)
  kTimer,       // a timer of a plug-in
  kTask,        // a task that a plug-in posted and that has not run
  kBuffer,      // memory of a plug-in that the host reads, or the other way round
};
inline constexpr size_t kHeldKinds = 7;

// What library/1 says.
struct LibraryInfo {
  std::string name, version;
  bool hardware_aes = false;
  bool fips = false;
};

class Generation {
 public:
  struct Parts {
    std::unique_ptr<PluginImage> image;
    PluginTables tables;
    uint64_t number = 0;  // unique in the registry
    std::string path;     // of the file that was copied
    std::shared_ptr<Reaper> reaper;
  };
  // Calls init and reads the tables that are there after it; the result is fit for use. Its deleter hands it to the
  // reaper. [main] or [background], one at a time
  static Result<std::shared_ptr<Generation>> Make(Parts parts);

  explicit Generation(Parts parts);  // for Make
  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  // All [any].
  const kw_transport& transport() const { return *tables_.transport; }
  const PluginTables& tables() const { return tables_; }
  const Extensions& extensions() const { return tables_.extensions; }
  const PluginImage& image() const { return *image_; }
  const std::optional<LibraryInfo>& library() const { return library_; }
  const std::string& id() const { return id_; }
  const std::string& path() const { return path_; }
  uint64_t number() const { return number_; }
  bool has_role(uint32_t role) const { return (transport().roles & role) != 0; }
  bool secure() const { return (transport().flags & KW_TRANSPORT_SECURE) != 0; }
  bool thread_affine() const { return (transport().flags & KW_TRANSPORT_THREAD_AFFINE) != 0; }

  uint64_t held(Held kind) const { return held_[static_cast<size_t>(kind)].load(std::memory_order_relaxed); }
  void AddHeld(Held kind) const { held_[static_cast<size_t>(kind)].fetch_add(1, std::memory_order_relaxed); }
  void DropHeld(Held kind) const { held_[static_cast<size_t>(kind)].fetch_sub(1, std::memory_order_relaxed); }

  // A newer copy has taken over. Threads that close their connections of a retired one leave it at once. [any]
  bool retired() const { return retired_.load(std::memory_order_relaxed); }
  void Retire() { retired_.store(true, std::memory_order_relaxed); }

  // The calling thread is about to make calls: it is remembered for thread_leave, once. Cheap when it is known already;
  // called where a connection or a context begins, not at each call. [any]
  void EnterThread() const;

  // Bytes from kw_host.alloc that were not freed.
  uint64_t allocated_bytes() const { return allocated_bytes_.load(std::memory_order_relaxed); }
  void CountAllocated(int64_t bytes) const {
    allocated_bytes_.fetch_add(static_cast<uint64_t>(bytes), std::memory_order_relaxed);
  }
  // Threads that have entered and not left.
  uint64_t threads() const { return threads_.load(std::memory_order_relaxed); }

  // null while it is being taken down.
  std::shared_ptr<const Generation> shared() const { return self_.lock(); }
  Reaper& reaper() const { return *reaper_; }

 private:
  friend class ThreadVisits;

  std::unique_ptr<PluginImage> image_;
  PluginTables tables_;
  std::string id_;
  std::string path_;
  uint64_t number_;
  std::unique_ptr<HostServices> services_;
  std::shared_ptr<Reaper> reaper_;
  std::optional<LibraryInfo> library_;  // set by Make, then constant
  std::weak_ptr<Generation> self_;      // for the records of threads, which do not keep a generation alive
  bool initialised_ = false;
  std::atomic<bool> retired_{false};
  mutable std::array<std::atomic<uint64_t>, kHeldKinds> held_{};
  mutable std::atomic<uint64_t> allocated_bytes_{0};
  mutable std::atomic<uint64_t> threads_{0};
};

// Keeps a generation from being taken down, and is counted. Movable; [any].
class GenerationHold {
 public:
  GenerationHold() = default;
  GenerationHold(std::shared_ptr<const Generation> generation, Held kind)
      : generation_(std::move(generation)), kind_(kind) {
    if (generation_) generation_->AddHeld(kind_);
  }
  GenerationHold(GenerationHold&& other) noexcept : generation_(std::move(other.generation_)), kind_(other.kind_) {}
  GenerationHold& operator=(GenerationHold&& other) noexcept {
    std::swap(generation_, other.generation_);
    std::swap(kind_, other.kind_);
    return *this;
  }
  ~GenerationHold() {
    if (generation_) generation_->DropHeld(kind_);
  }
  const Generation* get() const { return generation_.get(); }

 private:
  std::shared_ptr<const Generation> generation_;
  Held kind_ = Held::kContext;
};

// The calling thread tells every plug-in that it called that it is about to end. Happens by itself when a thread ends;
// earlier when called. [that thread]
void LeaveAllGenerations();
// The same for one. Calls may follow.
void LeaveGeneration(const Generation& generation);

// A kw_context: settings in force, immutable, of one generation. The last owner's letting go has it freed by the
// reaper. Use from any thread. [any]
class PluginContext {
 public:
  // `digest`: of the settings that it was made of.
  PluginContext(std::shared_ptr<const Generation> generation, kw_context* context, SettingsDigest digest = {});
  ~PluginContext();
  PluginContext(const PluginContext&) = delete;
  PluginContext& operator=(const PluginContext&) = delete;

  const Generation& generation() const { return *generation_; }
  const std::shared_ptr<const Generation>& shared_generation() const { return generation_; }
  const kw_transport& transport() const { return generation_->transport(); }
  kw_context* get() const { return context_; }
  const SettingsDigest& digest() const { return digest_; }

 private:
  std::shared_ptr<const Generation> generation_;
  kw_context* context_;
  SettingsDigest digest_;
};

}  // namespace keyway::net
