#!/usr/bin/python3
"""Holds a million idle callers on one machine, both ends on it, then says one line to all of them at once.

    bench/million.py [--callers N] [--subjects earshot,limit] [--first N] [--earshot PATH] [--build FOLDER]

As many listeners, and loads, as the limit of descriptors a process asks for. The first callers (50,000) show what the
kernel takes for each; where all would need more memory than there is, that is said and nothing more is opened. System
settings that are raised are put back by a process that waits for this one's end, however it ends.

Prints accepts per second of each subject and their ratio, user memory of a caller, kernel memory of a caller (both
ends), and how many of the callers got the line. Status 0: all held and all heard; 1: not so; 3: not enough memory.
"""

import argparse
import contextlib
import os
import resource
import shlex
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "bench"))
from processes import HOST, MIB, CannotRun, free_port, start, start_server, stop  # noqa: E402

SPARE_DESCRIPTORS = 100  # of each process: its own
MARGIN = 2048 * MIB      # of memory that is left alone
ASKED_BYTES, ASKED_RATE = 1000, 0.85


class Settings:
    """Raises sysctls; a process of its own puts them back when this one has gone."""

    def __init__(self, wanted):
        self.before = {}
        for name, value in wanted.items():
            path = "/proc/sys/" + name.replace(".", "/")
            with contextlib.suppress(OSError):
                with open(path) as file:
                    had = file.read().split()
                if any(int(now) < asked for now, asked in zip(had, value)):
                    self.before[path] = " ".join(had)
        commands = [f"echo {shlex.quote(value)} > {path}" for path, value in self.before.items()]
        # It reads until this end of the pipe is closed, which the kernel does even where this process is killed.
        self.guard = subprocess.Popen(["sh", "-c", "trap '' INT TERM HUP; cat >/dev/null; " + "; ".join(commands or [":"])],
                                      stdin=subprocess.PIPE, start_new_session=True)
        for path in list(self.before):
            name = path.removeprefix("/proc/sys/").replace("/", ".")
            try:
                with open(path, "w") as file:
                    file.write(" ".join(str(each) for each in wanted[name]))
                print(f"raised {name} from {self.before[path]}")
            except OSError as trouble:
                print(f"{name} stays {self.before[path]}: {trouble.strerror}")

    def restore(self):
        self.guard.stdin.close()
        self.guard.wait(10)


def settings_for(callers):
    # Pages: a queued line takes one at each end while it is under way.
    pages = callers * 3
    return Settings({"fs.file-max": [2 * callers + 100_000], "fs.nr_open": [1 << 20], "net.core.somaxconn": [4096],
                     "net.netfilter.nf_conntrack_max": [callers + 100_000],
                     "net.ipv4.tcp_mem": [pages, pages, pages]})


def available():
    with open("/proc/meminfo") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


def private_of(pid):
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def leaves_with_us(command):
    """Also where this process is killed."""
    return ["setpriv", "--pdeathsig", "KILL", "--", *command] if shutil.which("setpriv") else command


class Share:
    """One listener and the load that holds its callers."""

    def __init__(self, command, tool, first, count):
        self.count = count
        self.port = free_port()
        self.load = None
        self.server = start_server(leaves_with_us(command(self.port)), self.port, core=0)
        self.base = private_of(self.server.pid)
        try:
            self.load = self.begin(tool, first)
            self.seconds = float(self.answer("held")[0])
        except (CannotRun, OSError):
            self.close()
            raise

    def begin(self, tool, first):
        command = [tool, str(self.port), str(first), str(self.count), str(self.server.pid)]
        return start(leaves_with_us(command), 1, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None)

    def answer(self, word):
        line = self.load.stdout.readline().decode().split()
        if not line or line[0] != word:
            raise CannotRun("a load gave up")
        return line[1:]

    def say(self, line):
        self.load.stdin.write(line)
        self.load.stdin.flush()

    def close(self):
        for process in (self.load, self.server):
            if process:
                stop(process)


def limit_of_descriptors():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        with open("/proc/sys/fs/nr_open") as file:
            most = int(file.read())
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class TooLittleMemory(Exception):
    pass


def hold(options, subject, each):
    """All callers of one subject; gives (accepts per second, bytes of user memory a caller, heard or None)."""
    command = {"earshot": lambda port: [options.earshot, "listen", "--reply", "broadcast", "--frame", "line", HOST,
                                        str(port)],
               "limit": lambda port: [os.path.join(options.build, "limit_accept"), str(port)]}[subject]
    tool = os.path.join(options.build, "million_load")
    shares, held = [], 0
    before = available()
    begun = time.monotonic()
    try:
        while held < options.callers:
            # The first share is small, to see what the kernel takes before it is too late.
            most = min(each, options.first) if held < options.first else each
            count = min(most, options.callers - held)
            shares.append(Share(command, tool, held, count))
            held += count
            used = max(0, before - available())
            if held >= min(options.first, options.callers) and held < options.callers:
                whole = used / held * options.callers
                if whole > before - MARGIN:
                    raise TooLittleMemory(f"{held:,} callers take {used / held:,.0f} bytes each with both ends: "
                                          f"{options.callers:,} need {whole / MIB:,.0f} MiB, and "
                                          f"{before / MIB:,.0f} were there")
            if time.monotonic() - begun > options.seconds:
                raise CannotRun(f"only {held:,} callers in {options.seconds} s")
        rate = held / sum(share.seconds for share in shares)
        user = sum(max(0, private_of(share.server.pid) - share.base) for share in shares) / held
        print(f"{subject}: {held:,} callers held by {len(shares)} listeners, {rate:,.0f} accepts/s, "
              f"{user:,.0f} bytes of user memory a caller, {(before - available()) / held:,.0f} bytes of all memory "
              "a caller with both ends")
        heard = speak(shares, held) if subject == "earshot" else True
        return rate, user, heard
    finally:
        for share in shares:
            share.close()


def speak(shares, held):
    """One caller of each listener says a line, all at once; everybody else must get it."""
    line = b"one line to all of you, all at once: " + b"x" * 26 + b"\n"
    begun = time.monotonic()
    for share in shares:
        share.say(line)
    heard = sum(int(share.answer("heard")[0]) for share in shares)
    wanted = held - len(shares)
    print(f"a line to all: {heard:,} of {wanted:,} heard it once, the last after {time.monotonic() - begun:.2f} s")
    return heard == wanted


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--callers", type=int, default=1_000_000)
    parser.add_argument("--first", type=int, default=50_000, help="so many show what the kernel takes for each")
    parser.add_argument("--subjects", default="limit,earshot")
    parser.add_argument("--seconds", type=int, default=300, help="at most, for the callers of one subject")
    parser.add_argument("--earshot", default=os.path.join(ROOT, "build", "bench", "earshot"))
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "bench", "bench"))
    options = parser.parse_args()
    raised = settings_for(options.callers)
    rates, good = {}, True
    try:
        each = min(limit_of_descriptors() - SPARE_DESCRIPTORS, options.callers)
        for subject in options.subjects.split(","):
            rates[subject], user, heard = hold(options, subject, each)
            good &= heard
            if subject == "earshot":
                print(f"at most {ASKED_BYTES:,} bytes of user memory: {'reached' if user <= ASKED_BYTES else 'not reached'}")
        if len(rates) == 2:
            ratio = rates["earshot"] / rates["limit"]
            print(f"at least {ASKED_RATE}x the limit's accepts: {'reached' if ratio >= ASKED_RATE else 'not reached'} "
                  f"({ratio:.2f}x)")
    except TooLittleMemory as trouble:
        print(f"not enough memory: {trouble}")
        return 3
    except (CannotRun, OSError, ValueError) as trouble:
        print(f"not measured: {trouble}")
        return 1
    finally:
        raised.restore()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
