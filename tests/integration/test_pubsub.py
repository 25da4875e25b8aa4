"""Pub/sub over real connections: many subscribers, slow ones, big messages, pushes beside other commands, key events."""
import pathlib
import subprocess
import threading
import time

from harness.case import SharedServerCase, keyway_only
from harness.resp import Push

try:
    import redis
except ImportError:
    redis = None


class PubSubTest(SharedServerCase):
    CONFIG = {"tls-auth-clients": "optional"}

    def subscriber(self, *channels, command="SUBSCRIBE", **kw):
        client = self.client(**kw)
        client.send(command, *channels)
        for i, channel in enumerate(channels):
            self.assertEqual(client.read(), [command.lower(), channel, i + 1])
        return client

    def test_messages_come_in_the_order_of_publishing(self):
        subscriber, publisher = self.subscriber("c", "d"), self.client()
        replies = publisher.pipeline([["PUBLISH", "cd"[i % 2], i] for i in range(2000)])
        self.assertEqual(replies, [1] * 2000)
        self.assertEqual([subscriber.read() for _ in range(2000)], [["message", "cd"[i % 2], str(i)] for i in range(2000)])

    def test_to_a_thousand_subscribers(self):
        subscribers = [self.subscriber("c", protocol=2 + i % 2) for i in range(1000)]
        self.assertEqual(self.c("PUBSUB", "NUMSUB", "c"), ["c", 1000])
        self.assertEqual(self.c.pipeline([["PUBLISH", "c", "first"], ["PUBLISH", "c", "x" * 3000], ["PUBLISH", "c", "last"]]), [1000] * 3)
        for subscriber in subscribers:
            self.assertEqual([subscriber.read()[2] for _ in range(3)], ["first", "x" * 3000, "last"])
        for subscriber in subscribers[::2]:
            subscriber.close()
        self.eventually(lambda: self.c("PUBSUB", "NUMSUB", "c") == ["c", 500], "the subscribers that left are still counted")
        self.assertEqual(self.c("PUBLISH", "c", "more"), 500)
        self.assertEqual(subscribers[1].read(), ["message", "c", "more"])

    def test_big_messages(self):
        """Sent by reference, while the publisher goes on and subscribers come and go."""
        subscribers = [self.subscriber("c") for _ in range(20)]
        texts = [chr(ord("a") + i) * (300_000 + i) for i in range(8)]
        failures = []

        def read(subscriber):
            for text in texts:
                if subscriber.read() != ["message", "c", text]:
                    failures.append(text[:1])

        readers = [threading.Thread(target=read, args=(subscriber,)) for subscriber in subscribers[1:]]
        for reader in readers:
            reader.start()
        for i, text in enumerate(texts):
            self.c("PUBLISH", "c", text)
            if i == 2:
                subscribers[0].close()  # with messages on their way to it
        for reader in readers:
            reader.join()
        self.assertEqual(failures, [])

    def test_patterns(self):
        subscriber = self.subscriber("news.*", "h[ae]llo", command="PSUBSCRIBE")
        for channel, count in (("news.art", 1), ("hello", 1), ("hillo", 0), ("news", 0)):
            self.assertEqual(self.c("PUBLISH", channel, "x"), count, channel)
        self.assertEqual([subscriber.read() for _ in range(2)], [["pmessage", "news.*", "news.art", "x"], ["pmessage", "h[ae]llo", "hello", "x"]])

    def test_shard_channels(self):
        subscriber = self.subscriber("s", command="SSUBSCRIBE")
        self.assertEqual(self.c("SPUBLISH", "s", "x"), 1)
        self.assertEqual(self.c("PUBLISH", "s", "x"), 0)
        self.assertEqual(subscriber.read(), ["smessage", "s", "x"])
        self.assertEqual(self.c("PUBSUB", "SHARDCHANNELS"), ["s"])

    def test_pushes_beside_other_commands(self):
        """A RESP3 client goes on with its commands; no push is ever inside a reply."""
        client, publisher = self.subscriber("c", protocol=3), self.client()
        self.c.pipeline([["RPUSH", "l", *range(100)]])
        stop = threading.Event()

        def publish():
            while not stop.is_set():
                publisher("PUBLISH", "c", "y" * 50)

        thread = threading.Thread(target=publish)
        thread.start()
        try:
            pushes, replies = 0, 0
            expected = [str(i) for i in range(100)]
            while replies < 300 or pushes < 50:
                for command in (["LRANGE", "l", 0, -1], ["PUBLISH", "c", "own"]):
                    client.send(*command)
                    while isinstance(reply := client.read(), Push):
                        self.assertIn(reply[2], ("y" * 50, "own"))
                        pushes += 1
                    self.assertIn(reply, (expected, 1))
                    replies += 1
        finally:
            stop.set()
            thread.join()

    def test_a_push_while_it_blocks(self):
        client = self.subscriber("c", protocol=3)
        client.send("BLPOP", "k", 0)
        self.eventually(lambda: self.c.info("clients")["blocked_clients"] == "1", "it does not block")
        self.c("PUBLISH", "c", "x")
        self.assertEqual(client.read(), ["message", "c", "x"])
        self.c("RPUSH", "k", "v")
        self.assertEqual(client.read(), ["k", "v"])

    def test_only_some_commands_in_resp2(self):
        client = self.subscriber("c")
        self.assertRegex(client.error("GET", "k"), "^ERR Can't execute 'get': only ")
        self.assertEqual(client("PING"), ["pong", ""])
        self.assertEqual(client("RESET"), "RESET")
        self.assertEqual(client("PING"), "PONG")
        self.assertEqual(self.c("PUBLISH", "c", "x"), 0)

    def test_leaving(self):
        client = self.subscriber("c")
        self.assertEqual(self.c("CLIENT", "KILL", "TYPE", "pubsub"), 1)
        client.wait_closed()
        self.assertEqual(self.c("PUBLISH", "c", "x"), 0)
        quitting = self.subscriber("c")
        self.assertEqual(quitting("QUIT"), "OK")
        quitting.wait_closed()
        self.eventually(lambda: self.c("PUBLISH", "c", "x") == 0, "it still counts")
        self.assertEqual(self.c("PUBSUB", "CHANNELS"), [])

    def test_counted_in_client_list_and_info(self):
        client = self.client()
        number = client("CLIENT", "ID")
        before = self.c.client_fields(number)
        for command, names in (("SUBSCRIBE", ["a", "b", "c"]), ("PSUBSCRIBE", ["p*", "q*"]), ("SSUBSCRIBE", ["s"])):
            client.send(command, *names)
            for _ in names:
                client.read()
        after = self.c.client_fields(number)
        self.assertEqual([after[name] for name in ("sub", "psub", "ssub", "flags")], ["3", "2", "1", "P"])
        self.assertGreater(int(after["tot-mem"]), int(before["tot-mem"]))
        stats = self.c.info("stats")
        self.assertEqual([stats[name] for name in ("pubsub_channels", "pubsub_patterns", "pubsubshard_channels")], ["3", "2", "1"])

    @keyway_only
    def test_a_slow_subscriber_is_closed(self):
        """It gets pushes only, so that nothing but delivery can find out."""
        self.c("CONFIG", "SET", "client-output-buffer-limit", "pubsub 4mb 0 0")
        self.addCleanup(self.c, "CONFIG", "SET", "client-output-buffer-limit", "pubsub 32mb 8mb 60")
        quick, slow = self.subscriber("c"), self.subscriber("c")
        number = self.c.client_list()[-1]["id"]
        before = int(self.c.info("stats")["client_output_buffer_limit_disconnections"])
        text = "z" * 100_000
        end = time.monotonic() + 60
        while self.c("PUBSUB", "NUMSUB", "c") == ["c", 2]:
            self.assertLess(time.monotonic(), end, "the slow subscriber is never closed")
            self.c("PUBLISH", "c", text)
            self.assertEqual(quick.read(), ["message", "c", text])
            row = self.c.client_fields(number)
            self.assertLess(int(row["omem"]) if row else 0, 8_000_000)
        self.assertEqual(int(self.c.info("stats")["client_output_buffer_limit_disconnections"]), before + 1)
        slow.wait_closed()
        self.assertEqual(quick("PING"), ["pong", ""])

    @keyway_only
    def test_the_soft_limit_counts_for_pushes_too(self):
        self.c("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 1mb 1")
        self.addCleanup(self.c, "CONFIG", "SET", "client-output-buffer-limit", "pubsub 32mb 8mb 60")
        slow = self.subscriber("c")
        number = self.c.client_list()[-1]["id"]
        text = "z" * 100_000
        while int(self.c.client_fields(number)["omem"]) < 2_000_000:
            self.c("PUBLISH", "c", text)
        # Nothing more is published: cron has to see to it.
        self.eventually(lambda: self.c("PUBSUB", "NUMSUB", "c") == ["c", 0], "the slow subscriber is never closed")
        slow.wait_closed()

    @keyway_only
    def test_one_transaction_cannot_fill_the_memory(self):
        self.c("CONFIG", "SET", "client-output-buffer-limit", "pubsub 4mb 0 0")
        self.addCleanup(self.c, "CONFIG", "SET", "client-output-buffer-limit", "pubsub 32mb 8mb 60")
        slow = self.subscriber("c")
        replies = self.c.pipeline([["MULTI"], *[["PUBLISH", "c", "z" * 1_000_000]] * 20, ["EXEC"]])
        self.assertEqual(replies[-1][:3], [1, 1, 1])
        self.assertEqual(replies[-1][-3:], [0, 0, 0])
        slow.wait_closed()

    def test_key_events(self):
        self.c("CONFIG", "SET", "notify-keyspace-events", "KEA")
        self.addCleanup(self.c, "CONFIG", "SET", "notify-keyspace-events", "")
        self.assertEqual(self.c.config("notify-keyspace-events"), "AKE")
        subscriber = self.subscriber("__key*", command="PSUBSCRIBE")
        self.c("SET", "k", "v", "PX", 20)
        expected = [("__keyspace@0__:k", "set"), ("__keyevent@0__:set", "k"), ("__keyspace@0__:k", "expire"), ("__keyevent@0__:expire", "k"),
                    ("__keyspace@0__:k", "expired"), ("__keyevent@0__:expired", "k")]
        # Nobody touches the key: the last two come from the active cycle.
        self.assertEqual([tuple(subscriber.read()[2:]) for _ in expected], expected)

    def test_events_of_the_clients_own_commands(self):
        self.c("CONFIG", "SET", "notify-keyspace-events", "E$")
        self.addCleanup(self.c, "CONFIG", "SET", "notify-keyspace-events", "")
        client = self.subscriber("__keyevent@0__:set", protocol=3)
        self.assertEqual([client("SET", "k", "v"), client.read()], ["OK", ["message", "__keyevent@0__:set", "k"]])

    def test_python_redis(self):
        if redis is None:
            self.skipTest("the Python module redis is missing (package python3-redis)")
        host, port = self.server.client_address()
        kw = {}
        if self.options.backend:
            certs = self.options.certs
            kw = {"ssl": True, "ssl_ca_certs": str(certs.ca), "ssl_check_hostname": False, "ssl_certfile": str(certs.client.cert), "ssl_keyfile": str(certs.client.key)}
        client = redis.Redis(host=host, port=port, decode_responses=True, **kw)
        self.addCleanup(client.close)
        pubsub = client.pubsub(ignore_subscribe_messages=True)
        self.addCleanup(pubsub.close)
        pubsub.subscribe("c")
        pubsub.psubscribe("p*")
        heard = threading.Event()
        pubsub.subscribe(**{"handled": lambda message: heard.set()})
        self.eventually(lambda: client.pubsub_numsub("c", "handled") == [("c", 1), ("handled", 1)] and client.pubsub_numpat() == 1, "not subscribed")
        client.publish("c", "one"), client.publish("page", "two"), client.publish("handled", "three")
        got = []
        end = time.monotonic() + 30
        while not (len(got) == 2 and heard.is_set()) and time.monotonic() < end:
            message = pubsub.get_message(timeout=1)
            if message is not None:
                got.append((message["type"], message["channel"], message["data"]))
        self.assertEqual(got, [("message", "c", "one"), ("pmessage", "page", "two")])
        self.assertTrue(heard.is_set())

    def test_cli_stays_with_its_subscription(self):
        if self.options.cli is None or not pathlib.Path(self.options.cli).exists():
            self.skipTest("no keyway-cli was named with --cli")
        for protocol in ([], ["-3"]):
            arguments = self.server.tool_arguments()
            if self.options.backend and self.options.is_keyway:
                arguments += ["--tls-backend", self.options.backend]
            cli = subprocess.Popen([self.options.cli, *arguments, *protocol, "PSUBSCRIBE", "a*", "b"], stdout=subprocess.PIPE, text=True)
            self.addCleanup(cli.stdout.close)
            self.addCleanup(cli.wait)
            self.addCleanup(cli.kill)
            self.assertEqual([cli.stdout.readline() for _ in range(6)], [f"{word}\n" for word in ("psubscribe", "a*", "1", "psubscribe", "b", "2")])
            for text in ("one", "two"):
                self.assertEqual(self.c("PUBLISH", "ab", text), 1)
                self.assertEqual([cli.stdout.readline() for _ in range(4)], [f"{word}\n" for word in ("pmessage", "a*", "ab", text)])
            cli.kill()
            self.eventually(lambda: self.c("PUBSUB", "NUMPAT") == 0, "the subscriptions stay")


class PubSubThreadsTest(PubSubTest):
    """The same with I/O threads: pushes cross threads, and so do the ends of shared messages."""
    CONFIG = {"tls-auth-clients": "optional", "io-threads": 3}
