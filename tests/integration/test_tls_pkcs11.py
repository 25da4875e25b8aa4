"""A private key in a PKCS#11 token (softhsm2), named by a URI in tls-key-file. OpenSSL uses it; wolfSSL takes files only."""
import os
import pathlib
import subprocess

from harness.case import ServerCase

PIN = "483920"
LIBRARIES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so",
             "/usr/local/lib/softhsm/libsofthsm2.so")


class Pkcs11Test(ServerCase):
    def setUp(self):
        if not self.options.is_keyway or self.options.backend is None:
            self.skipTest("this run is not over TLS")
        self.certs = self.options.certs

    def token(self, server):
        """A token with the server's key in it, in the server's folder; its processes find it by their environment."""
        util = self.need("softhsm2-util", "softhsm2")
        openssl = self.need("openssl", "openssl")
        library = next((path for path in LIBRARIES if pathlib.Path(path).exists()), None)
        if library is None:
            self.skipTest("libsofthsm2.so is missing (package softhsm2)")
        tokens, config = server.folder / "tokens", server.folder / "softhsm2.conf"
        tokens.mkdir()
        config.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        server.environment = {**os.environ, "SOFTHSM2_CONF": str(config), "PKCS11_MODULE_PATH": library}

        def run(*command):
            done = subprocess.run([str(word) for word in command], env=server.environment, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

        run(util, "--init-token", "--free", "--label", "keyway", "--so-pin", "12345678", "--pin", PIN)
        key = server.folder / "import.key"
        run(openssl, "pkcs8", "-topk8", "-nocrypt", "-in", self.certs.server.key, "-out", key)
        run(util, "--import", key, "--token", "keyway", "--label", "server", "--id", "a1", "--pin", PIN)
        key.unlink()
        probe = subprocess.run([openssl, "engine", "-t", "pkcs11"], env=server.environment, capture_output=True, text=True)
        stores = subprocess.run([openssl, "list", "-store-loaders"], env=server.environment, capture_output=True, text=True)
        if "available" not in probe.stdout.replace("unavailable", "") and "pkcs11" not in stores.stdout:
            self.skipTest("OpenSSL has neither an engine nor a store for PKCS#11 (package libengine-pkcs11-openssl)")

    def start_with_token(self, **settings):
        server = self.new_server({"tls-key-file": "pkcs11:token=keyway;object=server;type=private", "tls-key-file-pass": PIN,
                                  **{name.replace("_", "-"): value for name, value in settings.items()}})
        self.token(server)
        return server

    def test_openssl_signs_with_the_token(self):
        if self.options.backend != "openssl":
            self.skipTest("this is about OpenSSL")
        server = self.start_with_token()
        server.start()
        for _ in range(3):
            client = self.client_of(server)
            client("SET", "k", "v" * 50_000)
            self.assertEqual(client("GET", "k"), "v" * 50_000)
        self.assertEqual(client.config("tls-key-file"), "pkcs11:token=keyway;object=server;type=private")
        # Children (of BGSAVE) and the end of the process have to get along with what a token's library keeps.
        client("BGSAVE")
        self.eventually(lambda: client.info("persistence")["rdb_bgsave_in_progress"] == "0", "BGSAVE does not end")
        self.assertEqual(client.info("persistence")["rdb_last_bgsave_status"], "ok")
        self.assertEqual(self.client_of(server)("PING"), "PONG")

    def test_from_file_to_token_and_back(self):
        if self.options.backend != "openssl":
            self.skipTest("this is about OpenSSL")
        server = self.start_with_token(tls_key_file=self.certs.server.key, tls_key_file_pass=None)
        server.start()
        client = self.client_of(server)
        uri = f"pkcs11:token=keyway;object=server;type=private?pin-value={PIN}"
        for _ in range(2):
            self.assertEqual(client("CONFIG", "SET", "tls-key-file", uri), "OK")
            by_token = self.client_of(server)
            self.assertEqual(by_token("PING"), "PONG")
            self.assertEqual(client("CONFIG", "SET", "tls-key-file", self.certs.server.key), "OK")
            self.assertEqual(self.client_of(server)("PING"), "PONG")
            self.assertEqual(by_token("PING"), "PONG")
        # A key of the token that is not that of the certificate.
        self.assertRegex(client.error("CONFIG", "SET", "tls-key-file", uri, "tls-cert-file", self.certs.client.cert), "does not belong to tls-cert-file")
        self.assertEqual(self.client_of(server)("PING"), "PONG")

    def refused_at_the_start(self, pattern, **settings):
        code, out, err = self.start_with_token(**settings).run_to_exit()
        self.assertGreater(code, 0)
        self.assertRegex(out + err, pattern)

    def test_what_cannot_be_had_is_refused_with_a_reason(self):
        if self.options.backend != "openssl":
            self.skipTest("this is about OpenSSL")
        self.refused_at_the_start("tls-key-file: no private key can be had from the URI: .*PIN", tls_key_file_pass="000000")
        self.refused_at_the_start("tls-key-file-pass: .*needs a PIN or password, and tls-key-file-pass is not set", tls_key_file_pass=None)
        self.refused_at_the_start("tls-key-file: no private key can be had from the URI: .+", tls_key_file="pkcs11:token=elsewhere;object=server;type=private")
        self.refused_at_the_start("tls-key-file: no private key can be had from the URI: .+", tls_key_file="pkcs11:token=keyway;object=nobody;type=private")
        self.refused_at_the_start("tls-key-file: no private key can be had from the URI: .+", tls_key_file="nosuchscheme:server")

    def test_a_live_change_to_nothing_changes_nothing(self):
        if self.options.backend != "openssl":
            self.skipTest("this is about OpenSSL")
        server = self.start_with_token(tls_key_file=self.certs.server.key, tls_key_file_pass=None)
        server.start()
        client = self.client_of(server)
        error = client.error("CONFIG", "SET", "tls-key-file", "pkcs11:token=elsewhere;object=server;type=private", "tls-key-file-pass", PIN)
        self.assertRegex(error, "Unable to update TLS configuration.*tls-key-file")
        self.assertEqual(client.config("tls-key-file"), str(self.certs.server.key))
        self.assertEqual(self.client_of(server)("PING"), "PONG")

    def test_wolfssl_takes_files_only(self):
        if self.options.backend != "wolfssl":
            self.skipTest("this is about wolfSSL")
        server = self.start()
        client = self.client_of(server)
        error = client.error("CONFIG", "SET", "tls-key-file", "pkcs11:token=keyway;object=server")
        self.assertRegex(error, "Unable to update TLS configuration.*tls-key-file.*tls-wolfssl reads keys from files only")
        self.assertEqual(self.client_of(server)("PING"), "PONG")
        code, out, err = self.new_server({"tls-key-file": "pkcs11:token=keyway;object=server"}).run_to_exit()
        self.assertGreater(code, 0)
        self.assertIn("tls-wolfssl reads keys from files only", out + err)
