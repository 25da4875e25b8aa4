"""Starting: configuration files, arguments, include, and what stops the start."""
import os
import signal
import subprocess

from harness.case import ServerCase, keyway_only


class StartTest(ServerCase):
    def refused(self, text, *patterns, arguments=None):
        """This configuration stops the start: non-zero exit, and stderr says where and why."""
        server = self.new_server()
        server.config_text = text
        code, out, err = server.run_to_exit(arguments)
        self.assertNotEqual(code, 0)
        self.assertGreater(code, 0, f"ended by signal {-code}: {err}")
        for pattern in patterns:
            self.assertRegex(err + out, pattern)
        return server

    def test_unknown_option(self):
        self.refused("# a comment\n\nport 0\nno-such-option 1\n", "FATAL CONFIG FILE ERROR", "at line 4", ">>> 'no-such-option 1'", "Bad directive or wrong number of arguments")

    def test_bad_values(self):
        for line, reason in (("timeout x", "couldn't be parsed into an integer"), ("timeout -1", "argument must be between 0 and"),
                             ("appendonly perhaps", "argument must be 'yes' or 'no'"), ("loglevel loud", "argument\\(s\\) must be one of the following"),
                             ("maxmemory-policy none", "argument\\(s\\) must be one of the following"), ("maxmemory 1q", "argument must be a memory"),
                             ("port 6379 6380", "wrong number of arguments"), ("port", "wrong number of arguments"), ("databases 0", "argument must be between 1 and"),
                             ("save 60", "Invalid save parameters"), ("client-output-buffer-limit normal 1 2", "(?i)wrong number|bad")):
            self.refused(f"{line}\n", "at line 1", f">>> '{line}'".replace("|", "\\|"), reason)

    def test_bad_option_on_the_command_line_is_shown_quoted(self):
        server = self.new_server()
        code, _, err = server.run_to_exit(["--port", "6379", "6380"])
        self.assertGreater(code, 0)
        self.assertIn(">>> 'port \"6379\" \"6380\"'", err)

    def test_unbalanced_quotes(self):
        self.refused('requirepass "abc\n', "at line 1", "Unbalanced quotes in configuration line")

    def test_no_such_file(self):
        server = self.new_server()
        code, out, err = server.run_to_exit(["/no/such/file.conf"])
        self.assertGreater(code, 0)
        self.assertRegex(out + err, "can't open config file '/no/such/file.conf': No such file or directory")

    def test_include_of_a_missing_file(self):
        self.refused("include /no/such/other.conf\n", "can't open config file '/no/such/other.conf'")

    @keyway_only
    def test_error_in_an_included_file_names_that_file(self):
        server = self.new_server()
        included = server.folder / "more.conf"
        included.write_text("hz 10\n\nbogus yes\n")
        server.config_text = f"port 0\ninclude {included}\n"
        code, out, err = server.run_to_exit()
        self.assertGreater(code, 0)
        self.assertIn(str(included), err)
        self.assertIn("line 3", err)
        self.assertIn(">>> 'bogus yes'", err)

    @keyway_only
    def test_an_include_that_never_ends(self):
        server = self.new_server()
        server.config_text = f"include {server.config_file}\n"
        code, _, err = server.run_to_exit()
        self.assertGreater(code, 0)
        self.assertRegex(err, "(?i)include")

    @keyway_only
    def test_loadmodule_is_refused_with_a_clear_message(self):
        self.refused("loadmodule /tmp/x.so\n", "at line 1", "(?i)module")

    def test_include_order_and_patterns(self):
        server = self.new_server()
        for name, timeout in (("a.conf", 1), ("b.conf", 2)):
            (server.folder / name).write_text(f"timeout {timeout}\n")
        server.config_text = server.config_lines() + f"include {server.folder}/[ab].conf\n"
        server.start()
        self.assertEqual(self.client_of(server).config("timeout"), "2")

    def test_the_last_line_wins(self):
        server = self.new_server({"timeout": ["10", "20"]})
        server.start()
        self.assertEqual(self.client_of(server).config("timeout"), "20")

    def test_save_lines_add_up(self):
        server = self.start({"save": ["900 1", "300 10"]})
        self.assertEqual(self.client_of(server).config("save"), "900 1 300 10")
        server = self.start({"save": ["900 1", '""']})
        self.assertEqual(self.client_of(server).config("save"), "")

    def test_arguments_override_the_file(self):
        server = self.new_server({"timeout": 10}, args=["--timeout", "30", "--maxmemory", "1mb", "--client-output-buffer-limit", "normal 1mb 2mb 3"])
        server.start()
        client = self.client_of(server)
        self.assertEqual([client.config(name) for name in ("timeout", "maxmemory")], ["30", str(1 << 20)])
        self.assertRegex(client.config("client-output-buffer-limit"), "^normal 1048576 2097152 3 ")

    def test_configuration_from_standard_input(self):
        server = self.new_server()
        text = server.config_lines() + "timeout 123\n"
        with open(server.folder / "stdout", "wb") as out:
            server.process = subprocess.Popen([str(self.options.server), "-"], stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, cwd=server.folder)
        server.process.stdin.write(text.encode())
        server.process.stdin.close()
        server.wait_ready()
        self.assertEqual(self.client_of(server).config("timeout"), "123")

    def test_quoted_values(self):
        server = self.start({"requirepass": '"a b\\x41\\n"'})
        client = self.client_of(server)
        self.assertEqual(client("AUTH", "a bA\n"), "OK")

    def test_version_and_help(self):
        for flag in ("--version", "-v"):
            done = subprocess.run([self.options.server, flag], capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, 0)
            self.assertRegex(done.stdout, r"v=\d+\.\d+\.\d+ .*malloc=\S+ bits=64")
        done = subprocess.run([self.options.server, "--help"], capture_output=True, text=True, timeout=30)
        self.assertRegex(done.stdout + done.stderr, "(?i)usage")

    def test_what_stdout_says(self):
        server = self.start()
        self.assertRegex(server.stdout(), "Ready to accept connections")
        self.assertRegex(server.stdout(), rf"PID: {server.process.pid}|pid={server.process.pid}|^{server.process.pid}:")
        self.assertEqual(server.stderr(), "")

    def test_port_in_use(self):
        first = self.start()
        second = self.new_server({"port": first.port}, tls=False)
        code, out, err = second.run_to_exit()
        self.assertGreater(code, 0)
        self.assertRegex(out + err, "(?i)address already in use")
        self.assertRegex(out + err, "Failed listening on port")

    def test_dir_that_does_not_exist(self):
        self.refused("dir /no/such/folder\n", "No such file or directory")

    def test_pidfile_comes_and_goes(self):
        server = self.new_server()
        path = server.folder / "server.pid"
        server.extra["pidfile"] = path
        server.start()
        self.assertEqual(int(path.read_text()), server.process.pid)
        self.assertEqual(server.stop(), 0)
        self.assertFalse(path.exists())

    def test_daemonize(self):
        server = self.new_server({"daemonize": "yes", "logfile": "daemon.log"})
        path = server.folder / "daemon.pid"
        server.extra["pidfile"] = path
        code, _, err = server.run_to_exit()
        self.assertEqual((code, err), (0, ""))
        self.eventually(lambda: path.exists() and path.read_text().strip(), "no pid file")
        pid = int(path.read_text())
        self.addCleanup(self.kill_daemon, path, pid)
        self.eventually(server._answers, "the daemon does not answer")
        self.assertEqual(os.getsid(pid), pid, "a daemon leads a session of its own")
        with server.client() as client:
            client.send("SHUTDOWN", "NOSAVE")
            client.wait_closed()
        self.eventually(lambda: not path.exists(), "the daemon did not end")

    def kill_daemon(self, path, pid):
        """Only when the test failed: a daemon that ended has removed its pid file."""
        if path.exists():
            os.kill(pid, signal.SIGKILL)


class CompatTest(ServerCase):
    @keyway_only
    def test_version_follows_redis_compat(self):
        for compat, version in (("7.0", "7.0.15"), ("7.2", "7.2.4")):
            client = self.client_of(self.start({"redis-compat": compat}))
            info = client.info("server")
            self.assertEqual(info["redis_version"], version)
            self.assertEqual(info["server_name"], "keyway")
            self.assertRegex(info["keyway_version"], r"^\d+\.\d+\.\d+")
        self.assertEqual(self.client_of(self.start({"redis-compat": None})).info("server")["redis_version"], "7.2.4")

    @keyway_only
    def test_no_tls_library_in_the_server(self):
        nm = self.need("ldd", "libc-bin")
        libraries = subprocess.run([nm, self.options.server], capture_output=True, text=True).stdout
        self.assertNotRegex(libraries, "libssl|libcrypto|wolfssl")
