"""Where the server listens: bind, port, tls-port, unix sockets, listen lines, protected mode."""
import os
import socket
import stat

from harness.case import ServerCase, keyway_only
from harness.client import Client, TlsSettings, dial
from harness.resp import Disconnected
from harness.server import free_port


def own_address():
    """An address of this machine that is not loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))  # sends nothing
            address = sock.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address


def refuses(address):
    try:
        dial(address, timeout=5).close()
        return False
    except ConnectionRefusedError:
        return True


class PortTest(ServerCase):
    def test_port_changes_live_to_zero_and_back(self):
        server = self.start(tls=True)
        tls = self.open(server.tls_client())
        old = self.open(server.plain_client())
        other = free_port()
        tls("CONFIG", "SET", "port", other)
        self.assertEqual(self.open(Client(("127.0.0.1", other)))("PING"), "PONG")
        self.assertTrue(refuses(server.address))
        self.assertEqual(old("PING"), "PONG", "an open connection goes on")
        tls("CONFIG", "SET", "port", 0)
        self.assertTrue(refuses(("127.0.0.1", other)))
        tls("CONFIG", "SET", "port", server.port)
        self.assertEqual(self.open(server.plain_client())("PING"), "PONG")

    def test_tls_port_changes_live_to_zero_and_back(self):
        server = self.start(tls=True)
        plain = self.open(server.plain_client())
        old = self.open(server.tls_client())
        plain("CONFIG", "SET", "tls-port", 0)
        self.assertTrue(refuses(server.tls_address))
        self.assertEqual(old("PING"), "PONG", "an open connection goes on")
        plain("CONFIG", "SET", "tls-port", server.tls_port)
        self.assertEqual(self.open(server.tls_client())("PING"), "PONG")

    def test_port_zero_with_a_unix_socket_only(self):
        server = self.new_server({"port": 0}, tls=False)
        server.extra["unixsocket"] = server.folder / "s.sock"
        server.start()
        self.assertEqual(self.open(Client(server.folder / "s.sock"))("PING"), "PONG")

    def test_nothing_to_listen_at(self):
        server = self.new_server({"port": 0}, tls=False)
        code, out, err = server.run_to_exit()
        self.assertGreater(code, 0)
        self.assertIn("Configured to not listen anywhere, exiting.", out + err)


class BindTest(ServerCase):
    def test_several_addresses(self):
        server = self.start({"bind": "127.0.0.1 127.0.0.2"})
        self.assertEqual(self.open(Client(("127.0.0.2", server.port)))("PING"), "PONG")
        self.assertTrue(refuses(("127.0.0.3", server.port)))

    def test_ipv6(self):
        try:
            with socket.socket(socket.AF_INET6) as sock:
                sock.bind(("::1", 0))
        except OSError:
            self.skipTest("this machine has no ::1")
        server = self.start({"bind": "127.0.0.1 ::1"})
        client = self.open(Client(("::1", server.port)))
        self.assertEqual(client.client_fields()["laddr"], f"[::1]:{server.port}")

    def test_an_optional_address_that_is_not_there(self):
        server = self.start({"bind": "127.0.0.1 -192.0.2.77"})
        self.assert_serves(server)

    def test_an_address_that_is_not_there(self):
        server = self.new_server({"bind": "127.0.0.1 192.0.2.77"})
        code, out, err = server.run_to_exit()
        self.assertGreater(code, 0)
        self.assertRegex(out + err, "192.0.2.77")

    def test_changed_live(self):
        server = self.start()
        client = self.client_of(server)
        client("CONFIG", "SET", "bind", "127.0.0.1 127.0.0.2")
        self.assertEqual(self.open(Client(("127.0.0.2", server.port)))("PING"), "PONG")
        self.assertRegex(client.error("CONFIG", "SET", "bind", "192.0.2.77"), "^ERR CONFIG SET failed .*'bind'\\) - Failed to bind to specified addresses")
        self.assertEqual(client.config("bind"), "127.0.0.1 127.0.0.2")
        self.assertEqual(self.open(Client(("127.0.0.2", server.port)))("PING"), "PONG")
        client("CONFIG", "SET", "bind", "127.0.0.1")
        self.assertTrue(refuses(("127.0.0.2", server.port)))
        self.assertEqual(client("PING"), "PONG")


class UnixSocketTest(ServerCase):
    def start_unix(self, config=None):
        server = self.new_server(config)
        self.path = server.folder / "keyway.sock"
        server.extra["unixsocket"] = self.path
        return server.start()

    def test_commands_and_client_list(self):
        self.start_unix()
        client = self.open(Client(self.path))
        client("SET", "k", "v" * 100_000)
        self.assertEqual(client("GET", "k"), "v" * 100_000)
        fields = client.client_fields()
        self.assertEqual(fields["addr"], f"{self.path}:0")
        self.assertIn("U", fields["flags"])

    def test_mode(self):
        self.start_unix({"unixsocketperm": "700"})
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o700)

    def test_path_is_removed_at_shutdown(self):
        server = self.start_unix()
        self.assertTrue(self.path.exists())
        server.stop()
        self.assertFalse(self.path.exists())

    def test_a_stale_path_is_replaced(self):
        server = self.new_server()
        path = server.folder / "stale.sock"
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(str(path))
        server.extra["unixsocket"] = path
        server.start()
        self.assertEqual(self.open(Client(path))("PING"), "PONG")

    def test_a_path_in_no_folder(self):
        server = self.new_server({"unixsocket": "/no/such/folder/s.sock"})
        code, out, err = server.run_to_exit()
        self.assertGreater(code, 0)
        self.assertRegex(out + err, "Failed opening Unix socket: .*No such file or directory")


class ProtectedModeTest(ServerCase):
    def setUp(self):
        self.address = own_address()
        if self.address is None:
            self.skipTest("this machine has no address but loopback")

    def start_open(self, **config):
        return self.start({"protected-mode": "yes", **config})

    def remote(self, server):
        """A client that comes to 127.0.0.1 from an address that is not loopback."""
        tls = server.tls_settings() if self.options.backend else None
        return self.open(Client(server.client_address(), tls=tls, source=self.address))

    def test_others_are_refused_with_an_explanation(self):
        server = self.start_open()
        text = self.remote(server).read_rest()
        self.assertTrue(text.startswith(b"-DENIED Redis is running in protected mode"), text)
        self.assertEqual(self.client_of(server)("PING"), "PONG", "loopback is not refused")

    def test_a_password_opens_it(self):
        server = self.start_open(requirepass="x")
        self.assertEqual(self.remote(server).error("PING"), "NOAUTH Authentication required.")

    def test_switched_off_live(self):
        server = self.start_open()
        self.client_of(server)("CONFIG", "SET", "protected-mode", "no")
        self.assertEqual(self.remote(server)("PING"), "PONG")


class ListenLinesTest(ServerCase):
    @keyway_only
    def test_many_stacks_at_once(self):
        ports = [free_port() for _ in range(3)]
        server = self.new_server(tls=True)
        path, tls_path = server.folder / "u.sock", server.folder / "t.sock"
        server.extra["listen"] = [f"tcp://127.0.0.1:{ports[0]}", f"tls-openssl://127.0.0.1:{ports[1]}", f"tls-wolfssl://127.0.0.1:{ports[2]}",
                                  f"unix://{path}", f"tls-wolfssl+unix://{tls_path}"]
        server.start()
        tls = server.tls_settings()
        clients = {"tcp": Client(("127.0.0.1", ports[0])), "tls-openssl": Client(("127.0.0.1", ports[1]), tls=tls),
                   "tls-wolfssl": Client(("127.0.0.1", ports[2]), tls=tls), "unix": Client(path), "tls-wolfssl+unix": Client(tls_path, tls=tls)}
        for stack, client in clients.items():
            self.open(client)
            client("SET", stack, "x" * 50_000)
            self.assertEqual(client.client_fields()["transport"], stack)
            self.assertEqual(client("STRLEN", stack), 50_000)
        self.assertEqual(clients["tcp"]("DBSIZE"), 5)

    @keyway_only
    def test_settings_of_one_line(self):
        ports = [free_port() for _ in range(2)]
        server = self.new_server(tls=True)
        server.extra["listen"] = [f"tls-openssl://127.0.0.1:{ports[0]} tls-auth-clients no", f"tls-openssl://127.0.0.1:{ports[1]}"]
        server.start()
        self.assertEqual(self.open(Client(("127.0.0.1", ports[0]), tls=TlsSettings()))("PING"), "PONG")
        with self.assertRaises((OSError, Disconnected)):
            self.open(Client(("127.0.0.1", ports[1]), tls=TlsSettings()))("PING")

    @keyway_only
    def test_bad_lines_stop_the_start(self):
        for line, reason in (("127.0.0.1:1", "STACK://ADDRESS"), ("nosuch://127.0.0.1:1", "nosuch"), ("tcp://127.0.0.1:99999", "tcp://127.0.0.1:99999"),
                             ("tcp+unix:///tmp/x.sock", "tcp"), ("tls-openssl://127.0.0.1:0 tls-cert-file", "no value")):
            server = self.new_server({"listen": line}, tls=False)
            code, out, err = server.run_to_exit()
            self.assertGreater(code, 0, line)
            self.assertIn(reason, out + err, line)

    @keyway_only
    def test_changed_live(self):
        ports = [free_port() for _ in range(2)]
        server = self.start({"listen": f"tcp://127.0.0.1:{ports[0]}"})
        client = self.client_of(server)
        client("CONFIG", "SET", "listen", f"tcp://127.0.0.1:{ports[1]}")
        self.assertEqual(self.open(Client(("127.0.0.1", ports[1])))("PING"), "PONG")
        self.assertTrue(refuses(("127.0.0.1", ports[0])))
        before = client.config("listen")
        self.assertRegex(client.error("CONFIG", "SET", "listen", "nosuch://127.0.0.1:1"), "^ERR CONFIG SET failed .*'listen'")
        self.assertEqual(client.config("listen"), before)
        self.assertEqual(self.open(Client(("127.0.0.1", ports[1])))("PING"), "PONG")
