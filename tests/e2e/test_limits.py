"""How many may come, from where and how fast; and what a listener does when the system has no more to give."""
import socket

import pytest

from far_end import careless_client
from waiting import wait_until

FULL = b"earshot: too many callers, try later\n"


def serve(earshot, *options):
    program = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", *options)
    program.port = program.listening_port()
    return program


def enter(far, program):
    caller = far.call(program.port)
    caller.send("x")
    caller.expect("x")
    return caller


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

    def let_in():
        caller = far.call(program.port)
        try:
            caller.send("x")
            return caller.receive(1) == b"x"
        except OSError:
            return False
    wait_until(let_in, "the bucket fills", program.seen)


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
