"""One speaks and many listen, over real sockets: who stands still costs the others nothing."""
import json
import select
import socket
import time

from waiting import PATIENCE, wait_until

MIB = 1 << 20


def broadcaster(earshot, *more):
    return earshot.start("listen", "127.0.0.1:0", "--reply", "broadcast", "--frame", "line", *more)


def numbered(count, size=1000):
    return b"".join(b"%0*d\n" % (size - 1, number) for number in range(count))


def say_and_hear(speaker, said, listener, total=None):
    """Sends while the listener reads, as he must where the speaker is made to wait, until he has `total` bytes."""
    heard, left, total = bytearray(), memoryview(said), total or len(said)
    speaker.socket.setblocking(False)
    end = time.monotonic() + 4 * PATIENCE
    while len(heard) < total and time.monotonic() < end:
        reading, writing, _ = select.select([listener.socket], [speaker.socket] if left else [], [], 1)
        if writing:
            left = left[speaker.socket.send(left[:1 << 16]):]
        if reading:
            heard += listener.socket.recv(1 << 20)
    return bytes(heard)


def test_those_who_stand_still_share_what_waits_for_them_and_delay_nobody(earshot, far):
    server = broadcaster(earshot)
    port = server.listening_port()
    stuck = [far.call(port) for _ in range(200)]
    listener, speaker = far.call(port), far.call(port)
    said = numbered(20_000)
    assert say_and_hear(speaker, said, listener) == said
    assert server.holds_at_most(64 * MIB), server.memory()
    for end in stuck[:3]:
        end.socket.settimeout(0.5)
        heard = b""
        try:
            while more := end.socket.recv(MIB):
                heard += more
        except TimeoutError:
            pass
        assert said.startswith(heard[:1_000_000])
        assert len(heard) % 1000 == 0, "half a line"


def test_what_a_slow_caller_missed_is_counted_to_the_line(earshot, far):
    server = earshot.listen("--reply", "broadcast", "--frame", "line")
    slow, listener, speaker = (far.call(server.port) for _ in range(3))
    said = numbered(20_000)
    assert say_and_hear(speaker, said, listener) == said
    speaker.socket.setblocking(True)
    heard = b""
    while not heard.endswith(b"the end\n"):
        part = slow.socket.recv(MIB)
        assert part
        heard += part
        if len(heard) % 1000 == 0 and not select.select([slow.socket], [], [], 0.2)[0]:
            speaker.send("the end\n")
    dropped = server.wait("dropped", id=1)
    lines = heard.count(b"\n") - 1
    assert 0 < lines < 20_000
    assert dropped["messages"] == 20_000 - lines, json.dumps(dropped)
    assert dropped["bytes"] == 1000 * dropped["messages"]


def test_slow_disconnect_ends_who_does_not_read_and_nobody_else(earshot, far):
    server = broadcaster(earshot, "--slow", "disconnect")
    port = server.listening_port()
    slow, listener, speaker = (far.call(port) for _ in range(3))
    said = numbered(20_000)
    assert say_and_hear(speaker, said, listener) == said
    wait_until(lambda: gone(slow), "the slow one is sent away", server.seen)


def gone(end):
    try:
        while end.socket.recv(MIB):
            pass
    except ConnectionResetError:
        return True
    return False


def test_slow_wait_loses_nothing(earshot, far):
    server = broadcaster(earshot, "--slow", "wait")
    port = server.listening_port()
    slow, speaker = far.call(port), far.call(port)
    # Two of the four buffers on the way are small; the other two hold some 40 MB at most where the kernel is generous.
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    speaker.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    speaker.socket.settimeout(0.5)
    said, sent = numbered(80_000), 0
    try:
        while sent < len(said):
            sent += speaker.socket.send(said[sent:sent + (1 << 16)])
    except TimeoutError:
        pass
    assert sent < len(said), "nobody made the speaker wait"
    assert say_and_hear(speaker, said[sent:], slow, len(said)) == said
