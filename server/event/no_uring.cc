// Stands in for the io_uring engine in builds without liburing.
#include "server/event/poller.h"

namespace keyway::event {

std::unique_ptr<Poller> MakeUringPoller(std::string& why) {
  why = "it is not part of this build";
  return nullptr;
}

}  // namespace keyway::event
