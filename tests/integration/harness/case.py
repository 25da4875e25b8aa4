"""Base classes of the tests.

A test takes its server either from start() (one of its own, any configuration) or from SharedServerCase (one a class,
emptied before each test). Everything that a test opens through them is closed behind it.
"""
import functools
import shutil
import signal
import unittest

from harness.resp import ReplyError
from harness.server import Server, eventually

TEST_LIMIT_S = 300


def keyway_only(function):
    """For behaviour that Redis does not have; the suite can be run against redis-server to check the rest."""
    @functools.wraps(function)
    def wrapped(self, *args, **kw):
        if not self.options.is_keyway:
            self.skipTest("the server under test is not Keyway")
        return function(self, *args, **kw)
    return wrapped


class ServerCase(unittest.TestCase):
    options = None  # set by run.py

    def run(self, result=None):
        def too_long(_signal, _frame):
            raise AssertionError(f"the test took more than {TEST_LIMIT_S} s")
        signal.signal(signal.SIGALRM, too_long)
        signal.alarm(TEST_LIMIT_S)
        try:
            return super().run(result)
        finally:
            signal.alarm(0)

    def new_server(self, config=None, **kw):
        """A server that is not started yet."""
        server = Server(self.options, config, **kw)
        self.addCleanup(server.finish)
        return server

    def start(self, config=None, **kw):
        return self.new_server(config, **kw).start()

    def open(self, client):
        """Lets the test case close what a test opened."""
        self.addCleanup(client.close)
        return client

    def client_of(self, server, **kw):
        return self.open(server.client(**kw))

    def assert_error(self, reply, pattern):
        self.assertIsInstance(reply, ReplyError, f"no error but {reply!r}")
        self.assertRegex(str(reply), pattern)

    def assert_serves(self, server):
        """The server goes on: a new connection is answered."""
        with server.any_client() as client:
            self.assertEqual(client("PING"), "PONG")

    def need(self, program, package):
        path = shutil.which(program)
        if path is None:
            self.skipTest(f"{program} is missing (package {package})")
        return path

    eventually = staticmethod(eventually)


class SharedServerCase(ServerCase):
    CONFIG = {}
    ARGS = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.options, cls.CONFIG, args=cls.ARGS).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.finish()

    def setUp(self):
        self.c = self.open(self.server.client())
        self.c("FLUSHALL")

    def client(self, **kw):
        return self.open(self.server.client(**kw))
