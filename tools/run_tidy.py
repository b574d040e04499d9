#!/usr/bin/python3
"""clang-tidy over the sources of a build folder's compile database, two at a time; every warning is an error.

usage: run_tidy.py BUILD [PATH-PART...]
A file that was clean with the same content, headers and checks before is not looked at again: the build folder keeps the
hashes.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def headers_digest():
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    for header in sorted(ROOT.glob("src/**/*.h")) + sorted(ROOT.glob("tests/**/*.h")):
        digest.update(header.read_bytes())
    return digest.digest()


def main():
    build = pathlib.Path(sys.argv[1])
    wanted = sys.argv[2:]
    commands = json.loads((build / "compile_commands.json").read_text())
    files = sorted({c["file"] for c in commands if "/headers/" not in c["file"]})
    files = [f for f in files if not wanted or any(part in f for part in wanted)]
    cache_file = build / "tidy.json"
    clean = set(json.loads(cache_file.read_text())) if cache_file.exists() else set()
    headers = headers_digest()

    def check(file):
        key = hashlib.sha256(headers + pathlib.Path(file).read_bytes()).hexdigest()
        if key in clean:
            return file, key, 0, ""
        run = subprocess.run(["clang-tidy", "--quiet", "-p", str(build), "--extra-arg=-Wno-unknown-warning-option", file],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return file, key, run.returncode, run.stdout

    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, key, status, output in pool.map(check, files):
            if status == 0 and not re.search(r"(warning|error):", output):
                clean.add(key)
            else:
                bad += 1
                print(output)
    cache_file.write_text(json.dumps(sorted(clean)))
    print(f"clang-tidy: {len(files) - bad} files clean, {bad} not")
    sys.exit(1 if bad else 0)


main()
