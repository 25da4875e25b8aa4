"""keyway-cli: over every transport, with the options and the reply formats of redis-cli."""
import os
import pathlib
import pty
import re
import subprocess

from harness.case import SharedServerCase


class KeywayCliTest(SharedServerCase):
    CONFIG = {"tls-auth-clients": "optional"}

    def setUp(self):
        if self.options.cli is None or not pathlib.Path(self.options.cli).exists():
            self.skipTest("no keyway-cli was named with --cli")
        super().setUp()

    def arguments(self, with_certificate=True, backend=None):
        arguments = self.server.tool_arguments(with_certificate=with_certificate)
        if self.options.backend:
            arguments += ["--tls-backend", backend or self.options.backend]
        return arguments

    def run_cli(self, *arguments, text=None, **kw):
        done = subprocess.run([self.options.cli, *self.arguments(**kw), *map(str, arguments)], input=text, capture_output=True, text=True, timeout=60)
        return done.returncode, (done.stdout + done.stderr).rstrip("\n")

    def say(self, *arguments, **kw):
        return self.run_cli(*arguments, **kw)[1]

    def test_one_command(self):
        self.assertEqual(self.run_cli("SET", "k", "hello world"), (0, "OK"))
        self.assertEqual(self.say("GET", "k"), "hello world")
        self.assertEqual(self.say("GET", "none"), "")
        self.assertEqual(self.say("STRLEN", "k"), "11")

    def test_both_backends_on_the_clients_side(self):
        if not self.options.backend:
            self.skipTest("this run is not over TLS")
        for backend in ("openssl", "wolfssl"):
            for with_certificate in (True, False):
                self.assertEqual(self.say("ECHO", backend, backend=backend, with_certificate=with_certificate), backend)

    def test_wrong_ca(self):
        if not self.options.backend:
            self.skipTest("this run is not over TLS")
        for backend in ("openssl", "wolfssl"):
            command = [self.options.cli, "-p", str(self.server.tls_port), "--tls", "--tls-backend", backend, "--cacert", str(self.options.certs.other_ca)]
            done = subprocess.run([*command, "PING"], capture_output=True, text=True, timeout=60)
            self.assertNotEqual(done.returncode, 0)
            self.assertNotIn("PONG", done.stdout)
            self.assertRegex(done.stderr, "(?i)certificate|verif")
            done = subprocess.run([*command, "--insecure", "PING"], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.stdout.strip(), "PONG", done.stderr)

    def test_same_output_as_redis_cli(self):
        redis_cli = self.need("redis-cli", "redis-tools")
        self.c.pipeline([("SET", "k", 'a "b" \x01\n'), ("SET", "n", 5)])
        for arguments in (("GET", "k"), ("--no-raw", "GET", "k"), ("--no-raw", "MGET", "k", "none", "n"), ("--no-raw", "COMMAND", "INFO", "get"), ("INCR", "k"),
                          ("--no-raw", "INCR", "k"), ("--csv", "MGET", "k", "none", "n"), ("--no-raw", "-3", "CONFIG", "GET", "maxmemory"), ("-3", "CONFIG", "GET", "maxmemory"),
                          ("--no-raw", "KEYS", "nothing"), ("--no-raw", "CLIENT", "GETNAME"), ("-n", "3", "DBSIZE"), ("-d", "|", "MGET", "n", "n"), ("-r", "2", "PING"),
                          ("--json", "CONFIG", "GET", "maxmemory"), ("--quoted-input", "ECHO", '"a\\x00b"')):
            theirs = subprocess.run([redis_cli, *self.server.tool_arguments(), *arguments], capture_output=True, text=True, timeout=60)
            ours = subprocess.run([self.options.cli, *self.arguments(), *arguments], capture_output=True, text=True, timeout=60)
            self.assertEqual(ours.stdout, theirs.stdout, arguments)
            self.assertEqual(ours.returncode, theirs.returncode, arguments)

    def test_commands_from_standard_input(self):
        self.assertEqual(self.say(text='SET a "x y"\nGET a\nINCR n\n'), "OK\nx y\n1")

    def test_last_argument_from_standard_input(self):
        self.say("-x", "SET", "k", text="from a pipe")
        self.assertEqual(self.c("GET", "k"), "from a pipe")

    def test_errors(self):
        self.c("SET", "s", "text")
        self.assertIn("ERR value is not an integer or out of range", self.say("INCR", "s"))
        self.assertEqual(self.run_cli("-e", "INCR", "s")[0], 1)
        done = subprocess.run([self.options.cli, "-p", "1", "PING"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr + done.stdout, "Could not connect to .*127.0.0.1:1")

    def test_scan_and_pipe(self):
        data = "".join(f"SET p:{i} {i}\r\n" for i in range(5000))
        self.assertRegex(self.say("--pipe", text=data), "errors: 0, replies: 5000")
        self.assertEqual(len(self.say("--scan", "--pattern", "p:*").split("\n")), 5000)

    def test_big_values(self):
        self.c("SET", "big", "x" * 3_000_000)
        self.assertEqual(len(self.say("GET", "big")), 3_000_000)

    def test_version_and_help(self):
        self.assertRegex(subprocess.run([self.options.cli, "--version"], capture_output=True, text=True).stdout, r"keyway-cli \d+\.\d+\.\d+")
        self.assertIn("--tls", subprocess.run([self.options.cli, "--help"], capture_output=True, text=True).stdout)

    def test_a_session_at_a_terminal(self):
        """A prompt that shows where it is connected, types of replies, the database, and a history across two runs."""
        history = pathlib.Path(self.server.folder) / "history"
        environment = {**os.environ, "KEYWAYCLI_HISTFILE": str(history), "REDISCLI_HISTFILE": str(history), "TERM": "dumb"}
        controller, terminal = pty.openpty()
        process = subprocess.Popen([self.options.cli, *self.arguments()], stdin=terminal, stdout=terminal, stderr=terminal, env=environment, close_fds=True)
        os.close(terminal)
        text = ""

        def until(pattern):
            nonlocal text
            while not re.search(pattern, text):
                try:
                    data = os.read(controller, 4096)
                except OSError:
                    data = b""
                self.assertTrue(data, f"the session ended before {pattern}: {text}")
                text += data.decode(errors="replace")
            text = text[re.search(pattern, text).end():]

        try:
            until(r":\d+> ")
            for line, answer in (("SET k v", "OK"), ("GET k", '"v"'), ("INCR n", r"\(integer\) 1"), ("GET none", r"\(nil\)")):
                os.write(controller, line.encode() + b"\n")
                until(answer)
                until(r":\d+> ")
            os.write(controller, b"SELECT 3\n")
            until(r":\d+\[3\]> ")
            os.write(controller, b"exit\n")
            self.assertEqual(process.wait(30), 0)
        finally:
            process.kill()
            process.wait()
            os.close(controller)
        self.assertIn("INCR n", history.read_text())
