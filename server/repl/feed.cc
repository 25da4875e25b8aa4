#include "server/repl/feed.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/unique_fd.h"
#include "server/command/persistence.h"
#include "server/config/config.h"
#include "server/resp/request_writer.h"

namespace keyway::repl {

using command::Client;
using command::Words;

namespace {

constexpr int64_t kNewlineEveryMs = 1000;

// A file mapped into memory; unmapped when the last byte has been sent, on whatever thread that is.
struct MappedFile {
  void* address;
  size_t size;

  std::string_view view() const { return {static_cast<const char*>(address), size}; }
  static void Release(void* owner) {
    auto* file = static_cast<MappedFile*>(owner);
    munmap(file->address, file->size);
    delete file;
  }
};

MappedFile* MapFile(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (!fd.valid() || fstat(fd.get(), &status) != 0 || status.st_size == 0) return nullptr;
  const auto size = static_cast<size_t>(status.st_size);
  void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  return address == MAP_FAILED ? nullptr : new MappedFile{address, size};
}

}  // namespace

Feed::Feed(command::Services& services, command::Persistence& persistence)
    : services_(services), persistence_(persistence) {
  services_.clients.AddObserver(*this);
  services_.replication = this;
}

Feed::~Feed() {
  services_.replication = nullptr;
  services_.clients.RemoveObserver(*this);
  if (observing_) services_.executor->RemoveWriteObserver(*this);
}

void Feed::StartSync(Client& client) {
  if (client.Has(command::kClientReplica)) return;
  client.flags |= command::kClientReplica;
  replicas_.push_back({&client, State::kWaiting, {}});
  LogNotice("Replica {} asks for synchronization", client.peer);
  StartSnapshot();
}

// One snapshot serves everybody who waits at its start.
void Feed::StartSnapshot() {
  const auto waits = [](const Replica& replica) { return replica.state == State::kWaiting; };
  if (std::none_of(replicas_.begin(), replicas_.end(), waits) || persistence_.child_in_progress()) return;
  const std::string path = fmt::format("temp-sync-{}-{}.rdb", getpid(), ++snapshots_);
  auto started =
      persistence_.SaveInBackground({.path = path, .done = [this, path](bool ok) { OnSnapshotDone(path, ok); }});
  if (!started) {
    LogWarning("Cannot make a snapshot for replicas: {}", started.error().text());
    return;
  }
  for (Replica& replica : replicas_) {
    if (waits(replica)) replica.state = State::kSnapshot;
  }
  // What comes behind the snapshot stands alone: it must not rely on a SELECT in front of it.
  selected_db_ = -1;
  last_ping_ms_ = services_.clock.WallMs();
  if (!observing_) services_.executor->AddWriteObserver(*this);
  observing_ = true;
}

void Feed::OnSnapshotDone(const std::string& path, bool ok) {
  for (size_t i = 0; i < replicas_.size();) {
    Replica& replica = replicas_[i];
    if (replica.state != State::kSnapshot || (ok && SendSnapshot(replica, path))) {
      ++i;
      continue;
    }
    LogWarning("Replica {} gets no snapshot and is closed", replica.client->peer);
    services_.clients.Kill(*replica.client, false);  // which takes it out of replicas_
  }
  unlink(path.c_str());
}

bool Feed::SendSnapshot(Replica& replica, const std::string& path) {
  MappedFile* file = MapFile(path);
  if (file == nullptr) return false;
  replica.state = State::kOnline;
  Send(replica, fmt::format("${}\r\n", file->size));
  replica.client->output.AppendShared(file->view(), file, &MappedFile::Release);
  Send(replica, replica.kept);
  std::string().swap(replica.kept);
  LogNotice("Synchronization with replica {} succeeded", replica.client->peer);
  return true;
}

size_t Feed::kept_bytes() const {
  size_t bytes = 0;
  for (const Replica& replica : replicas_) bytes += replica.kept.capacity();
  return bytes;
}

void Feed::OnWrite(int db, Words words) {
  encoded_.clear();
  if (db != selected_db_) {
    selected_db_ = db;
    const std::string number = std::to_string(db);
    const std::string_view select[] = {"SELECT", number};
    resp::AppendRequest(encoded_, Words(select));
  }
  resp::AppendRequest(encoded_, words);
  SendToAll(encoded_);
}

void Feed::SendToAll(std::string_view bytes) {
  for (Replica& replica : replicas_) {
    if (replica.state == State::kSnapshot) replica.kept.append(bytes);
    if (replica.state == State::kOnline) Send(replica, bytes);
  }
}

void Feed::Send(Replica& replica, std::string_view bytes) {
  replica.client->output.Append(bytes);
  services_.clients.FlushSoon(*replica.client);
}

void Feed::OnClientGone(Client& client) {
  std::erase_if(replicas_, [&](const Replica& replica) { return replica.client == &client; });
  if (!replicas_.empty() || !observing_) return;
  services_.executor->RemoveWriteObserver(*this);
  observing_ = false;
}

void Feed::Cron() {
  if (replicas_.empty()) return;
  StartSnapshot();
  const int64_t now_ms = services_.clock.WallMs();
  if (now_ms - last_newline_ms_ >= kNewlineEveryMs) {
    last_newline_ms_ = now_ms;
    for (Replica& replica : replicas_) {
      if (replica.state != State::kOnline) Send(replica, "\n");
    }
  }
  if (now_ms - last_ping_ms_ >= services_.config.settings().repl_ping_replica_period * 1000) {
    last_ping_ms_ = now_ms;
    static constexpr std::string_view kPing[] = {"PING"};
    encoded_.clear();
    resp::AppendRequest(encoded_, Words(kPing));
    SendToAll(encoded_);
  }
}

}  // namespace keyway::repl
