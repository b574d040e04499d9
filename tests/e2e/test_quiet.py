"""Whoever waits does not spin: a conversation in which nothing happens costs no processor time."""
import os
import time

import pytest

from far_end import careless_client
from program import few_descriptors, processor_seconds
from waiting import wait_until


def spins(program):
    """Whether it takes the processor while nothing happens. Only time can show that."""
    before = processor_seconds(program.pid)
    time.sleep(0.5)
    return processor_seconds(program.pid) - before > 0.1


@pytest.mark.parametrize("tls", [False, True])
def test_listener_does_not_spin_in_any_half_of_a_conversation(earshot, far, tls):
    listener = earshot.listen(*["--tls"] * tls)

    def caller():
        end = far.call(listener.port)
        return end.tls(careless_client()) if tls else end

    ends = [caller() for _ in range(4)]
    listener.wait("opened", id=4)
    listener.end_input()
    if not tls:
        ends[1].finish()
        listener.wait("half-closed", id=2)
    ends[2].send("x")
    assert not spins(listener)


def test_listener_does_not_spin_after_its_own_fin(earshot, far):
    listener = earshot.listen()
    far.call(listener.port)
    listener.wait("opened")
    listener.give("half-close")
    listener.wait("half-closed", direction="out")
    assert not spins(listener)


def test_pipe_does_not_spin_while_it_waits(earshot, far):
    server = far.server()
    for number, stdin in enumerate((b"", None)):
        words = {} if stdin is None else {"stdin": stdin}
        program = earshot.start("connect", "127.0.0.1", server.port, "--on-eof", "keep", **words)
        end = server.accept()
        if stdin is None:
            end.finish()
        else:
            end.send("x")
            program.wait_out(b"x")
        assert not spins(program), number


def test_pipe_does_not_spin_while_the_peer_does_not_read(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, stdin=b"w" * (64 << 20))
    server.accept()
    seen = [-1]

    def stands_still():
        before, seen[0] = seen[0], program.processor_seconds()
        time.sleep(0.1)
        return before == seen[0]
    wait_until(stands_still, "a full connection", program.seen)
    assert not spins(program)


def test_keep_does_not_spin_while_nobody_reads(earshot, far):
    program = earshot.start("listen", "127.0.0.1:0", "--keep", stdin=b"w" * (64 << 20))
    deaf = far.call(program.listening_port())
    deaf.expect("w")
    time.sleep(0.3)
    assert not spins(program)


def test_echo_does_not_spin_for_one_who_does_not_read(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "echo")
    deaf = far.call(server.listening_port())
    deaf.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        while True:
            deaf.socket.send(b"e" * 65536)
    assert not spins(server)
    deaf.finish()
    assert not spins(server)


def test_reader_of_json_that_does_not_read_makes_nobody_spin(earshot, far):
    server = far.server()
    reading, writing = os.pipe()
    program = earshot.start("connect", "127.0.0.1", server.port, "--json", stdout=writing)
    os.close(writing)
    end = server.accept()
    end.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        while True:
            end.socket.send(b"e" * 65536)
    assert not spins(program)
    os.close(reading)


def test_console_does_not_spin(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    end.send("unfinished")
    console.wait_for("unfinished")
    end.finish()
    console.wait_for("has finished sending")
    console.type("open line")
    console.wait_last(">>>:open line")
    assert not spins(console)


def test_listener_without_descriptors_does_not_spin(earshot, far):
    listener = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", wrap=few_descriptors(32))
    port = listener.listening_port()
    for _ in range(60):
        far.call(port)
    listener.wait_err("no descriptor is left")
    assert not spins(listener)
