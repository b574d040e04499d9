"""What a person does in the console beside talking."""
import os
import re
import socket

from waiting import PATIENCE, wait_until


def talk(earshot, far, *words, **options):
    console = earshot.console("listen", "127.0.0.1", "0", *words, **options)
    end = far.call(console.port())
    console.wait_for("is here")
    return console, end


def test_who_lists_everybody_with_address_encoding_and_counts(earshot, far):
    console, first = talk(earshot, far, "--encoding", "gbk")
    first.send("一二\n".encode("gbk"))
    console.wait_line("client: 一二")
    console.line("/who")
    port = first.socket.getsockname()[1]
    wait_until(lambda: re.search(rf"\* client 1  127\.0\.0\.1:{port}  gbk  1 messages, 5 bytes", console.scrollback()),
               "the list", console.seen)


def test_file_is_sent_as_it_is_and_a_fifo_does_not_hang_the_console(earshot, far, tmp_path):
    (tmp_path / "a file").write_bytes(bytes(range(256)) * 4000)
    os.mkfifo(tmp_path / "fifo")
    console, end = talk(earshot, far)
    console.line(f"/file {tmp_path}/a file")
    assert end.receive(256 * 4000) == bytes(range(256)) * 4000
    console.line(f"/file {tmp_path}/fifo")
    console.line(f"/file {tmp_path}")
    console.line("after")
    end.expect("after\n")


def test_every_repeats_a_line_until_off(earshot, far):
    console, end = talk(earshot, far)
    console.line("/every 20ms tick")
    for _ in range(5):
        end.expect("tick\n")
    console.line("/every off")
    console.wait_for("nothing is repeated")
    console.line("last")
    assert set(end.receive_until("last\n").decode().split()) <= {"tick", "last"}


def test_every_ends_with_its_addressee(earshot, far):
    console, end = talk(earshot, far)
    console.line("/every 20ms tick")
    end.expect("tick\n")
    end.reset()
    console.wait_for("client 1 has left")
    other = far.call(console.port())
    console.wait_for("client 2 is here")
    console.line("/to 2")
    console.line("only this")
    other.expect("only this\n")


def test_find_shows_the_messages_with_the_text(earshot, far):
    console, end = talk(earshot, far)
    end.send("".join(f"line {number}\n" for number in range(50)))
    console.wait_line("client: line 49")
    console.line("/find line 4")
    console.wait_for("11 messages found")


def test_frame_is_switched_while_talking(earshot, far):
    console, end = talk(earshot, far)
    console.command("/frame fixed:3")
    end.send("onetwo")
    console.wait_line("client: one")
    console.wait_line("client: two")


def test_eol_is_switched_while_talking(earshot, far):
    console, end = talk(earshot, far)
    console.line("/eol crlf")
    console.wait_line("-- lines sent to client 1 end with crlf")
    console.line("a")
    end.expect("a\r\n")
    console.line("/eol none")
    console.line("b")
    console.line("c")
    end.expect("bc")


def test_operator_joins_in_where_the_echo_answers(earshot, far):
    console, end = talk(earshot, far, "--reply", "echo")
    end.send("ping\n")
    end.expect("ping\n")
    console.wait_line("client: ping")
    console.line("and me")
    end.expect("and me\n")


def test_once_in_the_console_takes_one_caller(earshot, far):
    console, end = talk(earshot, far, "--once")
    try:
        far.call(console.port())
        raise AssertionError("a second caller was taken")
    except ConnectionRefusedError:
        pass
    end.send("hello\n")
    console.wait_line("client: hello")
    end.close()
    console.line("/close")
    assert console.status() == 0


def test_line_typed_after_the_end_is_not_lost(earshot, far):
    server = far.server()
    console = earshot.console("connect", "127.0.0.1", server.port)
    server.accept().reset()
    console.wait_for("/reconnect")
    console.line("unheard")
    console.wait_for("not sent")
    console.wait_last(">>>:unheard")
    console.keys("C-a", "C-k")
    console.line("/reconnect")
    end = server.accept()
    console.wait_for("connected to")
    console.keys("C-y", "Enter")
    end.expect("unheard\n")


def test_leaving_does_not_wait_when_asked_twice(earshot, far):
    console, end = talk(earshot, far)
    console.line("/quit")
    end.expect_end()  # our FIN; this end stays
    console.keys("C-c", "C-c")
    assert console.status() in (0, 130)


def test_all_callers_get_the_line_for_all(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    ends = [far.call(console.port()) for _ in range(200)]
    console.wait_for("client 200 is here")
    console.line("/to all")
    console.line("everybody 好")
    for end in ends:
        end.expect("everybody 好\n")


def test_callers_in_numbers_come_and_go_without_harm(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0", "--on-fin", "close")
    port = console.port()
    for _ in range(500):
        socket.create_connection(("127.0.0.1", port), PATIENCE).close()
    console.wait_for("client 500 has left")
    console.line("/who")
    console.wait_for("nobody is connected")


def test_prompt_of_a_search_finds_a_line_of_history(earshot, far):
    console, end = talk(earshot, far)
    for line in ("alpha 一", "beta", "gamma"):
        console.line(line)
        end.expect(line + "\n")
    console.keys("C-r")
    console.type("alp")
    wait_until(lambda: "alpha 一" in console.last(), "the line found", console.screen)
    console.keys("Enter")
    end.receive_until("alpha 一\n") if "alpha" in console.last() else console.keys("Enter")
    console.line("!")
    assert b"!" in end.receive_until("!\n")


def test_connection_with_data_and_fin_at_once_shows_the_data_first(earshot, far):
    server = far.server()
    console = earshot.console("connect", "127.0.0.1", server.port)
    end = server.accept()
    end.send("bye")
    end.close()
    console.wait_for("has finished sending")
    lines = console.lines()
    assert next(i for i, line in enumerate(lines) if "server: bye" in line) < next(
        i for i, line in enumerate(lines) if "has finished sending" in line)


def test_chinese_console_has_no_english_left(earshot, far):
    console = earshot.console("connect", "127.0.0.1", (server := far.server()).port, locale="zh_CN.UTF-8")
    end = server.accept()
    end.send("你好\n")
    console.wait_line("服务器:你好")
    console.line("/who")
    console.line("/nonsense")
    console.line("/help")
    end.close()
    console.line("/close")
    wait_until(lambda: console.scrollback().count("/reconnect") > 1, "its end", console.seen)
    said = [line[3:] for line in console.lines() if line.startswith(("-- ", "!! "))]
    assert said and all(re.search("[\u4e00-\u9fff]", line) for line in said), said


def test_a_refused_line_of_a_paste_and_what_follows_it_are_kept(earshot, far):
    console, end = talk(earshot, far, "--encoding", "gbk")
    console.paste("一\n二😀\n三\n四\n")
    console.wait_for("4 lines pasted")
    console.type("m")
    console.wait_last(">>>:二😀")
    console.keys("BSpace", "Enter")
    console.wait_for("2 lines pasted")
    console.type("m")
    end.expect("一\n二\n三\n四\n".encode("gbk"))
    console.wait_last(">>>:")


def test_a_call_that_fails_says_why_and_when_it_is_made_again(earshot, far):
    console = earshot.console("connect", "127.0.0.1", far.closed_port(), "--retry", "0.2")
    console.wait_for("(attempt 2)")
    console.wait_for("-- calling again in 0.2 s")
    assert "has left" not in console.scrollback()
