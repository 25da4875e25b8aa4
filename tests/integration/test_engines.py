"""The kernel's interfaces for connections (io-engine): the same service over each, and what becomes of peers that misbehave."""
import ctypes
import errno
import socket
import struct
import subprocess
import sys

from harness.case import ServerCase
from harness.resp import encode

# A program that may not call io_uring_setup (425 everywhere) any more, as in many containers: its arguments are the program to become.
FORBID = """
import ctypes, os, struct, sys
code = [(0x20, 0, 0, 0), (0x15, 0, 1, 425), (0x06, 0, 0, 0x50000 | 1), (0x06, 0, 0, 0x7fff0000)]
program = b"".join(struct.pack("HBBI", *one) for one in code)
buffer = ctypes.create_string_buffer(program)
libc = ctypes.CDLL(None, use_errno=True)
class Filter(ctypes.Structure):
    _fields_ = [("count", ctypes.c_ushort), ("code", ctypes.c_void_p)]
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(Filter(len(code), ctypes.addressof(buffer))), 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


def uring_is_permitted():
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall(425, 1, None)
    return ctypes.get_errno() == errno.EFAULT


class EngineCase:
    """Everything here is asked of both engines."""
    engine = None

    def start_engine(self, config=None):
        return self.start({"io-engine": self.engine, **(config or {})})

    def test_info_names_it(self):
        client = self.client_of(self.start_engine())
        self.assertEqual(client.info("server")["multiplexing_api"], self.engine)
        self.assertEqual(client.config("io-engine"), self.engine)
        self.assert_error(client.pipeline([("CONFIG", "SET", "io-engine", "auto")])[0], "can't set immutable config")

    def test_many_connections_with_data_at_once(self):
        # More than an engine has buffers, each with a request in two pieces.
        server = self.start_engine()
        clients = [self.client_of(server) for _ in range(200 if self.options.backend else 1000)]
        requests = [encode("SET", f"key:{i}", f"value of {i} " * 20) + encode("GET", f"key:{i}") for i in range(len(clients))]
        for client, request in zip(clients, requests):
            client.send_raw(request[:50])
        for client, request in zip(clients, requests):
            client.send_raw(request[50:])
        for i, client in enumerate(clients):
            self.assertEqual(client.read(), "OK")
            self.assertEqual(client.read(), f"value of {i} " * 20)
        self.assertEqual(clients[0].info("clients")["connected_clients"], str(len(clients)))

    def test_a_long_pipeline(self):
        client = self.client_of(self.start_engine())
        # One thread sends and reads, since Python's TLS sockets bear no second one: 10,000 requests are always under way.
        step, steps = 5000, 20
        for i in range(steps + 2):
            if i < steps:
                client.send_raw(encode("INCR", "n") * step)
            if i >= 2:
                self.assertEqual([client.read() for _ in range(step)], list(range((i - 2) * step + 1, (i - 1) * step + 1)))

    def test_big_values(self):
        client = self.client_of(self.start_engine())
        value = "".join(chr(33 + i % 90) for i in range(1009)) * 60_000  # 60 MB that are no multiple of any buffer
        self.assertEqual(client("SET", "big", value), "OK")
        self.assertTrue(client("GET", "big") == value)
        self.assertTrue(client("GETRANGE", "big", "30000000", "30050000") == value[30_000_000:30_050_001])

    def test_a_slow_reader_gets_everything_and_holds_nobody_up(self):
        server = self.start_engine()
        slow, other = self.client_of(server), self.client_of(server)
        value = "0123456789" * 5000
        other("SET", "k", value)
        slow.send_raw(encode("GET", "k") * 400 + encode("ECHO", "last"))
        for i in range(200):
            self.assertEqual(other("INCR", "n"), i + 1)
        for _ in range(400):
            self.assertTrue(slow.read() == value)
        self.assertEqual(slow.read(), "last")

    def test_small_replies_to_a_slow_reader(self):
        # Few bytes a turn, until the socket is full and long after.
        server = self.start_engine()
        slow, other = self.client_of(server), self.client_of(server)
        for i in range(4000):
            slow.send_raw(encode("ECHO", f"{i}:" + "x" * 3000))
        self.assertEqual(other("PING"), "PONG")
        for i in range(4000):
            self.assertEqual(slow.read(), f"{i}:" + "x" * 3000)

    def test_blocked_clients_that_send_more_hold_nobody_up(self):
        server = self.start_engine()
        blocked = [self.client_of(server) for _ in range(50)]
        for i, client in enumerate(blocked):
            client.send_raw(encode("BLPOP", f"list:{i}", "0") + encode("ECHO", "e" * 1000) * 150)
        other = self.client_of(server)
        self.eventually(lambda: other.info("clients")["blocked_clients"] == "50", "they do not block")
        for i in range(50):
            self.assertEqual(other("SET", "k", "v" * 20_000), "OK")
        for i in range(50):
            other("RPUSH", f"list:{i}", "x")
        for i, client in enumerate(blocked):
            self.assertEqual(client.read(), [f"list:{i}", "x"])
            for _ in range(150):
                self.assertEqual(client.read(), "e" * 1000)

    def test_a_blocked_client_that_goes_is_noticed(self):
        server = self.start_engine()
        client, other = self.client_of(server), self.client_of(server)
        client.send_raw(encode("BLPOP", "list", "0") + encode("ECHO", "e" * 1000) * 300)
        self.eventually(lambda: other.info("clients")["blocked_clients"] == "1", "it does not block")
        client.close()
        self.eventually(lambda: other.info("clients")["connected_clients"] == "1", "its end is not noticed")

    def test_replies_come_after_the_end_of_requests(self):
        client = self.client_of(self.start_engine())
        if client.tls is not None:
            self.skipTest("Python's TLS cannot close one way")
        client.send_raw(encode("SET", "k", "v" * 100_000) + encode("GET", "k") * 50)
        client.half_close()
        self.assertEqual(client.read(), "OK")
        for _ in range(50):
            self.assertEqual(client.read(), "v" * 100_000)
        self.assertEqual(client.read_rest(), b"")

    def test_quit_comes_with_all_replies(self):
        client = self.client_of(self.start_engine())
        client.send_raw(encode("SET", "k", "v" * 10_000) + encode("GET", "k") * 20 + encode("QUIT") + encode("PING"))
        self.assertEqual(client.read(), "OK")
        for _ in range(20):
            self.assertEqual(client.read(), "v" * 10_000)
        self.assertEqual(client.read_rest(), b"+OK\r\n")

    def test_abrupt_ends(self):
        server = self.start_engine()
        watcher = self.client_of(server)
        watcher("SET", "k", "v" * 100_000)
        for round_ in range(5):
            victims = [server.client() for _ in range(40)]
            for i, victim in enumerate(victims):
                victim.send_raw(encode("GET", "k") * (i % 5 * 10) + encode("BLPOP", "none", "0") * (i % 2) + b"*2\r\n$100000\r\nabc")
            for i, victim in enumerate(victims):
                if (i + round_) % 3:
                    victim.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                victim.close()
            self.assertEqual(watcher("STRLEN", "k"), 100_000)
        self.eventually(lambda: watcher.info("clients")["connected_clients"] == "1", "closed connections are still there")

    def test_a_killed_process_leaves_nothing(self):
        server = self.start_engine()
        watcher = self.client_of(server)
        benchmark = self.need("redis-benchmark", "redis-tools")
        command = [benchmark, "-p", str(server.port), "-t", "set,get", "-n", "100000000", "-c", "30", "-P", "10", "-q"]
        if not server.port:
            self.skipTest("no plain port")
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.eventually(lambda: watcher.info("clients")["connected_clients"] == "31", "the load does not start")
        finally:
            process.kill()
            process.wait()
        self.eventually(lambda: watcher.info("clients")["connected_clients"] == "1", "its connections are still there")

    def test_background_save_beside_a_load(self):
        server = self.start_engine()
        client = self.client_of(server)
        client.pipeline([("SET", f"k{i}", "v" * 100) for i in range(20_000)])
        for _ in range(3):
            self.assertEqual(client("BGSAVE"), "Background saving started")
            while client.info("persistence")["rdb_bgsave_in_progress"] == "1":
                self.assertEqual(client.pipeline([("SET", "k1", "w")] * 50), ["OK"] * 50)
            self.assertEqual(client.info("persistence")["rdb_last_bgsave_status"], "ok")

    def test_over_three_threads(self):
        server = self.start_engine({"io-threads": 3})
        clients = [self.client_of(server) for _ in range(30)]
        for round_ in range(20):
            for i, client in enumerate(clients):
                client.send_raw(encode("SET", f"k{i}", f"{round_}") + encode("GET", f"k{i}") * 30 + encode("GET", f"k{i}") * (round_ % 3))
            for i, client in enumerate(clients):
                self.assertEqual(client.read(), "OK")
                for _ in range(30 + round_ % 3):
                    self.assertEqual(client.read(), f"{round_}")


class EpollTest(EngineCase, ServerCase):
    engine = "epoll"


class UringTest(EngineCase, ServerCase):
    engine = "io_uring"

    def setUp(self):
        super().setUp()
        if not uring_is_permitted():
            self.skipTest("the kernel does not permit io_uring")
        server = self.start_engine()
        if "not part of this build" in server.log():
            self.skipTest("built without liburing")
        server.stop()


class ForbiddenTest(ServerCase):
    def start_forbidden(self, engine):
        server = self.new_server({"io-engine": engine})

        def forbidden():
            server.checked = False
            with open(server.folder / "stdout", "ab") as out, open(server.folder / "stderr", "ab") as err:
                command = [sys.executable, "-c", FORBID, str(server.options.server), str(server.config_file)]
                server.process = subprocess.Popen(command, cwd=server.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

        server._spawn = forbidden
        return server.start()

    def test_asked_for_it_says_so_and_goes_on_with_epoll(self):
        server = self.start_forbidden("io_uring")
        client = self.client_of(server)
        self.assertEqual(client.info("server")["multiplexing_api"], "epoll")
        self.assertEqual(server.log().count("io-engine io_uring: "), 1)

    def test_auto_goes_on_silently(self):
        server = self.start_forbidden("auto")
        client = self.client_of(server)
        self.assertEqual(client.info("server")["multiplexing_api"], "epoll")
        self.assertNotIn("io_uring", server.log())
