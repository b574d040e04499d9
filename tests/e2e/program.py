"""The real program as a child process: in a pipe, or driven by JSON lines. Every child ends with its test."""
import base64
import json
import os
import pathlib
import signal
import subprocess
import threading

from waiting import PATIENCE, wait_until

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("EARSHOT", CHECKOUT / "build/dev/earshot")).resolve()
# A sanitizer keeps memory of its own: how much the program holds then says nothing.
SANITIZED = BINARY.exists() and any(mark in BINARY.read_bytes() for mark in (b"__asan_init", b"__tsan_init"))


def complaint(text):
    """The line in which a sanitizer found fault with the program, if there is one."""
    return next((line for line in text.splitlines() if "runtime error:" in line or "Sanitizer:" in line), None)


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def few_descriptors(count):
    """Starts a program that may open so many descriptors; the hard limit too, as it raises a soft one by itself."""
    return ("sh", "-c", f'ulimit -n {count}; exec "$@"', "sh")


class Collector(threading.Thread):
    """Reads a child's stream to its end, so that no child ever waits for its test."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream, self.bytes, self.ended = stream, bytearray(), False
        self.start()

    def run(self):
        while data := os.read(self.stream.fileno(), 1 << 20):
            self.bytes += data
        self.ended = True

    def text(self):
        return bytes(self.bytes).decode("utf-8", "replace")


class Program:
    """A child with collected stdout and stderr. `stdin` may be bytes (given, then ended), PIPE, or a file."""

    def __init__(self, words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=None, wrap=(), **popen):
        self.words = [str(word) for word in (*wrap, *words)]
        given = stdin if isinstance(stdin, bytes) else None
        self.child = subprocess.Popen(
            self.words, stdin=subprocess.PIPE if given is not None else stdin, stdout=stdout, stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})}, bufsize=0, **popen)
        self.err = Collector(self.child.stderr)
        self.out = Collector(self.child.stdout) if stdout == subprocess.PIPE else None
        if given is not None:
            threading.Thread(target=self._feed, args=(given,), daemon=True).start()

    def _feed(self, data):
        try:
            self.write(data)
            self.child.stdin.close()
        except OSError:
            pass  # it went before it had read all of it: the test looks at its status

    @property
    def pid(self):
        return self.child.pid

    def write(self, data):
        view = memoryview(data)
        while view:
            view = view[self.child.stdin.write(view):]

    def end_input(self):
        self.child.stdin.close()

    def signal(self, number):
        self.child.send_signal(number)

    def seen(self):
        out = bytes(self.out.bytes[-4000:]) if self.out else b""
        return f"{' '.join(self.words)}\nstatus {self.child.poll()}\nstdout {out!r}\nstderr {self.err.text()[-4000:]}"

    def wait_err(self, text, timeout=PATIENCE):
        return wait_until(lambda: text in self.err.text(), f"{text!r} on stderr", self.seen, timeout)

    def wait_out(self, data, timeout=PATIENCE):
        return wait_until(lambda: data in self.out.bytes, f"{data!r} on stdout", self.seen, timeout)

    def status(self, timeout=PATIENCE):
        """The exit status, once it has ended and its streams have been read."""
        wait_until(lambda: self.child.poll() is not None, "its end", self.seen, timeout)
        for stream in (self.err, self.out):
            if stream:
                stream.join(timeout)
        return self.child.returncode

    def output(self):
        return bytes(self.out.bytes)

    def error(self):
        return self.err.text()

    def listening_port(self):
        """The port of the last `listening on` line."""
        self.wait_err("listening on ")
        wait_until(lambda: "\n" in self.error().split("listening on ", 1)[1], "the whole line", self.seen)
        return int(self.error().split("listening on ", 1)[1].split("\n")[0].rsplit(":", 1)[1])

    # What the kernel says of it.
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def memory(self):
        """Bytes of private memory (what only this process holds)."""
        rollup = pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Private_"))

    def holds_at_most(self, size):
        return SANITIZED or self.memory() <= size

    def processor_seconds(self):
        return processor_seconds(self.pid)

    def kill(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGCONT)
            self.child.kill()
        self.child.wait()


class Json(Program):
    """earshot with --json: events are taken as they are waited for, commands sent."""

    def __init__(self, words, program=BINARY, **options):
        super().__init__([program, *words, "--json"], **options)
        self.events, self._read, self._lock = [], 0, threading.Lock()
        self.port = None

    def refresh(self):
        with self._lock:
            end = self.out.bytes.rfind(b"\n") + 1
            lines = bytes(self.out.bytes[self._read:end])
            self._read = end
            self.events += [json.loads(line) for line in lines.splitlines()]
        return self.events

    def seen(self):
        shown = [json.dumps(event, ensure_ascii=False)[:400] for event in self.events[-30:]]
        return "\n".join([" ".join(self.words), f"status {self.child.poll()}", *shown, self.error()[-2000:]])

    def take(self, event, **fields):
        """Removes and returns the first event that fits, or None. A field is a value or a predicate."""
        def fits(one):
            return one["event"] == event and all(
                wanted(one.get(name)) if callable(wanted) else one.get(name) == wanted
                for name, wanted in fields.items())
        for index, one in enumerate(self.refresh()):
            if fits(one):
                return self.events.pop(index)
        return None

    def wait(self, event, timeout=PATIENCE, **fields):
        shown = {name: "?" if callable(value) else value for name, value in fields.items()}
        return wait_until(lambda: self.take(event, **fields), f"{event} {shown}", self.seen, timeout)

    def give(self, command, **fields):
        self.write(json.dumps({"command": command, **fields}, ensure_ascii=False).encode() + b"\n")

    def send(self, text, **fields):
        self.give("send", text=text, **fields)

    def incoming(self, id=None):
        """All messages from the peer so far, left where they are."""
        return [event for event in self.refresh() if event["event"] == "message" and event["direction"] == "in"
                and id in (None, event["id"])]

    def heard_bytes(self, id=None):
        return b"".join(base64.b64decode(event["bytes"]) for event in self.incoming(id))

    def heard_text(self, id=None):
        return "".join(event["text"] for event in self.incoming(id))

    def wait_text(self, text, id=None):
        return wait_until(lambda: text in self.heard_text(id), f"the text {text!r}", self.seen)

    def wait_bytes(self, count, id=None, timeout=PATIENCE):
        wait_until(lambda: len(self.heard_bytes(id)) >= count, f"{count} bytes", self.seen, timeout)
        return self.heard_bytes(id)
