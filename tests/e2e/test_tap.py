"""earshot tap: between two plain sockets, who must not notice it."""
import contextlib
import fcntl
import json
import os
import random
import signal
import socket
import struct
import termios

import pytest

from far_end import FarEnd, exchange, in_background, server_context, trusting_client
from waiting import wait_until

MANY = 8 << 20  # bytes of a bulk transfer


class Tap:
    """A tap between the two ends that a test makes: pair() gives both of a caller's."""

    def __init__(self, earshot, far, *words, listen="127.0.0.1:0", target=None, server=None):
        self.far, self.server = far, server or far.server()
        self.program = earshot.start("tap", *words, listen, target or f"127.0.0.1:{self.server.port}")
        self.port = self.program.listening_port()

    def pair(self):
        return self.far.call(self.port), self.server.accept()

    def shown(self):
        return self.program.out.text()

    def wait(self, text):
        wait_until(lambda: text in self.shown(), f"{text!r} in the view", self.program.seen)

    def lines(self, *starts):
        return [line for line in self.shown().splitlines() if line.startswith(starts)]


@pytest.fixture
def tap(earshot, far):
    return lambda *words, **more: Tap(earshot, far, *words, **more)


def noise(size, seed):
    return random.Random(seed).randbytes(size)


@pytest.mark.parametrize("words", [("--no-ladder", "--frame", "chunk", "--encoding", "bytes"), ("--no-ladder",),
                                   ("--json",)])
def test_bytes_pass_unchanged_both_ways_at_once(earshot, far, words):
    server = far.server()
    program = earshot.start("tap", *words, "127.0.0.1:0", f"127.0.0.1:{server.port}")
    if words == ("--json",):
        program.wait_out(b'"listening"')
        port = json.loads(program.output().splitlines()[0])["port"]
    else:
        port = program.listening_port()
    client = far.call(port)
    peer = server.accept()
    exchange(client, peer, noise(MANY, 1), noise(MANY, 2))


def test_half_close_of_the_client_is_passed_and_the_answer_still_comes(tap):
    passing = tap("--no-ladder")
    client, server = passing.pair()
    client.send("question\n")
    client.finish()
    assert server.receive_to_end() == b"question\n"
    server.send("answer\n")
    server.finish()
    assert client.receive_to_end() == b"answer\n"
    passing.wait("server 1 has left: closed")
    passing.wait("client 1 has left: closed")
    assert passing.shown().splitlines()[2:5] == [
        "client 1: question", "-- client 1 has finished sending (FIN)", "server 1: answer"]


def test_half_close_of_the_server_is_passed_and_the_client_goes_on(tap):
    client, server = tap("--no-ladder").pair()
    server.send("greeting")
    server.finish()
    assert client.receive_to_end() == b"greeting"
    client.send("still here")
    server.expect("still here")
    client.finish()
    server.expect_end()


@pytest.mark.parametrize("who", ["client", "server"])
def test_reset_is_passed_as_reset_behind_what_came_before(tap, who):
    passing = tap("--no-ladder")
    client, server = passing.pair()
    one, other = (client, server) if who == "client" else (server, client)
    one.send("last words")
    other.expect("last words")
    one.reset()
    other.expect_reset()
    passing.wait("client 1 has left: reset")
    passing.wait("server 1 has left: reset")


@pytest.mark.parametrize("size", [10, 300_000])
def test_what_was_sent_right_before_a_reset_is_delivered(tap, size):
    client, server = tap("--no-ladder").pair()
    data = noise(size, 3)
    client.send(data)
    wait_until(lambda: client.socket.fileno() and unacknowledged(client.socket) == 0, "its arrival at the tap")
    client.reset()
    assert server.receive(size) == data
    server.expect_reset()


def unacknowledged(plain):
    return struct.unpack("i", fcntl.ioctl(plain, termios.TIOCOUTQ, b"\0" * 4))[0]


def test_caller_of_a_target_that_refuses_is_reset_and_it_is_said_why(tap, far):
    passing = tap("--no-ladder", target=f"127.0.0.1:{far.closed_port()}")
    far.call_and_be_reset(passing.port)
    passing.wait("!! server 1 has left: refused")
    passing.wait("cannot be passed on")
    far.call_and_be_reset(passing.port)
    passing.wait("client 2 has left: refused")


def test_caller_is_not_read_before_the_target_has_answered(tap, far):
    """What he says and how he leaves comes through all the same."""
    passing = tap("--no-ladder")
    client = far.call(passing.port)
    client.send("early\n")
    client.finish()
    server = passing.server.accept()
    assert server.receive_to_end() == b"early\n"


@pytest.mark.parametrize("slow", ["client", "server"])
def test_slow_reader_holds_the_other_up_and_memory_stays_small(tap, slow):
    passing = tap("--no-ladder", "--encoding", "bytes", "--frame", "fixed:1000000")
    client, server = passing.pair()
    reader, writer = (client, server) if slow == "client" else (server, client)
    data = noise(48 << 20, 4)
    sender = in_background(lambda: (writer.send(data), writer.finish()))
    stuck = [0, 0]

    def stands_still():
        stuck[0], stuck[1] = stuck[1], unacknowledged(writer.socket)
        return stuck[0] == stuck[1] and stuck[0] > 0
    wait_until(stands_still, "the writer's standstill")
    assert sender.is_alive()
    assert passing.program.holds_at_most(32 << 20)
    assert reader.receive_to_end() == data
    sender.join(30)
    assert passing.program.holds_at_most(32 << 20)


def test_callers_are_kept_apart(tap):
    passing = tap("--no-ladder")
    pairs = []
    for number in range(20):
        client, server = passing.pair()
        client.send(f"from {number}\n")
        server.expect(f"from {number}\n")
        pairs.append((client, server))
    pairs[3][0].reset()
    pairs[3][1].expect_reset()
    for number, (client, server) in enumerate(pairs):
        if number == 3:
            continue
        server.send(f"to {number}\n")
        client.expect(f"to {number}\n")
    for number in range(20):
        passing.wait(f"client {number + 1}: from {number}")
        if number != 3:
            passing.wait(f"server {number + 1}: to {number}")


def test_tls_of_the_callers_ends_here(tap, certs):
    passing = tap("--no-ladder", "--tls-cert", certs.good.pem, "--tls-key", certs.good.key, listen="tls://127.0.0.1:0")
    client = passing.far.call(passing.port).tls(trusting_client(certs.ca), name="localhost")
    server = passing.server.accept()
    client.send("secret\n")
    server.expect("secret\n")
    server.send("known\n")
    client.expect("known\n")
    passing.wait("client 1: secret")
    plain = client.end_tls
    closing = in_background(lambda: server.expect_end())
    in_background(lambda: plain())
    closing.join(30)
    assert not closing.is_alive()


def test_tls_begins_here_and_the_target_is_checked(tap, far, certs):
    listening = far.server()
    words = ("--no-ladder", "--tls-ca", certs.ca)
    passing = tap(*words, server=listening, target=f"tls://localhost:{listening.port}")
    client = far.call(passing.port)
    server = listening.accept().tls(server_context(certs.good.pem, certs.good.key), server_side=True)
    client.send("plain\n")
    server.expect("plain\n")
    server.send("sealed\n")
    client.expect("sealed\n")
    client.finish()
    server.expect_end()


def test_target_with_a_bad_certificate_is_not_talked_to(tap, far, certs):
    listening = far.server()
    passing = tap("--no-ladder", "--tls-ca", certs.ca, server=listening, target=f"tls://localhost:{listening.port}")
    client = far.call(passing.port)

    def answer():
        try:
            listening.accept().tls(server_context(certs.self_signed.pem, certs.self_signed.key), server_side=True)
        except OSError:
            pass
    in_background(answer)
    client.expect_reset()
    passing.wait("server 1 has left: tls")


def test_each_end_is_read_in_its_encoding(tap):
    passing = tap("--no-ladder")
    client, server = passing.pair()
    client.send("你好，服务器，听得见吗\n".encode("gbk"))
    server.expect("你好，服务器，听得见吗\n".encode("gbk"))
    server.send("听得见，客户端\n".encode())
    client.expect("听得见，客户端\n".encode())
    passing.wait("server 1: 听得见，客户端")
    passing.wait("client 1: 你好，服务器，听得见吗")


def test_encodings_can_be_named_for_each_end(tap):
    passing = tap("--no-ladder", "--client-encoding", "big5", "--server-encoding", "shift_jis")
    client, server = passing.pair()
    client.send("您好\n".encode("big5"))
    passing.wait("client 1: 您好")
    server.send("こんにちは\n".encode("shift_jis"))
    passing.wait("server 1: こんにちは")


def test_chinese_labels(earshot, far):
    server = far.server()
    program = earshot.start("tap", "--no-ladder", "127.0.0.1:0", f"127.0.0.1:{server.port}",
                            env={"LC_ALL": "zh_CN.UTF-8"})
    wait_until(lambda: ":" in program.error() and program.error().endswith("\n"), "the listening line", program.seen)
    client = far.call(int(program.error().strip().rsplit(":", 1)[1]))
    peer = server.accept()
    client.send("问\n")
    program.wait_out("客户端1:问".encode())
    peer.send("答\n")
    program.wait_out("服务器1:答".encode())


def test_line_that_does_not_end_is_shown_as_begun(tap):
    passing = tap("--no-ladder")
    client, server = passing.pair()
    server.send("login: ")
    client.expect("login: ")
    passing.wait("server 1: login:  ...\n")


def test_what_ends_say_cannot_steer_a_terminal_or_forge_a_label(tap):
    passing = tap("--no-ladder")
    client, _ = passing.pair()
    client.send(b"\x1b[2Jgone\rserver 1: forged\n")
    passing.wait("forged")
    assert "\x1b" not in passing.shown() and "\r" not in passing.shown()
    assert not passing.lines("server 1: ")


def test_hex_and_time(tap):
    passing = tap("--no-ladder", "--view", "both", "--time", "iso")
    client, _ = passing.pair()
    client.send("AB\n")
    passing.wait("41 42 0a")
    line = next(line for line in passing.shown().splitlines() if "client 1: AB" in line)
    assert line[4] == "-" and "T" in line.split(" ")[0]


def can_capture(program):
    wait_until(lambda: "seen: " in program.out.text(), "a ladder", program.seen)
    return "seen: packets" in program.out.text()


def test_ladders_of_both_legs_are_drawn(tap):
    passing = tap()
    client, server = passing.pair()
    client.send("你好\n".encode("gbk") * 4)
    server.receive(20)
    server.send("yes\n")
    client.expect("yes\n")
    if not can_capture(passing.program):
        pytest.skip("no CAP_NET_RAW: packets are not to be seen")
    client.finish()
    server.expect_end()
    server.close()
    passing.wait("client 1 has left: closed")
    for end, mark in (("c1", "server*"), ("s1", "client*")):
        wait_until(lambda: len([line for line in passing.lines(end + " ") if "FIN,ACK" in line]) == 2,
                   f"both FINs of {end}", passing.program.seen)
        drawn = passing.lines(end + " ")
        assert mark in drawn[0] and "seen: packets" in drawn[0]
        assert sum("SYN s=0" in line for line in drawn) == 1
        assert sum("SYN,ACK" in line for line in drawn) == 1
        assert any("你好" in line and "GBK" in line for line in drawn), drawn
        assert any("yes" in line for line in drawn)
        assert all(len(line) <= 80 for line in drawn)


def test_ladders_without_privilege_say_so(earshot, far):
    if os.geteuid() != 0:
        pytest.skip("not root: privilege cannot be given up")
    server = far.server()
    drop = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--reuid=65534", "--regid=65534", "--clear-groups")
    program = earshot.start("tap", "127.0.0.1:0", f"127.0.0.1:{server.port}", wrap=drop)
    client = far.call(program.listening_port())
    peer = server.accept()
    client.send("hello\n")
    peer.expect("hello\n")
    program.wait_out(b"seen: kernel")
    assert b"seen: packets" not in program.output()


def test_refused_target_has_its_ladder(tap, far):
    passing = tap(target=f"127.0.0.1:{far.closed_port()}")
    far.call_and_be_reset(passing.port)
    if not can_capture(passing.program):
        pytest.skip("no CAP_NET_RAW: packets are not to be seen")
    wait_until(lambda: any("RST" in line for line in passing.lines("s1 ")), "the refusal", passing.program.seen)
    wait_until(lambda: any("RST" in line for line in passing.lines("c1 ")), "the caller's reset", passing.program.seen)


def json_tap(earshot, far, *words):
    server = far.server()
    program = earshot.json("tap", "127.0.0.1:0", f"127.0.0.1:{server.port}", *words)
    program.port = program.wait("listening")["port"]
    return program, server


def test_json_says_which_two_belong_together_and_takes_commands(earshot, far):
    program, server = json_tap(earshot, far)
    client, peer = far.call(program.port), server.accept()
    caller = program.wait("opened", partner=None)
    assert program.wait("dialing")["partner"] == caller["id"]
    leg = program.wait("opened", partner=caller["id"])
    assert leg["peer"] == f"127.0.0.1:{server.port}"
    client.send("up")
    program.wait_text("up", caller["id"])
    peer.send("down")
    program.wait_text("down", leg["id"])
    program.send("to the client", id=caller["id"], ref="1")
    program.wait("sent", ref="1")
    peer.expect("up")
    client.expect("downto the client")
    program.send("to the server", id=leg["id"])
    peer.expect("to the server")
    program.give("close", id=caller["id"])
    client.expect_end()
    client.close()
    peer.expect_end()
    peer.close()
    assert program.wait("closed", id=caller["id"])["reason"] == "closed"
    assert program.wait("closed", id=leg["id"])["reason"] == "closed"
    program.give("quit")
    assert program.status() == 0


def test_json_ladder_has_both_legs(earshot, far):
    program, server = json_tap(earshot, far, "--ladder")
    client, peer = far.call(program.port), server.accept()
    client.send("x")
    peer.expect("x")
    for number in (1, 2):
        program.wait("ladder", id=number)


@pytest.mark.parametrize("who", ["client", "server"])
def test_end_that_is_killed_is_seen(tap, earshot, far, who):
    passing = tap("--no-ladder")
    if who == "client":
        killed = earshot.other("socat", "-u", f"TCP:127.0.0.1:{passing.port}", "STDOUT")
        other = passing.server.accept()
    else:
        passing.server.close()
        killed = earshot.other("socat", "-u", f"TCP-LISTEN:{passing.server.port},bind=127.0.0.1,reuseaddr", "STDOUT")
        wait_until(lambda: can_connect_later(passing.server.port), "the server")
        other = far.call(passing.port)
    other.send("unread " * 10)
    passing.wait("unread")
    killed.signal(signal.SIGSTOP)
    other.send("more\n")
    passing.wait("more")
    killed.child.kill()
    killed.child.wait()
    try:
        assert other.socket.recv(10) == b""  # it had read everything: its kernel says FIN
    except ConnectionResetError:
        pass
    passing.wait(f"{who} 1 has")


def can_connect_later(port):
    """Somebody listens there; told by the system, not by calling."""
    wanted = f":{port:04X} 00000000:0000 0A"
    return wanted in open("/proc/net/tcp").read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_both_legs_end_in_order(tap, number):
    passing = tap("--no-ladder")
    client, server = passing.pair()
    client.send("before\n")
    server.expect("before\n")
    passing.program.signal(number)
    client.expect_end()
    server.expect_end()
    client.close()
    server.close()
    assert passing.program.status() == 0




def test_closed_standard_output_ends_it(earshot, far):
    server = far.server()
    reading, writing = os.pipe()
    program = earshot.start("tap", "--no-ladder", "127.0.0.1:0", f"127.0.0.1:{server.port}", stdout=writing)
    os.close(writing)
    client = far.call(program.listening_port())
    peer = server.accept()
    os.close(reading)
    client.send("x\n")
    with contextlib.suppress(ConnectionResetError):  # what comes while it ends is not passed on, and that is told
        assert peer.receive_to_end() in (b"x\n", b"")
    assert program.status() == 0


def test_once_ends_after_both_legs_have(tap):
    passing = tap("--no-ladder", "--once")
    client, server = passing.pair()
    client.send("all of it\n")
    client.finish()
    assert server.receive_to_end() == b"all of it\n"
    server.send("thanks")
    server.close()
    assert client.receive_to_end() == b"thanks"
    assert passing.program.status() == 0


def test_callers_are_counted_and_denied_as_a_listener_does(tap):
    passing = tap("--no-ladder", "--max-clients", "1")
    client, server = passing.pair()
    passing.far.call(passing.port).receive_until("too many callers")
    client.finish()
    server.expect_end()
    server.close()
    passing.wait("client 1 has left")
    wait_until(lambda: second_is_let_in(passing), "room for another")


def second_is_let_in(passing):
    try:
        client = passing.far.call(passing.port)
        client.send("x")
        passing.server.socket.settimeout(0.5)
        FarEnd(passing.server.socket.accept()[0]).expect("x")
        return True
    except OSError:
        return False


def test_denied_caller_never_reaches_the_target(tap):
    passing = tap("--no-ladder", "--deny", "127.0.0.1")
    passing.far.call(passing.port).expect_end()
    passing.server.socket.settimeout(0.3)
    with pytest.raises(socket.timeout):
        passing.server.accept()


def test_capture_holds_both_legs(tap, tmp_path):
    file = tmp_path / "both.pcapng"
    passing = tap("--pcap", file, "--once")
    client, server = passing.pair()
    client.send("told\n")
    server.expect("told\n")
    if not can_capture(passing.program):
        pytest.skip("no CAP_NET_RAW: packets are not to be seen")
    client.finish()
    server.expect_end()
    server.close()
    client.expect_end()
    client.close()
    assert passing.program.status() == 0
    data = file.read_bytes()
    for port in (passing.port, passing.server.port):
        assert data.count(port.to_bytes(2, "big")) >= 8, "handshake, data and end of both"
