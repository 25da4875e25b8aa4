"""Clients that wait for a key, and the stream of SYNC and MIGRATE over the transport of the run."""
from harness.case import ServerCase, SharedServerCase
from harness.resp import encode


class BlockingTest(SharedServerCase):
    def waiting(self, count):
        with self.server.client() as admin:
            self.eventually(lambda: admin.info("clients")["blocked_clients"] == str(count), f"there are not {count} clients that wait")

    def test_served_in_the_order_of_their_coming(self):
        first, second, pusher = self.client(), self.client(), self.client()
        first.send("BLPOP", "k", 0)
        self.waiting(1)
        second.send("BLPOP", "other", "k", 0)
        self.waiting(2)
        self.assertEqual(pusher("RPUSH", "k", "a", "b", "c"), 3)
        self.assertEqual(first.read(), ["k", "a"])
        self.assertEqual(second.read(), ["k", "b"])
        self.assertEqual(pusher("LRANGE", "k", 0, -1), ["c"])

    def test_what_was_sent_behind_it_runs_afterwards(self):
        waiter, pusher = self.client(), self.client()
        for command in (["BLPOP", "k", 0], ["SET", "behind", "1"], ["GET", "behind"]):
            waiter.send(*command)
        self.waiting(1)
        self.assertEqual(pusher("EXISTS", "behind"), 0)
        pusher("RPUSH", "k", "x")
        self.assertEqual([waiter.read() for _ in range(3)], [["k", "x"], "OK", "1"])

    def test_time_runs_out(self):
        waiter = self.client()
        self.assertIsNone(waiter("BLPOP", "k", "0.01"))
        self.assertIsNone(waiter("BLMOVE", "k", "j", "LEFT", "LEFT", "0.01"))
        self.assertIsNone(waiter("XREAD", "BLOCK", 10, "STREAMS", "k", "$"))
        self.assertEqual(waiter("PING"), "PONG")

    def test_a_very_long_wait(self):
        """The end of it is further away than a loop can wait at once."""
        waiter, pusher = self.client(), self.client()
        waiter.send("BLPOP", "k", "9223370000000000")
        self.waiting(1)
        pusher("RPUSH", "k", "x")
        self.assertEqual(waiter.read(), ["k", "x"])
        for timeout in ("9223372036854775808", "-1", "nan", "x"):
            self.assertRegex(waiter.error("BLPOP", "k", timeout), "^ERR timeout is ", timeout)

    def test_unblocked_by_another_client(self):
        waiter, admin = self.client(), self.client()
        number = waiter("CLIENT", "ID")
        waiter.send("BLPOP", "k", 0)
        self.waiting(1)
        self.assertEqual(admin("CLIENT", "UNBLOCK", number, "ERROR"), 1)
        self.assertRegex(str(waiter.read_any()), "^UNBLOCKED ")
        self.assertEqual(admin("CLIENT", "UNBLOCK", number), 0)

    def test_who_is_gone_takes_nothing(self):
        gone, killed, pusher = self.client(), self.client(), self.client()
        gone.send("BLPOP", "k", 0)
        self.waiting(1)
        number = killed("CLIENT", "ID")
        killed.send("BLPOP", "k", 0)
        self.waiting(2)
        gone.close()
        self.assertEqual(pusher("CLIENT", "KILL", "ID", number), 1)
        self.waiting(0)
        self.assertEqual(pusher("RPUSH", "k", "x"), 1)
        self.assertEqual(pusher("LLEN", "k"), 1)

    def test_a_transaction_serves_when_it_is_complete(self):
        waiter, pusher = self.client(), self.client()
        waiter.send("BLPOP", "k", 0)
        self.waiting(1)
        for command in (["MULTI"], ["RPUSH", "k", "a"], ["DEL", "k"], ["RPUSH", "k", "b"]):
            pusher(*command)
        self.assertEqual(pusher("EXEC"), [1, 1, 1])
        self.assertEqual(waiter.read(), ["k", "b"])


class LinksTest(ServerCase):
    def test_migrate_and_its_failures(self):
        source, target = self.start(tls=True), self.start({"requirepass": "secret"}, tls=True)
        client = self.client_of(source)
        transport = client.client_fields()["transport"]
        port = target.tls_port if transport.startswith("tls-") else target.port
        client("CONFIG", "SET", "tls-cluster", "yes" if transport.startswith("tls-") else "no")
        client("RPUSH", "k", "a", "b")
        self.assertRegex(client.error("MIGRATE", "127.0.0.1", port, "k", 0, 5000), "Target instance replied with error: NOAUTH")
        self.assertRegex(client.error("MIGRATE", "127.0.0.1", port, "k", 0, 5000, "AUTH", "wrong"), "WRONGPASS")
        self.assertEqual(client("EXISTS", "k"), 1)
        self.assertEqual(client("MIGRATE", "127.0.0.1", port, "k", 0, 9223372036854775807, "AUTH", "secret"), "OK")
        self.assertEqual(client("EXISTS", "k"), 0)
        self.assertEqual(client("MIGRATE", "127.0.0.1", port, "k", 0, 5000, "AUTH", "secret"), "NOKEY")
        there = self.open(target.client())
        there("AUTH", "secret")
        self.assertEqual(there("LRANGE", "k", 0, -1), ["a", "b"])
        client("SET", "k", "1")
        self.assertRegex(client.error("MIGRATE", "127.0.0.1", port, "k", 0, 5000, "COPY", "AUTH", "secret"), "BUSYKEY")
        self.assertEqual(client("MIGRATE", "127.0.0.1", port, "k", 0, 5000, "COPY", "REPLACE", "AUTH", "secret"), "OK")
        self.assertEqual((client("GET", "k"), there("GET", "k")), ("1", "1"))
        target.stop()
        self.assertRegex(client.error("MIGRATE", "127.0.0.1", port, "k", 0, 1000), "^IOERR ")
        self.assertEqual(client("GET", "k"), "1")

    def test_sync_gives_a_snapshot_and_every_write(self):
        server = self.start()
        client, replica = self.client_of(server), self.client_of(server)
        client("SET", "before", "1")
        replica.send("SYNC")
        received = b""
        # Line ends come in front of the length while the snapshot is made.
        while not received.lstrip(b"\n").startswith(b"$") or b"\r\n" not in received:
            received += replica.sock.recv(4096)
        length, received = received.lstrip(b"\n")[1:].split(b"\r\n", 1)
        client("SELECT", 3), client("SET", "k", "v"), client("GET", "k"), client("SADD", "s", "m"), client("SPOP", "s")
        stream = b"".join(encode(*words) for words in (["SELECT", "3"], ["SET", "k", "v"], ["SADD", "s", "m"], ["SREM", "s", "m"]))
        while len(received) < int(length) + len(stream):
            received += replica.sock.recv(4096)
        self.assertTrue(received.startswith(b"REDIS0"), received[:20])
        self.assertEqual(received[int(length):], stream)
