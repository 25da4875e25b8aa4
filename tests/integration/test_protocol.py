"""Malformed, oversized and truncated requests: a clear error to the sender, and everybody else goes on."""
import random

from harness.case import ServerCase, SharedServerCase
from harness.resp import Disconnected, encode

MB = 1 << 20


class MalformedRequestTest(SharedServerCase):
    def refused(self, data, pattern, before=0):
        """These bytes are answered with one protocol error, and the connection ends."""
        client = self.client()
        try:
            client.send_raw(data)
        except Disconnected:
            pass  # the server may close while the rest of a big request is still being sent
        for _ in range(before):
            client.read()
        self.assert_error(client.read_any(), pattern)
        client.wait_closed()
        self.assertTrue(self.c.is_open(), "another connection must go on")

    def test_multibulk_length(self):
        for text in (b"*3x\r\n", b"*\r\n", b"*99999999999999999999\r\n", b"*2147483648\r\n", b"*1 \r\n", b"* 1\r\n", b"*+1\r\n"):
            self.refused(text, "^ERR Protocol error: invalid multibulk length$")

    def test_multibulk_line_too_long(self):
        self.refused(b"*" + b"1" * (70 * 1024), "^ERR Protocol error: too big mbulk count string$")

    def test_bulk_length(self):
        for text in (b"$-1\r\n", b"$-3\r\n", b"$x\r\n", b"$\r\n", b"$2000000000\r\n", b"$536870913\r\n", b"$99999999999999999999\r\n", b"$4 \r\n"):
            self.refused(b"*2\r\n$4\r\nECHO\r\n" + text + b"body\r\n", "^ERR Protocol error: invalid bulk length$")

    def test_bulk_line_too_long(self):
        self.refused(b"*1\r\n$" + b"1" * (70 * 1024), "^ERR Protocol error: too big bulk count string$")

    def test_no_dollar_sign(self):
        self.refused(b"*1\r\nPING\r\n", r"^ERR Protocol error: expected '\$', got 'P'$")
        self.refused(b"*2\r\n$4\r\nECHO\r\n:1\r\n", r"^ERR Protocol error: expected '\$', got ':'$")

    def test_inline_quotes(self):
        for text in (b'SET k "unbalanced\r\n', b"SET k 'unbalanced\r\n", b'SET k "a"b\r\n'):
            self.refused(text, "^ERR Protocol error: unbalanced quotes in request$")

    def test_inline_too_long(self):
        self.refused(b"A" * (70 * 1024), "^ERR Protocol error: too big inline request$")

    def test_what_came_before_is_answered_first(self):
        self.refused(encode("SET", "k", "v") + encode("GET", "k") + b"*x\r\n", "^ERR Protocol error: invalid multibulk length$", before=2)
        self.assertEqual(self.c("GET", "k"), "v")

    def test_nothing_after_the_error_is_run(self):
        client = self.client()
        client.send_raw(b"*x\r\n" + encode("SET", "after", "1"))
        self.assert_error(client.read_any(), "Protocol error")
        client.wait_closed()
        self.assertEqual(self.c("EXISTS", "after"), 0)

    def test_empty_requests_are_skipped(self):
        self.c.send_raw(b"\r\n*0\r\n*-1\r\n\r\n" + encode("PING"))
        self.assertEqual(self.c.read(), "PONG")

    def test_truncated_request_does_nothing(self):
        data = encode("SET", "cut", "value")
        for size in range(1, len(data)):
            client = self.client()
            client.send_raw(data[:size])
            client.close()
        self.assertEqual(self.c("EXISTS", "cut"), 0)

    def test_random_bytes(self):
        seed = random.randrange(1 << 32)
        rng = random.Random(seed)
        for _ in range(60):
            client = self.client()
            try:
                client.send_raw(rng.choice((b"", b"*2\r\n", b"*1\r\n$", b"$")) + rng.randbytes(rng.randrange(1, 3000)) + b"\r\n")
            except Disconnected:
                pass
            client.close()
        self.assertTrue(self.c.is_open(), f"seed {seed}")

    def test_mutated_pipelines(self):
        seed = random.randrange(1 << 32)
        rng = random.Random(seed)
        good = b"".join(encode("SET", f"m{i}", "x" * i) for i in range(30))
        for _ in range(80):
            data = bytearray(good)
            for _ in range(rng.randrange(1, 4)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            client = self.client()
            client.send_raw(bytes(data))
            client.close()
        self.assertTrue(self.c.is_open(), f"seed {seed}")

    def test_web_browser(self):
        """A page that makes a browser talk to this port must not run commands."""
        mark = self.server.log_mark()
        for data in (b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSET attack 1\r\n", b"host: localhost\r\nSET attack 1\r\n"):
            client = self.client()
            client.send_raw(data)
            client.wait_closed()
        self.server.wait_log("Possible SECURITY ATTACK detected", since=mark)
        self.assertEqual(self.c("EXISTS", "attack"), 0)


class BigRequestTest(SharedServerCase):
    def test_values_of_many_megabytes(self):
        value = "0123456789abcdef" * (2 * MB)
        self.c("SET", "big", value)
        self.assertTrue(self.c("GET", "big") == value)
        self.assertEqual(self.c("STRLEN", "big"), 32 * MB)

    def test_big_values_in_a_pipeline(self):
        value = "x" * (3 * MB)
        replies = self.c.pipeline([("SET", "a", value), ("STRLEN", "a"), ("SET", "b", value), ("STRLEN", "b"), ("PING",)])
        self.assertEqual(replies, ["OK", 3 * MB, "OK", 3 * MB, "PONG"])

    def test_many_arguments(self):
        keys = [f"key:{i}" for i in range(50_000)]
        self.assertEqual(self.c("MSET", *[part for key in keys for part in (key, "v")]), "OK")
        self.assertEqual(self.c("EXISTS", *keys), 50_000)
        self.assertEqual(self.c("MGET", *keys), ["v"] * 50_000)
        self.assertEqual(self.c("DEL", *keys), 50_000)

    def test_long_names(self):
        name = "n" * (2 * MB)
        self.c("SET", name, "v")
        self.assertEqual(self.c("GET", name), "v")
        self.assertTrue(self.c("KEYS", "*") == [name])


class SmallBulkLimitTest(ServerCase):
    def test_proto_max_bulk_len(self):
        server = self.start({"proto-max-bulk-len": "1mb"})
        client = self.client_of(server)
        self.assertEqual(client("SET", "k", "x" * MB), "OK")
        self.assertEqual(client.error("APPEND", "k", "y"), "ERR string exceeds maximum allowed size (proto-max-bulk-len)")
        self.assertEqual(client.error("SETRANGE", "k", MB, "y"), "ERR string exceeds maximum allowed size (proto-max-bulk-len)")
        client.send_raw(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048577\r\n")
        self.assert_error(client.read_any(), "^ERR Protocol error: invalid bulk length$")
        client.wait_closed()
        self.assert_serves(server)

    def test_query_buffer_limit(self):
        server = self.start({"client-query-buffer-limit": "2mb", "proto-max-bulk-len": "10mb"})
        client, other = self.client_of(server), self.client_of(server)
        try:
            client.send_raw(b"*2\r\n$4\r\nECHO\r\n$8388608\r\n" + b"x" * (8 * MB) + b"\r\n")
            client.wait_closed()
        except Disconnected:
            pass
        server.wait_log("closing client that reached max query buffer length|query buffer length")
        self.assertTrue(other.is_open())


class UnauthenticatedTest(SharedServerCase):
    """Who has not given the password yet cannot make the server hold much."""
    CONFIG = {"requirepass": "sesame"}

    def setUp(self):
        self.c = self.open(self.server.client())

    def test_number_of_arguments(self):
        self.c.send_raw(b"*11\r\n")
        self.assertEqual(str(self.c.read_any()), "ERR Protocol error: unauthenticated multibulk length")
        self.c.wait_closed()

    def test_size_of_an_argument(self):
        self.c.send_raw(b"*2\r\n$4\r\nAUTH\r\n$16385\r\n")
        self.assertEqual(str(self.c.read_any()), "ERR Protocol error: unauthenticated bulk length")
        self.c.wait_closed()

    def test_the_limits_themselves_are_allowed(self):
        self.assertEqual(self.c.error("MGET", *["k"] * 9)[:6], "NOAUTH")
        self.assertEqual(self.c.error("AUTH", "p" * 16384)[:9], "WRONGPASS")

    def test_no_limit_after_auth_in_one_write(self):
        self.c.send_raw(encode("AUTH", "sesame") + encode("MSET", *["x"] * 40) + encode("SET", "big", "y" * 100_000) + encode("STRLEN", "big"))
        self.assertEqual([self.c.read() for _ in range(4)], ["OK", "OK", "OK", 100_000])

    def test_limits_come_back_with_reset(self):
        self.c("AUTH", "sesame")
        self.c.send_raw(encode("RESET") + b"*11\r\n")
        self.assertEqual(self.c.read(), "RESET")
        self.assertEqual(str(self.c.read_any()), "ERR Protocol error: unauthenticated multibulk length")
        self.c.wait_closed()
