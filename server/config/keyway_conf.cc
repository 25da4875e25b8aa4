#include "server/config/keyway_conf.h"

#include <fmt/core.h>

#include <algorithm>

#include "server/config/kinds.h"
#include "server/config/option.h"

namespace keyway::config {
namespace {

constexpr size_t kLineWidth = 100;

struct Chapter {
  Section section;
  const char* title;
};

constexpr Chapter kChapters[] = {
    {Section::kGeneral, "General"},
    {Section::kNetwork, "Network"},
    {Section::kTransports, "Transports"},
    {Section::kTls, "TLS"},
    {Section::kThreads, "Threads and the event loop"},
    {Section::kLog, "Log and diagnosis"},
    {Section::kSecurity, "Security"},
    {Section::kClients, "Clients"},
    {Section::kMemory, "Memory"},
    {Section::kKeyspace, "Keyspace"},
    {Section::kDataTypes, "Compact encodings"},
    {Section::kPersistence, "Persistence and shutdown"},
    {Section::kReplication, "Replication"},
    {Section::kCluster, "Cluster"},
};

constexpr std::string_view kPreamble =
    "# Configuration of keyway-server. Every line below is commented out and shows the default.\n"
    "#\n"
    "#   keyway-server /path/to/keyway.conf --port 7000\n"
    "#\n"
    "# A line is an option and its value. Words with blanks stand in double quotes (with \\n, \\x41 and\n"
    "# the like) or single quotes. Names are read in any case. The last line of an option wins, except\n"
    "# where several lines add up. Sizes take a unit: 1k is 1000 bytes and 1kb is 1024; m, mb, g and gb\n"
    "# likewise. Arguments --option value behind the file override it, and \"-\" reads further lines from\n"
    "# standard input. CONFIG SET changes most options while the server runs; those marked \"at start\n"
    "# only\" need a restart. CONFIG REWRITE writes the present values back into the file.\n"
    "#\n"
    "# Lines that are no options:\n"
    "#\n"
    "#   include FILE             reads another file here; wildcards may match nothing\n"
    "#   rename-command OLD NEW   gives a command another name, or removes it when NEW is \"\"\n"
    "#   user NAME RULE...        defines a user of the access control list\n"
    "#   TRANSPORT.SETTING VALUE  a setting that only this transport plug-in knows\n"
    "#\n"
    "# Redis modules are not supported: a loadmodule line stops the start.\n";

void AppendWrapped(std::string_view text, std::string& out) {
  size_t column = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (column == 0 || column + 1 + end > kLineWidth) {
      out += column == 0 ? "# " : "\n# ";
      column = 2;
    } else {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out += '\n';
}

// The lines that would set the default; an option that is not set by default shows an empty value.
void AppendDefault(const Option& option, std::string& out) {
  const auto lines = option.kind->Rewrite(DefaultSettings(), DefaultSettings());
  if (lines.empty()) {
    out += option.kind->Describe() == "text" ? fmt::format("# {} \"\"\n", option.name)
                                             : fmt::format("# {} ...\n", option.name);
    return;
  }
  if (option.name == "dir") {
    out += "# dir ./\n";
    return;
  }
  for (const RewriteLine& line : lines) out += fmt::format("# {} {}\n", option.name, line.value);
}

void AppendOption(const Option& option, std::string& out) {
  out += '\n';
  AppendWrapped(option.help, out);
  std::string values = "Values: " + option.kind->Describe();
  if (option.Is(kImmutable)) values += "; at start only";
  if (option.Is(kProtected)) values += "; see enable-protected-configs";
  AppendWrapped(values + ".", out);
  if (!option.alias.empty()) AppendWrapped(fmt::format("Also called {}.", option.alias), out);
  AppendDefault(option, out);
}

void AppendTable(bool no_effect, std::string& out) {
  for (const Option& option : Options()) {
    if (option.waits_for.empty() || (option.waits_for == kNoEffect) != no_effect) continue;
    const std::string alias = option.alias.empty() ? "" : fmt::format(" (`{}`)", option.alias);
    if (no_effect) {
      out += fmt::format("| `{}`{} |\n", option.name, alias);
    } else {
      out += fmt::format("| `{}`{} | {} |\n", option.name, alias, option.waits_for);
    }
  }
}

}  // namespace

std::string KeywayConf() {
  std::string out(kPreamble);
  for (const Chapter& chapter : kChapters) {
    out += fmt::format("\n{:#<{}}\n# {}\n{:#<{}}\n", "", kLineWidth, chapter.title, "", kLineWidth);
    for (const Option& option : Options()) {
      if (option.section == chapter.section && !option.Is(kHidden)) AppendOption(option, out);
    }
  }
  return out;
}

std::string CompatTable() {
  std::string out = "| option | waits for |\n|---|---|\n";
  AppendTable(false, out);
  out += "\nAccepted, shown and rewritten, but without effect by design:\n\n| option |\n|---|\n";
  AppendTable(true, out);
  return out;
}

}  // namespace keyway::config
