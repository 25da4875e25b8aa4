"""TLS settings: bad ones are refused at the start and at CONFIG SET, where nothing changes; good ones hold for new connections."""
import ssl

from harness.case import ServerCase, keyway_only
from harness.client import Client, TlsSettings

REFUSAL = r"^ERR CONFIG SET failed .*Unable to update TLS configuration"


class TlsSettingsCase(ServerCase):
    def setUp(self):
        if self.options.backend is None:
            self.skipTest("this run is not over TLS")
        self.certs = self.options.certs


class ConfigSetTest(TlsSettingsCase):
    def setUp(self):
        super().setUp()
        self.server = self.start()
        self.c = self.client_of(self.server)

    def tls_config(self):
        reply = self.c("CONFIG", "GET", "tls-*")
        return dict(zip(reply[::2], reply[1::2]))

    def refused(self, *pairs, log=None):
        """Nothing changes: neither the values, nor what new connections meet; the open one goes on."""
        before, serial = self.tls_config(), self.serial()
        mark = self.server.log_mark()
        error = self.c.error("CONFIG", "SET", *pairs)
        self.assertRegex(error, REFUSAL)
        self.assertEqual(self.tls_config(), before)
        self.assertEqual(self.serial(), serial)
        self.assertEqual(self.c("PING"), "PONG")
        self.server.wait_log("(?i)tls", since=mark)
        return error

    def serial(self):
        """The serial number of the certificate that a new connection is shown."""
        with self.server.client() as client:
            client("PING")
            return ssl.DER_cert_to_PEM_cert(client.sock.getpeercert(binary_form=True))

    def broken_file(self, name, text):
        path = self.server.folder / name
        path.write_text(text)
        return path

    def test_missing_files(self):
        for name in ("tls-cert-file", "tls-key-file", "tls-ca-cert-file"):
            self.refused(name, "/no/such/file.pem")

    @keyway_only
    def test_missing_files_are_named_in_the_error(self):
        self.assertRegex(self.refused("tls-key-file", "/no/such/file.pem"), "tls-key-file.*No such file or directory")

    def test_key_of_another_certificate(self):
        self.refused("tls-key-file", self.certs.client.key)

    @keyway_only
    def test_certificate_of_another_kind_of_key(self):
        self.refused("tls-cert-file", self.certs.rsa.cert)

    def test_files_that_are_no_pem(self):
        self.refused("tls-cert-file", self.broken_file("a.crt", "nothing\n"))
        self.refused("tls-key-file", self.broken_file("a.key", ""))
        self.refused("tls-ca-cert-file", self.broken_file("ca.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))

    def test_bad_ciphers_and_protocols(self):
        self.refused("tls-ciphers", "NO-SUCH-CIPHER")
        self.refused("tls-ciphersuites", "TLS_NO_SUCH_SUITE")
        self.refused("tls-protocols", "TLSv9")

    @keyway_only
    def test_an_unknown_cipher_beside_a_good_one(self):
        self.refused("tls-ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256:NO-SUCH-CIPHER")

    def test_bad_dh_parameters(self):
        self.refused("tls-dh-params-file", self.certs.server.cert)
        self.refused("tls-dh-params-file", "/no/such/file.dh")

    def test_encrypted_key_without_its_password(self):
        self.refused("tls-cert-file", self.certs.encrypted_cert, "tls-key-file", self.certs.encrypted_key)
        self.refused("tls-cert-file", self.certs.encrypted_cert, "tls-key-file", self.certs.encrypted_key, "tls-key-file-pass", "wrong")

    @keyway_only
    def test_an_expired_certificate(self):
        self.refused("tls-cert-file", self.certs.expired.cert, "tls-key-file", self.certs.expired.key)

    def test_others_in_the_same_set_change_nothing_either(self):
        self.refused("timeout", 77, "tls-cert-file", "/no/such/file.pem", "maxmemory", "1mb")
        self.assertEqual((self.c.config("timeout"), self.c.config("maxmemory")), ("0", "0"))

    def test_a_new_certificate_for_new_connections(self):
        before = self.serial()
        old = self.client_of(self.server)
        old("PING")
        self.assertEqual(self.c("CONFIG", "SET", "tls-cert-file", self.certs.rsa.cert, "tls-key-file", self.certs.rsa.key), "OK")
        after = self.serial()
        self.assertNotEqual(before, after)
        self.assertEqual(old("PING"), "PONG")
        self.assertEqual(after.strip(), ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(self.certs.rsa.cert.read_text().strip())).strip())

    def test_a_file_that_changed_under_its_name(self):
        cert, key = self.server.folder / "live.crt", self.server.folder / "live.key"

        def put(pair):
            cert.write_text(pair.cert.read_text())
            key.write_text(pair.key.read_text())

        put(self.certs.server)
        self.c("CONFIG", "SET", "tls-cert-file", cert, "tls-key-file", key)
        before = self.serial()
        put(self.certs.rsa)
        self.assertEqual(self.serial(), before)
        self.c("CONFIG", "SET", "tls-cert-file", cert)
        self.assertNotEqual(self.serial(), before)

    def test_every_setting_to_what_it_is(self):
        for name, value in self.tls_config().items():
            self.assertEqual(self.c("CONFIG", "SET", name, value), "OK", name)
        self.assertEqual(self.client_of(self.server)("PING"), "PONG")

    def test_protocols_and_ciphers_live(self):
        self.c("CONFIG", "SET", "tls-protocols", "TLSv1.2", "tls-ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384")
        client = self.client_of(self.server)
        self.assertEqual((client.sock.version(), client.sock.cipher()[0]), ("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384"))
        self.assertEqual(self.c.sock.version(), "TLSv1.3")

    def test_rewrite_keeps_tls_settings(self):
        self.c("CONFIG", "SET", "tls-auth-clients", "optional", "tls-session-caching", "no")
        self.c("CONFIG", "REWRITE")
        self.server.restart()
        self.assertEqual(self.open(Client(self.server.tls_address, tls=TlsSettings()))("PING"), "PONG")


class StartTest(TlsSettingsCase):
    def refused(self, **config):
        server = self.new_server({name.replace("_", "-"): value for name, value in config.items()})
        code, out, err = server.run_to_exit()
        self.assertGreater(code, 0, config)
        self.assertRegex(out + err, "(?i)tls")
        return out + err

    def test_missing_key(self):
        self.assertIn("/no/such/file.key", self.refused(tls_key_file="/no/such/file.key"))

    def test_mismatched_key(self):
        self.refused(tls_key_file=self.certs.client.key)

    def test_missing_ca(self):
        self.refused(tls_ca_cert_file="/no/such/ca.crt")
        self.refused(tls_ca_cert_file=None)

    def test_no_certificate_at_all(self):
        self.refused(tls_cert_file=None)

    def test_bad_protocols(self):
        self.refused(tls_protocols="SSLv9")

    @keyway_only
    def test_unknown_backend(self):
        self.assertIn("nosuch", self.refused(tls_backend="nosuch"))

    def test_replication_and_cluster_settings_are_accepted(self):
        server = self.start({"tls-replication": "yes", "tls-cluster": "yes", "tls-dh-params-file": self.certs.dh, "tls-prefer-server-ciphers": "yes"})
        client = self.client_of(server)
        self.assertEqual((client.config("tls-replication"), client.config("tls-cluster")), ("yes", "yes"))
