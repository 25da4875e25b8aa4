// What --help and --version print.
#include <fmt/core.h>

#include "server/base/version.h"
#include "server/benchmark/options.h"
#include "server/client/endpoint.h"

namespace keyway::benchmark {
namespace {

constexpr char kHelp[] = R"(
Usage: keyway-benchmark [OPTIONS] [command [argument ...]]

Server:
  -h HOST               host name or address (127.0.0.1)
  -p PORT               port (6379)
  -s SOCKET             path of a unix socket, or any address that the transport understands; overrides -h and -p
  -u URI                redis://user:password@host:port/db, rediss:// for TLS, unix:///path?db=N
  -a PASSWORD           password
  --user NAME           user of that password
  --dbnum DB            database (0)
  -3                    speak RESP3
  --cluster             spread the load over the primaries of a cluster; the key of a command of your own has to hold {tag}

)";

constexpr char kHelpRest[] = R"(Load:
  -c CLIENTS            connections at the same time (50)
  -n REQUESTS           requests of each test (100000)
  -P N                  requests in one send (1)
  -d BYTES              size of the values (3)
  -r N                  random keys, members and scores: __rand_int__ becomes a number of twelve digits below N, another
                        one in each request; without -r it stays as it is, so all requests use the same key
  -k 0|1                1: keep the connections, 0: a new one for each send (1)
  --rate N              N requests a second in all, sent by the clock; latencies count from when a request was due
  --threads N           threads, each with its share of the connections
  --enable-tracking     CLIENT TRACKING ON first
  -I                    only open the connections, and wait
  -l                    again and again, until Ctrl-C

What:
  -t TEST,TEST,...      of the tests below only these; ignored when there is a command
  -x                    the last argument of the command is read from standard input

  ping (ping_inline, ping_mbulk), set, get, incr, lpush, rpush, lpop, rpop, sadd, hset, spop, zadd, zpopmin,
  lrange (lrange_100, lrange_300, lrange_500, lrange_600), mset

Output:
  -q                    one line a test
  --csv, --json         as comma-separated values; a JSON object a line and test
  --precision N         decimal digits of latencies, 0 to 4 (3)

  --help, --version

  keyway-benchmark -t set,get -n 1000000 -r 1000000 -P 16
  keyway-benchmark --tls --cacert ca.crt --tls-backend wolfssl -q
  keyway-benchmark -t get --rate 20000 -n 600000
  keyway-benchmark -r 10000 lpush mylist __rand_int__
)";

}  // namespace

std::string VersionText() { return fmt::format("keyway-benchmark {}", kKeywayVersion); }

std::string HelpText() { return VersionText() + "\n" + kHelp + client::kTransportHelp + kHelpRest; }

}  // namespace keyway::benchmark
