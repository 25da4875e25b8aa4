"""Whose certificate a dialled server has to have: tls-verify-peer-name for links (MIGRATE), --verify-name for the tools."""
import pathlib
import socket
import subprocess

from harness.case import ServerCase
from harness.certificates import DNS_NAME, IP_NAME, URI_NAME, issue

V4, V6 = socket.inet_aton, lambda text: socket.inet_pton(socket.AF_INET6, text)
# The certificate's alternative names and common name, and of names whether they are its.
CERTIFICATES = {
    "plain": ([(DNS_NAME, b"db.example.com")], "cn.example.com",
              {"db.example.com": True, "DB.Example.COM": True, "db.example.com.": True, "xdb.example.com": False, "b.example.com": False, "example.com": False,
               "cn.example.com": False}),
    "wild": ([(DNS_NAME, b"*.cache.example.com")], "wild",
             {"a.cache.example.com": True, "a.b.cache.example.com": False, "cache.example.com": False, "xcache.example.com": False}),
    "too-wide": ([(DNS_NAME, b"*.com"), (DNS_NAME, b"f*.example.org"), (DNS_NAME, b"a.*.example.org"), (DNS_NAME, b"*")], "wide",
                 {"example.com": False, "foo.example.org": False, "a.b.example.org": False, "wide": False}),
    "cn-only": ([(URI_NAME, b"spiffe://uri.example.com/x")], "cn.example.com", {"cn.example.com": True, "uri.example.com": False}),
    "addresses": ([(IP_NAME, V4("127.0.0.1")), (IP_NAME, V6("2001:db8::1")), (DNS_NAME, b"10.0.0.1")], "10.0.0.2",
                  {"127.0.0.1": True, "127.0.0.2": False, "2001:db8::1": True, "[2001:db8:0::1]": True, "2001:db8::2": False, "10.0.0.1": False, "10.0.0.2": False}),
}


class PeerNameCase(ServerCase):
    def setUp(self):
        if not self.options.is_keyway or self.options.backend is None:
            self.skipTest("this run is not over TLS")
        self.certs = self.options.certs

    def start_with(self, pair, **config):
        return self.start({"tls-auth-clients": "no", "tls-cert-file": pair.cert, "tls-key-file": pair.key, **config})


class LinkTest(PeerNameCase):
    def setUp(self):
        super().setUp()
        self.source = self.start({"tls-cluster": "yes"})
        self.client = self.client_of(self.source)

    def migrate(self, host, target):
        """None, or the error."""
        self.client("SET", "k", "v")
        reply = self.client.pipeline([("MIGRATE", host, target.tls_port, "k", 0, 5000, "REPLACE")])[0]
        self.assertEqual(self.client("EXISTS", "k"), 0 if reply == "OK" else 1)
        return None if reply == "OK" else str(reply)

    def expect_refusal(self, host, target, name):
        mark = self.source.log_mark()
        self.assertRegex(self.migrate(host, target), "^IOERR ")
        self.source.wait_log(rf"Error opening a link to \S+: .*certificate of the server is not for {name}", since=mark)

    def test_a_host_name_must_stand_in_the_certificate(self):
        self.assertEqual(self.client.config("tls-verify-peer-name"), "yes")
        good, bad = self.start_with(self.certs.server), self.start_with(self.certs.pair("wrong-name"))
        self.assertIsNone(self.migrate("localhost", good))
        mark = bad.log_mark()
        self.expect_refusal("localhost", bad, "localhost")
        bad.wait_log("Error accepting a client connection: .*42", since=mark)
        # Known by address: the chain alone counts, but that it does.
        self.assertIsNone(self.migrate("127.0.0.1", bad))
        unknown = self.start_with(self.certs.other_client)
        self.assertRegex(self.migrate("127.0.0.1", unknown), "^IOERR ")

    def test_unless_it_is_switched_off(self):
        bad = self.start_with(self.certs.pair("wrong-name"))
        self.client("CONFIG", "SET", "tls-verify-peer-name", "no")
        self.assertIsNone(self.migrate("localhost", bad))
        # Neither the open link nor its session outlives the change.
        self.client("CONFIG", "SET", "tls-verify-peer-name", "yes")
        self.expect_refusal("localhost", bad, "localhost")
        self.client("CONFIG", "SET", "tls-verify-peer-name", "NO")
        self.assertIsNone(self.migrate("localhost", bad))
        unknown = self.start_with(self.certs.other_client)
        self.assertRegex(self.migrate("localhost", unknown), "^IOERR ", "the chain is still verified")

    def test_a_name_of_all_peers(self):
        target = self.start_with(self.certs.server)
        admin = self.client_of(target)
        for file_name, (sans, common_name, names) in CERTIFICATES.items():
            pair = issue(self.certs, target.folder, file_name, common_name, sans)
            self.assertEqual(admin("CONFIG", "SET", "tls-cert-file", pair.cert, "tls-key-file", pair.key), "OK")
            for name, good in names.items():
                with self.subTest(certificate=file_name, name=name):
                    self.client("CONFIG", "SET", "tls-verify-peer-name", name)
                    self.assertEqual(self.client.config("tls-verify-peer-name"), name)
                    error = self.migrate("127.0.0.1", target)
                    self.assertEqual(error is None, good, error)

    def test_the_name_picks_the_profile(self):
        wrong, right = self.certs.pair("wrong-name"), self.certs.server
        target = self.start_with(wrong, **{"tls-port-profile": "named", "tls-profile": [
            "named server-name localhost", f"named tls-cert-file {right.cert}", f"named tls-key-file {right.key}"]})
        self.assertIsNone(self.migrate("localhost", target))
        self.client("CONFIG", "SET", "tls-verify-peer-name", "other.example")
        self.assertIsNone(self.migrate("127.0.0.1", target))
        self.client("CONFIG", "SET", "tls-verify-peer-name", "localhost")
        self.assertIsNone(self.migrate("127.0.0.1", target))

    def test_values_that_are_refused(self):
        for value in ("", " ", "a b", "*.example.com", ".example", "a\n", "x" * 254, "ä.example", "a,b"):
            self.assertRegex(self.client.error("CONFIG", "SET", "tls-verify-peer-name", value), "^ERR CONFIG SET failed.*argument must be 'yes', 'no' or a name", value)
            self.assertEqual(self.client.config("tls-verify-peer-name"), "yes")
        self.assertRegex(self.client.error("CONFIG", "SET", "tls-profile", "web tls-verify-peer-name no"), "^ERR ")


class ToolTest(PeerNameCase):
    def run_tool(self, program, server, *arguments):
        if program is None or not pathlib.Path(program).exists():
            self.skipTest("the tool was not named")
        command = [program, "-p", server.tls_port, "--tls", "--tls-backend", self.options.backend, "--cacert", self.certs.ca, *arguments]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def cli(self, server, *arguments):
        code, out, err = self.run_tool(self.options.cli, server, *arguments, "PING")
        self.assertEqual(code == 0, "PONG" in out, out + err)
        return "" if code == 0 else err

    def test_cli(self):
        server = self.start_with(self.certs.server)
        for name in ("localhost", "LOCALHOST", "127.0.0.1", "::1", "[::1]"):
            self.assertEqual(self.cli(server, "--verify-name", name), "", name)
        for name in ("elsewhere.example", "127.0.0.2", "::2"):
            self.assertRegex(self.cli(server, "--verify-name", name), "certificate of the server is not for " + name)
        self.assertEqual(self.cli(server, "-h", "localhost"), "", "as with redis-cli, the chain alone is checked unless a name is given")
        self.assertRegex(self.cli(server, "--insecure", "--verify-name", "localhost"), "mutually exclusive")

    def test_cli_with_every_kind_of_name(self):
        server = self.start_with(self.certs.server)
        admin = self.client_of(server)
        for file_name, (sans, common_name, names) in CERTIFICATES.items():
            pair = issue(self.certs, server.folder, file_name, common_name, sans)
            self.assertEqual(admin("CONFIG", "SET", "tls-cert-file", pair.cert, "tls-key-file", pair.key), "OK")
            for name, good in names.items():
                error = self.cli(server, "--verify-name", name)
                self.assertEqual(error == "", good, f"{file_name} {name}: {error}")

    def test_benchmark(self):
        server = self.start_with(self.certs.server)
        for name, good in (("localhost", True), ("127.0.0.1", True), ("elsewhere.example", False), ("127.0.0.2", False)):
            code, out, err = self.run_tool(self.options.benchmark, server, "-n", 10, "-c", 2, "-t", "ping", "-q", "--verify-name", name)
            self.assertEqual(code == 0, good, out + err)
            if not good:
                self.assertIn("certificate of the server is not for " + name, out + err)
