"""listen --threads: callers are on several threads, and nobody can tell by what is said to whom."""
import collections
import os
import pathlib
import select
import signal
import threading
import time

import pytest

from far_end import careless_client
from test_chat import Guest
from waiting import PATIENCE, wait_until


class Caller:
    """A plain socket whose conversation a listener with JSON has told of."""

    def __init__(self, server, far):
        self.end = far.call(server.port)
        port = self.end.socket.getsockname()[1]
        self.id = server.wait("opened", peer=f"127.0.0.1:{port}")["id"]
        self.shard = (self.id - 1) % 2


def one_on_each(server, far, count=1):
    """So many callers of each of the two threads: the kernel decides who comes to which, so some more may be there."""
    shards = [[], []]
    while min(map(len, shards)) < count:
        caller = Caller(server, far)
        shards[caller.shard].append(caller)
    return shards[0][:count] + shards[1][:count], shards[0] + shards[1]


def lines_of(name, count, size=0):
    return b"".join(b"%s %d %s\n" % (name, number, b"." * size) for number in range(count))


def read_while_sending(jobs, patience=PATIENCE):
    """`jobs`: [end, what it sends, bytes it is to hear]. Gives what each has heard."""
    heard = [bytearray() for _ in jobs]
    left = [memoryview(said) for _, said, _ in jobs]
    for end, _, _ in jobs:
        end.socket.setblocking(False)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        hungry = [i for i, job in enumerate(jobs) if len(heard[i]) < job[2]]
        talking = [i for i in range(len(jobs)) if left[i]]
        if not hungry and not talking:
            break
        by_socket = {jobs[i][0].socket: i for i in {*hungry, *talking}}
        readable, writable, _ = select.select([jobs[i][0].socket for i in hungry],
                                              [jobs[i][0].socket for i in talking], [], 1)
        for each in writable:
            i = by_socket[each]
            left[i] = left[i][each.send(left[i][:1 << 15]):]
        for each in readable:
            heard[by_socket[each]] += each.recv(1 << 20)
    for end, _, _ in jobs:
        end.socket.settimeout(PATIENCE)
    return [bytes(each) for each in heard]


def assert_each_once_and_in_order(heard, said_by, own):
    """What one has heard is everybody else's lines, those of each sender in order."""
    by_sender = collections.defaultdict(list)
    for line in heard.splitlines(keepends=True):
        by_sender[line.split(b" ")[0]].append(line)
    assert own not in by_sender
    for name, said in said_by.items():
        if name != own:
            assert b"".join(by_sender[name]) == said


def test_echo_answers_on_each_thread_and_numbers_nobody_twice(earshot, far):
    server = earshot.listen("--reply", "echo", "--threads", "2")
    _, everybody = one_on_each(server, far, 4)
    assert len({caller.id for caller in everybody}) == len(everybody)
    for caller in everybody:
        caller.end.send(b"hello %d" % caller.id)
    for caller in everybody:
        caller.end.expect(b"hello %d" % caller.id)
        message = server.wait("message", id=caller.id)
        assert message["text"] == f"hello {caller.id}"


def test_events_of_a_conversation_come_in_their_order(earshot, far):
    server = earshot.listen("--reply", "echo", "--frame", "line", "--threads", "2")
    callers, _ = one_on_each(server, far, 2)
    for caller in callers:
        caller.end.send(lines_of(b"n", 500))
        caller.end.finish()
    for caller in callers:
        caller.end.receive_to_end()
        server.wait("closed", id=caller.id, reason="closed")
        said = [event for event in server.events if event.get("id") == caller.id]
        assert [event["seq"] for event in said if event["event"] == "message"] == list(range(1, 501))
        assert [event["event"] for event in said][-2:] == ["half-closed", "half-closed"]


def test_broadcast_gives_each_line_once_and_each_senders_in_order(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "broadcast", "--frame", "line", "--threads", "2")
    port = server.listening_port()
    ends = [far.call(port) for _ in range(8)]
    probe(ends)
    said_by = {b"s%d" % i: lines_of(b"s%d" % i, 3000, i) for i in range(len(ends))}
    total = sum(map(len, said_by.values()))
    jobs = [(end, said_by[b"s%d" % i], total - len(said_by[b"s%d" % i])) for i, end in enumerate(ends)]
    for i, heard in enumerate(read_while_sending(jobs)):
        assert_each_once_and_in_order(heard, said_by, b"s%d" % i)


def probe(ends):
    """Everybody is in: each has heard the last one's line. Then nothing is under way any more."""
    ends[-1].send("probe\n")
    deadline = time.monotonic() + PATIENCE
    missing = set(range(len(ends) - 1))
    while missing and time.monotonic() < deadline:
        ends[-1].send("probe\n")
        for i in list(missing):
            if select.select([ends[i].socket], [], [], 0.05)[0]:
                missing.remove(i)
    assert not missing
    ends[-1].send("the last\n")
    for end in ends[:-1]:
        end.receive_until(b"the last\n")


@pytest.mark.parametrize("slow", ["drop", "disconnect", "wait"])
def test_a_caller_of_another_thread_who_stands_still_is_treated_as_one_of_the_same(earshot, far, slow):
    server = earshot.listen("--reply", "broadcast", "--frame", "line", "--threads", "2", "--slow", slow)
    callers, everybody = one_on_each(server, far, 2)
    quick, speaker, still = callers[0], callers[1], callers[2]
    said = lines_of(b"s", 12_000, 1000)
    if slow != "wait":
        assert read_while_sending([(speaker.end, said, 0), (quick.end, b"", len(said))])[1] == said
    if slow == "drop":
        heard = b""
        while not heard.endswith(b"s end\n"):  # the first of them may be among what he misses
            if not select.select([still.end.socket], [], [], 0.05)[0]:
                speaker.end.send(b"s end\n")
                continue
            heard = heard[-100:] + still.end.socket.recv(1 << 20)
        assert server.wait("dropped", id=still.id)["messages"] > 0
    elif slow == "disconnect":
        server.wait("closed", id=still.id, reason="limit")
    else:
        speaker.end.socket.settimeout(1)
        with pytest.raises(TimeoutError):
            for _ in range(10):
                speaker.end.send(said)
        # Whoever waited is let go once he reads.
        done = threading.Event()
        readers = [threading.Thread(target=drain, args=(caller.end, done), daemon=True)
                   for caller in everybody]
        for reader in readers:
            reader.start()
        speaker.end.socket.settimeout(PATIENCE)
        speaker.end.send(b"\n" + said)
        done.set()


def drain(end, done):
    try:
        while end.socket.recv(1 << 20) and not done.is_set():
            pass
    except OSError:
        pass


def test_callers_who_come_and_go_cost_those_who_stay_nothing(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "broadcast", "--frame", "line", "--threads", "2")
    port = server.listening_port()
    before = server.descriptors()
    ends = [far.call(port) for _ in range(6)]
    probe(ends)
    done = threading.Event()

    def come_and_go():
        while not done.is_set():
            passing = [far.call(port) for _ in range(5)]
            for end in passing:
                end.reset()
    passers = [threading.Thread(target=come_and_go, daemon=True) for _ in range(2)]
    for passer in passers:
        passer.start()
    said_by = {b"s%d" % i: lines_of(b"s%d" % i, 2000) for i in range(len(ends))}
    total = sum(map(len, said_by.values()))
    jobs = [(end, said_by[b"s%d" % i], total - len(said_by[b"s%d" % i])) for i, end in enumerate(ends)]
    results = read_while_sending(jobs, 2 * PATIENCE)
    done.set()
    for passer in passers:
        passer.join(PATIENCE)
    for i, heard in enumerate(results):
        assert_each_once_and_in_order(heard, said_by, b"s%d" % i)
    for end in ends:
        end.reset()
    wait_until(lambda: server.descriptors() <= before, "descriptors back", server.seen)


def test_chat_has_one_hall_for_all_threads(earshot, far):
    server = earshot.listen("--reply", "chat", "--threads", "2")
    callers, everybody = one_on_each(server, far, 2)
    a, b, c, d = (Guest(caller.end) for caller in callers)
    a.says("/nick ann")
    for guest in (b, c, d):
        guest.hears(" is called ann now\n")
    c.says("/nick Ann")
    c.hears("-- Ann is somebody else's name, or looks like it\n")
    c.says("/who")
    c.hears("-- in lobby: ")
    listed = c.hears("\n").strip().split(", ")
    assert len(listed) == len(everybody) and "ann" in listed
    a.says("one")
    a.says("two")
    for guest in (b, c, d):
        guest.hears("ann: one\nann: two\n")
    c.says("/join tea")
    c.hears("-- in tea: ")
    a.says("/join tea")
    c.hears("ann is here\n")
    c.says("/msg ann psst")
    c.says("/me waves")
    a.hears("psst\n* ")
    a.hears(" waves\n")
    server.wait("named", id=callers[0].id, name="ann", room="tea")
    c.says("/quit")
    a.hears(" has left\n")


def test_the_operator_speaks_to_one_and_to_all(earshot, far):
    server = earshot.listen("--reply", "chat", "--threads", "2")
    callers, everybody = one_on_each(server, far, 1)
    server.send("hello", id="all", ref="r1")
    assert server.wait("sent", ref="r1")["conversations"] == len(everybody)
    for caller in everybody:
        caller.end.receive_until("server: hello\n")
    server.send("psst", id=callers[1].id, ref="r2")
    server.wait("sent", ref="r2")
    callers[1].end.receive_until("[server] psst\n")


def test_commands_find_their_conversation_and_keep_their_order(earshot, far):
    server = earshot.listen("--threads", "2")
    server.give("send", text="x", ref="nobody")
    assert "nobody" in server.wait("error", ref="nobody")["message"]
    callers, everybody = one_on_each(server, far, 2)
    ids = [caller.id for caller in everybody]
    server.give("send", text="x", ref="which")
    assert "several" in server.wait("error", ref="which")["message"]
    server.give("send", text="x", id=max(ids) + 7, ref="none")
    assert "no conversation" in server.wait("error", ref="none")["message"]
    for number in range(50):
        server.send(f"a{number} ", id="all", ref=f"a{number}")
        for caller in callers:
            server.send(f"b{number} ", id=caller.id)
    for caller in callers:
        wanted = "".join(f"a{number} b{number} " for number in range(50))
        caller.end.expect(wanted)
    sent = server.wait("sent", ref="a49")
    assert (sent["bytes"], sent["conversations"]) == (4 * len(ids), len(ids))
    # Refused for one is refused for all, wherever he is.
    server.give("set-encoding", id=callers[3].id, out="gbk", ref="gbk")
    server.wait("sent", ref="gbk")
    server.send("a😀", id="all", ref="misfit")
    assert f"conversation {callers[3].id}" in server.wait("error", ref="misfit")["message"]
    server.send("b", id="all", ref="fits")
    server.wait("sent", ref="fits")
    for caller in callers:
        caller.end.expect("b")
    server.give("close", id="all", ref="close")
    assert server.wait("sent", ref="close")["conversations"] == len(ids)
    server.give("quit")
    for caller in everybody:
        caller.end.receive_to_end()
        caller.end.close()
    assert server.status() == 0
    assert server.refresh()[-1]["event"] == "stopped"


def test_max_clients_is_for_all_threads_together(earshot, far):
    server = earshot.listen("--reply", "echo", "--threads", "2", "--max-clients", "5")
    ends = [far.call(server.port) for _ in range(40)]
    here = []
    for end in ends:
        end.socket.settimeout(PATIENCE)
        try:
            end.send("x")
            if end.socket.recv(1) == b"x":
                here.append(end)
        except ConnectionError:
            pass
    assert len(here) == 5
    server.wait("error", message=lambda text: "--max-clients" in text)
    here.pop().close()
    server.wait("closed")
    again = far.call(server.port)
    again.send("x")
    again.expect("x")


def test_a_slow_reader_of_events_pauses_every_thread(earshot, far):
    slow = earshot.listen("--threads", "2")
    ends = [far.call(slow.port) for _ in range(8)]
    pause = threading.Event()
    keep_from_reading(slow, pause)
    data = b"x" * (1 << 20)
    sent = [0] * len(ends)
    for end in ends:
        end.socket.setblocking(False)
    quiet = time.monotonic()
    while time.monotonic() - quiet < 1.5:
        _, writable, _ = select.select([], [end.socket for end in ends], [], 0.1)
        for i, end in enumerate(ends):
            if end.socket in writable:
                sent[i] += end.socket.send(data)
                quiet = time.monotonic()
        assert sum(sent) < 400 << 20, "it is read without end"
    assert slow.holds_at_most(128 << 20), slow.memory()
    pause.set()
    wait_until(lambda: len(slow.heard_bytes()) == sum(sent), "all of it", slow.seen, 4 * PATIENCE)


def keep_from_reading(program, until):
    """The collector's thread stands still in its next read."""
    bytes_of = program.out.bytes

    class Standing(bytearray):
        def __iadd__(self, more):
            until.wait(PATIENCE)
            return super().__iadd__(more)
    standing = Standing(bytes_of)
    program.out.bytes = standing


def test_it_hangs_up_in_order_under_load(earshot, far):
    server = earshot.listen("--reply", "echo", "--threads", "2")
    _, everybody = one_on_each(server, far, 4)
    for caller in everybody:
        caller.end.send(b"y" * 100_000)
    for caller in everybody:
        caller.end.expect(b"y" * 100_000)
    server.signal(signal.SIGTERM)
    for caller in everybody:
        caller.end.expect_end()
        caller.end.close()
    assert server.status() == 0
    events = server.refresh()
    assert [event["event"] for event in events][-1] == "stopped"
    assert sum(event["event"] == "closed" for event in events) == len(everybody)


def test_a_second_signal_ends_at_once(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", "--threads", "2")
    port = server.listening_port()
    ends = [far.call(port) for _ in range(10)]
    for end in ends:
        end.send("x")
        end.expect("x")
    server.signal(signal.SIGTERM)
    for end in ends:
        end.expect_end()
    started = time.monotonic()
    server.signal(signal.SIGTERM)
    assert server.status() == 0
    assert time.monotonic() - started < 4


def test_reload_reaches_every_thread(earshot, far, tmp_path):
    allowed = tmp_path / "allowed"
    allowed.write_text("127.0.0.1\n")
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nexact = "a"\nanswer = "one"\n')
    server = earshot.listen("--reply", f"rules:{rules}", "--allow", f"@{allowed}", "--threads", "2")
    callers, _ = one_on_each(server, far, 1)
    for caller in callers:
        caller.end.send("a")
        caller.end.expect("one")
    rules.write_text('[[rule]]\nexact = "a"\nanswer = "two"\n')
    allowed.write_text("127.0.0.2\n")
    server.signal(signal.SIGHUP)
    server.wait("reply")
    for caller in callers:
        def answers(caller=caller):
            caller.end.send("a")
            return caller.end.receive(3) == b"two"
        wait_until(answers, "the new rules")
    for _ in range(10):
        stranger = far.call(server.port)
        try:
            assert stranger.socket.recv(10) == b""
        except ConnectionResetError:
            pass


def test_callers_of_each_thread_see_the_same_certificate(earshot, far):
    server = earshot.listen("--reply", "echo", "--tls", "--threads", "2")
    seen, shards = set(), set()
    while len(shards) < 2:
        plain = far.call(server.port)
        end = plain.tls(careless_client())
        seen.add(end.socket.getpeercert(True))
        end.send("x")
        end.expect("x")
        port = end.socket.getsockname()[1]
        shards.add((server.wait("opened", peer=f"127.0.0.1:{port}")["id"] - 1) % 2)
    assert len(seen) == 1


def test_once_serves_one(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", "--once", "--threads", "4")
    end = far.call(server.listening_port())
    end.send("x")
    end.finish()
    assert end.receive_to_end() == b"x"
    assert server.status() == 0


def test_a_port_in_use_is_said_to_be(earshot):
    first = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", "--threads", "2")
    port = first.listening_port()
    for threads in ("1", "2"):
        second = earshot.run("listen", f"127.0.0.1:{port}", "--reply", "echo", "--threads", threads)
        assert second.status() == 1
        assert "in use by" in second.error()


@pytest.mark.parametrize("words, why", [
    (["--keep"], "--keep"), (["--reply", "echo", "--ladder"], "ladder"), ([], "serves many"),
])
def test_what_cannot_go_with_threads_is_refused(earshot, words, why):
    refused = earshot.run("listen", "127.0.0.1:0", "--threads", "2", *words)
    assert refused.status() == 2
    assert why in refused.error() and "threads" in refused.error()


@pytest.mark.parametrize("words, said", [
    (["--threads", "4"], "the system has no thread for --threads 4, only 1: "),
    (["--metrics", "0"], "--metrics: the system has no thread for it: "),
])
def test_a_system_without_threads_is_said_to_be(nobody, words, said):
    refused = nobody.other(*nobody.words, "prlimit", "--nproc=1", nobody.program, "listen", "127.0.0.1:0", "--reply", "echo",
                           *words)
    assert refused.status() == 1
    assert said in refused.error()


def test_threads_share_a_unix_path(earshot, far, tmp_path):
    path = tmp_path / "door"
    server = earshot.json("listen", f"unix:{path}", "--reply", "echo", "--threads", "2")
    server.wait("listening")
    ends, shards = [], set()

    def served_by_both():
        ends.append(far.call_unix(path))
        ends[-1].send("x")
        ends[-1].expect("x")
        shards.add((server.wait("opened")["id"] - 1) % 2)
        return len(shards) == 2
    assert len(os.listdir(f"/proc/{server.pid}/task")) == 2
    wait_until(served_by_both, "both threads to serve", server.seen)
    for end in ends:
        end.close()
    server.give("quit")
    assert server.status() == 0
    assert not path.exists()


# --- replies that start something for each caller


def test_a_program_for_each_caller_of_each_thread_and_one_limit_for_all(earshot, far):
    server = earshot.listen("--reply", "exec:cat", "--threads", "2", "--max-processes", "5")
    said, here = [], []
    for _ in range(20):
        end = far.call(server.port)
        end.send("hello\n")
        said.append(end.receive(6))
        if said[-1] == b"hello\n":
            here.append(end)
        else:
            end.close()
    assert len(here) == 5 and set(said) == {b"hello\n", b"earsho"}, "or that there are too many callers"
    for end in here:
        end.finish()
        assert end.receive_to_end() == b""
    wait_until(lambda: server.take("closed", reason="closed"), "an end", server.seen)
    server.give("quit")
    assert server.status() == 0


def test_a_terminal_for_each_caller_of_each_thread(earshot, far):
    server = earshot.listen("--reply", "exec-pty:sh -c 'stty -echo; echo ready; cat'", "--threads", "2")
    callers, _ = one_on_each(server, far, 1)
    for caller in callers:
        caller.end.receive_until("ready\r\n")
        caller.end.send(f"{caller.id}\n")
        caller.end.expect(f"{caller.id}\r\n")
        caller.end.finish()
        assert caller.end.receive_to_end() == b""


def test_the_end_of_all_ends_the_programs_of_all_threads(earshot, far):
    server = earshot.listen("--reply", "exec:sh -c 'trap \"\" HUP TERM; echo $$; exec sleep 60'", "--threads", "4")
    callers = [far.call(server.port) for _ in range(12)]
    programs = [int(caller.receive_until("\n")) for caller in callers]
    server.signal(signal.SIGTERM)
    for caller in callers:
        assert caller.receive_to_end() == b""
    server.signal(signal.SIGTERM)
    assert server.status() == 0

    def all_gone():
        return not any(pathlib.Path(f"/proc/{pid}").exists() for pid in programs)
    wait_until(all_gone, "the end of the programs")


def test_a_relay_of_each_thread_passes_bytes_and_half_closes(earshot, far):
    target = far.server()
    server = earshot.listen("--reply", f"relay:127.0.0.1:{target.port}", "--threads", "2")
    shards = set()
    while len(shards) < 2:
        client = far.call(server.port)
        behind = target.accept()
        client.send("question\n")
        client.finish()
        assert behind.receive_to_end() == b"question\n"
        behind.send("answer\n")
        behind.finish()
        assert client.receive_to_end() == b"answer\n"
        port = client.socket.getsockname()[1]
        opened = server.wait("opened", peer=f"127.0.0.1:{port}")
        shards.add((opened["id"] - 1) % 2)
        server.wait("closed", id=opened["id"], reason="closed")
