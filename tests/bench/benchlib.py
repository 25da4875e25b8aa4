"""What the bench scripts share: servers of their own, tables between the marks of docs/benchmarks.md, small facts about the machine."""
import os
import pathlib
import platform
import re
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")
START_S = 30


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Contestant:
    """One server under test: what it is called in the table, how it is started, and which port the load goes to."""

    def __init__(self, name, command, tls):
        self.name, self.command, self.tls = name, command, tls
        self.process = None
        self.port = self.tls_port = 0

    def start(self, folder, certs, cpu):
        self.port, self.tls_port = free_port(), free_port()
        place = folder / self.name
        place.mkdir()
        arguments = ["--port", self.port, "--bind", "127.0.0.1", "--dir", place, "--save", "", "--appendonly", "no"]
        if self.tls:
            arguments += ["--tls-port", self.tls_port, "--tls-cert-file", certs / "server.crt", "--tls-key-file", certs / "server.key",
                          "--tls-ca-cert-file", certs / "ca.crt", "--tls-auth-clients", "no"]
        with open(place / "log", "wb") as log:
            self.process = subprocess.Popen(["taskset", "-c", str(cpu), *map(str, self.command + arguments)], stdout=log, stderr=subprocess.STDOUT)
        end = time.monotonic() + START_S
        while not accepts(self.port):
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit(f"{self.name} did not start:\n{(place / 'log').read_text()[-2000:]}")
            time.sleep(0.05)

    def cpu_s(self):
        """User and system time of all threads so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S

    def stop(self):
        self.process.terminate()
        self.process.wait()


def request(*words):
    """A request as clients send it."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        word = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)


class Link:
    """A connection that sends many requests at once; an error reply ends the benchmark."""

    END = b"end-of-batch"

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))

    def run(self, requests):
        """Sends them and waits until the last one is answered; the replies as they came."""
        self.socket.sendall(b"".join(requests) + request("ECHO", self.END))
        end = b"$%d\r\n%s\r\n" % (len(self.END), self.END)
        received = b""
        while not received.endswith(end):
            piece = self.socket.recv(1 << 16)
            if not piece:
                sys.exit("the server closed the connection")
            received += piece
        if b"\r\n-" in received or received.startswith(b"-"):
            sys.exit(f"an error: {received[:200]}")
        return received[:-len(end)]

    def close(self):
        self.socket.close()


def cpu_name():
    found = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return found.group(1) if found else platform.machine()


def machine():
    return f"{os.cpu_count()} CPUs ({cpu_name()}, Linux {platform.release().split('-')[0]})"


def version_of(program):
    text = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()
    return re.sub(r"\s+", " ", text)[:100]


def write_markdown(path, script, text):
    """Puts the text between the marks of the script in docs/benchmarks.md, or makes a file of it."""
    begin, end = f"<!-- tests/bench/{script}: begin -->", f"<!-- tests/bench/{script}: end -->"
    old = path.read_text() if path.exists() else f"{begin}\n{end}\n"
    if begin not in old or end not in old:
        sys.exit(f"{path} lacks the lines {begin} and {end}, between which the text goes")
    head, rest = old.split(begin, 1)
    path.write_text(f"{head}{begin}\n{text.rstrip()}\n{end}{rest.split(end, 1)[1]}")
