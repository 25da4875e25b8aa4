// Runs what may block (the lookup of a name, above all) on a few background threads of its own and brings the outcome back to the
// loop. Threads start when there is work and nobody is free for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace keyway::event {
class EventLoop;
}

namespace keyway::net {

// [io] of its loop, which outlives it.
class Resolver {
 public:
  explicit Resolver(event::EventLoop& loop);
  // Does not wait for lookups under way: their outcomes are dropped when they come.
  ~Resolver();

  // Runs `work` [background] and then `done` on the loop. `work` owns everything that it touches.
  void Run(std::function<void()> work, std::function<void()> done);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace keyway::net
