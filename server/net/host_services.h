// The services of the host (struct kw_host), and the host's side of what plug-ins name in calls to them: loops,
// connections, listeners.
//
// A kw_loop is an event::EventLoop, a kw_host_conn a HostConnection, a kw_host_listener a HostListener; the functions
// below convert. Each generation has a kw_host of its own, so that timers, watched descriptors, posted tasks and memory
// are counted for the copy that asked for them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "keyway/transport.h"

namespace keyway::event {
class EventLoop;
}

namespace keyway::net {

class Generation;

// The host's side of a connection (kw_host_conn), which the connection class derives from. A plug-in may report
// readiness from any thread and at any time before close; the report reaches OnPluginReady on the connection's loop,
// with several reports in one call, and none after the object is gone.
class HostConnection {
 public:
  // Where reports go from now on. null: the connection is on no loop (it moves), and reports wait for the next one. A
  // report that was on its way to the old loop reaches the new one. [io] of the old loop, or before the first
  void BindLoop(event::EventLoop* loop);
  // Name for log lines of plug-ins, such as the peer's address. Set once known. [io]
  void SetLogName(std::string name);

  // [any], for host_services.cc.
  void ReportReady(uint32_t ready);
  std::string LogName() const;

  kw_host_conn* abi() { return reinterpret_cast<kw_host_conn*>(this); }
  static HostConnection* FromAbi(kw_host_conn* conn) { return reinterpret_cast<HostConnection*>(conn); }

 protected:
  HostConnection();
  ~HostConnection();  // on its loop's thread, or bound to none
  // KW_READY_… bits. [io] on the bound loop, from a posted task: never from within a call of the plug-in. May destroy
  // the connection.
  virtual void OnPluginReady(uint32_t ready) = 0;

 private:
  struct Gate;
  static void Deliver(const std::shared_ptr<Gate>& gate, event::EventLoop* loop);
  std::shared_ptr<Gate> gate_;  // outlives the connection while reports are on their way
};

// The host's side of a stream carrier's listener (kw_host_listener).
class HostListener {
 public:
  // A stream carrier has accepted. Takes conn over and returns the host's side of it, or returns null to have the
  // plug-in drop it. [loop] of the listener
  virtual HostConnection* OnIncoming(kw_conn* conn, const kw_address& peer) = 0;

  kw_host_listener* abi() { return reinterpret_cast<kw_host_listener*>(this); }
  static HostListener* FromAbi(kw_host_listener* listener) { return reinterpret_cast<HostListener*>(listener); }

 protected:
  ~HostListener() = default;
};

inline kw_loop* ToAbi(event::EventLoop& loop) { return reinterpret_cast<kw_loop*>(&loop); }

// The kw_host of one generation. The address of `abi` goes to init.
struct HostServices {
  kw_host abi;  // first, so that a kw_host* is a HostServices*
  Generation* generation;
};
std::unique_ptr<HostServices> MakeHostServices(Generation& generation);

}  // namespace keyway::net
