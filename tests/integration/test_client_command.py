"""CLIENT and its subcommands, all but tracking."""
import threading
import time

from harness.case import ServerCase, SharedServerCase, keyway_only
from harness.client import parse_client_line
from harness.resp import encode

FIELDS_7_0 = ["id", "addr", "laddr", "fd", "name", "age", "idle", "flags", "db", "sub", "psub", "ssub", "multi", "qbuf", "qbuf-free", "argv-mem", "multi-mem",
              "rbs", "rbp", "obl", "oll", "omem", "tot-mem", "events", "cmd", "user", "redir", "resp"]


class ListTest(SharedServerCase):
    def test_fields_and_their_order(self):
        names = [field.split("=", 1)[0] for field in self.c("CLIENT", "INFO").strip().split(" ")]
        self.assertEqual(names[:len(FIELDS_7_0)], FIELDS_7_0)

    def test_values(self):
        self.c("SELECT", 3)
        self.c("CLIENT", "SETNAME", "me")
        fields = self.c.client_fields()
        host, port = self.c.sock.getsockname()[:2]
        self.assertEqual(fields["id"], str(self.c("CLIENT", "ID")))
        self.assertEqual(fields["addr"], f"{host}:{port}")
        self.assertEqual(fields["laddr"], "127.0.0.1:%d" % self.server.client_address()[1])
        self.assertEqual((fields["db"], fields["name"], fields["flags"], fields["user"], fields["resp"]), ("3", "me", "N", "default", "2"))
        self.assertEqual((fields["cmd"], fields["sub"], fields["psub"], fields["multi"], fields["redir"]), ("client|info", "0", "0", "-1", "-1"))

    def test_qbuf_holds_the_running_command(self):
        self.c.send("CLIENT", "LIST")
        text = self.c.read()
        mine = [parse_client_line(line) for line in text.splitlines() if f" cmd=client|list " in line]
        self.assertEqual(mine[0]["qbuf"], str(len(encode("CLIENT", "LIST"))))

    @keyway_only
    def test_the_transport_is_shown(self):
        fields = self.c.client_fields()
        self.assertEqual(fields["transport"], f"tls-{self.options.backend}" if self.options.backend else "tcp")
        if self.options.backend:
            text = self.c("CLIENT", "INFO")
            self.assertIn("TLSv1.3", text)
            self.assertRegex(text, "(AES|CHACHA20)")

    def test_filters(self):
        others = [self.client() for _ in range(3)]
        ids = [other("CLIENT", "ID") for other in others]
        lines = self.c("CLIENT", "LIST", "ID", *ids[:2]).splitlines()
        self.assertEqual([int(parse_client_line(line)["id"]) for line in lines], ids[:2])
        self.assertEqual(self.c("CLIENT", "LIST", "TYPE", "replica"), "")
        self.assertEqual(len(self.c("CLIENT", "LIST", "TYPE", "normal").splitlines()), len(self.c("CLIENT", "LIST").splitlines()))
        self.assertRegex(self.c.error("CLIENT", "LIST", "TYPE", "nobody"), "^ERR Unknown client type 'nobody'")
        self.assertEqual(self.c.error("CLIENT", "LIST", "ID", "x"), "ERR Invalid client ID")
        self.assertEqual(self.c.error("CLIENT", "LIST", "BOGUS"), "ERR syntax error")

    def test_ids_grow(self):
        first, second = self.client()("CLIENT", "ID"), self.client()("CLIENT", "ID")
        self.assertGreater(second, first)

    def test_names(self):
        self.assertIsNone(self.c("CLIENT", "GETNAME"))
        self.assertEqual(self.c("CLIENT", "SETNAME", "a-name"), "OK")
        self.assertEqual(self.c("CLIENT", "GETNAME"), "a-name")
        self.assertEqual(self.c.error("CLIENT", "SETNAME", "a name"), "ERR Client names cannot contain spaces, newlines or special characters.")
        self.assertEqual(self.c("CLIENT", "SETNAME", ""), "OK")
        self.assertIsNone(self.c("CLIENT", "GETNAME"))

    @keyway_only
    def test_setinfo(self):
        self.assertEqual(self.c("CLIENT", "SETINFO", "lib-name", "redis-py"), "OK")
        self.assertEqual(self.c("CLIENT", "SETINFO", "LIB-VER", "1.2.3"), "OK")
        fields = self.c.client_fields()
        self.assertEqual((fields["lib-name"], fields["lib-ver"]), ("redis-py", "1.2.3"))
        self.assertEqual(self.c.error("CLIENT", "SETINFO", "lib-name", "red py"), "ERR lib-name cannot contain spaces, newlines or special characters.")
        self.assertEqual(self.c.error("CLIENT", "SETINFO", "bogus", "x"), "ERR Unrecognized option 'bogus'")
        self.assertEqual(self.c.client_fields()["lib-name"], "redis-py")

    def test_no_evict_and_no_touch(self):
        self.assertEqual(self.c("CLIENT", "NO-EVICT", "on"), "OK")
        self.assertIn("e", self.c.client_fields()["flags"])
        self.assertEqual(self.c("CLIENT", "NO-EVICT", "off"), "OK")
        self.assertEqual(self.c.client_fields()["flags"], "N")
        self.assertEqual(self.c.error("CLIENT", "NO-EVICT", "perhaps"), "ERR syntax error")

    @keyway_only
    def test_no_touch_flag(self):
        self.assertEqual(self.c("CLIENT", "NO-TOUCH", "on"), "OK")
        self.assertIn("T", self.c.client_fields()["flags"])
        self.assertEqual(self.c("CLIENT", "NO-TOUCH", "off"), "OK")

    def test_idle_and_age_are_seconds(self):
        self.assertEqual((self.c.client_fields()["age"], self.c.client_fields()["idle"]), ("0", "0"))


class ReplyTest(SharedServerCase):
    def test_off_and_on(self):
        self.c.send_raw(encode("CLIENT", "REPLY", "OFF") + encode("SET", "k", "v") + encode("PING") + encode("CLIENT", "REPLY", "ON") + encode("GET", "k"))
        self.assertEqual([self.c.read(), self.c.read()], ["OK", "v"])

    def test_skip(self):
        self.c.send_raw(encode("CLIENT", "REPLY", "SKIP") + encode("SET", "k", "v") + encode("GET", "k"))
        self.assertEqual(self.c.read(), "v")

    def test_bad_mode(self):
        self.assertEqual(self.c.error("CLIENT", "REPLY", "maybe"), "ERR syntax error")


class KillTest(SharedServerCase):
    def victim(self):
        client = self.client()
        return client, client("CLIENT", "ID"), "%s:%d" % client.sock.getsockname()[:2]

    def test_old_form(self):
        victim, _, address = self.victim()
        self.assertEqual(self.c("CLIENT", "KILL", address), "OK")
        victim.wait_closed()
        self.assertEqual(self.c.error("CLIENT", "KILL", address), "ERR No such client")

    def test_by_id(self):
        victim, number, _ = self.victim()
        self.assertEqual(self.c("CLIENT", "KILL", "ID", number), 1)
        victim.wait_closed()
        self.assertEqual(self.c("CLIENT", "KILL", "ID", number), 0)

    def test_by_address(self):
        victim, _, address = self.victim()
        self.assertEqual(self.c("CLIENT", "KILL", "ADDR", address, "SKIPME", "yes"), 1)
        victim.wait_closed()

    def test_by_user_type_and_laddr(self):
        for filters in (("USER", "default"), ("TYPE", "normal"), ("LADDR", "127.0.0.1:%d" % self.server.client_address()[1])):
            victims = [self.victim()[0] for _ in range(3)]
            self.assertGreaterEqual(self.c("CLIENT", "KILL", *filters), 3)
            for victim in victims:
                victim.wait_closed()
            self.assertEqual(self.c("PING"), "PONG")

    def test_filters_must_all_match(self):
        victim, number, _ = self.victim()
        self.assertEqual(self.c("CLIENT", "KILL", "ID", number, "TYPE", "pubsub"), 0)
        self.assertTrue(victim.is_open())

    def test_itself(self):
        number = self.c("CLIENT", "ID")
        self.assertEqual(self.c("CLIENT", "KILL", "ID", number), 0)
        self.assertEqual(self.c("CLIENT", "KILL", "ID", number, "SKIPME", "no"), 1)
        self.c.wait_closed()

    def test_in_the_middle_of_its_own_pipeline(self):
        number = self.c("CLIENT", "ID")
        self.c.send_raw(encode("CLIENT", "KILL", "ID", number, "SKIPME", "no") + encode("SET", "after", 1))
        self.assertEqual(self.c.read(), 1)
        self.c.wait_closed()
        self.assertEqual(self.client()("EXISTS", "after"), 0)

    def test_errors(self):
        self.assertEqual(self.c.error("CLIENT", "KILL", "ID", "x"), "ERR client-id should be greater than 0")
        self.assertEqual(self.c.error("CLIENT", "KILL", "ID", 0), "ERR client-id should be greater than 0")
        self.assertEqual(self.c.error("CLIENT", "KILL", "ID", 1, "TYPE"), "ERR syntax error")
        self.assertRegex(self.c.error("CLIENT", "KILL", "TYPE", "nobody"), "^ERR Unknown client type 'nobody'")
        self.assertRegex(self.c.error("CLIENT", "KILL", "USER", "nobody"), "^ERR No such user 'nobody'")
        self.assertEqual(self.c.error("CLIENT", "KILL", "1.2.3.4:5"), "ERR No such client")


class PauseTest(SharedServerCase):
    def tearDown(self):
        with self.server.client() as client:
            client("CLIENT", "UNPAUSE")

    def test_all_holds_every_command(self):
        other = self.client()
        self.c("CLIENT", "PAUSE", 300)
        began = time.monotonic()
        self.assertIsNone(other("GET", "k"))
        self.assertGreater(time.monotonic() - began, 0.15)

    def test_who_leaves_while_paused_is_forgotten(self):
        """The request and the end of the stream come together."""
        self.c("CLIENT", "PAUSE", 100_000, "WRITE")
        for _ in range(5):
            client = self.server.plain_client()
            client.send("SET", "k", "v")
            client.close()
        self.eventually(lambda: len(self.c("CLIENT", "LIST").splitlines()) == 1, "they are still listed")
        self.c("CLIENT", "UNPAUSE")
        self.assertEqual(self.c("PING"), "PONG")
        self.assertIsNone(self.c("GET", "k"))

    def test_write_lets_reads_through(self):
        self.c("SET", "k", "before")
        writer, reader = self.client(), self.client()
        self.c("CLIENT", "PAUSE", 100_000, "WRITE")
        writer.send("SET", "k", "after")
        self.eventually(lambda: reader.info("clients")["blocked_clients"] == "1", "the write does not wait")
        for _ in range(20):
            self.assertEqual(reader("GET", "k"), "before")
        self.c("CLIENT", "UNPAUSE")
        self.assertEqual(writer.read(), "OK")
        self.assertEqual(reader("GET", "k"), "after")

    def test_it_ends_by_itself(self):
        other = self.client()
        self.c("CLIENT", "PAUSE", 200, "ALL")
        began = time.monotonic()
        self.assertEqual(other("PING"), "PONG")
        self.assertGreater(time.monotonic() - began, 0.1)

    def test_order_stays_for_a_paused_pipeline(self):
        other = self.client()
        self.c("CLIENT", "PAUSE", 100_000, "WRITE")
        other.send_raw(b"".join(encode("APPEND", "k", str(i)) for i in range(10)))
        self.c("CLIENT", "UNPAUSE")
        self.assertEqual([other.read() for _ in range(10)], list(range(1, 11)))
        self.assertEqual(self.c("GET", "k"), "0123456789")

    def test_errors(self):
        self.assertEqual(self.c.error("CLIENT", "PAUSE", "x"), "ERR timeout is not an integer or out of range")
        self.assertEqual(self.c.error("CLIENT", "PAUSE", -1), "ERR timeout is negative")
        self.assertRegex(self.c.error("CLIENT", "PAUSE", 1, "SOME"), "^ERR CLIENT PAUSE mode must be WRITE or ALL")


class UnblockTest(SharedServerCase):
    def test_errors(self):
        self.assertEqual(self.c("CLIENT", "UNBLOCK", self.client()("CLIENT", "ID")), 0)
        self.assertEqual(self.c("CLIENT", "UNBLOCK", 1 << 40), 0)
        self.assertRegex(self.c.error("CLIENT", "UNBLOCK", 1, "BOGUS"), "^ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
        self.assertEqual(self.c.error("CLIENT", "UNBLOCK", "x"), "ERR value is not an integer or out of range")


class ManyTest(ServerCase):
    def test_connections_that_come_and_go_while_others_list_them(self):
        server = self.start()
        stop = threading.Event()
        failures = []

        def churn():
            try:
                while not stop.is_set():
                    with server.client() as client:
                        client("PING")
            except Exception as error:  # noqa: BLE001 - reported below
                failures.append(error)

        threads = [threading.Thread(target=churn) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            client = self.client_of(server)
            for _ in range(300):
                for line in client("CLIENT", "LIST").splitlines():
                    self.assertIn("id", parse_client_line(line))
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(failures, [])
        self.eventually(lambda: len(client.client_list()) == 1, "closed connections are still listed")
