#!/usr/bin/python3
"""Measures earshot beside a minimal C program (the limit) and its peers, and writes the tables of docs/performance.md and docs/encodings.md.

Speed drifts by a fifth and more within minutes, so every row is run in turns (earshot, limit, peer, earshot, ...) and
only ratios of medians within one row are judged. The exit status says whether everything ran, never how fast.

    bench/run.py [--quick] [--earshot PATH] [--only WORD] [--no-write]
"""

import argparse
import contextlib
import datetime
import json
import os
import pty
import random
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DOC = os.path.join(ROOT, "docs", "performance.md")
TEXT_DOC = os.path.join(ROOT, "docs", "encodings.md")
BEGIN, END = "<!-- bench/run.py: begin -->", "<!-- bench/run.py: end -->"
HOST = "127.0.0.1"
GIB, MIB = 1 << 30, 1 << 20
RULES = 100


class CannotRun(Exception):
    """This subject cannot do this row here; the table says so."""


# ---- processes


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def listens(port):
    wanted = ":%04X" % port
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(FileNotFoundError), open(table) as lines:
            for line in lines:
                words = line.split()
                if len(words) > 3 and words[3] == "0A" and words[1].endswith(wanted):
                    return True
    return False


def start(command, core=None, **streams):
    for name in ("stdin", "stdout", "stderr"):
        streams.setdefault(name, subprocess.DEVNULL)
    if core is not None and (os.cpu_count() or 1) > core:
        command = ["taskset", "-c", str(core)] + command
    return subprocess.Popen(command, **streams)


def start_server(command, port, core=None, **streams):
    server = start(command, core, **streams)
    end = time.monotonic() + 5
    while not listens(port):
        if server.poll() is not None or time.monotonic() > end:
            stop(server)
            raise CannotRun("does not listen")
        time.sleep(0.002)
    return server


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def status_kb(pid, field):
    with open(f"/proc/{pid}/status") as lines:
        for line in lines:
            if line.startswith(field):
                return int(line.split()[1])
    return 0


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# ---- what is measured


class Bench:
    def __init__(self, options):
        self.quick = options.quick
        self.earshot = options.earshot
        self.build = options.build
        self.folder = os.path.join("/dev/shm" if os.path.isdir("/dev/shm") else "/tmp", f"earshot-bench-{os.getpid()}")
        os.mkdir(self.folder)
        self.size = 128 * MIB if self.quick else GIB
        self.seconds = 0.4 if self.quick else 2.0

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def tool(self, name):
        path = os.path.join(self.build, name)
        if not os.path.exists(path):
            raise CannotRun(f"{name} is not built")
        return path

    def path(self, name):
        return os.path.join(self.folder, name)

    def file_of(self, name, size):
        path = self.path(name)
        if not os.path.exists(path) or os.path.getsize(path) != size:
            block = os.urandom(MIB)
            with open(path, "wb") as out:
                for _ in range(size // MIB):
                    out.write(block)
        return path

    # The two ends of a bulk pipe as (listen, connect); -b 1M is what socat does best with.
    def ends(self, subject, port):
        p = str(port)
        return {
            "earshot": ([self.earshot, "listen", HOST, p], [self.earshot, "connect", HOST, p]),
            # Root sees packets; for anybody else this is the ladder of what the kernel says.
            "calling with --ladder": ([self.earshot, "listen", HOST, p],
                                      [self.earshot, "connect", "--ladder", HOST, p]),
            "listening with --ladder": ([self.earshot, "listen", "--ladder", HOST, p],
                                        [self.earshot, "connect", HOST, p]),
            "listening everywhere with --ladder": ([self.earshot, "listen", "--ladder", p],
                                                   [self.earshot, "connect", HOST, p]),
            "limit": ([self.tool("limit_pipe"), "listen", p], [self.tool("limit_pipe"), "connect", p]),
            "nc": (["nc.openbsd", "-l", HOST, p], ["nc.openbsd", "-N", HOST, p]),
            "ncat": (["ncat", "-l", HOST, p], ["ncat", "--send-only", HOST, p]),
            "socat": (["socat", "-u", f"TCP-LISTEN:{p},bind={HOST},reuseaddr", "-"],
                      ["socat", "-u", "-", f"TCP:{HOST}:{p}"]),
            "socat -b 1M": (["socat", "-u", "-b", "1048576", f"TCP-LISTEN:{p},bind={HOST},reuseaddr", "-"],
                            ["socat", "-u", "-b", "1048576", "-", f"TCP:{HOST}:{p}"]),
        }[subject]

    # Seconds and CPU seconds from the call until both ends have left.
    def transfer(self, subject, source, target):
        port = free_port()
        listen, connect = self.ends(subject, port)
        before = children_cpu()
        server = start_server(listen, port, stdout=target)
        begun = time.perf_counter()
        client = start(connect, stdin=source)
        try:
            client.wait(60)
            server.wait(60)
        except subprocess.TimeoutExpired as late:
            raise CannotRun("did not end") from late
        finally:
            took = time.perf_counter() - begun
            stop(client)
            stop(server)
        if client.returncode or server.returncode:
            raise CannotRun(f"status {client.returncode} and {server.returncode}")
        return took, children_cpu() - before

    def from_head(self, subject):
        head = subprocess.Popen(["head", "-c", str(self.size * 2), "/dev/zero"], stdout=subprocess.PIPE)
        try:
            took, _ = self.transfer(subject, head.stdout, subprocess.DEVNULL)
        finally:
            head.stdout.close()
            stop(head)
        return self.size * 2 / took / 1e9

    # The source never ends: bytes are counted by the kernel (what the sender has read) over a stretch in the middle.
    def free_source(self, subject):
        port = free_port()
        listen, connect = self.ends(subject, port)
        server = start_server(listen, port)
        client = None
        try:
            with open("/dev/zero", "rb") as zero:
                client = start(connect, stdin=zero)

            def moved():
                with open(f"/proc/{client.pid}/io") as lines:
                    return int(lines.readline().split()[1])
            time.sleep(self.seconds / 4)
            bytes_before, begun = moved(), time.perf_counter()
            time.sleep(self.seconds)
            moved_now, took = moved(), time.perf_counter() - begun
            if client.poll() is not None or moved_now == bytes_before:
                raise CannotRun("left early")
            return (moved_now - bytes_before) / took / 1e9
        finally:
            if client:
                stop(client)
            stop(server)

    def file_to_file(self, subject, cpu=False, size=None):
        size = size or self.size
        source, target = self.file_of("source", size), self.file_of("target", size)
        with open(source, "rb") as reading, open(target, "r+b") as writing:
            took, used = self.transfer(subject, reading, writing)
        if os.path.getsize(target) != size:
            raise CannotRun("lost bytes")
        return used / (size / GIB) if cpu else size / took / 1e9

    def gbk(self, subject):
        size = 16 * MIB if self.quick else 256 * MIB
        text = self.path("text.gbk")
        if not os.path.exists(text):
            line = "早上好，今天的会议改到三点。please reply, 谢谢 12345\n".encode("gbk")
            with open(text, "wb") as out:
                out.write(line * (size // len(line)))
        size = os.path.getsize(text)
        with open(text, "rb") as source, open(self.path("text.utf8"), "wb") as target:
            if subject == "iconv":
                begun = time.perf_counter()
                subprocess.run(["iconv", "-f", "gbk", "-t", "utf-8"], stdin=source, stdout=target, check=True)
                return size / (time.perf_counter() - begun) / 1e6
            port = free_port()
            server = start_server([self.earshot, "listen", "--encoding", "gbk", HOST, str(port)], port, stdout=target)
            begun = time.perf_counter()
            client = start(self.ends("limit", port)[1], stdin=source)
            try:
                client.wait(60)
                server.wait(60)
                took = time.perf_counter() - begun
            finally:
                stop(client)
                stop(server)
        if server.returncode:
            raise CannotRun(f"status {server.returncode}")
        return size / took / 1e6

    # The source of the recoding rows: a piece of prose over and over. Gives its path and the piece as UTF-8.
    def gbk_prose(self):
        with open(os.path.join(ROOT, "bench", "prose.h")) as lines:
            sentences = re.findall(r'^    "(.+)",$', lines.read().split("kSentences[] = {")[1].split("};")[0], re.M)
        draw = random.Random(1)
        piece = "".join(draw.choice(sentences) + ("\n" if i % 5 == 4 else "") for i in range(100000))
        path, size = self.path("prose.gbk"), 64 * MIB if self.quick else GIB
        if not os.path.exists(path):
            data = piece.encode("gbk")
            with open(path, "wb") as out:
                for _ in range(size // len(data)):
                    out.write(data)
        return path, piece.encode()

    def recoding(self, subject, source, label, charset):
        command = {"earshot": [self.earshot, "recode", "-f", label, "-t", "utf-8", source],
                   "iconv": ["iconv", "-f", charset, "-t", "UTF-8", source],
                   "uconv": ["uconv", "-f", charset, "-t", "UTF-8", source],
                   "recode": ["sh", "-c", f"recode {charset}..UTF-8 < {source}"]}[subject]
        if not shutil.which(self.earshot if subject == "earshot" else subject):
            raise CannotRun("is not installed")
        return command

    # The same named source and the same sink for all. What earshot writes is compared with what it should be.
    def recode(self, subject, to_file):
        source, piece = self.gbk_prose()
        command = self.recoding(subject, source, "gbk", "GB18030")
        target = self.path("prose.utf8") if to_file else "/dev/null"
        with open(target, "wb") as out:
            begun = time.perf_counter()
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, check=True)
            took = time.perf_counter() - begun
        if to_file:
            with open(target, "rb") as made:
                pieces = iter(lambda: made.read(len(piece)), b"")
                if subject == "earshot" and not all(each == piece for each in pieces):
                    raise CannotRun("wrote something else")
            os.unlink(target)
        return os.path.getsize(source) / took / 1e6

    def recode_a_line(self, subject):
        line = self.path("line.gbk")
        with open(line, "wb") as out:
            out.write("早上好。\n".encode("gbk"))
        return self.spawn_ms([shutil.which(word) or word for word in self.recoding(subject, line, "gbk", "GB18030")])

    def echo_server(self, subject, port):
        p = str(port)
        return {
            "earshot": [self.earshot, "listen", "--reply", "echo", HOST, p],
            "with --ladder": [self.earshot, "listen", "--ladder", "--reply", "echo", HOST, p],
            "echo": [self.earshot, "listen", "--reply", "echo", "--frame", "line", HOST, p],
            "rules": [self.earshot, "listen", "--reply", f"rules:{self.rules_file()}", "--frame", "line", HOST, p],
            "limit": [self.tool("limit_echo_epoll"), p],
            "socat PIPE": ["socat", f"TCP-LISTEN:{p},bind={HOST},reuseaddr,fork,nodelay,backlog=1024", "PIPE"],
            "ncat cat": ["ncat", "-l", "-k", HOST, p, "-c", "cat"],
        }[subject]

    # A hundred kinds of line, told apart by regexes as people write them, each answered with what it was.
    def rules_file(self, anycase=False):
        path = self.path("rules.toml")
        forms = [(r"^ask-{0} (\d+) (x+)$", "ask-{0} ${{1}} ${{2}}"), (r"ask-{0} (\w+) (\w+)", "ask-{0} ${{1}} ${{2}}"),
                 (r"^ask-{0} \d+ x*$", "${{0}}"), (r"^(?P<all>ask-{0} [0-9]+ .*)$", "${{all}}")]
        if anycase:  # for which no look-up of words stands in
            path, forms = self.path("anycase.toml"), [(r"(?i)^ASK-{0} (\d+) (x+)$", "ask-{0} ${{1}} ${{2}}")]
        with open(path, "w") as out:
            for kind in range(RULES):
                regex, answer = (text.format(f"{kind:03}") for text in forms[kind % len(forms)])
                out.write(f"[[rule]]\nregex = '{regex}'\nanswer = \"{answer}\\n\"\n")
        return path

    def echo(self, subject, connections, in_flight=1, kinds=1):
        port = free_port()
        server = start_server(self.echo_server(subject, port), port, core=0)
        try:
            # One connection: both ends on one core, where no wake-up of another core is measured.
            core = 0 if connections == 1 else 1
            load = start([self.tool("echo_load"), str(port), str(connections), str(self.seconds), str(in_flight),
                          str(kinds)], core, stdout=subprocess.PIPE)
            out, _ = load.communicate(timeout=60)
            if load.returncode:
                raise CannotRun("the load gave up")
            return float(out)
        finally:
            stop(server)

    # The server and the language that it speaks.
    def fanout_server(self, subject, port):
        p = str(port)
        mosquitto = self.path(f"mosquitto.{p}")
        with open(mosquitto, "w") as out:
            out.write(f"listener {p} {HOST}\nallow_anonymous true\n")
        return {
            "earshot": ([self.earshot, "listen", "--reply", "broadcast", "--frame", "line", HOST, p], "plain"),
            "limit": ([self.tool("limit_broadcast"), p], "plain"),
            "redis": (["redis-server", "--bind", HOST, "--port", p, "--save", "", "--appendonly", "no",
                       "--maxclients", "12000"], "redis"),
            "nats": (["nats-server", "-a", HOST, "-p", p], "nats"),
            "mosquitto": (["mosquitto", "-c", mosquitto], "mqtt"),
            "ncat --broker": (["ncat", "-l", "--broker", "-m", "1020", HOST, p], "plain"),
        }[subject]

    # One sender, `callers` who get every line. All that the load found out.
    def fanout(self, subject, callers, in_flight, field="deliveries_per_s", stalled=0):
        if subject == "ncat --broker" and callers > 1000:
            raise CannotRun("select holds 1,024")
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < callers + 100:
            raise CannotRun(f"only {hard} descriptors allowed")
        port = free_port()
        command, language = self.fanout_server(subject, port)
        if not shutil.which(command[0]):
            raise CannotRun("is not installed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        try:
            server = start_server(command, port, core=0)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        try:
            load = start([self.tool("fanout_load"), language, str(port), str(callers), str(in_flight),
                          str(self.seconds), str(server.pid), str(stalled)], 1, stdout=subprocess.PIPE)
            try:
                out, _ = load.communicate(timeout=60)
            except subprocess.TimeoutExpired as late:
                raise CannotRun("did not end") from late
            finally:
                stop(load)
            facts = dict(line.split() for line in out.decode().splitlines())
            if load.returncode:
                raise CannotRun("the load gave up")
            if int(facts["lost"]):
                raise CannotRun(f"lost {facts['lost']} lines")
            return float(facts[field])
        finally:
            stop(server)

    # `way`: broadcast, chat, mixed (half of the callers GBK). Four speak; the load compares what each hears.
    def chat(self, way, callers, in_flight):
        port = free_port()
        reply = ["broadcast", "--frame", "line"] if way == "broadcast" else ["chat", "--detect", "gbk"]
        server = start_server([self.earshot, "listen", "--reply", *reply, HOST, str(port)], port, core=0)
        try:
            load = start([self.tool("chat_load"), way, str(port), str(callers), "4", str(in_flight), str(self.seconds),
                          str(server.pid)], 1, stdout=subprocess.PIPE)
            try:
                out, _ = load.communicate(timeout=60)
            except subprocess.TimeoutExpired as late:
                raise CannotRun("did not end") from late
            finally:
                stop(load)
            if load.returncode:
                raise CannotRun("the load gave up")
            return float(dict(line.split() for line in out.decode().splitlines())["deliveries_per_s"])
        finally:
            stop(server)

    # A server with one thread or two, and a load of one thread, wherever the system puts them: two threads of a server
    # and one of load share two processors. All that the load found out.
    def threads(self, subject, work, callers):
        port = free_port()
        p = str(port)
        if subject.startswith("C"):
            command = [self.tool("limit_echo_epoll"), p, "1" if subject == "C, one thread" else "2"]
        else:
            reply = {"rules": ["rules:" + self.rules_file(), "--frame", "line"],
                     "anycase": ["rules:" + self.rules_file(True), "--frame", "line"],
                     "chat": ["chat", "--detect", "gbk"], "tls": ["echo", "--tls"]}.get(work, ["echo"])
            command = [self.earshot, "listen", HOST, p, "--threads", "1" if subject == "one shard" else "2",
                       "--reply", *reply]
        server = start_server(command, port)
        try:
            pid = str(server.pid)
            if work == "chat":
                load = [self.tool("chat_load"), "mixed", p, str(callers), "4", "16", str(self.seconds / 2), pid]
            else:
                kinds = RULES if work in ("rules", "anycase") else 1
                load = [self.tool("echo_load"), p, str(callers), str(self.seconds / 2), "1", str(kinds), pid]
                load += ["tls"] if work == "tls" else []
            ran = subprocess.run(load, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=False)
            if ran.returncode:
                raise CannotRun("the load gave up")
            return {name: float(value) for name, value in map(str.split, ran.stdout.decode().splitlines())}
        finally:
            stop(server)

    def idle(self, subject, field):
        count = 500 if self.quick else 15000
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < count + 100:
            raise CannotRun(f"only {hard} descriptors allowed")
        port = free_port()
        command = {"earshot": self.echo_server("earshot", port),
                   "limit": [self.tool("limit_accept"), str(port)]}[subject]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        try:
            server = start_server(command, port, core=0)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        try:
            load = start([self.tool("idle_load"), str(port), str(count), str(server.pid)], 1, stdout=subprocess.PIPE)
            out, _ = load.communicate(timeout=90)
            facts = dict(line.split() for line in out.decode().splitlines())
            if load.returncode or int(facts.get("held", 0)) < count:
                raise CannotRun("not every caller was held")
            return float(facts[field])
        finally:
            stop(server)

    def spawn_ms(self, command):
        times = []
        for _ in range(20 if self.quick else 60):
            begun = time.perf_counter()
            process = os.posix_spawnp(command[0], command, os.environ, file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)])
            os.waitpid(process, 0)
            times.append((time.perf_counter() - begun) * 1e3)
        return statistics.median(times)

    def version(self, subject):
        return self.spawn_ms({"earshot": [self.earshot, "--version"], "socat": ["socat", "-V"],
                              "limit": [self.tool("limit_start"), "--version"], "nc": ["nc.openbsd", "-h"],
                              "ncat": ["ncat", "--version"]}[subject])

    def connect_and_leave(self, subject):
        port = free_port()
        server = start_server([self.tool("limit_echo_epoll"), str(port)], port)
        p = str(port)
        try:
            return self.spawn_ms({"earshot": [self.earshot, "connect", HOST, p],
                                  "with --ladder": [self.earshot, "connect", "--ladder", HOST, p],
                                  "limit": [self.tool("limit_start"), p], "nc": ["nc.openbsd", "-N", HOST, p],
                                  "ncat": ["ncat", HOST, p], "socat": ["socat", "-", f"TCP:{HOST}:{p}"]}[subject])
        finally:
            stop(server)

    def pipe_rss(self, subject):
        port = free_port()
        listen, connect = self.ends(subject, port)
        server = start_server(listen, port)
        client = None
        try:
            with open("/dev/zero", "rb") as zero:
                client = start(connect, stdin=zero)
            time.sleep(0.3)
            if client.poll() is not None:
                raise CannotRun("left early")
            return max(status_kb(client.pid, "VmHWM"), status_kb(server.pid, "VmHWM")) / 1024
        finally:
            if client:
                stop(client)
            stop(server)

    def console_rss(self, _subject):
        port = free_port()
        server = start_server([self.tool("limit_accept"), str(port)], port)
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ["TERM"] = "xterm"
            os.execvp(self.earshot, [self.earshot, "connect", HOST, str(port)])
        try:
            time.sleep(0.5)
            if os.waitpid(pid, os.WNOHANG) != (0, 0):
                pid = 0
                raise CannotRun("left early")
            return status_kb(pid, "VmRSS") / 1024
        finally:
            if pid:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            os.close(terminal)
            stop(server)


class Row:
    """`targets`: subject, factor: earshot's median against that subject's; None: against the factor itself. `notes`
    gives what else is to be said, once all turns have been run."""

    def __init__(self, name, unit, subjects, measure, targets=(), less=False, notes=str):
        self.name, self.unit, self.subjects, self.measure = name, unit, subjects, measure
        self.targets, self.less, self.notes = targets, less, notes


# The targets of a fan-out: callers, in flight, and what is asked for against whom.
FANOUT = [
    (100, 1, [("limit", 0.93), ("redis", 1.1), ("nats", 1.45)]),
    (1000, 1, [("limit", 0.93), ("redis", 1.1), ("nats", 1.45)]),
    (5000, 1, [("limit", 0.93), ("redis", 1.1), ("nats", 1.45)]),
    (100, 64, [("limit", 0.9), ("redis", 2.2), ("nats", 3.4), ("ncat --broker", 1.05)]),
    (1000, 64, [("limit", 0.9), ("redis", 2.8), ("nats", 3.3), ("ncat --broker", 1.05)]),
    (5000, 64, [("limit", 0.9), ("redis", 2.6), ("nats", 5)]),
    (100, 1024, [("limit", 0.8)]),
    (1000, 1024, [("limit", 0.8)]),
    (5000, 1024, [("limit", 0.8)]),
]


def fanout_rows(bench):
    subjects = ["earshot", "limit", "redis", "nats", "mosquitto", "ncat --broker"]
    made = []
    for callers, in_flight, targets in FANOUT:
        way = "one line at a time" if in_flight == 1 else f"{in_flight:,} in flight"
        made.append(Row(f"fan-out to {callers:,}, {way}", "deliveries/s", subjects,
                        lambda s, n=callers, k=in_flight: bench.fanout(s, n, k), targets))
    made.append(Row("the same to 1,000, 64 in flight: p50 of the last", "us", subjects,
                    lambda s: bench.fanout(s, 1000, 64, "p50_us"), less=True))
    made.append(Row("the same to 1,000, 64 in flight: p99 of the last", "us", subjects,
                    lambda s: bench.fanout(s, 1000, 64, "p99_us"), [("redis", 0.45)], less=True))
    made.append(Row("the same to 1,000, 64 in flight: CPU of a delivery", "us", subjects,
                    lambda s: bench.fanout(s, 1000, 64, "cpu_us_per_delivery"), less=True))
    # Where the load needs longer for a delivery than the server, it is the load that is measured.
    made.append(Row("the same to 100, 64 in flight: the load's time for a delivery", "us", subjects,
                    lambda s: bench.fanout(s, 100, 64, "load_us_per_delivery"), less=True))
    made.append(Row("the same to 100, 64 in flight: CPU of a delivery", "us", subjects,
                    lambda s: bench.fanout(s, 100, 64, "cpu_us_per_delivery"), less=True))

    # `without` is the same without him who reads nothing.
    def beside_one_who_stands(field):
        return lambda s: bench.fanout("earshot", 500, 64, field, stalled=1 if s == "earshot" else 0)
    both = ["earshot", "without"]
    made.append(Row("fan-out to 500 beside one who reads nothing, 64 in flight", "deliveries/s", both,
                    beside_one_who_stands("deliveries_per_s"), [("without", 0.9)]))
    made.append(Row("the same: p99 of the last", "us", both, beside_one_who_stands("p99_us"), [("without", 1.1)],
                    less=True))
    return made


def chat_rows(bench):
    """Against a plain broadcast of the same lines among the same callers."""
    return [Row(f"chat of {kind} among {callers:,}, 4 speakers with 16 lines under way", "deliveries/s",
                ["earshot", "broadcast"],
                lambda s, way=way, n=callers: bench.chat(way if s == "earshot" else s, n, 16), [("broadcast", 0.6)])
            for callers in (100, 1000) for way, kind in (("chat", "UTF-8"), ("mixed", "UTF-8 and GBK"))]


class ThreadsRow(Row):
    """Two shards (earshot) against one, the same load on both. Beside the rate: what an answer takes of the processors."""
    PAYS = 1.1

    def __init__(self, bench, work, what, callers, limit=False):
        self.bench, self.work, self.what, self.callers = bench, work, what, callers
        self.used = {}  # of each subject: what each turn's answer took
        subjects = ["earshot", "one shard"] + (["limit", "C, one thread"] if limit else [])
        rate = "deliveries/s" if work == "chat" else "answers/s"
        super().__init__(f"2 threads, {what}, {callers} callers", rate, subjects, self.run, [("one shard", 0.97)],
                         notes=self.processors)

    def run(self, subject):
        found = self.bench.threads(subject, self.work, self.callers)
        self.used.setdefault(subject, []).append((found["server_ns"], found["load_ns"]))
        return found["deliveries_per_s" if self.work == "chat" else "answers_per_s"]

    def nanoseconds(self, subject, end):
        return statistics.median(turn[end] for turn in self.used[subject]) if subject in self.used else 0

    def processors(self):
        def of(subject):
            return f"server {self.nanoseconds(subject, 0):.0f} and load {self.nanoseconds(subject, 1):.0f} ns"
        return f"CPU of each: {of('earshot')}; with one shard {of('one shard')}"


def threads_rows(bench):
    works = [("echo", "echo", (1, 8, 50, 200)), ("rules", f"{RULES} regex rules", (1, 8, 50, 200)),
             ("anycase", f"{RULES} regex rules of any case", (1, 8, 50, 200)),
             ("tls", "echo over TLS", (1, 8, 50, 200)), ("chat", "chat of UTF-8 and GBK", (8, 50, 200))]
    return [ThreadsRow(bench, work, what, callers, work == "echo") for work, what, many in works for callers in many]


def when_threads_pay(results):
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
        paying = [(row, ratio) for row, ratio in rows_of if ratio >= ThreadsRow.PAYS]
        ratios = ", ".join(f"{ratio:.2f}x at {row.callers}" for row, ratio in rows_of)
        said.append(f"{what}: " + (f"from {paying[0][0].callers} callers on" if paying else "not here") + f" ({ratios})")
    paying = [row.nanoseconds("one shard", 0) / max(row.nanoseconds("one shard", 1), 1)
              for row, ratio in found if ratio >= ThreadsRow.PAYS]
    where = f" The least that a server's answer took where it paid was {min(paying):.1f} times the load's." if paying else ""
    return (f"A second shard pays (at least {ThreadsRow.PAYS}x) on {os.cpu_count()} cores that it shares with the load: "
            f"{'; '.join(said)}.{where}")


def ladder_rows(bench):
    """`off` is the same without the ladder. Files of 4 GiB: what it takes to open a capture and to wait for the last
    packets (some 45 ms, in a row of its own) is no part of the rate."""
    rows = []

    def file_to_file(subject):
        return bench.file_to_file(subject, size=bench.size * 4)

    for end in ("calling", "listening", "listening everywhere"):
        def of(measure, end=end):
            return lambda subject: measure(f"{end} with --ladder" if subject == "earshot" else "earshot")
        for name, measure in (("`head -c` into a pipe", bench.from_head), ("free source to /dev/null", bench.free_source),
                              ("file to file in place", file_to_file)):
            rows.append(Row(f"{name}, {end} with `--ladder`", "GB/s", ["earshot", "off"], of(measure), [("off", 0.9)]))
    rows.append(Row("64 B echo, 1 connection, `--ladder` at the server", "req/s", ["earshot", "off"],
                    lambda s: bench.echo("with --ladder" if s == "earshot" else "earshot", 1)))
    rows.append(Row("connect and leave with `--ladder`", "ms", ["earshot", "off"],
                    lambda s: bench.connect_and_leave("with --ladder" if s == "earshot" else "earshot"), less=True))
    return rows


def rows(bench):
    piping = ["earshot", "limit", "nc", "ncat", "socat", "socat -b 1M"]
    return [
        Row("`head -c` into a pipe", "GB/s", piping, bench.from_head,
            [("limit", 0.9), ("nc", 1.8), ("socat -b 1M", 1.35)]),
        Row("free source to /dev/null", "GB/s", piping, bench.free_source,
            [("limit", 0.9), ("nc", 2.8), ("socat -b 1M", 1.1)]),
        Row("file to file in place", "GB/s", piping, bench.file_to_file,
            [("limit", 0.9), ("nc", 2.7), ("socat -b 1M", 1.6)]),
        Row("the same, CPU of both ends", "s/GiB", piping, lambda s: bench.file_to_file(s, cpu=True),
            [("nc", 0.37)], less=True),
        Row("GBK pipe to UTF-8 file", "MB/s", ["earshot", "iconv"], bench.gbk, [("iconv", 0.8)]),
        Row("`recode` of GBK prose to /dev/null", "MB/s", ["earshot", "iconv", "uconv", "recode"],
            lambda s: bench.recode(s, False), [("iconv", 2)]),
        Row("`recode` of GBK prose to a file", "MB/s", ["earshot", "iconv", "uconv", "recode"],
            lambda s: bench.recode(s, True), [("iconv", 2)]),
        Row("`recode` of one line", "ms", ["earshot", "iconv", "uconv"], bench.recode_a_line, less=True),
        Row("64 B echo, 1 connection, one core", "req/s", ["earshot", "limit", "socat PIPE", "ncat cat"],
            lambda s: bench.echo(s, 1), [("limit", 0.95), ("socat PIPE", 1.38)]),
        Row("64 B echo, 50 connections", "req/s", ["earshot", "limit", "socat PIPE"], lambda s: bench.echo(s, 50),
            [("limit", 0.9)]),
        Row("64 B echo, 1,000 connections", "req/s", ["earshot", "limit", "socat PIPE"],
            lambda s: bench.echo(s, 1000), [("limit", 0.9)]),
        Row(f"answers by {RULES} regex rules to 50 callers, 64 lines in flight", "answers/s", ["earshot", "echo"],
            lambda s: bench.echo("rules" if s == "earshot" else s, 50, 64, RULES), [("echo", 0.6)]),
        *fanout_rows(bench),
        *chat_rows(bench),
        *threads_rows(bench),
        Row("accepts", "per s", ["earshot", "limit"], lambda s: bench.idle(s, "accepts_per_s"), [("limit", 0.9)]),
        Row("user memory of an idle caller", "bytes", ["earshot", "limit"],
            lambda s: bench.idle(s, "private_per_caller"), [(None, 1000)], less=True),
        Row("`--version`", "ms", ["earshot", "limit", "nc", "ncat", "socat"], bench.version, [("socat", 1.0)],
            less=True),
        Row("connect and leave", "ms", ["earshot", "limit", "nc", "ncat", "socat"], bench.connect_and_leave,
            [("socat", 1.0)], less=True),
        Row("peak memory of a pipe", "MiB", ["earshot", "limit", "nc", "socat -b 1M"], bench.pipe_rss, [(None, 8)],
            less=True),
        Row("memory of an idle console", "MiB", ["earshot"], bench.console_rss, [(None, 12)], less=True),
        *ladder_rows(bench),
    ]


# ---- decoding and encoding

TEXTS = [("gbk_prose", "GBK prose"), ("gbk_markup", "GBK, 85 % ASCII"), ("gbk_ascii", "ASCII labelled GBK"),
         ("big5_prose", "Big5 prose"), ("shift_jis_prose", "Shift_JIS prose"), ("euc_jp_prose", "EUC-JP prose"),
         ("iso_2022_jp_prose", "ISO-2022-JP prose"), ("iso_2022_jp_ascii", "ASCII labelled ISO-2022-JP"),
         ("euc_kr_prose", "EUC-KR prose"), ("utf8_prose", "Chinese prose in UTF-8"),
         ("windows_1251_prose", "Russian in windows-1251"), ("windows_1252_prose", "West European in windows-1252"),
         ("utf16_prose", "Chinese prose in UTF-16LE"), ("utf16_russian", "Russian in UTF-16LE"),
         ("utf16_ascii", "ASCII in UTF-16LE")]


def text_table(bench):
    """Times the speed of iconv, as text_decode_bench says."""
    ran = subprocess.run([bench.tool("text_decode_bench"), "--benchmark_format=json",
                          f"--benchmark_min_time={0.05 if bench.quick else 0.3}"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    found = {}
    for case in json.loads(ran.stdout)["benchmarks"]:
        corpus, chunk, work = case["name"].split("/")[:3]
        found[corpus, work, chunk if chunk in ("64", "16384") else "whole"] = case["x_iconv"]

    def factor(key):
        return f"{found[key]:.1f}" if found[key] < 10 else f"{found[key]:.0f}"

    def cell(corpus, work):
        return f"{factor((corpus, work, '16384'))} ({factor((corpus, work, 'whole'))})"
    out = ["| text | text only | with the offset map | encoding |", "| --- | --- | --- | --- |"]
    out += [f"| {name} | {cell(corpus, 'text')} | {cell(corpus, 'map')} | {cell(corpus, 'encode')} |"
            for corpus, name in TEXTS]
    small = [factor(("gbk_prose", work, "64")) for work in ("text", "map", "encode")]
    out.append(f"| GBK prose in 64-byte chunks | {' | '.join(small)} |")
    out.append(f"| the ASCII copied, nothing else | {cell('gbk_ascii', 'copy')} | | |")
    return "\n".join(out)


# ---- judging and writing


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
    paying = when_threads_pay(results)
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
        for row in rows(bench):
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
            texts = text_table(bench)
            print(texts)
            if not options.no_write:
                write_doc(TEXT_DOC, texts)
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
