#!/usr/bin/env python3
"""Lint of a transport plug-in: lint_plugin.py [--openssl-inside] FILE.so...

Exactly one defined dynamic symbol, no text relocations, no static TLS model, no $ORIGIN in run paths, no executable stack, no calls that
plug-ins must not make. Prints each fault; exit status 1 when there is one. Needs readelf and nm.

--openssl-inside: tls-openssl carries a static libcrypto, whose code for asking a password at a terminal handles signals. The plug-in never
asks (it answers every question for a password itself), and the lint cannot tell its calls from the library's.
"""
import re
import subprocess
import sys

SYMBOL = "kw_transport_query"
FORBIDDEN = {
    "atexit", "on_exit", "signal", "sigaction", "sigprocmask", "pthread_sigmask", "exit", "_exit", "_Exit", "quick_exit",
    "fork", "vfork", "system", "popen", "setlocale", "uselocale", "umask", "chdir", "fchdir", "setenv", "putenv", "unsetenv",
    "CRYPTO_set_mem_functions", "wolfSSL_SetAllocators", "CRYPTO_get_ex_new_index", "BIO_get_new_index", "OPENSSL_atexit",
    "wolfSSL_CRYPTO_get_ex_new_index", "SSL_CTX_set_cert_verify_callback",
}
OF_LIBCRYPTO = {"signal", "sigaction"}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def faults(path, allowed):
    defined = [line.split()[-1] for line in run("nm", "-D", "--defined-only", path).splitlines() if line]
    if defined != [SYMBOL]:
        yield f"defines {defined} where {SYMBOL} alone belongs"
    dynamic = run("readelf", "-dW", path)
    for tag in ("TEXTREL", "STATIC_TLS"):
        if tag in dynamic:
            yield f"has {tag}"
    if "$ORIGIN" in dynamic:
        yield "has $ORIGIN in its run path: a copy under another name would not find its libraries"
    if re.search(r"GNU_STACK.*RWE", run("readelf", "-lW", path)):
        yield "wants an executable stack"
    relocations = run("readelf", "-rW", path)
    if re.search(r"R_\w+_TPOFF", relocations):
        yield "uses the static TLS model"
    undefined = {line.split()[-1].split("@")[0] for line in run("nm", "-D", "--undefined-only", path).splitlines() if line}
    # Sanitizers and the C++ runtime bring names of their own; only what the plug-in itself calls is looked at.
    for name in sorted(undefined & FORBIDDEN - allowed):
        yield f"calls {name}"


def main():
    bad = 0
    openssl_inside = "--openssl-inside" in sys.argv
    paths = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    for path in paths:
        allowed = OF_LIBCRYPTO if openssl_inside and path.endswith("-tls-openssl.so") else set()
        for fault in faults(path, allowed):
            print(f"{path}: {fault}")
            bad += 1
    print(f"{len(paths)} plug-ins, {bad} faults")
    return 1 if bad or not paths else 0


sys.exit(main())
