"""A server under test: its own folder, its own ports, its own configuration file.

It is started and ended by process id only, answers PING before start() returns, and everything that it said on stdout
and stderr can be searched. Sanitizer reports and crash reports fail the test that owns the server.
"""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from harness.client import Client, TlsSettings
from harness.resp import Disconnected

START_S = 60
STOP_S = 60
CRASH_MARKS = re.compile(
    r"ERROR: AddressSanitizer|WARNING: ThreadSanitizer|ERROR: LeakSanitizer|runtime error: "
    r"|crashed by signal|BUG REPORT START|KW_CHECK|terminate called")


def free_port():
    """A port that nobody listens on now. Another process may still take it: start() tries again then."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def eventually(probe, message, deadline_s=30):
    """Polls until `probe()` is true and returns its value; fails with `message` at the deadline."""
    end = time.monotonic() + deadline_s
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{message() if callable(message) else message} (waited {deadline_s} s)")
        time.sleep(0.02)


class StartFailed(AssertionError):
    def __init__(self, server, code):
        self.code, self.stdout, self.stderr = code, server.stdout(), server.stderr()
        super().__init__(f"the server ended with {code} at the start\nstdout: {self.stdout[-1500:]}\nstderr: {self.stderr[-1500:]}")


class Server:
    """`config`: option -> value, or a list of values for several lines, or None to leave a default of the harness out.

    `tls`: whether there is a TLS port with certificates; by default when the run is over TLS.
    """

    def __init__(self, options, config=None, args=(), tls=None, config_text=None):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="keyway-it-"))
        self.config_file = self.folder / "server.conf"
        self.has_tls = options.backend is not None if tls is None else tls
        self.extra, self.args, self.config_text = dict(config or {}), list(args), config_text
        self.process = None
        self.environment = None  # of the process; None: that of the tests
        self.port = self.tls_port = 0
        self.checked = False
        self._pick_ports()

    # -- configuration -------------------------------------------------------------------------------------------

    def _pick_ports(self):
        self.port = int(self.extra["port"]) if "port" in self.extra else free_port()
        if self.has_tls:
            self.tls_port = int(self.extra["tls-port"]) if "tls-port" in self.extra else free_port()

    def settings(self):
        settings = {"bind": "127.0.0.1", "port": self.port, "dir": self.folder, "save": '""', "logfile": '""',
                    "enable-debug-command": "yes"}
        if self.options.is_keyway and self.options.compat:
            settings["redis-compat"] = self.options.compat
        if self.has_tls:
            certs = self.options.certs
            settings.update({"tls-port": self.tls_port, "tls-cert-file": certs.server.cert, "tls-key-file": certs.server.key,
                             "tls-ca-cert-file": certs.ca, "tls-client-cert-file": certs.client.cert,
                             "tls-client-key-file": certs.client.key})
            if self.options.is_keyway:
                settings["tls-backend"] = self.options.backend or "openssl"
        if self.options.is_keyway and self.options.io_threads:
            settings["io-threads"] = self.options.io_threads
        if self.options.is_keyway and self.options.io_engine:
            settings["io-engine"] = self.options.io_engine
        settings.update(self.extra)
        return settings

    def config_lines(self):
        lines = []
        for name, value in self.settings().items():
            values = value if isinstance(value, list) else [value]
            lines += [f"{name} {one}" for one in values if one is not None]
        return "\n".join(lines) + "\n"

    # -- life ----------------------------------------------------------------------------------------------------

    def start(self):
        """Starts and waits until PING is answered (an error such as NOAUTH is an answer too)."""
        for attempt in range(5):
            self.config_file.write_text(self.config_text or self.config_lines())
            self._spawn()
            try:
                self.wait_ready()
                return self
            except StartFailed as failure:
                taken = "Address already in use" in failure.stdout + failure.stderr
                if not taken or attempt == 4 or "port" in self.extra:
                    raise
                self._pick_ports()
        raise AssertionError("unreachable")

    def start_again(self):
        """Starts on the configuration file as it stands now."""
        self._spawn()
        self.wait_ready()

    def _spawn(self, arguments=None):
        command = [str(self.options.server)]
        command += [str(self.config_file), *map(str, self.args)] if arguments is None else [str(one) for one in arguments]
        self.checked = False
        with open(self.folder / "stdout", "ab") as out, open(self.folder / "stderr", "ab") as err:
            self.process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                            env=self.environment)

    def wait_ready(self):
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            code = self.process.poll()
            if code is not None:
                raise StartFailed(self, code)
            if self._answers():
                return
            time.sleep(0.02)
        raise AssertionError(f"no answer to PING within {START_S} s; log: {self.log()[-2000:]}")

    def _answers(self):
        try:
            with self.any_client(timeout=5) as client:
                client.send("PING")
                client.read_any()
                return True
        except (OSError, Disconnected):
            return False

    def any_client(self, **kw):
        """Over whatever listener this server has."""
        if self.port:
            return self.plain_client(**kw)
        if self.tls_port:
            return self.tls_client(**kw)
        return Client(self.extra["unixsocket"], **kw)

    def run_to_exit(self, arguments=None, deadline_s=30):
        """Starts a server that is expected to end by itself; returns (exit code, stdout, stderr)."""
        if arguments is None:
            self.config_file.write_text(self.config_text or self.config_lines())
        self._spawn(arguments)
        try:
            code = self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server still runs after {deadline_s} s; log: {self.log()[-1500:]}") from None
        return code, self.stdout(), self.stderr()

    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """SIGTERM; a server that is well ends with 0."""
        if not self.running():
            return None if self.process is None else self.process.returncode
        self.process.send_signal(signal.SIGTERM)
        return self.wait_exit()

    def wait_exit(self, deadline_s=STOP_S):
        try:
            return self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not end within {deadline_s} s; log: {self.log()[-1500:]}") from None

    def kill(self):
        if self.running():
            self.process.kill()
            self.process.wait()

    def restart(self):
        self.stop()
        self.start_again()

    def finish(self):
        """What a test's clean-up calls: ends the server, fails on a bad end or a report, removes the folder."""
        was_running = self.running()
        code = self.stop()
        try:
            self.check_reports()
            if was_running and code != 0:
                raise AssertionError(f"the server ended with {code} on SIGTERM; log: {self.log()[-2000:]}")
        except AssertionError:
            print(f"    kept for inspection: {self.folder}")
            raise
        shutil.rmtree(self.folder, ignore_errors=True)

    def check_reports(self):
        """Fails when a sanitizer or the crash handler has spoken."""
        if self.checked:
            return
        self.checked = True
        text = self.stderr() + self.log()
        found = CRASH_MARKS.search(text)
        if found:
            raise AssertionError(f"a report in the server's output:\n{text[max(0, found.start() - 200):found.start() + 6000]}")

    # -- clients -------------------------------------------------------------------------------------------------

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def tls_address(self):
        return ("127.0.0.1", self.tls_port)

    def client(self, **kw):
        """Over the transport that this run is about."""
        return self.tls_client(**kw) if self.options.backend and self.has_tls else self.plain_client(**kw)

    def client_address(self):
        return self.tls_address if self.options.backend and self.has_tls else self.address

    def plain_client(self, **kw):
        return Client(self.address, **kw)

    def tls_client(self, tls=None, **kw):
        return Client(self.tls_address, tls=tls or self.tls_settings(), **kw)

    def tls_settings(self, **kw):
        """With the client certificate, as `tls-auth-clients yes` wants."""
        certs = self.options.certs
        kw.setdefault("cert", certs.client.cert)
        kw.setdefault("key", certs.client.key)
        return TlsSettings(**kw)

    def tool_arguments(self, tls=None, with_certificate=True):
        """What redis-cli and redis-benchmark take to reach this server."""
        over_tls = bool(self.options.backend) and self.has_tls if tls is None else tls
        arguments = ["-h", "127.0.0.1", "-p", str(self.tls_port if over_tls else self.port)]
        if over_tls:
            certs = self.options.certs
            arguments += ["--tls", "--cacert", str(certs.ca)]
            if with_certificate:
                arguments += ["--cert", str(certs.client.cert), "--key", str(certs.client.key)]
        return arguments

    # -- what it said --------------------------------------------------------------------------------------------

    def _text(self, name):
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def stdout(self):
        return self._text("stdout")

    def stderr(self):
        return self._text("stderr")

    def log(self):
        """The log: stdout, and the log file where one is configured."""
        name = str(self.extra.get("logfile", '""')).strip('"')
        return self.stdout() + (self._text(name) if name else "")

    def log_mark(self):
        """A position; wait_log(since=...) looks only behind it."""
        return len(self.log())

    def wait_log(self, pattern, deadline_s=30, since=0):
        """Waits for a line that matches the regular expression, and returns the match."""
        return eventually(lambda: re.search(pattern, self.log()[since:], re.MULTILINE),
                          lambda: f"no log line matches {pattern!r}; the log ends: {self.log()[since:][-1500:]}", deadline_s)

    def open_fds(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))
