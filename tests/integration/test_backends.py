"""Both TLS backends in one server: side by side, and changed on a live server under load."""
import subprocess
import threading

from harness.case import ServerCase
from harness.client import Client
from harness.resp import encode
from harness.server import free_port

TRANSPORTS = ("tls-openssl", "tls-wolfssl")


class BackendCase(ServerCase):
    def setUp(self):
        if not self.options.is_keyway:
            self.skipTest("the server under test is not Keyway")

    def transport(self, client):
        return client.client_fields()["transport"]


class SideBySideTest(BackendCase):
    def test_both_at_once(self):
        """The two libraries export functions of equal names, and must not get into each other's way."""
        ports = [free_port(), free_port()]
        server = self.new_server({"io-threads": 2}, tls=True)
        server.extra["listen"] = [f"{transport}://127.0.0.1:{port}" for transport, port in zip(TRANSPORTS, ports)]
        server.start()
        for _ in range(10):
            clients = [self.open(Client(("127.0.0.1", port), tls=server.tls_settings())) for port in ports]
            for transport, client in zip(TRANSPORTS, clients):
                self.assertEqual(self.transport(client), transport)
                client("SET", transport, "x" * 100_000)
            self.assertEqual([len(client("GET", other)) for client, other in zip(clients, reversed(TRANSPORTS))], [100_000] * 2)

    def test_interleaved_traffic(self):
        ports = [free_port(), free_port()]
        server = self.new_server(tls=True)
        server.extra["listen"] = [f"{transport}://127.0.0.1:{port}" for transport, port in zip(TRANSPORTS, ports)]
        server.start()
        clients = [self.open(Client(("127.0.0.1", ports[i % 2]), tls=server.tls_settings())) for i in range(10)]
        for round_ in range(200):
            for i, client in enumerate(clients):
                client.send_raw(encode("INCR", f"n{i}"))
            self.assertEqual([client.read() for client in clients], [round_ + 1] * 10)


class SwitchTest(BackendCase):
    def test_new_connections_use_the_new_backend_and_old_ones_the_old(self):
        server = self.start(tls=True)
        admin = self.open(server.plain_client())
        kept = []
        for backend in ("wolfssl", "openssl", "wolfssl"):
            self.assertEqual(admin("CONFIG", "SET", "tls-backend", backend), "OK")
            self.assertEqual(admin.config("tls-backend"), backend)
            client = self.open(server.tls_client())
            kept.append((f"tls-{backend}", client))
            for transport, old in kept:
                self.assertEqual(self.transport(old), transport)
                self.assertEqual(old("ECHO", "x" * 20_000), "x" * 20_000)

    def test_under_load(self):
        """With redis-benchmark --tls running, the backend changes there and back: no request fails."""
        benchmark = self.need("redis-benchmark", "redis-tools")
        server = self.start(tls=True)
        admin = self.open(server.plain_client())
        loads = [self.load(server, benchmark, "-c", "50", "-t", "set,get"), self.load(server, benchmark, "-c", "3", "-k", "0", "-t", "get")]
        self.eventually(lambda: len(self.setters(admin)) == 50, "the load does not connect")
        stop, failures = threading.Event(), []
        newcomers = threading.Thread(target=self.keep_connecting, args=(server, stop, failures))
        newcomers.start()
        try:
            first_fifty = self.setters(admin)
            for backend in ("wolfssl", "openssl", "wolfssl", "openssl"):
                self.assertEqual(admin("CONFIG", "SET", "tls-backend", backend), "OK")
                with server.tls_client() as client:
                    self.assertEqual(self.transport(client), f"tls-{backend}")
                done = int(admin.info("stats")["total_commands_processed"])
                self.eventually(lambda: int(admin.info("stats")["total_commands_processed"]) > done + 3000, "the load stands still")
                for load in loads:
                    self.assertIsNone(load.poll(), f"redis-benchmark gave up: {self.output(load)}")
            self.assertEqual(self.setters(admin), first_fifty, "connections of the load were lost")
            self.assertEqual(set(first_fifty.values()), {"tls-openssl"})
        finally:
            stop.set()
            newcomers.join()
        self.assertEqual(failures, [])
        for load in loads:
            load.kill()
            load.wait()
            self.assertNotRegex(self.output(load), "(?i)error|fail|closed")

    def setters(self, admin):
        """Transport by id of the clients that SET: the part of the load that keeps its connections."""
        return {line["id"]: line["transport"] for line in admin.client_list() if line["cmd"] == "set"}

    def load(self, server, benchmark, *arguments):
        out = open(server.folder / f"load-{len(arguments)}", "w+")
        load = subprocess.Popen([benchmark, *server.tool_arguments(tls=True), "-n", "1000000000", "-q", *arguments], stdout=out, stderr=subprocess.STDOUT)
        load.output_file = out
        self.addCleanup(self.end_load, load)
        return load

    def end_load(self, load):
        if load.poll() is None:
            load.kill()
            load.wait()
        load.output_file.close()

    def output(self, load):
        load.output_file.seek(0)
        return load.output_file.read()[-1000:]

    def keep_connecting(self, server, stop, failures):
        while not stop.is_set():
            try:
                with server.tls_client() as client:
                    if self.transport(client) not in TRANSPORTS:
                        failures.append("a transport of neither backend")
            except Exception as error:  # noqa: BLE001 - reported by the test
                failures.append(repr(error))

    def test_a_backend_that_cannot_be_loaded_changes_nothing(self):
        server = self.start(tls=True)
        admin, old = self.open(server.plain_client()), self.open(server.tls_client())
        for name in ("nosuch", "tcp", "unix", "../evil", ""):
            self.assertRegex(admin.error("CONFIG", "SET", "tls-backend", name), "^ERR CONFIG SET failed", name)
            self.assertEqual(admin.config("tls-backend"), "openssl")
        self.assertEqual(old("PING"), "PONG")
        self.assertEqual(self.transport(self.open(server.tls_client())), "tls-openssl")

    def test_a_setting_that_the_new_backend_cannot_honour(self):
        """The settings in force are checked against the new backend; on a refusal the old one goes on."""
        server = self.start({"tls-protocols": '"TLSv1.2 TLSv1.3"'}, tls=True)
        admin = self.open(server.plain_client())
        reply = admin.error("CONFIG", "SET", "tls-backend", "wolfssl", "tls-ciphers", "NO-SUCH-CIPHER")
        self.assertRegex(reply, "Unable to update TLS configuration.*tls-ciphers")
        self.assertEqual(self.transport(self.open(server.tls_client())), "tls-openssl")

    def test_switch_and_certificate_in_one_set(self):
        certs = self.options.certs
        server = self.start(tls=True)
        admin = self.open(server.plain_client())
        admin("CONFIG", "SET", "tls-backend", "wolfssl", "tls-cert-file", certs.rsa.cert, "tls-key-file", certs.rsa.key)
        client = self.open(server.tls_client())
        self.assertEqual(self.transport(client), "tls-wolfssl")

    def test_rewritten_and_started_again(self):
        server = self.start(tls=True)
        admin = self.open(server.plain_client())
        admin("CONFIG", "SET", "tls-backend", "wolfssl")
        admin("CONFIG", "REWRITE")
        server.restart()
        self.assertEqual(self.transport(self.open(server.tls_client())), "tls-wolfssl")

    def test_a_session_of_one_backend_at_the_other(self):
        """Tickets are not taken across backends; the client gets a full handshake and no error."""
        server = self.start({"tls-auth-clients": "no"}, tls=True)
        admin = self.open(server.plain_client())
        tls = server.tls_settings()
        context = tls.context()
        with Client(server.tls_address, tls=tls, context=context) as client:
            client("PING")
            tls.session = client.sock.session
        admin("CONFIG", "SET", "tls-backend", "wolfssl")
        with Client(server.tls_address, tls=tls, context=context) as client:
            self.assertEqual(client("PING"), "PONG")
            self.assertFalse(client.sock.session_reused)
