"""Other TLS implementations as clients: openssl s_client and gnutls-cli."""
import subprocess

from harness.case import ServerCase


class TlsToolsTest(ServerCase):
    def setUp(self):
        if self.options.backend is None:
            self.skipTest("this run is not over TLS")
        self.certs = self.options.certs

    def s_client(self, server, *arguments, text="PING\r\nQUIT\r\n", certificate=True):
        openssl = self.need("openssl", "openssl")
        command = [openssl, "s_client", "-connect", f"127.0.0.1:{server.tls_port}", "-CAfile", self.certs.ca, "-ign_eof", *arguments]
        if certificate:
            command += ["-cert", self.certs.client.cert, "-key", self.certs.client.key]
        done = subprocess.run(list(map(str, command)), input=text, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    def test_s_client(self):
        server = self.start()
        for version in ("-tls1_2", "-tls1_3"):
            text = self.s_client(server, version)
            self.assertIn("+PONG", text)
            self.assertIn("Verify return code: 0 (ok)", text)

    def test_old_versions_are_refused(self):
        server = self.start()
        for version in ("-tls1", "-tls1_1"):
            self.assertNotIn("+PONG", self.s_client(server, version, "-cipher", "ALL:@SECLEVEL=0"))
        self.assert_serves(server)

    def test_without_certificate(self):
        server = self.start()
        text = self.s_client(server, "-tls1_2", certificate=False)
        self.assertNotIn("+PONG", text)
        self.assertRegex(text, "(?i)alert")
        server = self.start({"tls-auth-clients": "optional"})
        self.assertIn("+PONG", self.s_client(server, certificate=False))

    def interactive(self, server, *arguments):
        """s_client that takes commands: lines with R, K or k are not sent."""
        openssl = self.need("openssl", "openssl")
        command = [openssl, "s_client", "-connect", f"127.0.0.1:{server.tls_port}", *arguments, "-cert", self.certs.client.cert, "-key", self.certs.client.key]
        process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        process.kill()
        process.wait()
        process.stdout.close()
        try:
            process.stdin.close()
        except OSError:
            pass

    def say(self, process, line, wanted):
        """Whether `wanted` comes after this line; False when s_client ends first."""
        process.stdin.write(line + "\n")
        process.stdin.flush()
        return any(wanted in answer for answer in process.stdout)

    def test_renegotiation_is_refused(self):
        server = self.start()
        process = self.interactive(server, "-tls1_2")
        self.assertTrue(self.say(process, "PING", "+PONG"))
        self.assertTrue(self.say(process, "R", "RENEGOTIATING"))
        self.assertRegex(process.stdout.read(), "(?i)no renegotiation|alert|error")
        self.assert_serves(server)

    def test_key_updates(self):
        """TLS 1.3: k updates the client's key, K asks the server to update its own as well."""
        server = self.start()
        process = self.interactive(server, "-tls1_3")
        self.assertTrue(self.say(process, "PING", "+PONG"))
        for letter in "KkKKkk":
            self.assertTrue(self.say(process, letter, "KEYUPDATE"))
            self.assertTrue(self.say(process, "PING", "+PONG"), f"the connection ended after {letter}")

    def test_gnutls(self):
        gnutls = self.need("gnutls-cli", "gnutls-bin")
        server = self.start()
        for priority in ("NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"):
            done = subprocess.run([gnutls, "--x509cafile", self.certs.ca, "--x509certfile", self.certs.client.cert, "--x509keyfile", self.certs.client.key,
                                   "--priority", priority, "-p", str(server.tls_port), "127.0.0.1", "--crlf", "--logfile", server.folder / "gnutls.log"],
                                  input="PING\nQUIT\n", capture_output=True, text=True, timeout=60)
            self.assertIn("+PONG", done.stdout, done.stdout + done.stderr)
