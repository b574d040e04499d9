"""What answers is changed while callers are there: for all, or for one of them."""
import os
import pathlib
import socket

import pytest

from waiting import wait_until


def change(listener, reply, **to):
    listener.give("reply", reply=reply, ref=reply, **to)
    listener.wait("sent", ref=reply)
    return listener.wait("reply", reply=reply, id=to.get("id") if to.get("id") != "all" else None)


def caller(listener, far):
    end = far.call(listener.port)
    return end, listener.wait("opened", partner=None)["id"]


def test_all_and_who_comes_are_answered_anew(earshot, far):
    listener = earshot.listen()
    first, _ = caller(listener, far)
    first.send("nobody answers")
    listener.wait("message")
    change(listener, "echo")
    first.send("one")
    first.expect("one")
    late, _ = caller(listener, far)
    late.send("two")
    late.expect("two")
    change(listener, "none", id="all")
    first.send("not this")
    listener.wait("message", text="not this")
    listener.send("by hand", id=1)
    first.expect("by hand")


def test_one_caller_is_answered_otherwise_than_the_others(earshot, far):
    listener = earshot.listen("--reply", "echo")
    (one, first), (two, _) = caller(listener, far), caller(listener, far)
    assert change(listener, "exec-shell:tr a-z A-Z", id=first)["id"] == first
    one.send("loud")
    one.finish()
    assert one.receive_to_end() == b"LOUD"
    two.send("quiet")
    two.expect("quiet")


def test_program_is_left_for_another_reply_and_ends(earshot, far):
    listener = earshot.listen("--reply", "exec-shell:echo $$; cat")
    end, id = caller(listener, far)
    pid = int(end.receive_until("\n"))
    change(listener, "exec-shell:sed -u s/^/2:/", id=id)
    end.send("x\n")
    end.expect("2:x\n")
    wait_until(lambda: not pathlib.Path(f"/proc/{pid}").exists(), "the first program's end")
    change(listener, "echo")
    end.send("y\n")
    end.expect("y\n")


def test_relay_is_left_and_its_target_hears_the_end(earshot, far):
    server = far.server()
    listener = earshot.listen("--reply", f"relay:127.0.0.1:{server.port}")
    end, id = caller(listener, far)
    peer = server.accept()
    end.send("to the target")
    peer.expect("to the target")
    change(listener, "echo", id=id)
    peer.expect_end()
    end.send("to us")
    end.expect("to us")


def test_caller_is_passed_on_in_the_middle_of_a_conversation(earshot, far):
    server = far.server()
    listener = earshot.listen("--reply", "echo")
    end, id = caller(listener, far)
    end.send("first")
    end.expect("first")
    change(listener, f"relay:127.0.0.1:{server.port}", id=id)
    peer = server.accept()
    end.send("then")
    peer.expect("then")
    peer.send("answer")
    end.expect("answer")
    target = listener.wait("opened", partner=id)["id"]
    listener.give("reply", id=target, reply="echo", ref="no")
    listener.wait("error", ref="no", reason="usage")


def test_half_close_from_before_reaches_what_answers_afterwards(earshot, far):
    server = far.server()
    listener = earshot.listen()
    end, id = caller(listener, far)
    end.finish()
    listener.wait("half-closed")
    change(listener, f"relay:127.0.0.1:{server.port}", id=id)
    peer = server.accept()
    peer.expect_end()
    peer.send("still heard")
    peer.finish()
    assert end.receive_to_end() == b"still heard"
    other, other_id = caller(listener, far)
    other.finish()
    listener.wait("half-closed", id=other_id)
    change(listener, "exec:wc -c", id=other_id)
    assert other.receive_to_end().strip() == b"0"


def test_chat_is_entered_and_left(earshot, far):
    listener = earshot.listen("--reply", "chat")
    (one, first), (two, _) = caller(listener, far), caller(listener, far)
    for end in (one, two):
        end.receive_until("/help lists the commands\n")
    change(listener, "echo", id=first)
    two.receive_until("has left")
    one.send("alone\n")
    one.receive_until("alone\n")
    two.send("anybody?\n")
    change(listener, "chat", id=first)
    one.receive_until("/help lists the commands\n")
    two.send("welcome back\n")
    one.receive_until("welcome back\n")


def test_operators_line_to_all_reaches_each_in_his_way(earshot, far):
    listener = earshot.listen("--reply", "chat")
    (one, first), (two, _) = caller(listener, far), caller(listener, far)
    change(listener, "echo", id=first)
    listener.send("to all", id="all", ref="said")
    assert listener.wait("sent", ref="said")["conversations"] == 2
    two.receive_until("server: to all\n")
    assert b"server: to all" not in one.receive_until("to all")[-len("server: to all"):]


@pytest.mark.parametrize("reply", ["ecko", "exec:no-such-program-here", "relay:nowhere", "rules:/nonexistent", "exec", "echo:x"])
def test_reply_that_is_none_is_refused_and_all_stays(earshot, far, reply):
    listener = earshot.listen("--reply", "echo")
    end, id = caller(listener, far)
    for to in ({}, {"id": id}):
        listener.give("reply", reply=reply, ref="no", **to)
        listener.wait("error", ref="no")
    end.send("x")
    end.expect("x")


def test_reply_that_cannot_answer_all_is_refused_and_nobody_is_turned_away(earshot, far):
    listener = earshot.listen("--reply", "echo", "--max-processes", "2")
    ends = [caller(listener, far) for _ in range(3)]
    listener.give("reply", reply="exec:cat", ref="all")
    assert "--max-processes" in listener.wait("error", ref="all", reason="limit")["message"]
    for end, id in ends[:2]:
        change(listener, "exec:cat", id=id)
    listener.give("reply", reply="exec:cat", id=ends[2][1], ref="third")
    assert "--max-processes" in listener.wait("error", ref="third", reason="limit")["message"]
    for end, _ in ends:
        end.send("x\n")
        end.expect("x\n")


def test_asked_what_answers_it_says_so(earshot):
    listener = earshot.listen("--reply", "echo")
    listener.give("reply", ref="which")
    listener.wait("reply", reply="echo")
    listener.wait("sent", ref="which")


def test_reply_for_nobody_who_is_there_is_refused(earshot):
    listener = earshot.listen()
    listener.give("reply", reply="echo", id=7, ref="no")
    assert "7" in listener.wait("error", ref="no")["message"]


def test_one_who_calls_answers_nobody(earshot, far):
    server = far.server()
    calling = earshot.call(server.port)
    calling.give("reply", reply="echo", ref="no")
    calling.wait("error", ref="no", reason="usage")


def test_many_changes_leave_nothing(earshot, far):
    listener = earshot.listen()
    end, id = caller(listener, far)
    change(listener, "echo", id=id)
    before = len(os.listdir(f"/proc/{listener.pid}/fd"))
    for number in range(60):
        change(listener, f"exec:sed -u s/^/{number}:/", id=id)
        end.send("x\n")
        end.receive_until(f"{number}:x\n")
    change(listener, "echo", id=id)
    wait_until(lambda: len(os.listdir(f"/proc/{listener.pid}/fd")) == before, "the old number of descriptors")


def test_operator_chooses_at_the_console(earshot, far):
    console = earshot.console("listen", "127.0.0.1:0")
    one = far.call(console.port())
    console.wait_for("client 1 is here")
    two = far.call(console.port())
    console.wait_for("client 2 is here")
    console.line("/reply 2 exec:cat")
    console.wait_for("answering client 2 by exec:cat")
    two.send("through cat\n")
    two.expect("through cat\n")
    console.line("/reply echo")
    console.wait_for("answering by echo")
    for end in (one, two):
        end.send("back\n")
        end.expect("back\n")
    console.line("from the operator")
    one.expect("from the operator\n")
    console.line("/reply 1 nonsense")
    console.wait_for("there is no reply")


def test_who_says_what_answers_each_and_to_whom_we_have_finished_sending(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0", "--reply", "echo")
    ends = [far.call(console.port()) for _ in range(2)]
    console.wait_for("client 2 is here")
    console.line("/reply 2 exec:cat")
    console.wait_for("by exec:cat")
    console.line("/half 1")
    ends[0].expect_end()
    console.wait_for("you have finished sending to client 1")
    console.line("/who")
    console.wait_for("answered by exec:cat")
    listed = " ".join(console.scrollback().split())
    assert "answered by echo you have finished sending" in listed, listed


def test_events_tell_what_answers_whom_from_the_beginning(earshot, far):
    listener = earshot.listen("--reply", "echo")
    assert listener.listening["reply"] == "echo"
    end, id = caller(listener, far)
    listener.give("reply", id=id, reply="none", ref="one")
    assert listener.wait("sent", ref="one")["id"] == id
    assert listener.wait("reply", id=id)["reply"] == "none"
    listener.give("reply", id=id, reply="nonsense", ref="no")
    assert listener.wait("error", ref="no")["id"] == id
    listener.give("reply", ref="again")
    assert listener.wait("reply", again=True)["reply"] == "echo"
    listener.give("half-close", id=id, ref="end")
    listener.wait("half-closed", id=id, direction="out")
    end.expect_end()


def test_messages_are_those_of_the_peer_and_answers_are_none(earshot, far):
    listener = earshot.listen("--reply", "echo")
    end, id = caller(listener, far)
    end.send("x")
    end.expect("x")
    listener.send("y", id=id)
    end.expect("y")
    end.close()
    assert listener.wait("closed")["sent"] == 2
    listener.refresh()
    assert [event["direction"] for event in listener.events if event["event"] == "message"] == ["in"]
