#include "server/app/proc_title.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace keyway::app {
namespace {

// The memory that ps shows: the arguments and, behind them, the environment. It belongs to the process as a whole.
struct TitleRoom {
  char* begin = nullptr;
  size_t size = 0;
};
TitleRoom g_room;

}  // namespace

void PrepareProcTitle(int argc, char** argv) {
  char* begin = argv[0];
  char* end = begin + std::strlen(begin) + 1;
  for (int i = 1; i < argc && argv[i] == end; ++i) end += std::strlen(argv[i]) + 1;
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
    if (*variable == end) end += std::strlen(*variable) + 1;
  }
  if (clearenv() != 0) return;
  for (const std::string& variable : variables) {
    size_t equals = variable.find('=');
    if (equals != std::string::npos && equals > 0) {
      setenv(variable.substr(0, equals).c_str(), variable.c_str() + equals + 1, 1);
    }
  }
  g_room = {begin, static_cast<size_t>(end - begin)};
}

void SetProcTitle(std::string_view title) {
  if (g_room.begin == nullptr) return;
  size_t size = std::min(title.size(), g_room.size - 1);
  std::memcpy(g_room.begin, title.data(), size);
  std::memset(g_room.begin + size, 0, g_room.size - size);
}

std::string RenderProcTitle(const config::Config& config, std::string_view program, std::string_view role) {
  const config::Settings& settings = config.settings();
  const int64_t port = settings.port != 0 ? settings.port : settings.tls_port;
  std::string host = settings.bind.empty() ? "*" : settings.bind.front();
  if (host.starts_with('-')) host.erase(0, 1);
  const std::pair<std::string_view, std::string> values[] = {
      {"{title}", std::string(program)},
      {"{listen-addr}", port != 0 ? fmt::format("{}:{}", host, port) : settings.unixsocket},
      {"{server-mode}", std::string(role)},
      {"{port}", std::to_string(settings.port)},
      {"{tls-port}", std::to_string(settings.tls_port)},
      {"{unixsocket}", settings.unixsocket},
      {"{config-file}", config.file()},
  };
  std::string title = settings.proc_title_template;
  for (const auto& [name, value] : values) {
    for (size_t at = title.find(name); at != std::string::npos; at = title.find(name, at + value.size())) {
      title.replace(at, name.size(), value);
    }
  }
  while (title.ends_with(' ')) title.pop_back();
  return title;
}

}  // namespace keyway::app
