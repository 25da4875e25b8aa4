"""Resumption where more than one server, one setting or one side is concerned: shared ticket keys, changes of settings, links."""
import base64
import os
import random
import re
import ssl
import subprocess
import time

from harness.case import ServerCase
from harness.certificates import issue
from harness.client import Client, TlsSettings
from harness.resp import Disconnected

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
REFUSAL = r"^ERR CONFIG SET failed .*Unable to update TLS configuration.*tls-session-ticket-key-file"


class SessionCase(ServerCase):
    def setUp(self):
        if not self.options.is_keyway or self.options.backend is None:
            self.skipTest("this run is not over TLS")
        self.certs = self.options.certs

    def key_file(self, server, *ids, mode=0o600):
        path = server.folder / "tickets.keys"
        path.write_text("# a comment\n" + "".join(f"{name} {name[0].encode().hex() * 48}\n" for name in ids))
        os.chmod(path, mode)
        return path

    def connect(self, server, context, session=None):
        client = self.open(Client(server.tls_address, tls=TlsSettings(session=session), context=context))
        self.assertEqual(client("PING"), "PONG")
        return client

    def resumes(self, first, second, version):
        """Whether a session of the one server is taken up by the other."""
        context = TlsSettings(max_version=version).context()
        session = self.connect(first, context).sock.session
        return self.connect(second, context, session).sock.session_reused


class KeyFileTest(SessionCase):
    def start_with(self, *ids, **config):
        server = self.new_server({"tls-auth-clients": "no", **config})
        server.extra["tls-session-ticket-key-file"] = self.key_file(server, *ids)
        return server.start()

    def test_servers_resume_each_others_sessions(self):
        one, two = self.start_with("a", "b", "c"), self.start_with("a", "b", "c")
        for version in VERSIONS:
            self.assertTrue(self.resumes(one, two, version), version)
            self.assertTrue(self.resumes(two, one, version), version)

    def test_but_not_without_the_file_or_by_another_policy(self):
        one, alone = self.start_with("a", "b"), self.start({"tls-auth-clients": "no"})
        other = self.start_with("a", "b", **{"tls-ca-cert-file": self.certs.other_ca})
        for version in VERSIONS:
            self.assertFalse(self.resumes(one, alone, version), version)
            self.assertFalse(self.resumes(one, other, version), version)

    def test_the_next_key_becomes_current_step_by_step(self):
        one, two = self.start_with("a", "b"), self.start_with("a", "b")
        admin = self.client_of(one)
        path = self.key_file(one, "a", "b", "c")
        for version in VERSIONS:
            admin("CONFIG", "SET", "tls-session-ticket-key-file", path)
            self.assertTrue(self.resumes(one, two, version), "it seals with what is next there")
            self.assertTrue(self.resumes(two, one, version), "it opens what is current there")
        path = self.key_file(one, "b", "c")
        admin("CONFIG", "SET", "tls-session-ticket-key-file", path)
        for version in VERSIONS:
            self.assertFalse(self.resumes(two, one, version), "the key is gone")
            self.assertTrue(self.resumes(one, two, version))

    def test_with_certificates_of_clients(self):
        config = {"tls-auth-clients": "yes"}
        one, two = self.start_with("a", "b", **config), self.start_with("a", "b", **config)
        for version in VERSIONS:
            pair = self.certs.client
            context = TlsSettings(pair.cert, pair.key, max_version=version).context()
            session = self.connect(one, context).sock.session
            again = self.connect(two, context, session)
            self.assertEqual(again.client_fields()["peer-name"], "Client-only")
            # The ticket of tls-openssl holds the certificate. tls-wolfssl has to have met the client, as it has by now.
            self.assertEqual(again.sock.session_reused, self.options.backend == "openssl" or version != VERSIONS[0], version)
            again = self.connect(two, context, session)
            self.assertEqual((again.sock.session_reused, again.client_fields()["peer-name"]), (True, "Client-only"), version)

    def test_files_that_are_refused(self):
        server = self.start_with("a", "b")
        admin = self.client_of(server)
        current = admin.config("tls-session-ticket-key-file")
        other = server.folder / "other.keys"
        for text, mode, why in (("a " + "61" * 48, 0o644, "mode 0600"), ("a " + "61" * 48, 0o640, "mode 0600"), ("a 61", 0o600, "48 bytes"),
                                ("nonsense", 0o600, "line 1"), ("#\n", 0o600, "no key"), ("", 0o600, "empty")):
            other.write_text(text)
            os.chmod(other, mode)
            self.assertRegex(admin.error("CONFIG", "SET", "tls-session-ticket-key-file", other), REFUSAL + ".*" + why)
            self.assertEqual(admin.config("tls-session-ticket-key-file"), current)
        for version in VERSIONS:
            self.assertTrue(self.resumes(server, server, version))


class ChangeTest(SessionCase):
    def test_tickets_outlast_changes_that_do_not_concern_them(self):
        server = self.start({"tls-auth-clients": "no"})
        admin = self.client_of(server)
        for version in VERSIONS:
            context = TlsSettings(max_version=version).context()
            session = self.connect(server, context).sock.session
            admin("CONFIG", "SET", "tls-session-cache-timeout", 200 + version)
            self.assertTrue(self.connect(server, context, session).sock.session_reused, version)

    def test_but_not_those_that_do(self):
        server = self.start({"tls-auth-clients": "no"})
        admin = self.client_of(server)
        for version in VERSIONS:
            for name, value, old in (("tls-cert-file", self.certs.generic.cert, None), ("tls-ca-cert-file", self.certs.other_ca, self.certs.ca),
                                     ("tls-ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256", ""), ("tls-session-caching", "no", "yes")):
                changes = [name, value]
                back = [name, old]
                if name == "tls-cert-file":
                    changes += ["tls-key-file", self.certs.generic.key]
                    back = [name, self.certs.server.cert, "tls-key-file", self.certs.server.key]
                context = TlsSettings(max_version=version).context()
                session = self.connect(server, context).sock.session
                admin("CONFIG", "SET", *changes)
                self.assertFalse(self.connect(server, context, session).sock.session_reused, f"{name} {version}")
                admin("CONFIG", "SET", *back)


    def test_without_caching_whoever_brings_a_session_gets_a_full_handshake(self):
        server = self.start({})
        admin, pair = self.client_of(server), self.certs.client
        for auth in ("yes", "optional", "no"):
            for version in VERSIONS:
                for more in (0, ssl.OP_NO_TICKET):  # with tickets, and by the id of a session
                    with self.subTest(auth=auth, version=version, more=more):
                        admin("CONFIG", "SET", "tls-auth-clients", auth, "tls-session-caching", "yes")
                        context = TlsSettings(pair.cert, pair.key, max_version=version).context()
                        context.options |= more
                        session = self.connect(server, context).sock.session
                        admin("CONFIG", "SET", "tls-session-caching", "no")
                        again = self.connect(server, context, session)
                        self.assertFalse(again.sock.session_reused)
                        third = self.connect(server, context, again.sock.session)
                        self.assertFalse(third.sock.session_reused)
                        self.assertFalse(third.sock.session is not None and third.sock.session.has_ticket)


class IdentityTest(SessionCase):
    """A resumed client is who it was, or shakes hands in full."""

    def context_of(self, pair, version):
        return TlsSettings(pair.cert, pair.key, min_version=version, max_version=version).context() if pair else \
            TlsSettings(min_version=version, max_version=version).context()

    def fields(self, client):
        seen = client.client_fields()
        return seen["peer-name"], seen["cert-user"], seen["tls-resumed"]

    def resumed_pair(self, server, pair, version):
        """Two connections, the second by the session of the first, and what CLIENT INFO says of it."""
        context = self.context_of(pair, version)
        session = self.connect(server, context).sock.session
        again = self.connect(server, context, session)
        self.assertTrue(again.sock.session_reused, version)
        return again

    def test_names_and_users_are_those_of_the_original(self):
        for auth in ("yes", "optional"):
            server = self.start({"tls-auth-clients": auth, "tls-auth-clients-user": "CN"})
            for version in VERSIONS:
                self.assertEqual(self.fields(self.resumed_pair(server, self.certs.client, version)), ("Client-only", "Client-only", "yes"))
                if auth == "optional":
                    self.assertEqual(self.fields(self.resumed_pair(server, None, version)), ("", "", "yes"))

    def test_a_ticket_without_certificate_is_none_where_one_is_demanded(self):
        server = self.start({"tls-auth-clients": "optional"})
        admin = self.client_of(server)
        for version in VERSIONS:
            for auth in ("optional", "no"):
                admin("CONFIG", "SET", "tls-auth-clients", auth)
                context = self.context_of(None, version)
                session = self.connect(server, context).sock.session
                self.assertTrue(self.connect(server, context, session).sock.session_reused)
                admin("CONFIG", "SET", "tls-auth-clients", "yes")
                with self.assertRaises((OSError, Disconnected)):
                    self.connect(server, context, session)

    def test_not_once_the_certificate_has_expired(self):
        server = self.start({"tls-auth-clients": "yes"})
        seconds = 8
        pair = issue(self.certs, server.folder, "brief", "brief", days=seconds / 86400)
        ends = time.monotonic() + seconds
        for version in VERSIONS:
            again = self.resumed_pair(server, pair, version)
            self.assertEqual(again.client_fields()["peer-name"], "brief")
        contexts = {version: self.context_of(pair, version) for version in VERSIONS}
        sessions = {version: self.connect(server, context).sock.session for version, context in contexts.items()}

        def turned_away(version):
            try:
                self.connect(server, contexts[version], sessions[version]).close()
                return False
            except (OSError, Disconnected):
                return True
        for version in VERSIONS:
            mark = server.log_mark()
            self.eventually(lambda version=version: turned_away(version), "an expired client still comes in")
            self.assertGreater(time.monotonic(), ends - 2)
            server.wait_log("Error accepting a client connection: .*expired", since=mark)

    def test_who_is_revoked_later_is_thrown_out_and_not_let_in_again(self):
        server = self.start({"tls-auth-clients": "yes", "tls-crl-file": self.certs.folder / "empty.crl"})
        admin, pair = self.client_of(server), self.certs.pair("revoked")
        for version in VERSIONS:
            admin("CONFIG", "SET", "tls-crl-file", self.certs.folder / "empty.crl")
            context = self.context_of(pair, version)
            session = self.connect(server, context).sock.session
            resumed = self.connect(server, context, session)
            self.assertTrue(resumed.sock.session_reused)
            admin("CONFIG", "SET", "tls-crl-file", self.certs.folder / "ca.crl")
            resumed.wait_closed()
            with self.assertRaises((OSError, Disconnected)):
                self.connect(server, context, session)

    def test_the_cache_size_limits_whom_wolfssl_remembers(self):
        server = self.start({"tls-auth-clients": "yes", "tls-session-cache-size": "1"})
        for version in VERSIONS:
            one, two = self.certs.pair("redis"), self.certs.pair("rsa")
            context = self.context_of(one, version)
            session = self.connect(server, context).sock.session
            self.assertTrue(self.connect(server, context, session).sock.session_reused)
            self.connect(server, self.context_of(two, version))
            again = self.connect(server, context, session)
            self.assertEqual(again.sock.session_reused, self.options.backend == "openssl", version)
            self.assertEqual(again.client_fields()["peer-name"], "Generic-cert")

    def test_what_is_remembered_counts_as_memory_of_the_transport(self):
        if self.options.backend != "wolfssl":
            self.skipTest("tls-openssl remembers no certificates")
        server = self.start({"tls-auth-clients": "yes", "tls-session-cache-size": "3"})
        admin = self.client_of(server)

        def allocated():
            reply = admin("TRANSPORT", "INFO", "tls-wolfssl")
            flat = dict(zip(reply[::2], reply[1::2]))
            return int(flat["allocated_bytes"])
        sizes = [allocated()]
        for i in range(12):
            pair = issue(self.certs, server.folder, f"c{i}", f"c{i}")
            self.connect(server, self.context_of(pair, VERSIONS[1])).close()
            sizes.append(allocated())
        self.assertGreater(sizes[2], sizes[0] + 500, "a certificate is more than that")
        self.assertLess(max(sizes[4:]), sizes[4] + 1000, f"three are kept, not all: {sizes}")

    def test_damaged_tickets(self):
        """openssl s_client with sessions in which the ticket's bytes were changed."""
        openssl = self.need("openssl", "openssl")
        server = self.start({"tls-auth-clients": "yes"})
        seed = int(os.environ.get("KW_TEST_SEED", time.time()))
        chance, pair = random.Random(seed), self.certs.client

        def visit(version, *more):
            done = subprocess.run([openssl, "s_client", "-connect", f"127.0.0.1:{server.tls_port}", "-CAfile", self.certs.ca, "-verify_return_error", "-ign_eof",
                                   "-cert", pair.cert, "-key", pair.key, version, *more], input="CLIENT INFO\r\nQUIT\r\n", capture_output=True, text=True, timeout=60)
            self.assertIn(" peer-name=Client-only ", done.stdout, f"seed {seed}: {done.stdout}{done.stderr}")
            return "\nReused, " in done.stdout
        for version in ("-tls1_2", "-tls1_3"):
            path = server.folder / f"session{version}"
            self.assertFalse(visit(version, "-sess_out", path))
            self.assertTrue(visit(version, "-sess_in", path))
            whole = bytearray(base64.b64decode("".join(line for line in path.read_text().splitlines() if not line.startswith("-----"))))
            # [10] of the sequence, an octet string.
            found = re.search(rb"\xaa(?:\x81.|\x82..)\x04(?:\x81(.)|\x82(..))", whole, re.DOTALL)
            size, at = int.from_bytes(found[1] or found[2], "big"), found.end()
            for _ in range(12):
                damaged = bytearray(whole)
                damaged[at + chance.randrange(size)] ^= chance.randrange(1, 256)
                text = base64.encodebytes(damaged).decode()
                bad = server.folder / "damaged"
                bad.write_text(f"-----BEGIN SSL SESSION PARAMETERS-----\n{text}-----END SSL SESSION PARAMETERS-----\n")
                self.assertFalse(visit(version, "-sess_in", bad), f"seed {seed}")


class LinkTest(SessionCase):
    """MIGRATE, with a link that is dialled anew."""

    def resumed(self, target):
        with target.client() as client:
            return int(client.info("transports")["tls_handshakes_resumed"])

    def migrate_twice(self, target, between=None):
        source = self.start({"tls-cluster": "yes"})
        client, admin = self.client_of(source), self.client_of(target)
        for value in ("1", "2"):
            client("SET", "k", value)
            self.assertEqual(client("MIGRATE", "127.0.0.1", target.tls_port, "k", 0, 5000, "REPLACE"), "OK")
            self.assertEqual(admin("GET", "k"), value)
            admin("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            if between is not None:
                between(client)

    def test_resumes(self):
        target = self.start({"tls-auth-clients": "no"})
        before = self.resumed(target)
        self.migrate_twice(target)
        self.assertEqual(self.resumed(target), before + 1)

    def test_with_certificates_of_clients(self):
        target = self.start({"tls-auth-clients": "yes"})
        before = self.resumed(target)
        self.migrate_twice(target)
        self.assertEqual(self.resumed(target), before + 1)

    def test_again_and_again_between_any_two_backends(self):
        for here in ("openssl", "wolfssl"):
            for there in ("openssl", "wolfssl"):
                with self.subTest(here=here, there=there):
                    target, source = self.start({"tls-auth-clients": "yes", "tls-backend": there}), self.start({"tls-cluster": "yes", "tls-backend": here})
                    client, admin = self.client_of(source), self.client_of(target)
                    before = self.resumed(target)
                    for value in range(4):
                        client("SET", "k", value)
                        self.assertEqual(client("MIGRATE", "127.0.0.1", target.tls_port, "k", 0, 5000, "REPLACE"), "OK")
                        admin("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                    self.assertEqual(self.resumed(target), before + 3)

    def test_not_without_caching_at_either_end(self):
        target = self.start({"tls-auth-clients": "no", "tls-session-caching": "no"})
        self.migrate_twice(target)
        self.assertEqual(self.resumed(target), 0)

    def test_a_change_of_settings_makes_it_forget(self):
        target = self.start({"tls-auth-clients": "no"})
        before = self.resumed(target)
        self.migrate_twice(target, lambda client: client("CONFIG", "SET", "tls-client-cert-file", self.certs.client.cert))
        self.assertEqual(self.resumed(target), before)
