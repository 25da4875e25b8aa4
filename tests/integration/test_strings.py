"""Every string command once over the wire: its replies, its options, its error texts."""
from harness.case import SharedServerCase

NOT_INTEGER = "ERR value is not an integer or out of range"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
SYNTAX = "ERR syntax error"


class SetTest(SharedServerCase):
    def test_conditions(self):
        self.assertIsNone(self.c("SET", "k", "v", "XX"))
        self.assertEqual(self.c("SET", "k", "v", "NX"), "OK")
        self.assertIsNone(self.c("SET", "k", "w", "nx"))
        self.assertEqual(self.c("SET", "k", "w", "xx"), "OK")
        self.assertEqual(self.c("GET", "k"), "w")

    def test_get_option(self):
        self.assertIsNone(self.c("SET", "k", "1", "GET"))
        self.assertEqual(self.c("SET", "k", "2", "GET"), "1")
        self.assertEqual(self.c("SET", "k", "3", "NX", "GET"), "2")
        self.assertEqual(self.c("GET", "k"), "2")
        self.assertIsNone(self.c("SET", "other", "x", "XX", "GET"))

    def test_expiry_options(self):
        self.c("SET", "k", "v", "EX", 100)
        self.assertTrue(98 <= self.c("TTL", "k") <= 100)
        self.c("SET", "k", "v", "KEEPTTL")
        self.assertGreater(self.c("TTL", "k"), 0)
        self.c("SET", "k", "v")
        self.assertEqual(self.c("TTL", "k"), -1)
        self.c("SET", "k", "v", "PX", 100_000)
        self.assertTrue(98_000 <= self.c("PTTL", "k") <= 100_000)
        at = int(self.c("TIME")[0]) + 1000
        self.c("SET", "k", "v", "EXAT", at)
        self.assertEqual(self.c("EXPIRETIME", "k"), at)
        self.c("SET", "k", "v", "PXAT", at * 1000 + 7)
        self.assertEqual(self.c("PEXPIRETIME", "k"), at * 1000 + 7)

    def test_a_time_that_is_over_deletes(self):
        self.c("SET", "k", "v")
        self.assertEqual(self.c("SET", "k", "w", "PXAT", 1), "OK")
        self.assertEqual(self.c("EXISTS", "k"), 0)

    def test_errors(self):
        for options in (("NX", "XX"), ("EX",), ("EX", "1", "PX", "1"), ("KEEPTTL", "EX", "1"), ("BOGUS",), ("EX", "1", "KEEPTTL")):
            self.assertEqual(self.c.error("SET", "k", "v", *options), SYNTAX, options)
        for value in ("0", "-1"):
            self.assertEqual(self.c.error("SET", "k", "v", "EX", value), "ERR invalid expire time in 'set' command")
        self.assertEqual(self.c.error("SET", "k", "v", "EX", 9223372036854775807), "ERR invalid expire time in 'set' command")
        self.assertEqual(self.c.error("SET", "k", "v", "EX", "x"), NOT_INTEGER)
        self.assertEqual(self.c.error("SET", "k"), "ERR wrong number of arguments for 'set' command")
        self.assertEqual(self.c("EXISTS", "k"), 0)

    def test_setnx_setex_psetex(self):
        self.assertEqual(self.c("SETNX", "k", "v"), 1)
        self.assertEqual(self.c("SETNX", "k", "w"), 0)
        self.assertEqual(self.c("SETEX", "k", 50, "x"), "OK")
        self.assertTrue(48 <= self.c("TTL", "k") <= 50)
        self.assertEqual(self.c("PSETEX", "k", 50_000, "y"), "OK")
        self.assertEqual(self.c("GET", "k"), "y")
        self.assertEqual(self.c.error("SETEX", "k", 0, "x"), "ERR invalid expire time in 'setex' command")
        self.assertEqual(self.c.error("PSETEX", "k", -5, "x"), "ERR invalid expire time in 'psetex' command")

    def test_getset_getdel(self):
        self.assertIsNone(self.c("GETSET", "k", "1"))
        self.assertEqual(self.c("GETSET", "k", "2"), "1")
        self.assertEqual(self.c("GETDEL", "k"), "2")
        self.assertIsNone(self.c("GETDEL", "k"))

    def test_getex(self):
        self.c("SET", "k", "v")
        self.assertEqual(self.c("GETEX", "k", "EX", 100), "v")
        self.assertTrue(98 <= self.c("TTL", "k") <= 100)
        self.assertEqual(self.c("GETEX", "k"), "v")
        self.assertGreater(self.c("TTL", "k"), 0)
        self.assertEqual(self.c("GETEX", "k", "PERSIST"), "v")
        self.assertEqual(self.c("TTL", "k"), -1)
        self.assertEqual(self.c("GETEX", "k", "PXAT", 1), "v")
        self.assertEqual(self.c("EXISTS", "k"), 0)
        self.assertIsNone(self.c("GETEX", "k", "EX", 5))
        self.assertEqual(self.c.error("GETEX", "k", "PERSIST", "EX", 5), SYNTAX)
        self.c("SET", "k", "v")
        self.assertEqual(self.c.error("GETEX", "k", "EX", 0), "ERR invalid expire time in 'getex' command")

    def test_mset_mget_msetnx(self):
        self.assertEqual(self.c("MSET", "a", 1, "b", 2, "a", 3), "OK")
        self.assertEqual(self.c("MGET", "a", "b", "c", "a"), ["3", "2", None, "3"])
        self.assertEqual(self.c("MSETNX", "c", 1, "a", 9), 0)
        self.assertEqual(self.c("EXISTS", "c"), 0)
        self.assertEqual(self.c("MSETNX", "c", 1, "d", 2), 1)
        self.assertEqual(self.c.error("MSET", "a", 1, "b"), "ERR wrong number of arguments for 'mset' command")
        self.assertEqual(self.c.error("MSETNX", "a"), "ERR wrong number of arguments for 'msetnx' command")


class NumberTest(SharedServerCase):
    def test_incr_and_its_kin(self):
        self.assertEqual(self.c("INCR", "n"), 1)
        self.assertEqual(self.c("INCRBY", "n", 41), 42)
        self.assertEqual(self.c("DECR", "n"), 41)
        self.assertEqual(self.c("DECRBY", "n", 100), -59)
        self.assertEqual(self.c("GET", "n"), "-59")

    def test_limits(self):
        self.c("SET", "n", 9223372036854775807)
        self.assertEqual(self.c.error("INCR", "n"), "ERR increment or decrement would overflow")
        self.c("SET", "n", -9223372036854775808)
        self.assertEqual(self.c.error("DECR", "n"), "ERR increment or decrement would overflow")
        self.assertEqual(self.c.error("DECRBY", "n", -9223372036854775808), "ERR decrement would overflow")
        self.assertEqual(self.c("GET", "n"), "-9223372036854775808")

    def test_what_is_no_integer(self):
        for text in ("", " 1", "1 ", "+1", "01", "1.0", "9223372036854775808", "abc", "-0", "1e3"):
            self.c("SET", "n", text)
            self.assertEqual(self.c.error("INCR", "n"), NOT_INTEGER, repr(text))
        self.assertEqual(self.c.error("INCRBY", "m", "x"), NOT_INTEGER)

    def test_incrbyfloat(self):
        self.assertEqual(self.c("INCRBYFLOAT", "f", "10.5"), "10.5")
        self.assertEqual(self.c("INCRBYFLOAT", "f", "0.1"), "10.6")
        self.assertEqual(self.c("INCRBYFLOAT", "f", "-5"), "5.6")
        self.c("SET", "f", "5.0e3")
        self.assertEqual(self.c("INCRBYFLOAT", "f", "2.0e2"), "5200")
        self.assertEqual(self.c("INCRBYFLOAT", "g", "3.0e-2"), "0.03")
        self.assertEqual(self.c.error("INCRBYFLOAT", "f", "x"), "ERR value is not a valid float")
        self.assertEqual(self.c.error("INCRBYFLOAT", "f", "nan"), "ERR value is not a valid float")
        self.assertEqual(self.c.error("INCRBYFLOAT", "f", "+inf"), "ERR increment would produce NaN or Infinity")
        self.c("SET", "f", "text")
        self.assertEqual(self.c.error("INCRBYFLOAT", "f", "1"), "ERR value is not a valid float")

    def test_incr_keeps_the_ttl(self):
        self.c("SET", "n", 1, "EX", 100)
        self.c("INCR", "n")
        self.c("INCRBYFLOAT", "n", "0.5")
        self.c("APPEND", "n", "0")
        self.assertGreater(self.c("TTL", "n"), 0)

    def test_encodings(self):
        for value, encoding in (("12345", "int"), ("a" * 44, "embstr"), ("a" * 45, "raw"), ("9223372036854775808", "embstr"), ("007", "embstr")):
            self.c("SET", "k", value)
            self.assertEqual(self.c("OBJECT", "ENCODING", "k"), encoding, value)
        self.c("SET", "k", 7)
        self.c("APPEND", "k", "8")
        self.assertEqual(self.c("OBJECT", "ENCODING", "k"), "raw")


class RangeTest(SharedServerCase):
    def test_append_strlen(self):
        self.assertEqual(self.c("APPEND", "k", "Hello"), 5)
        self.assertEqual(self.c("APPEND", "k", " World"), 11)
        self.assertEqual(self.c("STRLEN", "k"), 11)
        self.assertEqual(self.c("STRLEN", "none"), 0)

    def test_getrange(self):
        self.c("SET", "k", "This is a string")
        cases = (((0, 3), "This"), ((-3, -1), "ing"), ((0, -1), "This is a string"), ((10, 100), "string"), ((5, 3), ""), ((-100, 3), "This"), ((100, 200), ""))
        for (start, end), text in cases:
            self.assertEqual(self.c("GETRANGE", "k", start, end), text)
            self.assertEqual(self.c("SUBSTR", "k", start, end), text)
        self.c("SET", "n", 12345)
        self.assertEqual(self.c("GETRANGE", "n", 1, 3), "234")
        self.assertEqual(self.c("GETRANGE", "none", 0, -1), "")
        self.assertEqual(self.c.error("GETRANGE", "k", "a", 1), NOT_INTEGER)

    def test_setrange(self):
        self.assertEqual(self.c("SETRANGE", "k", 3, "abc"), 6)
        self.assertEqual(self.c("GET", "k"), "\x00\x00\x00abc")
        self.assertEqual(self.c("SETRANGE", "k", 1, "Z"), 6)
        self.assertEqual(self.c("GET", "k"), "\x00Z\x00abc")
        self.assertEqual(self.c("SETRANGE", "none", 5, ""), 0)
        self.assertEqual(self.c("EXISTS", "none"), 0)
        self.assertEqual(self.c.error("SETRANGE", "k", -1, "x"), "ERR offset is out of range")
        self.assertEqual(self.c.error("SETRANGE", "k", 512 * 1024 * 1024, "x"), "ERR string exceeds maximum allowed size (proto-max-bulk-len)")
        self.c("SET", "n", 1234)
        self.c("SETRANGE", "n", 0, "9")
        self.assertEqual(self.c("GET", "n"), "9234")

    def test_lcs(self):
        self.c("MSET", "a", "ohmytext", "b", "mynewtext")
        self.assertEqual(self.c("LCS", "a", "b"), "mytext")
        self.assertEqual(self.c("LCS", "a", "b", "LEN"), 6)
        self.assertEqual(self.c("LCS", "a", "b", "IDX"), ["matches", [[[4, 7], [5, 8]], [[2, 3], [0, 1]]], "len", 6])
        self.assertEqual(self.c("LCS", "a", "b", "IDX", "MINMATCHLEN", 4, "WITHMATCHLEN"), ["matches", [[[4, 7], [5, 8], 4]], "len", 6])
        self.assertEqual(self.c("LCS", "a", "none"), "")
        self.assertEqual(self.c.error("LCS", "a", "b", "IDX", "LEN"), "ERR If you want both the length and indexes, please just use IDX.")
        self.assertEqual(self.c.error("LCS", "a", "b", "BOGUS"), SYNTAX)
        self.c("HELLO", 3)
        self.assertEqual(self.c("LCS", "a", "b", "IDX"), {"matches": [[[4, 7], [5, 8]], [[2, 3], [0, 1]]], "len": 6})
