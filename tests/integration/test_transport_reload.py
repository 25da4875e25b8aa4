"""TRANSPORT RELOAD and UNLOAD: copies of plug-ins, and the files of their settings, that change under a running server."""
import shutil

from harness.case import ServerCase
from harness.certificates import der_of
from harness.client import Client, TlsSettings
from test_plugins import shipped_plugins

REFUSED = "^ERR Unable to reload transport {}, which serves on as it was: {}"


class TransportReloadCase(ServerCase):
    def setUp(self):
        if not self.options.is_keyway:
            self.skipTest("the server under test is not Keyway")
        if self.options.backend is None:
            self.skipTest("this run is not over TLS")
        self.plugin = f"tls-{self.options.backend}"
        self.certs = self.options.certs

    def start_with_plugins(self, config=None, allowed="local"):
        """A server with a transport folder, a certificate and a key of its own, which the test may change."""
        self.server = self.new_server(tls=True)
        self.folder = self.server.folder / "transports"
        self.folder.mkdir(mode=0o755)
        for name, path in shipped_plugins(self.options).items():
            shutil.copyfile(path, self.file_of(name))
        self.cert, self.key = self.server.folder / "tls.crt", self.server.folder / "tls.key"
        self.put_pair(self.certs.server)
        self.server.extra.update({"transport-dir": self.folder, "enable-transport-command": allowed, "tls-cert-file": self.cert,
                                  "tls-key-file": self.key, **(config or {})})
        self.server.start()
        self.admin = self.open(self.server.plain_client())
        return self.server

    def file_of(self, name):
        return self.folder / f"keyway-transport-{name}.so"

    def put_pair(self, pair):
        shutil.copyfile(pair.cert, self.cert)
        shutil.copyfile(pair.key, self.key)

    def put_another_build(self, name):
        """The same code in other bytes: what stands behind the sections of an object is nobody's."""
        with open(self.file_of(name), "ab") as file:
            file.write(b"another build")

    def put_fixture(self, fixture):
        """A fixture under the id of this run's backend; its own has the same length."""
        content = (self.options.fixtures / f"keyway-transport-{fixture}.so").read_bytes()
        self.assertIn(b"tls-fixture\0", content)
        self.file_of(self.plugin).write_bytes(content.replace(b"tls-fixture\0", self.plugin.encode() + b"\0"))

    def rows(self, name=None):
        rows = [dict(zip(row[::2], row[1::2])) for row in self.admin("TRANSPORT", "LIST")]
        return [row for row in rows if row["name"] == (name or self.plugin)]

    def counters(self):
        info = self.admin.info("transports")
        return tuple(int(info[name]) for name in ("transport_reloads", "transport_reload_failures", "tls_reloads", "tls_reload_failures"))

    def shown(self, server_name=None):
        """The certificate that a new connection sees, in DER."""
        settings = TlsSettings(cert=self.certs.client.cert, key=self.certs.client.key, server_name=server_name)
        with Client(self.server.tls_address, tls=settings) as client:
            self.assertEqual(client("PING"), "PONG")
            return client.sock.getpeercert(True)

    def echo(self, clients, text):
        for client in clients:
            self.assertEqual(client("ECHO", text), text)

    def refused(self, step, name=None):
        """RELOAD fails in that step, says so everywhere, and changes nothing."""
        name = name or self.plugin
        before, rows, mark = self.counters(), self.rows(name), self.server.log_mark()
        error = self.admin.error("TRANSPORT", "RELOAD", name)
        self.assertRegex(error, REFUSED.format(name, step))
        self.server.wait_log(f"Transport {name} is not reloaded, and serves on as it was: {step}", since=mark)
        filters = name.startswith("tls-")
        self.assertEqual(self.counters(), (before[0], before[1] + 1, before[2], before[3] + filters))
        self.assertEqual([row["generation"] for row in self.rows(name)], [row["generation"] for row in rows])
        if filters:
            self.assertEqual(self.admin.info("transports")["tls_last_reload_status"], "err")
        self.assertEqual(self.shown(), der_of(self.certs.server.cert))
        return error


class AnotherBuildTest(TransportReloadCase):
    def test_under_live_connections(self):
        self.start_with_plugins()
        old = [self.open(self.server.tls_client()) for _ in range(5)]
        self.echo(old, "before")
        generation = self.rows()[0]["generation"]
        self.put_another_build(self.plugin)
        self.assertEqual(self.admin("TRANSPORT", "RELOAD", self.plugin), "OK")
        self.server.wait_log(f"Transport {self.plugin} is reloaded")
        new = [self.open(self.server.tls_client()) for _ in range(3)]
        self.echo(new + old, "x" * 100_000)
        rows = {row["state"]: row for row in self.rows()}
        self.assertEqual((rows["draining"]["generation"], rows["draining"]["connections"]), (generation, 5))
        self.assertEqual(rows["active"]["connections"], 3)
        self.assertGreater(rows["active"]["generation"], generation)
        self.assertEqual(self.counters(), (1, 0, 1, 0))
        for client in old:
            client.close()
        self.eventually(lambda: [row["state"] for row in self.rows()] == ["active"], lambda: f"the old copy stays: {self.rows()}")
        self.echo(new, "after")

    def test_many_times_with_io_threads(self):
        """Clients are served in between by whatever copy they began with, and old copies go."""
        self.start_with_plugins({"io-threads": 3})
        clients = []
        for i in range(6):
            clients.append(self.open(self.server.tls_client()))
            self.put_another_build(self.plugin)
            self.assertEqual(self.admin("TRANSPORT", "RELOAD", self.plugin), "OK")
            self.echo(clients, f"round {i}")
        self.assertEqual(len(self.rows()), 7)
        self.assertEqual(self.admin.info("transports")["tls_handshakes_failed"], "0")
        for client in clients:
            client.close()
        self.eventually(lambda: len(self.rows()) == 1, lambda: f"old copies stay: {self.rows()}")

    def test_profiles_and_lines(self):
        """Everything that a plug-in serves gets the new copy, and what another one serves is left alone."""
        self.start_with_plugins()
        profile = "web tls-cert-file {0} web tls-key-file {1} web server-name web.example".format(self.certs.generic.cert, self.certs.generic.key)
        self.admin("CONFIG", "SET", "tls-profile", profile, "tls-port-profile", "web")
        self.put_another_build(self.plugin)
        self.assertEqual(self.admin("TRANSPORT", "RELOAD", self.plugin), "OK")
        self.assertEqual(self.shown("web.example"), der_of(self.certs.generic.cert))
        self.assertEqual(self.shown(), der_of(self.certs.server.cert))
        self.eventually(lambda: len(self.rows()) == 1, lambda: f"somebody has the old copy: {self.rows()}")

    def test_a_carrier(self):
        path = self.options.work / f"reload-{self.options.backend}.sock"
        self.start_with_plugins({"unixsocket": path})
        old = [self.admin, self.open(Client(str(path))), self.open(self.server.tls_client())]
        for name in ("tcp", "unix"):
            self.put_another_build(name)
            self.assertEqual(self.admin("TRANSPORT", "RELOAD", name), "OK")
            self.assertIn("draining", [row["state"] for row in self.rows(name)])
        new = [self.open(self.server.plain_client()), self.open(Client(str(path))), self.open(self.server.tls_client())]
        self.echo(old + new, "both")
        self.assertEqual(self.counters(), (2, 0, 0, 0))
        self.admin = new[0]
        for client in old:
            client.close()
        for name in ("tcp", "unix"):
            self.eventually(lambda: len(self.rows(name)) == 1, lambda: f"the old copy stays: {self.rows(name)}")

    def test_inside_a_transaction(self):
        self.start_with_plugins()
        self.put_another_build(self.plugin)
        replies = self.admin.pipeline([("MULTI",), ("TRANSPORT", "RELOAD", self.plugin), ("PING",), ("EXEC",)])
        self.assertEqual(replies, ["OK", "QUEUED", "QUEUED", ["OK", "PONG"]])
        self.assertEqual(self.shown(), der_of(self.certs.server.cert))

    def test_others_beside_it(self):
        """Two that reload and one that sets: each is answered, and the last state counts."""
        self.start_with_plugins()
        clients = [self.open(self.server.plain_client()) for _ in range(3)]
        for _ in range(3):
            self.put_another_build(self.plugin)
            clients[0].send("TRANSPORT", "RELOAD", self.plugin)
            clients[1].send("CONFIG", "SET", "tls-auth-clients", "optional", "tls-prefer-server-ciphers", "yes")
            clients[2].send("TRANSPORT", "RELOAD", self.plugin)
            self.assertEqual([client.read() for client in clients], ["OK"] * 3)
        self.eventually(lambda: len(self.rows()) == 1, lambda: f"old copies stay: {self.rows()}")
        with Client(self.server.tls_address, tls=TlsSettings()) as anonymous:
            self.assertEqual(anonymous("PING"), "PONG")

    def test_a_client_that_goes_away_meanwhile(self):
        self.start_with_plugins()
        for _ in range(3):
            self.put_another_build(self.plugin)
            client = self.server.plain_client()
            client.send("TRANSPORT", "RELOAD", self.plugin)
            client.close()
        self.put_another_build(self.plugin)
        self.assertEqual(self.admin("TRANSPORT", "RELOAD", self.plugin), "OK")
        self.eventually(lambda: len(self.rows()) == 1, lambda: f"copies that nobody wanted stay: {self.rows()}")


class BadBuildTest(TransportReloadCase):
    def setUp(self):
        super().setUp()
        self.start_with_plugins()
        self.old = [self.open(self.server.tls_client()) for _ in range(2)]

    def tearDown(self):
        self.echo(self.old, "still there")
        # What was good once is good again.
        shutil.copyfile(shipped_plugins(self.options)[self.plugin], self.file_of(self.plugin))
        self.assertEqual(self.admin("TRANSPORT", "RELOAD", self.plugin), "OK")

    def test_damaged_files(self):
        good = self.file_of(self.plugin).read_bytes()
        for bad, why in ((good[:len(good) // 2], ""), (b"", ""), (b"this is no ELF file\n", "not an ELF file")):
            self.file_of(self.plugin).write_bytes(bad)
            self.assertIn(why, self.refused("loading the file failed: "))

    def test_no_file(self):
        self.file_of(self.plugin).unlink()
        self.assertIn("No such file", self.refused("loading the file failed: "))

    def test_a_file_that_others_can_write(self):
        self.file_of(self.plugin).chmod(0o777)
        self.assertIn("can be written by others", self.refused("loading the file failed: "))
        self.file_of(self.plugin).chmod(0o755)

    def test_another_plugin(self):
        shutil.copyfile(self.file_of("unix"), self.file_of(self.plugin))
        self.assertIn("its id is 'unix'", self.refused("loading the file failed: "))

    def test_it_does_not_start(self):
        self.put_fixture("tlsnostart")
        self.assertIn("the fixture does not want to start", self.refused("loading the file failed: "))

    def test_it_refuses_the_settings_in_force(self):
        self.put_fixture("tlsrefuses")
        error = self.refused("taking over the settings failed: ")
        self.assertIn(f"{self.plugin}: tls-cert-file: the fixture does not like it", error)

    def test_it_cannot_shake_hands(self):
        self.put_fixture("tlsnohands")
        self.assertIn("the fixture opens no connections", self.refused("the handshake in memory failed: "))


class FilesTest(TransportReloadCase):
    """The plug-in's own file has not changed: what its settings name is read anew."""

    def test_a_new_certificate(self):
        self.start_with_plugins()
        old = self.open(self.server.tls_client())
        self.put_pair(self.certs.generic)
        self.assertEqual(self.shown(), der_of(self.certs.server.cert))
        self.assertEqual(self.admin("TRANSPORT", "RELOAD", self.plugin), "OK")
        self.assertEqual(self.shown(), der_of(self.certs.generic.cert))
        self.echo([old], "old")
        self.assertEqual([row["state"] for row in self.rows()], ["active"])
        self.assertEqual(self.counters(), (1, 0, 1, 0))

    def test_a_certificate_that_does_not_fit_the_key(self):
        self.start_with_plugins()
        old = self.open(self.server.tls_client())
        shutil.copyfile(self.certs.generic.cert, self.cert)
        self.assertIn("tls-key-file", self.refused("taking over the settings failed: "))
        self.echo([old], "old")
        shutil.copyfile(self.certs.generic.key, self.key)
        self.assertEqual(self.admin("TRANSPORT", "RELOAD", self.plugin), "OK")
        self.assertEqual(self.shown(), der_of(self.certs.generic.cert))
        self.assertEqual(self.admin.info("transports")["tls_last_reload_status"], "ok")

    def test_nothing_new(self):
        self.start_with_plugins()
        generation = self.rows()[0]["generation"]
        self.assertEqual(self.admin("TRANSPORT", "RELOAD", self.plugin), "OK")
        self.assertEqual([row["generation"] for row in self.rows()], [generation])
        self.echo([self.open(self.server.tls_client())], "well")

    def test_ciphers_that_do_not_fit_the_certificate(self):
        """Contexts can be made of these, and no client can get in."""
        self.start_with_plugins({"tls-protocols": "TLSv1.2", "tls-ciphers": "ECDHE-ECDSA-AES128-GCM-SHA256"})
        self.put_pair(self.certs.rsa)
        self.refused("(the handshake in memory|taking over the settings) failed: ")

    def test_only_what_is_over_it(self):
        """Files of another transport's settings are none of its business."""
        other = {"openssl": "wolfssl", "wolfssl": "openssl"}[self.options.backend]
        self.start_with_plugins()
        cert, key = self.server.folder / "other.crt", self.server.folder / "other.key"
        shutil.copyfile(self.certs.generic.cert, cert)
        shutil.copyfile(self.certs.generic.key, key)
        profile = f"other tls-backend {other} other tls-cert-file {cert} other tls-key-file {key} other server-name other.example"
        self.admin("CONFIG", "SET", "tls-profile", profile)
        key.write_text("broken")
        self.put_pair(self.certs.rsa)
        self.assertEqual(self.admin("TRANSPORT", "RELOAD", self.plugin), "OK")
        self.assertEqual(self.shown(), der_of(self.certs.rsa.cert))
        self.assertRegex(self.admin.error("TRANSPORT", "RELOAD", f"tls-{other}"), "taking over the settings failed: .*tls-key-file")

    def test_counts_are_reset(self):
        self.start_with_plugins()
        self.admin("TRANSPORT", "RELOAD", self.plugin)
        self.key.write_text("broken")
        self.admin.error("TRANSPORT", "RELOAD", self.plugin)
        self.assertEqual(self.counters(), (1, 1, 1, 1))
        self.admin("CONFIG", "RESETSTAT")
        self.assertEqual(self.counters(), (0, 0, 0, 0))


class CommandTest(TransportReloadCase):
    def test_names(self):
        self.start_with_plugins()
        for word in ("RELOAD", "UNLOAD"):
            self.assertEqual(self.admin.error("TRANSPORT", word, "nowhere"), "ERR No transport 'nowhere' is loaded")
            for name in (self.file_of(self.plugin), "/etc/passwd", "..", "", "a/b"):
                self.assertRegex(self.admin.error("TRANSPORT", word, name), f"^ERR TRANSPORT {word} takes the bare name")
            wrong = f"ERR wrong number of arguments for 'transport|{word.lower()}' command"
            self.assertEqual(self.admin.error("TRANSPORT", word), wrong)
            self.assertEqual(self.admin.error("TRANSPORT", word, self.plugin, "more"), wrong)
            self.assertRegex(self.admin.error("TRANSPORT", word, "x" * 100_000), "^ERR No transport 'x+' is loaded$")
            self.assertRegex(self.admin.error("TRANSPORT", word, self.plugin.upper()), "^ERR No transport")
        self.assertEqual(self.counters(), (0, 0, 0, 0))

    def test_not_allowed(self):
        self.start_with_plugins(allowed="no")
        for word in ("RELOAD", "UNLOAD"):
            self.assertRegex(self.admin.error("TRANSPORT", word, self.plugin), "^ERR TRANSPORT .*not allowed.*enable-transport-command")
        self.assertEqual(self.shown(), der_of(self.certs.server.cert))

    def test_unload(self):
        self.start_with_plugins()
        self.admin("TRANSPORT", "LOAD", "unix")
        self.assertEqual(self.admin("TRANSPORT", "UNLOAD", "unix"), "OK")
        self.eventually(lambda: not self.rows("unix"), lambda: f"it stays: {self.rows('unix')}")
        self.assertEqual(self.admin.config("loadtransport"), "")
        self.assertEqual(self.admin.error("TRANSPORT", "UNLOAD", "unix"), "ERR No transport 'unix' is loaded")
        self.assertEqual(self.admin.error("TRANSPORT", "RELOAD", "unix"), "ERR No transport 'unix' is loaded")
        self.admin("TRANSPORT", "LOAD", "unix")
        self.assertEqual(len(self.rows("unix")), 1)

    def test_unload_what_is_in_use(self):
        self.start_with_plugins()
        client = self.open(self.server.tls_client())
        error = self.admin.error("TRANSPORT", "UNLOAD", self.plugin)
        self.assertRegex(error, f"^ERR Transport {self.plugin} is in use: tls-port, .*connections, tls-backend$")
        self.assertRegex(self.admin.error("TRANSPORT", "UNLOAD", "tcp"), "in use: port, tls-port, .*connections, links")
        self.echo([client], "still")
        self.assertEqual([row["state"] for row in self.rows()], ["active"])

    def test_unload_a_backend_that_was_left(self):
        """One thing after the other lets go of it, connections last."""
        other = {"openssl": "wolfssl", "wolfssl": "openssl"}[self.options.backend]
        self.start_with_plugins({"io-threads": 2})
        client = self.open(self.server.tls_client())
        self.echo([client], "old")
        self.admin("CONFIG", "SET", "tls-backend", other)
        self.assertRegex(self.admin.error("TRANSPORT", "UNLOAD", self.plugin), f"^ERR Transport {self.plugin} is in use: [0-9]+ connections$")
        self.admin("CONFIG", "SET", "tls-profile", f"left tls-backend {self.options.backend}")
        client.close()
        self.eventually(lambda: self.admin.error("TRANSPORT", "UNLOAD", self.plugin) == f"ERR Transport {self.plugin} is in use: tls-profile 'left' by its tls-backend",
                        "the connection is still counted")
        self.admin("CONFIG", "SET", "tls-profile", "")
        self.assertEqual(self.admin("TRANSPORT", "UNLOAD", self.plugin), "OK")
        self.eventually(lambda: not self.rows(), lambda: f"it stays: {self.rows()}")
        self.echo([self.open(self.server.tls_client())], "new")
        self.admin("CONFIG", "SET", "tls-backend", self.options.backend)
        self.echo([self.open(self.server.tls_client())], "loaded again")
