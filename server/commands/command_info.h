// How COMMAND INFO and COMMAND DOCS show a command: the fields, their order and their shapes in RESP2 and RESP3.
#pragma once

#include "server/command/spec.h"
#include "server/resp/reply_writer.h"

namespace keyway::commands {

// The ten fields of COMMAND and COMMAND INFO, subcommands included; null for no command. [any]
void WriteCommandInfo(resp::ReplyWriter& reply, const command::CommandSpec* spec);

// The value behind a command's name in COMMAND DOCS: a map, subcommands included. [any]
void WriteCommandDocs(resp::ReplyWriter& reply, const command::CommandSpec& spec);

// The flags of one key as COMMAND GETKEYSANDFLAGS shows them. [any]
void WriteKeyFlags(resp::ReplyWriter& reply, command::KeyFlags flags);

}  // namespace keyway::commands
