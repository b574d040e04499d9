"""How many may come, from where and how fast; and what a listener does when the system has no more to give."""
import re
import resource
import socket
import time

import pytest

from far_end import careless_client
from program import SANITIZED, few_descriptors
from waiting import wait_until

FULL = b"earshot: too many callers, try later\n"
NO_DESCRIPTOR = b"earshot: too many connections, try later\n"
NO_MEMORY = b"earshot: no memory is left, try later\n"


def serve(earshot, *options, **more):
    program = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", *options, **more)
    program.port = program.listening_port()
    return program


def enter(far, program):
    caller = far.call(program.port)
    caller.send("x")
    caller.expect("x")
    return caller


def is_answered(caller, word=b"x"):
    """Whether one who has just come is let in, and hears his own word."""
    try:
        caller.send(word)
        return caller.receive(len(word)) == word
    except OSError:
        return False


def call_from(address, port):
    caller = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(address, 0))
    return caller


def test_an_address_may_have_so_many_callers_and_others_too(earshot, far):
    program = serve(earshot, "--max-per-address", "2")
    here = [enter(far, program) for _ in range(2)]
    assert far.call(program.port).receive_to_end() == FULL
    program.wait_err("--max-per-address")
    with call_from("127.0.0.2", program.port) as other:
        other.sendall(b"y")
        assert other.recv(1) == b"y"
    here[0].cut()

    def has_room():
        with call_from("127.0.0.1", program.port) as again:
            try:
                again.sendall(b"z")
                return again.recv(1) == b"z"
            except OSError:
                return False
    wait_until(has_room, "room for another", program.seen)
    here[1].send("still")
    here[1].expect("still")


@pytest.mark.parametrize("option", ["--max-rate", "--max-rate-per-address"])
def test_callers_beyond_the_rate_are_told_and_those_here_stay(earshot, far, option):
    program = serve(earshot, option, "3/h")
    here = [enter(far, program) for _ in range(3)]
    for _ in range(3):
        assert far.call(program.port).receive_to_end() == FULL
    wait_until(lambda: program.error().count(f"({option})") == 3, "three lines", program.seen)
    for caller in here:
        caller.send("still")
        caller.expect("still")


def test_the_rate_of_one_address_is_not_that_of_another(earshot, far):
    program = serve(earshot, "--max-rate-per-address", "1/h")
    enter(far, program)
    assert far.call(program.port).receive_to_end() == FULL
    with call_from("127.0.0.3", program.port) as other:
        other.sendall(b"y")
        assert other.recv(1) == b"y"


def test_a_rate_lets_the_next_one_in_when_its_time_has_come(earshot, far):
    program = serve(earshot, "--max-rate", "2")
    for _ in range(2):
        enter(far, program)

    wait_until(lambda: is_answered(far.call(program.port)), "the bucket fills", program.seen)


def test_a_refused_caller_is_an_event_with_its_reason(earshot, far):
    listener = earshot.listen("--max-per-address", "1")
    far.call(listener.port)
    listener.wait("opened", id=1)
    far.call(listener.port)
    assert "--max-per-address" in listener.wait("error", reason="limit")["message"]
    far.call(listener.port)
    listener.wait("error", reason="limit")


def test_a_silent_handshake_has_a_place_of_its_address(earshot, far):
    listener = earshot.listen("--tls", "--max-per-address", "1", "--connect-timeout", "60")
    silent = far.call(listener.port)
    far.call(listener.port)
    assert "--max-per-address" in listener.wait("error", reason="limit")["message"]
    silent.close()
    listener.wait("error", reason="tls")
    inside = far.call(listener.port).tls(careless_client())
    inside.send("fine")
    listener.wait_text("fine")
    far.call(listener.port)
    assert "--max-per-address" in listener.wait("error", reason="limit")["message"]


def test_limits_hold_for_all_threads_together(earshot, far):
    program = serve(earshot, "--threads", "4", "--max-rate", "5/h", "--max-per-address", "50")
    callers = [far.call(program.port) for _ in range(40)]
    wait_until(lambda: program.error().count("(--max-rate)") == 35, "thirty-five refusals", program.seen)
    assert len(callers) == 40


def test_who_has_spoken_already_reads_why_he_is_turned_away(earshot, far):
    program = serve(earshot, "--max-clients", "1")
    enter(far, program)
    for _ in range(20):
        caller = far.call(program.port)
        try:
            caller.send("GET / HTTP/1.0\r\n\r\n")
        except OSError:
            pass  # he was told before he spoke
        caller.expect(FULL)


# --- when the system has no more to give

def told(caller):
    """What a caller who has just come is told: his own word, or why he is not let in."""
    try:
        caller.send("x")
    except OSError:
        pass  # he was let go before
    first = caller.receive(1)
    try:
        return first if first == b"x" else first + caller.receive_to_end()
    except ConnectionResetError:  # his word came when nobody read it any more; what he was told came before
        return first


def is_well(caller):
    caller.send("still")
    caller.expect("still")


@pytest.mark.parametrize("threads", [1, 2])
def test_without_descriptors_newcomers_are_told_and_those_here_go_on(earshot, far, threads):
    program = serve(earshot, "--threads", threads, wrap=few_descriptors(64))
    inside, refused = [], 0
    for _ in range(100):
        caller = far.call(program.port)
        what = told(caller)
        if what == b"x":
            inside.append(caller)
        else:
            assert what in (NO_DESCRIPTOR, b"e")
            refused += 1
    assert 30 < len(inside) < 64
    program.wait_err("no descriptor is left; raise ulimit -n, or set --max-clients below it")

    def all_counted():
        lines = re.findall(r"callers are refused: [^\n]*?(?:\((\d+) callers\))?\n", program.error())
        return sum(int(count or 1) for count in lines) == refused
    wait_until(all_counted, f"{refused} refusals in the lines", program.seen)
    for caller in inside:
        is_well(caller)
    for caller in inside[:20]:
        caller.close()
    inside = inside[20:]

    def one_is_let_in():
        caller = far.call(program.port)
        return told(caller) == b"x" and caller
    inside.append(wait_until(one_is_let_in, "room for a newcomer", program.seen))
    for caller in inside:
        is_well(caller)


@pytest.mark.skipif(SANITIZED, reason="a sanitizer's memory is its own")
@pytest.mark.parametrize("threads", [1, 2])
def test_without_memory_newcomers_are_told_and_those_here_go_on(earshot, far, threads):
    program = serve(earshot, "--frame", "line", "--threads", threads, "--metrics", "0")
    here = far.call(program.port)
    here.send("first\n")
    here.expect("first\n")
    _, hard = resource.prlimit(program.pid, resource.RLIMIT_DATA)
    data = next(int(line.split()[1]) * 1024 for line in open(f"/proc/{program.pid}/status")
                if line.startswith("VmData"))
    resource.prlimit(program.pid, resource.RLIMIT_DATA, (data + (3 << 20), hard))
    hoarders = []

    def is_short():
        caller = far.call(program.port)
        hoarders.append(caller)
        try:
            caller.send(b"y" * 40_000)  # a line that does not end is kept
        except OSError:
            pass
        return "no memory is left" in program.error()
    wait_until(is_short, "the end of memory", program.seen)
    assert far.call(program.port).receive_to_end() == NO_MEMORY
    here.send("still\n")
    here.expect("still\n")
    # First, because each line that ends is echoed: that is more than the memory held back.
    resource.prlimit(program.pid, resource.RLIMIT_DATA, (hard, hard))
    for caller in hoarders:
        caller.close()

    wait_until(lambda: is_answered(far.call(program.port), b"new\n"), "room for a newcomer", program.seen)
    here.send("again\n")
    here.expect("again\n")


def test_silent_handshakes_keep_out_nobody_but_their_own(earshot, far):
    listener = earshot.listen("--tls", "--connect-timeout", "600", wrap=few_descriptors(64))  # a quarter: 16
    patient = far.call(listener.port, source=("127.0.0.2", 0))
    silent = [far.call(listener.port) for _ in range(40)]
    for _ in range(41 - 16):
        why = listener.wait("error", reason="limit")["message"]
        assert "TLS handshakes" in why and "127.0.0.1:" in why
    quick = far.call(listener.port, source=("127.0.0.3", 0)).tls(careless_client())
    quick.send("in")
    listener.wait_text("in")
    silent[0].expect_end()
    late = patient.tls(careless_client())
    late.send("and so am I")
    listener.wait_text("and so am I")
    last = silent[-1].tls(careless_client())
    last.send("the last of many too")
    listener.wait_text("the last of many too")


# --- how fast each is read

LINES = b"".join(b"line %05d\n" % number for number in range(600))


@pytest.mark.parametrize("option", [("--message-rate", "300"), ("--byte-rate", "3300")])
def test_who_is_slowed_delays_nobody_else(earshot, far, option):
    program = serve(earshot, "--frame", "line", "--threads", "1", *option)
    fast, other = far.call(program.port), far.call(program.port)
    plenty = LINES * 100
    fast.socket.setblocking(False)
    sent = fast.socket.send(plenty)  # what the two systems take: 20 seconds' worth and more
    fast.socket.settimeout(30)
    got = fast.receive(3300)  # what may come at once
    for number in range(100):
        other.send("other %d\n" % number)
        other.expect("other %d\n" % number)
    assert plenty.startswith(got)
    fast.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        for _ in range(20):
            got += fast.socket.recv(1 << 16)
    assert len(got) < sent, "the other one was answered before"
    assert plenty.startswith(got)


@pytest.mark.parametrize("finishes", [False, True])
@pytest.mark.parametrize("option", [("--message-rate", "200"), ("--byte-rate", "2200")])
def test_who_is_slowed_loses_nothing_and_is_heard_in_order(earshot, far, option, finishes):
    program = serve(earshot, "--frame", "line", *option)
    caller = far.call(program.port)
    began = time.monotonic()
    caller.send(LINES)
    if finishes:
        caller.finish()
    assert caller.receive(len(LINES)) == LINES
    assert time.monotonic() - began > 1.9, "a third may come at once, the rest in two seconds"


def test_a_rate_is_no_more_once_both_have_ended(earshot, far):
    listener = earshot.listen("--frame", "line", "--message-rate", "100/h")
    caller = far.call(listener.port)
    listener.wait("opened")
    listener.give("half-close", id=1)
    caller.expect_end()
    caller.send(LINES)
    caller.finish()
    listener.wait("closed", id=1)
    assert listener.heard_bytes(1) == LINES
