"""Commands over keys of any type."""
from harness.case import SharedServerCase


class KeysTest(SharedServerCase):
    def test_del_unlink_exists_touch(self):
        self.c("MSET", "a", 1, "b", 2, "c", 3)
        self.assertEqual(self.c("EXISTS", "a", "a", "b", "none"), 3)
        self.assertEqual(self.c("TOUCH", "a", "b", "none"), 2)
        self.assertEqual(self.c("DEL", "a", "none"), 1)
        self.assertEqual(self.c("UNLINK", "b", "c", "c"), 2)
        self.assertEqual(self.c("DBSIZE"), 0)

    def test_type(self):
        self.c("SET", "s", 1)
        self.assertEqual(self.c("TYPE", "s"), "string")
        self.assertEqual(self.c("TYPE", "none"), "none")

    def test_rename(self):
        self.c("SET", "a", "1", "EX", 100)
        self.c("SET", "b", "2")
        self.assertEqual(self.c("RENAME", "a", "b"), "OK")
        self.assertEqual((self.c("GET", "b"), self.c("EXISTS", "a")), ("1", 0))
        self.assertGreater(self.c("TTL", "b"), 0)
        self.assertEqual(self.c("RENAME", "b", "b"), "OK")
        self.assertEqual(self.c.error("RENAME", "none", "x"), "ERR no such key")
        self.c("SET", "c", "3")
        self.assertEqual(self.c("RENAMENX", "b", "c"), 0)
        self.assertEqual(self.c("RENAMENX", "b", "d"), 1)
        self.assertEqual(self.c("RENAMENX", "d", "d"), 0)
        self.assertEqual(self.c.error("RENAMENX", "none", "x"), "ERR no such key")

    def test_copy(self):
        self.c("SET", "a", "1", "EX", 100)
        self.assertEqual(self.c("COPY", "a", "b"), 1)
        self.assertEqual(self.c("GET", "b"), "1")
        self.assertGreater(self.c("TTL", "b"), 0)
        self.c("SET", "a", "2")
        self.assertEqual(self.c("COPY", "a", "b"), 0)
        self.assertEqual(self.c("COPY", "a", "b", "REPLACE"), 1)
        self.assertEqual((self.c("GET", "b"), self.c("TTL", "b")), ("2", -1))
        self.assertEqual(self.c("COPY", "a", "a", "DB", 3), 1)
        self.assertEqual(self.c("COPY", "none", "x"), 0)
        self.assertEqual(self.c.error("COPY", "a", "a"), "ERR source and destination objects are the same")
        self.assertEqual(self.c.error("COPY", "a", "b", "DB", 16), "ERR DB index is out of range")
        self.assertEqual(self.c.error("COPY", "a", "b", "DB", "x"), "ERR value is not an integer or out of range")
        self.assertEqual(self.c.error("COPY", "a", "b", "BOGUS"), "ERR syntax error")
        self.c("SELECT", 3)
        self.assertEqual(self.c("GET", "a"), "2")

    def test_a_copy_is_a_value_of_its_own(self):
        self.c("SET", "a", "x" * 1000)
        self.c("COPY", "a", "b")
        self.c("APPEND", "a", "y")
        self.c("SETRANGE", "b", 0, "z")
        self.assertEqual(self.c("GET", "a"), "x" * 1000 + "y")
        self.assertEqual(self.c("GET", "b"), "z" + "x" * 999)

    def test_move(self):
        self.c("SET", "k", "v", "EX", 100)
        self.assertEqual(self.c("MOVE", "k", 5), 1)
        self.assertEqual(self.c("EXISTS", "k"), 0)
        self.assertEqual(self.c("MOVE", "k", 5), 0)
        self.assertEqual(self.c.error("MOVE", "k", 0), "ERR source and destination objects are the same")
        self.assertEqual(self.c.error("MOVE", "k", 16), "ERR DB index is out of range")
        self.c("SET", "k", "other")
        self.assertEqual(self.c("MOVE", "k", 5), 0)
        self.c("SELECT", 5)
        self.assertEqual(self.c("GET", "k"), "v")
        self.assertGreater(self.c("TTL", "k"), 0)

    def test_swapdb(self):
        self.c("SET", "k", "zero")
        other = self.client()
        other("SELECT", 1)
        other("SET", "k", "one")
        self.assertEqual(self.c("SWAPDB", 0, 1), "OK")
        self.assertEqual((self.c("GET", "k"), other("GET", "k")), ("one", "zero"))
        self.assertEqual(self.c("SWAPDB", 0, 0), "OK")
        self.assertEqual(self.c.error("SWAPDB", 0, 16), "ERR DB index is out of range")
        self.assertEqual(self.c.error("SWAPDB", "x", 1), "ERR invalid first DB index")
        self.assertEqual(self.c.error("SWAPDB", 1, "x"), "ERR invalid second DB index")

    def test_flush(self):
        self.c("SET", "a", 1)
        self.c("SELECT", 1)
        self.c("SET", "b", 1)
        self.assertEqual(self.c("FLUSHDB", "ASYNC"), "OK")
        self.assertEqual(self.c("DBSIZE"), 0)
        self.c("SELECT", 0)
        self.assertEqual(self.c("DBSIZE"), 1)
        self.assertEqual(self.c("FLUSHALL", "SYNC"), "OK")
        self.assertEqual(self.c("DBSIZE"), 0)
        self.assertEqual(self.c.error("FLUSHALL", "NOW"), "ERR syntax error")

    def test_keys_patterns(self):
        self.c("MSET", "hello", 1, "hallo", 1, "hxllo", 1, "heello", 1, "key[1]", 1, "other", 1)
        for pattern, names in (("h?llo", ["hallo", "hello", "hxllo"]), ("h[ae]llo", ["hallo", "hello"]), ("h[^e]llo", ["hallo", "hxllo"]),
                               ("h[a-b]llo", ["hallo"]), ("h*llo", ["hallo", "heello", "hello", "hxllo"]), ("key\\[1\\]", ["key[1]"]), ("nothing", [])):
            self.assertEqual(sorted(self.c("KEYS", pattern)), names, pattern)
        self.assertEqual(len(self.c("KEYS", "*")), 6)

    def test_a_pattern_that_could_take_for_ever(self):
        self.c("SET", "a" * 60, 1)
        self.assertEqual(self.c("KEYS", "a*" * 30 + "b"), [])

    def test_randomkey(self):
        self.assertIsNone(self.c("RANDOMKEY"))
        names = {f"key:{i}" for i in range(20)}
        for name in names:
            self.c("SET", name, 1)
        seen = {self.c("RANDOMKEY") for _ in range(600)}
        self.assertEqual(seen, names)

    def test_object(self):
        self.c("SET", "k", "v")
        self.assertEqual(self.c("OBJECT", "ENCODING", "k"), "embstr")
        self.assertEqual(self.c("OBJECT", "IDLETIME", "k"), 0)
        self.assertGreaterEqual(self.c("OBJECT", "REFCOUNT", "k"), 1)
        self.assertIsNone(self.c("OBJECT", "ENCODING", "none"))
        self.assertRegex(self.c.error("OBJECT", "FREQ", "k"), "^ERR An LFU maxmemory policy is not selected, access frequency not tracked")
        self.assertRegex(self.c("DEBUG", "OBJECT", "k"), r"encoding:embstr serializedlength:\d+ lru:\d+ lru_seconds_idle:\d+")

    def test_memory_usage_grows_with_the_value(self):
        self.c("SET", "small", "x")
        self.c("SET", "big", "x" * 100_000)
        self.assertGreater(self.c("MEMORY", "USAGE", "small"), 0)
        self.assertGreater(self.c("MEMORY", "USAGE", "big"), 100_000)
        self.assertIsNone(self.c("MEMORY", "USAGE", "none"))

    def test_a_hundred_thousand_keys(self):
        for base in range(0, 100_000, 10_000):
            self.c.pipeline([("SET", f"k:{i}", i) for i in range(base, base + 10_000)])
        self.assertEqual(self.c("DBSIZE"), 100_000)
        replies = self.c.pipeline([("GET", f"k:{i}") for i in range(0, 100_000, 7)])
        self.assertEqual(replies, [str(i) for i in range(0, 100_000, 7)])
        self.assertEqual(sum(self.c.pipeline([("DEL", f"k:{i}") for i in range(0, 100_000, 2)])), 50_000)
        self.assertEqual(self.c("DBSIZE"), 50_000)
        self.assertIsNone(self.c("GET", "k:4"))
        self.assertEqual(self.c("GET", "k:5"), "5")
