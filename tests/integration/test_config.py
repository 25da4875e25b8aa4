"""CONFIG GET, SET, REWRITE and RESETSTAT on a running server."""
import os
import re

from harness.case import ServerCase, SharedServerCase, keyway_only


def as_dict(reply):
    return dict(zip(reply[::2], reply[1::2]))


class GetTest(SharedServerCase):
    def get(self, *patterns):
        return as_dict(self.c("CONFIG", "GET", *patterns))

    def test_patterns(self):
        self.assertEqual(self.get("port"), {"port": str(self.server.port)})
        self.assertEqual(self.get("nosuch"), {})
        several = self.get("maxm*", "timeout", "maxmemory")
        self.assertIn("maxmemory-policy", several)
        self.assertIn("timeout", several)
        self.assertEqual(list(self.get("TIMEOUT").values()), ["0"])
        self.assertGreater(len(self.get("*")), 150)

    def test_hidden_options_need_their_name(self):
        self.assertNotIn("key-load-delay", self.get("*"))
        self.assertEqual(self.get("key-load-delay"), {"key-load-delay": "0"})

    def test_aliases(self):
        self.assertEqual(self.get("slave-priority"), {"slave-priority": "100"})
        self.assertEqual(self.get("replica-priority"), {"replica-priority": "100"})

    def test_defaults(self):
        values = self.get("*")
        for name, value in (("databases", "16"), ("timeout", "0"), ("tcp-keepalive", "300"), ("maxmemory", "0"), ("maxmemory-policy", "noeviction"),
                            ("hz", "10"), ("maxclients", "10000"), ("tcp-backlog", "511"), ("loglevel", "notice"), ("io-threads", str(self.options.io_threads or 1)),
                            ("proto-max-bulk-len", str(512 << 20)), ("client-query-buffer-limit", str(1 << 30)), ("appendonly", "no"), ("lfu-log-factor", "10"),
                            ("tls-auth-clients", "yes"), ("tls-session-caching", "yes"), ("unixsocketperm", "0"), ("latency-monitor-threshold", "0")):
            self.assertEqual(values.get(name), value, name)
        self.assertEqual(values["client-output-buffer-limit"], "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60")

    def test_resp3_gives_a_map(self):
        self.c("HELLO", 3)
        self.assertEqual(self.c("CONFIG", "GET", "hz"), {"hz": "10"})


class SetTest(SharedServerCase):
    CONFIG = {"enable-protected-configs": "yes"}

    def setUp(self):
        super().setUp()
        self.before = as_dict(self.c("CONFIG", "GET", "*"))
        self.addCleanup(self.restore)

    def restore(self):
        with self.server.client() as client:
            now = as_dict(client("CONFIG", "GET", "*"))
            changed = {name: value for name, value in self.before.items() if now[name] != value}
            if changed:
                client("CONFIG", "SET", *[part for pair in changed.items() for part in pair])

    def test_one(self):
        self.assertEqual(self.c("CONFIG", "SET", "timeout", 321), "OK")
        self.assertEqual(self.c.config("timeout"), "321")

    def test_units(self):
        for text, value in (("1", 1), ("2k", 2000), ("3kb", 3072), ("1M", 1_000_000), ("1mb", 1 << 20), ("1Gb", 1 << 30), ("0", 0)):
            self.c("CONFIG", "SET", "maxmemory", text)
            self.assertEqual(self.c.config("maxmemory"), str(value), text)

    def test_several_at_once(self):
        self.assertEqual(self.c("CONFIG", "SET", "timeout", 5, "maxmemory-policy", "allkeys-lru", "hz", 20), "OK")
        self.assertEqual([self.c.config(name) for name in ("timeout", "maxmemory-policy", "hz")], ["5", "allkeys-lru", "20"])

    def refused(self, pattern, *pairs):
        """The whole CONFIG SET fails with this error and changes nothing."""
        before = self.c("CONFIG", "GET", "*")
        self.assertRegex(self.c.error("CONFIG", "SET", *pairs), pattern)
        self.assertEqual(self.c("CONFIG", "GET", "*"), before)
        self.assertEqual(self.client()("PING"), "PONG")

    def test_a_failed_set_changes_nothing(self):
        self.refused("^ERR CONFIG SET failed \\(possibly related to argument 'hz'\\) - argument couldn't be parsed into an integer", "timeout", 77, "hz", "x", "loglevel", "debug")
        self.refused(r"^ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'", "timeout", 77, "nosuch", 1)
        self.refused("^ERR CONFIG SET failed \\(possibly related to argument 'maxmemory-policy'\\) - argument\\(s\\) must be one of the following: ", "timeout", 77, "maxmemory-policy", "none")
        self.refused("^ERR CONFIG SET failed \\(possibly related to argument 'appendfsync'", "appendfsync", "sometimes", "timeout", 77)
        self.refused("^ERR CONFIG SET failed \\(possibly related to argument 'timeout'\\) - duplicate parameter", "timeout", 1, "timeout", 2)

    def test_a_port_that_is_taken_changes_nothing(self):
        other = self.server.tls_port or None
        import socket
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.refused("^ERR CONFIG SET failed \\(possibly related to argument 'port'\\) - Unable to listen on this port", "timeout", 99, "port", port)
        self.assertNotEqual(other, port)

    def test_wrong_number_of_arguments(self):
        self.refused("^ERR wrong number of arguments for 'config\\|set' command", "timeout")
        self.refused("^ERR syntax error$", "timeout", 1, "hz")

    def test_bad_values(self):
        for name, value, pattern in (
                ("timeout", "-1", "argument must be between 0 and 2147483647 inclusive"),
                ("maxmemory", "-5", "argument must be a memory (or percent )?value"),
                ("maxmemory", "10q", "argument must be a memory (or percent )?value"),
                ("appendonly", "maybe", "argument must be 'yes' or 'no'"),
                ("loglevel", "loud", "argument\\(s\\) must be one of the following: "),
                ("maxclients", "0", "argument must be between 1 and 4294967295 inclusive"),
                ("client-output-buffer-limit", "normal 1 2", ""),
                ("client-output-buffer-limit", "nobody 1 2 3", ""),
                ("notify-keyspace-events", "@", "Invalid event class character"),
                ("save", "60", "Invalid save parameters"),
                ("dir", "/no/such/folder", "No such file or directory"),
                ("tls-auth-clients", "perhaps", "argument\\(s\\) must be one of the following: ")):
            self.refused(f"^ERR CONFIG SET failed \\(possibly related to argument '{name}'\\) - .*{pattern}", name, value)

    def test_immutable_options(self):
        for name in ("databases", "daemonize", "unixsocket", "io-threads", "logfile", "pidfile", "cluster-enabled"):
            self.refused(f"^ERR CONFIG SET failed \\(possibly related to argument '{name}'\\) - can't set immutable config", name, self.c.config(name) or "x")

    def test_output_buffer_limit(self):
        self.c("CONFIG", "SET", "client-output-buffer-limit", "pubsub 10mb 2mb 30")
        self.assertEqual(self.c.config("client-output-buffer-limit"), "normal 0 0 0 slave 268435456 67108864 60 pubsub 10485760 2097152 30")
        self.c("CONFIG", "SET", "client-output-buffer-limit", "normal 1 2 3 replica 4 5 6")
        self.assertEqual(self.c.config("client-output-buffer-limit"), "normal 1 2 3 slave 4 5 6 pubsub 10485760 2097152 30")

    def test_event_flags_are_normalised(self):
        self.c("CONFIG", "SET", "notify-keyspace-events", "KEg$lshzxet")
        self.assertRegex(self.c.config("notify-keyspace-events"), "^(g\\$lszhxetKE|AKE|g\\$lshzxetKE)$")

    def test_every_visible_option_can_be_set_to_what_it_is(self):
        immutable = []
        for name, value in as_dict(self.c("CONFIG", "GET", "*")).items():
            self.c.send("CONFIG", "SET", name, value)
            reply = self.c.read_any()
            if reply != "OK":
                self.assertRegex(str(reply), "can't set (immutable|protected) config|disallowed", f"{name} {value!r}")
                immutable.append(name)
        self.assertLess(len(immutable), 60)

    def test_requirepass_keeps_old_connections(self):
        self.c("CONFIG", "SET", "requirepass", "x")
        try:
            self.assertEqual(self.c("PING"), "PONG")
        finally:
            self.c("CONFIG", "SET", "requirepass", "")

    @keyway_only
    def test_redis_compat_is_for_the_start_only(self):
        self.refused("^ERR CONFIG SET failed \\(possibly related to argument 'redis-compat'\\) - can't set immutable config", "redis-compat", "7.0")


class ProtectedTest(ServerCase):
    def test_protected_options_need_permission(self):
        client = self.client_of(self.start())
        self.assertEqual(client.error("CONFIG", "SET", "dir", "/tmp"), "ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config")
        self.assertEqual(client.error("CONFIG", "SET", "dbfilename", "x"),
                         "ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected config")

    def test_debug_needs_permission(self):
        client = self.client_of(self.start({"enable-debug-command": "no"}))
        self.assertRegex(client.error("DEBUG", "SLEEP", 0), "^ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\"")


class ResetStatTest(SharedServerCase):
    def test_resetstat(self):
        self.c.pipeline([("SET", "k", "v"), ("GET", "k"), ("GET", "none"), ("NOSUCH",)])
        stats = self.c.info("stats")
        self.assertGreater(int(stats["total_commands_processed"]), 2)
        self.assertGreater(int(stats["keyspace_hits"]), 0)
        self.assertIn("cmdstat_get", self.c.info("commandstats"))
        self.assertIn("errorstat_ERR", self.c.info("errorstats"))
        self.assertEqual(self.c("CONFIG", "RESETSTAT"), "OK")
        stats = self.c.info("stats")
        self.assertEqual((stats["keyspace_hits"], stats["keyspace_misses"]), ("0", "0"))
        self.assertLess(int(stats["total_commands_processed"]), 3)
        self.assertNotIn("cmdstat_get", self.c.info("commandstats"))
        self.assertNotIn("errorstat_ERR", self.c.info("errorstats"))


class RewriteTest(ServerCase):
    def test_comments_and_order_stay(self):
        server = self.new_server()
        server.config_text = "# first comment\n" + server.config_lines() + "\n# about the timeout\ntimeout 10\n\n# last comment\nhz 10\n"
        server.start()
        client = self.client_of(server)
        client("CONFIG", "SET", "timeout", 99, "maxmemory", "64mb", "hz", 50)
        self.assertEqual(client("CONFIG", "REWRITE"), "OK")
        text = server.config_file.read_text()
        self.assertTrue(text.startswith("# first comment\n"))
        self.assertIn("\n# about the timeout\ntimeout 99\n", text)
        self.assertIn("\n# last comment\nhz 50\n", text)
        self.assertIn("# Generated by CONFIG REWRITE", text)
        self.assertRegex(text, r"(?m)^maxmemory 64mb$")
        server.restart()
        client = self.client_of(server)
        self.assertEqual([client.config(name) for name in ("timeout", "maxmemory", "hz")], ["99", str(64 << 20), "50"])

    def test_rewriting_twice_changes_nothing_more(self):
        server = self.start()
        client = self.client_of(server)
        client("CONFIG", "SET", "timeout", 7)
        client("CONFIG", "REWRITE")
        first = server.config_file.read_text()
        client("CONFIG", "REWRITE")
        self.assertEqual(server.config_file.read_text().rstrip(), first.rstrip())

    def test_defaults_are_not_written(self):
        server = self.start()
        client = self.client_of(server)
        client("CONFIG", "REWRITE")
        self.assertNotRegex(server.config_file.read_text(), r"(?m)^(hz|maxmemory|databases) ")

    def test_values_with_blanks_are_quoted(self):
        server = self.start()
        client = self.client_of(server)
        client("CONFIG", "SET", "requirepass", 'pass "word" \\ with blanks')
        client("CONFIG", "REWRITE")
        server.restart()
        client = self.client_of(server)
        self.assertEqual(client("AUTH", 'pass "word" \\ with blanks'), "OK")

    def test_every_option_survives_a_forced_rewrite_and_a_restart(self):
        server = self.start()
        client = self.client_of(server)
        before = as_dict(client("CONFIG", "GET", "*"))
        client("DEBUG", "CONFIG-REWRITE-FORCE-ALL")
        server.restart()
        client = self.client_of(server)
        self.assertEqual(as_dict(client("CONFIG", "GET", "*")), before)

    def test_without_a_file(self):
        server = self.new_server()
        arguments = []
        for name, value in server.settings().items():
            arguments += [f"--{name}", str(value).strip('"')]
        server._spawn(arguments)
        server.wait_ready()
        client = self.client_of(server)
        self.assertEqual(client.error("CONFIG", "REWRITE"), "ERR The server is running without a config file")

    def test_a_file_that_cannot_be_written(self):
        server = self.start()
        client = self.client_of(server)
        os.rename(server.config_file, server.folder / "moved.conf")
        server.config_file.mkdir()
        self.assertRegex(client.error("CONFIG", "REWRITE"), "^ERR Rewriting config file: ")
        self.assertEqual(client("PING"), "PONG")

    def test_included_files_are_left_alone(self):
        server = self.new_server()
        included = server.folder / "more.conf"
        included.write_text("timeout 44\n")
        server.config_text = f"include {included}\n" + server.config_lines()
        server.start()
        client = self.client_of(server)
        self.assertEqual(client.config("timeout"), "44")
        client("CONFIG", "SET", "timeout", 45)
        client("CONFIG", "REWRITE")
        self.assertEqual(included.read_text(), "timeout 44\n")
        self.assertIn(f"include {included}", server.config_file.read_text())
        server.restart()
        self.assertEqual(self.client_of(server).config("timeout"), "45")


class LogFileTest(ServerCase):
    def test_log_survives_a_rename(self):
        server = self.start({"logfile": "keyway.log", "loglevel": "verbose"})
        client = self.client_of(server)
        path = server.folder / "keyway.log"
        self.assertTrue(path.exists())
        client("DEBUG", "LOG", "before the rename")
        self.eventually(lambda: "before the rename" in path.read_text(), "the log lacks a line")
        path.rename(server.folder / "keyway.log.1")
        client("DEBUG", "LOG", "after the rename")
        self.eventually(lambda: path.exists() and "after the rename" in path.read_text(), "no new log file was opened")
        self.assertNotIn("after the rename", (server.folder / "keyway.log.1").read_text())

    def test_level(self):
        server = self.start({"loglevel": "warning"})
        client = self.client_of(server)
        mark = server.log_mark()
        self.client_of(server)("PING")
        client("CONFIG", "SET", "loglevel", "debug")
        self.client_of(server)("PING")
        server.wait_log("Accepted 127.0.0.1:", since=mark)
        self.assertEqual(len(re.findall("Accepted", server.log()[mark:])), 1)
