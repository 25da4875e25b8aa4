// What --help and --version print.
#include <fmt/core.h>

#include "server/base/version.h"
#include "server/cli/options.h"
#include "server/client/endpoint.h"

namespace keyway::cli {
namespace {

constexpr char kHelp[] = R"(
Usage: keyway-cli [OPTIONS] [command [argument ...]]

Server:
  -h HOST               host name or address (127.0.0.1)
  -p PORT               port (6379)
  -s SOCKET             path of a unix socket, or any address that the transport understands; overrides -h and -p
  -u URI                redis://user:password@host:port/db, rediss:// for TLS, unix:///path?db=N
  -t SECONDS            give up connecting after this time (two minutes)
  -c                    follow MOVED and ASK redirections of a cluster

)";

constexpr char kHelpRest[] = R"(Login:
  -a, --pass PASSWORD   password; KEYWAYCLI_AUTH or REDISCLI_AUTH in the environment are safer
  --user NAME           user of that password
  --askpass             ask for the password
  --no-auth-warning     no warning about a password on the command line
  -n DB                 database
  -2, -3                speak RESP2, RESP3

Input:
  -x                    the last argument is read from standard input
  -X TAG                the argument that reads TAG is replaced by standard input
  --quoted-input        arguments are quoted as at the prompt
  -r N                  run the command N times (negative: for ever)
  -i SECONDS            wait between the runs; also for --scan, --stat, --bigkeys, --memkeys, --hotkeys, --latency
  --eval FILE           run a Lua script: keyway-cli --eval FILE key ... , argument ...
  --pipe                send standard input to the server as it is
  --pipe-timeout N      --pipe: give up when no reply came for N seconds (30; 0: never)

Output:
  --raw, --no-raw       plain replies (default when the output is no terminal); replies with their types
  --csv, --json         as comma-separated values, as JSON (over RESP3 unless -2)
  --quoted-json         JSON with all bytes beyond ASCII escaped
  -d DELIMITER          between the elements of a raw reply (\n)
  -D DELIMITER          behind each raw reply (\n)
  -e                    exit with 1 when the server answers with an error
  --show-pushes yes|no  print push messages of RESP3 (default: yes on a terminal)
  --verbose             say on standard error how the connection was made

Reports:
  --scan                list the keys
  --pattern GLOB, --quoted-pattern GLOB, --type TYPE, --count N
                        --scan and the reports on keys: which keys, and how many at a time
  --bigkeys             the biggest keys of each type
  --memkeys             the keys that take the most memory
  --memkeys-samples N   the same; elements that are looked at in each key
  --hotkeys             the keys used most (maxmemory-policy must be an LFU one)
  --stat                a line of figures about the server each second
  --latency             how long the server takes to answer; --latency-history starts anew every 15 s
  --latency-dist        the same as a spectrum of colours (--mono: of greys)
  --intrinsic-latency N how long this machine keeps a running program waiting, measured for N seconds

  --help, --version

Without a command, keyway-cli reads commands from standard input, one a line; at a terminal it shows a prompt, where
"help" tells about the commands.

  keyway-cli set greeting hello
  keyway-cli --tls --cacert ca.crt --tls-backend wolfssl ping
  keyway-cli --transport tls-openssl+unix -s /run/keyway.sock --cacert ca.crt
  keyway-cli -x set logo < logo.png
  keyway-cli --scan --pattern 'user:*'
)";

}  // namespace

std::string VersionText() { return fmt::format("keyway-cli {}", kKeywayVersion); }

std::string HelpText() { return VersionText() + "\n" + kHelp + client::kTransportHelp + kHelpRest; }

}  // namespace keyway::cli
