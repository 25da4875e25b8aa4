"""The same replies with one I/O thread and with several."""
import threading

from harness.case import ServerCase
from harness.resp import encode


class IoThreadsTest(ServerCase):
    def check(self, threads):
        server = self.start({"io-threads": threads})
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

    def test_big_values_over_three(self):
        server = self.start({"io-threads": 3})
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
