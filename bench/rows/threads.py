"""Two shards against one."""

import os
import statistics

from processes import HOST, free_port, load_facts, start_server, stop
from row import Row
from rows.echo import RULES, rules_file


# A server with one thread or two, and a load of one thread, wherever the system puts them: two threads of a server
# and one of load share two processors. All that the load found out.
def measure(bench, subject, work, callers, in_flight):
    port = free_port()
    p = str(port)
    if subject.startswith("C"):
        command = [bench.tool("limit_echo_epoll"), p, "1" if subject == "C, one thread" else "2"]
    else:
        reply = {"rules": ["rules:" + rules_file(bench), "--frame", "line"],
                 "anycase": ["rules:" + rules_file(bench, True), "--frame", "line"],
                 "chat": ["chat", "--detect", "gbk"], "tls": ["echo", "--tls"],
                 "lines": ["echo", "--frame", "line"]}.get(work, ["echo"])
        command = [bench.earshot, "listen", HOST, p, "--threads", "1" if subject == "one shard" else "2",
                   "--reply", *reply]
    server = start_server(command, port)
    try:
        pid = str(server.pid)
        if work == "chat":
            load = [bench.tool("chat_load"), "mixed", p, str(callers), "4", "16", str(bench.seconds), pid]
        else:
            kinds = RULES if work in ("rules", "anycase") else 1
            load = [bench.tool("echo_load"), p, str(callers), str(bench.seconds), str(in_flight), str(kinds), pid]
            load += ["tls"] if work == "tls" else []
        return load_facts(load, core=None)
    finally:
        stop(server)


class ThreadsRow(Row):
    """Two shards (earshot) against one, the same load on both. Beside the rate: what an answer takes of the processors."""
    PAYS = 1.1

    def __init__(self, bench, work, what, callers, in_flight):
        self.bench, self.work, self.callers, self.in_flight = bench, work, callers, in_flight
        self.what = what if in_flight == 1 or work == "chat" else f"{what}, {in_flight} in flight"
        self.used = {}  # of each subject: what each turn's answer took
        subjects = ["earshot", "one shard"] + (["limit", "C, one thread"] if work == "echo" else [])
        rate = "deliveries/s" if work == "chat" else "answers/s"
        super().__init__(f"2 threads, {self.what}, {callers} callers", rate, subjects, self.run, [("one shard", 0.97)],
                         notes=self.processors)

    def run(self, subject):
        found = measure(self.bench, subject, self.work, self.callers, self.in_flight)
        self.used.setdefault(subject, []).append((found["server_ns"], found["load_ns"]))
        return found["deliveries_per_s" if self.work == "chat" else "answers_per_s"]

    def nanoseconds(self, subject, end):
        return statistics.median(turn[end] for turn in self.used[subject]) if subject in self.used else 0

    def processors(self):
        def of(subject):
            return f"server {self.nanoseconds(subject, 0):.0f} and load {self.nanoseconds(subject, 1):.0f} ns"
        return f"CPU of each: {of('earshot')}; with one shard {of('one shard')}"


def rows(bench):
    rules, anycase = f"{RULES} regex rules", f"{RULES} regex rules of any case"
    works = [("echo", "echo", 1, (1, 8, 50, 200)), ("lines", "echo of lines", 64, (8, 50, 200)),
             ("rules", rules, 1, (50,)), ("rules", rules, 64, (8, 50, 200)),
             ("anycase", anycase, 1, (8, 50, 200)), ("anycase", anycase, 64, (1, 8, 50, 200)),
             ("tls", "echo over TLS", 1, (8, 50, 200)), ("tls", "echo over TLS", 64, (50,)),
             ("chat", "chat of UTF-8 and GBK", 16, (8, 50, 200))]
    return [ThreadsRow(bench, work, what, callers, in_flight) for work, what, in_flight, many in works
            for callers in many]


def when_they_pay(results):
    """From which load on a second shard pays, by what was measured."""
    found = [(row, medians["earshot"] / medians["one shard"]) for row, medians, _ in results
             if isinstance(row, ThreadsRow) and "earshot" in medians and medians.get("one shard")]
    if not found:
        return ""
    works = {}
    for row, ratio in found:
        works.setdefault(row.what, []).append((row, ratio))
    said = []
    for what, rows_of in works.items():
        paying = []  # from there on it does, at every load
        for row, ratio in reversed(rows_of):
            if ratio < ThreadsRow.PAYS:
                break
            paying.insert(0, row)
        ratios = ", ".join(f"{ratio:.2f}x at {row.callers}" for row, ratio in rows_of)
        said.append(f"{what}: " + (f"from {paying[0].callers} callers on" if paying else "not here") + f" ({ratios})")
    return (f"A second shard pays (at least {ThreadsRow.PAYS}x) on {os.cpu_count()} cores that it shares with the load: "
            f"{'; '.join(said)}.")
