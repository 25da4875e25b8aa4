"""python3-redis: what an application does with it."""
import threading

from harness.case import SharedServerCase

try:
    import redis
except ImportError:
    redis = None


class PythonRedisTest(SharedServerCase):
    CONFIG = {"tls-auth-clients": "optional"}

    def setUp(self):
        if redis is None:
            self.skipTest("the Python module redis is missing (package python3-redis)")
        super().setUp()
        self.r = self.connect()

    def connect(self, with_certificate=True, **kw):
        host, port = self.server.client_address()
        if self.options.backend:
            certs = self.options.certs
            kw.update(ssl=True, ssl_ca_certs=str(certs.ca), ssl_check_hostname=False)
            if with_certificate:
                kw.update(ssl_certfile=str(certs.client.cert), ssl_keyfile=str(certs.client.key))
        client = redis.Redis(host=host, port=port, decode_responses=True, **kw)
        self.addCleanup(client.close)
        return client

    def test_strings_and_keys(self):
        self.assertTrue(self.r.set("k", "v", ex=100))
        self.assertEqual(self.r.get("k"), "v")
        self.assertTrue(0 < self.r.ttl("k") <= 100)
        self.assertIsNone(self.r.set("k", "w", nx=True))
        self.assertEqual(self.r.set("k", "w", get=True), "v")
        self.assertEqual(self.r.incrby("n", 5), 5)
        self.assertEqual(self.r.incrbyfloat("f", 1.5), 1.5)
        self.assertTrue(self.r.mset({"a": 1, "b": 2}))
        self.assertEqual(self.r.mget("a", "b", "c"), ["1", "2", None])
        self.assertEqual(self.r.getex("k", persist=True), "w")
        self.assertEqual(self.r.getdel("k"), "w")
        self.assertEqual(self.r.copy("a", "aa"), True)
        self.assertEqual(sorted(self.r.keys("a*")), ["a", "aa"])

    def test_without_certificate(self):
        if not self.options.backend:
            self.skipTest("this run is not over TLS")
        self.assertTrue(self.connect(with_certificate=False).ping())

    def test_pipeline(self):
        with self.r.pipeline(transaction=False) as pipeline:
            for i in range(2000):
                pipeline.set(f"k:{i}", i).get(f"k:{i}")
            replies = pipeline.execute()
        self.assertEqual(replies[1::2], [str(i) for i in range(2000)])

    def test_scan_iter(self):
        self.r.mset({f"k:{i}": i for i in range(500)})
        self.assertEqual(len(set(self.r.scan_iter(match="k:*", count=50))), 500)

    def test_errors(self):
        self.r.set("s", "text")
        with self.assertRaisesRegex(redis.ResponseError, "value is not an integer"):
            self.r.incr("s")

    def test_info_config_and_clients(self):
        self.assertRegex(self.r.info()["redis_version"], "^7\\.")
        self.assertEqual(self.r.config_get("maxmemory"), {"maxmemory": "0"})
        self.assertTrue(self.r.client_setname("py"))
        self.assertIn("py", [client["name"] for client in self.r.client_list()])
        self.assertTrue(all("addr" in client for client in self.r.client_list()))

    def test_a_pool_used_by_many_threads(self):
        failures = []

        def work(number):
            try:
                for i in range(100):
                    self.r.set(f"t:{number}", i)
                    if self.r.get(f"t:{number}") != str(i):
                        failures.append(number)
            except Exception as error:  # noqa: BLE001 - reported below
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_from_url(self):
        host, port = self.server.client_address()
        if self.options.backend:
            client = redis.Redis.from_url(f"rediss://{host}:{port}/3", ssl_cert_reqs="none")
        else:
            client = redis.Redis.from_url(f"redis://{host}:{port}/3")
        self.addCleanup(client.close)
        client.set("three", 1)
        self.c("SELECT", 3)
        self.assertEqual(self.c("EXISTS", "three"), 1)
        self.c("SELECT", 0)

    def test_reconnects_after_a_kill(self):
        self.r.ping()
        self.c("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        self.assertTrue(self.connect(retry_on_error=[redis.ConnectionError]).ping())
