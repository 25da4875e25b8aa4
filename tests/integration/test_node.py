"""ioredis and node-redis, driven by the scripts in node/."""
import os
import subprocess

from harness.case import SharedServerCase


class NodeTest(SharedServerCase):
    CONFIG = {"tls-auth-clients": "optional"}

    def run_script(self, module, script, with_certificate=True):
        node = self.need("node", "nodejs")
        modules = self.options.work / "node" / "node_modules"
        if not (modules / module).is_dir():
            self.skipTest(f"the npm package {module} is missing: ./runtest installs it into {modules}")
        host, port = self.server.client_address()
        environment = {**os.environ, "NODE_PATH": str(modules), "KW_HOST": host, "KW_PORT": str(port)}
        if self.options.backend:
            certs = self.options.certs
            environment["KW_CA"] = str(certs.ca)
            if with_certificate:
                environment.update(KW_CERT=str(certs.client.cert), KW_KEY=str(certs.client.key))
        done = subprocess.run([node, self.options.source / "tests" / "integration" / "node" / script], env=environment, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("all checks passed", done.stdout)

    def test_ioredis(self):
        self.run_script("ioredis", "ioredis_check.js")

    def test_node_redis(self):
        self.run_script("redis", "node_redis_check.js")

    def test_ioredis_and_every_type(self):
        self.run_script("ioredis", "ioredis_types.js")

    def test_node_redis_and_every_type(self):
        self.run_script("redis", "node_redis_types.js")

    def test_ioredis_subscribes(self):
        self.run_script("ioredis", "ioredis_pubsub.js")

    def test_node_redis_subscribes(self):
        self.run_script("redis", "node_redis_pubsub.js")

    def test_without_certificate(self):
        if not self.options.backend:
            self.skipTest("this run is not over TLS")
        self.run_script("ioredis", "ioredis_check.js", with_certificate=False)
        self.run_script("redis", "node_redis_check.js", with_certificate=False)
