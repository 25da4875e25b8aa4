"""tls-crl-file: who is revoked is not let in, and is thrown out if he is here; bad lists change nothing."""
import datetime
import ssl
import subprocess
import time

from harness.case import ServerCase
from harness.client import Client, TlsSettings
from harness.resp import Disconnected
from harness.server import free_port

REFUSED = (OSError, Disconnected)
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
REFUSAL = r"^ERR CONFIG SET failed .*Unable to update TLS configuration.*tls-crl-file"


class RevocationCase(ServerCase):
    def setUp(self):
        if not self.options.is_keyway or self.options.backend is None:
            self.skipTest("this run is not over TLS")
        self.certs = self.options.certs

    def list_file(self, name):
        return self.certs.folder / f"{name}.crl"

    def revoked(self, server, address=None, context=None, **kw):
        """A connection with the certificate that ca.crl revokes."""
        pair = self.certs.pair("revoked")
        return self.open(Client(address or server.tls_address, tls=TlsSettings(pair.cert, pair.key, **kw), context=context))

    def refused(self, server, **kw):
        with self.assertRaises(REFUSED) as caught:
            self.revoked(server, **kw)("PING")
        return caught.exception


class HandshakeTest(RevocationCase):
    def test_the_revoked_are_told_so_and_the_log_names_them(self):
        server = self.start({"tls-crl-file": self.list_file("ca")})
        for version in VERSIONS:
            mark = server.log_mark()
            error = self.refused(server, max_version=version)
            if isinstance(error, ssl.SSLError):
                self.assertRegex(str(error), "(?i)revoked", version)
            server.wait_log(r"Error accepting a client connection: .*revoked \(addr=127\.0\.0\.1:\d+\)", since=mark)
            self.assert_serves(server)

    def test_until_the_list_is_taken_away(self):
        server = self.start({"tls-crl-file": self.list_file("ca")})
        admin = self.client_of(server)
        self.refused(server)
        self.assertEqual(admin("CONFIG", "SET", "tls-crl-file", ""), "OK")
        self.assertEqual(self.revoked(server)("PING"), "PONG")
        self.assertEqual(admin("CONFIG", "SET", "tls-crl-file", self.list_file("empty")), "OK")
        self.assertEqual(self.revoked(server)("PING"), "PONG")

    def test_no_session_gets_around_it(self):
        server = self.start({"tls-crl-file": self.list_file("empty")})
        admin = self.client_of(server)
        for version in VERSIONS:
            admin("CONFIG", "SET", "tls-crl-file", self.list_file("empty"))
            pair = self.certs.pair("revoked")
            context = TlsSettings(pair.cert, pair.key, max_version=version).context()
            first = self.revoked(server, context=context)
            self.assertEqual(first("PING"), "PONG")
            session = first.sock.session
            admin("CONFIG", "SET", "tls-crl-file", self.list_file("ca"))
            self.refused(server, context=context, session=session)

    def test_a_revoked_server_is_not_dialled(self):
        pair = self.certs.pair("revoked")
        target = self.start({"tls-cert-file": pair.cert, "tls-key-file": pair.key})
        source = self.start({"tls-cluster": "yes"})
        client = self.client_of(source)
        migrate = ("MIGRATE", "127.0.0.1", target.tls_port, "k", 0, 5000)
        client("SET", "k", "1")
        self.assertEqual(client(*migrate), "OK")
        client("SET", "k", "2")
        client("CONFIG", "SET", "tls-crl-file", self.list_file("ca"))
        self.assertRegex(client.error(*migrate), "^IOERR ")
        self.assertEqual(client("GET", "k"), "2")


class OpenConnectionsTest(RevocationCase):
    def check_thrown_out(self, config):
        server = self.start(config)
        admin = self.client_of(server)
        known = [self.client_of(server) for _ in range(5)]
        revoked = [self.revoked(server, max_version=VERSIONS[i % 2]) for i in range(20)]
        waiting = self.revoked(server)
        for client in known + revoked + [waiting]:
            self.assertEqual(client("PING"), "PONG")
        waiting.send("BLPOP", "nothing", 0)
        mark = server.log_mark()
        self.assertEqual(admin("CONFIG", "SET", "tls-crl-file", self.list_file("ca")), "OK")
        for client in revoked + [waiting]:
            client.wait_closed()
        server.wait_log(r"Closing client \d+: .*revoked \(addr=127\.0\.0\.1:\d+\)", since=mark)
        for client in known + [admin]:
            self.assertEqual(client("PING"), "PONG")
        self.eventually(lambda: len(admin("CLIENT", "LIST").splitlines()) == len(known) + 1, "the revoked are still listed")

    def test_the_newly_revoked_are_thrown_out(self):
        self.check_thrown_out({})

    def test_from_all_threads(self):
        self.check_thrown_out({"io-threads": 4})

    def test_by_a_file_that_changed_under_its_name(self):
        server = self.start({})
        admin, live = self.client_of(server), server.folder / "live.crl"
        live.write_text(self.list_file("empty").read_text())
        self.assertEqual(admin("CONFIG", "SET", "tls-crl-file", live), "OK")
        client = self.revoked(server)
        self.assertEqual(client("PING"), "PONG")
        live.write_text(self.list_file("ca").read_text())
        self.assertEqual(client("PING"), "PONG")
        self.assertEqual(admin("CONFIG", "SET", "tls-crl-file", live), "OK")
        client.wait_closed()
        self.refused(server)

    def test_whoever_revokes_himself_is_thrown_out_as_well(self):
        server = self.start({})
        client = self.revoked(server)
        client.send("CONFIG", "SET", "tls-crl-file", self.list_file("ca"))
        client.wait_closed()
        self.refused(server)
        self.assert_serves(server)

    def test_lists_of_a_listener_concern_its_clients_only(self):
        port = free_port()
        server = self.start({"listen": f"tls://127.0.0.1:{port} tls-profile strict", "tls-profile": ["strict tls-auth-clients yes"]})
        admin = self.client_of(server)
        here, there = self.revoked(server), self.revoked(server, address=("127.0.0.1", port))
        self.assertEqual((here("PING"), there("PING")), ("PONG", "PONG"))
        admin("CONFIG", "SET", "tls-profile", f"strict tls-auth-clients yes strict tls-crl-file {self.list_file('ca')}")
        there.wait_closed()
        self.refused(server, address=("127.0.0.1", port))
        self.assertEqual(here("PING"), "PONG")
        self.assertEqual(self.revoked(server)("PING"), "PONG")

    def test_by_server_name(self):
        names = ["web server-name web.example"]
        server = self.start({"tls-profile": names, "tls-port-profile": "web"})
        admin = self.client_of(server)
        web, other = self.revoked(server, server_name="web.example"), self.revoked(server)
        self.assertEqual((web("PING"), other("PING")), ("PONG", "PONG"))
        admin("CONFIG", "SET", "tls-profile", f"web server-name web.example web tls-crl-file {self.list_file('ca')}")
        web.wait_closed()
        self.assertEqual(other("PING"), "PONG")


class BadListsTest(RevocationCase):
    def test_they_change_nothing(self):
        server = self.start({"tls-crl-file": self.list_file("ca")})
        admin = self.client_of(server)
        nonsense = server.folder / "nonsense.crl"
        nonsense.write_text("nonsense\n")
        cut = server.folder / "cut.crl"
        cut.write_text(self.list_file("ca").read_text()[:200])
        for path, why in ((self.list_file("expired"), "out of date"), (self.list_file("unknown-ca"), "no authority"), (nonsense, "no revocation list"),
                          (cut, "broken"), ("/no/such/file.crl", "No such file")):
            mark = server.log_mark()
            error = admin.error("CONFIG", "SET", "tls-crl-file", path)
            self.assertRegex(error, REFUSAL + ".*" + why)
            server.wait_log(f"Failed to configure TLS: .*tls-crl-file.*{why}", since=mark)
            self.assertEqual(admin.config("tls-crl-file"), str(self.list_file("ca")))
            self.refused(server)
            self.assertEqual(self.client_of(server)("PING"), "PONG")

    def test_at_the_start(self):
        code, out, err = self.new_server({"tls-crl-file": self.list_file("expired")}).run_to_exit()
        self.assertGreater(code, 0)
        self.assertRegex(out + err, "tls-crl-file.*out of date")

    def test_one_out_of_date_may_be_allowed(self):
        server = self.start({"tls-crl-file": self.list_file("expired"), f"tls-{self.options.backend}.allow-expired": "yes"})
        self.refused(server)
        self.assertEqual(self.client_of(server)("PING"), "PONG")


class ListThatExpiresTest(RevocationCase):
    def short_list(self, folder, seconds):
        """A list of the test authority without entries, good for a moment."""
        (folder / "index").write_text("")
        (folder / "ca.cnf").write_text(f"[ca]\ndefault_ca = it\n[it]\ndatabase = {folder}/index\ndefault_md = sha256\n")
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        path = folder / "short.crl"
        subprocess.run([self.need("openssl", "openssl"), "ca", "-gencrl", "-config", folder / "ca.cnf", "-cert", self.certs.ca, "-keyfile",
                        self.certs.folder / "ca.key", "-crl_nextupdate", end.strftime("%y%m%d%H%M%SZ"), "-out", path], check=True,
                       capture_output=True)
        return path, end.timestamp()

    def test_keeps_everybody_out_until_there_is_a_new_one(self):
        server = self.start({})
        admin = self.client_of(server)
        path, end = self.short_list(server.folder, 4)
        self.assertEqual(admin("CONFIG", "SET", "tls-crl-file", path), "OK")
        self.assertLess(time.time(), end, "the machine is too slow for this test")
        mark = server.log_mark()

        def is_out():
            try:
                with server.tls_client() as client:
                    client("PING")
                return False
            except REFUSED:
                return True

        self.eventually(is_out, "the list has expired and nobody is kept out")
        self.assertGreaterEqual(time.time(), end - 1)
        server.wait_log(r"CRL has expired \(addr=", since=mark)
        self.assertEqual(admin("PING"), "PONG", "who is here stays")
        self.assertEqual(admin("CONFIG", "SET", "tls-crl-file", self.list_file("ca")), "OK")
        self.assertEqual(self.client_of(server)("PING"), "PONG")

    def test_goes_on_counting_where_that_is_allowed(self):
        server = self.start({f"tls-{self.options.backend}.allow-expired": "yes"})
        admin = self.client_of(server)
        path, end = self.short_list(server.folder, 1)
        admin("CONFIG", "SET", "tls-crl-file", path)
        self.eventually(lambda: time.time() > end + 1, "time stands still")
        self.assertEqual(self.client_of(server)("PING"), "PONG")
