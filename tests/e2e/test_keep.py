"""listen --keep: one standard input for many callers, and where it stops."""
import pytest

from program import BINARY


def keep(earshot, far, *words, callers=2, **options):
    listener = earshot.start("listen", "127.0.0.1:0", "--keep", *words, **options)
    port = listener.listening_port()
    ends = [far.call(port) for _ in range(callers)]
    for number, end in enumerate(ends):
        end.send(f"<{number}>")
        listener.wait_out(f"<{number}>".encode())
    return listener, ends


@pytest.mark.parametrize("bad, offset", [(b"\xff", 6), (b"\xe4\xb8x", 6), (b"\x80\x80\x80", 6)])
def test_malformed_input_stops_with_its_offset_after_what_came_before(earshot, far, bad, offset):
    listener, ends = keep(earshot, far, "--encoding", "gbk")
    listener.write("你a".encode())
    for end in ends:
        end.expect("你a".encode("gbk"))
    listener.write(b"bc" + bad + b"never")
    for end in ends:
        assert end.receive_to_end() == b"bc"
        end.close()
    assert listener.status() == 1
    assert f"offset {offset}" in listener.error()
    assert listener.error().count("earshot:") == 1


@pytest.mark.parametrize("before", ["", "x", "é", "字符" * 500, "ab" * 20000 + "字"])
def test_character_that_cannot_be_carried_stops_with_its_offset(earshot, far, before):
    listener, ends = keep(earshot, far, "--encoding", "gbk")
    before = before.replace("é", "字")
    listener.write((before + "\U0001f600 never").encode())
    for end in ends:
        assert end.receive_to_end() == before.encode("gbk")
        end.close()
    assert listener.status() == 1
    assert f"offset {len(before.encode())} " in listener.error() and "U+1F600" in listener.error()
    assert listener.error().count("earshot:") == 1


@pytest.mark.parametrize("words", [(), ("--on-eof", "close"), ("--on-eof", "keep")])
def test_character_cut_by_the_inputs_end_is_told(earshot, far, words):
    listener, ends = keep(earshot, far, "--encoding", "gbk", *words, callers=1)
    listener.write(b"ab\xe4\xbd")
    listener.end_input()
    assert ends[0].receive_to_end() == b"ab"
    ends[0].close()
    assert listener.status() == 1
    assert "offset 2" in listener.error()


def test_nothing_is_written_after_a_callers_malformed_byte(earshot, far):
    listener, ends = keep(earshot, far, "--encoding", "utf-8")
    ends[0].send(b"good\xffbad")
    listener.wait_err("offset")
    for end in ends:
        end.send(b"later\xff")
        end.close()
    assert listener.status() == 1
    assert listener.output() == b"<0><1>good"
    assert listener.error().count("offset") == 1


def test_failure_ends_the_others_in_order_not_by_reset(earshot, far):
    listener, ends = keep(earshot, far, "--encoding", "utf-8")
    ends[0].send(b"\xff")
    assert ends[1].receive_to_end() == b""
    for end in ends:
        end.close()
    assert listener.status() == 1


def test_what_callers_say_is_shown_on_a_terminal(earshot, far):
    console = earshot.console(command=f"{BINARY} listen 127.0.0.1:0 --keep < /dev/null")
    end = far.call(console.port())
    end.send("你好\x1b[2J\n".encode())
    console.wait_for("你好")
    console.wait_for("\\x1b")


def test_what_is_about_a_caller_who_was_turned_away_is_told_once(earshot, far):
    listener, ends = keep(earshot, far, "--max-clients", "1", callers=1)
    far.call(listener.listening_port()).receive_to_end()
    listener.wait_err("--max-clients")
    assert listener.error().count("--max-clients") == 1


def test_line_ends_of_the_input_become_those_that_were_named(earshot, far):
    listener, ends = keep(earshot, far, "-C")
    listener.write(b"one\ntwo\r")
    ends[0].expect(b"one\r\ntwo\r")
    listener.write(b"\nthree\n")
    ends[0].expect(b"\nthree\r\n")
    ends[1].expect(b"one\r\ntwo\r\nthree\r\n")


def test_offset_of_what_cannot_be_carried_is_that_of_the_input(earshot, far):
    listener, ends = keep(earshot, far, "--encoding", "gbk", "--eol", "crlf")
    listener.write("字\nx\n\U0001f600".encode())
    for end in ends:
        assert end.receive_to_end() == "字\r\nx\r\n".encode("gbk")
        end.close()
    assert listener.status() == 1
    assert "offset 6 " in listener.error()
