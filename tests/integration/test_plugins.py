"""Plug-ins that must be refused, and what a server does about them: it says why, and goes on or does not start."""
import os
import pathlib
import shutil
import subprocess

from harness.case import ServerCase
from harness.server import free_port


def shipped_plugins(options):
    """id -> path of the plug-ins of this build, as the server finds them itself."""
    found = {}
    for place in (options.plugins, options.server.parent):
        for path in sorted(pathlib.Path(place).rglob("keyway-transport-*.so")):
            found.setdefault(path.stem[len("keyway-transport-"):], path)
    return found


class PluginCase(ServerCase):
    def setUp(self):
        if not self.options.is_keyway:
            self.skipTest("the server under test is not Keyway")
        self.folder = pathlib.Path(self.new_server().folder) / "transports"
        self.folder.mkdir(mode=0o755)

    def put(self, name, source=None, mode=0o755):
        """Copies a plug-in of the build, or a broken one, into the test's own transport folder."""
        source = source or self.fixture(name)
        target = self.folder / f"keyway-transport-{name}.so"
        shutil.copyfile(source, target)
        target.chmod(mode)
        return target

    def fixture(self, name):
        path = self.options.fixtures / f"keyway-transport-{name}.so"
        self.assertTrue(path.exists(), f"{path} is not built")
        return path

    def put_shipped(self, *names):
        for name in names:
            self.put(name, shipped_plugins(self.options)[name])

    def start_with_folder(self, **config):
        config = {name.replace("_", "-"): value for name, value in config.items()}
        return self.start({"transport-dir": self.folder, "enable-transport-command": "local", **config}, tls=False)


class LoadAtStartTest(PluginCase):
    def refused(self, name_or_path, *reasons):
        server = self.new_server({"loadtransport": name_or_path, "transport-dir": self.folder}, tls=False)
        self.put_shipped("tcp")
        code, out, err = server.run_to_exit()
        self.assertGreater(code, 0, f"{name_or_path}: ended with {code}: {err}")
        for reason in reasons:
            self.assertRegex(out + err, reason)

    def test_broken_plugins_stop_the_start(self):
        for name, reason in (("nosymbol", "does not export kw_transport_query"), ("othermajor", r"needs a server with transport ABI 7\.x"),
                             ("newerhost", r"needs a server with transport ABI \d+\.109 or newer"), ("refuses", "kw_transport_query"), ("nothing", "gave no kw_transport"),
                             ("truncated", "ends in the middle of a field|too small"), ("initfails", "the fixture does not want to start"),
                             ("otherid", "its id is 'another-name'")):
            self.put(name)
            self.refused(name, f"keyway-transport-{name}.so", reason)

    def test_no_such_plugin(self):
        self.refused("nowhere", "no transport 'nowhere'")
        self.refused("/no/such/keyway-transport-x.so", "No such file or directory")

    def test_not_a_shared_object(self):
        path = self.folder / "keyway-transport-text.so"
        path.write_text("this is no ELF file\n")
        self.refused("text", "not an ELF file")
        path.write_bytes(b"")
        self.refused("text", "not an ELF file|truncated")

    def test_a_shortened_plugin(self):
        whole = self.fixture("initfails").read_bytes()
        path = self.folder / "keyway-transport-initfails.so"
        for size in (10, 64, 200, len(whole) // 2):
            path.write_bytes(whole[:size])
            self.refused("initfails", "keyway-transport-initfails.so")

    def test_a_folder_instead_of_a_file(self):
        (self.folder / "keyway-transport-folder.so").mkdir()
        self.refused("folder", "not a regular file")

    def test_a_pipe_instead_of_a_file(self):
        os.mkfifo(self.folder / "keyway-transport-pipe.so")
        self.refused("pipe", "not a regular file")

    def test_a_symbolic_link(self):
        (self.folder / "keyway-transport-link.so").symlink_to(self.put("initfails"))
        self.refused("link", "symbolic link")

    def test_unreadable(self):
        if os.geteuid() == 0:
            path = self.put("initfails")
            os.chown(path, 12345, 12345)  # root reads everything; a stranger's file is refused all the same
            self.refused("initfails", "belongs to user 12345")
        else:
            self.put("initfails", mode=0o000)
            self.refused("initfails", "Permission denied")

    def test_world_writable_file(self):
        self.put("initfails", mode=0o777)
        self.refused("initfails", "can be written by others")

    def test_world_writable_folder(self):
        self.put("initfails")
        self.folder.chmod(0o777)
        self.refused("initfails", "can be written by others")
        self.folder.chmod(0o755)


class LoadLiveTest(PluginCase):
    def test_load_and_use(self):
        self.put_shipped("tcp", "tls-openssl")
        server = self.start_with_folder()
        client = self.client_of(server)
        self.assertNotIn("tls-openssl", server.log())
        client("TRANSPORT", "LOAD", "tls-openssl")
        server.wait_log("Transport tls-openssl .* loaded")
        self.assertIn("tls-openssl", str(client("TRANSPORT", "LIST")))
        certs = self.options.certs
        server.tls_port = free_port()
        client("CONFIG", "SET", "tls-cert-file", certs.server.cert, "tls-key-file", certs.server.key, "tls-ca-cert-file", certs.ca, "tls-port", server.tls_port)
        self.assertEqual(self.open(server.tls_client())("PING"), "PONG")

    def test_broken_plugins_change_nothing(self):
        self.put_shipped("tcp")
        names = ("nosymbol", "othermajor", "newerhost", "refuses", "nothing", "truncated", "initfails", "otherid")
        for name in names:
            self.put(name)
        server = self.start_with_folder()
        client, other = self.client_of(server), self.client_of(server)
        def loaded():
            """What LIST says but for the connections: the probe of the start may still be closing."""
            return [row[:row.index("connections")] for row in client("TRANSPORT", "LIST")]
        before = loaded()
        for name in names + ("nowhere",):
            mark = server.log_mark()
            error = client.error("TRANSPORT", "LOAD", name)
            self.assertIn(name, error)
            server.wait_log(f"(?i){name}", since=mark)
            self.assertEqual(other("PING"), "PONG")
        self.assertEqual(loaded(), before)
        self.assert_serves(server)

    def test_only_bare_names(self):
        self.put_shipped("tcp")
        path = self.put("initfails")
        client = self.client_of(self.start_with_folder())
        for name in (path, "../transports/keyway-transport-initfails.so", "/etc/passwd", "..", "", "a/b", "x y"):
            self.assertRegex(client.error("TRANSPORT", "LOAD", name), "^ERR ", str(name))
        self.assertEqual(client("PING"), "PONG")

    def test_loading_again_is_harmless(self):
        self.put_shipped("tcp", "unix")
        client = self.client_of(self.start_with_folder())
        client("TRANSPORT", "LOAD", "unix")
        before = str(client("TRANSPORT", "LIST"))
        client("TRANSPORT", "LOAD", "unix")
        self.assertEqual(str(client("TRANSPORT", "LIST")), before)


class GateTest(PluginCase):
    def test_no_is_the_default(self):
        client = self.client_of(self.start({}, tls=False))
        self.assertEqual(client.config("enable-transport-command"), "no")
        self.assertRegex(client.error("TRANSPORT", "LOAD", "unix"), "^ERR TRANSPORT .*not allowed.*enable-transport-command")
        self.assertIsInstance(client("TRANSPORT", "LIST"), list)

    def test_the_gate_cannot_be_opened_live(self):
        client = self.client_of(self.start({}, tls=False))
        for name, value in (("enable-transport-command", "yes"), ("transport-dir", "/tmp"), ("transport-cache-dir", "/tmp")):
            self.assertRegex(client.error("CONFIG", "SET", name, value), "can't set immutable config")

    def test_local_lets_loopback_in(self):
        client = self.client_of(self.start({"enable-transport-command": "local"}, tls=False))
        client("TRANSPORT", "LOAD", "unix")
        self.assertIn("unix", str(client("TRANSPORT", "LIST")))

    def test_acl_categories(self):
        client = self.client_of(self.start({}, tls=False))
        row = client("COMMAND", "INFO", "transport|load")[0]
        self.assertIn("@admin", row[6])
        self.assertIn("@dangerous", row[6])


class SymbolsTest(PluginCase):
    def test_each_plugin_exports_one_symbol(self):
        nm = self.need("nm", "binutils")
        plugins = shipped_plugins(self.options)
        self.assertEqual(sorted(plugins), ["tcp", "tls-openssl", "tls-wolfssl", "unix"])
        for name, path in plugins.items():
            lines = subprocess.run([nm, "-D", "--defined-only", path], capture_output=True, text=True, check=True).stdout.split("\n")
            symbols = [line.split()[-1] for line in lines if line.strip()]
            self.assertEqual([symbol.split("@")[0] for symbol in symbols], ["kw_transport_query"], name)


class NoTlsLibraryTest(PluginCase):
    def test_the_server_runs_without_any_tls_plugin(self):
        self.put_shipped("tcp", "unix")
        server = self.start_with_folder()
        client = self.client_of(server)
        self.assertEqual(client("PING"), "PONG")
        reply = client.error("CONFIG", "SET", "tls-port", 1)
        self.assertRegex(reply, "^ERR CONFIG SET failed")
        self.assertEqual(client("PING"), "PONG")
        maps = pathlib.Path(f"/proc/{server.process.pid}/maps").read_text()
        self.assertNotRegex(maps, "libssl|libcrypto|wolfssl")
