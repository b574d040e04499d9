#!/usr/bin/python3
"""A process of bench/soak.py: holds its share of callers of one chat and checks what each of them hears.

Its only argument is a JSON object (see soak.py). It reads a command a line and answers each with a JSON line."""

import json
import random
import resource
import select
import socket
import struct
import sys
import time

WORDS = "温度二十一度，一切正常。"
LONG_EVERY, LONG = 5, 2300  # characters
LINGER_RESET = struct.pack("ii", 1, 0)


def said(speaker, number):
    """What a speaker says at his number-th turn: everybody can tell what it must have been."""
    size = LONG if number % LONG_EVERY == 0 else 8 + number % 40
    return f"#{speaker}.{number} " + (WORDS * (size // len(WORDS) + 1))[:size]


class Caller:
    def __init__(self, place, encoding, strict, small_buffer):
        self.place, self.encoding, self.strict = place, encoding, strict
        self.socket = socket.socket()
        if small_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(place)
        self.socket.settimeout(30)
        self.id, self.part = 0, b""
        self.sent = self.received = self.public = self.gaps = 0
        self.next = {}
        self.final = self.over = False
        self.speaker = None
        self.numbers = 0  # of what he has said
        self.born = time.monotonic()

    def send(self, text):
        data = (text + "\n").encode(self.encoding)
        self.socket.sendall(data)
        self.sent += len(data)


class Crowd:
    def __init__(self, plan):
        self.plan = plan
        self.epoll = select.epoll()
        self.callers, self.faults, self.left = {}, [], []
        self.known = {}      # lines that were found right, as they came
        self.came_at = {}    # of the first caller: how many public lines he had when each guest came
        self.reference = None
        self.speaking = self.churning = self.reading = False
        self.next_said = self.next_churn = 0.0
        self.random = random.Random(plan["name"])
        self.epoll.register(0, select.EPOLLIN)

    # --- who comes and goes

    def come(self, count):
        for _ in range(count):
            encoding = "gbk" if self.plan["gbk"] and len(self.callers) % 2 == 1 else "utf-8"
            one = Caller(("127.0.0.1", self.plan["port"]), encoding, self.plan["role"] != "churn",
                         self.plan["role"] == "slow")
            self.callers[one.socket.fileno()] = one
            if self.plan["role"] != "slow" or self.reading:
                self.epoll.register(one.socket, select.EPOLLIN)
            if encoding == "gbk":
                one.send("/msg nobody-there " + WORDS)
            if self.reference is None:
                self.reference = one

    def choose_speakers(self):
        for number, one in enumerate(list(self.callers.values())[-self.plan["speakers"]:] if self.plan["speakers"] else []):
            one.speaker = f"{self.plan['name']}{number}"

    def forget(self, one, way):
        self.left.append({"id": one.id, "sent": one.sent, "received": one.received, "way": way})
        del self.callers[one.socket.fileno()]
        if one is self.reference:
            self.reference = None
        one.socket.close()

    def churn(self):
        """One leaves, in one of three ways, and another comes."""
        ways = [one for one in self.callers.values() if one.id and not one.over and time.monotonic() - one.born > 0.3]
        if ways:
            one = self.random.choice(ways)
            way = self.random.choice(["quit", "quit", "reset"])
            if way == "quit":
                one.send(said("-", 1)[:20].replace("#", "bye "))
                one.send("/quit")
                one.over = True  # and is heard to the end
            else:
                one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
                self.forget(one, way)
        self.come(1)

    # --- what is heard

    def hear(self, one):
        try:
            data = one.socket.recv(1 << 18)
        except ConnectionResetError:
            self.faults.append(f"guest{one.id} was reset")
            return self.forget(one, "was reset")
        if not data:
            if not one.over:
                self.faults.append(f"guest{one.id} was left")
            return self.forget(one, "quit")
        one.received += len(data)
        lines = (one.part + data).split(b"\n")
        one.part = lines.pop()
        for line in lines:
            found = self.known.get(line)
            if found is None:
                found = self.look(one, line)
            speaker, number = found
            if speaker is None:
                one.public += number
                continue
            one.public += 1
            if speaker == "-":
                continue
            wanted = one.next.get(speaker, 0 if one.strict else number)
            one.next[speaker] = number + 1
            if number > wanted:
                one.gaps += number - wanted
            elif number < wanted:
                self.faults.append(f"guest{one.id} heard {speaker}.{number} after {wanted - 1}")
        return None

    # (speaker, number), or (None, how many public lines it is: 0 or 1).
    def look(self, one, line):
        text = line.decode(one.encoding, "replace")
        if text.startswith("-- "):
            if one.id == 0 and text.startswith("-- you are guest"):
                one.id = int(text.removeprefix("-- you are guest").split()[0])
            public = text.endswith((" is here", " has left"))
            if one is self.reference and text.endswith(" is here"):
                self.came_at[int(text[8:].split()[0])] = one.public + 1
            return None, int(public)
        if text.startswith("server: "):
            one.final = True
            return None, 1
        name, _, words = text.partition(": ")
        if words.startswith("bye "):
            return "-", 0
        speaker, _, rest = words.removeprefix("#").partition(".")
        number = rest.split(" ")[0]
        if not name.startswith("guest") or not number.isdigit() or words != said(speaker, int(number)):
            self.faults.append(f"guest{one.id} heard {text[:80]!r}")
            return None, 1
        if len(self.known) > 20000:
            self.known.clear()
        self.known[line] = (speaker, int(number))
        return self.known[line]

    # --- commands

    def carry_out(self, command):
        do = command["do"]
        if do == "come":
            self.come(command["count"])
            self.until(lambda: self.plan["role"] == "slow" or all(one.id for one in self.callers.values()))
            self.choose_speakers()
        elif do == "start":
            self.speaking, self.churning = True, self.plan["role"] == "churn"
            self.next_said = self.next_churn = time.monotonic()
        elif do == "stop":
            self.speaking = self.churning = False
        elif do == "read":  # also those who did not
            if not self.reading and self.plan["role"] == "slow":
                for one in self.callers.values():
                    self.epoll.register(one.socket, select.EPOLLIN)
            self.reading = True
        elif do == "final":
            self.until(lambda: all(one.final for one in self.callers.values() if not one.over))
        elif do == "leave":
            for one in self.callers.values():
                if not one.over:
                    one.send("/quit")
                    one.over = True
            self.until(lambda: not self.callers)
        facts = {"said": {one.speaker: one.numbers for one in self.callers.values() if one.speaker}}
        if do == "report":
            reference = self.reference
            facts["callers"] = [{"id": one.id, "public": one.public, "gaps": one.gaps, "next": one.next,
                                 "speaker": one.speaker, "strict": one.strict, "final": one.final}
                                for one in self.callers.values() if not one.over]
            facts["reference"] = {"id": reference.id, "public": reference.public} if reference else None
            facts["came_at"] = self.came_at
        if do == "leave":
            facts["left"], self.left = self.left, []
        facts["faults"], self.faults = self.faults[:20], []
        print(json.dumps(facts), flush=True)

    def until(self, condition):
        end = time.monotonic() + self.plan["patience"]
        while not condition():
            if time.monotonic() > end:
                self.faults.append(f"{self.plan['name']}: waited {self.plan['patience']} s in vain")
                return
            self.turn(0.05)

    def turn(self, wait):
        asked = None
        for descriptor, _ in self.epoll.poll(wait):
            if descriptor == 0:
                asked = sys.stdin.readline()
                if not asked:
                    sys.exit(0)
            elif descriptor in self.callers:
                self.hear(self.callers[descriptor])
        now = time.monotonic()
        if self.speaking and now >= self.next_said:
            self.next_said += 1 / self.plan["rate"]
            for one in self.callers.values():
                if one.speaker:
                    one.send(said(one.speaker, one.numbers))
                    one.numbers += 1
        if self.churning and now >= self.next_churn:
            self.next_churn += 1 / self.plan["churn"]
            self.churn()
        return asked

    def run(self):
        while True:
            asked = self.turn(0.02)
            if asked:
                self.carry_out(json.loads(asked))


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    Crowd(json.loads(sys.argv[1])).run()
