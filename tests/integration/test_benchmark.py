"""keyway-benchmark: over every transport, with the options, the output and the exit status of redis-benchmark."""
import csv
import io
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from harness.case import ServerCase, SharedServerCase
from harness.server import free_port


class BenchmarkCase(ServerCase):
    def setUp(self):
        if self.options.benchmark is None or not pathlib.Path(self.options.benchmark).exists():
            self.skipTest("no keyway-benchmark was named with --benchmark")
        super().setUp()

    def command(self, server, *arguments, with_certificate=True):
        place = server.tool_arguments(with_certificate=with_certificate)
        if self.options.backend:
            place += ["--tls-backend", self.options.backend]
        return [self.options.benchmark, *place, *map(str, arguments)]

    def bench(self, server, *arguments, status=0, text=None, **kw):
        """What it printed; standard error as well when it failed."""
        done = subprocess.run(self.command(server, *arguments, **kw), input=text, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stdout + done.stderr

    def calls(self, client, name):
        found = re.search(rf"cmdstat_{name}:calls=(\d+)", client("INFO", "commandstats"))
        return int(found.group(1)) if found else 0


class KeywayBenchmarkTest(BenchmarkCase, SharedServerCase):
    CONFIG = {"tls-auth-clients": "optional"}

    def setUp(self):
        super().setUp()
        self.c("CONFIG", "RESETSTAT")

    def run_bench(self, *arguments, **kw):
        return self.bench(self.server, *arguments, **kw)

    def test_every_test_runs_as_often_as_asked(self):
        out = self.run_bench("-n", 120, "-c", 7, "-P", 9, "-q", "-r", 50)
        self.assertEqual(len(re.findall(r"^.+: \d+\.\d\d requests per second, p50=\d+\.\d{3} msec$", out, re.MULTILINE)), 20, out)
        for name, calls in (("ping", 240), ("set", 120), ("get", 120), ("incr", 120), ("lpush", 240), ("rpush", 120), ("lpop", 120), ("rpop", 120), ("sadd", 120),
                            ("hset", 120), ("spop", 120), ("zadd", 120), ("zpopmin", 120), ("lrange", 480), ("mset", 120)):
            self.assertEqual(self.calls(self.c, name), calls, name)

    def test_the_number_of_requests_is_exact(self):
        for pipeline, clients, threads in ((1, 50, 1), (16, 3, 0), (7, 10, 3), (1000, 2, 2)):
            self.c("CONFIG", "RESETSTAT")
            self.run_bench("-n", 1003, "-P", pipeline, "-c", clients, "--threads", threads, "-q", "incr", "counter")
            self.assertEqual(self.calls(self.c, "incr"), 1003, (pipeline, clients, threads))
        self.assertEqual(self.c("GET", "counter"), str(4 * 1003))

    def test_text_report(self):
        out = self.run_bench("-n", 500, "-t", "set", "-d", 100, "--threads", 2)
        for line in (r"====== SET ======", r"  500 requests completed in \d+\.\d\d seconds", r"  50 parallel clients", r"  100 bytes payload", r"  keep alive: 1",
                     r'  host configuration "save": .*', r'  host configuration "appendonly": no', r"  multi-thread: yes", r"  threads: 2",
                     r"Latency by percentile distribution:", r"50\.000% <= \d+\.\d{3} milliseconds \(cumulative count \d+\)",
                     r"100\.000% <= \d+\.\d{3} milliseconds \(cumulative count 500\)", r"Cumulative distribution of latencies:", r"Summary:",
                     r"  throughput summary: \d+\.\d\d requests per second", r"  latency summary \(msec\):", r" +avg +min +p50 +p95 +p99 +max"):
            self.assertRegex(out, rf"(?m)^{line}$")
        self.assertEqual(self.c("STRLEN", "key:__rand_int__"), 100)

    def test_csv(self):
        rows = list(csv.reader(io.StringIO(self.run_bench("-n", 200, "-t", "set,lrange_100", "--csv"))))
        self.assertEqual(rows[0], ["test", "rps", "avg_latency_ms", "min_latency_ms", "p50_latency_ms", "p95_latency_ms", "p99_latency_ms", "max_latency_ms"])
        self.assertEqual([row[0] for row in rows[1:]], ["SET", "LPUSH (needed to benchmark LRANGE)", "LRANGE_100 (first 100 elements)"])
        for row in rows[1:]:
            rps, _average, least, p50, p95, p99, most = map(float, row[1:])
            self.assertGreater(rps, 0)
            self.assertTrue(least <= p50 <= p95 <= p99 <= most, row)

    def test_json(self):
        lines = self.run_bench("-n", 200, "-c", 5, "-P", 2, "-t", "ping", "--json").splitlines()
        results = [json.loads(line) for line in lines]
        self.assertEqual([one["test"] for one in results], ["PING_INLINE", "PING_MBULK"])
        for one in results:
            self.assertEqual((one["requests"], one["clients"], one["pipeline"], one["rate"]), (200, 5, 2, None))
            latency = one["latency_ms"]
            self.assertTrue(latency["min"] <= latency["p50"] <= latency["p99"] <= latency["p99.9"] <= latency["max"], latency)
        quoted = json.loads(self.run_bench("-n", 1, "--json", "echo", 'a "b"\\ \n'))
        self.assertEqual(quoted["test"], 'echo a "b"\\ \n')

    def test_random_keys_stay_in_their_range(self):
        self.run_bench("-n", 3000, "-r", 40, "-t", "set", "-q", "-P", 8)
        keys = self.c("KEYS", "*")
        self.assertEqual(sorted(keys), [f"key:{i:012}" for i in range(40)])
        self.run_bench("-n", 2000, "-r", 20, "-q", "hset", "h:__rand_int__", "f:__rand_int__", "v")
        self.assertEqual(len(self.c("KEYS", "h:*")), 20)
        # Each mark has a number of its own.
        self.assertGreater(sum(self.c("HLEN", f"h:{i:012}") for i in range(20)), 100)

    def test_without_r_the_mark_stays(self):
        self.run_bench("-n", 100, "-t", "set", "-q")
        self.assertEqual(self.c("KEYS", "*"), ["key:__rand_int__"])

    def test_last_argument_from_standard_input(self):
        self.run_bench("-n", 10, "-q", "-x", "set", "k", text="from here\n")
        self.assertEqual(self.c("GET", "k"), "from here\n")

    def test_database_and_resp3(self):
        self.run_bench("-n", 1000, "--dbnum", 5, "-3", "-q", "-r", 10, "-t", "set,get")
        self.assertEqual(self.c("DBSIZE"), 0)
        self.c("SELECT", 5)
        self.assertEqual(self.c("DBSIZE"), 10)
        self.c("SELECT", 0)

    def test_a_connection_for_each_request(self):
        before = int(re.search(r"total_connections_received:(\d+)", self.c("INFO", "stats")).group(1))
        self.run_bench("-n", 60, "-c", 4, "-k", 0, "--dbnum", 2, "-q", "incr", "k")
        after = int(re.search(r"total_connections_received:(\d+)", self.c("INFO", "stats")).group(1))
        self.assertGreaterEqual(after - before, 60)
        self.assertEqual(self.calls(self.c, "incr"), 60)

    def test_big_values(self):
        self.run_bench("-n", 12, "-c", 3, "-d", 3_000_000, "-P", 2, "-r", 4, "-q", "-t", "set,get")
        self.assertEqual(self.c("STRLEN", self.c("KEYS", "*")[0]), 3_000_000)

    def test_precision(self):
        out = self.run_bench("-n", 300, "--precision", 0, "-t", "ping", "--csv")
        self.assertEqual(len(list(csv.reader(io.StringIO(out)))), 3)

    def test_rate_is_kept(self):
        began = time.monotonic()
        result = json.loads(self.run_bench("-n", 600, "--rate", 1000, "-c", 5, "--threads", 2, "--json", "incr", "k"))
        self.assertGreater(time.monotonic() - began, 0.5)
        self.assertEqual(self.calls(self.c, "incr"), 600)
        # A lower bound of the time it took: the last request was due then.
        self.assertGreater(result["seconds"], 0.55)
        self.assertLess(result["rps"], 1100)

    def test_rate_counts_the_wait_behind_a_stall(self):
        process = subprocess.Popen(self.command(self.server, "-n", 3000, "--rate", 1000, "-c", 3, "--json", "incr", "k"), stdout=subprocess.PIPE, text=True)
        self.eventually(lambda: self.c("GET", "k") is not None, "the load does not begin")
        self.c("CLIENT", "PAUSE", 1500, "WRITE")
        result = json.loads(process.communicate(timeout=120)[0])
        # While the server stands still, 1500 requests are due. A load that waits for its replies would have sent three.
        self.assertGreater(result["latency_ms"]["max"], 1000)
        self.assertGreater(result["latency_ms"]["p90"], 500)

    def test_progress_on_a_terminal_only(self):
        self.assertNotIn("rps=", self.run_bench("-n", 400, "--rate", 1000, "-q", "ping"))
        parent, child = pty.openpty()
        process = subprocess.Popen(self.command(self.server, "-n", 800, "--rate", 1000, "-q", "ping"), stdout=child, stderr=child)
        os.close(child)
        seen = b""
        try:
            while True:
                seen += os.read(parent, 4096)
        except OSError:  # its end
            pass
        os.close(parent)
        self.assertEqual(process.wait(60), 0)
        self.assertRegex(seen.decode(), r"ping: rps=\d+\.\d \(overall: \d+\.\d\) avg_msec=\d+\.\d{3} \(overall: \d+\.\d{3}\)\r")
        self.assertRegex(seen.decode(), r"ping: \d+\.\d\d requests per second")

    def test_idle_connections_wait(self):
        process = subprocess.Popen(self.command(self.server, "-I", "-c", 20), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            self.eventually(lambda: int(re.search(r"connected_clients:(\d+)", self.c("INFO", "clients")).group(1)) >= 21, "the connections do not come")
            self.assertIsNone(process.poll())
        finally:
            process.kill()
            process.communicate()

    def test_endless_loop(self):
        process = subprocess.Popen(self.command(self.server, "-l", "-n", 10, "-q", "incr", "k"), stdout=subprocess.DEVNULL)
        try:
            self.eventually(lambda: int(self.c("GET", "k") or 0) >= 100, "it does not go on")
        finally:
            process.kill()
            process.wait()

    # -- errors

    def test_error_replies_end_it(self):
        self.c("SET", "s", "text")
        out = self.run_bench("-n", 100, "-q", "incr", "s", status=1)
        self.assertIn("Error from server: ERR value is not an integer or out of range", out)
        self.assertNotIn("requests per second", out)
        self.assertIn("Error from server: ERR unknown command 'nosuch'", self.run_bench("-q", "nosuch", status=1))

    def test_options_that_make_no_sense(self):
        for arguments, message in ((["--nosuch"], 'Invalid option "--nosuch"'), (["-c"], 'Invalid option "-c"'), (["-c", "0"], "out of range for -c"),
                                   (["-n", "-5"], "out of range for -n"), (["-c", "99999999999999999999"], "Invalid number"), (["-p", "99999"], "Invalid server port"),
                                   (["--rate", "0"], "Invalid rate"), (["-d", "1000000000", "-P", "1000000"], "more than 2 GB"),
                                   (["-u", "http://x"], "URI"), (["--transport", "nosuch"], "nosuch")):
            out = self.run_bench(*arguments, status=1)
            self.assertIn(message, out)
            self.assertNotIn("requests per second", out)

    def test_unknown_tests_select_nothing(self):
        self.assertEqual(self.run_bench("-t", "nosuch", "-q").strip(), "")

    def test_wrong_ca(self):
        if not self.options.backend:
            self.skipTest("this run is not over TLS")
        command = [self.options.benchmark, "-p", str(self.server.tls_port), "--tls", "--tls-backend", self.options.backend, "--cacert", str(self.options.certs.other_ca), "-n", "5",
                   "-q", "ping"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "(?i)could not connect.*(certificate|verif|CA)")
        done = subprocess.run([*command[:-4], "--insecure", *command[-4:]], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_tls_against_a_plain_port(self):
        if self.options.backend:
            self.skipTest("the run over tcp does this")
        done = subprocess.run([self.options.benchmark, "-p", str(self.server.port), "--tls", "--insecure", "-n", "5", "-q", "ping"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Could not connect", done.stderr)


class TroubleTest(BenchmarkCase):
    def test_nobody_listens(self):
        done = subprocess.run([self.options.benchmark, "-p", str(free_port()), "-q"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Connection refused", done.stderr)

    def test_login(self):
        server = self.start({"requirepass": "right", "tls-auth-clients": "optional"})
        self.assertIn("NOAUTH", self.bench(server, "-n", 10, "-q", "ping", status=1))
        self.assertIn("WRONGPASS", self.bench(server, "-n", 10, "-q", "-a", "wrong", "ping", status=1))
        self.assertIn("requests per second", self.bench(server, "-n", 10, "-q", "-a", "right", "ping"))
        self.assertIn("requests per second", self.bench(server, "-n", 10, "-q", "-a", "right", "--user", "default", "ping"))

    def test_too_many_clients(self):
        server = self.start({"maxclients": 10, "tls-auth-clients": "optional"})
        self.assertRegex(self.bench(server, "-n", 100, "-c", 30, "-q", "ping", status=1), "Error|Could not connect")
        self.assertRegex(self.bench(server, "-I", "-c", 30, status=1), "Error|Could not connect")

    def test_the_server_goes_away(self):
        server = self.start({"tls-auth-clients": "optional"})
        process = subprocess.Popen(self.command(server, "-n", 100_000_000, "-q", "-r", 1000, "incr", "k:__rand_int__"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        client = self.client_of(server)
        self.eventually(lambda: client("DBSIZE") > 100, "the load does not begin")
        server.kill()
        out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn("Error: ", error)
        self.assertNotIn("requests per second", out)

    def test_unix_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            server = self.start({"unixsocket": folder + "/s"})
            done = subprocess.run([self.options.benchmark, "-s", folder + "/s", "-n", "100", "-q", "ping"], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("requests per second", done.stdout)
            server.finish()

    def test_no_server_but_something_else(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            process = subprocess.Popen([self.options.benchmark, "-p", str(listener.getsockname()[1]), "-n", "1", "-c", "1", "-q", "ping"], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            connection, _ = listener.accept()
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            _, error = process.communicate(timeout=60)
            connection.close()
        self.assertEqual(process.returncode, 1)
        self.assertRegex(error, "ERROR|Error|Could not")


class RedisServerTest(BenchmarkCase):
    """Against redis-server: a cluster of three primaries, and tracking."""

    NODES = 3

    def setUp(self):
        super().setUp()
        if self.options.backend:
            self.skipTest("the run over tcp does this")
        self.redis_server, self.redis_cli = self.need("redis-server", "redis-server"), self.need("redis-cli", "redis-tools")
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start_redis(self, *arguments):
        """The port of a redis-server of its own."""
        port = free_port()
        place = pathlib.Path(self.folder) / str(port)
        place.mkdir()
        process = subprocess.Popen([self.redis_server, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(place), "--save", "", *arguments], stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.send_signal, signal.SIGKILL)
        self.eventually(lambda: self.ask(port, "PING").strip() == "PONG", "redis-server does not start")
        return port

    def start_nodes(self):
        return [self.start_redis("--cluster-enabled", "yes", "--cluster-port", str(free_port()), "--cluster-require-full-coverage", "no") for _ in range(self.NODES)]

    def ask(self, port, *words):
        return subprocess.run([self.redis_cli, "-p", str(port), *map(str, words)], capture_output=True, text=True, timeout=60).stdout

    def test_the_load_is_spread_over_the_primaries(self):
        ports = self.start_nodes()
        subprocess.run([self.redis_cli, "--cluster", "create", *(f"127.0.0.1:{port}" for port in ports), "--cluster-yes"], check=True, capture_output=True, timeout=120)
        for port in ports:
            self.eventually(lambda: "cluster_state:ok" in self.ask(port, "CLUSTER", "INFO"), "the cluster does not come up")
        place = [self.options.benchmark, "-p", str(ports[0]), "--cluster"]
        done = subprocess.run([*place, "-n", "3000", "-r", "100", "-P", "4", "-q", "-t", "set,get,mset,lrange_100"], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("Cluster has 3 master nodes:", done.stdout)
        self.assertIn("SET: ", done.stdout)
        for port in ports:
            self.assertGreater(int(self.ask(port, "DBSIZE")), 90)
            self.assertGreater(int(re.search(r"cmdstat_set:calls=(\d+)", self.ask(port, "INFO", "commandstats")).group(1)), 20)
        report = subprocess.run([*place, "-n", "100", "set", "{tag}:k", "v"], capture_output=True, text=True, timeout=120).stdout
        self.assertIn("cluster mode: yes (3 masters)", report)
        self.assertIn("threads: 3", report)
        self.move_a_slot(ports, place)

    def gets(self, port):
        return int(re.search(r"cmdstat_get:calls=(\d+)", self.ask(port, "INFO", "commandstats")).group(1))

    def move_a_slot(self, ports, place):
        """A slot whose tag is in use goes to another node while the load runs: the load follows."""
        ids = [self.ask(port, "CLUSTER", "MYID").strip() for port in ports]
        slot = int(re.search(r"myself,master .* connected (\d+)", self.ask(ports[1], "CLUSTER", "NODES")).group(1))
        self.ask(ports[1], "FLUSHALL")  # an empty slot can change hands without a migration, and GET leaves it empty
        before = self.gets(ports[1])
        process = subprocess.Popen([*place, "-n", "6000", "--rate", "2000", "-q", "get", "{tag}:none"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.eventually(lambda: self.gets(ports[1]) > before, "the load does not begin")
        for port in ports:
            self.assertEqual(self.ask(port, "CLUSTER", "SETSLOT", slot, "NODE", ids[0]).strip(), "OK")
        out, error = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, out + error)
        self.assertIn("Cluster slots configuration changed", error)

    def test_tracking(self):
        port = self.start_redis()
        for protocol in ([], ["-3"]):
            done = subprocess.run([self.options.benchmark, "-p", str(port), "--enable-tracking", *protocol, "-r", "20", "-n", "2000", "-P", "4", "-c", "5", "-q", "-t", "set,get"],
                                  capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        stats = self.ask(port, "INFO", "commandstats")
        self.assertIn("cmdstat_client|tracking:calls=20,", stats)
        self.assertIn("cmdstat_get:calls=4000,", stats)

    def test_no_cluster(self):
        server = self.start()
        done = subprocess.run([self.options.benchmark, "-p", str(server.port), "--cluster", "-q"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Failed to fetch cluster configuration", done.stderr)
