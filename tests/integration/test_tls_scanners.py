"""sslscan and testssl.sh on default settings: TLS 1.2 and 1.3 only, and no weakness."""
import json
import shutil
import subprocess
import xml.etree.ElementTree

from harness.case import ServerCase

# What testssl.sh is asked for: protocols, categories of ciphers, forward secrecy, all weaknesses with a name. Not the trust in the
# certificate, which is one of the tests.
CHECKS = ("--protocols", "--std", "--fs", "--vulnerable")
WEAK = {"LOW", "MEDIUM", "HIGH", "CRITICAL"}


class ScannerTest(ServerCase):
    def setUp(self):
        if not self.options.is_keyway or self.options.backend is None:
            self.skipTest("this run is not over TLS")
        # The scanners have no certificate to show.
        self.server = self.start({"tls-auth-clients": "no"})
        self.target = f"127.0.0.1:{self.server.tls_port}"

    def test_sslscan(self):
        sslscan = self.need("sslscan", "sslscan")
        report = self.server.folder / "sslscan.xml"
        done = subprocess.run([sslscan, f"--xml={report}", self.target], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        scan = xml.etree.ElementTree.parse(report).getroot().find("ssltest")
        protocols = {row.get("type").upper() + "v" + row.get("version") for row in scan.findall("protocol") if row.get("enabled") == "1"}
        self.assertLessEqual(protocols, {"TLSv1.2", "TLSv1.3"})
        # Its own hellos have key shares that are no points of their curves, at which wolfSSL ends the handshake.
        if self.options.backend == "openssl":
            self.assertEqual(len(protocols), 2)
        # Its OpenSSL may lack what it would take to ask for these.
        for name in ("renegotiation", "compression"):
            self.assertNotIn("1", [row.get("supported") for row in scan.findall(name)], name)
        # Asked of the versions that it has seen, which for the same reason may be none.
        heartbleed = {row.get("vulnerable") for row in scan.findall("heartbleed")}
        self.assertEqual(heartbleed, {"0"} if protocols else set())
        ciphers = scan.findall("cipher")
        if self.options.backend == "openssl":
            self.assertGreater(len(ciphers), 4)
        for row in ciphers:
            self.assertIn(row.get("strength"), ("strong", "acceptable"), row.attrib)
            self.assertGreaterEqual(int(row.get("bits")), 128, row.attrib)
        self.assert_serves(self.server)

    def test_testssl(self):
        testssl = shutil.which("testssl") or shutil.which("testssl.sh") or self.need("testssl", "testssl.sh")
        report = self.server.folder / "testssl.json"
        subprocess.run([testssl, "--quiet", "--color", "0", "--warnings", "batch", "--jsonfile", report, *CHECKS, self.target],
                       stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=280)
        found = {row["id"]: row for row in json.loads(report.read_text())}
        self.assertGreater(len(found), 20, found)
        for name in ("SSLv2", "SSLv3", "TLS1", "TLS1_1"):
            self.assertEqual(found[name]["finding"], "not offered", name)
        for name in ("TLS1_2", "TLS1_3"):
            self.assertRegex(found[name]["finding"], "^offered", name)
        weak = [f"{row['id']}: {row['severity']}: {row['finding']}" for row in found.values() if row["severity"] in WEAK]
        self.assertEqual(weak, [])
        self.assert_serves(self.server)
