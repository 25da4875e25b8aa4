"""Limits on connections: timeout, maxclients, output buffers, keepalive."""
import socket
import struct
import subprocess
import threading
import time

from harness.case import ServerCase
from harness.client import dial
from harness.resp import Disconnected, encode


class TimeoutTest(ServerCase):
    def test_idle_connections_are_closed(self):
        server = self.start({"timeout": 1})
        idle, busy = self.client_of(server), self.client_of(server)
        closed = threading.Thread(target=idle.wait_closed)
        closed.start()
        while closed.is_alive():
            self.assertEqual(busy("PING"), "PONG")
            time.sleep(0.05)
        closed.join()
        self.assertTrue(busy.is_open())

    def test_timeout_is_changed_live(self):
        server = self.start()
        idle = self.client_of(server)
        with server.client() as admin:
            admin("CONFIG", "SET", "timeout", 1)
        idle.wait_closed()


class MaxClientsTest(ServerCase):
    def test_who_is_too_many_is_told_so(self):
        server = self.start({"maxclients": 5})
        inside = [self.client_of(server)]
        # The connection that start() pinged through is counted until the server has seen its end.
        self.eventually(lambda: inside[0].info("clients")["connected_clients"] == "1", "somebody else is connected")
        inside += [self.client_of(server) for _ in range(4)]
        for client in inside:
            self.assertEqual(client("PING"), "PONG")
        if server.options.backend and not self.options.is_keyway:
            with self.assertRaises((OSError, Disconnected)):
                self.client_of(server)("PING")
        else:
            refused = self.client_of(server)
            self.assertEqual(refused.read_rest(), b"-ERR max number of clients reached\r\n")
        self.assertEqual(inside[0].info("stats")["rejected_connections"], "1")
        inside.pop().close()
        self.eventually(lambda: inside[0].info("clients")["connected_clients"] == "4", "the place is not given back")
        self.assertEqual(self.client_of(server)("PING"), "PONG")

    def test_raised_and_lowered_live(self):
        server = self.start({"maxclients": 3})
        first = self.client_of(server)
        self.eventually(lambda: first.info("clients")["connected_clients"] == "1", "somebody else is connected")
        first("CONFIG", "SET", "maxclients", 10)
        more = [self.client_of(server) for _ in range(8)]
        self.assertEqual([client("PING") for client in more], ["PONG"] * 8)
        first("CONFIG", "SET", "maxclients", 2)
        self.assertEqual([client("PING") for client in more], ["PONG"] * 8, "who is in stays in")


class OutputLimitTest(ServerCase):
    def test_hard_limit(self):
        server = self.start({"client-output-buffer-limit": "normal 3mb 0 0"})
        greedy, other = self.client_of(server), self.client_of(server)
        other("SET", "k", "x" * 1_000_000)
        mark = server.log_mark()
        greedy.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            greedy.send_raw(encode("GET", "k") * 40)
        except Disconnected:
            pass
        server.wait_log("for overcoming of output buffer limits", since=mark)
        self.assertEqual(other("PING"), "PONG")
        self.eventually(lambda: len(other.client_list()) == 1, "the greedy client is still there")

    def test_before_authentication_hardly_anything_may_wait(self):
        """The limit of 1 KB counts behind the kernel's buffers, so the client's is kept small."""
        server = self.start({"requirepass": "sesame"})
        greedy = self.client_of(server)
        greedy.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        mark = server.log_mark()
        with self.assertRaises(Disconnected):
            for _ in range(500):
                greedy.send_raw(encode("SET", "x", "5") * 1000)
        server.wait_log("for overcoming of output buffer limits", since=mark)

    def test_soft_limit(self):
        server = self.start({"client-output-buffer-limit": "normal 0 2mb 1"})
        greedy, other = self.client_of(server), self.client_of(server)
        other("SET", "k", "x" * 1_000_000)
        mark = server.log_mark()
        greedy.send_raw(encode("GET", "k") * 30)
        server.wait_log("for overcoming of output buffer limits", since=mark)
        self.assertEqual(other("PING"), "PONG")

    def test_no_limit_by_default_for_normal_clients(self):
        server = self.start()
        client = self.client_of(server)
        client("SET", "k", "x" * 1_000_000)
        client.send_raw(encode("GET", "k") * 60)
        for _ in range(60):
            self.assertEqual(len(client.read()), 1_000_000)

    def test_omem_is_seen_and_falls_again(self):
        server = self.start()
        slow, other = self.client_of(server), self.client_of(server)
        number = slow("CLIENT", "ID")
        other("SET", "k", "x" * 1_000_000)
        slow.send_raw(encode("GET", "k") * 30)
        self.eventually(lambda: int(other.client_fields(number)["omem"]) > 5_000_000, "omem stays small")
        for _ in range(30):
            slow.read()
        self.eventually(lambda: other.client_fields(number)["omem"] == "0", "omem does not fall")


class KeepaliveTest(ServerCase):
    def keepalive_of(self, server):
        """Whether the kernel runs a keepalive timer (timer:(keepalive,...)) on the server's end of a connection."""
        ss = self.need("ss", "iproute2")
        client = self.client_of(server)
        client("PING")
        port = client.sock.getsockname()[1]

        def settled():
            """The line of the socket once nothing waits for an acknowledgement: until then another timer runs."""
            out = subprocess.run([ss, "-tnoH", "state", "established", f"dport = :{port}"], capture_output=True, text=True).stdout
            self.assertIn(str(port), out)
            return None if "timer:(on" in out else out
        return "keepalive" in self.eventually(settled, "the reply is never acknowledged")

    def test_on_and_off(self):
        server = self.start({"tcp-keepalive": 300})
        self.eventually(lambda: self.keepalive_of(server), "no keepalive timer runs")
        with server.client() as client:
            client("CONFIG", "SET", "tcp-keepalive", 0)
        self.eventually(lambda: not self.keepalive_of(server), "a keepalive timer runs on new connections")


class PeersTest(ServerCase):
    """Peers that die, stall or say nothing."""

    def test_a_thousand_connections(self):
        server = self.start()
        clients = [self.client_of(server) for _ in range(1000)]
        for i, client in enumerate(clients):
            client.send("SET", f"k:{i}", i)
        self.assertEqual([client.read() for client in clients], ["OK"] * 1000)
        self.assertGreaterEqual(int(clients[0].info("clients")["connected_clients"]), 1000)
        fds = server.open_fds()
        for client in clients[1:]:
            client.close()
        self.eventually(lambda: clients[0].info("clients")["connected_clients"] == "1", "closed connections are still counted")
        self.eventually(lambda: server.open_fds() <= fds - 999, "descriptors are not given back")

    def test_resets_in_the_middle_of_everything(self):
        server = self.start()
        watcher = self.client_of(server)
        watcher("SET", "big", "x" * 5_000_000)
        for data in (encode("GET", "big") * 5, encode("SET", "k", "v")[:-3], b"*", b""):
            for _ in range(20):
                client = server.client()
                client.send_raw(data)
                # Linger 0: close() sends a reset, as the kernel does for a process that was killed with data unread.
                client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
        self.eventually(lambda: watcher.info("clients")["connected_clients"] == "1", "reset connections are still counted")

    def test_killed_load(self):
        """kill -9 of a whole redis-benchmark."""
        benchmark = self.need("redis-benchmark", "redis-tools")
        server = self.start()
        watcher = self.client_of(server)
        for _ in range(3):
            load = subprocess.Popen([benchmark, *server.tool_arguments(), "-c", "50", "-n", "100000000", "-P", "16", "-t", "set", "-q"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                self.eventually(lambda: int(watcher.info("clients")["connected_clients"]) > 40, "the load does not connect")
            finally:
                load.kill()
                load.wait()
            self.eventually(lambda: watcher.info("clients")["connected_clients"] == "1", "dead connections are still counted")
        self.assertEqual(watcher("SET", "k", "v"), "OK")

    def test_silent_peers_cost_nobody_anything(self):
        server = self.start()
        address = server.client_address()
        silent = [dial(address) for _ in range(200)]
        try:
            client = self.client_of(server)
            for i in range(200):
                self.assertEqual(client("INCR", "n"), i + 1)
        finally:
            for sock in silent:
                sock.close()

    def test_a_slow_reader_does_not_hold_others(self):
        server = self.start()
        slow, quick = self.client_of(server), self.client_of(server)
        quick("SET", "big", "x" * 4_000_000)
        slow.send_raw(encode("GET", "big") * 10)
        for _ in range(1000):
            self.assertEqual(quick("PING"), "PONG")
        for _ in range(10):
            self.assertEqual(len(slow.read()), 4_000_000)

    def test_a_slow_writer_does_not_hold_others(self):
        server = self.start()
        slow, quick = self.client_of(server), self.client_of(server)
        data = encode("SET", "slow", "x" * 300)
        for byte in data:
            slow.send_raw(bytes([byte]))
            self.assertEqual(quick("PING"), "PONG")
        self.assertEqual(slow.read(), "OK")
