"""Redis's own tools against the server: redis-cli and redis-benchmark, with and without a client certificate."""
import subprocess

from harness.case import ServerCase, SharedServerCase


class RedisCliTest(SharedServerCase):
    CONFIG = {"tls-auth-clients": "optional"}

    def setUp(self):
        self.redis_cli = self.need("redis-cli", "redis-tools")
        super().setUp()

    def run_cli(self, *arguments, text=None, with_certificate=True):
        done = subprocess.run([self.redis_cli, *self.server.tool_arguments(with_certificate=with_certificate), *map(str, arguments)], input=text, capture_output=True,
                              text=True, timeout=60)
        return (done.stdout + done.stderr).rstrip("\n")

    def test_commands(self):
        for with_certificate in (True, False):
            self.assertEqual(self.run_cli("SET", "k", "v", with_certificate=with_certificate), "OK")
            self.assertEqual(self.run_cli("GET", "k", with_certificate=with_certificate), "v")
            self.assertEqual(self.run_cli("-3", "HELLO", with_certificate=with_certificate).split("\n")[0], "server redis")
        self.assertEqual(self.run_cli("GET", "none"), "")
        self.assertIn("ERR wrong number of arguments", self.run_cli("GET"))

    def test_commands_from_standard_input(self):
        self.assertEqual(self.run_cli(text="SET a 1\nINCR a\nGET a\n"), "OK\n2\n2")

    def test_pipe_mode(self):
        data = "".join(f"SET pipe:{i} {i}\r\n" for i in range(20_000))
        self.assertIn("errors: 0, replies: 20000", self.run_cli("--pipe", text=data))
        self.assertEqual(self.c("DBSIZE"), 20_000)

    def test_scan_and_big_keys(self):
        self.c.pipeline([("SET", f"k:{i}", "x" * i) for i in range(200)])
        self.assertEqual(len(self.run_cli("--scan").split("\n")), 200)
        self.assertEqual(len(self.run_cli("--scan", "--pattern", "k:1?").split("\n")), 10)
        self.assertIn("200 strings with 19900 bytes", self.run_cli("--bigkeys"))

    def test_info_and_help(self):
        self.assertIn("redis_version:7.", self.run_cli("INFO", "server"))
        self.assertIn("CLIENT <subcommand>", self.run_cli("CLIENT", "HELP"))

    def test_database_and_auth_options(self):
        self.run_cli("-n", "5", "SET", "five", "yes")
        self.c("SELECT", 5)
        self.assertEqual(self.c("GET", "five"), "yes")
        self.c("SELECT", 0)


class WithoutCertificateTest(ServerCase):
    def test_refused_where_one_is_needed(self):
        if self.options.backend is None:
            self.skipTest("this run is not over TLS")
        redis_cli = self.need("redis-cli", "redis-tools")
        server = self.start({"tls-auth-clients": "yes"})
        done = subprocess.run([redis_cli, *server.tool_arguments(with_certificate=False), "PING"], capture_output=True, text=True, timeout=60)
        self.assertNotIn("PONG", done.stdout)
        done = subprocess.run([redis_cli, *server.tool_arguments(), "PING"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stdout.strip(), "PONG")

    def test_password(self):
        redis_cli = self.need("redis-cli", "redis-tools")
        server = self.start({"requirepass": "sesame"})
        for arguments in (("-a", "sesame", "--no-auth-warning"), ("--user", "default", "--pass", "sesame", "--no-auth-warning"),
                          ("-u", "redis%s://default:sesame@127.0.0.1:%d" % ("s" if self.options.backend else "", server.client_address()[1]), "--no-auth-warning")):
            done = subprocess.run([redis_cli, *server.tool_arguments(), *arguments, "PING"], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.stdout.strip(), "PONG", done.stderr)


class RedisBenchmarkTest(SharedServerCase):
    CONFIG = {"tls-auth-clients": "optional"}

    def setUp(self):
        self.benchmark = self.need("redis-benchmark", "redis-tools")
        super().setUp()

    def run_benchmark(self, *arguments, with_certificate=True):
        done = subprocess.run([self.benchmark, *self.server.tool_arguments(with_certificate=with_certificate), "-q", *map(str, arguments)], capture_output=True, text=True,
                              timeout=240)
        text = (done.stdout + done.stderr).replace("\r", "\n")
        self.assertEqual(done.returncode, 0, text)
        self.assertNotRegex(text, "(?i)error|could not")
        return text

    def test_set_and_get(self):
        for with_certificate in (True, False):
            text = self.run_benchmark("-t", "ping,set,get,incr,mset", "-n", 5000, "-c", 50, with_certificate=with_certificate)
            for name in ("PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET"):
                self.assertRegex(text, rf"{name}.*: \d+\.\d+ requests per second")

    def test_pipelines_and_random_keys(self):
        self.run_benchmark("-t", "set", "-n", 100_000, "-c", 50, "-P", 64, "-r", 1_000_000, "-d", 200)
        self.assertGreater(self.c("DBSIZE"), 50_000)

    def test_threads_and_big_values(self):
        self.run_benchmark("-t", "set,get", "-n", 2000, "-c", 20, "-d", 100_000, "--threads", 2)

    def test_a_connection_for_every_request(self):
        self.run_benchmark("-t", "set", "-n", 500, "-c", 10, "-k", 0)
