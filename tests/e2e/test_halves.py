"""The two halves of a conversation and all the ways it ends."""
import pathlib
import signal
import time

import pytest

from program import BINARY
from waiting import wait_until


def test_fin_of_the_peer_is_not_the_end(earshot, far):
    listener = earshot.listen()
    end = far.call(listener.port)
    end.send("last words")
    end.finish()
    listener.wait("half-closed", direction="in")
    listener.wait_text("last words")
    listener.send("still talking")
    end.expect("still talking")


def test_half_close_sends_fin_and_goes_on_receiving(earshot, far):
    listener = earshot.listen()
    end = far.call(listener.port)
    listener.wait("opened")
    listener.send("bye")
    listener.give("half-close")
    assert end.receive_to_end() == b"bye"
    end.send("but wait")
    listener.wait_text("but wait")
    end.close()
    assert listener.wait("closed")["reason"] == "closed"


def test_close_delivers_what_is_queued(earshot, far):
    listener = earshot.listen()
    end = far.call(listener.port)
    listener.wait("opened")
    listener.send("x" * 3_000_000)
    listener.give("close")
    assert len(end.receive_to_end()) == 3_000_000


def test_reset_is_a_reset_at_the_other_end(earshot, far):
    listener = earshot.listen()
    end = far.call(listener.port)
    listener.wait("opened")
    listener.give("reset")
    end.expect_reset()
    assert listener.wait("closed")["reason"] == "reset"


@pytest.mark.parametrize("frame", ["length:u32be", "line", "fixed:1000", "idle:60000", "chunk"])
@pytest.mark.parametrize("how", ["peer resets", "we reset", "idle", "quit", "peer finishes"])
def test_conversation_that_ends_in_mid_message_shows_every_byte_received(earshot, far, frame, how):
    listener = earshot.listen("--frame", frame, *(["--idle-timeout", "0.2"] if how == "idle" else []))
    end = far.call(listener.port)
    listener.wait("opened")
    end.send(b"\x00\x00\x10\x00only a part \xe4\xbd")
    if how == "peer resets":
        end.reset()
    elif how == "peer finishes":
        end.finish()
        listener.wait("half-closed")
        listener.give("close")
    elif how in ("we reset", "quit"):
        wait_until(lambda: unread(listener.port) == 0, "the bytes taken")
        listener.give("reset" if how == "we reset" else "quit")
        end.finish() if how == "quit" else None
    closed = listener.wait("closed")
    assert closed["reason"] == {"peer resets": "reset", "we reset": "reset", "idle": "timeout"}.get(how, "closed")
    assert closed["received"] == len(listener.heard_bytes())
    assert how == "peer resets" or closed["received"] == 18


def unread(port):
    """Bytes of the listener's conversations that wait in the kernel."""
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[4].split(":")[1], 16) for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01")


def test_caller_who_hung_up_is_found_gone_by_the_next_line(earshot, far):
    listener = earshot.listen()
    end = far.call(listener.port)
    listener.wait("opened")
    end.close()
    listener.wait("half-closed", direction="in")
    listener.send("still there?")
    assert listener.wait("closed")["reason"] == "reset"


def test_half_a_line_before_a_reset_stays_on_the_screen(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    end.send("half a li")
    console.wait_for("half a li")
    end.reset()
    console.wait_for("client 1 has left: reset")
    assert any(line.startswith("client: half a li") for line in console.lines())


def test_peer_that_resets_is_named_in_the_console(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    end.send("half a li")
    console.wait_for("half a li")
    end.reset()
    console.wait_for("reset")
    far.call(console.port()).send("next\n")
    console.wait_for("next")


def test_peer_that_resets_ends_a_pipe_with_status_1(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port)
    end = server.accept()
    end.send("part")
    program.wait_out(b"part")
    end.reset()
    assert program.status() == 1
    assert "reset" in program.error() and f"127.0.0.1:{server.port}" in program.error()


def test_server_killed_is_seen_by_its_caller(earshot):
    listener = earshot.listen()
    caller = earshot.call(listener.port)
    listener.wait("opened")
    listener.signal(signal.SIGKILL)
    ended = wait_until(lambda: caller.take("closed") or caller.take("half-closed", direction="in"), "its end",
                       caller.seen)
    assert ended


def test_caller_killed_is_seen_by_the_server_who_serves_the_next(earshot):
    listener = earshot.listen("--on-fin", "close")
    caller = earshot.call(listener.port)
    listener.wait("opened")
    caller.signal(signal.SIGKILL)
    listener.wait("closed", id=1)
    earshot.call(listener.port).send("next")
    listener.wait_text("next", id=2)


def test_data_still_to_come_after_our_fin_is_received_to_the_last_byte(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, stdin=b"ask")
    end = server.accept()
    assert end.receive_to_end() == b"ask"
    end.send(b"z" * 20_000_000)
    end.close()
    assert program.status() == 0
    assert len(program.output()) == 20_000_000


def test_data_still_to_go_after_the_peers_fin_is_sent_to_the_last_byte(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port)
    end = server.accept()
    end.finish()
    program.write(b"late")
    program.end_input()
    assert end.receive_to_end() == b"late"
    assert program.status() == 0


def test_on_fin_close_ends_the_pipe_at_the_peers_fin(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, "--on-fin", "close")
    end = server.accept()
    end.send("all")
    end.finish()
    assert program.status() == 0
    assert program.output() == b"all"


def test_on_eof_keep_sends_no_fin(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, "--on-eof", "keep", stdin=b"ask")
    end = server.accept()
    end.expect("ask")
    end.socket.settimeout(0.3)  # the one thing that only time can show: that nothing comes
    with pytest.raises(TimeoutError):
        end.receive(1)
    end.send("answer")
    end.close()
    assert program.status() == 0
    assert program.output() == b"answer"


def test_on_eof_close_drains_and_leaves(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, "--on-eof", "close", stdin=b"d" * 2_000_000)
    assert len(server.accept().receive_to_end()) == 2_000_000
    assert program.status() == 0


def test_idle_conversation_times_out_alone(earshot, far):
    listener = earshot.listen("--idle-timeout", "0.3")
    end = far.call(listener.port)
    listener.wait("opened")
    assert listener.wait("closed")["reason"] == "timeout"
    far.call(listener.port).send("next")
    listener.wait_text("next")


def test_idle_timeout_ends_a_pipe_with_status_1(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, "--idle-timeout", "0.2")
    server.accept().expect_end()
    assert program.status() == 1
    assert "0.2" in program.error() or "idle" in program.error() or "silence" in program.error()


def test_keep_gives_stdin_to_all_and_prints_what_all_say(earshot, far):
    listener = earshot.start("listen", "127.0.0.1:0", "--keep")
    port = listener.listening_port()
    ends = [far.call(port) for _ in range(3)]
    for number, end in enumerate(ends):
        end.send(f"[{number}]")
        listener.wait_out(f"[{number}]".encode())
    listener.write(b"to all")
    for end in ends:
        end.expect("to all")
    listener.end_input()
    for end in ends:
        end.expect_end()


def test_keep_reads_stdin_only_while_somebody_is_there(earshot, far):
    listener = earshot.start("listen", "127.0.0.1:0", "--keep", stdin=b"for the first")
    far.call(listener.listening_port()).expect("for the first")


def test_listener_in_a_pipe_serves_one_and_leaves(earshot, far):
    listener = earshot.start("listen", "127.0.0.1:0", stdin=b"hi")
    end = far.call(listener.listening_port())
    end.send("ho")
    end.finish()
    assert end.receive_to_end() == b"hi"
    assert listener.status() == 0
    assert listener.output() == b"ho"


def test_listener_into_a_file_leaves_when_the_file_is_there(earshot, far, tmp_path):
    got = tmp_path / "got"
    console = earshot.console(command=f"{BINARY} listen 127.0.0.1:0 > {got}")
    end = far.call(console.port())
    end.send(b"f" * 1_000_000)
    end.close()
    assert console.status() == 0
    assert got.stat().st_size == 1_000_000


def test_control_d_in_the_console_half_closes_and_says_so(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    console.wait_for("is here")
    console.keys("C-d")
    end.expect_end()
    console.wait_for("you have finished sending")
    end.send("heard\n")
    console.wait_line("client: heard")


def test_verbs_of_the_console_end_conversations_each_in_its_way(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    first, second = (far.call(console.port()) for _ in range(2))
    console.wait_for("client 2 is here")
    console.line("/rst 2")
    second.expect_reset()
    console.line("/half 1")
    first.expect_end()
    first.close()
    console.wait_for("client 1 has left: closed")


def test_echo_answers_every_caller(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "echo")
    port = server.listening_port()
    for end in [far.call(port) for _ in range(3)]:
        end.send(b"\x00\xffback")
        end.expect(b"\x00\xffback")
        end.finish()
        end.expect_end()


def test_broadcast_goes_to_all_the_others(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "broadcast", "--frame", "line")
    port = server.listening_port()
    ends = [far.call(port) for _ in range(3)]
    for end in ends[1:]:  # whoever hears of the others is in the room
        end.send("in\n")
    ends[0].receive_until("in\nin\n")
    ends[0].send("hello\n")
    ends[1].receive_until("hello\n")
    ends[2].receive_until("hello\n")


def test_idle_timeout_counts_from_the_last_byte_of_either_direction(earshot, far):
    listener = earshot.listen("--idle-timeout", "0.5")
    end = far.call(listener.port)
    listener.wait("opened")
    for number in range(8):  # longer than the timeout, never silent for so long
        end.send(f"{number}")
        listener.wait_text(f"{number}")
        time.sleep(0.1)
    assert not listener.take("closed")
    assert listener.wait("closed")["reason"] == "timeout"


def test_stopped_program_goes_on_where_it_was(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, stdin=b"s" * 5_000_000)
    end = server.accept()
    begin = end.receive(100_000)
    program.signal(signal.SIGSTOP)
    program.signal(signal.SIGCONT)
    assert len(begin + end.receive_to_end()) == 5_000_000
    end.close()
    assert program.status() == 0


def test_keep_encodes_a_character_cut_by_stdins_reads(earshot, far):
    listener = earshot.start("listen", "127.0.0.1:0", "--keep", "--encoding", "gbk")
    end = far.call(listener.listening_port())
    end.send("一\n".encode("gbk"))
    listener.wait_out("一\n".encode())
    data = "你好".encode()
    for at in range(len(data)):
        listener.write(data[at:at + 1])
    end.expect("你好".encode("gbk"))
