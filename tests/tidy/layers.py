#!/usr/bin/python3
"""The layer check: reads the #include lines of the tree and fails on one that goes the wrong way.

The table below is that of docs/ARCHITECTURE.md: a folder may include itself and what stands to its right. Files that do
not exist, relative includes, and folders that are missing from the table fail as well.

usage: layers.py [ROOT]      --self-test shows that a breach is found
"""
import pathlib
import re
import sys
import tempfile

SUBSYSTEMS = ["acl", "pubsub", "stats", "persist", "repl", "cluster", "script", "sentinel"]
COMMAND_AND_BELOW = {"command", "base", "ds", "resp", "config", "data", "keyspace"}
TABLE = {
    "base": set(),
    "ds": {"base"},
    "resp": {"base"},
    "event": {"base"},
    "config": {"base"},
    "net": {"base", "event", "sdk"},
    "client": {"base", "resp", "event", "net", "sdk"},
    "data": {"base", "ds"},
    "keyspace": {"base", "ds", "data"},
    "command": {"base", "ds", "resp", "config", "data", "keyspace"},
    **{name: COMMAND_AND_BELOW for name in SUBSYSTEMS},
    **{name: COMMAND_AND_BELOW | {"net", "event", "sdk", "client"} for name in ("repl", "cluster", "sentinel")},
    "commands": COMMAND_AND_BELOW | set(SUBSYSTEMS),
    "dispatch": COMMAND_AND_BELOW | set(SUBSYSTEMS) | {"commands"},
    "app": None,  # everything
    "cli": {"base", "event", "resp", "net", "sdk", "client"},
    "benchmark": {"base", "event", "resp", "net", "sdk", "client"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
SOURCES = (".h", ".hpp", ".c", ".cc")


def layer_of(path):
    """server/net/x.h → net, sdk/... → sdk, plugins/tcp/... → plugins/tcp, else None."""
    parts = path.split("/")
    if parts[0] == "server":
        return parts[1] if len(parts) > 2 else None
    if parts[0] == "sdk":
        return "sdk"
    if parts[0] == "plugins":
        return "/".join(parts[:2]) if len(parts) > 2 else None
    return None


def target_of(root, path, name):
    """The file of the tree that an #include "name" in `path` means, or None. A plug-in, as one built elsewhere, knows its own folder."""
    own_folder = [path.rsplit("/", 1)[0] + "/"] if path.startswith("plugins/") else []
    for prefix in ("", "sdk/include/", *own_folder):
        if (root / prefix / name).exists():
            return prefix + name
    return None


def problems_of(root, path):
    layer = layer_of(path)
    if layer is None:
        return
    if layer not in TABLE and layer != "sdk" and not layer.startswith("plugins/"):
        yield f"{path}: the folder {layer} is not in the table of layers"
        return
    for kind, name in INCLUDE.findall((root / path).read_text(errors="replace")):
        target = target_of(root, path, name)
        if target is None:
            if kind == '"':
                yield f'{path}: #include "{name}" is no file of the tree (paths are written from its root)'
            elif layer == "sdk" and path.endswith("transport.h") and name not in ("stddef.h", "stdint.h"):
                yield f"{path}: <{name}> is more than the ABI header may need"
            continue
        other = layer_of(target)
        if other == layer:
            continue
        if layer == "sdk":
            allowed = False
        elif layer.startswith("plugins/"):
            allowed = other == "sdk"
        else:
            allowed = TABLE[layer] is None or other in TABLE[layer]
        if not allowed:
            yield f"{path}: {layer} may not include {target}"


def check(root):
    problems = []
    for top in ("server", "sdk", "plugins"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SOURCES and path.is_file():
                problems += problems_of(root, str(path.relative_to(root)))
    return problems


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)

        def put(path, text):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)

        put("sdk/include/keyway/transport.h", "#include <stdint.h>\n")
        put("server/base/a.h", "#include <string>\n")
        put("server/net/n.h", '#include "server/base/a.h"\n#include "keyway/transport.h"\n')
        assert check(root) == []
        for path, text in (("server/base/b.h", '#include "server/net/n.h"\n'), ("server/base/b.h", "#include <keyway/transport.h>\n"),
                           ("plugins/tcp/p.cc", '#include "server/base/a.h"\n'), ("server/new/x.h", ""), ("server/net/m.h", '#include "n.h"\n'),
                           ("sdk/include/keyway/transport.h", "#include <time.h>\n")):
            before = (root / path).read_text() if (root / path).exists() else None
            put(path, text)
            assert len(check(root)) == 1, (path, text, check(root))
            put(path, before) if before is not None else (root / path).unlink()


def main():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--tls")]
    self_test()
    root = pathlib.Path(arguments[0] if arguments else ".").resolve()
    problems = check(root)
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
