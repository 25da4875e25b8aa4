"""The certificates of the tests, as certs/generate --test makes them."""
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
        with open(self.folder / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = subprocess.run([str(generate), "--test", str(self.folder)], capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"{generate} failed: {done.stderr}")
        self.ca, self.other_ca = self.folder / "ca.crt", self.folder / "unknown-ca.crt"
        self.dh = self.folder / "redis.dh"
        self.server, self.client, self.generic = self.pair("server"), self.pair("client"), self.pair("redis")
        self.expired, self.future, self.other_client = self.pair("expired"), self.pair("future"), self.pair("unknown")
        self.rsa, self.chain = self.pair("rsa"), self.pair("chain")
        self.self_signed, self.weak, self.deep = self.pair("self-signed"), self.pair("weak"), self.pair("deep")
        self.encrypted_cert, self.encrypted_key, self.key_password = self.generic.cert, self.folder / "encrypted.key", "1234"

    def pair(self, name):
        return Pair(self.folder, name)
