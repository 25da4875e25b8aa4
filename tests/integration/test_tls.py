"""TLS as clients meet it: who is let in, versions, ciphers, and what happens to those who do it wrong."""
import random
import shutil
import socket
import ssl
import subprocess
import threading

from harness.case import ServerCase, SharedServerCase, keyway_only
from harness.client import Client, TlsSettings, dial
from harness.resp import Disconnected, encode
from harness.server import free_port

REFUSED = (OSError, Disconnected)  # ssl.SSLError is an OSError
PLAINTEXT_ANSWER = b"-ERR I/O error: this port speaks TLS only\r\n"


class TlsCase(ServerCase):
    def setUp(self):
        if self.options.backend is None:
            self.skipTest("this run is not over TLS")

    def anonymous(self, server, **kw):
        return self.open(Client(server.tls_address, tls=TlsSettings(**kw)))

    def refused(self, server, **kw):
        """A client with these settings gets no reply; returns the error. In TLS 1.3 it comes with the first read."""
        with self.assertRaises(REFUSED) as caught:
            self.anonymous(server, **kw)("PING")
        self.assert_serves(server)
        return caught.exception

    def stranger(self):
        pair = self.options.certs.other_client
        return {"cert": pair.cert, "key": pair.key}

    def expired(self):
        pair = self.options.certs.expired
        return {"cert": pair.cert, "key": pair.key}

    def known(self):
        pair = self.options.certs.client
        return {"cert": pair.cert, "key": pair.key}


class ClientAuthTest(TlsCase):
    VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)

    def test_yes(self):
        server = self.start({"tls-auth-clients": "yes"})
        for version in self.VERSIONS:
            self.assertEqual(self.anonymous(server, max_version=version, **self.known())("PING"), "PONG")
            for bad in ({}, self.stranger(), self.expired()):
                self.refused(server, max_version=version, **bad)

    def test_no(self):
        server = self.start({"tls-auth-clients": "no"})
        for version in self.VERSIONS:
            for any_ in ({}, self.stranger(), self.expired(), self.known()):
                self.assertEqual(self.anonymous(server, max_version=version, **any_)("PING"), "PONG")

    def test_optional(self):
        server = self.start({"tls-auth-clients": "optional"})
        for version in self.VERSIONS:
            self.assertEqual(self.anonymous(server, max_version=version)("PING"), "PONG")
            self.assertEqual(self.anonymous(server, max_version=version, **self.known())("PING"), "PONG")
            for bad in (self.stranger(), self.expired()):
                self.refused(server, max_version=version, **bad)

    def test_alerts_say_why(self):
        server = self.start()
        for bad, alert in (({}, "CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|certificate required|handshake failure"), (self.expired(), "(?i)expired"),
                           (self.stranger(), "(?i)unknown.?ca|unknown certificate authority")):
            for version in self.VERSIONS:
                error = self.refused(server, max_version=version, **bad)
                if isinstance(error, ssl.SSLError):
                    self.assertRegex(str(error), alert, f"{version!r} {bad}")

    @keyway_only
    def test_the_log_names_peer_and_reason(self):
        server = self.start()
        for bad, reason in (({}, "(?i)certificate"), (self.expired(), "(?i)expired"), (self.stranger(), "(?i)unknown|trusted|issue[rd]|self.signed|verif")):
            mark = server.log_mark()
            self.refused(server, **bad)
            self.assertRegex(server.wait_log(r".*127\.0\.0\.1:\d+.*", since=mark).group(0), reason)

    def test_changed_live_for_new_connections(self):
        server = self.start({"tls-auth-clients": "yes"})
        admin = self.client_of(server)
        self.refused(server)
        admin("CONFIG", "SET", "tls-auth-clients", "no")
        anonymous = self.anonymous(server)
        self.assertEqual(anonymous("PING"), "PONG")
        admin("CONFIG", "SET", "tls-auth-clients", "yes")
        self.refused(server)
        self.assertEqual(anonymous("PING"), "PONG", "who was let in stays")

    def test_the_client_can_verify_the_server(self):
        server = self.start()
        certs = self.options.certs
        self.assertEqual(self.anonymous(server, ca=certs.ca, **self.known())("PING"), "PONG")
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.anonymous(server, ca=certs.other_ca, **self.known())
        self.assert_serves(server)


class VersionTest(TlsCase):
    def version_of(self, server, **kw):
        client = self.anonymous(server, **self.known(), **kw)
        self.assertEqual(client("PING"), "PONG")
        return client.sock.version(), client

    def test_default_is_1_2_and_1_3(self):
        server = self.start()
        self.assertEqual(self.version_of(server)[0], "TLSv1.3")
        self.assertEqual(self.version_of(server, max_version=ssl.TLSVersion.TLSv1_2)[0], "TLSv1.2")

    def test_only_one_version(self):
        server = self.start({"tls-protocols": "TLSv1.2"})
        self.assertEqual(self.version_of(server)[0], "TLSv1.2")
        self.refused(server, min_version=ssl.TLSVersion.TLSv1_3, **self.known())
        server = self.start({"tls-protocols": "TLSv1.3"})
        self.assertEqual(self.version_of(server)[0], "TLSv1.3")
        self.refused(server, max_version=ssl.TLSVersion.TLSv1_2, **self.known())

    @keyway_only
    def test_client_list_shows_version_and_cipher(self):
        server = self.start()
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            _, client = self.version_of(server, max_version=version)
            text = client("CLIENT", "INFO")
            self.assertIn(f"tls={name}", text)
            self.assertRegex(text, r"cipher=\S*(AES|CHACHA20)\S*")
            self.assertIn(f"transport=tls-{self.options.backend}", text)

    def test_ciphers_of_1_2(self):
        server = self.start({"tls-protocols": "TLSv1.2", "tls-ciphers": "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"})
        _, client = self.version_of(server)
        self.assertIn("AES256-GCM-SHA384", client.sock.cipher()[0])
        self.refused(server, ciphers="ECDHE-ECDSA-AES128-GCM-SHA256", **self.known())

    def test_ciphersuites_of_1_3(self):
        for suite in ("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"):
            server = self.start({"tls-protocols": "TLSv1.3", "tls-ciphersuites": suite})
            self.assertEqual(self.version_of(server)[1].sock.cipher()[0], suite)

    def test_server_preference(self):
        ours = "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256"
        theirs = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305"
        for prefer, wanted in (("yes", "CHACHA20"), ("no", "AES128")):
            server = self.start({"tls-protocols": "TLSv1.2", "tls-ciphers": ours, "tls-prefer-server-ciphers": prefer})
            self.assertIn(wanted, self.version_of(server, ciphers=theirs)[1].sock.cipher()[0], prefer)

    def test_dh_parameters(self):
        certs = self.options.certs
        server = self.start({"tls-protocols": "TLSv1.2", "tls-ciphers": "DHE-RSA-AES128-GCM-SHA256", "tls-dh-params-file": certs.dh,
                             "tls-cert-file": certs.rsa.cert, "tls-key-file": certs.rsa.key})
        self.assertEqual(self.version_of(server, ciphers="DHE-RSA-AES128-GCM-SHA256")[1].sock.cipher()[0], "DHE-RSA-AES128-GCM-SHA256")

    def test_rsa_certificate(self):
        certs = self.options.certs
        server = self.start({"tls-cert-file": certs.rsa.cert, "tls-key-file": certs.rsa.key})
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.version_of(server, max_version=version)

    def test_encrypted_key(self):
        certs = self.options.certs
        server = self.start({"tls-cert-file": certs.encrypted_cert, "tls-key-file": certs.encrypted_key, "tls-key-file-pass": f'"{certs.key_password}"'})
        self.version_of(server)

    def test_ca_folder(self):
        server = self.new_server({"tls-ca-cert-file": '""'})
        folder = server.folder / "cas"
        folder.mkdir()
        shutil.copy(self.options.certs.ca, folder / "ca.crt")
        subprocess.run(["openssl", "rehash", folder], check=True)
        server.extra["tls-ca-cert-dir"] = folder
        server.start()
        self.version_of(server)
        self.refused(server, **self.stranger())


class ResumptionTest(TlsCase):
    def resumed(self, server, version, second_context=None):
        """Whether a second connection takes up the session of the first."""
        tls = TlsSettings(max_version=version, **self.known())
        context = tls.context()
        with Client(server.tls_address, tls=tls, context=context) as first:
            first("PING")
            session = first.sock.session
        tls.session = session
        with Client(server.tls_address, tls=tls, context=context) as second:
            self.assertEqual(second("PING"), "PONG")
            return second.sock.session_reused

    def test_resumption(self):
        server = self.start({"tls-auth-clients": "no"})
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.assertTrue(self.resumed(server, version), version)

    @keyway_only
    def test_no_caching_means_no_resumption_and_no_failure(self):
        for auth in ("no", "yes"):
            server = self.start({"tls-session-caching": "no", "tls-auth-clients": auth})
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                self.assertFalse(self.resumed(server, version), version)

    @keyway_only
    def test_a_session_without_certificate_opens_no_door_that_wants_one(self):
        server = self.new_server()
        port = free_port()
        server.extra["listen"] = f"tls-{self.options.backend}://127.0.0.1:{port} tls-auth-clients no"
        server.start()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            tls = TlsSettings(max_version=version)
            context = tls.context()
            with Client(("127.0.0.1", port), tls=tls, context=context) as first:
                self.assertEqual(first("PING"), "PONG")
                tls.session = first.sock.session
            with self.assertRaises(REFUSED):
                self.open(Client(server.tls_address, tls=tls, context=context))("PING")
            self.assert_serves(server)


class WrongSpeechTest(TlsCase):
    """Bytes that do not belong on this port."""

    def setUp(self):
        super().setUp()
        self.server = self.start()
        self.good = self.client_of(self.server)

    def tearDown(self):
        self.assertEqual(self.good("PING"), "PONG")
        self.assert_serves(self.server)

    def talk(self, data, address=None):
        """Everything that comes back for these bytes until the server closes."""
        with dial(address or self.server.tls_address) as sock:
            try:
                sock.sendall(data)
                answer = b""
                while chunk := sock.recv(65536):
                    answer += chunk
                return answer
            except ConnectionError:
                return None

    @keyway_only
    def test_plaintext_on_a_tls_port(self):
        for data in (b"PING\r\n", encode("PING"), encode("SET", "k", "x" * 100), b"GET / HTTP/1.0\r\n\r\n"):
            mark = self.server.log_mark()
            self.assertEqual(self.talk(data), PLAINTEXT_ANSWER)
            self.server.wait_log(r"127\.0\.0\.1", since=mark)

    @keyway_only
    def test_a_hello_on_a_plain_port(self):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = TlsSettings().context().wrap_bio(incoming, outgoing)
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        hello = outgoing.read()
        mark = self.server.log_mark()
        answer = self.talk(hello, self.server.address)
        self.assertRegex(answer, rb"^-ERR [^\r\n]*TLS[^\r\n]*\r\n$")
        self.server.wait_log(r"127\.0\.0\.1.*TLS|TLS.*127\.0\.0\.1", since=mark)

    def test_records_of_nonsense(self):
        seed = random.randrange(1 << 32)
        rng = random.Random(seed)
        for kind in (20, 21, 22, 23, 24, 255):
            for _ in range(5):
                body = rng.randbytes(rng.randrange(0, 600))
                self.talk(bytes([kind, 3, 1]) + len(body).to_bytes(2, "big") + body + rng.randbytes(20))
                self.assertEqual(self.good("PING"), "PONG", f"seed {seed}")

    def test_a_record_that_claims_too_much(self):
        self.talk(b"\x16\x03\x01\xff\xff" + b"\x01" * 70_000)

    def test_garbage_after_the_handshake(self):
        seed = random.randrange(1 << 32)
        rng = random.Random(seed)
        for _ in range(10):
            client = self.client_of(self.server)
            self.assertEqual(client("PING"), "PONG")
            raw = socket.socket(fileno=client.sock.detach())
            with raw:
                raw.sendall(rng.randbytes(rng.randrange(1, 300)) + b"\x17\x03\x03\x00\x20" + rng.randbytes(32))
                raw.settimeout(10)
                try:
                    while raw.recv(65536):  # the alert
                        pass
                except ConnectionError:
                    pass
                except socket.timeout:
                    self.fail(f"the connection stays open after garbage (seed {seed})")

    def test_a_client_that_vanishes_at_every_point_of_the_handshake(self):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self.server.tls_settings().context().wrap_bio(incoming, outgoing)
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        hello = outgoing.read()
        for size in sorted({0, 1, 4, 5, 6, len(hello) // 2, len(hello) - 1, len(hello)}):
            with dial(self.server.tls_address) as sock:
                sock.sendall(hello[:size])
        self.eventually(lambda: self.good.info("clients")["connected_clients"] == "1", "vanished clients are still counted")

    @keyway_only
    def test_a_hello_one_byte_at_a_time(self):
        left, right = socket.socketpair()

        def drip():
            with dial(self.server.tls_address) as sock:
                def back():
                    try:
                        while data := sock.recv(65536):
                            left.sendall(data)
                    except OSError:
                        pass
                worker = threading.Thread(target=back, daemon=True)
                worker.start()
                try:
                    while data := left.recv(65536):
                        for byte in data:
                            sock.sendall(bytes([byte]))
                except OSError:
                    pass
        threading.Thread(target=drip, daemon=True).start()
        right.settimeout(30)
        with self.server.tls_settings().context().wrap_socket(right) as sock:
            sock.sendall(encode("PING"))
            self.assertEqual(sock.recv(100), b"+PONG\r\n")

    @keyway_only
    def test_a_handshake_that_never_comes_is_ended(self):
        server = self.start({"tls-handshake-timeout": 500})
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = server.tls_settings().context().wrap_bio(incoming, outgoing)
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        with dial(server.tls_address) as sock:
            sock.sendall(outgoing.read()[:50])
            sock.settimeout(20)
            try:
                while sock.recv(1000):
                    pass
            except ConnectionError:
                pass

    def test_truncated_stream_is_no_end(self):
        """A connection cut off without close_notify: the half request is not run."""
        client = self.client_of(self.server)
        client.send_raw(encode("SET", "cut", "v")[:-4])
        raw = socket.socket(fileno=client.sock.detach())
        raw.close()
        self.eventually(lambda: self.good.info("clients")["connected_clients"] == "1", "the cut connection is still counted")
        self.assertEqual(self.good("EXISTS", "cut"), 0)


class CloseTest(TlsCase):
    def test_the_server_says_goodbye(self):
        """QUIT ends with close_notify: Python's unwrap raises when it is missing."""
        client = self.client_of(self.start())
        self.assertEqual(client("QUIT"), "OK")
        self.assertEqual(client.sock.recv(100), b"")

    def test_the_clients_goodbye_is_answered(self):
        server = self.start()
        client = self.client_of(server)
        client("PING")
        raw = client.sock.unwrap()
        raw.close()
        self.assert_serves(server)


class BigDataTest(SharedServerCase):
    def test_values_across_many_records(self):
        if self.options.backend is None:
            self.skipTest("this run is not over TLS")
        for size in (16383, 16384, 16385, 100_000, 10_000_000):
            self.c("SET", "k", "x" * size)
            self.assertEqual(len(self.c("GET", "k")), size)

    def test_many_small_records(self):
        if self.options.backend is None:
            self.skipTest("this run is not over TLS")
        for i in range(2000):
            self.c.send_raw(encode("INCR", "n"))
        self.assertEqual([self.c.read() for _ in range(2000)], list(range(1, 2001)))
