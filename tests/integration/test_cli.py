"""keyway-cli: over every transport, with the options and the reply formats of redis-cli."""
import fcntl
import os
import pathlib
import pty
import re
import select
import socket
import subprocess
import termios
import threading
import time

from harness.case import ServerCase, SharedServerCase


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

    def terminal(self, *arguments, **environment):
        """keyway-cli at a terminal of its own, past its first prompt."""
        terminal = Terminal(self, [self.options.cli, *self.arguments(), *map(str, arguments)], environment)
        self.addCleanup(terminal.close)
        terminal.until(r"> ")
        return terminal

    def test_a_session_at_a_terminal(self):
        """A prompt that shows where it is connected, types of replies, the database, MULTI, and a history without secrets."""
        history = pathlib.Path(self.server.folder) / "history"
        terminal = self.terminal(KEYWAYCLI_HISTFILE=history)
        for line, answer in (("SET k v", "OK"), ("GET k", '"v"'), ("INCR n", r"\(integer\) 1"), ("GET none", r"\(nil\)"),
                             ("2 INCR n", r"\(integer\) 2\s+\(integer\) 3"), ('ECHO "a', r"Invalid argument\(s\)"),
                             ("-1 PING", "Invalid keyway-cli repeat"), ("help set", r"SET\S* \S*key value"),
                             ("help", "help @<group>"), ("AUTH secret", r"\(error\)")):
            terminal.say(line)
            terminal.until(answer)
            terminal.until(r":\d+> ")
        terminal.say("SELECT 3")
        terminal.until(r":\d+\[3\]> ")
        terminal.say("exit")
        self.assertEqual(terminal.wait(), 0)
        lines = history.read_text().splitlines()
        self.assertIn("INCR n", lines)
        self.assertNotIn("secret", "".join(lines))
        self.assertEqual(history.stat().st_mode & 0o777, 0o600)

    def test_a_lost_connection_comes_back_at_the_prompt(self):
        terminal = self.terminal("-n", 2)
        self.c("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        terminal.say("SET lost no")
        terminal.until("OK")
        terminal.until(r":\d+\[2\]> ")
        self.c("SELECT", 2)
        self.assertEqual(self.c("GET", "lost"), "no")
        self.c("SELECT", 0)

    def test_the_end_of_input_leaves(self):
        terminal = self.terminal()
        terminal.write(b"\x04")
        self.assertEqual(terminal.wait(), 0)

    def test_tab_completes_names_of_commands(self):
        if b"libedit" not in subprocess.run(["ldd", self.options.cli], capture_output=True).stdout:
            self.skipTest("built without libedit")
        terminal = self.terminal()
        terminal.write(b"strle\t")
        terminal.until("STRLEN ")
        terminal.say("none")
        terminal.until(r"\(integer\) 0")

    def test_exit_status_and_repeats(self):
        self.assertEqual(self.run_cli("-r", 3, "INCR", "n"), (0, "1\n2\n3"))
        self.assertEqual(self.run_cli("INCR"), (0, "ERR wrong number of arguments for 'incr' command"))
        self.assertEqual(self.run_cli("-n", 999, "SET", "k", "v")[0], 1)
        self.assertEqual(self.c("EXISTS", "k"), 0)

    def test_stdin_reports_and_delimiters(self):
        self.c.pipeline([("SET", f"k:{i}", "x" * i) for i in range(100)])
        self.assertRegex(self.say("--bigkeys"), r"100 strings with 4950 bytes \(100.00% of keys, avg size 49.50\)")
        self.assertRegex(self.say("--memkeys"), r"Biggest string found '\"k:\d+\"' has \d+ bytes")
        self.assertRegex(self.say("--hotkeys"), "ERR")  # the policy is no LFU one
        self.assertEqual(len(self.say("--scan", "--count", 7, "--type", "string").split("\n")), 100)
        self.assertRegex(self.say("--latency", "--csv", "-i", "0.05"), r"^\d+,\d+,\d+\.\d\d,\d+$")
        self.assertEqual(self.say("-D", "", "-d", "+", "MGET", "k:1", "k:2"), "x+xx")

    def test_pipe_mode_counts_errors(self):
        code, text = self.run_cli("--pipe", text="SET a 1\r\nNOSUCH\r\nINCR a\r\n")
        self.assertEqual(code, 1)
        self.assertIn("errors: 1, replies: 3", text)

    def test_a_big_argument(self):
        value = "y" * 5_000_000
        self.assertEqual(self.say("-x", "SET", "big", text=value), "OK")
        self.assertEqual(self.c("STRLEN", "big"), len(value))


class Terminal:
    """A program at a terminal of its own. `until` waits for what it shows."""

    def __init__(self, test, command, environment):
        self.test, self.text = test, ""
        self.controller, terminal = pty.openpty()
        environment = {"KEYWAYCLI_HISTFILE": "/dev/null", "TERM": "dumb", **{key: str(value) for key, value in environment.items()}}
        self.process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, close_fds=True, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), env={**os.environ, **environment})
        os.close(terminal)

    def write(self, data):
        os.write(self.controller, data)

    def say(self, line):
        self.write(line.encode() + b"\n")

    def until(self, pattern, deadline_s=30):
        end = time.monotonic() + deadline_s
        while not (found := re.search(pattern, self.text)):
            ready, _, _ = select.select([self.controller], [], [], max(0, end - time.monotonic()))
            self.test.assertTrue(ready, f"{pattern!r} is not shown within {deadline_s} s: {self.text!r}")
            try:
                data = os.read(self.controller, 4096)
            except OSError:
                data = b""
            self.test.assertTrue(data, f"the program ended before {pattern!r}: {self.text!r}")
            self.text += data.decode(errors="replace")
        self.text = self.text[found.end():]

    def wait(self):
        return self.process.wait(30)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.controller)


class ScriptedServer:
    """Accepts connections and answers each request with what `answer(words)` returns: bytes, None to close, or a tuple of bytes to close
    behind them."""

    def __init__(self, answer):
        self.answer, self.requests = answer, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            while header := stream.readline():
                words = []
                for _ in range(int(header[1:])):
                    length = int(stream.readline()[1:])
                    words.append(stream.read(length + 2)[:-2].decode())
                self.requests.append(words)
                reply = self.answer(words)
                if reply is None:
                    return
                try:
                    connection.sendall(reply if isinstance(reply, bytes) else reply[0])
                except OSError:
                    return
                if not isinstance(reply, bytes):
                    return

    def close(self):
        self.listener.close()


class ScriptedServerTest(ServerCase):
    """What a healthy server does not do: redirections, pushes at any time, nonsense. Over tcp in every run."""

    def setUp(self):
        if self.options.cli is None or not pathlib.Path(self.options.cli).exists():
            self.skipTest("no keyway-cli was named with --cli")

    def scripted(self, answer):
        return self.open(ScriptedServer(answer))

    def run_cli(self, port, *arguments, text=""):
        done = subprocess.run([self.options.cli, "-p", str(port), *map(str, arguments)], input=text, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def test_moved_and_ask_are_followed_on_demand(self):
        target = self.scripted(lambda words: b"+OK\r\n" if words == ["ASKING"] else b"$5\r\nthere\r\n")
        moved = self.scripted(lambda words: b"-MOVED 42 127.0.0.1:%d\r\n" % target.port)
        self.assertEqual(self.run_cli(moved.port, "GET", "k"), (0, f"MOVED 42 127.0.0.1:{target.port}\n\n", ""))
        self.assertEqual(self.run_cli(moved.port, "-c", "GET", "k"), (0, "there\n", ""))
        ask = self.scripted(lambda words: b"-ASK 42 :%d\r\n" % target.port)  # no host: the one that answered
        del target.requests[:]
        self.assertEqual(self.run_cli(ask.port, "-c", "GET", "k"), (0, "there\n", ""))
        self.assertEqual(target.requests, [["ASKING"], ["GET", "k"]])

    def test_redirections_without_end_and_odd_ones(self):
        ring = self.scripted(lambda words: b"-MOVED 1 127.0.0.1:%d\r\n" % ring.port)
        code, output, _ = self.run_cli(ring.port, "-c", "GET", "k")
        self.assertEqual((code, output), (0, f"MOVED 1 127.0.0.1:{ring.port}\n\n"))
        self.assertLess(len(ring.requests), 40)
        for reply in (b"-MOVED\r\n", b"-MOVED \r\n", b"-MOVED 1\r\n", b"-MOVED 1 host\r\n", b"-MOVED x h:1\r\n", b"-ASK 1 h:99999\r\n"):
            odd = self.scripted(lambda words, reply=reply: reply)
            self.assertEqual(self.run_cli(odd.port, "-c", "GET", "k")[:2], (0, reply[1:-2].decode() + "\n\n"), reply)

    def test_nonsense_is_named(self):
        for reply, text in ((b"HTTP/1.1 400\r\n", 'Error: Protocol error: got "H" as reply type byte\n'),
                            (b"$3\r\nabcde", "Error: Protocol error: a bulk string does not end with CRLF\n"),
                            (b"*99999999999\r\n", "Error: Protocol error: the reply has too many values\n"),
                            (b"*1\r\n" * 300, "Error: Protocol error: the reply is nested too deep\n")):
            server = self.scripted(lambda words, reply=reply: reply)
            self.assertEqual(self.run_cli(server.port, "GET", "k"), (1, "", text))

    def test_a_server_that_closes(self):
        server = self.scripted(lambda words: None)
        self.assertEqual(self.run_cli(server.port, "GET", "k"), (1, "", "Error: Server closed the connection\n"))
        self.assertEqual(self.run_cli(server.port, "SHUTDOWN"), (0, "", ""))
        self.assertEqual(self.run_cli(server.port, text="GET a\nGET b\n")[2], "Error: Server closed the connection\n" * 2)
        self.assertEqual(len([words for words in server.requests if words[0] == "GET"]), 3)

    def test_pushes_are_shown_or_not(self):
        push = b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"
        server = self.scripted(lambda words: push + b"+OK\r\n")
        self.assertEqual(self.run_cli(server.port, "GET", "k"), (0, "OK\n", ""))
        self.assertEqual(self.run_cli(server.port, "--no-raw", "--show-pushes", "yes", "GET", "k"), (0, "-> invalidate: 'k'\nOK\n", ""))

    def test_subscriptions_end_with_ctrl_c(self):
        server = self.scripted(lambda words: b"*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n" if words[0] == "SUBSCRIBE" else b"+OK\r\n")
        terminal = Terminal(self, [self.options.cli, "-p", str(server.port)], {})
        self.addCleanup(terminal.close)
        terminal.until(r":\d+> ")
        terminal.say("SUBSCRIBE c")
        terminal.until("Reading messages... \\(press Ctrl-C to quit\\)")
        terminal.until(r'3\) \(integer\) 1')
        terminal.write(b"\x03")
        terminal.until(r":\d+> ")
        terminal.say("PING")
        terminal.until("OK")

    def test_ctrl_c_leaves_a_command_that_waits(self):
        server = self.scripted(lambda words: b"+OK\r\n" if words[0] != "BLPOP" else b"")
        terminal = Terminal(self, [self.options.cli, "-p", str(server.port)], {})
        self.addCleanup(terminal.close)
        terminal.until(r":\d+> ")
        terminal.say("BLPOP k 0")
        self.eventually(lambda: ["BLPOP", "k", "0"] in server.requests, "the command does not arrive")
        terminal.write(b"\x03")
        self.assertEqual(terminal.wait(), 1)

    def test_a_transaction_is_not_resumed_over_a_new_connection(self):
        """When the server closes behind MULTI, what was meant for the transaction must not run alone."""
        server = self.scripted(lambda words: (b"+OK\r\n",) if words[0] == "MULTI" else b"+OK\r\n")
        terminal = Terminal(self, [self.options.cli, "-p", str(server.port)], {})
        self.addCleanup(terminal.close)
        terminal.until(r":\d+> ")
        terminal.say("MULTI")
        terminal.until(r":\d+\(TX\)> ")
        terminal.say("SET a 1")
        terminal.until("Error: (Server closed the connection|Connection reset by peer)")
        terminal.until("not connected> ")
        terminal.say("GET a")
        terminal.until("OK")
        terminal.until(r":\d+> ")
        self.assertNotIn(["SET", "a", "1"], server.requests)

    def test_the_login_is_said_before_anything_else(self):
        server = self.scripted(lambda words: b"-WRONGPASS no\r\n" if words[0] == "AUTH" else b"+OK\r\n")
        code, output, errors = self.run_cli(server.port, "--user", "u", "-a", "p", "--no-auth-warning", "PING")
        self.assertEqual((code, output, errors), (0, "OK\n", "AUTH failed: WRONGPASS no\n"))
        self.assertEqual(server.requests[0], ["AUTH", "u", "p"])
        self.assertIn("may not be safe", self.run_cli(server.port, "-a", "p", "PING")[2])
        good = self.scripted(lambda words: b"+OK\r\n")
        self.run_cli(good.port, "-u", f"redis://me:s%3Ac@127.0.0.1:{good.port}/4", "-3", "PING")
        self.assertEqual(good.requests, [["AUTH", "me", "s:c"], ["SELECT", "4"], ["HELLO", "3"], ["PING"]])
