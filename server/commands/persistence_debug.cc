#include "server/commands/persistence_debug.h"

#include <cstdlib>
#include <string>

#include "server/command/args.h"
#include "server/command/persistence.h"

namespace keyway::commands {

using command::Context;
using command::IsWord;

void DebugReload(Context& ctx) {
  command::ReloadOptions options;
  for (std::string_view word : ctx.args().subspan(2)) {
    if (IsWord(word, "MERGE")) {
      options.merge = true;
    } else if (IsWord(word, "NOFLUSH")) {
      options.flush = false;
    } else if (IsWord(word, "NOSAVE")) {
      options.save = false;
    } else {
      return ctx.reply().Error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    }
  }
  if (auto done = ctx.services().persistence->Reload(options); !done) return ctx.reply().Error(done.error().text());
  ctx.reply().Ok();
}

void DebugSetSkipChecksumValidation(Context& ctx) {
  ctx.services().persistence->set_skips_checksums(std::atoi(std::string(ctx.arg(2)).c_str()) != 0);
  ctx.reply().Ok();
}

}  // namespace keyway::commands
