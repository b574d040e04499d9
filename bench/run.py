#!/usr/bin/python3
"""Measures earshot beside a minimal C program (the limit) and its peers, and writes the tables of docs/performance.md and docs/encodings.md.

Speed drifts by a fifth and more within minutes, so every row is run in turns (earshot, limit, peer, earshot, ...) and
only ratios of medians within one row are judged. The exit status says whether everything ran, never how fast.

    bench/run.py [--quick] [--earshot PATH] [--only WORD] [--no-write]
"""

import argparse
import datetime
import os
import statistics
import subprocess
import sys

from processes import CannotRun
from row import ROOT, Bench
from rows import bulk, callers, echo, fan_out, ladder, recoding, start_up, texts, threads

DOC = os.path.join(ROOT, "docs", "performance.md")
TEXT_DOC = os.path.join(ROOT, "docs", "encodings.md")
BEGIN, END = "<!-- bench/run.py: begin -->", "<!-- bench/run.py: end -->"
# Each gives its rows of the table, in this order.
PARTS = [bulk, recoding, echo, fan_out, threads, callers, start_up, ladder]


def run_row(row, turns):
    values = {subject: [] for subject in row.subjects}
    troubles = {}
    for _ in range(turns):
        for subject in row.subjects:
            if subject in troubles:
                continue
            try:
                values[subject].append(row.measure(subject))
            except (CannotRun, OSError, subprocess.SubprocessError, ValueError, KeyError) as trouble:
                troubles[subject] = str(trouble)
    return {subject: statistics.median(got) for subject, got in values.items() if got}, troubles


def judge(row, medians):
    verdicts = []
    ours = medians.get("earshot")
    for subject, factor in row.targets:
        base = 1.0 if subject is None else medians.get(subject)
        what = f"{factor:g} {row.unit}" if subject is None else f"{factor:g}x {subject}"
        what = ("at most " if row.less else "at least ") + what
        if ours is None or not base:
            verdicts.append(f"{what}: not measured")
            continue
        ratio = ours / base
        reached = ratio <= factor if row.less else ratio >= factor
        is_at = "" if subject is None else f" ({ratio:.2f}x)"
        verdicts.append(f"{what}: {'reached' if reached else '**not reached**'}{is_at}")
    return verdicts


def number(value):
    if value >= 10000000:
        return f"{value / 1000000:,.1f}M"
    if value >= 10000:
        return f"{value / 1000:,.0f}k"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def table(results, quick, turns):
    model = ""
    with open("/proc/cpuinfo") as lines:
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    with open("/proc/sys/net/ipv4/tcp_congestion_control") as file:
        control = file.read().strip()
    kind = "A quick run, for smoke only. " if quick else ""
    out = [f"{kind}{datetime.date.today().isoformat()}, {os.cpu_count()} cores ({model}), kernel "
           f"{os.uname().release}, loopback, congestion control {control}; medians of {turns} alternating runs.", "",
           "| work | earshot | limit | peers | targets |", "| --- | --- | --- | --- | --- |"]
    for row, medians, troubles in results:
        def cell(subject):
            if subject in medians:
                return number(medians[subject])
            return troubles.get(subject, "")
        peers = ", ".join(f"{s} {cell(s)}" for s in row.subjects if s not in ("earshot", "limit"))
        peers += f"; {row.notes()}" if row.notes() else ""
        out.append(f"| {row.name}, {row.unit} | {cell('earshot')} | {cell('limit')} | {peers} | "
                   f"{'; '.join(judge(row, medians))} |")
    paying = threads.when_they_pay(results)
    return "\n".join(out + (["", paying] if paying else []))


def write_doc(path, text):
    with open(path) as file:
        doc = file.read()
    head, rest = doc.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    with open(path, "w") as file:
        file.write(f"{head}{BEGIN}\n{text}\n{END}{tail}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smoke run of seconds")
    parser.add_argument("--earshot", default=os.path.join(ROOT, "build", "release", "earshot"))
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "bench", "bench"),
                        help="where the limit programs and loads are (preset bench)")
    parser.add_argument("--only", help="rows whose name contains this; text: those of docs/encodings.md")
    parser.add_argument("--turns", type=int)
    parser.add_argument("--no-write", action="store_true", help="leave docs/ alone")
    options = parser.parse_args()
    turns = options.turns or (1 if options.quick else 5)
    bench = Bench(options)
    results = []
    try:
        for row in [row for part in PARTS for row in part.rows(bench)]:
            if options.only and options.only not in row.name:
                continue
            medians, troubles = run_row(row, turns)
            results.append((row, medians, troubles))
            shown = ", ".join(f"{s} {number(v)}" for s, v in medians.items())
            print(f"{row.name} [{row.unit}]: {shown}")
            if row.notes():
                print(f"    {row.notes()}")
            for subject, trouble in troubles.items():
                print(f"    {subject}: {trouble}")
            for verdict in judge(row, medians):
                print(f"    {verdict}".replace("**", ""))
            sys.stdout.flush()
        if not options.only or options.only in "text":
            text = texts.table(bench)
            print(text)
            if not options.no_write:
                write_doc(TEXT_DOC, text)
    finally:
        bench.close()
    text = table(results, options.quick, turns)
    if options.no_write or options.only:
        print(text)
    else:
        write_doc(DOC, text)
    broken = any("earshot" in troubles for _, _, troubles in results)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
