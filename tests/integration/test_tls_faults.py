"""Peers that do it wrong on purpose: bad certificates, broken and endless messages, damage at any byte, half-open and silent ones.

Each is told by the right alert, leaves a line in the log with its address and the reason, is counted, and slows down nobody else.
"""
import random
import resource
import socket
import ssl
import struct
import time

from harness.case import ServerCase
from harness.client import TlsSettings, dial
from harness.resp import encode

DECODE_ERROR, HANDSHAKE_FAILURE, PROTOCOL_VERSION = 50, 40, 70
ALERTS = {  # Python's names
    "SSLV3_ALERT_HANDSHAKE_FAILURE": 40, "SSLV3_ALERT_BAD_CERTIFICATE": 42, "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": 43,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": 45, "SSLV3_ALERT_CERTIFICATE_UNKNOWN": 46, "TLSV1_ALERT_UNKNOWN_CA": 48,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": 116,
}
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


def record(kind, body, version=0x0303):
    return struct.pack(">BHH", kind, version, len(body)) + body


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def extension(number, body):
    return struct.pack(">HH", number, len(body)) + body


def hello(version=0x0303, versions=None, ciphers=(0xC02B, 0xC02F, 0x1301), extensions=b""):
    """A ClientHello in one record."""
    if versions:
        extensions += extension(43, bytes([2 * len(versions)]) + b"".join(v.to_bytes(2, "big") for v in versions))
    extensions += extension(10, b"\x00\x04\x00\x17\x00\x18") + extension(11, b"\x01\x00") + extension(13, b"\x00\x04\x04\x03\x08\x04")
    suites = b"".join(c.to_bytes(2, "big") for c in ciphers)
    body = version.to_bytes(2, "big") + b"r" * 32 + b"\x00" + len(suites).to_bytes(2, "big") + suites + b"\x01\x00"
    return record(22, message(1, body + len(extensions).to_bytes(2, "big") + extensions), 0x0301)


class MemoryClient:
    """Python's TLS with the bytes in the test's hands."""

    def __init__(self, context):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing)

    def step(self, function):
        """(whether it is done, bytes for the server); ssl.SSLError when the library has had enough."""
        try:
            function()
            done = True
        except ssl.SSLWantReadError:
            done = False
        return done, self.outgoing.read()


class FaultCase(ServerCase):
    CONFIG = {}

    def setUp(self):
        if not self.options.is_keyway or self.options.backend is None:
            self.skipTest("this run is not over TLS")
        self.certs = self.options.certs
        self.server = self.start(self.CONFIG)
        self.bystander = self.client_of(self.server)
        self.assertEqual(self.bystander("PING"), "PONG")
        self.seed = random.randrange(1 << 32)
        self.rng = random.Random(self.seed)

    def tearDown(self):
        self.assertEqual(self.bystander("PING"), "PONG")
        self.eventually(lambda: self.bystander.info("clients")["connected_clients"] == "1", "somebody is still counted")
        self.eventually(lambda: self.count("connections_opening") == 0, "somebody is still opening")
        self.assert_serves(self.server)

    def count(self, name):
        return int(self.bystander.info("transports")[name])

    def receive_all(self, sock):
        """What comes until the server closes."""
        answer = b""
        try:
            while chunk := sock.recv(65536):
                answer += chunk
        except ConnectionError:
            pass
        return answer

    def alert_in(self, answer):
        """The number of the alert in the clear at the end of this, or None."""
        return answer[-1] if len(answer) >= 7 and answer[-7:-5] == b"\x15\x03" and answer[-4:-2] == b"\x00\x02" else None

    def assert_logged(self, sock_name, pattern, mark):
        self.server.wait_log(rf"Error accepting a client connection: .*(?:{pattern}).*127\.0\.0\.1:{sock_name[1]}\)", since=mark)


class CertificateTest(FaultCase):
    def attempt(self, version, pair):
        """(own address, alert) of a client with this certificate, which must not be let in."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = context.minimum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")  # for the weak key
        if pair:
            context.load_cert_chain(pair.cert, pair.key)
        raw = dial(self.server.tls_address, timeout=20)
        name = raw.getsockname()
        try:
            with context.wrap_socket(raw) as sock:
                self.fail(f"let in: {sock.recv(100)!r}")
        except ssl.SSLError as error:
            self.assertIn(error.reason, ALERTS, str(error))
            return name, ALERTS[error.reason]
        finally:
            raw.close()

    def check(self, pair, pattern, alerts):
        """`alerts`: what may be said."""
        for version in VERSIONS:
            mark, failed = self.server.log_mark(), self.count("tls_handshakes_failed")
            name, alert = self.attempt(version, pair)
            self.assertIn(alert, alerts, version)
            self.assert_logged(name, pattern, mark)
            self.assertEqual(self.count("tls_handshakes_failed"), failed + 1)
            self.assertEqual(self.bystander("PING"), "PONG")

    def test_none(self):
        self.check(None, "no certificate", {40, 116})

    def test_expired(self):
        self.check(self.certs.expired, "expired", {45})

    def test_not_yet_valid(self):
        self.check(self.certs.future, "not yet valid", {42, 45})

    def test_self_signed(self):
        self.check(self.certs.self_signed, "self.signed|no trusted authority", {42, 48})

    def test_of_an_unknown_authority(self):
        self.check(self.certs.other_client, "unable to get|unable to verify|no trusted authority", {48})

    def test_for_another_purpose(self):
        self.check(self.certs.server, "purpose|Key Use", {42, 43})

    def test_chain_too_long(self):
        self.check(self.certs.deep, "[Cc]hain|no trusted authority", {42, 48})

    def test_weak_key(self):
        self.check(self.certs.weak, "too weak|too small|[Kk]ey", {42, 43})


class MessageTest(FaultCase):
    CONFIG = {"tls-handshake-timeout": 2000}

    def exchange(self, data):
        """(own address, everything that came back) for bytes that the server must end the connection for."""
        with dial(self.server.tls_address, timeout=20) as sock:
            name = sock.getsockname()
            try:
                sock.sendall(data)
            except ConnectionError:
                pass
            return name, self.receive_all(sock)

    def refused(self, data, alerts, pattern=""):
        mark, failed = self.server.log_mark(), self.count("tls_handshakes_failed")
        name, answer = self.exchange(data)
        self.assertIn(self.alert_in(answer), alerts, answer)
        self.assert_logged(name, pattern, mark)
        self.assertEqual(self.count("tls_handshakes_failed"), failed + 1)
        self.assertEqual(self.bystander("PING"), "PONG")

    def test_broken_hellos(self):
        for data in (
                record(22, b"\x01\xff\xff\xff" + b"x" * 1000),  # claims 16 MB
                record(22, b""), record(22, b"\x01") + record(22, b""),
                b"\x16\x03\x01\xff\xff" + b"\x01" * 70_000,
                record(22, message(2, b"x" * 70)),  # a server's
                record(22, hello()[5:30]) + record(23, b"data"),
                b"".join(record(22, part) for part in [b"\x01\x00\x3f\xf0"] + [b"x"] * 16_000)):  # longer than 16 KB with its headers
            with self.subTest(begins=data[:12], size=len(data)):
                self.refused(data, {DECODE_ERROR}, "first message")

    def test_no_version_in_common(self):
        self.refused(hello(0x0300), {PROTOCOL_VERSION, HANDSHAKE_FAILURE})  # SSL 3.0 itself has no alert for it
        for version in (0x0301, 0x0302):
            self.refused(hello(version), {PROTOCOL_VERSION})
        self.refused(hello(versions=[0x0302, 0x0301]), {PROTOCOL_VERSION})

    def test_no_cipher_in_common(self):
        self.refused(hello(ciphers=(0x0005, 0x0001)), {HANDSHAKE_FAILURE})
        self.refused(hello(versions=[0x0304], ciphers=(0x13AA,)), {HANDSHAKE_FAILURE, 47, 109})

    def test_nonsense_inside_a_hello(self):
        whole = hello()
        self.refused(record(22, message(1, b"\x03\x03" + b"x" * 50)), {DECODE_ERROR, HANDSHAKE_FAILURE, 47, 70})
        cut = whole[9:-3]
        self.refused(record(22, message(1, cut)), {DECODE_ERROR, HANDSHAKE_FAILURE, 47})

    def greeted(self):
        """A socket on which the server waits for the client's certificate, in the clear (TLS 1.2)."""
        sock = dial(self.server.tls_address, timeout=20)
        self.addCleanup(sock.close)
        client = MemoryClient(TlsSettings(max_version=ssl.TLSVersion.TLSv1_2).context())
        sock.sendall(client.step(client.tls.do_handshake)[1])
        flight = b""
        while not flight.endswith(b"\x0e\x00\x00\x00"):  # ServerHelloDone
            flight += sock.recv(65536)
        return sock

    def test_messages_without_end(self):
        for first, piece in ((b"\x0b\xff\xff\xff", b"x"), (b"\x0b\xff\xff\xff", b"x" * 16000), (b"\x0b\x00\xff\x00", b""), (b"\x0b\x00\xff\x00", b"x")):
            sock = self.greeted()
            mark = self.server.log_mark()
            bad = self.count("tls_handshakes_failed") + self.count("tls_handshakes_timed_out")
            try:
                sock.sendall(record(22, first))
                end = time.monotonic() + 30
                while time.monotonic() < end:
                    sock.sendall(record(22, piece))
                    self.assertEqual(self.bystander("PING"), "PONG")
                self.fail(f"taken without end: {first!r} {piece[:2]!r}")
            except ConnectionError:
                pass
            self.assert_logged(sock.getsockname(), "", mark)
            self.assertEqual(self.count("tls_handshakes_failed") + self.count("tls_handshakes_timed_out"), bad + 1)
        self.assertLess(int(self.bystander.info("memory")["used_memory"]), 30 << 20)

    def test_a_huge_record(self):
        sock = self.greeted()
        mark = self.server.log_mark()
        sock.sendall(b"\x16\x03\x03\xff\xff" + b"x" * 20_000)
        self.assertIsNotNone(self.alert_in(self.receive_all(sock)))
        self.assert_logged(sock.getsockname(), "", mark)


class DamageTest(FaultCase):
    CONFIG = {"tls-handshake-timeout": 500}

    def damage(self, data, at):
        data = bytearray(data)
        few = self.rng.randrange(1, 9)
        kind = self.rng.randrange(4)
        if kind == 0:
            data[at] = (data[at] + self.rng.randrange(1, 256)) % 256
        elif kind == 1:
            del data[at:at + few]
        elif kind == 2:
            data[at:at] = self.rng.randbytes(few)
        else:
            data[at:at] = data[at:at + few]
        return bytes(data)

    def test_at_any_byte_of_the_handshake(self):
        for _ in range(80):
            version = self.rng.choice(VERSIONS)
            client = MemoryClient(self.server.tls_settings(max_version=version).context())
            at, said, damaged = self.rng.randrange(self.rng.choice((120, 1600))), 0, False
            with self.subTest(seed=self.seed, version=version, at=at), dial(self.server.tls_address, timeout=20) as sock:
                try:
                    while True:
                        done, out = client.step(client.tls.do_handshake)
                        if not damaged and at < said + len(out):
                            out, damaged = self.damage(out, at - said), True
                        said += len(out)
                        sock.sendall(out)
                        if done:
                            break
                        data = sock.recv(65536)
                        if not data:
                            break
                        client.incoming.write(data)
                except (ConnectionError, ssl.SSLError):
                    pass
            self.assertEqual(self.bystander("PING"), "PONG")
        failed = self.count("tls_handshakes_failed") + self.count("tls_handshakes_timed_out") + self.count("tls_handshakes_dropped")
        self.assertGreater(failed, 20, f"seed {self.seed}")

    def test_at_any_byte_of_the_data(self):
        self.bystander("SET", "k", "v" * 3000)
        for _ in range(40):
            version = self.rng.choice(VERSIONS)
            with self.subTest(seed=self.seed, version=version), dial(self.server.tls_address, timeout=20) as sock:
                client = MemoryClient(self.server.tls_settings(max_version=version).context())
                done = False
                while not done:
                    done, out = client.step(client.tls.do_handshake)
                    sock.sendall(out)
                    if not done:
                        client.incoming.write(sock.recv(65536))
                client.tls.write(encode("SET", "k", "w" * 3000))
                out = client.outgoing.read()
                try:
                    sock.sendall(self.damage(out, self.rng.randrange(len(out) - 8)) + record(23, self.rng.randbytes(3000)))
                    self.receive_all(sock)
                except ConnectionError:
                    pass
            self.assertEqual(self.bystander("GET", "k"), "v" * 3000, f"seed {self.seed}")


class PeerTest(FaultCase):
    CONFIG = {"tls-handshake-timeout": 60_000}

    def first_bytes(self):
        client = MemoryClient(self.server.tls_settings().context())
        return client.step(client.tls.do_handshake)[1]

    def test_a_thousand_half_open_peers(self):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if most != resource.RLIM_INFINITY and most < 2000:
            self.skipTest(f"only {most} file descriptors are allowed")
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), most))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, most))
        before, fds = int(self.bystander.info("memory")["used_memory"]), self.server.open_fds()
        start = self.first_bytes()
        peers = []
        for i in range(1000):
            peers.append(dial(self.server.tls_address))
            self.addCleanup(peers[-1].close)
            peers[-1].sendall((b"", start[:5], start[:len(start) // 2])[i % 3])
        self.eventually(lambda: self.count("connections_opening") == 1000, lambda: f"{self.count('connections_opening')} are opening")
        each = (int(self.bystander.info("memory")["used_memory"]) - before) / 1000
        self.assertLess(each, 12_000, "bytes for a half-open peer")
        for _ in range(20):
            self.assertEqual(self.bystander("PING"), "PONG")
        newcomer = self.client_of(self.server)
        self.assertEqual(newcomer("PING"), "PONG")
        newcomer.close()
        for peer in peers:
            peer.close()
        self.eventually(lambda: self.server.open_fds() <= fds, "descriptors stay open")

    def test_half_open_peers_meet_the_deadline(self):
        self.bystander("CONFIG", "SET", "tls-handshake-timeout", 300)
        start = self.first_bytes()
        mark = self.server.log_mark()
        peers = [dial(self.server.tls_address, timeout=20) for _ in range(60)]
        for i, peer in enumerate(peers):
            self.addCleanup(peer.close)
            # The last of these waits for the server's flight and never reads it.
            peer.sendall((b"", start[:5], start[:len(start) // 2], start)[i % 4])
        self.eventually(lambda: self.count("tls_handshakes_timed_out") == 60, lambda: f"{self.count('tls_handshakes_timed_out')} have timed out")
        self.server.wait_log(r"the handshake took too long \(addr=127\.0\.0\.1:\d+\)", since=mark)

    def test_who_hangs_up_in_the_middle(self):
        for version in VERSIONS:
            for cut, reset in ((1, False), (5, True), (60, False), (60, True), (None, False), (None, True)):
                client = MemoryClient(self.server.tls_settings(max_version=version).context())
                mark = self.server.log_mark()
                before = self.count("tls_handshakes_failed") + self.count("tls_handshakes_dropped")
                sock = dial(self.server.tls_address, timeout=20)
                name = sock.getsockname()
                sock.sendall(client.step(client.tls.do_handshake)[1][:cut])
                if cut is None:
                    sock.recv(100)  # the server is in the middle of it
                if reset:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
                self.eventually(lambda: self.count("tls_handshakes_failed") + self.count("tls_handshakes_dropped") == before + 1,
                                f"{version!r} {cut} {reset}: not counted")
                # A socket that was reset before it was accepted has no address any more.
                if not reset or cut is None:
                    self.assert_logged(name, "", mark)

    def test_who_never_reads(self):
        self.bystander("SET", "big", "x" * 1_000_000)
        self.bystander("CONFIG", "SET", "client-output-buffer-limit", "normal 4mb 0 0")
        mark = self.server.log_mark()
        deaf = []
        for _ in range(10):
            client = self.client_of(self.server)
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            try:
                client.send_raw(encode("GET", "big") * 40)
            except OSError:
                pass
            deaf.append(client)
            self.assertEqual(self.bystander("PING"), "PONG")
        self.server.wait_log("for overcoming of output buffer limits", since=mark)
