"""Keys that end: the EXPIRE family, lazy and active expiry."""
from harness.case import SharedServerCase

NOT_INTEGER = "ERR value is not an integer or out of range"


class ExpiryTest(SharedServerCase):
    def test_ttl_family(self):
        self.assertEqual([self.c(name, "none") for name in ("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME")], [-2] * 4)
        self.c("SET", "k", "v")
        self.assertEqual([self.c(name, "k") for name in ("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME")], [-1] * 4)
        self.assertEqual(self.c("EXPIRE", "k", 100), 1)
        self.assertTrue(98 <= self.c("TTL", "k") <= 100)
        self.assertTrue(98_000 <= self.c("PTTL", "k") <= 100_000)
        at = int(self.c("TIME")[0]) + 500
        self.assertEqual(self.c("EXPIREAT", "k", at), 1)
        self.assertEqual(self.c("EXPIRETIME", "k"), at)
        self.assertEqual(self.c("PEXPIREAT", "k", at * 1000 + 123), 1)
        self.assertEqual(self.c("PEXPIRETIME", "k"), at * 1000 + 123)
        self.assertEqual(self.c("PERSIST", "k"), 1)
        self.assertEqual(self.c("PERSIST", "k"), 0)
        self.assertEqual(self.c("PERSIST", "none"), 0)
        self.assertEqual(self.c("EXPIRE", "none", 10), 0)

    def test_options(self):
        self.c("SET", "k", "v")
        self.assertEqual(self.c("EXPIRE", "k", 100, "XX"), 0)
        self.assertEqual(self.c("EXPIRE", "k", 100, "GT"), 0)
        self.assertEqual(self.c("EXPIRE", "k", 100, "NX"), 1)
        self.assertEqual(self.c("EXPIRE", "k", 200, "NX"), 0)
        self.assertEqual(self.c("EXPIRE", "k", 50, "GT"), 0)
        self.assertEqual(self.c("EXPIRE", "k", 200, "GT"), 1)
        self.assertEqual(self.c("EXPIRE", "k", 300, "LT"), 0)
        self.assertEqual(self.c("EXPIRE", "k", 90, "LT"), 1)
        self.assertEqual(self.c("EXPIRE", "k", 80, "XX", "LT"), 1)
        self.assertEqual(self.c.error("EXPIRE", "k", 1, "NX", "XX"), "ERR NX and XX, GT or LT options at the same time are not compatible")
        self.assertEqual(self.c.error("EXPIRE", "k", 1, "GT", "LT"), "ERR GT and LT options at the same time are not compatible")
        self.assertEqual(self.c.error("EXPIRE", "k", 1, "AB"), "ERR Unsupported option AB")
        self.c("PERSIST", "k")
        self.assertEqual(self.c("EXPIRE", "k", 100, "LT"), 1)

    def test_errors(self):
        self.c("SET", "k", "v")
        self.assertEqual(self.c.error("EXPIRE", "k", "x"), NOT_INTEGER)
        self.assertEqual(self.c.error("EXPIRE", "k", "1.5"), NOT_INTEGER)
        for name, value in (("EXPIRE", 9223372036854775807), ("EXPIRE", -9223372036854775808), ("PEXPIRE", 9223372036854775807), ("EXPIREAT", 9223372036854775807)):
            self.assertEqual(self.c.error(name, "k", value), f"ERR invalid expire time in '{name.lower()}' command")
        self.assertEqual(self.c("TTL", "k"), -1)

    def test_a_time_that_is_over_deletes_at_once(self):
        for name, value in (("EXPIRE", 0), ("EXPIRE", -1), ("PEXPIRE", -100), ("EXPIREAT", 1), ("PEXPIREAT", 1)):
            self.c("SET", "k", "v")
            self.assertEqual(self.c(name, "k", value), 1)
            self.assertEqual(self.c("EXISTS", "k"), 0)
            self.assertEqual(self.c("DBSIZE"), 0)

    def test_key_is_gone_when_its_time_is_over(self):
        self.c("SET", "k", "v", "PX", 30)
        self.eventually(lambda: self.c("GET", "k") is None, "the key stays")
        self.assertEqual(self.c("TTL", "k"), -2)
        self.assertEqual(self.c("SET", "k", "again", "NX"), "OK")

    def test_lazy_expiry_when_nobody_sweeps(self):
        self.c("DEBUG", "SET-ACTIVE-EXPIRE", 0)
        try:
            before = int(self.c.info("stats")["expired_keys"])
            self.c("SET", "k", "v", "PX", 1)
            self.eventually(lambda: self.c("EXISTS", "k") == 0, "the key stays")
            self.assertEqual(int(self.c.info("stats")["expired_keys"]), before + 1)
        finally:
            self.c("DEBUG", "SET-ACTIVE-EXPIRE", 1)

    def test_active_expiry_removes_what_nobody_reads(self):
        before = int(self.c.info("stats")["expired_keys"])
        self.c.pipeline([("SET", f"k:{i}", "v", "PX", 50 + i % 50) for i in range(3000)])
        self.c("SET", "stays", "v")
        self.c("SET", "later", "v", "EX", 1000)
        self.eventually(lambda: self.c("DBSIZE") == 2, lambda: f"{self.c('DBSIZE')} keys are left")
        self.assertEqual(int(self.c.info("stats")["expired_keys"]), before + 3000)

    def test_info_keyspace(self):
        self.c("SET", "a", "v")
        self.c("SET", "b", "v", "EX", 1000)
        self.assertRegex(self.c.info("keyspace")["db0"], r"^keys=2,expires=1,avg_ttl=\d+")
        self.c("FLUSHALL")
        self.assertNotIn("db0", self.c.info("keyspace"))

    def test_expired_keys_are_not_listed(self):
        self.c("DEBUG", "SET-ACTIVE-EXPIRE", 0)
        try:
            self.c("SET", "gone", "v", "PX", 1)
            self.c("SET", "here", "v")
            now = int(self.c("TIME")[0])
            self.eventually(lambda: int(self.c("TIME")[0]) > now, "time stands still")
            self.assertEqual(self.c("KEYS", "*"), ["here"])
            self.assertEqual(self.c("RANDOMKEY"), "here")
        finally:
            self.c("DEBUG", "SET-ACTIVE-EXPIRE", 1)
