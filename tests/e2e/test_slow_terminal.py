"""A terminal that does not take what is written to it, and one that changes its size all the time."""
import fcntl
import os
import pty
import random
import select
import termios
import threading

import pytest

from waiting import PATIENCE


@pytest.fixture
def unread(earshot, tmp_path):
    """A listening console and its terminal, of which nobody reads but the test, when it wants to."""
    terminal, inside = pty.openpty()
    console = earshot.start("listen", "127.0.0.1", "0", stdin=inside, stdout=inside, start_new_session=True,
                            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
                            env={"XDG_STATE_HOME": str(tmp_path)})
    os.close(inside)
    yield console, terminal
    os.close(terminal)


def read_until(terminal, wanted):
    seen = bytearray()
    while wanted not in seen:
        assert select.select([terminal], [], [], PATIENCE)[0], f"waited for {wanted!r}; seen {bytes(seen[-400:])!r}"
        seen += os.read(terminal, 1 << 16)


def test_terminal_that_is_not_read_costs_bounded_memory_and_holds_no_caller_up(far, unread):
    console, terminal = unread
    read_until(terminal, b">>>:")
    end = far.call(console.listening_port())
    for _ in range(64):
        end.send(b"some words in a line\n" * 50_000)
    os.write(terminal, b"and still I type\r")
    end.expect("and still I type\n")
    assert console.holds_at_most(48 << 20), console.memory()
    read_until(terminal, b"came too fast to show")


def test_terminal_resized_all_the_time_stays_usable(earshot, far):
    chance = random.Random(5)
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    console.wait_for("is here")
    console.type("一二三四五六七八九十" * 3)
    stop = threading.Event()

    def chatter():
        number = 0
        while not stop.wait(0.002):
            end.send(f"line {number} 字字字字\n")
            number += 1
    talker = threading.Thread(target=chatter, daemon=True)
    talker.start()
    for _ in range(40):
        console.resize(chance.randint(4, 120), chance.randint(2, 40))
    stop.set()
    talker.join()
    console.resize(80, 24)
    console.wait_last(">>>:" + "一二三四五六七八九十" * 3)
    console.keys("Enter")
    end.expect("一二三四五六七八九十" * 3 + "\n")
