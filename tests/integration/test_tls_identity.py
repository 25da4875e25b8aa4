"""Who a client is by its certificate: CLIENT LIST and CLIENT INFO, tls-auth-clients-user, names that no honest CA would sign."""
import hashlib
import urllib.parse

from harness.case import ServerCase
from harness.certificates import BMP, CN, DNS_NAME, EMAIL_NAME, IP_NAME, ORGANIZATION, T61, URI_NAME, UTF8, der_of, issue, name
from harness.client import Client, TlsSettings
from harness.resp import Disconnected
from harness.server import free_port

BACKENDS = ("openssl", "wolfssl")


class IdentityCase(ServerCase):
    def setUp(self):
        if self.options.backend is None:
            self.skipTest("this run is not over TLS")

    def start_with_both(self, config=None):
        """A listener of each backend; self.ports by backend."""
        self.ports = {backend: free_port() for backend in BACKENDS}
        return self.start({**(config or {}), "listen": [f"tls-{backend}://127.0.0.1:{port}" for backend, port in self.ports.items()]})

    def connect(self, port, pair=None):
        own = {"cert": pair.cert, "key": pair.key} if pair else {}
        return self.open(Client(("127.0.0.1", port), tls=TlsSettings(**own)))

    def fields(self, client):
        """The line of CLIENT INFO, which must be one line of fields whatever stands in the certificate."""
        text = client("CLIENT", "INFO")
        self.assertEqual(text.count("\n"), 1)
        self.assertRegex(text, r"^[!-~]+( [!-~]+)*\n$")
        parts = [part.split("=", 1) for part in text.rstrip("\n").split(" ")]
        for part in parts:
            self.assertEqual(len(part), 2, text)
        self.assertEqual(len({part[0] for part in parts}), len(parts), "a name forged a field")
        return dict(parts)

    def plain(self, text):
        return urllib.parse.unquote_to_bytes(text)


class PeerNameTest(IdentityCase):
    def test_shown_in_list_and_info(self):
        server = self.start()
        client = self.client_of(server)
        self.assertEqual(self.fields(client)["peer-name"], "Client-only")
        self.assertEqual(self.fields(client)["cert-user"], "", "off by default")
        admin = self.open(server.plain_client())
        rows = {row["id"]: row for row in admin.client_list()}
        self.assertEqual(rows[self.fields(client)["id"]]["peer-name"], "Client-only")
        self.assertNotIn("peer-name", self.fields(admin))

    def test_without_a_certificate(self):
        server = self.start({"tls-auth-clients": "optional", "tls-auth-clients-user": "CN"})
        seen = self.fields(self.connect(server.tls_port))
        self.assertEqual((seen["peer-name"], seen["cert-user"]), ("", ""))

    def test_resumed_connections_keep_it(self):
        server = self.start({"tls-auth-clients-user": "CN"})
        pair = self.options.certs.client
        tls = TlsSettings(cert=pair.cert, key=pair.key)
        context = tls.context()
        resumed = []
        for _ in range(3):
            with Client(server.tls_address, tls=tls, context=context) as client:
                seen = self.fields(client)
                self.assertEqual((seen["peer-name"], seen["cert-user"]), ("Client-only", "Client-only"))
                self.assertEqual(seen["tls-resumed"], "yes" if client.sock.session_reused else "no")
                resumed.append(client.sock.session_reused)
                tls.session = client.sock.session
        self.assertEqual(resumed, [False, True, True])


class UserTest(IdentityCase):
    SANS = [(EMAIL_NAME, b"a@example"), (DNS_NAME, b"one.example"), (DNS_NAME, b"two.example"), (URI_NAME, b"spiffe://example/ns/a"), (URI_NAME, b"spiffe://example/b")]

    def test_each_field_on_both_backends(self):
        server = self.start_with_both()
        pair = issue(self.options.certs, server.folder, "alice", "alice", self.SANS)
        admin = self.open(server.plain_client())
        wanted = {"off": "", "CN": "alice", "URI": "spiffe://example/ns/a", "DNS": "one.example", "fingerprint": hashlib.sha256(der_of(pair.cert)).hexdigest()}
        for field, user in wanted.items():
            self.assertEqual(admin("CONFIG", "SET", "tls-auth-clients-user", field), "OK")
            self.assertEqual(admin.config("tls-auth-clients-user"), field)
            for backend, port in self.ports.items():
                seen = self.fields(self.connect(port, pair))
                self.assertEqual((seen["cert-user"], seen["peer-name"], seen["user"]), (user, "alice", "default"), f"{field} {backend}")

    def test_a_change_is_for_new_connections(self):
        server = self.start({"tls-auth-clients-user": "CN"})
        old = self.client_of(server)
        self.open(server.plain_client())("CONFIG", "SET", "tls-auth-clients-user", "off")
        self.assertEqual(self.fields(old)["cert-user"], "Client-only")
        self.assertEqual(self.fields(self.client_of(server))["cert-user"], "")

    def test_bad_values(self):
        server = self.start()
        admin = self.open(server.plain_client())
        for value in ("", "cn ", "subject", "yes", "CN,URI", "x" * 1000):
            self.assertRegex(admin.error("CONFIG", "SET", "tls-auth-clients-user", value), "^ERR CONFIG SET failed.*argument", value)
            self.assertEqual(admin.config("tls-auth-clients-user"), "off")
        code, out, err = self.new_server({"tls-auth-clients-user": "subject"}).run_to_exit()
        self.assertGreater(code, 0)
        self.assertRegex(out + err, "tls-auth-clients-user")

    def test_of_a_listener_and_of_a_profile(self):
        port, named = free_port(), free_port()
        certs = self.options.certs
        server = self.start({"tls-auth-clients-user": "CN", "tls-profile": ["dns tls-auth-clients-user DNS", "dns server-name dns.example", "none tls-auth-clients-user off"],
                             "tls-port-profile": "dns", "listen": [f"tls://127.0.0.1:{port} tls-auth-clients-user fingerprint", f'tls://127.0.0.1:{named} tls-profile "none dns"']})
        own = {"cert": certs.client.cert, "key": certs.client.key}

        def user(at, server_name=None):
            return self.fields(self.open(Client(("127.0.0.1", at), tls=TlsSettings(server_name=server_name, **own))))["cert-user"]
        self.assertEqual(user(server.tls_port), "Client-only")
        self.assertEqual(user(server.tls_port, "dns.example"), "localhost")
        self.assertEqual(user(port), hashlib.sha256(der_of(certs.client.cert)).hexdigest())
        self.assertEqual(user(named), "")
        self.assertEqual(user(named, "dns.example"), "localhost")


class HostileNameTest(IdentityCase):
    """Whatever a CA signs: the line stays a line, names stay apart, and both backends say the same or refuse."""

    NAMES = {
        "spaces": (UTF8, b"a b  c "), "newlines": (UTF8, b"alice\r\nid=1 addr=evil user=admin"), "control bytes": (UTF8, bytes(range(1, 32)) + b"\x7f"),
        "percent": (UTF8, b"a%20b"), "equal signs": (UTF8, b"user=admin"), "high bytes": (T61, b"\xff\xfe\xc3"), "umlauts": (UTF8, "Jürgen".encode()),
        "latin": (T61, b"J\xfcrgen"), "wide": (BMP, "Jürgen".encode("utf-16-be")), "a zero byte": (UTF8, b"admin\0.example"), "quotes": (UTF8, b"'\"\\"),
        "long": (UTF8, b"x" * 200),
    }
    SHOWN = {"latin": "Jürgen".encode(), "wide": "Jürgen".encode(), "high bytes": "ÿþÃ".encode(), "a zero byte": b""}

    def test_common_names(self):
        server = self.start_with_both({"tls-auth-clients-user": "CN"})
        for what, (tag, value) in self.NAMES.items():
            pair = issue(self.options.certs, server.folder, "hostile", (tag, value))
            for backend, port in self.ports.items():
                with self.subTest(name=what, backend=backend):
                    try:
                        seen = self.fields(self.connect(port, pair))
                    except (OSError, Disconnected):
                        self.assertEqual(backend, "wolfssl", "refused")  # it parses some of them not at all
                        self.assert_serves(server)
                        continue
                    user = self.plain(seen["cert-user"])
                    self.assertEqual(user, self.SHOWN.get(what, value))
                    self.assertNotEqual(seen["peer-name"], "")
                    if user:
                        self.assertEqual(seen["peer-name"], seen["cert-user"])

    def test_alternative_names(self):
        server = self.start_with_both({"tls-auth-clients-user": "URI"})
        cases = {"spaces": b"spiffe://a/b c", "newline": b"spiffe://a/b\nid=7", "zero": b"spiffe://good\0.evil", "high bytes": b"spiffe://a/\xff\xc3", "long": b"spiffe://" + b"y" * 1500}
        for what, uri in cases.items():
            pair = issue(self.options.certs, server.folder, "hostile", "alice", [(URI_NAME, uri), (DNS_NAME, b"x.example"), (IP_NAME, b"\x7f\0\0\1")])
            users = {}
            for backend, port in self.ports.items():
                with self.subTest(name=what, backend=backend):
                    try:
                        users[backend] = self.plain(self.fields(self.connect(port, pair))["cert-user"])
                    except (OSError, Disconnected):
                        self.assertEqual(backend, "wolfssl", "refused")
                        continue
                    self.assertEqual(users[backend], b"" if b"\0" in uri else uri)

    def test_no_name_at_all(self):
        server = self.start_with_both({"tls-auth-clients-user": "CN"})
        pair = issue(self.options.certs, server.folder, "nobody", "", subject=name((ORGANIZATION, UTF8, b"Example Org")))
        empty = issue(self.options.certs, server.folder, "empty", "", [(DNS_NAME, b"x.example")], subject=name())
        for backend, port in self.ports.items():
            seen = self.fields(self.connect(port, pair))
            self.assertEqual((self.plain(seen["peer-name"]), seen["cert-user"]), (b"O=Example Org", ""), backend)
            seen = self.fields(self.connect(port, empty))
            self.assertEqual((seen["peer-name"], seen["cert-user"]), (hashlib.sha256(der_of(empty.cert)).hexdigest(), ""), backend)

    def test_two_common_names(self):
        server = self.start_with_both({"tls-auth-clients-user": "CN"})
        pair = issue(self.options.certs, server.folder, "two", "", subject=name((CN, UTF8, b"first"), (ORGANIZATION, UTF8, b"x"), (CN, UTF8, b"last")))
        for backend, port in self.ports.items():
            self.assertEqual(self.fields(self.connect(port, pair))["cert-user"], "last", backend)

    def test_client_list_of_many(self):
        """One line a client, whatever their names."""
        server = self.start_with_both()
        clients = [self.connect(self.ports["openssl"], issue(self.options.certs, server.folder, f"c{i}", (tag, value))) for i, (tag, value) in enumerate(self.NAMES.values())]
        for client in clients:
            client("PING")
        admin = self.open(server.plain_client())
        text = admin("CLIENT", "LIST")
        self.assertEqual(len(text.splitlines()), len(clients) + 1)
        for line in text.splitlines():
            self.assertTrue(line.startswith("id="), line)
