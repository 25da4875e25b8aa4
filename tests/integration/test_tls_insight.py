"""What INFO and the log tell of TLS: handshakes, why they failed, libraries, dates of certificates."""
import os
import re
import socket
import ssl
import subprocess
import time

from harness.case import ServerCase
from harness.client import Client, TlsSettings, dial
from harness.resp import Disconnected
from harness.server import free_port

REFUSED = (OSError, Disconnected)
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


class InsightCase(ServerCase):
    def setUp(self):
        if self.options.backend is None:
            self.skipTest("this run is not over TLS")

    def fields(self, line):
        return dict(part.split("=", 1) for part in line.split(","))

    def certificates(self, info):
        return [self.fields(value) for name, value in info.items() if re.fullmatch(r"tls_certificate_\d+", name)]


class CountTest(InsightCase):
    def start_counted(self, config=None):
        server = self.start(config)
        admin = self.open(server.plain_client())
        admin("CONFIG", "RESETSTAT")
        return server, admin, lambda: admin.info("transports")

    def connect(self, server, pair=None, **kw):
        own = {"cert": pair.cert, "key": pair.key} if pair else {}
        with Client(server.tls_address, tls=TlsSettings(**own, **kw)) as client:
            return client("PING")

    def refused(self, server, pair=None, **kw):
        with self.assertRaises(REFUSED):
            self.connect(server, pair, **kw)

    def test_by_version_and_cost(self):
        server, _, info = self.start_counted()
        for version in (V12, V12, V13):
            self.connect(server, self.options.certs.client, max_version=version)
        seen = info()
        self.assertEqual([seen[f"tls_handshakes_{name}"] for name in ("completed", "tlsv1_2", "tlsv1_3", "other_version", "failed")], ["3", "2", "1", "0", "0"])
        self.assertGreater(int(seen["tls_handshakes_cpu_us"]), 100)
        own = self.fields(seen[f"handshakes_tls-{self.options.backend}"])
        self.assertEqual((own["completed"], own["cpu_us"]), ("3", seen["tls_handshakes_cpu_us"]))

    def test_resumed(self):
        server, _, info = self.start_counted({"tls-auth-clients": "no"})
        tls = TlsSettings(max_version=V12)
        context = tls.context()
        for _ in range(2):
            with Client(server.tls_address, tls=tls, context=context) as client:
                client("PING")
                tls.session = client.sock.session
        seen = info()
        self.assertEqual((seen["tls_handshakes_completed"], seen["tls_handshakes_resumed"]), ("2", "1"))
        self.assertEqual(self.fields(seen[f"handshakes_tls-{self.options.backend}"])["resumed"], "1")

    def test_failures_by_reason(self):
        certs = self.options.certs
        server, _, info = self.start_counted({"tls-protocols": "TLSv1.2", "tls-ciphers": "ECDHE-ECDSA-AES128-GCM-SHA256"})
        wanted = {"cert_missing": (None, {}), "cert_expired": (certs.expired, {}), "cert_not_yet_valid": (certs.future, {}), "cert_untrusted": (certs.other_client, {}),
                  "cert_other": (certs.server, {}), "version": (certs.client, {"min_version": V13}), "cipher": (certs.client, {"ciphers": "ECDHE-ECDSA-AES256-GCM-SHA384"}),
                  "peer_alert": (certs.client, {"ca": certs.other_ca})}
        for reason, (pair, kw) in wanted.items():
            with self.subTest(reason=reason):
                before = info()
                self.refused(server, pair, **kw)
                self.eventually(lambda: int(info()["tls_handshakes_failed"]) == int(before["tls_handshakes_failed"]) + 1, "it is not counted")
                grown = {name[len("tls_failures_"):] for name, value in info().items() if name.startswith("tls_failures_") and value != before[name]}
                # A wolfSSL that speaks TLS 1.2 only sees a client of 1.3 as one without a cipher in common.
                wolf_sees = "cipher" if reason == "version" and self.options.backend == "wolfssl" else reason
                self.assertEqual(grown, {wolf_sees})
        seen = info()
        self.assertEqual(sum(int(value) for name, value in seen.items() if name.startswith("tls_failures_")), int(seen["tls_handshakes_failed"]))
        self.assertEqual(self.fields(seen[f"handshakes_tls-{self.options.backend}"])["failed"], seen["tls_handshakes_failed"])

    def test_a_peer_that_goes_away(self):
        server, admin, info = self.start_counted()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = server.tls_settings().context().wrap_bio(incoming, outgoing)
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        with dial(server.tls_address) as sock:
            sock.sendall(outgoing.read())
            sock.recv(65536)  # its answer: the handshake has begun
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass
        self.eventually(lambda: info()["tls_failures_peer_closed"] == "1", "it is not counted")
        self.assertGreater(int(info()["tls_handshakes_cpu_us"]), 0)
        admin("CONFIG", "RESETSTAT")
        seen = info()
        self.assertEqual((seen["tls_failures_peer_closed"], seen["tls_handshakes_cpu_us"]), ("0", "0"))


class LibraryTest(InsightCase):
    WARNING = r"does not use AES instructions"

    def row(self, server, backend):
        with server.plain_client() as admin:
            return self.fields(admin.info("transports")[f"transport_tls-{backend}"])

    def test_name_version_generation(self):
        server = self.start()
        row = self.row(server, self.options.backend)
        self.assertEqual(row["library"], {"openssl": "OpenSSL", "wolfssl": "wolfSSL"}[self.options.backend])
        self.assertRegex(row["library_version"], r"^\d+\.\d+\.\d+")
        self.assertIn(row["hardware_aes"], ("yes", "no"))
        self.assertEqual(row["fips"], "no")
        self.assertGreater(int(row["generation"]), 0)

    def test_a_slow_library_is_warned_of_when_it_is_used(self):
        """Once, whether it is used from the start or later."""
        server = self.start()
        slow = self.row(server, self.options.backend)["hardware_aes"] == "no"
        self.assertEqual(len(re.findall(self.WARNING, server.log())), int(slow))
        admin = self.open(server.plain_client())
        for backend in ("openssl", "wolfssl", "openssl", "wolfssl"):
            admin("CONFIG", "SET", "tls-backend", backend)
        slow_ones = [backend for backend in ("openssl", "wolfssl") if self.row(server, backend)["hardware_aes"] == "no"]
        for backend in slow_ones:
            self.assertEqual(len(re.findall(rf"transport tls-{backend} {self.WARNING}", server.log())), 1, backend)
        self.assertEqual(len(re.findall(self.WARNING, server.log())), len(slow_ones))

    def test_without_the_instructions_chacha_is_preferred(self):
        """OpenSSL is told not to use them; Debian's wolfSSL has none to use."""
        if self.options.backend == "openssl":
            os.environ["OPENSSL_ia32cap"] = "~0x200000200000000"
            self.addCleanup(os.environ.pop, "OPENSSL_ia32cap")
        server = self.start()
        row = self.row(server, self.options.backend)
        if row["hardware_aes"] == "yes":
            self.skipTest("the library uses AES instructions here")
        self.assertRegex(server.log(), rf"transport tls-{self.options.backend} {self.WARNING}")
        pair = self.options.certs.client
        for version in (V12, V13):
            with Client(server.tls_address, tls=TlsSettings(cert=pair.cert, key=pair.key, max_version=version)) as client:
                self.assertEqual(client("PING"), "PONG")
                self.assertIn("CHACHA20", client.sock.cipher()[0])
        with Client(server.tls_address, tls=TlsSettings(cert=pair.cert, key=pair.key, max_version=V12, ciphers="ECDHE-ECDSA-AES128-GCM-SHA256")) as client:
            self.assertEqual(client("PING"), "PONG", "who has no ChaCha20 is served, too")


class CertificateTest(InsightCase):
    def days(self, path):
        text = subprocess.run(["openssl", "x509", "-in", path, "-noout", "-enddate"], capture_output=True, text=True, check=True).stdout
        return int((ssl.cert_time_to_seconds(text.strip().split("=", 1)[1]) - time.time()) // 86400)

    def test_dates_of_all_that_are_in_use(self):
        certs = self.options.certs
        port = free_port()
        server = self.start({"tls-profile": [f"web tls-cert-file {certs.rsa.cert}", f"web tls-key-file {certs.rsa.key}", "web server-name web.example"],
                             "tls-port-profile": "web", "listen": f"tls://127.0.0.1:{port} tls-cert-file {certs.generic.cert} tls-key-file {certs.generic.key}"})
        info = self.open(server.plain_client()).info("transports")
        own = {row["used_by"]: row for row in self.certificates(info) if row["setting"] == "tls-cert-file"}
        for used_by, pair, name in (("tls-port", certs.server, "Server-only"), ("tls-profile 'web'", certs.rsa, "RSA-cert"), (f"tls://127.0.0.1:{port}", certs.generic, "Generic-cert")):
            row = own[used_by]
            self.assertIn(f"CN:{name}", row["subject"])
            self.assertEqual(row["transport"], f"tls-{self.options.backend}")
            self.assertIn(int(row["days_left"]) - self.days(pair.cert), (0, 1), "midnight may lie between")
        self.assertIn("tls-ca-cert-file", {row["setting"] for row in self.certificates(info)})
        self.assertEqual(info["tls_certificate_days_left"], min(own.values(), key=lambda row: int(row["days_left"]))["days_left"])
        self.assertGreater(int(info["tls_authority_days_left"]), 3000)

    def test_an_expired_one_counts_below_zero(self):
        pair = self.options.certs.expired
        server = self.start({"tls-cert-file": pair.cert, "tls-key-file": pair.key, f"tls-{self.options.backend}.allow-expired": "yes"})
        info = self.open(server.plain_client()).info("transports")
        self.assertLess(int(info["tls_certificate_days_left"]), -1000)

    def test_hostile_names_break_no_line(self):
        from harness.certificates import issue
        server = self.new_server()
        pair = issue(self.options.certs, server.folder, "evil", "a,b=c\r\nid=1\t%\u00e9")
        server.extra.update({"tls-cert-file": pair.cert, "tls-key-file": pair.key})
        server.start()
        text = self.open(server.plain_client())("INFO", "transports")
        for line in text.split("\r\n"):
            self.assertRegex(line, r"^$|^# |^[^#:]+:")
        row = next(line for line in text.split("\r\n") if "used_by=tls-port,setting=tls-cert-file" in line)
        self.assertRegex(row, r"^[ -~]+$")
        self.assertEqual(len(self.fields(row.split(":", 1)[1])), 7)
