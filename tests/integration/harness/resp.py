"""RESP2 and RESP3 over a blocking socket, written for tests: every reply keeps what the wire said.

    simple string  Status("OK")            bulk string  "text" (bytes that are no UTF-8 survive as surrogates)
    error          ReplyError("ERR ...")   integer      int
    null           None                    array        list
    map            dict                    set          Set([...])
    double         float                   boolean      bool
    verbatim       Verbatim("text")        push         Push([...])
    big number     int
"""
import socket


class ReplyError(Exception):
    """An error reply; str() is the whole line after the '-'."""


class Disconnected(Exception):
    """The server closed the connection, or the transport broke."""


class Status(str):
    pass


class Verbatim(str):
    pass


class Set(list):
    pass


class Push(list):
    pass


def to_bytes(value):
    if isinstance(value, bytes):
        return value
    return str(value).encode("utf-8", "surrogateescape")


def encode(*args):
    """One request as a client library sends it: an array of bulk strings."""
    parts = [b"*%d\r\n" % len(args)]
    for arg in args:
        data = to_bytes(arg)
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


class ReplyReader:
    def __init__(self, sock):
        self._sock = sock
        self._buffer = b""

    def _fill(self):
        try:
            data = self._sock.recv(65536)
        except socket.timeout:
            raise
        except OSError as error:
            raise Disconnected(f"the connection broke: {error}") from error
        if not data:
            raise Disconnected("the server closed the connection")
        self._buffer += data

    def line(self):
        while b"\r\n" not in self._buffer:
            self._fill()
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line

    def exactly(self, size):
        if len(self._buffer) < size:
            chunks = [self._buffer]
            have = len(self._buffer)
            while have < size:
                self._buffer = b""
                self._fill()
                chunks.append(self._buffer)
                have += len(self._buffer)
            self._buffer = b"".join(chunks)
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def rest(self):
        """Everything until the server closes."""
        try:
            while True:
                self._fill()
        except Disconnected:
            data, self._buffer = self._buffer, b""
            return data

    def _bulk(self, size):
        text = self.exactly(size).decode("utf-8", "surrogateescape")
        if self.exactly(2) != b"\r\n":
            raise AssertionError("a bulk string does not end with CRLF")
        return text

    def reply(self):
        """The next reply; errors are returned, not raised, so that pipelines can hold them."""
        line = self.line()
        kind, text = line[:1], line[1:]
        if kind == b"+":
            return Status(text.decode("utf-8", "surrogateescape"))
        if kind == b"-":
            return ReplyError(text.decode("utf-8", "surrogateescape"))
        if kind in (b":", b"("):
            return int(text)
        if kind == b"$":
            return None if text == b"-1" else self._bulk(int(text))
        if kind == b"*":
            return None if text == b"-1" else [self.reply() for _ in range(int(text))]
        if kind == b"_":
            return None
        if kind == b"#":
            return {b"t": True, b"f": False}[text]
        if kind == b",":
            return float(text)
        if kind == b"=":
            return Verbatim(self._bulk(int(text))[4:])
        if kind == b"%":
            return {self._key(): self.reply() for _ in range(int(text))}
        if kind == b"~":
            return Set(self.reply() for _ in range(int(text)))
        if kind == b">":
            return Push(self.reply() for _ in range(int(text)))
        if kind == b"|":
            for _ in range(2 * int(text)):
                self.reply()
            return self.reply()
        raise AssertionError(f"no RESP type: {line!r}")

    def _key(self):
        key = self.reply()
        return tuple(key) if isinstance(key, list) else key
