"""Terminals that go, or take nothing: the console must not burn the processor over them."""
import os
import pty
import select
import signal
import time

import pytest

from program import BINARY
from waiting import wait_until


class Device:
    """The program on a pseudo-terminal whose other side is the test itself: it decides whether anything is read."""

    def __init__(self, *words, folder, ignores_hangup=False):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            env = {**os.environ, "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": str(folder), "TERM": "xterm-256color"}
            words = [str(BINARY), *map(str, words)]
            if ignores_hangup:  # then only the terminal itself says that it is gone; its shell waits for the program
                words = ["sh", "-c", 'trap "" HUP; "$@"; exit $?', "sh", *words]
            os.execvpe(words[0], words, env)
        self.usage = None

    def wait_for(self, text):
        seen = bytearray()

        def has_come():
            if select.select([self.master], [], [], 0)[0]:
                seen.extend(os.read(self.master, 1 << 16))
            return text.encode() in seen
        wait_until(has_come, f"{text!r} on the terminal", lambda: bytes(seen[-400:]))

    def hang_up(self):
        os.close(self.master)
        self.master = None

    def has_ended(self):
        if self.usage is None:
            pid, _, usage = os.wait4(self.pid, os.WNOHANG)
            self.usage = usage if pid else None
        return self.usage is not None

    def wake_ups(self):
        with open(f"/proc/{self.pid}/status") as status:
            return int(status.read().split("\nvoluntary_ctxt_switches:")[1].split()[0])

    def end(self):
        if self.master is not None:
            os.close(self.master)
        if not self.has_ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


@pytest.fixture
def device(tmp_path):
    opened = []

    def open_device(*words, **options):
        opened.append(Device(*words, folder=tmp_path, **options))
        return opened[-1]
    yield open_device
    for one in opened:
        one.end()


@pytest.mark.parametrize("ignores_hangup", [False, True])
def test_terminal_gone_costs_no_processor_while_the_peer_is_silent(device, far, ignores_hangup):
    server = far.server()
    console = device("connect", "127.0.0.1", server.port, ignores_hangup=ignores_hangup)
    peer = server.accept()  # and never a word, nor an end
    console.wait_for("connected to")
    console.hang_up()
    wait_until(console.has_ended, "its end")
    assert console.usage.ru_utime + console.usage.ru_stime < 1.5  # seconds; it waits five for the peer
    peer.close()


def test_terminal_that_reads_nothing_does_not_keep_the_console_awake(device, far):
    server = far.server()
    console = device("connect", "127.0.0.1", server.port)
    peer = server.accept()
    console.wait_for("connected to")
    peer.send(b"a line that nobody reads\n" * 40_000)

    def is_quiet():
        before = console.wake_ups()
        time.sleep(0.5)  # a rate is counted over a time
        return console.wake_ups() - before < 30
    wait_until(is_quiet, "quiet", lambda: f"{console.wake_ups()} wake-ups")
    console.wait_for("lines came too fast to show")  # it goes on once it is read
