"""The slow log, the latency monitor and the histograms of commands, as an operator meets them."""
import os
import signal

from harness.case import ServerCase, SharedServerCase, keyway_only
from harness.resp import Verbatim

try:
    import redis
except ImportError:
    redis = None


class MonitoringTest(SharedServerCase):
    CONFIG = {"tls-auth-clients": "optional", "enable-debug-command": "yes"}

    def setUp(self):
        super().setUp()
        for name, value in (("slowlog-log-slower-than", 100_000), ("slowlog-max-len", 128), ("latency-monitor-threshold", 0), ("latency-tracking", "yes")):
            self.c("CONFIG", "SET", name, value)
        for command in (["SLOWLOG", "RESET"], ["LATENCY", "RESET"], ["CONFIG", "RESETSTAT"]):
            self.c(*command)

    def test_who_was_slow(self):
        slow = self.client()
        slow("CLIENT", "SETNAME", "slow-one")
        address = slow.client_fields()["addr"]
        slow("DEBUG", "SLEEP", "0.11")
        slow("PING")
        self.assertEqual(self.c("SLOWLOG", "LEN"), 1)
        (number, time_s, us, words, peer, name), = self.c("SLOWLOG", "GET")
        self.assertEqual((words, peer, name), (["DEBUG", "SLEEP", "0.11"], address, "slow-one"))
        self.assertTrue(110_000 <= us < 5_000_000, us)
        self.assertLessEqual(abs(time_s - int(self.c("TIME")[0])), 5)

    def test_a_whole_pipeline_is_logged(self):
        self.c("CONFIG", "SET", "slowlog-log-slower-than", 0)
        self.c.pipeline([["SET", "k", i] for i in range(300)])
        self.c("CONFIG", "SET", "slowlog-log-slower-than", -1)
        self.assertEqual(self.c("SLOWLOG", "LEN"), 128)
        self.assertEqual([entry[3] for entry in self.c("SLOWLOG", "GET", 3)],
                         [["SET", "k", str(i)] for i in (299, 298, 297)])

    def test_no_secret_is_kept(self):
        self.c("CONFIG", "SET", "slowlog-log-slower-than", 0)
        self.c("CONFIG", "SET", "masterauth", "hidden-word")
        self.c.send("AUTH", "hidden-word")
        self.c.read_any()
        self.c("CONFIG", "SET", "slowlog-log-slower-than", -1)
        self.assertNotIn("hidden-word", repr(self.c("SLOWLOG", "GET", -1)))
        self.assertIn("(redacted)", repr(self.c("SLOWLOG", "GET", -1)))
        self.c("CONFIG", "SET", "masterauth", "")

    def test_latency_of_commands_and_forks(self):
        self.c("CONFIG", "SET", "latency-monitor-threshold", 50)
        self.c("DEBUG", "SLEEP", "0.06")
        (event, time_s, last, worst), = self.c("LATENCY", "LATEST")
        self.assertEqual(event, "command")
        self.assertTrue(60 <= last <= worst < 5000)
        self.assertEqual(self.c("LATENCY", "HISTORY", "command"), [[time_s, last]])
        self.assertIn("command - high", self.c("LATENCY", "GRAPH", "command"))
        self.assertIn("1. command: 1 latency spikes", self.c("LATENCY", "DOCTOR"))
        with self.server.client(protocol=3) as resp3:
            self.assertIsInstance(resp3("LATENCY", "DOCTOR"), Verbatim)
        self.assertEqual(self.c("LATENCY", "RESET", "Command", "nosuch"), 1)
        self.assertEqual(self.c("LATENCY", "LATEST"), [])

    def test_a_cycle_of_expiry(self):
        self.c("CONFIG", "SET", "latency-monitor-threshold", 1)
        self.c("DEBUG", "SET-ACTIVE-EXPIRE", 0)
        self.c.pipeline([["SET", f"k{i}", "v", "PX", 1] for i in range(60_000)])
        self.c("LATENCY", "RESET")
        self.c("DEBUG", "SET-ACTIVE-EXPIRE", 1)
        self.eventually(lambda: self.c("DBSIZE") == 0, "the keys stay")
        self.assertIn("expire-cycle", [event[0] for event in self.c("LATENCY", "LATEST")])

    def test_histograms(self):
        for i in range(10):
            self.c("SET", "k", i)
        self.c("CLIENT", "ID")
        with self.server.client(protocol=3) as resp3:
            shown = resp3("LATENCY", "HISTOGRAM", "set", "client", "nosuch")
        self.assertEqual(shown["set"]["calls"], 10)
        self.assertEqual(max(shown["set"]["histogram_usec"].values()), 10)
        self.assertEqual(shown["client|id"]["calls"], 1)
        lines = self.c.info("latencystats")
        self.assertRegex(lines["latency_percentiles_usec_set"], r"^p50=\d+\.\d{3},p99=\d+\.\d{3},p99\.9=\d+\.\d{3}$")
        self.c("CONFIG", "SET", "latency-tracking-info-percentiles", "0 100")
        self.assertRegex(self.c.info("latencystats")["latency_percentiles_usec_set"], r"^p0=[\d.]+,p100=[\d.]+$")
        self.assert_error_of("CONFIG", "SET", "latency-tracking-info-percentiles", "nan")
        self.c("CONFIG", "SET", "latency-tracking-info-percentiles", "50 99 99.9")
        self.c("CONFIG", "SET", "latency-tracking", "no")
        self.assertEqual(self.c.info("latencystats"), {})

    def assert_error_of(self, *command):
        self.assertRegex(self.c.error(*command), "^ERR CONFIG SET failed")

    def test_python_redis(self):
        if redis is None:
            self.skipTest("the Python module redis is missing (package python3-redis)")
        host, port = self.server.client_address()
        kw = {}
        if self.options.backend:
            certs = self.options.certs
            kw = {"ssl": True, "ssl_ca_certs": str(certs.ca), "ssl_check_hostname": False, "ssl_certfile": str(certs.client.cert), "ssl_keyfile": str(certs.client.key)}
        client = redis.Redis(host=host, port=port, **kw)
        self.addCleanup(client.close)
        client.config_set("slowlog-log-slower-than", 0)
        client.get("k")
        client.config_set("slowlog-log-slower-than", -1)
        commands = [entry["command"] for entry in client.slowlog_get()]
        self.assertIn(b"GET k", commands)
        self.assertEqual(client.slowlog_len(), len(commands))
        self.assertTrue(client.slowlog_reset())


class SnapshotLatencyTest(ServerCase):
    @keyway_only
    def test_a_killed_child(self):
        """Its temporary file is removed, however little time that takes."""
        server = self.start({"latency-monitor-threshold": "1", "rdb-key-save-delay": "10000000"})
        client = self.client_of(server)
        client("SET", "k", "v")
        client("BGSAVE")
        self.eventually(lambda: list(server.folder.glob("temp-*.rdb")), "no child writes")
        os.kill(int(next(server.folder.glob("temp-*.rdb")).stem.split("-")[1]), signal.SIGKILL)
        self.eventually(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", "the child lives")
        self.assertEqual(list(server.folder.glob("temp-*.rdb")), [])
        self.assertLessEqual({event[0] for event in client("LATENCY", "LATEST")}, {"fork", "rdb-unlink-temp-file", "command", "fast-command"})
