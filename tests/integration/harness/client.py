"""A connection of a test to a server: plain, over a unix socket, or over TLS with Python's own ssl module."""
import os
import socket
import ssl
import time

from harness.resp import Disconnected, ReplyError, ReplyReader, encode

TIMEOUT_S = 30


class TlsSettings:
    """The client's side of TLS. `verify` is off by default: most tests check the server, not Python."""

    def __init__(self, cert=None, key=None, ca=None, min_version=None, max_version=None, ciphers=None, server_name=None,
                 session=None):
        self.cert, self.key, self.ca = cert, key, ca
        self.min_version, self.max_version, self.ciphers = min_version, max_version, ciphers
        self.server_name, self.session = server_name, session

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = self.ca is not None and self.server_name is not None
        context.verify_mode = ssl.CERT_REQUIRED if self.ca else ssl.CERT_NONE
        if self.ca:
            context.load_verify_locations(self.ca)
        if self.cert:
            context.load_cert_chain(self.cert, self.key)
        if self.min_version:
            context.minimum_version = self.min_version
        if self.max_version:
            context.maximum_version = self.max_version
        if self.ciphers:
            context.set_ciphers(self.ciphers)
        return context


def dial(address, timeout=TIMEOUT_S, source=None):
    """A connected socket: `address` is (host, port) or the path of a unix socket; `source` is the host to come from."""
    if isinstance(address, (str, os.PathLike)):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(timeout)
        try:
            sock.connect(str(address))
        except OSError:
            sock.close()
            raise
        return sock
    sock = socket.create_connection(address, timeout=timeout, source_address=(source, 0) if source else None)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class Client:
    """Sends requests and reads replies. Use it as a context manager, or let the test case close it. One thread at a time: over
    TLS, sending and reading at once break Python's socket."""

    def __init__(self, address, tls=None, protocol=2, timeout=TIMEOUT_S, context=None, source=None):
        self.address, self.tls = address, tls
        self.sock = dial(address, timeout, source)
        if tls is not None:
            try:
                self.context = context or tls.context()
                self.sock = self.context.wrap_socket(self.sock, server_hostname=tls.server_name, session=tls.session)
            except BaseException:
                self.sock.close()
                raise
        self.reader = ReplyReader(self.sock)
        if protocol != 2:
            self("HELLO", protocol)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __call__(self, *args):
        """One command and its reply; an error reply is raised as ReplyError."""
        self.send(*args)
        return self.read()

    def error(self, *args):
        """The text of the error that this command must answer with."""
        self.send(*args)
        reply = self.read_any()
        if not isinstance(reply, ReplyError):
            raise AssertionError(f"{args[:3]}: no error but {reply!r}")
        return str(reply)

    def send(self, *args):
        self.send_raw(encode(*args))

    def send_raw(self, data):
        try:
            self.sock.sendall(data)
        except socket.timeout:
            raise
        except OSError as error:
            raise Disconnected(f"sending failed: {error}") from error

    def read(self):
        reply = self.reader.reply()
        if isinstance(reply, ReplyError):
            raise reply
        return reply

    def read_any(self):
        """The next reply, with an error reply as a value."""
        return self.reader.reply()

    def read_rest(self):
        """The bytes until the server closes."""
        return self.reader.rest()

    def pipeline(self, commands):
        """All requests in one write; a list of replies, errors among them as values."""
        self.send_raw(b"".join(encode(*command) for command in commands))
        return [self.read_any() for _ in commands]

    def wait_closed(self, deadline_s=TIMEOUT_S):
        """Waits until the server closes; fails when it does not. Replies that come before are dropped."""
        self.sock.settimeout(deadline_s)
        end = time.monotonic() + deadline_s
        try:
            while self.sock.recv(65536):
                if time.monotonic() > end:
                    break
            else:
                return
        except socket.timeout:
            pass
        except OSError:
            return
        raise AssertionError(f"the server did not close the connection within {deadline_s} s")

    def is_open(self):
        """Asks with PING whether the connection is still served."""
        try:
            return self("PING") == "PONG"
        except (Disconnected, OSError):
            return False

    def close(self):
        self.sock.close()

    def half_close(self):
        """No more bytes from this side; replies can still be read."""
        self.sock.shutdown(socket.SHUT_WR)

    def info(self, section="everything"):
        """INFO as a dict of strings."""
        lines = self("INFO", section).split("\r\n")
        return dict(line.split(":", 1) for line in lines if ":" in line and not line.startswith("#"))

    def config(self, name):
        """The value of one option, or None for an unknown one."""
        reply = self("CONFIG", "GET", name)
        pairs = reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2]))
        return pairs.get(name)

    def client_fields(self, client_id=None):
        """This connection's line of CLIENT LIST (or that of another id) as a dict."""
        text = self("CLIENT", "LIST", "ID", client_id) if client_id is not None else self("CLIENT", "INFO")
        return parse_client_line(text.strip()) if text.strip() else None

    def client_list(self):
        return [parse_client_line(line) for line in self("CLIENT", "LIST").splitlines() if line]


def parse_client_line(line):
    return dict(field.split("=", 1) for field in line.split(" "))
