"""Much of everything: long lines, many messages, many callers, and one who does not read."""
import base64
import os
import re
import socket
import threading
import time

from program import SANITIZED
from waiting import PATIENCE, wait_until

MIB = 1 << 20


def test_line_of_64_mib_is_one_message(earshot, far):
    listener = earshot.listen("--frame", "line")
    end = far.call(listener.port)
    block = b"0123456789abcdef" * (MIB // 16)
    for _ in range(63):
        end.send(block)
    end.send(block[:-1] + b"\n")
    message = listener.wait("message", timeout=2 * PATIENCE)
    assert len(base64.b64decode(message["bytes"])) == 64 * MIB
    end.send("small\n")
    assert listener.wait("message")["text"] == "small"


def test_line_longer_than_the_cap_does_not_fill_memory_and_loses_no_byte(earshot, far):
    listener = earshot.listen("--frame", "line", "--max-message", "65536")
    end = far.call(listener.port)
    end.send(b"q" * 3_000_000 + b"\nnext\n")
    listener.wait_bytes(3_000_006)
    assert listener.heard_bytes() == b"q" * 3_000_000 + b"\nnext\n"
    assert listener.incoming()[-1]["text"].strip() == "next"


def test_line_of_64_mib_leaves_the_console_usable(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0", "--encoding", "utf-8")
    end = far.call(console.port())
    block = b"x" * MIB
    for _ in range(63):
        end.send(block)
    end.send(block[:-1] + b"\nshort\n")
    console.wait_line("client: short", 2 * PATIENCE)
    console.line("answer")
    end.expect("answer\n")


def test_line_of_1_mib_pasted_in_the_console_is_sent_whole(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    console.wait_for("is here")
    pasted = "".join(chr(0x4E00 + at % 20000) for at in range(350_000))
    console.paste(pasted)
    wait_until(lambda: pasted[-1] in console.last(), "the paste's end in view", console.screen)
    console.keys("Enter")
    data = end.receive_until(b"\n")
    assert data.decode() == pasted + "\n"
    console.line("and on")
    end.expect("and on\n")


def test_20000_pasted_lines_go_out_as_many_and_the_console_stays_usable(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    console.wait_for("is here")
    lines = "\n".join(f"行 {number}" for number in range(20_000))
    console.paste(lines)
    console.wait_for("20000 lines pasted")
    console.type("m")
    assert end.receive(len(lines.encode()) + 1).decode() == lines + "\n"
    console.line("and on")
    end.expect("and on\n")


def test_4000_small_messages_a_second_leave_the_console_usable_and_are_all_counted(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    end.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sent, begin = 0, time.monotonic()
    for number in range(12_000):
        sent += len(data := b"%d tick\n" % number)
        end.send(data)
        if number == 4_000:
            console.type("typed while")
        if number == 8_000:
            console.line(" it rains")
            end.expect("typed while it rains\n")
        if number % 80 == 0:  # the rate is what is tested
            time.sleep(max(0, begin + number / 4_000 - time.monotonic()))
    wait_until(lambda: console.raw().count(b" tick") + skipped(console) == 12_000, "every message shown or counted",
               console.seen)
    console.line("/who")
    console.wait_for(f"12000 messages, {sent} bytes")


def skipped(console):
    return sum(map(int, re.findall(rb"-- (\d+) lines came too fast", console.raw())))


def test_messages_faster_than_any_screen_are_shown_or_counted(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    data = b"".join(b"%d tick\n" % number for number in range(200_000))
    end.send(data)
    wait_until(lambda: console.raw().count(b" tick") + skipped(console) == 200_000, "every message shown or counted",
               console.seen)
    console.line("/who")
    console.wait_for(f"200000 messages, {len(data)} bytes")


def test_peer_that_never_reads_costs_bounded_memory_and_others_nothing(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "broadcast")
    port = server.listening_port()
    deaf, talker, other = far.call(port), far.call(port), far.call(port)
    talker.send("hello")
    other.receive_until("hello")
    before = server.memory()
    block = b"w" * 65536
    for _ in range(1024):  # 64 MiB to one who reads and one who does not
        talker.send(block)
        other.receive(len(block))
    assert server.holds_at_most(before + 32 * MIB), server.memory() - before
    deaf.close()


def test_echo_to_a_peer_that_never_reads_stops_reading_him(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "echo")
    port = server.listening_port()
    deaf = far.call(port)
    deaf.socket.settimeout(0.5)
    sent = 0
    try:
        while sent < 512 * MIB:
            sent += deaf.socket.send(b"e" * MIB)
    except TimeoutError:
        pass
    assert sent < 256 * MIB
    assert server.holds_at_most(32 * MIB), server.memory()
    other = far.call(port)
    other.send("me too")
    other.expect("me too")


def test_reader_of_json_that_does_not_read_holds_the_peer_back(earshot, far):
    server = far.server()
    reading, writing = os.pipe()
    program = earshot.start("connect", "127.0.0.1", server.port, "--json", stdout=writing)
    os.close(writing)
    end = server.accept()
    end.socket.settimeout(0.5)
    sent = 0
    try:
        while sent < 512 * MIB:
            sent += end.socket.send(b"e" * MIB)
    except TimeoutError:
        pass
    assert sent < 64 * MIB
    assert program.holds_at_most(64 * MIB), program.memory()
    os.close(reading)
    assert program.status() == 0


def test_keep_sends_away_who_does_not_read_and_says_so(earshot, far):
    listener = earshot.start("listen", "127.0.0.1:0", "--keep")
    port = listener.listening_port()
    deaf, reader = far.call(port), far.call(port)
    for end in (deaf, reader):
        end.send("in")
    wait_until(lambda: listener.output() == b"inin", "both in", listener.seen)
    block = b"k" * MIB
    thread = threading.Thread(target=lambda: [listener.write(block) for _ in range(64)], daemon=True)
    thread.start()
    assert len(reader.receive(64 * MIB)) == 64 * MIB
    thread.join(PATIENCE)
    listener.wait_err("client 1 has left")
    assert listener.holds_at_most(48 * MIB), listener.memory()


def test_10000_connects_and_disconnects_leak_nothing(earshot):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", "--on-fin", "close")
    port = server.listening_port()

    def visit(count):
        for number in range(count):
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as caller:
                caller.sendall(b"v")
                assert caller.recv(1) == b"v"
                if number % 3 == 0:
                    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    quiet = server.descriptors()
    sizes = []
    for count in (1_000, 3_000, 3_000, 3_000):
        visit(count)
        wait_until(lambda: server.descriptors() == quiet, "all gone", server.seen)
        sizes.append(server.memory())
    # A leak grows every time; a crowd for a moment, on a busy machine, only once.
    growths = [after - before for before, after in zip(sizes, sizes[1:])]
    assert SANITIZED or min(growths) < 100_000, growths


def test_console_does_not_grow_by_callers_who_have_left(earshot):
    listener = earshot.listen("--on-fin", "close")
    for _ in range(300):
        socket.create_connection(("127.0.0.1", listener.port), PATIENCE).close()
    listener.wait("closed", id=300)
    wait_until(lambda: listener.descriptors() < 20, "all gone", listener.seen)
