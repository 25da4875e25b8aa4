// HELP of the containers. What it says is made from the rows: how each subcommand is written and what it is for, for the
// subcommands that this server offers.
//
//   CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
//   CACHING (YES|NO)
//       Say whether the keys of the next command are to be tracked, in OPTIN or OPTOUT mode.
//   …
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/command/spec.h"

namespace keyway::command {
class Context;
}

namespace keyway::commands {

// Handler of every HELP subcommand; for CommandTable::Builder::BindHelp. [exec]
void ContainerHelp(command::Context& ctx);

// The same form of reply for a command whose subcommands have no rows (DEBUG): how each is written, and what for.
struct HelpEntry {
  std::string_view syntax;
  std::string_view meaning;
};
void ReplyHelp(command::Context& ctx, std::span<const HelpEntry> entries);

// The lines of a container's HELP. [any]
std::vector<std::string> HelpLines(const command::CommandSpec& container);

// How arguments are written: "<key> [EX <seconds>|PX <milliseconds>] [GET <pattern> [GET <pattern> ...]]". [any]
std::string ArgumentSyntax(std::span<const command::Argument> arguments);

}  // namespace keyway::commands
