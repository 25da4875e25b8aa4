"""tls-auto-reload-interval: files that change under a running server, whole, in parts, and broken."""
import os
import re
import shutil

from harness.case import ServerCase
from harness.client import Client, TlsSettings
from harness.certificates import der_of, issue
from harness.resp import Disconnected

REFUSED = (OSError, Disconnected)
FAILED = r"cannot be taken anew"


class ReloadCase(ServerCase):
    INTERVAL = 1

    def setUp(self):
        if self.options.backend is None:
            self.skipTest("this run is not over TLS")
        self.certs = self.options.certs

    def start_with_files(self, config=None, folder="tls"):
        """A server whose certificate and key are copies that the test may change."""
        self.server = self.new_server()
        self.folder = self.server.folder / folder
        self.folder.mkdir()
        self.cert, self.key = self.folder / "tls.crt", self.folder / "tls.key"
        self.put(self.certs.server)
        self.server.extra.update({"tls-cert-file": self.cert, "tls-key-file": self.key, "tls-auto-reload-interval": self.INTERVAL, **(config or {})})
        self.server.start()
        self.admin = self.open(self.server.plain_client())
        return self.server

    def put(self, pair):
        shutil.copy(pair.cert, self.cert)
        shutil.copy(pair.key, self.key)

    def replace(self, path, source):
        """By rename: there is no moment without the file."""
        new = path.with_name(path.name + ".new")
        shutil.copy(source, new)
        os.rename(new, path)

    def tls(self, pair=None, **kw):
        pair = pair or self.certs.client
        return TlsSettings(cert=pair.cert, key=pair.key, **kw)

    def shown(self, **kw):
        """The certificate that a new connection sees, in DER."""
        with Client(self.server.tls_address, tls=self.tls(**kw)) as client:
            self.assertEqual(client("PING"), "PONG")
            return client.sock.getpeercert(True)

    def info(self, name):
        return self.admin.info("transports")[name]

    def wait_shown(self, pair, **kw):
        self.eventually(lambda: self.shown(**kw) == der_of(pair.cert), lambda: f"the new certificate is not used: {self.server.log()[-800:]}")

    def wait_checks(self, more=2):
        """So many whole checks from now on."""
        end = int(self.info("tls_reload_checks")) + more
        self.eventually(lambda: int(self.info("tls_reload_checks")) >= end, "no checks are made")

    def failures_in_log(self):
        return len(re.findall(FAILED, self.server.log()))


class ReplaceTest(ReloadCase):
    def test_by_rename(self):
        self.start_with_files()
        old = self.open(self.server.tls_client())
        self.assertEqual(self.shown(), der_of(self.certs.server.cert))
        self.replace(self.key, self.certs.generic.key)
        self.replace(self.cert, self.certs.generic.cert)
        self.wait_shown(self.certs.generic)
        self.assertEqual(old("PING"), "PONG", "connections go on")
        self.assertGreaterEqual(int(self.info("tls_reloads")), 1)
        self.assertEqual(self.info("tls_last_reload_status"), "ok")
        row = next(value for name, value in self.admin.info("transports").items() if name.startswith("tls_certificate_") and "used_by=tls-port,setting=tls-cert-file" in value)
        self.assertIn("CN:Generic-cert", row)

    def test_in_place(self):
        self.start_with_files()
        self.put(self.certs.generic)
        self.wait_shown(self.certs.generic)
        self.put(self.certs.server)
        self.wait_shown(self.certs.server)

    def test_links_as_kubernetes_makes_them(self):
        """tls.crt → ..data/tls.crt, ..data → a folder, and the link ..data is replaced by one rename."""
        self.start_with_files()
        volume = self.server.folder / "volume"
        volume.mkdir()
        for i, pair in enumerate((self.certs.server, self.certs.generic, self.certs.rsa)):
            inner = volume / f"..2026_11_24_{i}"
            inner.mkdir()
            shutil.copy(pair.cert, inner / "tls.crt")
            shutil.copy(pair.key, inner / "tls.key")
        (volume / "..data").symlink_to("..2026_11_24_0")
        for name in ("tls.crt", "tls.key"):
            (volume / name).symlink_to(f"..data/{name}")
        self.assertEqual(self.admin("CONFIG", "SET", "tls-cert-file", volume / "tls.crt", "tls-key-file", volume / "tls.key"), "OK")
        for i, pair in ((1, self.certs.generic), (2, self.certs.rsa)):
            (volume / "..data_tmp").symlink_to(f"..2026_11_24_{i}")
            os.rename(volume / "..data_tmp", volume / "..data")
            self.wait_shown(pair)
            shutil.rmtree(volume / f"..2026_11_24_{i - 1}")
        self.assertEqual(self.info("tls_reload_failures"), "0", "one rename is one change")

    def test_what_only_looks_new_changes_nothing(self):
        self.start_with_files()
        os.utime(self.cert)
        self.replace(self.key, self.certs.server.key)
        self.wait_checks(3)
        self.assertEqual((self.info("tls_reloads"), self.info("tls_reload_failures")), ("0", "0"))

    def test_authorities(self):
        self.start_with_files()
        stranger = self.certs.other_client
        with self.assertRaises(REFUSED):
            self.shown(pair=stranger)
        ca = self.folder / "ca.crt"
        shutil.copy(self.certs.ca, ca)
        self.admin("CONFIG", "SET", "tls-ca-cert-file", ca)
        ca.write_text(self.certs.ca.read_text() + self.certs.other_ca.read_text())
        self.eventually(lambda: self.let_in(stranger), "the added authority is not trusted")
        self.replace(ca, self.certs.ca)
        self.eventually(lambda: not self.let_in(stranger), "the removed authority is still trusted")

    def let_in(self, pair):
        try:
            return bool(self.shown(pair=pair))
        except REFUSED:
            return False

    def test_a_folder_of_authorities(self):
        cas = self.options.work / "reload-cas"
        shutil.rmtree(cas, ignore_errors=True)
        cas.mkdir(parents=True)
        shutil.copy(self.certs.ca, cas / "a.crt")
        self.start_with_files({"tls-ca-cert-file": '""', "tls-ca-cert-dir": cas})
        stranger = self.certs.other_client
        self.assertFalse(self.let_in(stranger))
        self.replace(cas / "b.crt", self.certs.other_ca)
        self.eventually(lambda: self.let_in(stranger), "the added authority is not trusted")
        (cas / "b.crt").unlink()
        self.eventually(lambda: not self.let_in(stranger), "the removed authority is still trusted")

    def test_files_of_profiles_and_listeners(self):
        self.start_with_files()
        web = self.server.folder / "web.crt", self.server.folder / "web.key"
        shutil.copy(self.certs.generic.cert, web[0])
        shutil.copy(self.certs.generic.key, web[1])
        self.admin("CONFIG", "SET", "tls-profile", f"web tls-cert-file {web[0]} web tls-key-file {web[1]} web server-name web.example", "tls-port-profile", "web")
        self.assertEqual(self.shown(server_name="web.example"), der_of(self.certs.generic.cert))
        self.replace(web[1], self.certs.rsa.key)
        self.replace(web[0], self.certs.rsa.cert)
        self.wait_shown(self.certs.rsa, server_name="web.example")
        self.assertEqual(self.shown(), der_of(self.certs.server.cert), "the others stay")

    def test_two_that_change_places(self):
        """All contexts are there already, and yet each belongs elsewhere."""
        self.start_with_files()
        web = self.server.folder / "web.crt", self.server.folder / "web.key"
        shutil.copy(self.certs.generic.cert, web[0])
        shutil.copy(self.certs.generic.key, web[1])
        self.admin("CONFIG", "SET", "tls-profile", f"web tls-cert-file {web[0]} web tls-key-file {web[1]} web server-name web.example", "tls-port-profile", "web")
        for path, source in ((web[0], self.certs.server.cert), (web[1], self.certs.server.key), (self.cert, self.certs.generic.cert), (self.key, self.certs.generic.key)):
            self.replace(path, source)
        self.wait_shown(self.certs.server, server_name="web.example")
        self.wait_shown(self.certs.generic)

    def test_the_interval_is_changed_live(self):
        self.start_with_files({"tls-auto-reload-interval": 0})
        self.put(self.certs.generic)
        self.assertEqual(self.shown(), der_of(self.certs.server.cert))
        self.assertEqual(self.info("tls_reload_checks"), "0")
        for value in ("-1", "soon", "99999999999"):
            self.assertRegex(self.admin.error("CONFIG", "SET", "tls-auto-reload-interval", value), "^ERR CONFIG SET failed")
        self.assertEqual(self.admin("CONFIG", "SET", "tls-auto-reload-interval", "1"), "OK")
        self.wait_shown(self.certs.generic)

    def test_under_load(self):
        """Clients that come and go while certificates change every second or so: nobody is refused."""
        self.start_with_files({"io-threads": 3})
        pairs = [issue(self.certs, self.server.folder, f"pair{i}", f"pair {i}") for i in range(3)]
        for pair in pairs:
            self.replace(self.key, pair.key)
            self.replace(self.cert, pair.cert)
            wanted = der_of(pair.cert)
            self.eventually(lambda: self.shown() == wanted, "the new certificate is not used")
        self.assertEqual(self.info("tls_handshakes_failed"), "0")


class BrokenTest(ReloadCase):
    def assert_still_old(self):
        self.assertEqual(self.shown(), der_of(self.certs.server.cert))

    def test_the_certificate_before_its_key(self):
        self.start_with_files()
        mark = self.server.log_mark()
        self.replace(self.cert, self.certs.generic.cert)
        line = self.server.wait_log(rf".*{FAILED}.*", since=mark).group(0)
        self.assertIn("tls-key-file", line)
        self.wait_checks(2)
        self.assert_still_old()
        self.assertEqual((self.info("tls_reload_failures"), self.info("tls_last_reload_status")), ("1", "err"))
        self.assertEqual(self.failures_in_log(), 1, "once, as long as nothing changes")
        self.replace(self.key, self.certs.generic.key)
        self.wait_shown(self.certs.generic)
        self.eventually(lambda: self.info("tls_last_reload_status") == "ok", "the state stays bad")
        self.assertEqual((self.info("tls_reloads"), self.info("tls_reload_failures")), ("1", "1"))

    def test_broken_files_are_told_of_once_each(self):
        self.start_with_files()
        good = self.cert.read_bytes()
        for i, broken in enumerate((b"", b"no certificate", good[:len(good) // 2], good.replace(b"-----BEGIN", b"-----BEGUN"))):
            self.cert.write_bytes(broken)
            self.eventually(lambda: self.info("tls_reload_failures") == str(i + 1), f"case {i} is not noticed")
            self.wait_checks(2)
            self.assertEqual(self.failures_in_log(), i + 1)
            self.assert_still_old()
        self.cert.write_bytes(good)
        self.eventually(lambda: self.info("tls_last_reload_status") == "ok", "good files are not noticed")
        self.assertEqual(self.info("tls_reloads"), "0", "the same as before")

    def test_a_file_that_goes_away(self):
        self.start_with_files()
        self.key.unlink()
        self.server.wait_log(rf"{FAILED}.*tls-key-file")
        self.assert_still_old()
        self.put(self.certs.generic)
        self.wait_shown(self.certs.generic)

    def test_an_expired_certificate_is_not_taken(self):
        self.start_with_files()
        self.put(self.certs.expired)
        self.server.wait_log(rf"{FAILED}.*expired")
        self.assert_still_old()

    def test_one_bad_file_keeps_all_others_back(self):
        """A change is taken whole or not at all."""
        self.start_with_files()
        ca = self.folder / "ca.crt"
        shutil.copy(self.certs.ca, ca)
        self.admin("CONFIG", "SET", "tls-ca-cert-file", ca)
        ca.write_text("nothing")
        self.put(self.certs.generic)
        self.server.wait_log(rf"{FAILED}.*tls-ca-cert-file")
        self.wait_checks(1)
        self.assert_still_old()

    def test_config_set_beside_it(self):
        self.start_with_files()
        self.cert.write_text("broken")
        self.server.wait_log(FAILED)
        self.assertRegex(self.admin.error("CONFIG", "SET", "tls-prefer-server-ciphers", "yes"), "Unable to update TLS configuration.*tls-cert-file")
        self.assertEqual(self.admin.config("tls-prefer-server-ciphers"), "no")
        self.assert_still_old()
        self.put(self.certs.generic)
        self.assertEqual(self.admin("CONFIG", "SET", "tls-prefer-server-ciphers", "yes"), "OK")
        self.assertEqual(self.shown(), der_of(self.certs.generic.cert))
        self.wait_checks(2)
        self.assertEqual(self.info("tls_last_reload_status"), "ok")
        self.assertEqual(self.shown(), der_of(self.certs.generic.cert))

    def test_a_key_that_all_can_read_is_warned_of_at_no_check(self):
        self.start_with_files()
        os.chmod(self.key, 0o644)
        self.admin("CONFIG", "SET", "tls-key-file", self.key)
        count = len(re.findall("holds a secret", self.server.log()))
        self.assertGreater(count, 0)
        self.wait_checks(2)
        self.assertEqual(len(re.findall("holds a secret", self.server.log())), count)

    def test_at_the_end_of_the_server(self):
        """A check that is under way does not hold it up, nor crash it."""
        for _ in range(3):
            self.start_with_files(folder="tls")
            self.put(self.certs.generic)
            self.wait_shown(self.certs.generic)
            self.assertEqual(self.server.stop(), 0)


class ConfigSetTest(ReloadCase):
    """CONFIG SET of TLS settings makes its own client wait, and nobody else."""
    COUNT = 800

    def many_authorities(self):
        cas = self.server.folder / "cas"
        cas.mkdir()
        text = self.certs.ca.read_bytes()
        for i in range(self.COUNT):
            (cas / f"{i}.crt").write_bytes(text)
        return cas

    def waiting(self, setter_id):
        """The row of a client that waits for its CONFIG SET, or None when that is done."""
        row = next(row for row in self.admin.client_list() if row["id"] == setter_id)
        return row if "b" in row["flags"] else None

    def test_others_are_served(self):
        self.start_with_files({"tls-auto-reload-interval": 0})
        cas = self.many_authorities()
        setter = self.open(self.server.tls_client())
        setter_id = setter.client_fields()["id"]
        setter.send("CONFIG", "SET", "tls-ca-cert-dir", cas, "maxmemory", "100mb")
        self.eventually(lambda: self.waiting(setter_id), "nobody else is served while it is under way")
        self.assertEqual(self.admin.config("maxmemory"), "0", "it has not happened yet")
        self.assertEqual(self.admin("CONFIG", "SET", "maxmemory-samples", "7"), "OK", "others do not wait for it")
        self.assertEqual(setter.read(), "OK")
        self.assertEqual(self.admin.config("maxmemory"), str(100 << 20))
        self.assertEqual(self.shown(), der_of(self.certs.server.cert))

    def test_two_at_once_and_what_is_behind_them(self):
        self.start_with_files({"tls-auto-reload-interval": 0})
        cas = self.many_authorities()
        first, second = self.open(self.server.tls_client()), self.open(self.server.plain_client())
        first.send("CONFIG", "SET", "tls-ca-cert-dir", cas)
        first.send("PING")
        second.send("CONFIG", "SET", "tls-auth-clients", "no")
        second.send("PING")
        self.assertEqual([first.read(), first.read(), second.read(), second.read()], ["OK", "PONG"] * 2)
        self.assertEqual((self.admin.config("tls-auth-clients"), self.admin.config("tls-ca-cert-dir")), ("no", str(cas)))
        with Client(self.server.tls_address, tls=TlsSettings()) as anonymous:
            self.assertEqual(anonymous("PING"), "PONG")

    def test_refusals_are_told_to_whom_they_belong(self):
        self.start_with_files({"tls-auto-reload-interval": 0})
        cas = self.many_authorities()
        (cas / "zz.crt").write_text(self.certs.ca.read_text() + "-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n")
        setter = self.open(self.server.tls_client())
        setter.send("CONFIG", "SET", "tls-ca-cert-dir", cas)
        self.assertEqual(self.admin("CONFIG", "SET", "tls-prefer-server-ciphers", "yes"), "OK")
        self.assert_error(setter.read_any(), "Unable to update TLS configuration.*tls-ca-cert-dir")
        self.assertEqual((self.admin.config("tls-ca-cert-dir"), self.admin.config("tls-prefer-server-ciphers")), ("", "yes"))

    def test_a_client_that_goes_away_meanwhile(self):
        self.start_with_files({"tls-auto-reload-interval": 0})
        cas = self.many_authorities()
        for _ in range(3):
            client = self.server.plain_client()
            client.send("CONFIG", "SET", "tls-ca-cert-dir", cas)
            client.close()
        self.assertEqual(self.admin("CONFIG", "SET", "tls-session-caching", "no"), "OK")
        self.assertIn(self.admin.config("tls-ca-cert-dir"), ("", str(cas)))
        self.assert_serves(self.server)

    def test_in_a_transaction(self):
        self.start_with_files({"tls-auto-reload-interval": 0})
        replies = self.admin.pipeline([("MULTI",), ("CONFIG", "SET", "tls-auth-clients", "no"), ("PING",), ("EXEC",)])
        self.assertEqual(replies, ["OK", "QUEUED", "QUEUED", ["OK", "PONG"]])
        with Client(self.server.tls_address, tls=TlsSettings()) as anonymous:
            self.assertEqual(anonymous("PING"), "PONG")


class MemoryTest(ReloadCase):
    def test_old_contexts_go(self):
        self.start_with_files()

        def contexts():
            rows = self.admin("TRANSPORT", "INFO", f"tls-{self.options.backend}")
            return int(dict(zip(rows[::2], rows[1::2]))["contexts"])
        before = contexts()
        for pair in (self.certs.generic, self.certs.rsa, self.certs.server):
            self.put(pair)
            self.wait_shown(pair)
        self.wait_checks(2)
        self.eventually(lambda: contexts() == before, lambda: f"{contexts()} contexts instead of {before}")
