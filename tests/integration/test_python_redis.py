"""python3-redis: what an application does with it."""
import threading
import time

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

    # -- every type -------------------------------------------------------------------------------------------------

    def test_lists(self):
        self.assertEqual(self.r.rpush("l", "a", "b", "c", "b"), 4)
        self.assertEqual(self.r.lpush("l", "z"), 5)
        self.assertEqual(self.r.lrange("l", 0, -1), ["z", "a", "b", "c", "b"])
        self.assertEqual(self.r.lpos("l", "b", rank=-1), 4)
        self.assertEqual(self.r.lpos("l", "b", count=0), [2, 4])
        self.assertEqual(self.r.linsert("l", "BEFORE", "c", "x"), 6)
        self.assertEqual(self.r.lmove("l", "m", "LEFT", "RIGHT"), "z")
        self.assertEqual(self.r.lmpop(2, "none", "l", direction="RIGHT", count=2), ["l", ["b", "c"]])
        self.assertTrue(self.r.ltrim("l", 1, -1))
        self.assertTrue(self.r.lset("l", 0, "y"))
        self.assertEqual(self.r.lrem("l", 0, "x"), 1)
        self.assertEqual(self.r.lpop("l", 10), ["y"])
        self.assertFalse(self.r.exists("l"))
        self.r.rpush("big", *range(5000))
        self.assertEqual(self.r.object("encoding", "big"), "quicklist")
        self.assertEqual(self.r.lindex("big", 4000), "4000")

    def test_sets(self):
        self.assertEqual(self.r.sadd("s", 1, 2, 3), 3)
        self.assertEqual(self.r.object("encoding", "s"), "intset")
        self.assertEqual(self.r.sadd("s", 3, "x"), 1)
        self.r.sadd("t", "x", "3", "y")
        self.assertEqual(self.r.smembers("s"), {"1", "2", "3", "x"})
        self.assertEqual(self.r.sinter("s", "t"), {"3", "x"})
        self.assertEqual(self.r.sintercard(2, ["s", "t"], limit=1), 1)
        self.assertEqual(self.r.sdiff("s", "t"), {"1", "2"})
        self.assertEqual(self.r.sunionstore("u", "s", "t"), 5)
        self.assertEqual(self.r.smismember("s", ["1", "9"]), [1, 0])
        self.assertTrue(self.r.smove("s", "t", "1"))
        self.assertEqual(len(self.r.srandmember("u", 3)), 3)
        self.assertEqual(len(self.r.srandmember("u", -30)), 30)
        self.assertEqual(set(self.r.spop("u", 5)), {"1", "2", "3", "x", "y"})
        self.assertEqual(self.r.srem("t", "y", "none"), 1)
        self.r.sadd("many", *range(3000))
        self.assertEqual(len(set(self.r.sscan_iter("many", count=100))), 3000)

    def test_hashes(self):
        self.assertEqual(self.r.hset("h", mapping={"f": 1, "g": "two", "h": 3.5}), 3)
        self.assertEqual(self.r.hgetall("h"), {"f": "1", "g": "two", "h": "3.5"})
        self.assertEqual(self.r.hincrby("h", "f", 4), 5)
        self.assertEqual(self.r.hincrbyfloat("h", "h", 0.25), 3.75)
        self.assertEqual(self.r.hmget("h", "f", "none"), ["5", None])
        self.assertEqual(self.r.hsetnx("h", "f", 9), 0)
        self.assertEqual(self.r.hstrlen("h", "g"), 3)
        self.assertIn(self.r.hrandfield("h"), {"f", "g", "h"})
        self.assertEqual(len(self.r.hrandfield("h", 2, withvalues=True)), 4)
        self.assertEqual(self.r.hdel("h", "f", "none"), 1)
        self.assertEqual(sorted(self.r.hkeys("h")), ["g", "h"])
        self.r.hset("many", mapping={f"f:{i}": i for i in range(2000)})
        self.assertEqual(dict(self.r.hscan_iter("many", count=100))["f:1999"], "1999")

    def test_sorted_sets(self):
        self.assertEqual(self.r.zadd("z", {"a": 1, "b": 2.5, "c": 3}), 3)
        self.assertEqual(self.r.zadd("z", {"a": 5}, gt=True, ch=True), 1)
        self.assertEqual(self.r.zrange("z", 0, -1, withscores=True), [("b", 2.5), ("c", 3.0), ("a", 5.0)])
        self.assertEqual(self.r.zrange("z", "(2.5", "+inf", byscore=True, offset=0, num=1), ["c"])
        self.assertEqual(self.r.zrevrangebyscore("z", 5, 3), ["a", "c"])
        self.assertEqual(self.r.zincrby("z", 1.5, "b"), 4.0)
        self.assertEqual(self.r.zrank("z", "b"), 1)
        self.assertEqual(self.r.zmscore("z", ["a", "none"]), [5.0, None])
        self.assertEqual(self.r.zcount("z", 4, "inf"), 2)
        self.r.zadd("y", {"a": 10, "d": 1})
        self.assertEqual(self.r.zunion(["z", "y"], aggregate="MAX", withscores=True)[-1], ("a", 10.0))
        self.assertEqual(self.r.zinterstore("i", {"z": 2, "y": 1}), 1)
        self.assertEqual(self.r.zscore("i", "a"), 20.0)
        self.assertEqual(self.r.zdiff(["z", "y"]), ["c", "b"])
        self.assertEqual(self.r.zrangestore("copy", "z", 0, 1), 2)
        self.assertEqual(self.r.zpopmin("z"), [("c", 3.0)])
        self.assertEqual(self.r.zmpop(2, ["none", "z"], max=True), ["z", [["a", "5"]]])
        self.r.zadd("lex", {member: 0 for member in "abcdef"})
        self.assertEqual(self.r.zrangebylex("lex", "[b", "(e"), ["b", "c", "d"])
        self.assertEqual(self.r.zremrangebyrank("lex", 0, 3), 4)
        self.r.zadd("many", {f"m:{i}": i for i in range(2000)})
        self.assertEqual(self.r.zrevrange("many", 0, 0), ["m:1999"])
        self.assertEqual(len(dict(self.r.zscan_iter("many", count=100))), 2000)

    def test_streams_with_groups(self):
        first = self.r.xadd("x", {"n": 1, "text": "one"})
        second = self.r.xadd("x", {"n": 2})
        self.assertEqual(self.r.xlen("x"), 2)
        self.assertEqual(self.r.xrange("x"), [(first, {"n": "1", "text": "one"}), (second, {"n": "2"})])
        self.assertEqual(self.r.xrevrange("x", count=1)[0][0], second)
        self.assertEqual(self.r.xread({"x": first}), [["x", [(second, {"n": "2"})]]])
        self.assertTrue(self.r.xgroup_create("x", "g", id="0"))
        got = self.r.xreadgroup("g", "alice", {"x": ">"}, count=1)
        self.assertEqual(got, [["x", [(first, {"n": "1", "text": "one"})]]])
        self.r.xreadgroup("g", "bob", {"x": ">"})
        pending = self.r.xpending("x", "g")
        self.assertEqual((pending["pending"], pending["min"], pending["max"]), (2, first, second))
        self.assertEqual([c["name"] for c in pending["consumers"]], ["alice", "bob"])
        self.assertEqual(self.r.xpending_range("x", "g", "-", "+", 10, "bob")[0]["message_id"], second)
        self.assertEqual(self.r.xclaim("x", "g", "bob", 0, [first])[0][0], first)
        self.assertEqual(self.r.xautoclaim("x", "g", "alice", 0)[1][1][0], second)
        self.assertEqual(self.r.xack("x", "g", first, second), 2)
        self.assertEqual(self.r.xinfo_stream("x")["groups"], 1)
        self.assertEqual(self.r.xinfo_groups("x")[0]["pending"], 0)
        self.assertEqual({c["name"] for c in self.r.xinfo_consumers("x", "g")}, {"alice", "bob"})
        self.assertEqual(self.r.xdel("x", first), 1)
        for i in range(500):
            self.r.xadd("x", {"n": i}, maxlen=100, approximate=False)
        self.assertEqual(self.r.xlen("x"), 100)
        self.assertEqual(self.r.xtrim("x", maxlen=10, approximate=False), 90)
        self.assertEqual(self.r.xgroup_destroy("x", "g"), 1)

    def test_bitmaps(self):
        self.assertEqual(self.r.setbit("b", 7, 1), 0)
        self.assertEqual(self.r.getbit("b", 7), 1)
        self.r.set("text", "foobar")
        self.assertEqual(self.r.bitcount("text"), 26)
        self.assertEqual(self.r.bitcount("text", 5, 30, "BIT"), 17)
        self.assertEqual(self.r.bitpos("b", 1), 7)
        self.assertEqual(self.r.bitop("XOR", "d", "b", "b"), 1)
        self.assertEqual(self.r.bitfield("f").set("u8", 0, 200).incrby("u8", 0, 100).get("u4", 0).execute(), [0, 44, 2])
        self.assertEqual(self.r.bitfield("f", default_overflow="SAT").incrby("u8", 0, 250).execute(), [255])

    def test_hyperloglogs(self):
        self.assertEqual(self.r.pfadd("p", *range(1000)), 1)
        self.assertEqual(self.r.pfadd("p", 5), 0)
        self.assertAlmostEqual(self.r.pfcount("p"), 1000, delta=30)
        self.r.pfadd("q", *range(500, 1500))
        self.assertAlmostEqual(self.r.pfcount("p", "q"), 1500, delta=45)
        self.assertTrue(self.r.pfmerge("u", "p", "q"))
        self.assertEqual(self.r.pfcount("u"), self.r.pfcount("p", "q"))

    def test_places(self):
        self.assertEqual(self.r.geoadd("g", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")), 2)
        self.assertAlmostEqual(self.r.geodist("g", "Palermo", "Catania", "km"), 166.2742, places=3)
        self.assertEqual(self.r.geohash("g", "Palermo"), ["sqc8b49rny0"])
        (longitude, latitude), missing = self.r.geopos("g", "Palermo", "none")
        self.assertAlmostEqual(longitude, 13.361389, places=5)
        self.assertAlmostEqual(latitude, 38.115556, places=5)
        self.assertIsNone(missing)
        found = self.r.geosearch("g", longitude=15, latitude=37, radius=200, unit="km", sort="ASC", withdist=True)
        self.assertEqual([name for name, _ in found], ["Catania", "Palermo"])
        self.assertEqual(self.r.geosearchstore("near", "g", member="Catania", radius=10, unit="km"), 1)
        self.assertEqual(self.r.georadius("g", 15, 37, 100, unit="km"), ["Catania"])

    def test_sort_dump_and_object(self):
        self.r.rpush("l", 3, 1, 2)
        self.r.mset({"w_1": "c", "w_2": "a", "w_3": "b"})
        self.assertEqual(self.r.sort("l", desc=True), ["3", "2", "1"])
        self.assertEqual(self.r.sort("l", by="w_*", alpha=True, get=["#", "w_*"], groups=True), [("2", "a"), ("3", "b"), ("1", "c")])
        self.assertEqual(self.r.sort("l", start=1, num=1, store="d"), 1)
        self.assertEqual(self.r.sort_ro("l"), ["1", "2", "3"])
        binary = self.connect()
        binary.connection_pool.connection_kwargs["decode_responses"] = False
        payload = binary.dump("l")
        self.assertTrue(binary.restore("copy", 0, payload))
        self.assertEqual(self.r.lrange("copy", 0, -1), ["3", "1", "2"])
        self.assertGreater(self.r.memory_usage("l"), 0)
        self.assertEqual(self.r.object("refcount", "l"), 1)

    def test_transactions(self):
        with self.r.pipeline(transaction=True) as pipeline:
            pipeline.set("k", 1).incr("k").rpush("l", "a").lrange("l", 0, -1)
            self.assertEqual(pipeline.execute(), [True, 2, 1, ["a"]])
        with self.r.pipeline() as pipeline:
            pipeline.watch("k")
            self.connect().set("k", 100)
            pipeline.multi()
            pipeline.incr("k")
            with self.assertRaises(redis.WatchError):
                pipeline.execute()

        def increment(pipeline):
            value = int(pipeline.get("k"))
            pipeline.multi()
            pipeline.set("k", value + 1)

        self.r.transaction(increment, "k")
        self.assertEqual(self.r.get("k"), "101")
        with self.r.pipeline() as pipeline:
            pipeline.lpush("k", "x").set("other", 1)
            with self.assertRaisesRegex(redis.ResponseError, "WRONGTYPE"):
                pipeline.execute()
        self.assertEqual(self.r.get("other"), "1")

    def wait_and_then(self, wait, act):
        """What wait(client) returns when act() is run while it waits."""
        client, results = self.connect(), []
        waiting = client.client_id()
        thread = threading.Thread(target=lambda: results.append(wait(client)))
        # One connection for both, so that its id is the one that is seen to wait.
        client = redis.Redis(connection_pool=client.connection_pool)
        thread.start()
        deadline = time.monotonic() + 20
        while not any(row["id"] == str(waiting) and "b" in row["flags"] for row in self.r.client_list()):
            self.assertLess(time.monotonic(), deadline, "nobody waits")
        act()
        thread.join(20)
        self.assertFalse(thread.is_alive(), "it waits still")
        return results[0]

    def test_waiting(self):
        self.assertEqual(self.wait_and_then(lambda c: c.blpop(["none", "l"], 20), lambda: self.r.rpush("l", "x")), ("l", "x"))
        self.assertEqual(self.wait_and_then(lambda c: c.brpop("l", 20), lambda: self.r.lpush("l", "y")), ("l", "y"))
        self.assertEqual(self.wait_and_then(lambda c: c.blmove("l", "m", 20), lambda: self.r.lpush("l", "z")), "z")
        self.assertEqual(self.wait_and_then(lambda c: c.blmpop(20, 1, "l", direction="LEFT"), lambda: self.r.rpush("l", "v")), ["l", ["v"]])
        self.assertEqual(self.wait_and_then(lambda c: c.bzpopmin("z", 20), lambda: self.r.zadd("z", {"m": 2})), ("z", "m", 2.0))
        message = self.wait_and_then(lambda c: c.xread({"x": "$"}, block=20_000), lambda: self.r.xadd("x", {"f": "v"}, id="7-1"))
        self.assertEqual(message, [["x", [("7-1", {"f": "v"})]]])
        self.r.xgroup_create("x", "g", id="$")
        message = self.wait_and_then(lambda c: c.xreadgroup("g", "me", {"x": ">"}, block=20_000), lambda: self.r.xadd("x", {"f": "w"}, id="8-1"))
        self.assertEqual(message, [["x", [("8-1", {"f": "w"})]]])
        self.assertIsNone(self.r.blpop("none", 0.05))
