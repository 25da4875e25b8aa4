"""INFO: sections, fields that tools read, and its format."""
import re

from harness.case import SharedServerCase, keyway_only


class InfoTest(SharedServerCase):
    def test_every_line_has_the_form(self):
        for line in self.c("INFO", "everything").split("\r\n"):
            self.assertRegex(line, r"^$|^# |^[^#:]+:")

    def sections(self, *names):
        return re.findall(r"(?m)^# (\w+)", self.c("INFO", *names))

    def test_sections(self):
        wanted = ["Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Errorstats", "Cluster", "Keyspace"]
        self.assertEqual([name for name in self.sections() if name in wanted], wanted)
        self.assertEqual(self.sections("server"), ["Server"])
        self.assertEqual(self.sections("CPU", "server"), ["Server", "CPU"] if self.sections("CPU", "server")[0] == "Server" else ["CPU", "Server"])
        self.assertIn("Commandstats", self.sections("all"))
        self.assertNotIn("Commandstats", self.sections("default"))
        self.assertEqual(self.c("INFO", "nosuch"), "")

    def test_fields_that_exporters_read(self):
        self.c("SET", "k", "v")
        info = self.c.info()
        for name in ("redis_version", "redis_mode", "os", "arch_bits", "process_id", "run_id", "tcp_port", "uptime_in_seconds", "config_file", "connected_clients",
                     "maxclients", "blocked_clients", "used_memory", "used_memory_human", "used_memory_rss", "used_memory_peak", "maxmemory", "maxmemory_policy",
                     "mem_fragmentation_ratio", "mem_allocator", "mem_not_counted_for_evict", "loading", "async_loading", "rdb_changes_since_last_save",
                     "rdb_last_save_time", "aof_enabled", "current_fork_perc", "total_connections_received", "total_commands_processed",
                     "instantaneous_ops_per_sec", "total_net_input_bytes", "total_net_output_bytes", "rejected_connections", "expired_keys", "evicted_keys",
                     "keyspace_hits", "keyspace_misses", "pubsub_channels", "total_error_replies", "unexpected_error_replies", "migrate_cached_sockets", "role",
                     "connected_slaves", "master_replid", "master_repl_offset", "used_cpu_sys", "used_cpu_user", "cluster_enabled", "db0"):
            self.assertIn(name, info)
        self.assertEqual(info["role"], "master")
        self.assertEqual(int(info["process_id"]), self.server.process.pid)
        self.assertEqual(int(info["tcp_port"]), self.server.port)
        self.assertRegex(info["run_id"], "^[0-9a-f]{40}$")

    def test_counters_count(self):
        before = self.c.info("stats")
        self.c.pipeline([("GET", "none")] * 10 + [("SET", "k", "v")] + [("GET", "k")] * 20)
        after = self.c.info("stats")
        grown = {name: int(after[name]) - int(before[name]) for name in ("keyspace_hits", "keyspace_misses", "total_commands_processed")}
        self.assertEqual((grown["keyspace_hits"], grown["keyspace_misses"]), (20, 10))
        self.assertEqual(grown["total_commands_processed"], 32)
        self.assertGreater(int(after["total_net_input_bytes"]), int(before["total_net_input_bytes"]))

    def test_connections_count(self):
        before = int(self.c.info("stats")["total_connections_received"])
        for _ in range(5):
            self.client()("PING")
        self.assertEqual(int(self.c.info("stats")["total_connections_received"]), before + 5)

    def test_commandstats_and_errorstats(self):
        self.c("CONFIG", "RESETSTAT")
        self.c.pipeline([("SET", "k", "x")] * 3 + [("INCR", "k")] + [("GET",)] + [("AUTH", "a", "b", "c")])
        stats = self.c.info("commandstats")
        self.assertRegex(stats["cmdstat_set"], r"^calls=3,usec=\d+,usec_per_call=\d+\.\d+,rejected_calls=0,failed_calls=0$")
        self.assertRegex(stats["cmdstat_incr"], "failed_calls=1$")
        self.assertRegex(stats["cmdstat_get"], "rejected_calls=1,failed_calls=0$")
        self.assertEqual(self.c.info("errorstats")["errorstat_ERR"], "count=3")

    def test_used_memory_follows_the_data(self):
        before = int(self.c.info("memory")["used_memory"])
        self.c("SET", "big", "x" * 20_000_000)
        self.assertGreater(int(self.c.info("memory")["used_memory"]), before + 19_000_000)
        self.c("DEL", "big")
        self.eventually(lambda: int(self.c.info("memory")["used_memory"]) < before + 5_000_000, "used_memory does not fall")

    @keyway_only
    def test_transports(self):
        text = self.c("INFO", "transports")
        self.assertTrue(text.startswith("# Transports\r\n"), text)
        self.assertIn("tcp", text)
        if self.options.backend:
            self.assertIn(f"tls-{self.options.backend}", text)

    @keyway_only
    def test_keyway_names_itself(self):
        info = self.c.info("server")
        self.assertEqual(info["server_name"], "keyway")
        self.assertRegex(info["keyway_version"], r"^\d+\.\d+\.\d+")
