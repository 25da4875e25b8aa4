#!/usr/bin/python3
"""What must not be in the tree: paths of somebody's machine, private keys, hosts of package registries, unfinished work.

usage: words.py [ROOT]      reads the files that git knows, or all of them where there is no git
"""
import pathlib
import re
import subprocess
import sys

# Written in pieces so that this file does not find itself.
RULES = (
    (re.compile(r"(?<![\w./-])/(?:work|home|root|Users)/[A-Za-z0-9_.-]+"), "a path of one machine"),
    (re.compile("-----BEGIN (?:[A-Z]+ )*PRIVATE" + " KEY-----"), "a private key"),
    (re.compile("(?i)" + "|".join((r"registry\.npm" + r"js\.org", r"py" + r"pi\.org", r"deb\.deb" + r"ian\.org", r"archive\.ub" + r"untu\.com", r"crates" + r"\.io"))),
     "the host of a package registry"),
    (re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b"), "unfinished work"),
    (re.compile(r"(?i)not yet imple" + r"mented|not imple" + r"mented\b"), "unfinished work"),
)
BINARY = (".png", ".jpg", ".gz", ".so", ".o", ".rdb", ".der")
MAX_BYTES = 2 << 20


def tracked(root):
    done = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True)
    if done.returncode == 0 and done.stdout:
        return [root / name.decode() for name in done.stdout.split(b"\0") if name]
    return [path for path in root.rglob("*") if path.is_file() and "build" not in path.relative_to(root).parts and ".git" not in path.relative_to(root).parts]


def problems_of(text):
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, what in RULES:
            found = pattern.search(line)
            if found:
                yield number, what, found.group(0)


def self_test():
    for bad in ("see /wo" + "rk/x", "-----BEGIN EC PRIVATE" + " KEY-----", "https://registry.npm" + "js.org/x", "// TO" + "DO: more"):
        assert list(problems_of(bad)), bad
    for good in ("a/work/b", "https://example.com/", "-----BEGIN CERTIFICATE-----", "build/work"):
        assert not list(problems_of(good)), good


def main():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--tls")]
    self_test()
    root = pathlib.Path(arguments[0] if arguments else ".").resolve()
    count = 0
    for path in tracked(root):
        if path.suffix in BINARY or not path.is_file():
            continue
        if path.stat().st_size > MAX_BYTES:
            print(f"{path.relative_to(root)}: {path.stat().st_size} bytes; nothing that big belongs here")
            count += 1
            continue
        for number, what, word in problems_of(path.read_text(errors="replace")):
            print(f"{path.relative_to(root)}:{number}: {what}: {word}")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
