#!/usr/bin/python3
"""Runs every unit test program of a build folder and, where asked, the end-to-end tests; prints how many tests ran.

usage: run_tests.py BUILD [--e2e]
Exit status 0 only where every test passed. What could not be tried on this machine is named and counted as skipped.
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def what_matters(output, status):
    """Without the tests that passed; the last one that began is named where the program did not come to its end."""
    lines, of_this_test = [], []
    for line in output.splitlines():
        if line.startswith("[ RUN      ]"):
            of_this_test = [line]
        elif line.startswith("[       OK ]"):
            of_this_test = []
        else:
            of_this_test.append(line)
            if line.startswith(("[  FAILED  ]", "[  SKIPPED ]")):
                lines, of_this_test = lines + of_this_test, []
    if status < 0:
        of_this_test.append(f"ended by signal {-status}, in the test named last")
    return "\n".join(lines + of_this_test)


def unit_tests(build):
    counts = [0, 0, 0]  # passed, failed, skipped
    for program in sorted((build / "tests").glob("*_tests")):
        run = subprocess.run([program, "--gtest_shuffle"], cwd=ROOT, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, errors="replace", timeout=1200)
        ran = re.search(r"(\d+) tests? from \d+ test suites? ran", run.stdout)
        good = re.search(r"\[  PASSED  \] (\d+) test", run.stdout)
        count = int(ran.group(1)) if ran else 0
        ok = int(good.group(1)) if good else 0
        skipped = re.search(r"\[  SKIPPED \] (\d+) test", run.stdout)
        left_out = int(skipped.group(1)) if skipped else 0
        bad = count - ok - left_out
        if run.returncode != 0 or count == 0:
            bad = max(bad, 1)
            print(what_matters(run.stdout, run.returncode))
        else:  # what a test says of what it found, such as vectors that are not there
            print("".join(line + "\n" for line in run.stdout.splitlines()
                          if line and not line.startswith(("[", "Note:", "Running main()"))), end="")
        print(f"{program.name}: {ok} passed, {bad} failed, {left_out} skipped (status {run.returncode})", flush=True)
        counts = [a + b for a, b in zip(counts, (ok, bad, left_out))]
    return counts


def end_to_end_tests(build):
    report = build / "e2e.xml"
    run = subprocess.run(["/usr/bin/python3", "-m", "pytest", "-q", "-rs", "-n", "4", "-p", "no:cacheprovider",
                          f"--junitxml={report}", "tests/e2e"], cwd=ROOT,
                         env=dict(os.environ, EARSHOT=str(build / "earshot")))
    text = report.read_text() if report.exists() else ""
    def number(name):
        found = re.search(rf'{name}="(\d+)"', text)
        return int(found.group(1)) if found else 0
    bad, left_out = number("failures") + number("errors"), number("skipped")
    passed = max(number("tests") - bad - left_out, 0)
    if run.returncode != 0 or passed == 0:
        bad = max(bad, 1)
    return [passed, bad, left_out]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1]).resolve()
    counts = unit_tests(build)
    if "--e2e" in sys.argv:
        counts = [a + b for a, b in zip(counts, end_to_end_tests(build))]
    passed, failed, skipped = counts
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not passed else 0)


main()
