"""Snapshots: saving, restarting, loading, and files that Redis wrote or reads."""
import copy
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess

from harness.case import ServerCase, keyway_only
from harness.resp import ReplyError
from harness.server import Server


def fill(client, seed=1):
    """A key of every type and encoding, in two databases; the same data for the same seed."""
    noise = random.Random(seed)
    commands = [("SET", "string", "text"), ("SET", "string:int", -70000), ("SET", "string:big", "x" * 5000), ("SET", "string:empty", ""),
                ("SET", "string:noise", "".join(chr(noise.randrange(33, 126)) for _ in range(3000))), ("SET", "expires", "v", "PXAT", 4102444800000)]
    for name, count in (("small", 5), ("big", 1500)):
        elements = [str(i * 1000) if i % 3 == 0 else f"element {i}" for i in range(count)]
        commands += [("RPUSH", f"list:{name}", *elements), ("SADD", f"set:{name}", *elements), ("SADD", f"integers:{name}", *range(0, count * 10**7, 10**7)),
                     ("HSET", f"hash:{name}", *sum(([one, f"value of {one}"] for one in elements), [])),
                     ("ZADD", f"zset:{name}", *sum(([i / 8 - 3, one] for i, one in enumerate(elements)), []))]
    commands += [("ZADD", "zset:small", "inf", "most", "-inf", "least"), ("HSET", "hash:long", "field", "y" * 100), ("SADD", "set:long", "z" * 100)]
    commands += [("XADD", "stream", f"{i}-{i % 7}", "field", f"value {i}", *(("other", i) if i % 5 == 0 else ())) for i in range(1, 301)]
    commands += [("XGROUP", "CREATE", "stream", "group", "0"), ("XGROUP", "CREATE", "stream", "idle", "$"), ("XREADGROUP", "GROUP", "group", "first", "COUNT", 10, "STREAMS", "stream", ">"),
                 ("XREADGROUP", "GROUP", "group", "second", "COUNT", 5, "STREAMS", "stream", ">"), ("XACK", "stream", "group", "2-2"), ("XDEL", "stream", "5-5", "300-6"), ("PFADD", "hll", *range(300)),
                 ("SELECT", 5), ("SET", "elsewhere", "v"), ("LPUSH", "list", "a"), ("SELECT", 0)]
    for reply in client.pipeline(commands):
        if isinstance(reply, ReplyError):
            raise reply


class PersistenceTest(ServerCase):
    def saving_server(self, **config):
        return self.start({"save": ["3600 1"], **config})

    def test_a_restart_brings_everything_back(self):
        server = self.saving_server()
        client = self.client_of(server)
        fill(client)
        digest = client("DEBUG", "DIGEST")
        self.assertEqual(server.stop(), 0)
        self.assertIn("Saving the final RDB snapshot before exiting.", server.log())
        server.start_again()
        client = self.client_of(server)
        self.assertEqual(client("DEBUG", "DIGEST"), digest)
        self.assertEqual(client.info("persistence")["rdb_last_load_keys_loaded"], str(client("DBSIZE") + 2))

    def test_without_save_points_nothing_is_written(self):
        server = self.start()
        self.client_of(server)("SET", "k", "v")
        self.assertEqual(server.stop(), 0)
        self.assertFalse((server.folder / "dump.rdb").exists())

    def test_reload(self):
        server = self.start()
        client = self.client_of(server)
        fill(client)
        encodings = {key: client("OBJECT", "ENCODING", key) for key in client("KEYS", "*")}
        for compression in ("yes", "no"):
            client("CONFIG", "SET", "rdbcompression", compression)
            digest = client("DEBUG", "DIGEST")
            self.assertEqual(client("DEBUG", "RELOAD"), "OK")
            self.assertEqual(client("DEBUG", "DIGEST"), digest)
            self.assertEqual({key: client("OBJECT", "ENCODING", key) for key in client("KEYS", "*")}, encodings)

    def test_dump_and_restore(self):
        client = self.client_of(self.start())
        fill(client)
        for key in client("KEYS", "*"):
            payload = client("DUMP", key)
            before = client("DEBUG", "DIGEST-VALUE", key)
            ttl = client("PEXPIRETIME", key)
            self.assertEqual(client("RESTORE", key, max(ttl, 0), payload, "REPLACE", "ABSTTL"), "OK")
            self.assertEqual(client("DEBUG", "DIGEST-VALUE", key), before, key)

    def test_background_save(self):
        server = self.start()
        client = self.client_of(server)
        fill(client)
        client("CONFIG", "SET", "rdb-key-save-delay", 10000)
        self.assertEqual(client("BGSAVE"), "Background saving started")
        self.assertEqual(client.error("BGSAVE"), "ERR Background save already in progress")
        self.assertEqual(client.info("persistence")["rdb_bgsave_in_progress"], "1")
        self.assertGreater(int(client.info("persistence")["current_save_keys_total"]), 10)
        client("SET", "string", "changed while the child saves")
        self.eventually(lambda: client.info("persistence")["rdb_bgsave_in_progress"] == "0", "the save does not end")
        info = client.info("everything")
        self.assertEqual((info["rdb_last_bgsave_status"], info["rdb_changes_since_last_save"], info["total_forks"]), ("ok", "1", "1"))
        self.assertGreater(int(info["rdb_last_cow_size"]), 0)
        client("CONFIG", "SET", "rdb-key-save-delay", 0)
        self.assertEqual(client("DEBUG", "RELOAD", "NOSAVE"), "OK")
        self.assertEqual(client("GET", "string"), "text")

    @keyway_only
    def test_the_child_holds_no_socket(self):
        server = self.start()
        client, other = self.client_of(server), self.client_of(server)
        client("MSET", "a", 1, "b", 2)
        client("CONFIG", "SET", "rdb-key-save-delay", 10_000_000)
        client("BGSAVE")
        client.send("CLIENT", "KILL", "ID", other("CLIENT", "ID"))
        client.read()
        other.wait_closed(5)
        self.assertEqual(client.info("persistence")["rdb_bgsave_in_progress"], "1")
        self.assertEqual(client("FLUSHALL"), "OK")
        self.eventually(lambda: client.info("persistence")["rdb_bgsave_in_progress"] == "0", "FLUSHALL does not end the save")

    def test_a_killed_child_leaves_no_file_and_refuses_writes(self):
        server = self.saving_server(**{"rdb-key-save-delay": 10_000_000})
        client = self.client_of(server)
        client("SET", "k", "v")
        client("BGSAVE")
        child = int(re.findall(r"Background saving started by pid (\d+)", server.log())[-1])
        self.eventually(lambda: (server.folder / f"temp-{child}.rdb").exists(), "no temporary file of that name")
        os.kill(child, signal.SIGKILL)
        server.wait_log(f"Background saving terminated by signal {int(signal.SIGKILL)}")
        self.eventually(lambda: not list(server.folder.glob("temp-*.rdb")), "the temporary file stays")
        self.assertRegex(client.error("SET", "k", "v"), "^MISCONF ")
        self.assertEqual(client("GET", "k"), "v")
        client("CONFIG", "SET", "rdb-key-save-delay", 0)
        client("BGSAVE")
        self.eventually(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "ok", "the save does not go well")
        self.assertEqual(client("SET", "k", "v"), "OK")

    def test_save_points(self):
        server = self.start({"save": ["1 2"]})
        client = self.client_of(server)
        client("MSET", "a", 1, "b", 2)
        self.eventually(lambda: client.info("persistence")["rdb_changes_since_last_save"] == "0", "no save by itself")
        self.assertIn("2 changes in 1 seconds. Saving...", server.log())
        self.assertTrue((server.folder / "dump.rdb").exists())

    def test_shutdown_when_it_cannot_save(self):
        server = self.saving_server()
        client = self.client_of(server)
        client("SET", "k", "v")
        (server.folder / "dump.rdb").mkdir()
        self.assertEqual(client.error("SHUTDOWN"), "ERR Errors trying to SHUTDOWN. Check logs.")
        self.assertEqual(client.error("SAVE"), "ERR")
        mark = server.log_mark()
        server.process.send_signal(signal.SIGTERM)
        server.wait_log("Errors trying to shut down the server. Check the logs for more information.", since=mark)
        self.assert_serves(server)
        client.send("SHUTDOWN", "FORCE")
        self.assertEqual(server.wait_exit(), 0)

    def test_shutdown_save_and_nosave(self):
        server = self.start()
        client = self.client_of(server)
        client("SET", "k", "v")
        client.send("SHUTDOWN", "SAVE")
        self.assertEqual(server.wait_exit(), 0)
        server.start_again()
        client = self.client_of(server)
        self.assertEqual(client("GET", "k"), "v")
        client("CONFIG", "SET", "save", "3600 1")
        client("SET", "k", "other")
        client.send("SHUTDOWN", "NOSAVE")
        self.assertEqual(server.wait_exit(), 0)
        server.start_again()
        self.assertEqual(self.client_of(server)("GET", "k"), "v")

    def test_a_signal_can_be_taken_back(self):
        server = self.saving_server()
        client = self.client_of(server)
        client("DEBUG", "PAUSE-CRON", 1)
        server.process.send_signal(signal.SIGTERM)

        def aborted():
            client.send("SHUTDOWN", "ABORT")
            return client.read_any() == "OK"
        self.eventually(aborted, "the signal does not arrive")
        server.wait_log("Shutdown manually aborted")
        client("DEBUG", "PAUSE-CRON", 0)
        self.assert_serves(server)

    def test_a_second_interrupt_does_not_wait_for_the_snapshot(self):
        server = self.saving_server(**{"rdb-key-save-delay": 10_000_000})
        client = self.client_of(server)
        client("MSET", *sum(([f"k{i}", i] for i in range(50)), []))
        server.process.send_signal(signal.SIGINT)
        file = server.folder / f"temp-{server.process.pid}.rdb"
        self.eventually(file.exists, "the final save does not begin")
        server.process.send_signal(signal.SIGINT)
        self.assertEqual(server.wait_exit(10), 1)
        self.assertFalse(file.exists())

    def test_while_loading(self):
        server = self.start({"key-load-delay": 100, "loading-process-events-interval-bytes": 1024, "rdbcompression": "no"})
        client = self.client_of(server)
        client("DEBUG", "POPULATE", 50_000, "key", 500)
        client("SAVE")
        server.stop()
        server.start_again()
        client = self.client_of(server)
        self.assertEqual(client.error("GET", "key:1"), "LOADING Redis is loading the dataset in memory")
        info = client.info("persistence")
        self.assertEqual((info["loading"], info["async_loading"]), ("1", "0"))
        self.assertGreater(int(info["loading_total_bytes"]), 25_000_000)
        for field in ("loading_start_time", "loading_loaded_bytes", "loading_loaded_perc", "loading_eta_seconds", "loading_rdb_used_mem"):
            self.assertIn(field, info)
        self.assertNotIn("Ready to accept connections", server.log().split("is starting")[-1])
        client("CONFIG", "SET", "key-load-delay", 0)
        self.eventually(lambda: client.info("persistence")["loading"] == "0", "the load does not end")
        self.assertEqual(client("DBSIZE"), 50_000)

    def test_sigterm_while_loading(self):
        server = self.saving_server(**{"loading-process-events-interval-bytes": 1024, "rdbcompression": "no"})
        client = self.client_of(server)
        client("DEBUG", "POPULATE", 20_000, "key", 500)
        client("CONFIG", "SET", "key-load-delay", 2000)
        client("CONFIG", "REWRITE")
        client.send("SHUTDOWN", "SAVE")
        server.wait_exit()
        size = (server.folder / "dump.rdb").stat().st_size
        server.config_file.write_text(server.config_file.read_text() + "\nkey-load-delay 2000\n")
        server.start_again()
        self.assertEqual(server.stop(), 0)
        self.assertEqual((server.folder / "dump.rdb").stat().st_size, size, "what was read half is not saved")

    def test_damaged_files(self):
        server = self.saving_server()
        client = self.client_of(server)
        fill(client)
        server.stop()
        file = server.folder / "dump.rdb"
        good = file.read_bytes()
        damaged = {"RDB CRC error": good[:-8] + b"foobar00", "Short read or OOM loading DB": good[:len(good) // 2], "Wrong signature": b"NOTRDB" + good,
                   "Can't handle RDB format version": b"REDIS0099" + good[9:]}
        for reason, content in damaged.items():
            file.write_bytes(content)
            mark = server.log_mark()
            code, _, _ = server.run_to_exit()
            self.assertEqual(code, 1, reason)
            log = server.log()[mark:]
            self.assertIn(reason, log)
            if self.options.is_keyway:
                self.assertIn("Fatal error loading the DB, check server logs. Exiting.", log.rstrip().split("\n")[-1])
        file.write_bytes(good)
        server.start_again()

    def test_expired_keys_are_not_loaded(self):
        server = self.start()
        client = self.client_of(server)
        client("DEBUG", "SET-ACTIVE-EXPIRE", 0)
        client.pipeline([("SET", f"k{i}", i, "PX", 1) for i in range(100)] + [("SET", "stays", 1)])
        client("SAVE")
        self.eventually(lambda: client("PTTL", "k99") == -2, "the keys do not expire")
        server.stop()
        server.start_again()
        client = self.client_of(server)
        info = client.info("persistence")
        self.assertEqual((info["rdb_last_load_keys_expired"], info["rdb_last_load_keys_loaded"]), ("100", "1"))


class InteropTest(ServerCase):
    """The same data in this server and in Redis 7.0, by files in both directions."""

    def setUp(self):
        if not self.options.is_keyway:
            self.skipTest("the server under test is Redis itself")
        self.redis_server = self.need("redis-server", "redis-server")
        self.check_rdb = self.need("redis-check-rdb", "redis-tools")

    def redis(self, folder_of=None, **config):
        options = copy.copy(self.options)
        options.server, options.is_keyway, options.backend, options.io_threads, options.io_engine = pathlib.Path(self.redis_server), False, None, None, None
        server = Server(options, config)
        self.addCleanup(server.finish)
        if folder_of is not None:
            shutil.copy(folder_of.folder / "dump.rdb", server.folder / "dump.rdb")
        return server.start()

    def keyway(self, folder_of=None, **config):
        server = self.new_server({"redis-compat": "7.0", **config})
        if folder_of is not None:
            shutil.copy(folder_of.folder / "dump.rdb", server.folder / "dump.rdb")
        return server.start()

    def test_ours_in_redis(self):
        ours = self.keyway()
        client = self.client_of(ours)
        fill(client)
        for options in ({}, {"maxmemory-policy": "allkeys-lru"}, {"maxmemory-policy": "volatile-lfu", "rdbcompression": "no"}):
            for name, value in options.items():
                client("CONFIG", "SET", name, value)
            client("SAVE")
            done = subprocess.run([self.check_rdb, str(ours.folder / "dump.rdb")], capture_output=True, text=True, timeout=60)
            self.assertIn("RDB looks OK", done.stdout, done.stdout + done.stderr)
            theirs = self.open(self.redis(ours).client())
            self.assertEqual(theirs("DEBUG", "DIGEST"), client("DEBUG", "DIGEST"))
            self.assertEqual(theirs("XINFO", "GROUPS", "stream"), client("XINFO", "GROUPS", "stream"))
            for key in theirs("KEYS", "*"):
                self.assertEqual(theirs("OBJECT", "ENCODING", key), client("OBJECT", "ENCODING", key), key)

    def test_redis_in_ours(self):
        theirs = self.redis()
        client = self.open(theirs.client())
        fill(client)
        for options in ({}, {"maxmemory-policy": "allkeys-lfu", "list-compress-depth": 1}, {"maxmemory-policy": "volatile-lru", "rdbcompression": "no"}):
            for name, value in options.items():
                client("CONFIG", "SET", name, value)
            client("RPUSH", "list:compressed", *(f"{i} {'c' * 300}" for i in range(500)))
            client("SAVE")
            ours = self.client_of(self.keyway(theirs))
            self.assertEqual(ours("DEBUG", "DIGEST"), client("DEBUG", "DIGEST"))
            for key in client("KEYS", "*"):
                self.assertEqual(ours("OBJECT", "ENCODING", key), client("OBJECT", "ENCODING", key), key)

    def test_payloads_both_ways(self):
        ours, theirs = self.client_of(self.keyway()), self.open(self.redis().client())
        for source, target in ((ours, theirs), (theirs, ours)):
            source("FLUSHALL"), target("FLUSHALL")
            fill(source)
            for key in source("KEYS", "*"):
                self.assertEqual(target("RESTORE", key, 0, source("DUMP", key)), "OK", key)
                source("PERSIST", key)
                self.assertEqual(target("DEBUG", "DIGEST-VALUE", key), source("DEBUG", "DIGEST-VALUE", key), key)

    def test_version_of_the_file(self):
        for compat, version in (("7.0", b"REDIS0010"), ("7.2", b"REDIS0011")):
            server = self.start({"redis-compat": compat})
            self.client_of(server)("SAVE")
            self.assertEqual((server.folder / "dump.rdb").read_bytes()[:9], version)
