"""--max-memory: what waits for all callers together is bounded; who holds most loses first, and is named."""
import re
import socket

import pytest

from test_metrics import figure, is_soon
from waiting import PATIENCE, wait_until

MIB = 1 << 20
FULL = b"earshot: too many callers, try later\n"
LINE = b"x" * 999 + b"\n"


def server(earshot, *options):
    program = earshot.start("listen", "127.0.0.1:0", "--frame", "line", "--metrics", "0", "--log", "logfmt", *options)

    def number(pattern):
        return int(wait_until(lambda: re.search(pattern, program.error()), pattern, program.seen)[1])
    program.page = number(r"metrics at http://127\.0\.0\.1:(\d+)/metrics")
    program.port = number(r"event=listening .*port=(\d+)\n")
    return program


def stands_still(program):
    """A caller who never reads, and whose system takes little for him."""
    caller = socket.socket()
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    caller.settimeout(PATIENCE)
    caller.connect(("127.0.0.1", program.port))
    return caller


def was_refused(caller):
    """Nobody is told anything else before the next line is said."""
    try:
        return caller.recv(len(FULL), socket.MSG_DONTWAIT | socket.MSG_PEEK) == FULL
    except BlockingIOError:
        return False
    except OSError:
        return True


def say(speaker, good, count):
    """So many lines, all of which the good reader gets."""
    for _ in range(count // 100):
        speaker.socket.sendall(LINE * 100)
        assert good.receive(len(LINE) * 100) == LINE * 100


# Each stands still from another line on, so that what waits for them is not the same.
@pytest.mark.parametrize("threads", ["1", "2"])
def test_fifty_who_stand_still_cost_no_more_than_the_bound_and_the_others_nothing(earshot, far, threads):
    program = server(earshot, "--reply", "broadcast", "--max-memory", "8M", "--threads", threads)
    speaker, good = far.call(program.port), far.call(program.port)
    is_soon(program, 2, "earshot_connections")
    still = []
    try:
        for i in range(50):
            while True:  # where memory is short at that moment he is refused
                still.append(stands_still(program))
                still[-1].setblocking(False)
                wait_until(lambda: figure(program, "earshot_connections") == 3 + i or was_refused(still[-1]),
                           "him or his refusal", program.seen)
                if figure(program, "earshot_connections") == 3 + i:
                    break
            say(speaker, good, 2000)
            assert figure(program, "earshot_held_bytes") <= 12 * MIB
        assert program.holds_at_most(48 * MIB), program.memory()
        assert figure(program, "earshot_connections") == 52, "nobody was sent away"
        missed = figure(program, "earshot_dropped_events_total", reason="memory")
        assert missed > 0
        wait_until(lambda: sum(map(int, re.findall(r"event=dropped .*messages=(\d+)", program.error()))) >= missed,
                   "an event of each loss", program.seen)
    finally:
        for each in still:
            each.close()
    is_soon(program, 2, "earshot_connections")
    say(speaker, good, 100)


@pytest.mark.parametrize("threads", ["1", "2"])
def test_who_hoards_half_a_message_goes_before_those_who_hold_little(earshot, far, threads):
    program = server(earshot, "--reply", "echo", "--max-memory", "8M", "--threads", threads)
    small = far.call(program.port)
    small.send("half")
    hoarders = [stands_still(program) for _ in range(20)]
    try:
        for hoarder in hoarders:
            try:
                hoarder.sendall(b"y" * MIB)
            except OSError:
                pass  # he has been reset already
        is_soon_some = lambda: figure(program, "earshot_closed_total", reason="limit") > 0  # noqa: E731
        wait_until(is_soon_some, "the largest reset", program.seen)
        wait_until(lambda: figure(program, "earshot_held_bytes") <= 8 * MIB, "room again", program.seen)
        program.wait_err("--max-memory")
    finally:
        for hoarder in hoarders:
            hoarder.close()
    small.send(" a line\n")
    small.expect("half a line\n")


@pytest.mark.parametrize("threads", ["1", "2"])
def test_where_nothing_may_be_lost_callers_are_told_and_wait(earshot, far, threads):
    program = server(earshot, "--reply", "echo", "--slow", "wait", "--max-memory", "2M", "--threads", threads)
    talkers = [far.call(program.port) for _ in range(6)]
    for talker in talkers:
        talker.socket.setblocking(False)

    def is_full():
        for talker in talkers:
            try:
                talker.socket.send(LINE * 1000)
            except OSError:
                pass
        return figure(program, "earshot_held_bytes") >= 2 * MIB
    def is_told():
        caller = far.call(program.port) if is_full() else None
        if not caller:
            return False
        caller.socket.settimeout(1)
        try:
            return caller.receive_to_end() == FULL
        except OSError:
            return False  # there was room again for a moment
    wait_until(is_told, "a refusal", program.seen)
    assert figure(program, "earshot_held_bytes") <= 6 * MIB
    assert figure(program, "earshot_closed_total", reason="limit") == 0
    for talker in talkers:
        talker.close()
    is_soon(program, 0, "earshot_connections")
    wait_until(lambda: figure(program, "earshot_held_bytes") < 2 * MIB, "room", program.seen)
    again = far.call(program.port)
    again.send("back\n")
    again.expect("back\n")


@pytest.mark.parametrize("threads", ["1", "2"])
@pytest.mark.parametrize("slow", ["drop", "disconnect"])
def test_answers_that_are_delayed_count_and_whoever_has_most_of_them_misses_them(earshot, far, tmp_path, slow, threads):
    rules = tmp_path / "rules.toml"
    rules.write_text(f'[[rule]]\nexact = "late"\nanswer = "{"x" * 1000}"\ndelay = "1h"\n'
                     '[[rule]]\nexact = "now"\nanswer = "here\\n"\n')
    program = server(earshot, "--reply", f"rules:{rules}", "--max-memory", "2M", "--slow", slow, "--threads", threads)
    little = far.call(program.port)
    little.send("late\nnow\n")
    little.expect("here\n")
    wait_until(lambda: figure(program, "earshot_held_bytes") >= 1000, "what waits for him", program.seen)
    hoarders = []

    def lost():
        return (figure(program, "earshot_dropped_events_total", reason="memory") if slow == "drop" else
                figure(program, "earshot_closed_total", reason="limit"))

    def has_cost_somebody():
        """Where memory is short at that moment he is refused."""
        hoarders.append(far.call(program.port))
        try:
            hoarders[-1].socket.sendall(b"late\n" * 800 + b"now\n")
            hoarders[-1].receive(5)
        except OSError:
            pass
        assert figure(program, "earshot_held_bytes") <= 3 * MIB
        return len(hoarders) >= 8 and lost() > 0
    wait_until(has_cost_somebody, "a loss", program.seen)
    if slow == "drop":
        assert figure(program, "earshot_closed_total", reason="limit") == 0
        wait_until(lambda: sum(map(int, re.findall(r"event=dropped .*messages=(\d+)", program.error()))) == lost(),
                   "an event of each loss", program.seen)
    else:
        assert figure(program, "earshot_dropped_events_total", reason="memory") == 0
        program.wait_err("--max-memory")
    little.send("now\n")
    little.expect("here\n")


@pytest.mark.parametrize("threads", ["1", "2"])
def test_what_a_program_does_not_read_counts_and_its_caller_goes(earshot, far, threads):
    program = server(earshot, "--reply", "exec-shell:read first; echo $first; exec sleep 600", "--max-memory", "1M",
                     "--threads", threads)
    good = far.call(program.port)
    good.send("good\n")
    good.expect("good\n")
    callers = []
    for _ in range(12):
        caller = far.call(program.port)
        callers.append(caller)
        caller.socket.setblocking(False)

    def is_sent_away():
        for caller in callers:
            try:
                caller.socket.send(b"y" * MIB)
            except OSError:
                pass
        return figure(program, "earshot_closed_total", reason="limit") > 0
    wait_until(is_sent_away, "the largest reset", program.seen)
    program.wait_err("--max-memory")
    assert figure(program, "earshot_held_bytes") <= 3 * MIB
    for caller in callers:
        caller.close()
    is_soon(program, 1, "earshot_connections")
    is_soon(program, 0, "earshot_held_bytes")
