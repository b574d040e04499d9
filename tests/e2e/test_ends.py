"""How earshot ends: with a reader who is slow or gone, in the middle of a call, and when the user does not want it called again."""
import json
import os
import signal
import subprocess
import time

import pytest

from waiting import wait_until

MIB = 1 << 20


class LazyReader:
    """The reading end of the program's stdout, in the hands of the test: a pipe nobody reads until told."""

    def __init__(self):
        self.reading, self.writing = os.pipe()

    def read_all(self):
        os.close(self.writing)
        with os.fdopen(self.reading, "rb") as stream:
            return stream.read()

    def leave(self):
        os.close(self.reading)


def waits_for_nobody(program):
    """Asleep, having used no processor time for a while: what it does next is not its own idea."""
    before = program.processor_seconds()
    time.sleep(0.2)
    return program.processor_seconds() == before


def blackhole(far):
    """A port that answers no call: its backlog is full."""
    server = far.server(backlog=0)
    far.call(server.port)
    return server.port


def test_json_of_a_slow_reader_is_whole_at_the_end(earshot, far):
    server, reader = far.server(), LazyReader()
    caller = earshot.start("connect", "127.0.0.1", server.port, "--json", "--encoding", "bytes", "--on-fin", "close",
                           stdout=reader.writing)
    end = server.accept()
    end.send(b"x" * 1_200_000)
    end.finish()
    wait_until(lambda: waits_for_nobody(caller), "the output to fill")
    assert caller.child.poll() is None
    events = [json.loads(line) for line in reader.read_all().splitlines()]
    assert [event["event"] for event in events[-2:]] == ["closed", "stopped"]
    assert events[-2]["received"] == 1_200_000
    assert caller.status() == 0


def test_second_signal_leaves_a_reader_who_never_reads(earshot, far):
    server, reader = far.server(), LazyReader()
    caller = earshot.start("connect", "127.0.0.1", server.port, "--json", "--encoding", "bytes", "--on-fin", "close",
                           stdout=reader.writing)
    end = server.accept()
    end.send(b"x" * 1_200_000)  # a mebibyte of it fits into the pipe
    end.close()
    wait_until(lambda: waits_for_nobody(caller), "the output to fill")
    caller.signal(signal.SIGTERM)
    assert caller.status() == 128 + signal.SIGTERM
    reader.leave()


def test_keep_writes_everything_for_a_slow_reader(earshot, far):
    reader = LazyReader()
    listener = earshot.start("listen", "127.0.0.1:0", "--keep", stdout=reader.writing)
    end = far.call(listener.listening_port())
    end.send(b"k" * 1_500_000)
    end.finish()
    wait_until(lambda: waits_for_nobody(listener), "the output to fill")
    listener.signal(signal.SIGTERM)
    end.close()
    wait_until(lambda: waits_for_nobody(listener), "the end to wait for the reader")
    assert listener.child.poll() is None
    assert len(reader.read_all()) == 1_500_000
    assert listener.status() == 0


@pytest.mark.parametrize("words", [["connect", "--json"], ["listen", "--keep"], ["listen", "--json"]])
def test_end_waits_for_no_silent_peer_once_the_reader_has_gone(earshot, far, words):
    reader = LazyReader()
    verb, *options = words
    if verb == "connect":
        server = far.server()
        program = earshot.start(verb, "127.0.0.1", server.port, *options, stdout=reader.writing)
        end = server.accept()
    else:
        holder = far.closed_port()
        far.opened.pop().close()
        program = earshot.start(verb, "127.0.0.1", holder, *options, stdout=reader.writing)
        end = wait_until(lambda: try_call(far, holder), "its port")
    os.close(reader.writing)
    reader.leave()
    begin = time.monotonic()
    end.send("for nobody")
    assert program.status() == 0
    assert time.monotonic() - begin < 3  # the grace of an end in order is 5 s


def try_call(far, port):
    try:
        return far.call(port)
    except ConnectionRefusedError:
        return None


def test_reader_who_stops_reading_stops_callers_and_commands_too(earshot, far):
    reader = LazyReader()
    holder = far.closed_port()
    far.opened.pop().close()
    listener = earshot.start("listen", "127.0.0.1", holder, "--json", stdout=reader.writing)
    first = wait_until(lambda: try_call(far, holder), "its port")
    first.socket.setblocking(False)
    wait_until(lambda: not can_send(first.socket), "the output to fill")
    line = json.dumps({"command": "dance", "ref": "r" * 1000}).encode() + b"\n"
    os.set_blocking(listener.child.stdin.fileno(), False)
    given = 0
    for _ in range(40_000):  # 40 MB, were it read
        written = os_write(listener.child.stdin.fileno(), line)
        given += written
        if not written and waits_for_nobody(listener):
            break
    assert given < 8 * MIB
    assert listener.holds_at_most(100 * MIB), listener.memory()
    os.close(reader.writing)
    subprocess.Popen(["cat"], stdin=reader.reading, stdout=subprocess.DEVNULL)
    os.close(reader.reading)
    wait_until(lambda: can_send(first.socket), "reading to go on")
    far.call(holder)


def can_send(plain):
    try:
        return plain.send(b"x" * 65536)
    except BlockingIOError:
        time.sleep(0.05)
        return 0


def os_write(descriptor, data):
    try:
        return os.write(descriptor, data)
    except BlockingIOError:
        return 0


def test_quit_is_heard_while_a_call_is_being_made(earshot, far):
    caller = earshot.json("connect", "127.0.0.1", blackhole(far))
    caller.wait("dialing")
    caller.give("quit", ref="q")
    caller.wait("closed", id=1, reason="cancelled")
    caller.wait("sent", ref="q")
    caller.wait("stopped")
    assert caller.status() == 0


def test_close_gives_up_a_call(earshot, far):
    caller = earshot.json("connect", "127.0.0.1", blackhole(far), "--retry", "0.01")
    caller.wait("dialing")
    caller.give("close", ref="c")
    caller.wait("closed", id=1, reason="cancelled")
    caller.wait("sent", ref="c")
    assert caller.status() == 0


def test_interrupted_call_is_closed(earshot, far):
    caller = earshot.json("connect", "127.0.0.1", blackhole(far))
    caller.wait("dialing")
    caller.signal(signal.SIGINT)
    caller.wait("closed", id=1, reason="cancelled")
    caller.wait("stopped")
    assert caller.status() == 130


def test_commands_written_ahead_wait_for_the_call_that_is_answered(earshot, far):
    holder = far.closed_port()
    caller = earshot.json("connect", "127.0.0.1", holder, "--retry", "0.05")
    caller.send("ahead", ref="a")
    caller.give("quit", ref="q")  # a script's last line is not overtaken
    caller.wait("dialing", attempt=lambda attempt: attempt >= 3)
    assert not caller.take("error")
    far.opened[-1].listen(1)
    end = far.opened[-1].accept()[0]
    assert end.recv(100) == b"ahead"
    end.close()
    caller.wait("sent", ref="a")
    caller.wait("sent", ref="q")
    assert caller.status() == 0


def test_second_quit_does_not_wait_behind_other_commands(earshot, far):
    caller = earshot.json("connect", "127.0.0.1", blackhole(far))
    caller.send("never", ref="n")
    caller.give("quit", ref="q")
    caller.wait("dialing")
    caller.give("quit", ref="again")
    caller.wait("sent", ref="again")
    caller.wait("error", ref="n")
    caller.wait("stopped")
    assert caller.status() == 0


def test_commands_written_ahead_of_a_call_that_fails_are_answered(earshot, far):
    caller = earshot.json("connect", "127.0.0.1", far.closed_port(), stdin=b'{"command":"send","text":"x","ref":"a"}\n')
    assert caller.status() == 1
    events = [event["event"] for event in caller.refresh()]
    assert events[0] == "dialing" and events[-1] == "stopped" and "closed" in events


@pytest.mark.parametrize("command", ["close", "reset"])
def test_conversation_that_was_closed_here_is_not_called_again(earshot, far, command):
    server = far.server()
    caller = earshot.json("connect", "127.0.0.1", server.port, "--retry", "0.01")
    end = server.accept()
    caller.wait("opened")
    caller.give(command)
    end.close()
    caller.wait("stopped")
    assert len([event for event in caller.events if event["event"] == "dialing"]) == 1


def test_close_ends_the_wait_for_another_call(earshot, far):
    caller = earshot.json("connect", "127.0.0.1", far.closed_port(), "--retry", "60")
    caller.wait("closed", reason="refused")
    caller.give("close", ref="c")
    caller.wait("sent", ref="c")
    caller.wait("stopped")
    assert caller.status() == 0


def test_close_in_a_console_ends_the_calling_until_reconnect(earshot, far):
    holder = far.closed_port()
    console = earshot.console("connect", "127.0.0.1", str(holder), "--retry", "600")
    console.wait_for("/reconnect")
    console.line("/close")
    far.opened[-1].listen(1)
    console.line("/reconnect")
    end = far.opened[-1].accept()[0]
    end.sendall(b"hello\n")
    console.wait_line("server: hello")
    end.close()
