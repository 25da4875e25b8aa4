"""The same replies with one I/O thread and with several."""
import threading

from harness.case import ServerCase
from harness.resp import encode


class IoThreadsTest(ServerCase):
    def check(self, threads, **config):
        server = self.start({"io-threads": threads, **{name.replace("_", "-"): value for name, value in config.items()}})
        failures = []

        def work(number):
            try:
                with server.client() as client:
                    for round_ in range(30):
                        commands = [("SET", f"t{number}:{i}", f"{round_}:{i}") for i in range(50)] + [("GET", f"t{number}:{i}") for i in range(50)]
                        replies = client.pipeline(commands + [("INCR", "total")])
                        if replies[50:100] != [f"{round_}:{i}" for i in range(50)]:
                            failures.append(f"connection {number} read what another wrote")
            except Exception as error:  # noqa: BLE001 - reported below
                failures.append(f"connection {number}: {error!r}")

        workers = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(failures, [])
        client = self.client_of(server)
        self.assertEqual(client("GET", "total"), "480")
        self.assertEqual(client("DBSIZE"), 16 * 50 + 1)
        return server, client

    def test_one(self):
        self.check(1)

    def test_three(self):
        server, client = self.check(3)
        self.assertEqual(client.config("io-threads"), "3")

    def test_clients_that_move_after_every_batch(self):
        for engine in ("epoll", "auto"):
            server, client = self.check(4, io_threads_shuffle="yes", io_engine=engine)
            for _ in range(20):
                self.assertEqual(client("PING"), "PONG")
            self.eventually(lambda: len({line.split(",")[0] for line in self.threads(server)}) > 1, "nobody moves")
            server.stop()

    def threads(self, server):
        with server.client() as client:
            return list(client.info("threads").values())

    def test_big_values_while_moving(self):
        self.check_big_values({"io-threads": 3, "io-threads-shuffle": "yes"})

    def test_those_who_wait_and_listen_while_moving(self):
        server = self.start({"io-threads": 3, "io-threads-shuffle": "yes"})
        listeners = [self.client_of(server) for _ in range(8)]
        waiting = [self.client_of(server) for _ in range(8)]
        publisher = self.client_of(server)
        for i in range(30):
            for listener in listeners:
                listener.send("SUBSCRIBE", f"channel:{i}")
            for listener in listeners:
                self.assertEqual(listener.read(), ["subscribe", f"channel:{i}", i + 1])
            for client in waiting:
                client.send("BLPOP", "queue", 0)
            self.eventually(lambda: publisher.info("clients")["blocked_clients"] == "8", "they do not block")
            self.assertEqual(publisher("PUBLISH", f"channel:{i}", "x" * 100), 8)
            publisher("RPUSH", "queue", *range(8))
            self.assertEqual(sorted(client.read()[1] for client in waiting), [str(n) for n in range(8)])
            for listener in listeners:
                self.assertEqual(listener.read(), ["message", f"channel:{i}", "x" * 100])

    def test_ends_while_moving(self):
        server = self.start({"io-threads": 3, "io-threads-shuffle": "yes"})
        admin = self.client_of(server)
        for round_ in range(10):
            victims = [self.client_of(server) for _ in range(12)]
            for i, victim in enumerate(victims):
                victim.send_raw(encode("SET", f"k{i}", "v" * 5000) + encode("GET", f"k{i}"))
                if i % 3 == 0:
                    victim.close()
            for i, victim in enumerate(victims):
                if i % 3 == 1:
                    self.assertEqual([victim.read(), victim.read()], ["OK", "v" * 5000])
                    victim.send("QUIT")
                    self.assertEqual(victim.read(), "OK")
                    victim.wait_closed()
                if i % 3 == 2:
                    self.assertEqual([victim.read(), victim.read()], ["OK", "v" * 5000])
                    self.assertEqual(admin("CLIENT", "KILL", "ID", victim("CLIENT", "ID")), 1)
                    victim.wait_closed()
            self.eventually(lambda: admin.info("clients")["connected_clients"] == "1", "closed clients are still there")

    def test_auto(self):
        server = self.start({"io-threads": "auto"})
        client = self.client_of(server)
        self.assertEqual(client.config("io-threads"), "auto")
        # At rest the thread of the commands serves everybody; on a machine with one processor there is no other.
        self.assertEqual(client.info("server")["io_threads_active"], "0")
        self.assertIn(len(client.info("threads")), (0, *range(2, 17)))
        self.assertEqual(client("SET", "k", "v"), "OK")

    def test_only_as_many_as_the_load_needs(self):
        server = self.start({"io-threads": 4})
        clients = [self.client_of(server) for _ in range(20)]
        self.assertEqual([client("PING") for client in clients], ["PONG"] * 20)
        rows = self.threads(server)
        self.assertEqual([row.split(",")[2] for row in rows], ["active=no", "active=yes", "active=no", "active=no"])
        self.assertEqual([row.split(",")[0] for row in rows], ["clients=0", "clients=21", "clients=0", "clients=0"])

    def test_big_values_over_three(self):
        self.check_big_values({"io-threads": 3})

    def check_big_values(self, config):
        server = self.start(config)
        clients = [self.client_of(server) for _ in range(6)]
        for i, client in enumerate(clients):
            client.send_raw(encode("SET", f"big:{i}", chr(97 + i) * 3_000_000) + encode("GET", f"big:{i}"))
        for i, client in enumerate(clients):
            self.assertEqual(client.read(), "OK")
            self.assertTrue(client.read() == chr(97 + i) * 3_000_000)

    def test_kill_and_protocol_errors_over_three(self):
        server = self.start({"io-threads": 3})
        admin = self.client_of(server)
        victims = [self.client_of(server) for _ in range(9)]
        for victim in victims[:5]:
            self.assertEqual(admin("CLIENT", "KILL", "ID", victim("CLIENT", "ID")), 1)
            victim.wait_closed()
        for victim in victims[5:]:
            victim.send_raw(encode("SET", "before", 1) + b"*x\r\n")
            self.assertEqual(victim.read(), "OK")
            self.assert_error(victim.read_any(), "^ERR Protocol error: invalid multibulk length")
            victim.wait_closed()
        self.eventually(lambda: len(admin.client_list()) == 1, "closed connections are still listed")

    def test_auth_in_a_pipeline_over_three(self):
        server = self.start({"io-threads": 3, "requirepass": "x"})
        for _ in range(20):
            client = self.client_of(server)
            replies = client.pipeline([("GET", "k"), ("AUTH", "x"), ("MSET", *["a"] * 40), ("PING",)])
            self.assert_error(replies[0], "^NOAUTH")
            self.assertEqual(replies[1:], ["OK", "OK", "PONG"])

    def test_bad_values(self):
        for value in ("0", "-1", "129", "x"):
            server = self.new_server({"io-threads": value})
            code, _, err = server.run_to_exit()
            self.assertGreater(code, 0)
            self.assertIn("io-threads", err)
