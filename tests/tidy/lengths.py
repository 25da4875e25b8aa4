#!/usr/bin/python3
"""Files are about 400 lines long and functions about 60. Above twice that the check fails; in between it reports.

A longer file says why at its top, in a line with "longer because". Tables of data (generated rows, specs) are such a reason.

usage: lengths.py [ROOT]
"""
import pathlib
import re
import sys

FILE_LINES, FUNCTION_LINES = 400, 60
FOLDERS = ("server", "sdk", "plugins", "tests")
NO_FUNCTION = re.compile(r"^\s*(?:namespace|class|struct|enum|union|extern|if|for|while|switch|else|do|using|constexpr .*=)\b")


def functions(lines):
    """(first line, length, head) of what looks like a function definition in column 0."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and line and not line[0].isspace() and line.endswith("{") and "(" in line and not NO_FUNCTION.match(line) and "=" not in line.split("(")[0]:
            start = number
        elif start is not None and line.startswith("}"):
            yield start, number - start + 1, lines[start - 1]
            start = None


def main():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--tls")]
    root = pathlib.Path(arguments[0] if arguments else ".").resolve()
    failed = False
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".h", ".hpp", ".c", ".cc", ".py") or not path.is_file():
                continue
            lines = path.read_text(errors="replace").splitlines()
            name = path.relative_to(root)
            if len(lines) > FILE_LINES and "longer because" not in "\n".join(lines[:40]):
                too_long = len(lines) > 2 * FILE_LINES
                failed |= too_long
                print(f"{'too long' if too_long else 'long'}: {name}: {len(lines)} lines")
            if path.suffix == ".py":
                continue
            for start, length, head in functions(lines):
                if length > FUNCTION_LINES:
                    too_long = length > 2 * FUNCTION_LINES and "longer because" not in "\n".join(lines[max(0, start - 6):start])
                    failed |= too_long
                    print(f"{'too long' if too_long else 'long'}: {name}:{start}: {length} lines: {head[:80]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
