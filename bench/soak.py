#!/usr/bin/python3
"""Holds a chat of thousands for minutes and adds everything up: make soak, SOAK_SECONDS=60 for a short one.

Callers who read, in UTF-8 and GBK, some of whom speak; callers who come and go, by /quit or by reset; callers who read
nothing until the end; and a thousand who are killed at once. Then all that remain must have heard every line once, each
speaker's in order; where somebody did not keep up, what he heard and what `dropped` events count is all that was said.
What the server says it has received and sent is what the callers have sent and received, to the byte. Afterwards no
conversation, no descriptor and no memory is left: a short round comes first, and the long one must leave no more; where it
does, it is held again, and again, and only what grows each time is a leak.

    bench/soak.py [--seconds N] [--callers N] [--earshot PATH]
"""

import argparse
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "bench"))
from processes import HOST, MIB, free_port, listens, stop  # noqa: E402

PATIENCE = 120           # seconds for what should come at once
LINES = 3000             # of all speakers together in a long round: about 4 MiB for each hearer
MEMORY_ALLOWED = 2 * MIB  # that a round may leave more than the one before: what malloc keeps
LONG_ROUNDS = 3          # at most: a round may need more at its height than those before it, but a leak grows in each


class Failed(Exception):
    pass


class Server:
    def __init__(self, earshot):
        self.port, self.page = free_port(), free_port()
        self.opened, self.dropped, self.closed, self.errors = 0, {}, {}, []
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.process = subprocess.Popen(
            [earshot, "listen", "--reply", "chat", "--json", "--metrics", str(self.page), HOST, str(self.port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard)))
        threading.Thread(target=self.read, daemon=True).start()
        until(lambda: listens(self.port) and listens(self.page), "the server to listen")

    # The ledger's other side: what the events say.
    def read(self):
        for line in self.process.stdout:
            if line.startswith(b'{"event":"message"'):
                continue
            event = json.loads(line)
            kind = event["event"]
            if kind == "opened":
                self.opened += 1
            elif kind == "dropped":
                self.dropped[event["id"]] = self.dropped.get(event["id"], 0) + event["messages"]
            elif kind == "closed":
                self.closed[event["id"]] = event
            elif kind == "error":
                self.errors.append(event)

    def metrics(self):
        with urllib.request.urlopen(f"http://{HOST}:{self.page}/metrics", timeout=30) as page:
            lines = page.read().decode().splitlines()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")}

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup") as lines:
            return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))

    def say(self, text):
        self.process.stdin.write((json.dumps({"command": "send", "id": "all", "text": text}) + "\n").encode())
        self.process.stdin.flush()


def until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"waited {PATIENCE} s for {what}")
        time.sleep(0.05)


class Worker:
    def __init__(self, name, role, count, server, **more):
        self.name, self.role, self.count = name, role, count
        plan = {"name": name, "role": role, "port": server.port, "gbk": False, "speakers": 0, "rate": 1, "churn": 1,
                "patience": PATIENCE, **more}
        self.process = subprocess.Popen([sys.executable, os.path.join(ROOT, "bench", "soak_callers.py"), json.dumps(plan)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def tell(self, do, **more):
        self.process.stdin.write((json.dumps({"do": do, **more}) + "\n").encode())
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"{self.name} has gone")
        facts = json.loads(line)
        if facts["faults"]:
            raise Failed(f"{self.name}: " + "; ".join(facts["faults"][:5]))
        return facts


def ask(workers, do, **more):
    for worker in workers:
        worker.tell(do, **more)
    return [worker.answer() for worker in workers]


def crowd(server, callers, seconds):
    """Who comes: a fifth is killed, some read nothing, some come and go, the rest stay; six speak."""
    doomed, slow, churning = callers // 5, max(callers // 25, 4), max(callers // 50, 4)
    staying = (callers - doomed - slow - churning) // 3
    rate = LINES / 6 / seconds
    return [*(Worker(f"w{i}", "steady", staying, server, gbk=True, speakers=2, rate=rate) for i in range(3)),
            Worker("slow", "slow", slow, server), Worker("churn", "churn", churning, server, churn=8),
            Worker("doomed", "doomed", doomed, server)]


def hold_round(server, callers, seconds):
    workers = crowd(server, callers, seconds)
    try:
        for worker in workers:  # in turn, so that the very first caller hears who comes
            ask([worker], "come", count=worker.count)
        until(lambda: server.metrics()["earshot_queued_bytes"] == 0, "the announcements to leave")
        ask(workers, "start")
        time.sleep(seconds * 0.6)
        doomed = workers.pop()
        doomed.process.kill()  # all of its callers at once, in the middle of what they are sent
        doomed.process.wait()
        time.sleep(seconds * 0.4)
        ask(workers, "stop")
        ask(workers, "read")
        left = sum(worker.count for worker in workers)
        until(lambda: server.metrics()["earshot_connections"] <= left + 50, "the killed callers to be gone")
        until(lambda: server.metrics()["earshot_queued_bytes"] == 0, "everybody to have read")
        server.say("that was all")
        ask(workers, "final")
        print(added_up(server, ask(workers, "report")))
        compare_bytes(server, [one for facts in ask(workers, "leave") for one in facts["left"]])
        until(lambda: server.metrics()["earshot_connections"] == 0, "the last caller to be gone")
    finally:
        for worker in workers:
            stop(worker.process)


def added_up(server, reports):
    """The ledger's sum once it holds: a `dropped` event comes a little after the line that its caller could take again."""
    end = time.monotonic() + 10
    while True:
        total, faults = add_up(server, reports)
        if not faults:
            return total
        if time.monotonic() > end:
            raise Failed("; ".join(faults[:5]))
        time.sleep(0.05)


def add_up(server, reports):
    """What each heard and what he missed is what was said since he came: the sum in words, and whoever is not right."""
    said = {speaker: count for facts in reports for speaker, count in facts["said"].items()}
    reference, came_at = reports[0]["reference"], reports[0]["came_at"]
    dropped = dict(server.dropped)
    if dropped.get(reference["id"]):
        raise Failed("the very first caller did not keep up: nobody can be compared")
    heard = missed = behind = 0
    faults = []
    for one in (one for facts in reports for one in facts["callers"]):
        since = 0 if one["id"] == reference["id"] else came_at[str(one["id"])]
        wanted = reference["public"] - since - said.get(one["speaker"], 0)
        lost = dropped.get(one["id"], 0)
        if one["public"] + lost != wanted:
            faults.append(f"guest{one['id']} heard {one['public']:,} lines and missed {lost:,} of {wanted:,}")
        if lost == 0 and one["strict"] and (one["gaps"] or any(one["next"].get(speaker, 0) != count
                                                               for speaker, count in said.items()
                                                               if speaker != one["speaker"])):
            faults.append(f"guest{one['id']} kept up and heard {one['next']} of {said}")
        heard, missed, behind = heard + one["public"], missed + lost, behind + (lost > 0)
    return (f"  {sum(said.values()):,} lines said; {heard:,} heard, {missed:,} missed by {behind} who did not read, "
            f"of {heard + missed:,}"), faults


def compare_bytes(server, left):
    """Of those who left in order, to the byte."""
    until(lambda: all(one["id"] in server.closed for one in left if one["id"]), "the closed events")
    for one in left:
        if one["way"] != "quit":
            continue
        closed = server.closed[one["id"]]
        if (closed["received"], closed["sent"]) != (one["sent"], one["received"]):
            raise Failed(f"guest{one['id']} sent {one['sent']} and received {one['received']} bytes; "
                         f"the server received {closed['received']} and sent {closed['sent']}")
    print(f"  {len(left):,} callers left; the bytes of {sum(one['way'] == 'quit' for one in left):,} are accounted for")


def check_rest(server, descriptors):
    facts = server.metrics()
    closed = sum(value for name, value in facts.items() if name.startswith("earshot_closed_total"))
    if not facts["earshot_accepted_total"] == closed == len(server.closed) == server.opened:
        raise Failed(f"{facts['earshot_accepted_total']:.0f} accepted, {closed:.0f} closed, "
                     f"{server.opened} opened events, {len(server.closed)} closed events")
    if server.errors:
        raise Failed(f"an error event: {server.errors[0]}")
    until(lambda: server.descriptors() <= descriptors, "the descriptors to be closed")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("SOAK_SECONDS", 600)))
    parser.add_argument("--callers", type=int, help="5,000; 1,000 where it takes less than five minutes")
    parser.add_argument("--earshot", default=os.path.join(ROOT, "build", "release", "earshot"))
    options = parser.parse_args()
    callers = options.callers or (5000 if options.seconds >= 300 else 1000)
    server = Server(options.earshot)
    try:
        server.metrics()
        descriptors = server.descriptors()
        memory = []
        for seconds in (options.seconds / 10, *(options.seconds,) * LONG_ROUNDS):
            begun = time.monotonic()
            hold_round(server, callers, seconds)
            check_rest(server, descriptors)
            memory.append(server.memory())
            print(f"a round of {time.monotonic() - begun:.0f} s with {callers:,} callers: nothing is left but "
                  f"{memory[-1] / MIB:.1f} MiB")
            if len(memory) > 1 and memory[-1] <= memory[-2] + MEMORY_ALLOWED:
                break
        else:
            raise Failed("memory grew round by round: " + ", ".join(f"{one / MIB:.1f}" for one in memory) + " MiB")
    except (Failed, OSError) as trouble:
        print(f"soak: {trouble}", file=sys.stderr)
        return 1
    finally:
        with contextlib.suppress(OSError):
            server.process.send_signal(signal.SIGCONT)
        stop(server.process)
    print("all adds up")
    return 0


if __name__ == "__main__":
    sys.exit(main())
