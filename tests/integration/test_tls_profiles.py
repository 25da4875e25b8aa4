"""tls-profile: listeners with certificates, authorities and backends of their own, and the server name that chooses among them."""
import ssl

from harness.case import ServerCase
from harness.client import Client, TlsSettings
from harness.resp import Disconnected
from harness.server import free_port

REFUSED = (OSError, Disconnected)


def der(path):
    text = path.read_text()
    end = "-----END CERTIFICATE-----"
    return ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN"):text.index(end) + len(end)])


class ProfileCase(ServerCase):
    def setUp(self):
        if not self.options.is_keyway or self.options.backend is None:
            self.skipTest("this run is not over TLS")
        self.certs = self.options.certs
        self.other_backend = {"openssl": "wolfssl", "wolfssl": "openssl"}[self.options.backend]

    def profile(self, name, pair=None, **settings):
        """Lines of a profile; underscores stand for dashes."""
        lines = [f"{name} tls-cert-file {pair.cert}", f"{name} tls-key-file {pair.key}"] if pair else []
        return lines + [f"{name} {key.replace('_', '-')} \"{value}\"" for key, value in settings.items()]

    def tls(self, name=None, known=True, **kw):
        pair = self.certs.client
        own = {"cert": pair.cert, "key": pair.key} if known else {}
        return TlsSettings(server_name=name, **own, **kw)

    def connect(self, address, name=None, **kw):
        return self.open(Client(address, tls=self.tls(name, **kw)))

    def assert_certificate(self, client, pair):
        self.assertEqual(client("PING"), "PONG")
        self.assertEqual(client.sock.getpeercert(True), der(pair.cert))


class ServerNameTest(ProfileCase):
    def start_with_names(self, **config):
        profiles = (self.profile("web", self.certs.rsa, server_name="Web.example *.web.example", tls_auth_clients="no") +
                    self.profile("api", self.certs.generic, server_name="api.example", tls_backend=self.other_backend))
        return self.start({"tls-profile": profiles, "tls-port-profile": '"web api"', **config})

    def test_it_chooses_certificate_and_backend(self):
        server = self.start_with_names()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for name, pair, backend in (("web.example", self.certs.rsa, self.options.backend), ("WEB.EXAMPLE", self.certs.rsa, self.options.backend),
                                        ("a.web.example", self.certs.rsa, self.options.backend), ("api.example", self.certs.generic, self.other_backend),
                                        ("other.example", self.certs.server, self.options.backend), (None, self.certs.server, self.options.backend),
                                        ("a.b.web.example", self.certs.server, self.options.backend)):
                with self.subTest(name=name, version=version):
                    client = self.connect(server.tls_address, name, max_version=version)
                    self.assert_certificate(client, pair)
                    self.assertEqual(client.client_fields()["transport"], f"tls-{backend}")
                    client("SET", "k", "x" * 100_000)
                    self.assertEqual(client("STRLEN", "k"), 100_000)

    def test_who_needs_a_certificate_is_the_profiles_affair(self):
        server = self.start_with_names()
        self.assertEqual(self.connect(server.tls_address, "web.example", known=False)("PING"), "PONG")
        for name in (None, "api.example", "other.example"):
            with self.assertRaises(REFUSED):
                self.connect(server.tls_address, name, known=False)("PING")
        self.assert_serves(server)

    def test_a_session_of_one_profile_opens_no_other(self):
        server = self.start_with_names()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            tls = self.tls("web.example", known=False, max_version=version)
            context = tls.context()
            with Client(server.tls_address, tls=tls, context=context) as first:
                self.assertEqual(first("PING"), "PONG")
                session = first.sock.session
            for name in (None, "api.example"):
                other = self.tls(name, known=False, max_version=version)
                other.session = session
                with self.assertRaises(REFUSED):
                    self.open(Client(server.tls_address, tls=other, context=context))("PING")

    def test_changed_live(self):
        server = self.start_with_names()
        admin = self.client_of(server)
        old = self.connect(server.tls_address, "api.example")
        self.assert_certificate(old, self.certs.generic)
        admin("CONFIG", "SET", "tls-profile", f"api tls-cert-file {self.certs.rsa.cert} api tls-key-file {self.certs.rsa.key} "
              "api server-name api.example web server-name web.example")
        self.assert_certificate(self.connect(server.tls_address, "api.example"), self.certs.rsa)
        self.assert_certificate(self.connect(server.tls_address, "web.example"), self.certs.server)
        self.assertEqual(old("PING"), "PONG")
        admin("CONFIG", "SET", "tls-port-profile", "web")
        self.assert_certificate(self.connect(server.tls_address, "api.example"), self.certs.server)

    def test_rewritten(self):
        server = self.start_with_names()
        self.client_of(server)("CONFIG", "REWRITE")
        server.restart()
        self.assert_certificate(self.connect(server.tls_address, "a.web.example"), self.certs.rsa)

    def test_together_with_plaintext(self):
        server = self.start_with_names(**{"tls-mode": "prefer", "tls-mode-plaintext-auth": "yes"})
        self.assertEqual(self.open(Client(server.tls_address))("PING"), "PONG")
        self.assert_certificate(self.connect(server.tls_address, "api.example"), self.certs.generic)


class ListenerTest(ProfileCase):
    def test_listeners_of_their_own(self):
        ports = [free_port() for _ in range(3)]
        profiles = (self.profile("web", self.certs.rsa, tls_auth_clients="no") +
                    self.profile("api", self.certs.generic, tls_backend=self.other_backend, server_name="api.example") +
                    self.profile("strangers", tls_ca_cert_file=self.certs.other_ca))
        server = self.start({"tls-profile": profiles, "listen": [f'tls://127.0.0.1:{ports[0]} tls-profile "web api"',
                                                                 f"tls://127.0.0.1:{ports[1]} tls-profile api tls-auth-clients no",
                                                                 f"tls://127.0.0.1:{ports[2]} tls-profile strangers"]})
        web, api, strangers = (("127.0.0.1", port) for port in ports)
        anybody = self.connect(web, known=False)
        self.assert_certificate(anybody, self.certs.rsa)
        self.assertEqual(anybody.client_fields()["transport"], f"tls-{self.options.backend}")
        named = self.connect(web, "api.example")
        self.assert_certificate(named, self.certs.generic)
        self.assertEqual(named.client_fields()["transport"], f"tls-{self.other_backend}")
        with self.assertRaises(REFUSED):
            self.connect(web, "api.example", known=False)("PING")
        unasked = self.connect(api, known=False)
        self.assert_certificate(unasked, self.certs.generic)
        self.assertEqual(unasked.client_fields()["transport"], f"tls-{self.other_backend}")
        pair = self.certs.other_client
        self.assertEqual(self.open(Client(strangers, tls=TlsSettings(cert=pair.cert, key=pair.key)))("PING"), "PONG")
        with self.assertRaises(REFUSED):
            self.connect(strangers)("PING")

    def test_a_handshake_timeout_of_its_own(self):
        port = free_port()
        server = self.start({"tls-profile": self.profile("quick", tls_handshake_timeout="200"), "listen": f"tls://127.0.0.1:{port} tls-profile quick"})
        slow = self.open(Client(("127.0.0.1", port)))
        slow.wait_closed(deadline_s=9)  # the server's own timeout is 10 s
        self.assertEqual(self.client_of(server).info("transports")["tls_handshakes_timed_out"], "1")


class BadProfileTest(ProfileCase):
    CASES = (
        ("web tls-cert-file /no/such.crt", "", "tls-profile 'web': .*/no/such.crt"),
        ("web tls-ciphers NO-SUCH web server-name a", "web", "tls-profile 'web': .*tls-ciphers"),
        ("web tls-auth-clients no", "web", "tls-profile 'web': it has no server-name"),
        ("web server-name a", "web nosuch", "there is no tls-profile 'nosuch'"),
        ("a server-name x.example b server-name \"y X.example\"", "a b", "tls-profile 'a' and tls-profile 'b' both have the server name 'x.example'"),
        ("web server-name a web tls-mode prefer", "web", "tls-profile 'web': tls-mode counts before"),
        ("web server-name a web tls-handshake-timeout 5", "web", "tls-profile 'web': tls-handshake-timeout counts before"),
        ("web server-name a web tls-backend tcp", "web", "tls-profile 'web': .*tcp"),
        ("web server-name a web tls-backend nosuch", "web", "tls-profile 'web': .*nosuch"),
        ("web server-name a web tls-openssl.nosuch 1", "web", "tls-profile 'web'.*tls-openssl.nosuch"),
    )

    def test_at_run_time_nothing_changes(self):
        server = self.start({"tls-profile": self.profile("good", self.certs.rsa, server_name="good.example"), "tls-port-profile": "good"})
        admin = self.client_of(server)
        before = admin.config("tls-profile")
        for profiles, names, reason in self.CASES:
            with self.subTest(profiles=profiles, names=names):
                error = admin.error("CONFIG", "SET", "tls-profile", profiles, "tls-port-profile", names)
                self.assertRegex(error, f"^ERR CONFIG SET failed .*Unable to update TLS configuration.*{reason}")
                self.assertEqual(admin.config("tls-profile"), before)
                self.assertEqual(admin.config("tls-port-profile"), "good")
        self.assert_certificate(self.connect(server.tls_address, "good.example"), self.certs.rsa)

    def test_at_start(self):
        for profiles, names, reason in self.CASES:
            lines = " ".join(profiles.split()).split(" ")
            with self.subTest(profiles=profiles, names=names):
                server = self.new_server({"tls-port-profile": f'"{names}"'}, args=["--tls-profile", *_words(profiles)] if lines else [])
                code, out, err = server.run_to_exit()
                self.assertGreater(code, 0)
                self.assertRegex(out + err, reason)

    def test_server_names_that_are_none(self):
        admin = self.client_of(self.start())
        for name in ("", "*", "*.", "a..b", ".a", "a.*.b", "a/b", "*a.b", "x" * 300):
            error = admin.error("CONFIG", "SET", "tls-profile", f'web server-name "{name}"')
            self.assertRegex(error, "profile 'web', server-name", name)

    def test_names_that_no_client_should_send(self):
        server = self.start({"tls-profile": self.profile("web", self.certs.rsa, server_name="*.web.example"), "tls-port-profile": "web"})
        for name in ("web.example", "x" * 60 + ".web.example", "127.0.0.1"):
            self.assertEqual(self.connect(server.tls_address, name)("PING"), "PONG")


def _words(text):
    import shlex
    return shlex.split(text)
