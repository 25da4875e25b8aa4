#!/usr/bin/env python3
"""Every header of the SDK compiles alone, in every dialect that it promises: compile_headers.py INCLUDE_DIR COMPILER...

C headers: C99, C11, C17 and C++17, 20, 23. C++ helpers (.hpp): C++17, 20, 23. -pedantic-errors -Wall -Wextra -Werror.
"""
import pathlib
import subprocess
import sys
import tempfile

C = ["c99", "c11", "c17"]
CPP = ["c++17", "c++20", "c++23"]


def spelling(compiler, standard):
    """Compilers that are older than a standard know it by its working name."""
    names = {"c++23": "c++2b"}
    known = subprocess.run(compiler.split() + [f"-std={standard}", "-fsyntax-only", "-x", "c++", "/dev/null"], capture_output=True)
    return standard if known.returncode == 0 or standard not in names else names[standard]


def main():
    include = pathlib.Path(sys.argv[1])
    compilers = sys.argv[2:]
    headers = sorted(p.relative_to(include) for p in include.rglob("*") if p.suffix in (".h", ".hpp"))
    done = bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for compiler in compilers:
            flags = {standard: spelling(compiler, standard) if standard in CPP else standard for standard in C + CPP}
            for header in headers:
                for standard in (C if header.suffix == ".h" else []) + CPP:
                    cpp = standard.startswith("c++")
                    source = pathlib.Path(folder) / ("t.cc" if cpp else "t.c")
                    # Twice, so that the guard is tried as well; and a use of it, since an empty unit is no C.
                    source.write_text(f'#include "{header}"\n#include "{header}"\nint used;\n')
                    command = compiler.split() + [f"-std={flags[standard]}", "-pedantic-errors", "-Wall", "-Wextra", "-Werror",
                                                  "-fsyntax-only", "-x", "c++" if cpp else "c", "-I", str(include), str(source)]
                    result = subprocess.run(command, capture_output=True, text=True)
                    done += 1
                    if result.returncode != 0:
                        bad += 1
                        print(f"{header} as {standard} with {compiler}:\n{result.stderr}")
    print(f"{done} compilations of {len(headers)} headers, {bad} failed")
    return 1 if bad or not headers else 0


sys.exit(main())
