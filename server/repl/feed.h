// Feed: the stream of writes to clients that asked for it by SYNC.
//
//   SYNC   kWaiting    no snapshot has been started for it yet: a child was busy
//          kSnapshot   a child writes the snapshot; what is propagated meanwhile is kept
//          kOnline     "$<bytes>\r\n", the snapshot, what was kept, and from then on every write
//
// The stream holds requests in RESP, with SELECT where the database changes and a PING when there has been nothing else for
// a while. While a client waits for its snapshot it gets a line end a second, so that it knows that we live. [exec]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/output_buffer.h"
#include "server/command/replication.h"
#include "server/command/services.h"

namespace keyway::command {
class Persistence;
}

namespace keyway::repl {

class Feed final : public command::Replication, private command::WriteObserver, private command::ClientObserver {
 public:
  // All are borrowed. [main]
  Feed(command::Services& services, command::Persistence& persistence);
  ~Feed() override;

  void StartSync(command::Client& client) override;
  size_t replicas() const override { return replicas_.size(); }
  // What is kept for replicas that have no snapshot yet.
  size_t kept_bytes() const;

  // Starts snapshots that had to wait, sends what shows that we live. Several times a second.
  void Cron();

 private:
  enum class State : uint8_t { kWaiting, kSnapshot, kOnline };
  struct Replica {
    command::Client* client;
    State state;
    std::string kept;  // of the stream, until the snapshot is sent
  };

  void OnWrite(int db, command::Words words) override;
  void OnClientGone(command::Client& client) override;
  void StartSnapshot();
  void OnSnapshotDone(const std::string& path, bool ok);
  bool SendSnapshot(Replica& replica, const std::string& path);
  void SendToAll(std::string_view bytes);
  void Send(Replica& replica, std::string_view bytes);

  command::Services& services_;
  command::Persistence& persistence_;
  std::vector<Replica> replicas_;
  bool observing_ = false;
  int selected_db_ = -1;  // of the stream; -1: to be said with the next write
  uint64_t snapshots_ = 0;
  int64_t last_ping_ms_ = 0, last_newline_ms_ = 0;
  std::string encoded_;  // one write; kept for its memory
};

}  // namespace keyway::repl
