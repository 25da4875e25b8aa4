"""TRANSPORT LIST, INFO and HELP."""
import subprocess

from harness.case import ServerCase


class TransportCommandTest(ServerCase):
    def setUp(self):
        if not self.options.is_keyway:
            self.skipTest("the server under test is not Keyway")
        self.server = self.start(tls=True)
        self.c = self.open(self.server.plain_client())

    def rows(self, client=None):
        """LIST as dicts, whatever the protocol."""
        rows = (client or self.c)("TRANSPORT", "LIST")
        return [row if isinstance(row, dict) else dict(zip(row[::2], row[1::2])) for row in rows]

    def test_list(self):
        rows = {row["name"]: row for row in self.rows()}
        self.assertIn("tcp", rows)
        self.assertIn("tls-openssl", rows)
        self.assertEqual(rows["tls-openssl"]["roles"], "filter")

    def test_list_counts_connections(self):
        def count():
            return int(next(row for row in self.rows() if row["name"] == "tls-openssl")["connections"])
        before = count()
        clients = [self.open(self.server.tls_client()) for _ in range(3)]
        for client in clients:
            client("PING")
        self.assertEqual(count(), before + 3)
        for client in clients:
            client.close()
        self.eventually(lambda: count() == before, "closed connections are still counted")

    def test_info(self):
        text = str(self.c("TRANSPORT", "INFO", "tls-openssl"))
        for word in ("tls-openssl", "OpenSSL 3.", "filter", "tls-cert-file", "keyway-transport-tls-openssl.so"):
            self.assertIn(word, text)
        self.assertRegex(self.c.error("TRANSPORT", "INFO", "nosuch"), "^ERR .*nosuch")

    def test_secrets_are_not_shown(self):
        openssl, password = self.need("openssl", "openssl"), "open-sesame-please"
        server = self.new_server(tls=True)
        key = server.folder / "secret.key"
        subprocess.run([openssl, "pkcs8", "-topk8", "-in", self.options.certs.server.key, "-passout", f"pass:{password}", "-out", key], check=True)
        server.extra.update({"tls-key-file": key, "tls-key-file-pass": password})
        server.start()
        client = self.open(server.tls_client())
        text = str([client("TRANSPORT", "LIST"), client("TRANSPORT", "INFO", "tls-openssl"), client("INFO", "everything")])
        self.assertNotIn(password, text + server.log())

    def test_help(self):
        lines = self.c("TRANSPORT", "HELP")
        text = "\n".join(lines)
        for word in ("LIST", "INFO", "LOAD", "HELP"):
            self.assertIn(word, text)

    def test_errors(self):
        self.assertEqual(self.c.error("TRANSPORT"), "ERR wrong number of arguments for 'transport' command")
        self.assertEqual(self.c.error("TRANSPORT", "NOSUCH"), "ERR unknown subcommand 'NOSUCH'. Try TRANSPORT HELP.")
        self.assertEqual(self.c.error("TRANSPORT", "INFO"), "ERR wrong number of arguments for 'transport|info' command")

    def test_resp3(self):
        client = self.open(self.server.plain_client(protocol=3))
        self.assertIn("tcp", [row["name"] for row in self.rows(client)])
