#!/usr/bin/env python3
"""Holds the includes under src/ to the arrows between its layers (docs/architecture.md).

A file may include its own folder, the folders its layer's arrow points at, and whatever those may include. Prints
FILE:LINE for each include that goes against an arrow and ends with status 1 where there is one.

    check_layers.py [SRC]        default: src/ beside this script's folder
    check_layers.py --self-test  proves that a planted violation is found
"""
import re
import sys
import tempfile
from pathlib import Path

# Layer -> the layers it may include directly; what these may include, it may too. "app" sees everything.
ARROWS = {
    "base": [],
    "model": ["trace"],
    "text": ["base"],
    "frame": ["base"],
    "trace": ["base"],
    "net": ["trace"],
    "http": ["net"],
    "talk": ["net", "trace", "frame", "text", "model"],
    "respond": ["talk"],
    "cluster": ["talk", "net"],
    "view": ["model", "text", "frame", "trace"],
    "record": ["model", "text", "frame", "trace"],
}
ARROWS["app"] = list(ARROWS)

INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]')
SUFFIXES = {".h", ".cc", ".c", ".inc"}


def reachable(layer):
    """The layers that `layer` may include: the arrows followed to their ends."""
    seen = {layer}
    waiting = [layer]
    while waiting:
        for other in ARROWS[waiting.pop()]:
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


def layer_of(path):
    """The layer of a path relative to src/; a file that stands in src/ itself is the program, thus app."""
    return path.parts[0] if len(path.parts) > 1 else "app"


def problems_of(src):
    """Yields (file, line number, what is wrong) for every include that goes against an arrow."""
    for path in sorted(p for p in src.rglob("*") if p.suffix in SUFFIXES):
        relative = path.relative_to(src)
        layer = layer_of(relative)
        if layer not in ARROWS:
            yield path, 1, f"folder {layer}/ has no arrows: add it to ARROWS in tools/check_layers.py"
            continue
        allowed = reachable(layer)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            match = INCLUDE.match(line)
            if not match:
                continue
            included = match[1]
            target = layer_of(Path(included))
            quoted = '"' in line
            if ".." in Path(included).parts:
                yield path, number, f'"{included}": write it from src/, without ..'
            elif not (src / included).is_file():
                if quoted:  # else the system's: <net/if.h>
                    yield path, number, f'"{included}": there is no such file in src/'
            elif target not in allowed:
                points = ", ".join(sorted(allowed - {layer})) or "no other layer"
                yield path, number, f'"{included}": {layer} may include {points}, not {target}'


def self_test():
    files = {
        "base/bytes.h": "#include <vector>\n",
        "model/event.h": '#include "base/bytes.h"\n',
        "net/loop.h": '#include "base/bytes.h"\n#include <sys/socket.h>\n',
        "talk/session.h": '#include "net/loop.h"\n#include "model/event.h"\n',
        "respond/echo.cc": '#include "talk/session.h"\n#include "model/event.h"\n',  # model through talk
        "view/good.cc": '#include "model/event.h"\n// #include "talk/session.h"\n#include <net/if.h>\n',
        "app/main.cc": '#include "respond/echo.h"\n#include "view/good.h"\n#include "base/bytes.h"\n',
        "respond/echo.h": "",
        "view/good.h": "",
        "main.cc": '#include "view/good.h"\n',
        # planted:
        "base/bad.h": '#include "model/event.h"\n',
        "view/bad.cc": '#include "model/event.h"\n\n#  include <talk/session.h>\n',
        "net/bad.h": '#include "base/bytes.h"\n#include "../talk/session.h"\n',
        "frame/bad.h": '#include "bytes.h"\n',
        "helpers/bad.h": "",
    }
    expected = {("base/bad.h", 1), ("view/bad.cc", 3), ("net/bad.h", 2), ("frame/bad.h", 1), ("helpers/bad.h", 1)}
    with tempfile.TemporaryDirectory() as folder:
        src = Path(folder)
        for name, text in files.items():
            (src / name).parent.mkdir(parents=True, exist_ok=True)
            (src / name).write_text(text, encoding="utf-8")
        found = {(str(path.relative_to(src)), number) for path, number, _ in problems_of(src)}
    if found != expected:
        print(f"self-test: missed {sorted(expected - found)}, wrongly found {sorted(found - expected)}")
        return 1
    print("self-test: every planted violation is found, nothing else")
    return 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print(__doc__, file=sys.stderr)
        return 2
    src = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent / "src"
    if not src.is_dir():
        print(f"{src}: no such folder", file=sys.stderr)
        return 2
    status = 0
    for path, number, problem in problems_of(src):
        print(f"{path}:{number}: {problem}")
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
