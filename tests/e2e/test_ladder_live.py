"""Ladders of conversations while they are held, in two network namespaces with a cable between them: with packets held
against what tshark says of a capture made beside them, and as a user who may not see any."""
import contextlib
import shutil
import signal
import socket
import time

import pytest

from far_end import FarEnd
from network import needs_packets
from program import BINARY, CHECKOUT
from test_ladder_files import as_tshark_says, compared, corpus_maker, tshark_packets
from waiting import PATIENCE, wait_until

PORT = 9000


class Course:
    """The rows that a program told of one ladder."""

    def __init__(self, program, number=1):
        self.program, self.number = program, number

    def all(self):
        return [event for event in self.program.refresh() if event["event"] == "ladder" and event["id"] == self.number]

    def heading(self):
        return next(row for row in self.all() if row["kind"] == "heading")

    def rows(self):
        return [row for row in self.all() if row["kind"] != "heading"]

    def states(self, end=None):
        """The states of our end, which are known, never concluded."""
        end = end or self.heading()["self"]
        changes = [row[f"{end}_state"] for row in self.rows() if f"{end}_state" in row]
        assert all(change["sight"] == "seen" for change in changes)
        return [change["state"] for change in changes]

    def segments(self):
        return [row for row in self.rows() if row["kind"] == "segment"]

    def notes(self):
        return [row["note"] for row in self.rows() if row["kind"] == "note"]

    def marks(self):
        return [mark["mark"] for row in self.segments() for mark in row.get("marks", [])]

    def wait_state(self, state):
        wait_until(lambda: self.all() and state in self.states(), f"the state {state}", self.program.seen)

    def agrees_with(self, file, alike=()):
        """Every packet of the capture is a row, as tshark has it, or one of those that a row of many counts. Marks that
        are `alike` stand for each other."""
        def merged(packet):
            marks = sorted({"again" if mark in alike else mark for mark in packet["marks"]})
            return {**packet, "marks": marks}

        packets = [merged(as_tshark_says(packet)) for _, packet in sorted(tshark_packets(file).items())]
        for row in self.rows():
            if row["kind"] == "segment":
                assert row["sight"] == "seen"
                assert merged(compared(row)) == packets.pop(0)
            elif row["kind"] == "fold":
                halves = [row["from_client"], row["from_server"]]
                count = sum(half["segments"] + half["pure_acks"] for half in halves)
                folded, packets = packets[:count], packets[count:]
                assert sum(packet["length"] for packet in folded) == sum(half["bytes"] for half in halves)
                assert not any("SYN" in packet["flags"] or "FIN" in packet["flags"] for packet in folded)
        assert not packets

    def is_inferred(self):
        """Nothing of it claims to have been captured."""
        assert self.heading()["source"] == "kernel"
        assert {row["sight"] for row in self.rows() if "sight" in row} <= {"inferred"}


class Cable:
    """The wire of the corpus, the program at one end of it and a plain socket at the other."""

    def __init__(self, folder, delay):
        self.maker = corpus_maker()
        self.wire = self.maker.Wire(delay)
        self.folder, self.dumps = folder, []

    def at(self, namespace):
        return {"wrap": ("ip", "netns", "exec", namespace)}

    def dump(self, at):
        self.dumps.append(self.maker.Tcpdump(self.wire, self.folder / f"beside-{len(self.dumps)}.pcap", at=at,
                                              words=("--time-stamp-precision=nano",)))
        return self.dumps[-1]

    def end(self):
        for dump in self.dumps:
            if dump.child.poll() is None:
                dump.end()
        self.wire.end()


@pytest.fixture
def cable(network, tmp_path, request):
    """`network` is asked for what it checks: root, and a machine where namespaces can be made."""
    one = Cable(tmp_path, getattr(request, "param", 0.0))
    yield one
    one.end()


class Call:
    """The program calls from one end of the cable, a plain listener answers at the other."""
    side = "client"

    def __init__(self, cable, program, *words, receive=0):
        self.listener = cable.wire.listener(receive=receive)
        self.here, self.there = cable.wire.a, cable.wire.b
        self.program = program.json("connect", cable.maker.SERVER, PORT, "--ladder", *words, **cable.at(self.here))
        self.far = FarEnd(self.listener.accept()[0])
        self.program.wait("opened")
        self.course = Course(self.program)

    def leave(self):
        """It goes by itself when the conversation is over."""
        assert self.program.status() in (0, 1)
        self.listener.close()


class Answer:
    """The program listens, a plain socket calls."""
    side = "server"

    def __init__(self, cable, program, *words):
        self.here, self.there = cable.wire.b, cable.wire.a
        self.program = program.json("listen", cable.maker.SERVER, PORT, "--ladder", "--once", *words,
                                    **cable.at(self.here))
        self.program.wait("listening")
        plain = cable.wire.open(self.there)
        plain.connect((cable.maker.SERVER, PORT))
        self.far = FarEnd(plain)
        self.program.wait("opened")
        self.course = Course(self.program)

    def leave(self):
        assert self.program.status() in (0, 1)


def talk(one):
    one.program.send("你好，听得见吗？\n")
    one.far.receive_until("吗？\n")
    one.far.send("听得见，请讲。\n")
    one.program.wait_text("请讲。")


# --- what happens; each gives the states that our end goes through from ESTABLISHED on

def closed_here(one):
    talk(one)
    one.program.give("close")
    one.far.expect_end()
    time.sleep(0.2)  # the ACK of the FIN goes by itself, and who has only the kernel to ask sees it in time
    one.far.close()
    return ["FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"]


def closed_there(one):
    talk(one)
    one.far.finish()
    one.program.wait("half-closed", direction="in")
    time.sleep(0.06)
    one.program.give("close")
    one.far.expect_end()
    return ["CLOSE-WAIT", "LAST-ACK", "CLOSED"]


def half_closed_with_data_after_it(one):
    talk(one)
    one.program.give("half-close")
    one.far.expect_end()
    for line in ("one\n", "two\n"):
        one.far.send(line)
        one.program.wait_text(line)
    one.far.close()
    return ["FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"]


def reset_during_data(one):
    talk(one)
    one.program.send("and another thing\n")
    one.far.receive_until("thing\n")
    one.program.send("that nobody reads\n")
    time.sleep(0.06)
    one.far.reset()
    one.program.wait("closed", reason="reset")
    return ["CLOSED"]


def reset_here(one):
    talk(one)
    one.program.give("reset")
    one.far.expect_reset()
    return ["CLOSED"]


OPENED = {"client": ["CLOSED", "SYN-SENT", "ESTABLISHED"], "server": ["LISTEN", "SYN-RECEIVED", "ESTABLISHED"]}
STORIES = [closed_here, closed_there, half_closed_with_data_after_it, reset_during_data, reset_here]


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("side", [Call, Answer])
def test_rows_are_those_that_tshark_sees(earshot, cable, side, story):
    needs_packets()
    dump = cable.dump(cable.wire.a if side is Call else cable.wire.b)
    one = side(cable, earshot)
    states = story(one)
    one.leave()
    dump.end()
    assert one.course.states() == OPENED[one.side] + states
    assert one.course.heading()["source"] == "packets"
    one.course.agrees_with(dump.file)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("side", [Call, Answer])
def test_kernel_alone_shows_the_same_states_and_nothing_as_seen(nobody, cable, side, story):
    one = side(cable, nobody)
    states = story(one)
    one.leave()
    one.course.is_inferred()
    assert one.course.states() == OPENED[one.side] + states
    texts = " ".join(row.get("text", "") for row in one.course.segments())
    assert "你好，听得见吗？" in texts and "听得见，请讲。" in texts


@pytest.mark.parametrize("cable", [0.3], indirect=True)
@pytest.mark.parametrize("user", ["earshot", "nobody"])
def test_both_ends_close_at_once(request, cable, user):
    needs_packets()
    program = request.getfixturevalue(user)
    dump = cable.dump(cable.wire.a)
    one = Call(cable, program)
    talk(one)
    one.program.give("close")
    one.far.finish()
    one.far.expect_end()
    one.leave()
    dump.end()
    if user == "nobody":
        one.course.is_inferred()
        assert one.course.states()[-2:] == ["FIN-WAIT-1", "TIME-WAIT"] or one.course.states()[-2:] == ["CLOSING", "TIME-WAIT"]
    else:
        assert one.course.states() == OPENED["client"] + ["FIN-WAIT-1", "CLOSING", "TIME-WAIT"]
        assert "simultaneous-close" in one.course.marks()
        one.course.agrees_with(dump.file)


@pytest.mark.parametrize("user", ["earshot", "nobody"])
def test_call_that_is_refused(request, cable, user):
    needs_packets()
    program = request.getfixturevalue(user)
    dump = cable.dump(cable.wire.a)
    caller = program.json("connect", cable.maker.SERVER, PORT, "--ladder", **cable.at(cable.wire.a))
    assert caller.status() == 1
    dump.end()
    course = Course(caller)
    assert course.states() == ["CLOSED", "SYN-SENT", "CLOSED"]
    assert [row["flags"] for row in course.segments()] == [["SYN"], ["RST", "ACK"]]
    course.is_inferred() if user == "nobody" else course.agrees_with(dump.file)


@pytest.mark.parametrize("user", ["earshot", "nobody"])
def test_call_that_nobody_answers(request, cable, user):
    needs_packets()
    program = request.getfixturevalue(user)
    cable.wire.rule(cable.wire.b, f"tcp dport {PORT} drop")
    dump = cable.dump(cable.wire.a)
    caller = program.json("connect", cable.maker.SERVER, PORT, "--ladder", "--connect-timeout", "1.5",
                          **cable.at(cable.wire.a))
    assert caller.status() == 1
    dump.end()
    course = Course(caller)
    assert course.states() == ["CLOSED", "SYN-SENT", "CLOSED"]
    assert "gave-up" in course.notes()
    if user == "nobody":
        return course.is_inferred()
    assert course.marks() == ["retransmission"]
    course.agrees_with(dump.file)


def test_lost_packets_are_seen_as_sent_again(earshot, cable):
    needs_packets()
    dump = cable.dump(cable.wire.a)
    one = Call(cable, earshot)
    cable.wire.rule(cable.wire.b, f"tcp dport {PORT} meta length > 500 numgen inc mod 5 == 3 drop")
    cable.wire.rule(cable.wire.a, f"tcp sport {PORT} numgen inc mod 7 == 5 drop")
    for number in range(14):
        one.program.send(chr(65 + number) * 1000)
        time.sleep(0.002)
    one.far.receive(14_000)
    cable.wire.no_rules(cable.wire.a), cable.wire.no_rules(cable.wire.b)
    one.program.give("close")
    one.far.expect_end()
    one.far.close()
    one.leave()
    dump.end()
    assert "retransmission" in one.course.marks() or "fast-retransmission" in one.course.marks()
    one.course.agrees_with(dump.file)


def test_window_that_closes_and_opens_again(earshot, cable):
    needs_packets()
    dump = cable.dump(cable.wire.a)
    one = Call(cable, earshot, receive=4096)
    one.program.send("x" * 40_000)
    wait_until(lambda: "zero-window-probe" in one.course.marks(), "a probe", one.program.seen)
    one.far.receive(40_000)
    one.program.give("close")
    one.far.expect_end()
    one.far.close()
    one.leave()
    dump.end()
    assert "zero-window" in one.course.marks()
    one.course.agrees_with(dump.file)


def test_silence_in_which_the_kernel_asks(earshot, cable):
    needs_packets()
    dump = cable.dump(cable.wire.a)
    one = Call(cable, earshot, "--keepalive", "1")
    talk(one)
    wait_until(lambda: one.course.marks().count("keepalive-ack") >= 2, "two answers", one.program.seen)
    closed_there(one)
    one.leave()
    dump.end()
    one.course.agrees_with(dump.file)


def test_packets_lost_at_random_are_seen_as_sent_again(earshot, cable):
    needs_packets()
    dump = cable.dump(cable.wire.a)
    one = Call(cable, earshot)
    cable.wire.rule(cable.wire.b, f"tcp dport {PORT} meta length > 500 numgen random mod 100 < 40 drop")
    sent = 0
    while sent < 10 or not {"retransmission", "fast-retransmission"} & set(one.course.marks()):
        assert sent < 400, one.program.seen()
        one.program.send(chr(65 + sent % 26) * 1000)
        sent += 1
        time.sleep(0.01)
    cable.wire.no_rules(cable.wire.b)
    one.far.receive(sent * 1000)
    one.program.give("close")
    one.far.expect_end()
    one.far.close()
    one.leave()
    dump.end()
    # Which of these a repetition is hangs on a few milliseconds, and tshark says two of one sometimes.
    one.course.agrees_with(dump.file, alike=("retransmission", "fast-retransmission", "out-of-order"))


# --- what a capture cannot show

def test_packets_that_were_not_captured_are_counted(earshot, far):
    needs_packets()
    listener = earshot.listen("--ladder")
    end = far.call(listener.port)
    course = Course(listener)
    course.wait_state("ESTABLISHED")
    # Two others pass more than the capture has room for: from our port at another address, which its filter lets through.
    server = far.server()
    with socket.socket() as other:
        other.bind(("127.0.0.2", listener.port))
        other.connect(("127.0.0.1", server.port))
        peer = server.accept().socket
        listener.signal(signal.SIGSTOP)
        for _ in range(12_000):
            other.send(b"x"), peer.recv(1)
            peer.send(b"y"), other.recv(1)
        listener.signal(signal.SIGCONT)
        wait_until(lambda: "capture-dropped" in course.notes(), "the note", listener.seen)
        wait_until(lambda: end.send("after\n") or any(row["length"] for row in course.segments()), "what follows",
                   listener.seen)
    end.reset()
    course.wait_state("CLOSED")
    assert next(row["count"] for row in course.rows() if row.get("note") == "capture-dropped") > 1000


def test_interface_that_goes_away_is_told_once_and_the_rest_is_inferred(earshot, cable):
    needs_packets()
    one = Call(cable, earshot)
    talk(one)
    cable.wire.remove(cable.wire.a)
    assert "wire" in one.program.wait("error")["message"]
    one.program.give("reset")
    one.program.wait("closed")
    one.leave()
    assert one.course.states() == OPENED["client"] + ["CLOSED"]
    assert one.course.segments()[-1]["sight"] == "inferred" and one.course.segments()[-1]["flags"] == ["RST"]
    assert not any(event["event"] == "error" for event in one.program.events), "told once, which was waited for"


# --- several at once, and other ways to talk

def test_callers_have_a_ladder_each(earshot, far):
    needs_packets()
    listener = earshot.listen("--ladder")
    ends = [far.call(listener.port) for _ in range(3)]
    for number, end in enumerate(ends, 1):
        end.send(f"I am {number}\n")
        listener.wait("message", text=f"I am {number}\n")
    for end in reversed(ends):
        end.reset()
    for _ in ends:
        listener.wait("closed")
    listener.give("quit")
    assert listener.status() == 0
    for number, end in enumerate(ends, 1):
        course = Course(listener, number)
        assert [row["text"] for row in course.segments() if row["length"]] == [f"I am {number}\n"]
        assert course.states() == OPENED["server"] + ["CLOSED"]


@pytest.mark.parametrize("at, host", [("[::]:0", "127.0.0.1"), ("[::]:0", "::1"), ("[::1]:0", "::1"),
                                      ("0.0.0.0:0", "127.0.0.1")])
@pytest.mark.parametrize("user", ["earshot", "nobody"])
def test_every_packet_is_a_row_once_wherever_it_is_seen_twice(request, far, at, host, user):
    program = request.getfixturevalue(user)
    listener = program.json("listen", at, "--ladder")
    end = far.call(listener.wait("listening")["port"], host)
    end.send("hello\n")
    number = listener.wait("message")["id"]
    end.finish()
    listener.wait("half-closed")
    listener.give("close", id=number)
    end.expect_end()
    listener.wait("closed")
    listener.give("quit")
    assert listener.status() == 0
    course = Course(listener)
    assert course.states() == OPENED["server"] + ["CLOSE-WAIT", "LAST-ACK", "CLOSED"]
    assert len([row for row in course.segments() if "SYN" in row["flags"]]) == 2
    assert [row["text"] for row in course.segments() if row["length"]] == ["hello\n"]
    assert "retransmission" not in course.marks()
    if user == "nobody":
        course.is_inferred()


@pytest.mark.parametrize("user", ["earshot", "nobody"])
def test_what_is_said_over_tls_is_not_shown(request, certs, user):
    program = request.getfixturevalue(user)
    listener = program.json("listen", "127.0.0.1:0", "--tls", "--ladder")
    caller = program.json("connect", "127.0.0.1", listener.wait("listening")["port"], "--tls", "--tls-verify", "none",
                          "--ladder")
    caller.wait("opened")
    caller.send("a secret\n")
    number = listener.wait("message")["id"]
    caller.give("half-close")
    listener.wait("half-closed")
    listener.give("close", id=number)
    caller.status()
    listener.give("quit")
    listener.status()
    for course in (Course(caller), Course(listener)):
        assert course.states()[2] == "ESTABLISHED" and len(course.segments()) > 4
        assert not any(row.get("text") or row.get("bytes") for row in course.segments())


def test_handshake_of_who_calls_in_the_very_moment_the_port_opens_is_seen(earshot, far):
    needs_packets()
    port = far.closed_port()
    far.end()
    far.opened.clear()
    listener = earshot.json("listen", "--ladder", f"127.0.0.1:{port}")

    deadline = time.monotonic() + PATIENCE
    while not far.opened:  # in a loop of its own: a pause would be longer than the moment
        assert time.monotonic() < deadline
        with contextlib.suppress(ConnectionRefusedError):
            far.call(port)
    course = Course(listener)
    course.wait_state("ESTABLISHED")
    assert [row["flags"] for row in course.segments()[:3]] == [["SYN"], ["SYN", "ACK"], ["ACK"]]


def test_each_call_has_a_ladder_of_its_own(earshot, far):
    server = far.server()
    caller = earshot.json("connect", "127.0.0.1", server.port, "--retry", "0.05", "--ladder")
    for _ in range(2):
        end = server.accept()
        end.send("hello\n")
        number = caller.wait("message")["id"]
        end.reset()
        caller.wait("closed", id=number)
        course = Course(caller, number)
        course.wait_state("CLOSED")
        wait_until(lambda: course.states() == OPENED["client"] + ["CLOSED"], "its end", caller.seen)
    caller.give("quit")
    caller.status()


# --- afterwards

def test_ladder_goes_on_after_the_close(earshot, far):
    server = far.server()
    caller = earshot.start("connect", "127.0.0.1", server.port, "--ladder")
    end = server.accept()
    caller.end_input()
    end.expect_end()
    end.close()
    assert caller.status() == 0
    assert "TIME-WAIT" in caller.error() and "still in TIME-WAIT, leaving" in caller.error()


def test_capability_that_the_installation_offers_shows_packets_to_everybody(earshot, nobody):
    needs_packets()
    program = nobody.folder / "granted"
    shutil.copy(BINARY, program)
    program.chmod(0o755)
    grant = earshot.other("sh", CHECKOUT / "tools/grant_capture.sh", program, "yes", stdin=b"")
    if grant.status() != 0 or "granted" not in grant.output().decode():
        pytest.skip("no setcap here, or a file system without capabilities")
    demo = earshot.other(program, "demo", stdin=b"",
                         wrap=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
    assert demo.status() == 0
    assert "seen: packets (lo)" in demo.output().decode()


@pytest.mark.parametrize("user", ["earshot", "nobody"])
def test_demonstration_ends_with_its_ladder(request, user):
    program = request.getfixturevalue(user)
    demo = program.start("demo", stdin=b"")
    assert demo.status() == 0
    shown = demo.output().decode()
    ladder = shown[shown.index("      ms "):]
    assert ("seen: kernel" in shown) == (user == "nobody")
    assert "SYN" in ladder and "TIME-WAIT" in ladder and "听得见，请讲。" in ladder
    if user == "nobody":
        assert "|- " not in ladder and "|<-" not in ladder
        assert "CAP_NET_RAW" in shown, "why, as a whole"
    for line in shown[:shown.index("--help")].splitlines():
        assert sum(2 if ord(character) >= 0x1100 else 1 for character in line) <= 80, line
