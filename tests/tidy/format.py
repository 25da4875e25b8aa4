#!/usr/bin/python3
"""Whether clang-format agrees with the sources.

usage: format.py [--fix] [ROOT]

Versions of clang-format differ in small things, so the check holds for the major versions below and is skipped
(exit status 77, which Meson understands) with any other, or with none.
"""
import pathlib
import re
import shutil
import subprocess
import sys

VERSIONS = range(14, 20)
FOLDERS = ("server", "sdk", "plugins", "tests")
# Tables whose columns carry meaning are formatted by hand; their files say so with "clang-format off" themselves.
SUFFIXES = (".h", ".hpp", ".c", ".cc")
SKIPPED = 77


def main():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--tls")]
    fix = "--fix" in arguments
    arguments = [argument for argument in arguments if argument != "--fix"]
    root = pathlib.Path(arguments[0] if arguments else ".").resolve()
    program = shutil.which("clang-format")
    if program is None:
        print("skipped: clang-format is missing (package clang-format)")
        return SKIPPED
    version = int(re.search(r"version (\d+)", subprocess.run([program, "--version"], capture_output=True, text=True).stdout).group(1))
    if version not in VERSIONS:
        print(f"skipped: the style is written for clang-format {VERSIONS[0]} to {VERSIONS[-1]}, this is {version}")
        return SKIPPED
    files = [str(path) for folder in FOLDERS for path in sorted((root / folder).rglob("*")) if path.suffix in SUFFIXES and path.is_file()]
    if fix:
        return subprocess.run([program, "-i", "--style=file", *files]).returncode
    done = subprocess.run([program, "--style=file", "--dry-run", "-Werror", *files], capture_output=True, text=True)
    bad = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "clang-format-violations" in line})
    for name in bad:
        print(f"{pathlib.Path(name).relative_to(root)}: clang-format would change it (tests/tidy/format.py --fix does)")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
