// Which engine the event loops of a unit test have: the tests of event and net run once with each (KW_TEST_ENGINE, set in meson.build).
#pragma once

#include <cstdlib>
#include <memory>
#include <string_view>

#include "server/event/event_loop.h"

namespace keyway::event::test {

// io_uring only where the kernel permits it.
inline Engine EngineUnderTest() {
  const char* name = std::getenv("KW_TEST_ENGINE");
  bool uring = name != nullptr && std::string_view(name) == "io_uring";
  return uring && EventLoop::WhyNot(Engine::kUring).empty() ? Engine::kUring : Engine::kEpoll;
}

inline std::unique_ptr<EventLoop> MakeLoop(const Clock& clock) { return EventLoop::Create(clock, EngineUnderTest()); }

}  // namespace keyway::event::test
