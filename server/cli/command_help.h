// Help about commands, and what the Tab key completes, from the server's own COMMAND DOCS.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/cli/connection.h"
#include "server/resp/reply_reader.h"

namespace keyway::cli {

class CommandHelp {
 public:
  // Reads the reply of COMMAND DOCS, of RESP2 (lists of pairs) or RESP3 (maps). What it does not understand it leaves out.
  // False when it is no such reply.
  bool Load(const resp::Reply& docs);
  bool loaded() const { return !entries_.empty(); }

  // The answer to "help", "help @group", "help command [subcommand]". `colours`: for a terminal.
  std::string Text(const Arguments& topic, bool colours) const;
  // All lines that `line` may become, sorted: names of commands, and of groups behind "help ".
  std::vector<std::string> Completions(std::string_view line) const;

  static std::string Overview();

 private:
  struct Entry {
    std::string name;  // "CONFIG GET"
    std::string parameters, summary, since, group;
  };

  void AddCommand(std::string name, const resp::Reply& doc);

  std::vector<Entry> entries_;       // sorted by name
  std::vector<std::string> groups_;  // "@string", sorted
};

}  // namespace keyway::cli
