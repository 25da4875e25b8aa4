"""SCAN: complete, also while the table grows, shrinks and changes."""
import random

from harness.case import SharedServerCase


class ScanTest(SharedServerCase):
    def fill(self, count, prefix="key:"):
        self.c.pipeline([("SET", f"{prefix}{i}", "v") for i in range(count)])

    def scan_all(self, *options, between=None):
        cursor, found = "0", []
        for _ in range(1_000_000):
            cursor, keys = self.c("SCAN", cursor, *options)
            found += keys
            if cursor == "0":
                return found
            if between:
                between()
        raise AssertionError("SCAN does not end")

    def test_all_keys(self):
        self.fill(1000)
        self.assertEqual(sorted(self.scan_all()), sorted(f"key:{i}" for i in range(1000)))

    def test_empty(self):
        self.assertEqual(self.c("SCAN", 0), ["0", []])

    def test_count(self):
        self.fill(1000)
        for count in (1, 7, 100, 5000):
            self.assertEqual(len(set(self.scan_all("COUNT", count))), 1000)
        self.assertEqual(self.c("SCAN", 0, "COUNT", 5000)[0], "0")

    def test_match(self):
        self.fill(500)
        self.fill(50, "other:")
        self.assertEqual(sorted(self.scan_all("MATCH", "other:*")), sorted(f"other:{i}" for i in range(50)))
        self.assertEqual(self.scan_all("MATCH", "key:42"), ["key:42"])

    def test_type(self):
        self.fill(100)
        self.assertEqual(len(self.scan_all("TYPE", "string")), 100)
        self.assertEqual(self.scan_all("TYPE", "list"), [])

    def test_errors(self):
        self.assertEqual(self.c.error("SCAN", "x"), "ERR invalid cursor")
        self.assertEqual(self.c.error("SCAN", 0, "COUNT", 0), "ERR syntax error")
        self.assertEqual(self.c.error("SCAN", 0, "COUNT", "x"), "ERR value is not an integer or out of range")
        self.assertEqual(self.c.error("SCAN", 0, "BOGUS", 1), "ERR syntax error")
        self.assertEqual(self.c.error("SCAN", 0, "MATCH"), "ERR syntax error")

    def test_any_cursor_is_harmless(self):
        self.fill(100)
        for cursor in (1, 2**31, 2**63, 2**64 - 1):
            reply = self.c("SCAN", cursor)
            self.assertIsInstance(reply[1], list)

    def check_under_change(self, change):
        """Keys that stay all the while are all found."""
        self.fill(2000, "stays:")
        found = self.scan_all("COUNT", 20, between=change)
        self.assertEqual({key for key in found if key.startswith("stays:")}, {f"stays:{i}" for i in range(2000)})

    def test_while_the_table_grows(self):
        numbers = iter(range(40_000))
        self.check_under_change(lambda: self.c.pipeline([("SET", f"new:{next(numbers, 0)}", "v") for _ in range(400)]))

    def test_while_the_table_shrinks(self):
        self.fill(30_000, "goes:")
        numbers = iter(range(30_000))
        self.check_under_change(lambda: self.c.pipeline([("DEL", f"goes:{next(numbers, 0)}") for _ in range(400)]))

    def test_while_keys_come_and_go(self):
        seed = random.randrange(1 << 32)
        rng = random.Random(seed)
        try:
            self.check_under_change(lambda: self.c.pipeline(
                [(rng.choice((("SET", f"x:{i}", "v"), ("DEL", f"x:{i}")))) for i in (rng.randrange(5000) for _ in range(100))]))
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error

    def test_expired_keys_are_left_out(self):
        self.fill(50)
        self.c("DEBUG", "SET-ACTIVE-EXPIRE", 0)
        try:
            self.c.pipeline([("SET", f"gone:{i}", "v", "PX", 1) for i in range(50)])
            now = int(self.c("TIME")[0])
            self.eventually(lambda: int(self.c("TIME")[0]) > now, "time stands still")
            self.assertEqual(len(self.scan_all()), 50)
        finally:
            self.c("DEBUG", "SET-ACTIVE-EXPIRE", 1)
