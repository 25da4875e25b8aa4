#!/usr/bin/python3
"""Counts tests over the JSON logs of `meson test`: every GoogleTest case and every integration test for itself.

usage: count.py LOG.json ...      prints what failed, and "N passed, N failed" as the last line
"""
import json
import re
import sys

OWN = re.compile(r"^(\d+) passed, (\d+) failed", re.MULTILINE)
GTEST_PASSED = re.compile(r"^\[  PASSED  \] (\d+) tests?\.", re.MULTILINE)
GTEST_FAILED = re.compile(r"^\[  FAILED  \] (\d+) tests?, listed below", re.MULTILINE)


def count(entry):
    """(passed, failed) of one Meson test. One that ended badly without naming a failed case has failed as a whole."""
    text = entry.get("stdout") or ""
    good = entry["result"] in ("OK", "EXPECTEDFAIL")
    own = OWN.findall(text)
    passed, failed = 0, 0
    if own:
        passed, failed = int(own[-1][0]), int(own[-1][1])
    else:
        passed = sum(map(int, GTEST_PASSED.findall(text)))
        failed = sum(map(int, GTEST_FAILED.findall(text)))
    if good:
        return (passed or (0 if own else 1)), 0
    return passed, failed or 1


def main():
    passed = failed = 0
    for path in sys.argv[1:]:
        with open(path) as log:
            for line in log:
                entry = json.loads(line)
                if entry["result"] == "SKIP":
                    continue
                ok, bad = count(entry)
                passed += ok
                failed += bad
                if bad:
                    print(f"failed: {entry['name']} ({entry['result']})")
                    print((entry.get("stdout") or "")[-6000:])
                    print((entry.get("stderr") or "")[-3000:])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
