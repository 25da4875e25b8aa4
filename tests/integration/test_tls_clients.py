"""Other people's TLS as clients (openssl s_client, gnutls-cli, Python's ssl, Node's tls): they resume sessions, show certificates,
and are turned away rightly."""
import json
import os
import ssl
import subprocess

from harness.case import ServerCase
from harness.client import Client, TlsSettings
from harness.resp import Disconnected

INPUT = "PING\r\nQUIT\r\n"


class Checks:
    """What every client is held to.

    `visit(server, version, pair)` → the visits' [(reply or None, resumed, words of an error)], the second with the first's session.
    `version` is "1.2" or "1.3", `pair` a certificate with its key or None. `REFUSALS` is what the client may call no certificate, an
    unknown authority, an expired certificate."""

    VERSIONS = ("1.2", "1.3")

    def setUp(self):
        if not self.options.is_keyway or self.options.backend is None:
            self.skipTest("this run is not over TLS")
        self.certs = self.options.certs

    def run_tool(self, command, **kw):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, **kw)
        return done.stdout + done.stderr

    def assert_served(self, visits):
        for reply, _, error in visits:
            self.assertEqual(reply, "+PONG", error)

    def test_resumes(self):
        server = self.start({"tls-auth-clients": "no"})
        for version in self.VERSIONS:
            visits = self.visit(server, version, None)
            self.assert_served(visits)
            self.assertEqual([resumed for _, resumed, _ in visits], [False, True], version)
        with server.client() as admin:
            self.assertEqual(admin.info("transports")["tls_handshakes_resumed"], str(len(self.VERSIONS)))

    def test_resumes_nothing_when_it_may_not(self):
        server = self.start({"tls-auth-clients": "no", "tls-session-caching": "no"})
        for version in self.VERSIONS:
            visits = self.visit(server, version, None)
            self.assert_served(visits)
            self.assertEqual([resumed for _, resumed, _ in visits], [False, False], version)

    def test_certificates(self):
        for auth in ("yes", "optional"):
            server = self.start({"tls-auth-clients": auth})
            for version in self.VERSIONS:
                for pair in (self.certs.client,) if auth == "yes" else (self.certs.client, None):
                    visits = self.visit(server, version, pair)
                    self.assert_served(visits)
                    self.assertEqual([resumed for _, resumed, _ in visits], [False, True], f"{auth} {version} {pair}")

    def test_refusals(self):
        server = self.start()
        for pair, pattern in zip((None, self.certs.other_client, self.certs.expired), self.REFUSALS):
            for version in self.VERSIONS:
                reply, _, error = self.visit(server, version, pair)[0]
                self.assertIsNone(reply, version)
                self.assertRegex(error, pattern, version)
        with server.client() as admin:
            self.assertGreaterEqual(int(admin.info("transports")["tls_handshakes_failed"]), 3 * len(self.VERSIONS))


class OpensslTest(Checks, ServerCase):
    REFUSALS = ("certificate required|handshake failure", "unknown ca", "certificate expired")

    def visit(self, server, version, pair):
        openssl = self.need("openssl", "openssl")
        session = server.folder / f"session-{version}"
        command = [openssl, "s_client", "-connect", f"127.0.0.1:{server.tls_port}", "-CAfile", self.certs.ca, "-verify_return_error", "-ign_eof",
                   "-tls" + version.replace(".", "_")]
        if pair:
            command += ["-cert", pair.cert, "-key", pair.key]
        outcomes = []
        for more in (["-sess_out", session], ["-sess_in", session]):
            if more[0] == "-sess_in" and not session.exists():
                more = []
            text = self.run_tool(command + more, input=INPUT)
            outcomes.append(("+PONG" if "+PONG" in text else None, "\nReused, " in text, text))
        return outcomes


class GnutlsTest(Checks, ServerCase):
    REFUSALS = ("(?i)certificate is required|handshake failed|certificate required", "(?i)unknown|CA is unknown", "(?i)expired")
    WAIT = ()  # for a ticket of TLS 1.3, which there had better be then

    def visit(self, server, version, pair):
        gnutls = self.need("gnutls-cli", "gnutls-bin")
        command = [gnutls, "--x509cafile", self.certs.ca, "--priority", f"NORMAL:-VERS-ALL:+VERS-TLS{version}", "-p", server.tls_port, "--crlf",
                   "--logfile", server.folder / "gnutls.log"]
        if pair:
            command += ["--x509certfile", pair.cert, "--x509keyfile", pair.key]
        # --resume: a connection that ends after its handshake, and a second one that does the talking.
        outcomes = []
        for more in ((), ("--resume", *self.WAIT)):
            text = self.run_tool([*command, *more, "127.0.0.1"], input="PING\nQUIT\n") + (server.folder / "gnutls.log").read_text()
            outcomes.append(("+PONG" if "+PONG" in text else None, "This is a resumed session" in text, text))
        return outcomes

    def test_resumes(self):
        self.WAIT = ("--waitresumption",)
        super().test_resumes()

    def test_certificates(self):
        self.WAIT = ("--waitresumption",)
        super().test_certificates()


class PythonTest(Checks, ServerCase):
    REFUSALS = ("(?i)certificate required|handshake failure", "(?i)unknown ca", "(?i)certificate expired")

    def visit(self, server, version, pair):
        wanted = ssl.TLSVersion.TLSv1_2 if version == "1.2" else ssl.TLSVersion.TLSv1_3
        tls = TlsSettings(ca=self.certs.ca, min_version=wanted, max_version=wanted, **({"cert": pair.cert, "key": pair.key} if pair else {}))
        context, outcomes = tls.context(), []
        for _ in range(2):
            try:
                with Client(server.tls_address, tls=tls, context=context) as client:
                    outcomes.append((f"+{client('PING')}", client.sock.session_reused, ""))
                    tls.session = client.sock.session
            except (OSError, Disconnected) as error:
                outcomes.append((None, False, str(error)))
        return outcomes


class NodeTest(Checks, ServerCase):
    REFUSALS = ("CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE", "UNKNOWN_CA", "CERTIFICATE_EXPIRED")

    def visit(self, server, version, pair):
        node = self.need("node", "nodejs")
        environment = {**os.environ, "KW_HOST": "127.0.0.1", "KW_PORT": str(server.tls_port), "KW_CA": str(self.certs.ca), "KW_VERSION": f"TLSv{version}"}
        if pair:
            environment.update(KW_CERT=str(pair.cert), KW_KEY=str(pair.key))
        text = self.run_tool([node, self.options.source / "tests" / "integration" / "node" / "tls_check.js"], env=environment)
        return [("+PONG" if "+PONG" in one["reply"] else None, one["reused"], str(one["error"])) for one in json.loads(text)]
