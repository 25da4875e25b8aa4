"""tls-mode: plaintext and TLS on one port, for fleets on their way to TLS; and what links do meanwhile."""
import socket
import ssl

from harness.case import ServerCase
from harness.client import Client, TlsSettings, dial
from harness.resp import Disconnected, encode

REFUSAL = b"-ERR I/O error: this port speaks TLS only\r\n"


def hello():
    """The first message of a TLS client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = TlsSettings().context().wrap_bio(incoming, outgoing)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class TlsModeCase(ServerCase):
    def setUp(self):
        if not self.options.is_keyway or self.options.backend is None:
            self.skipTest("this run is not over TLS")

    def plain(self, server, **kw):
        return self.open(Client(server.tls_address, **kw))

    def assert_refused(self, server):
        refused = self.plain(server)
        refused.send("PING")
        self.assertEqual(refused.read_rest(), REFUSAL)

    def counts(self, server):
        with server.any_client() as client:
            return client.info("transports")


class PortTest(TlsModeCase):
    def test_require_is_the_default_and_counts_who_is_refused(self):
        server = self.start({"tls-auth-clients": "no"})
        self.assert_refused(server)
        self.assert_refused(server)
        self.assertEqual(self.counts(server)["tls_plaintext_refused"], "2")
        client = self.client_of(server)
        client("CONFIG", "RESETSTAT")
        self.assertEqual(client.info("transports")["tls_plaintext_refused"], "0")

    def test_both_on_one_port(self):
        for mode in ("prefer", "allow"):
            server = self.start({"tls-auth-clients": "no", "tls-mode": mode})
            secure, plain = self.client_of(server), self.plain(server)
            secure("SET", "k", "v" * 300_000)
            self.assertEqual(plain("GET", "k"), "v" * 300_000)
            self.assertEqual(plain.client_fields()["transport"], "tcp")
            self.assertEqual(secure.client_fields()["transport"], f"tls-{self.options.backend}")
            replies = plain.pipeline([("INCR", "n")] * 5000)
            self.assertEqual(replies, list(range(1, 5001)))
            counts = self.counts(server)
            self.assertEqual(counts["tls_plaintext_accepted"], "1")
            self.assertGreaterEqual(int(counts["tls_handshakes_completed"]), 1)

    def test_a_request_in_pieces(self):
        server = self.start({"tls-auth-clients": "no", "tls-mode": "prefer"})
        plain = self.plain(server)
        for byte in encode("SET", "k", "v"):
            plain.send_raw(bytes([byte]))
        self.assertEqual(plain.read(), "OK")
        big = "x" * 200_000  # longer than a hello may be
        self.assertEqual(self.plain(server)("ECHO", big), big)

    def test_plaintext_needs_leave_where_certificates_are_asked_for(self):
        server = self.start({"tls-auth-clients": "yes", "tls-mode": "prefer"})
        self.assert_refused(server)
        client = self.client_of(server)
        client("CONFIG", "SET", "tls-mode-plaintext-auth", "yes")
        self.assertEqual(self.plain(server)("PING"), "PONG")
        client("CONFIG", "SET", "tls-mode-plaintext-auth", "no")
        self.assert_refused(server)
        client("CONFIG", "SET", "tls-auth-clients", "optional")
        self.assertEqual(self.plain(server)("PING"), "PONG")

    def test_changed_live(self):
        server = self.start({"tls-auth-clients": "no"})
        client = self.client_of(server)
        client("CONFIG", "SET", "tls-mode", "allow")
        plain = self.plain(server)
        self.assertEqual(plain("PING"), "PONG")
        client("CONFIG", "SET", "tls-mode", "require")
        self.assert_refused(server)
        self.assertEqual(plain("PING"), "PONG", "who is in stays in")
        self.assertRegex(client.error("CONFIG", "SET", "tls-mode", "sometimes"), "tls-mode")
        self.assertEqual(client.config("tls-mode"), "require")

    def test_rewritten(self):
        server = self.start({"tls-auth-clients": "no"})
        self.client_of(server)("CONFIG", "SET", "tls-mode", "prefer")
        self.client_of(server)("CONFIG", "REWRITE")
        server.restart()
        self.assertEqual(self.plain(server)("PING"), "PONG")

    def test_of_one_listener(self):
        server = self.new_server({"tls-auth-clients": "no"})
        path = server.folder / "both.sock"
        server.extra["listen"] = f"tls+unix://{path} tls-mode prefer"
        server.start()
        self.assertEqual(self.open(Client(path))("PING"), "PONG")
        secure = self.open(Client(path, tls=TlsSettings()))
        self.assertEqual(secure.client_fields()["transport"], f"tls-{self.options.backend}+unix")
        self.assert_refused(server)

    def test_modes_that_make_no_sense(self):
        for line, reason in (("tcp://127.0.0.1:0 tls-mode prefer", "tls-mode: tcp is no TLS transport"),
                             ("tls://127.0.0.1:0 tls-mode often", "tls-mode"), ("tls://127.0.0.1:0 server-name a", "server-name")):
            code, out, err = self.new_server({"listen": line}).run_to_exit()
            self.assertGreater(code, 0, line)
            self.assertIn(reason, out + err)


class FirstBytesTest(TlsModeCase):
    def start_both(self, **config):
        return self.start({"tls-auth-clients": "no", "tls-mode": "prefer", **config})

    def test_the_deadline_starts_with_the_first_byte_of_tls(self):
        server = self.start_both(**{"tls-handshake-timeout": 300})
        silent, plain = self.plain(server), self.plain(server)
        with dial(server.tls_address) as begun:
            begun.sendall(hello()[:20])
            begun.settimeout(20)
            try:
                self.assertEqual(begun.recv(100), b"")
            except ConnectionError:
                pass
        self.eventually(lambda: self.counts(server)["tls_handshakes_timed_out"] == "1", "the timeout is not counted")
        # Others that have said nothing or no TLS are no handshakes and still there.
        self.assertEqual(silent("PING"), "PONG")
        self.assertEqual(plain("PING"), "PONG")

    def test_silent_clients_are_idle_clients(self):
        server = self.start_both(timeout=1)
        with dial(server.tls_address) as silent:
            silent.settimeout(20)
            self.assertEqual(silent.recv(100), b"")
        self.assertEqual(self.counts(server)["tls_handshakes_timed_out"], "0")

    def test_a_hello_that_breaks_off_is_no_plaintext(self):
        server = self.start_both()
        with dial(server.tls_address) as sock:
            sock.sendall(hello()[:40])
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(sock.recv(1000), b"")
        self.assertEqual(self.counts(server)["tls_plaintext_accepted"], "0")

    def test_ends_of_plaintext(self):
        server = self.start_both()
        plain = self.plain(server)
        plain.send("SET", "k", "v")
        plain.sock.shutdown(socket.SHUT_WR)
        self.assertEqual(plain.read_rest(), b"+OK\r\n")
        self.assertEqual(self.plain(server)("QUIT"), "OK")
        self.assertRegex(self.plain(server).error("*abc"), "ERR unknown command")
        with self.open(Client(server.tls_address)) as bad:
            bad.send_raw(b"*1\r\n$abc\r\n")
            self.assertRegex(bad.read_rest(), rb"^-ERR Protocol error: invalid bulk length\r\n$")

    def test_maxclients_and_passwords_hold_for_both(self):
        server = self.start_both(requirepass="secret", maxclients=4)
        plain = self.plain(server)
        self.assertRegex(plain.error("PING"), "^NOAUTH")
        self.assertEqual(plain("AUTH", "secret"), "OK")
        self.eventually(lambda: plain.info("clients")["connected_clients"] == "1", "somebody else is connected")
        inside = [self.client_of(server) for _ in range(3)]
        self.assertRegex(inside[0].error("PING"), "^NOAUTH")
        refused = self.plain(server)
        refused.send("PING")
        self.assertEqual(refused.read_rest(), b"-ERR max number of clients reached\r\n")
        self.assertEqual(self.client_of(server).read_rest(), b"-ERR max number of clients reached\r\n", "after the handshake")


class LinkTest(TlsModeCase):
    """MIGRATE uses the transport of the cluster's links."""

    def migrate(self, mode, target, port):
        source = self.start({"tls-cluster": "yes", "tls-mode": mode, "tls-auth-clients": "no"})
        client = self.client_of(source)
        client("SET", "k", "v")
        return client, lambda: client("MIGRATE", "127.0.0.1", port, "k", 0, 3000)

    def test_prefer_dials_tls_and_never_falls_back(self):
        target = self.start({"tls-auth-clients": "no"})
        for mode in ("require", "prefer"):
            _, migrate = self.migrate(mode, target, target.tls_port)
            self.assertEqual(migrate(), "OK")
            self.client_of(target)("FLUSHALL")
            client, _ = self.migrate(mode, target, target.port)
            self.assertRegex(client.error("MIGRATE", "127.0.0.1", target.port, "k", 0, 3000), "^IOERR ")
            self.assertEqual(client("EXISTS", "k"), 1)
            self.assertEqual(self.client_of(target)("DBSIZE"), 0)

    def test_allow_dials_plaintext(self):
        target = self.start({"tls-auth-clients": "no"})
        _, migrate = self.migrate("allow", target, target.port)
        self.assertEqual(migrate(), "OK")
        client, _ = self.migrate("allow", target, target.tls_port)
        with self.assertRaises(Exception):
            client("MIGRATE", "127.0.0.1", target.tls_port, "k", 0, 3000)
        both = self.start({"tls-auth-clients": "no", "tls-mode": "prefer"})
        self.assertEqual(client("MIGRATE", "127.0.0.1", both.tls_port, "k", 0, 3000), "OK")
        self.assertEqual(self.client_of(both)("GET", "k"), "v")
