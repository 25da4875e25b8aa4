#!/usr/bin/python3
"""Integration tests: real servers, real sockets.

usage: run.py --server PATH [--cli PATH] [--benchmark PATH] [--tls[=openssl|wolfssl]] [--io-threads N] [--io-engine NAME] [--list]
              [NAME ...]

NAME is an area (basics), a class (BasicsTest) or any part of area.Class.test. With --tls, every client connects over TLS
to a server with that backend. The last line is "N passed, N failed, N skipped"; the exit status is 1 when one failed.
"""
import argparse
import importlib
import pathlib
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from harness.case import ServerCase  # noqa: E402
from harness.certs import Certs  # noqa: E402


class Options:
    """How this run was asked for; the tests read it."""

    def __init__(self, arguments):
        self.server = pathlib.Path(arguments.server).absolute()
        self.plugins = pathlib.Path(arguments.plugins).resolve() if arguments.plugins else self.server.parent.parent
        self.cli = arguments.cli
        self.benchmark = arguments.benchmark
        self.backend = arguments.tls
        self.io_threads = arguments.io_threads
        self.io_engine = arguments.io_engine
        self.compat = arguments.compat
        self.work = pathlib.Path(arguments.work).resolve()
        self.fixtures = pathlib.Path(arguments.fixtures).resolve() if arguments.fixtures else None
        self.source = HERE.parent.parent
        self.generate = arguments.generate or self.source / "certs" / "generate"
        version = subprocess.run([str(self.server), "--version"], capture_output=True, text=True)
        if version.returncode != 0:
            sys.exit(f"{self.server} --version failed: {version.stderr or version.stdout}")
        self.is_keyway = "keyway" in version.stdout.lower()
        self._certs = None

    @property
    def certs(self):
        if self._certs is None:
            self._certs = Certs(self.work / "certs", self.generate)
        return self._certs


class Result(unittest.TextTestResult):
    """One line a test with its time; counts what passed."""

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.passed = 0
        self.descriptions = False

    def startTest(self, test):
        self._began = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1

    def getDescription(self, test):
        return test.id()

    def stopTest(self, test):
        super().stopTest(test)
        took = time.monotonic() - self._began
        if took > 5:
            self.stream.writeln(f"    ({took:.1f} s)")

    @property
    def failed(self):
        return len(self.failures) + len(self.errors) + len(self.unexpectedSuccesses)


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description="Integration tests of keyway-server.")
    parser.add_argument("--server", default="keyway-server")
    parser.add_argument("--cli", default=None, help="keyway-cli, for its own tests")
    parser.add_argument("--benchmark", default=None, help="keyway-benchmark, for its own tests")
    parser.add_argument("--tls", default=None, choices=["openssl", "wolfssl", "tcp"], help="without a value: openssl")
    parser.add_argument("--io-threads", type=int, default=None)
    parser.add_argument("--io-engine", choices=["auto", "epoll", "io_uring"], default=None)
    parser.add_argument("--compat", choices=["7.0", "7.2"], default=None)
    parser.add_argument("--work", default="/tmp/keyway-integration", help="folder for certificates and node modules")
    parser.add_argument("--fixtures", default=None, help="folder of the broken plug-ins")
    parser.add_argument("--plugins", default=None, help="folder below which the plug-ins of this build lie")
    parser.add_argument("--generate", default=None, help="the program that makes certificates")
    parser.add_argument("--list", action="store_true", help="print the names of the tests")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args(["--tls=openssl" if argument == "--tls" else argument for argument in argv])
    if arguments.tls == "tcp":
        arguments.tls = None
    return arguments


def flatten(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test


def areas():
    return sorted(path.stem[len("test_"):] for path in HERE.glob("test_*.py"))


def load(names):
    """The tests that the names select; a name that is exactly an area takes that area only."""
    exact = [name for name in names if name in areas()]
    parts = [name for name in names if name not in exact]
    loader, chosen = unittest.TestLoader(), []
    for area in areas():
        if names and not parts and area not in exact:
            continue
        module = importlib.import_module(f"test_{area}")
        for test in flatten(loader.loadTestsFromModule(module)):
            if not names or area in exact or any(part in test.id() for part in parts):
                chosen.append(test)
    return chosen


def main():
    arguments = parse_arguments(sys.argv[1:])
    tests = load(arguments.names)
    if arguments.list:
        print("\n".join(test.id() for test in tests))
        return 0
    if not tests:
        print(f"no test is named {' '.join(arguments.names)}")
        return 1
    ServerCase.options = Options(arguments)
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result)
    result = runner.run(unittest.TestSuite(tests))
    for test, reason in result.skipped:
        print(f"skipped: {test.id()}: {reason}")
    print(f"{result.passed} passed, {result.failed} failed, {len(result.skipped)} skipped")
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main())
