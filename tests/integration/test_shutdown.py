"""Ending: SHUTDOWN and signals."""
import signal

from harness.case import ServerCase


class ShutdownTest(ServerCase):
    def test_sigterm_and_sigint(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = self.start()
            client = self.client_of(server)
            client("SET", "k", "v")
            mark = server.log_mark()
            server.process.send_signal(number)
            self.assertEqual(server.wait_exit(10), 0)
            client.wait_closed()
            self.assertRegex(server.log()[mark:], "User requested shutdown")
            self.assertRegex(server.log()[mark:], "ready to exit, bye bye")

    def test_command(self):
        for options in ((), ("NOSAVE",), ("NOW", "FORCE", "NOSAVE")):
            server = self.start()
            client = self.client_of(server)
            client.send("SHUTDOWN", *options)
            client.wait_closed()
            self.assertEqual(server.wait_exit(10), 0)

    def test_errors(self):
        client = self.client_of(self.start())
        self.assertEqual(client.error("SHUTDOWN", "PERHAPS"), "ERR syntax error")
        self.assertEqual(client.error("SHUTDOWN", "SAVE", "NOSAVE"), "ERR syntax error")
        self.assertEqual(client.error("SHUTDOWN", "ABORT"), "ERR No shutdown in progress.")
        self.assertEqual(client("PING"), "PONG")

    def test_under_load(self):
        server = self.start()
        clients = [self.client_of(server) for _ in range(20)]
        for client in clients:
            client.send_raw(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n" * 2000)
        self.assertEqual(server.stop(), 0)

    def test_a_client_that_does_not_read(self):
        server = self.start()
        client = self.client_of(server)
        client("SET", "k", "x" * 4_000_000)
        client.send_raw(b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n" * 20)
        self.eventually(lambda: server.running() and any(int(line["omem"]) > 0 for line in self.client_of(server).client_list()), "nothing waits to be sent")
        self.assertEqual(server.stop(), 0)

    def test_sighup_and_sigpipe_are_ignored(self):
        server = self.start()
        for number in (signal.SIGHUP, signal.SIGPIPE):
            server.process.send_signal(number)
        self.assert_serves(server)
