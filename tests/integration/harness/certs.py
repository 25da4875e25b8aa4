"""Certificates: those that certs/generate makes, and the bad ones that only tests need (another CA, expired, ...)."""
import fcntl
import pathlib
import subprocess


class Pair:
    def __init__(self, folder, name):
        self.cert, self.key = folder / f"{name}.crt", folder / f"{name}.key"


class Certs:
    """Made once in `folder`, under a lock, since test processes run side by side."""

    def __init__(self, folder, generate):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.folder / "ca.crt"
        self.dh = self.folder / "redis.dh"
        self.server, self.client = Pair(self.folder, "server"), Pair(self.folder, "client")
        self.generic = Pair(self.folder, "redis")
        self.expired, self.other_client = Pair(self.folder, "expired"), Pair(self.folder, "other-client")
        self.rsa = Pair(self.folder, "rsa")
        self.other_ca = self.folder / "other-ca.crt"
        self.encrypted_cert, self.encrypted_key = self.folder / "encrypted.crt", self.folder / "encrypted.key"
        self.key_password = "open sesame"
        with open(self.folder / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self.folder / ".done").exists():
                subprocess.run([str(generate), str(self.folder)], check=True, capture_output=True)
                self._make_bad_ones()
                (self.folder / ".done").touch()

    def _openssl(self, *args):
        done = subprocess.run(["openssl", *map(str, args)], cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {' '.join(map(str, args))}: {done.stderr}")

    def _key(self, path, kind="ec"):
        if kind == "rsa":
            self._openssl("genrsa", "-out", path, "2048")
        else:
            self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)

    def _sign(self, pair, name, ca, ca_key, days, kind="ec"):
        self._key(pair.key, kind)
        request = pair.cert.with_suffix(".csr")
        self._openssl("req", "-new", "-sha256", "-key", pair.key, "-subj", f"/O=Keyway test/CN={name}", "-out", request)
        self._openssl("x509", "-req", "-sha256", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", days,
                      "-out", pair.cert)

    def _make_bad_ones(self):
        other_key = self.folder / "other-ca.key"
        self._key(other_key)
        self._openssl("req", "-x509", "-new", "-sha256", "-key", other_key, "-days", "30", "-subj", "/CN=another CA", "-out", self.other_ca)
        self._sign(self.other_client, "stranger", self.other_ca, other_key, 30)
        self._sign(self.expired, "late client", self.ca, self.folder / "ca.key", -1)
        self._sign(self.rsa, "localhost", self.ca, self.folder / "ca.key", 30, "rsa")
        encrypted = Pair(self.folder, "encrypted")
        self._sign(encrypted, "localhost", self.ca, self.folder / "ca.key", 30)
        plain = encrypted.key.rename(self.folder / "encrypted.plain")
        self._openssl("ec", "-in", plain, "-aes256", "-passout", f"pass:{self.key_password}", "-out", self.encrypted_key)
