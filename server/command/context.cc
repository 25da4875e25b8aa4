#include "server/command/context.h"

namespace keyway::command {

void Context::PropagateAs(Words words) { PropagateAsIn(client_.db, words); }

void Context::PropagateAsIn(int db, Words words) {
  propagation_.mode = Propagation::Mode::kReplaced;
  if (!propagation_.wanted) return;
  propagation_.commands.push_back({db, {words.begin(), words.end()}});
}

}  // namespace keyway::command
