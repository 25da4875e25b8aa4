// SAVE, BGSAVE and LASTSAVE.
#include "server/command/persistence.h"

#include "server/command/args.h"
#include "server/commands/families.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using command::Persistence;

constexpr std::string_view kAlreadySaving = "ERR Background save already in progress";

void Save(Context& ctx) {
  Persistence& persistence = *ctx.services().persistence;
  if (persistence.save_in_progress()) return ctx.reply().Error(kAlreadySaving);
  if (!persistence.Save()) return ctx.reply().Error("ERR");
  ctx.reply().Ok();
}

void BgSave(Context& ctx) {
  const bool schedule = ctx.argc() == 2 && IsWord(ctx.arg(1), "SCHEDULE");
  if (ctx.argc() > 1 && !schedule) return ctx.reply().Error(command::errors::kSyntax);
  Persistence& persistence = *ctx.services().persistence;
  if (persistence.save_in_progress()) return ctx.reply().Error(kAlreadySaving);
  // A transaction is not split by a fork: the save follows it.
  const bool in_transaction = ctx.client().Has(command::kClientMulti);
  if (persistence.child_in_progress() || in_transaction) {
    if (!schedule && !in_transaction) {
      return ctx.reply().Error(
          "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to "
          "schedule "
          "a BGSAVE whenever possible.");
    }
    persistence.ScheduleSave();
    return ctx.reply().Simple("Background saving scheduled");
  }
  if (!persistence.SaveInBackground({})) return ctx.reply().Error("ERR");
  ctx.reply().Simple("Background saving started");
}

void LastSave(Context& ctx) { ctx.reply().Integer(ctx.services().persistence->last_save_time()); }

constexpr command::HandlerBinding kHandlers[] = {{"bgsave", BgSave}, {"lastsave", LastSave}, {"save", Save}};

}  // namespace

std::span<const command::HandlerBinding> PersistenceHandlers() { return kHandlers; }

}  // namespace keyway::commands
