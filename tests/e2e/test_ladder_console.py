"""Ladders and figures in the console and by JSON commands."""
import unicodedata

import pytest

from test_ladder_live import OPENED, Course
from waiting import wait_until


def text_width(line):
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)


def calling(earshot, far, *words, **options):
    server = far.server()
    console = earshot.console("connect", "127.0.0.1", server.port, *words, **options)
    end = server.accept()
    console.wait_for("connected to")
    return console, end


def test_rows_stand_above_the_line_that_is_being_typed(earshot, far):
    console, end = calling(earshot, far, "--ladder", rows=40)
    console.wait_for("ESTABLISHED")
    console.type("half a li")
    end.send("hello\n")
    console.wait_for("server: hello")
    console.wait_for("6B hello")
    console.wait_last(">>>:half a li")
    console.line("ne")
    end.receive_until("half a line\n")
    console.wait_for("12B half a line")


def test_ladder_begins_with_what_was_and_can_be_turned_off(earshot, far):
    console, end = calling(earshot, far, rows=40)
    end.send("before\n")
    console.wait_for("server: before")
    assert "ESTABLISHED" not in console.scrollback()
    console.command("/ladder")
    console.wait_for("seen: ")
    end.send("during\n")
    console.wait_for("7B during")
    console.command("/ladder off")
    end.send("after\n")
    console.wait_for("server: after")
    end.send("and more\n")
    console.wait_for("server: and more")
    assert "6B after" not in console.scrollback()


BEGUN_LATE = "begins here: the past was not seen"


@pytest.mark.parametrize("locale, said", [("C.UTF-8", BEGUN_LATE), ("zh_CN.UTF-8", "从这里开始，之前的没有看到")])
def test_ladder_begun_late_says_so_before_anything_follows(earshot, far, locale, said):
    server = far.server()
    console = earshot.console("connect", "127.0.0.1", server.port, rows=50, locale=locale)
    end = server.accept()
    end.send("before\n")
    console.wait_for("before")
    console.line("/ladder")
    console.wait_for(said)
    line, = (line for line in console.lines() if said in line)
    assert [part.strip() for part in line.split("|")] == ["ms  ESTABLISHED", said, "(ESTABLISHED)"]
    end.send("during\n")
    console.wait_for("7B during")
    console.line("/ladder")
    wait_until(lambda: console.scrollback().count("7B during") == 2, "the ladder again", console.seen)
    assert console.scrollback().count(said) == 2
    assert all(text_width(line) <= 80 for line in console.lines())


def test_only_the_ladder_that_began_late_says_so(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0", rows=60)
    first = far.call(console.port())
    first.send("one\n")
    console.wait_for("one")
    console.line("/ladder")
    console.wait_for(BEGUN_LATE)
    second = far.call(console.port())
    second.send("two\n")
    console.wait_for("two")
    console.line("/ladder 2")
    console.wait_for("4B two")
    assert "SYN" in console.scrollback() and console.scrollback().count(BEGUN_LATE) == 1


@pytest.mark.parametrize("user", ["earshot", "nobody"])
def test_ladder_begun_late_has_no_handshake(request, far, user):
    listener = request.getfixturevalue(user).listen()
    end = far.call(listener.port)
    end.send("hello\n")
    listener.wait("message")
    listener.give("ladder", id=1)
    course = Course(listener)
    wait_until(course.rows, "a row before anything follows", listener.seen)
    first, = course.rows()
    assert first["note"] == "begins-in-the-middle" and first["row"] == 0 and "time" in first
    assert first["server_state"] == {"state": "ESTABLISHED", "sight": "seen"}
    assert first["client_state"] == {"state": "ESTABLISHED", "sight": "inferred"}
    end.send("again\n")
    wait_until(lambda: "again\n" in [row.get("text") for row in course.segments()], "the message", listener.seen)
    end.finish()
    listener.wait("half-closed")
    listener.give("close", id=1)
    course.wait_state("CLOSED")
    assert course.states() == ["ESTABLISHED", "CLOSE-WAIT", "LAST-ACK", "CLOSED"]
    assert not [row for row in course.segments() if "SYN" in row["flags"]]
    assert course.notes().count("begins-in-the-middle") == 1


@pytest.mark.parametrize("user", ["earshot", "nobody"])
def test_ladder_begun_after_the_peers_fin_knows_it(request, far, user):
    listener = request.getfixturevalue(user).listen()
    end = far.call(listener.port)
    end.finish()
    listener.wait("half-closed")
    listener.give("ladder", id=1)
    course = Course(listener)
    course.wait_state("CLOSE-WAIT")
    listener.give("close", id=1)
    end.expect_end()
    course.wait_state("CLOSED")
    assert course.states() == ["CLOSE-WAIT", "LAST-ACK", "CLOSED"]
    assert course.rows()[0]["client_state"]["state"] == "FIN-WAIT-2"


def test_ladder_of_the_caller_that_is_named(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0", rows=60)
    port = console.port()
    ends = []
    for number in (1, 2):
        ends.append(far.call(port))
        ends[-1].send(f"I am {number}\n")
        console.wait_for(f"I am {number}")
    console.line("/ladder 2")
    console.wait_for("c2  client")
    ends[1].send("two again\n")
    console.wait_for("10B two again")
    ends[0].send("one again\n")
    console.wait_for("one again")
    assert "c1  client" not in console.scrollback()
    console.line("/ladder all")
    console.wait_for("c1  client")


def test_ladder_goes_on_into_time_wait_and_who_leaves_is_told(earshot, far):
    console, end = calling(earshot, far, "--ladder", rows=50)
    console.command("/close")
    end.expect_end()
    end.close()
    console.wait_for("TIME-WAIT |")
    console.line("/quit")
    assert console.status() == 0
    assert "still in TIME-WAIT" in console.scrollback()


def test_figures_have_their_recent_past(earshot, far):
    console, end = calling(earshot, far, rows=60)
    console.command("/stats")
    console.wait_for("round trip")
    assert "sent               0 B, acknowledged 0 B" in console.scrollback()
    end.send("x" * 1000 + "\n")
    console.wait_for("xxxx")
    wait_until(lambda: (console.command("/stats"), any(block in console.scrollback() for block in "▁▂▃▄▅▆▇█"))[1],
               "a sparkline", console.seen)


def test_programs_ask_for_a_ladder_and_for_figures(earshot, far):
    listener = earshot.listen()
    end = far.call(listener.port)
    end.send("hello\n")
    number = listener.wait("message")["id"]
    assert not Course(listener).all()
    listener.give("ladder", id=number, ref="a")
    listener.wait("sent", ref="a")
    listener.wait("ladder", kind="heading")
    end.send("again\n")
    listener.wait("ladder", text="again\n")
    listener.give("stats", id=number, ref="b")
    figures = listener.wait("stats", ref="b")
    assert figures["samples"][-1]["received"] == 12
    wait_until(lambda: (listener.give("stats", id=number, ref="c"),
                        len(listener.wait("stats", ref="c")["samples"]) > 2)[1], "samples", listener.seen)
    assert [row.get("text") for row in Course(listener, number).segments()] == [None], "the acknowledgement, once"
    listener.give("ladder", id=number, follow=False, ref="d")
    listener.wait("sent", ref="d")
    listener.refresh()
    listener.events.clear()
    end.send("unseen\n")
    listener.wait("message", text="unseen\n")
    end.reset()
    listener.wait("closed")
    assert not Course(listener, number).all()


def test_rows_come_as_they_happen(earshot, far):
    listener = earshot.listen("--ladder")
    end = far.call(listener.port)
    course = Course(listener)
    course.wait_state("ESTABLISHED")
    for line in ("one\n", "two\n", "three\n"):
        end.send(line)
        wait_until(lambda: line in [row.get("text") for row in course.segments()], line, listener.seen)
    end.reset()
    course.wait_state("CLOSED")
    assert course.states() == OPENED["server"] + ["CLOSED"]


def test_there_is_nothing_to_draw_of_nobody(earshot):
    listener = earshot.listen()
    for command in ("ladder", "stats"):
        listener.give(command, id=7, ref=command)
        assert "TCP" in listener.wait("error", ref=command)["message"]
