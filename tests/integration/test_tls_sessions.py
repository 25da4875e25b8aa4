"""Resumption where more than one server, one setting or one side is concerned: shared ticket keys, changes of settings, links."""
import os
import ssl

from harness.case import ServerCase
from harness.client import Client, TlsSettings

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
            reused = self.connect(two, context, session).sock.session_reused
            self.assertEqual(reused, self.options.backend == "openssl", version)

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
        self.assertEqual(self.resumed(target), before + (1 if self.options.backend == "openssl" else 0))

    def test_not_without_caching_at_either_end(self):
        target = self.start({"tls-auth-clients": "no", "tls-session-caching": "no"})
        self.migrate_twice(target)
        self.assertEqual(self.resumed(target), 0)

    def test_a_change_of_settings_makes_it_forget(self):
        target = self.start({"tls-auth-clients": "no"})
        before = self.resumed(target)
        self.migrate_twice(target, lambda client: client("CONFIG", "SET", "tls-client-cert-file", self.certs.client.cert))
        self.assertEqual(self.resumed(target), before)
