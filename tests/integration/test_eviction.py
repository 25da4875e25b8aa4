"""maxmemory and maxmemory-clients: the limits hold under load, and others hear of what is evicted."""
import random
import socket

from harness.case import ServerCase
from harness.resp import Disconnected, ReplyError, encode

POLICIES = ("allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl")
MB = 1 << 20


def used(client):
    return int(client.info("memory")["used_memory"])


class KeysTest(ServerCase):
    def test_the_limit_holds_under_load_with_every_policy(self):
        server = self.start()
        client = self.client_of(server)
        seed = random.randrange(1 << 32)
        noise = random.Random(seed)
        for policy in POLICIES:
            with self.subTest(policy=policy, seed=seed):
                client("CONFIG", "SET", "maxmemory", 0)
                client("FLUSHALL")
                client("CONFIG", "RESETSTAT")
                limit = used(client) + 4 * MB
                client("CONFIG", "SET", "maxmemory", limit, "maxmemory-policy", policy)
                for _ in range(40):
                    # 12 MB altogether, big values among them.
                    replies = client.pipeline([("SET", f"key:{noise.randrange(1 << 40)}", "x" * size, "EX", noise.randrange(1000, 2000))
                                               for size in [noise.randrange(3000) for _ in range(100)] + [150_000]])
                    self.assertEqual([reply for reply in replies if isinstance(reply, ReplyError)], [])
                    self.assertLess(used(client), limit + 256 * 1024)
                self.assertGreater(int(client.info("stats")["evicted_keys"]), 1000)
                self.assertGreater(client("DBSIZE"), 500, "far too many went")

    def test_collections_are_evicted_too_and_lazily_if_asked_for(self):
        # Time enough to wait for what is being freed in the background.
        server = self.start({"lazyfree-lazy-eviction": "yes", "maxmemory-policy": "allkeys-random", "maxmemory-eviction-tenacity": 70})
        client = self.client_of(server)
        limit = used(client) + 8 * MB
        client("CONFIG", "SET", "maxmemory", limit)
        for i in range(40):
            client("RPUSH", f"list:{i}", *(f"{n:0500}" for n in range(2000)))
        # A value is still being freed when the next one comes.
        self.eventually(lambda: used(client) < limit + MB, "memory stays above the limit")
        stats = client.info("everything")
        self.assertGreater(int(stats["evicted_keys"]), 20)
        self.assertGreater(int(stats["lazyfreed_objects"]), 20)

    def test_noeviction_refuses_writes(self):
        server = self.start()
        client = self.client_of(server)
        client("SET", "k", "v")
        client("CONFIG", "SET", "maxmemory", used(client) + MB)
        client("SETRANGE", "big", 2 * MB, "x")
        self.assertRegex(client.error("SET", "k", "other"), "^OOM command not allowed when used memory > 'maxmemory'")
        self.assertEqual(client("GET", "k"), "v")
        stats = client.info("stats")
        self.assertEqual(stats["evicted_keys"], "0")
        self.eventually(lambda: int(client.info("stats")["current_eviction_exceeded_time"]) > 0, "time over the limit is not counted")
        client("DEL", "big")
        self.assertEqual(client("SET", "k", "other"), "OK")
        stats = client.info("stats")
        self.assertEqual(stats["current_eviction_exceeded_time"], "0")
        self.assertGreater(int(stats["total_eviction_exceeded_time"]), 0)

    def test_a_lower_limit_evicts_at_once_without_further_commands(self):
        server = self.start({"maxmemory-policy": "allkeys-lru", "maxmemory-eviction-tenacity": 0})
        client = self.client_of(server)
        before = used(client)
        client.pipeline([("SET", f"key:{i}", "x" * 1000) for i in range(5000)])
        mark = server.log_mark()
        client("CONFIG", "SET", "maxmemory", before + 2 * MB)
        server.wait_log("is smaller than the current memory usage", since=mark)
        questions = []
        self.eventually(lambda: questions.append(1) or used(client) < before + 2 * MB + 64 * 1024, "nothing more is evicted")
        self.assertGreater(client("DBSIZE"), 500)
        # With that tenacity each command evicts 16 keys.
        self.assertGreater(int(client.info("stats")["evicted_keys"]), 16 * (len(questions) + 10))

    def test_clients_of_sync_hear_of_it(self):
        server = self.start({"maxmemory-policy": "allkeys-lru"})
        client, replica = self.client_of(server), self.client_of(server)
        for name in ("a", "b", "c"):
            client("SET", name, "v")
        replica.send("SYNC")
        received = b""
        # Line ends come in front of the length while the snapshot is made.
        while not received.lstrip(b"\n").startswith(b"$") or b"\r\n" not in received:
            received += replica.sock.recv(4096)
        length, received = received.lstrip(b"\n")[1:].split(b"\r\n", 1)
        client("CONFIG", "SET", "maxmemory", 1)
        self.eventually(lambda: client("DBSIZE") == 0, "keys are left")
        client("CONFIG", "SET", "maxmemory", 0)
        client("SET", "after", "v")
        end = encode("SET", "after", "v")
        while not received.endswith(end):
            received += replica.sock.recv(4096)
        stream = received[int(length):]
        deletions = sorted(stream.removeprefix(encode("SELECT", "0")).removesuffix(end).split(b"*2\r\n")[1:])
        self.assertEqual(deletions, [encode("DEL", name).removeprefix(b"*2\r\n") for name in ("a", "b", "c")])


class ClientsTest(ServerCase):
    def gone(self, admin, number):
        return all(fields["id"] != str(number) for fields in admin.client_list())

    def test_who_sends_too_much_is_closed(self):
        server = self.start({"maxmemory-clients": "2mb"})
        admin, greedy, modest = (self.client_of(server) for _ in range(3))
        number = greedy("CLIENT", "ID")
        modest.send_raw(b"*2\r\n$400000\r\n" + b"x" * 300_000)
        mark = server.log_mark()
        try:
            greedy.send_raw(b"*2\r\n$4000000\r\n" + b"x" * 3_000_000)
        except Disconnected:
            pass
        self.eventually(lambda: self.gone(admin, number), "the greedy client is still there")
        server.wait_log("Evicting client: ", since=mark)
        self.assertEqual(admin.info("stats")["evicted_clients"], "1")
        modest.send_raw(b"x" * 100_000 + b"\r\n$1\r\nx\r\n")
        self.assertRegex(str(modest.read_any()), "unknown command")

    def test_who_reads_too_little_is_closed(self):
        server = self.start({"maxmemory-clients": "3mb"})
        admin, slow = self.client_of(server), self.client_of(server)
        number = slow("CLIENT", "ID")
        slow.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        admin("RPUSH", "list", *("x" * 1000 for _ in range(200)))
        try:
            for _ in range(20):
                slow.send_raw(encode("LRANGE", "list", "0", "-1") * 5)
        except Disconnected:
            pass
        self.eventually(lambda: self.gone(admin, number), "the slow client is still there")
        self.assertLess(int(admin.info("clients")["client_recent_max_output_buffer"]), 3 * MB)

    def test_no_evict_protects(self):
        server = self.start({"maxmemory-clients": "1mb"})
        admin, greedy = self.client_of(server), self.client_of(server)
        number = greedy("CLIENT", "ID")
        self.assertEqual(admin("CLIENT", "NO-EVICT", "ON"), "OK")
        self.assertEqual(greedy("CLIENT", "NO-EVICT", "ON"), "OK")
        greedy.send_raw(b"*2\r\n$4000000\r\n" + b"x" * 2_000_000)
        self.eventually(lambda: int(admin.client_fields(number)["tot-mem"]) > 2_000_000, "nothing arrives")
        self.assertIn("e", admin.client_fields(number)["flags"])
        self.assertEqual(admin.info("stats")["evicted_clients"], "0")

    def test_a_lower_limit_closes_the_largest(self):
        server = self.start()
        admin = self.client_of(server)
        admin("CLIENT", "NO-EVICT", "ON")
        clients = {size: self.client_of(server) for size in (1_500_000, 600_000, 200_000)}
        numbers = {size: client("CLIENT", "ID") for size, client in clients.items()}
        for size, client in clients.items():
            client.send_raw(b"*2\r\n$%d\r\n" % size + b"x" * size)
            self.eventually(lambda: int(admin.client_fields(numbers[size])["qbuf"]) == size, "nothing arrives")
        for limit, gone in ((1_500_000, 1_500_000), (600_000, 600_000)):
            admin("CONFIG", "SET", "maxmemory-clients", limit)
            self.eventually(lambda: self.gone(admin, numbers[gone]), f"{gone} is still there")
        self.assertFalse(self.gone(admin, numbers[200_000]))
        self.assertEqual(admin.info("stats")["evicted_clients"], "2")

    def test_a_share_of_maxmemory(self):
        server = self.start({"maxmemory": "20mb", "maxmemory-clients": "5%"})
        admin, greedy = self.client_of(server), self.client_of(server)
        number = greedy("CLIENT", "ID")
        greedy.send_raw(b"*2\r\n$500000\r\n" + b"x" * 500_000)
        self.eventually(lambda: int(admin.client_fields(number)["qbuf"]) == 500_000, "nothing arrives")
        admin("CONFIG", "SET", "maxmemory", "8mb")
        self.eventually(lambda: self.gone(admin, number), "it is still there")


class WaitingTest(ServerCase):
    def test_keys_that_are_waited_for_are_counted(self):
        server = self.start()
        admin, first, second = (self.client_of(server) for _ in range(3))
        admin("XGROUP", "CREATE", "stream", "group", "$", "MKSTREAM")
        first.send("BLPOP", "a", "b", 0)
        second.send("XREADGROUP", "GROUP", "group", "me", "BLOCK", 0, "STREAMS", "stream", ">")
        self.eventually(lambda: admin.info("clients")["total_blocking_keys"] == "3", "the keys are not counted")
        self.assertEqual(admin.info("clients")["total_blocking_keys_on_nokey"], "1")
        admin("LPUSH", "b", "v")
        self.assertEqual(admin.info("clients")["total_blocking_keys"], "1")
