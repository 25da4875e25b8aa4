"""Connections, pipelines and the commands that belong to a connection."""
import random

from harness.case import SharedServerCase, keyway_only
from harness.resp import ReplyError, Status, encode


class BasicsTest(SharedServerCase):
    def test_ping_and_echo(self):
        self.assertEqual(self.c("PING"), Status("PONG"))
        self.assertEqual(self.c("PING", "hello"), "hello")
        self.assertEqual(self.c("ECHO", "a\x00b\r\n"), "a\x00b\r\n")
        self.assertEqual(self.c.error("PING", "a", "b"), "ERR wrong number of arguments for 'ping' command")
        self.assertEqual(self.c.error("ECHO"), "ERR wrong number of arguments for 'echo' command")

    def test_unknown_command_names_it_and_its_arguments(self):
        self.assertEqual(self.c.error("NOSUCH", "a", "b"), "ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' ")
        long = "x" * 500
        reply = self.c.error(long)
        self.assertLess(len(reply), 250)
        self.assertTrue(reply.startswith("ERR unknown command 'xxx"))
        self.assertEqual(self.c("PING"), "PONG")

    def test_unknown_subcommand(self):
        self.assertEqual(self.c.error("CLIENT", "NOSUCH"), "ERR unknown subcommand 'NOSUCH'. Try CLIENT HELP.")
        self.assertEqual(self.c.error("CONFIG"), "ERR wrong number of arguments for 'config' command")
        self.assertEqual(self.c.error("CONFIG", "GET"), "ERR wrong number of arguments for 'config|get' command")

    def test_commands_are_case_blind(self):
        self.assertEqual(self.c("sEt", "k", "v"), "OK")
        self.assertEqual(self.c("gEt", "k"), "v")

    def test_set_and_get_binary_values(self):
        value = bytes(range(256)) * 16
        self.c("SET", b"bin\x00key", value)
        self.assertEqual(self.c("GET", b"bin\x00key").encode("utf-8", "surrogateescape"), value)
        self.assertEqual(self.c("STRLEN", b"bin\x00key"), len(value))

    def test_value_sizes_around_buffer_limits(self):
        for size in (0, 1, 44, 45, 127, 128, 129, 1023, 1024, 16383, 16384, 16385, 65535, 65536, 1 << 20):
            value = "v" * size
            self.c("SET", "k", value)
            self.assertEqual(self.c("STRLEN", "k"), size)
            self.assertTrue(self.c("GET", "k") == value, f"a value of {size} bytes comes back changed")

    def test_pipeline_keeps_the_order(self):
        commands = []
        for i in range(5000):
            commands += [("SET", f"key:{i}", f"value:{i}"), ("GET", f"key:{i}"), ("INCR", "count")]
        replies = self.c.pipeline(commands)
        for i in range(5000):
            self.assertEqual(replies[3 * i:3 * i + 3], ["OK", f"value:{i}", i + 1])

    def test_pipeline_with_errors_in_it(self):
        replies = self.c.pipeline([("SET", "s", "x"), ("INCR", "s"), ("GET",), ("NOSUCH",), ("GET", "s")])
        self.assertEqual([type(reply) for reply in replies[1:4]], [ReplyError] * 3)
        self.assert_error(replies[1], "^ERR value is not an integer or out of range$")
        self.assertEqual(replies[4], "x")

    def test_requests_cut_anywhere(self):
        seed = random.randrange(1 << 32)
        rng = random.Random(seed)
        data = b"".join(encode("SET", f"k{i}", "v" * rng.randrange(40)) + encode("STRLEN", f"k{i}") for i in range(60))
        position = 0
        while position < len(data):
            step = rng.choice((1, 1, 2, 3, 7, 20, 200))
            self.c.send_raw(data[position:position + step])
            position += step
        replies = [self.c.read() for _ in range(120)]
        self.assertEqual(replies[::2], ["OK"] * 60, f"seed {seed}")
        self.assertTrue(all(isinstance(size, int) for size in replies[1::2]), f"seed {seed}")

    def test_one_byte_at_a_time(self):
        for byte in encode("SET", "key", "value") + encode("GET", "key"):
            self.c.send_raw(bytes([byte]))
        self.assertEqual([self.c.read(), self.c.read()], ["OK", "value"])

    def test_half_closed_connection_gets_its_replies(self):
        if self.options.backend:
            self.skipTest("TLS has no half-closed state in Python's ssl module")
        self.c.send_raw(b"".join(encode("SET", f"k{i}", i) for i in range(100)))
        self.c.half_close()
        self.assertEqual(self.c.read_rest(), b"+OK\r\n" * 100)

    def test_inline_commands(self):
        self.c.send_raw(b'SET inline "a \\"b\\" \\x41"\r\nGET inline\n\r\n  \r\nPING\r\n')
        self.assertEqual([self.c.read(), self.c.read(), self.c.read()], ["OK", 'a "b" A', "PONG"])

    def test_quit_answers_and_closes(self):
        self.c.send_raw(encode("SET", "before", "1") + encode("QUIT") + encode("SET", "after", "1"))
        self.assertEqual([self.c.read(), self.c.read()], ["OK", "OK"])
        self.c.wait_closed()
        other = self.client()
        self.assertEqual(other("EXISTS", "before", "after"), 1)

    def test_databases(self):
        self.c("SET", "k", "zero")
        self.assertEqual(self.c("SELECT", 9), "OK")
        self.assertIsNone(self.c("GET", "k"))
        self.c("SET", "k", "nine")
        self.assertEqual(self.client()("GET", "k"), "zero")
        self.assertEqual(self.c.error("SELECT", 16), "ERR DB index is out of range")
        self.assertEqual(self.c.error("SELECT", -1), "ERR DB index is out of range")
        self.assertRegex(self.c.error("SELECT", "x"), "^ERR (invalid DB index|value is not an integer or out of range)$")
        self.assertEqual(self.c("DBSIZE"), 1)

    def test_time(self):
        seconds, micros = map(int, self.c("TIME"))
        self.assertGreater(seconds, 1_600_000_000)
        self.assertTrue(0 <= micros < 1_000_000)

    def test_lolwut_ends_with_a_version(self):
        self.assertRegex(self.c("LOLWUT"), r"Redis ver\. \d+\.\d+\.\d+\n$")

    def test_debug_sleep_holds_the_server(self):
        other = self.client()
        before = self.c("TIME")
        self.c("DEBUG", "SLEEP", "0.2")
        after = other("TIME")
        self.assertGreaterEqual((int(after[0]) - int(before[0])) * 1_000_000 + int(after[1]) - int(before[1]), 200_000)


class HelloTest(SharedServerCase):
    def test_hello_without_arguments_tells_about_the_server(self):
        reply = self.c("HELLO")
        fields = dict(zip(reply[::2], reply[1::2]))
        self.assertEqual(fields["server"], "redis")
        self.assertEqual(fields["proto"], 2)
        self.assertEqual(fields["mode"], "standalone")
        self.assertEqual(fields["role"], "master")
        self.assertEqual(fields["modules"], [])
        self.assertEqual(fields["id"], self.c("CLIENT", "ID"))
        self.assertRegex(fields["version"], r"^7\.[02]\.\d+$")

    def test_switching_the_protocol(self):
        reply = self.c("HELLO", 3, "SETNAME", "three")
        self.assertIsInstance(reply, dict)
        self.assertEqual(reply["proto"], 3)
        self.assertEqual(self.c("CLIENT", "GETNAME"), "three")
        self.assertIsNone(self.c("GET", "nothing"))
        self.c.send_raw(encode("GET", "nothing"))
        self.assertEqual(self.c.reader.line(), b"_")
        self.assertIsInstance(self.c("CONFIG", "GET", "port"), dict)
        self.assertIsInstance(self.c("HELLO", 2), list)
        self.c.send_raw(encode("GET", "nothing"))
        self.assertEqual(self.c.reader.line(), b"$-1")

    def test_bad_hello(self):
        self.assertEqual(self.c.error("HELLO", 4), "NOPROTO unsupported protocol version")
        self.assertRegex(self.c.error("HELLO", "x"), "^ERR Protocol version is not an integer or out of range")
        self.assertRegex(self.c.error("HELLO", 3, "NOSUCH"), "^ERR Syntax error in HELLO option 'NOSUCH'")
        self.assertRegex(self.c.error("HELLO", 3, "SETNAME", "a b"), "^ERR Client names cannot contain spaces")
        self.assertEqual(self.c("HELLO")[5], 2)

    def test_reset(self):
        self.c("HELLO", 3)
        self.c("SELECT", 4)
        self.c("CLIENT", "SETNAME", "someone")
        self.c("CLIENT", "NO-EVICT", "on")
        self.assertEqual(self.c("RESET"), Status("RESET"))
        fields = self.c.client_fields()
        self.assertEqual((fields["db"], fields["name"], fields["resp"]), ("0", "", "2"))

    def test_resp3_doubles_and_booleans(self):
        self.c("HELLO", 3)
        self.c("SET", "k", "10.5")
        self.assertEqual(self.c("INCRBYFLOAT", "k", "0.1"), "10.6")
        self.assertEqual(self.c("DEBUG", "PROTOCOL", "double"), 3.141)
        self.assertIs(self.c("DEBUG", "PROTOCOL", "true"), True)
        self.assertIs(self.c("DEBUG", "PROTOCOL", "false"), False)
        self.assertEqual(self.c("DEBUG", "PROTOCOL", "map"), {0: False, 1: True, 2: False})
        self.assertEqual(self.c("DEBUG", "PROTOCOL", "verbatim"), "This is a verbatim\nstring")


class PasswordTest(SharedServerCase):
    CONFIG = {"requirepass": "sesame"}

    def setUp(self):
        self.c = self.open(self.server.client())

    def test_commands_need_the_password(self):
        self.assertEqual(self.c.error("GET", "k"), "NOAUTH Authentication required.")
        self.assertEqual(self.c.error("PING"), "NOAUTH Authentication required.")
        self.assertRegex(self.c.error("HELLO", 3), "^NOAUTH HELLO must be called with the client already authenticated")
        self.assertEqual(self.c.error("AUTH", "wrong"), "WRONGPASS invalid username-password pair or user is disabled.")
        self.assertEqual(self.c.error("AUTH", "nobody", "sesame"), "WRONGPASS invalid username-password pair or user is disabled.")
        self.assertEqual(self.c("AUTH", "sesame"), "OK")
        self.assertIsNone(self.c("GET", "nothing"))

    def test_auth_with_the_default_user(self):
        self.assertEqual(self.c("AUTH", "default", "sesame"), "OK")
        self.assertEqual(self.c("PING"), "PONG")

    def test_hello_with_auth(self):
        self.assertEqual(self.c.error("HELLO", 3, "AUTH", "default", "no"), "WRONGPASS invalid username-password pair or user is disabled.")
        self.assertEqual(self.c("HELLO", 3, "AUTH", "default", "sesame")["proto"], 3)

    def test_auth_in_the_middle_of_a_pipeline(self):
        replies = self.c.pipeline([("SET", "k", "1"), ("AUTH", "sesame"), ("SET", "k", "2"), ("GET", "k")])
        self.assert_error(replies[0], "^NOAUTH")
        self.assertEqual(replies[1:], ["OK", "OK", "2"])

    def test_reset_forgets_the_password(self):
        self.c("AUTH", "sesame")
        self.c("RESET")
        self.assertEqual(self.c.error("GET", "k"), "NOAUTH Authentication required.")

    def test_quit_needs_no_password(self):
        self.assertEqual(self.c("QUIT"), "OK")
        self.c.wait_closed()

    def test_password_is_set_and_taken_away_live(self):
        admin = self.client()
        admin("AUTH", "sesame")
        try:
            admin("CONFIG", "SET", "requirepass", "")
            self.assertEqual(self.client()("PING"), "PONG")
            self.assertRegex(admin.error("AUTH", "x"), "^ERR AUTH <password> called without any password configured for the default user")
        finally:
            admin("CONFIG", "SET", "requirepass", "sesame")
        self.assertEqual(self.client().error("PING"), "NOAUTH Authentication required.")


class CommandCommandTest(SharedServerCase):
    def test_count_list_and_info_agree(self):
        names = self.c("COMMAND", "LIST")
        self.assertEqual(self.c("COMMAND", "COUNT"), len([name for name in names if "|" not in name]))
        self.assertIn("config|get", names)
        self.assertIn("set", names)
        self.assertIn("getex", names)
        self.assertEqual(len(set(names)), len(names))
        get = self.c("COMMAND", "INFO", "get")[0]
        self.assertEqual(get[:6], ["get", 2, ["readonly", "fast"], 1, 1, 1])
        self.assertEqual(self.c("COMMAND", "INFO", "nosuch"), [None])

    def test_list_filters(self):
        self.assertEqual(self.c("COMMAND", "LIST", "FILTERBY", "PATTERN", "getr*"), ["getrange"])
        self.assertIn("incr", self.c("COMMAND", "LIST", "FILTERBY", "ACLCAT", "string"))
        self.assertEqual(self.c("COMMAND", "LIST", "FILTERBY", "MODULE", "none"), [])

    def test_getkeys(self):
        self.assertEqual(self.c("COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"), ["a", "b"])
        self.assertEqual(self.c("COMMAND", "GETKEYSANDFLAGS", "COPY", "a", "b"), [["a", ["RO", "access"]], ["b", ["OW", "update"]]])
        self.assertEqual(self.c.error("COMMAND", "GETKEYS", "PING", "x"), "ERR The command has no key arguments")
        self.assertEqual(self.c.error("COMMAND", "GETKEYS", "MSET", "a"), "ERR Invalid number of arguments specified for command")
        self.assertEqual(self.c.error("COMMAND", "GETKEYS", "NOSUCH", "x"), "ERR Invalid command specified")

    def test_docs(self):
        reply = self.c("COMMAND", "DOCS", "set")
        self.assertEqual(reply[0], "set")
        fields = dict(zip(reply[1][::2], reply[1][1::2]))
        self.assertEqual(fields["group"], "string")
        self.assertEqual(fields["since"], "1.0.0")
        self.assertGreater(len(fields["summary"]), 10)
        self.assertIn("arguments", fields)

    @keyway_only
    def test_every_command_of_7_2_has_a_row(self):
        names = set(self.c("COMMAND", "LIST"))
        for name in ("waitaof", "xautoclaim", "zrandmember", "lmpop", "sintercard", "function", "object", "geosearchstore", "pfmerge"):
            self.assertIn(name, names)
        self.assertGreaterEqual(len(names), 240)

    def test_every_container_has_help(self):
        for name in ("CLIENT", "CONFIG", "COMMAND", "OBJECT", "MEMORY", "DEBUG"):
            lines = self.c(name, "HELP")
            self.assertIsInstance(lines, list)
            self.assertGreater(len(lines), 3, name)
            self.assertRegex(lines[0], f"^{name} <subcommand>")
