#!/usr/bin/python3
"""clang-tidy over the sources of a build folder's compile database, two at a time; every warning is an error.

usage: run_tidy.py BUILD [PATH-PART...]
A file that was clean with the same content, headers and checks before is not looked at again: the build folder keeps the
hashes, each from the moment it is known, so that a run that was stopped goes on where it stood.
"""
import concurrent.futures
import contextlib
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def headers_of(build):
    """Source -> the project's headers it includes, as the last build found them; a file not built yet is not in it."""
    listing = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             text=True).stdout
    found = {}
    for block in listing.split("\n\n"):
        paths = [os.path.normpath(build / line.strip()) for line in block.splitlines()[1:]]
        ours = [path for path in paths if path.startswith(str(ROOT))]
        if ours and paths[0] in ours:
            found[paths[0]] = ours[1:]
    return found


def digest_of(paths):
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            digest.update(pathlib.Path(path).read_bytes())
    return digest.hexdigest()


def main():
    build = pathlib.Path(sys.argv[1])
    wanted = sys.argv[2:]
    commands = json.loads((build / "compile_commands.json").read_text())
    files = sorted({c["file"] for c in commands if "/headers/" not in c["file"]})
    files = [f for f in files if not wanted or any(part in f for part in wanted)]
    cache_file = build / "tidy.clean"
    clean = set(cache_file.read_text().split()) if cache_file.exists() else set()
    headers = headers_of(build.resolve())
    every_header = [*sorted(ROOT.glob("src/**/*.h")), *sorted(ROOT.glob("tests/**/*.h"))]

    def check(file):
        key = digest_of([file, *sorted(headers.get(file, every_header))])
        if key in clean:
            return file, key, 0, ""
        run = subprocess.run(["clang-tidy", "--quiet", "-p", str(build), "--extra-arg=-Wno-unknown-warning-option", file],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return file, key, run.returncode, run.stdout

    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool, cache_file.open("a") as cache:
        for future in concurrent.futures.as_completed([pool.submit(check, file) for file in files]):
            file, key, status, output = future.result()
            if status == 0 and not re.search(r"(warning|error):", output):
                if key not in clean:
                    cache.write(key + "\n")
                    cache.flush()
            else:
                bad += 1
                print(file, output, sep="\n", flush=True)
    print(f"clang-tidy: {len(files) - bad} files clean, {bad} not")
    sys.exit(1 if bad else 0)


main()
