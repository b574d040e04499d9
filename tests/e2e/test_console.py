"""The console: what a person sees, types and gets back."""
import os
import re
import signal

import pytest

from far_end import server_context
from program import BINARY
from waiting import wait_until


def talk(earshot, far, *words, **options):
    """A listening console with one caller."""
    console = earshot.console("listen", "127.0.0.1", "0", *words, **options)
    end = far.call(console.port())
    console.wait_for("is here")
    return console, end


# --- a hostile peer

@pytest.mark.parametrize("hostile", [
    b"\x1b[2J", b"\x1b]0;owned\x07", b"\x1bc", b"\x1b[?1049h", b"\x1b[31m", b"\x9b2J", b"\xc2\x9b2J", b"\x07",
    b"\x08\x08",
    b"\x00", b"\x7f", b"\x1b[6n", b"\x1bP+q544e\x1b\\", b"\r\x0b\x0c", b"\x0e", b"\x1b[?2004l", b"\x1b[201~",
    "\u202e".encode(), "\u2066".encode(), "\u200e".encode(), "\ufeff".encode(), "\u2028".encode(), "\u00ad".encode(),
])
def test_nothing_of_a_peers_steers_the_terminal(earshot, far, hostile):
    console, end = talk(earshot, far, "--encoding", "utf-8")
    before = len(console.raw())
    end.send(b"[" + hostile + b"]\nafter\n")
    console.wait_line("client: after")
    shown = next(line for line in console.lines() if line.startswith("client: ["))
    # Seen as its code, so that nothing is hidden, and never passed on.
    assert re.fullmatch(r"client: \[.*\\(x|u).*\]", shown), shown
    assert b"[" + hostile not in console.raw()[before:]


def test_nothing_of_a_peers_steers_the_terminal_while_a_line_is_unfinished(earshot, far):
    console, end = talk(earshot, far)
    end.send(b"open \x1b[2J\x1b]0;owned\x07 end")
    console.wait_for("open \\x1b[2J\\x1b]0;owned\\x07 end")
    assert b"\x1b[2J" not in console.raw() and b"owned\x07" not in console.raw()


def test_pipe_to_a_terminal_shows_peers_bytes_safely_and_raw_lifts_it(earshot, far):
    for words, wanted, unwanted in (([], b"\\x1b", b"\x1b[31mred"), (["--raw"], b"\x1b[31mred", b"\\x1b")):
        server = far.server()
        terminal = earshot.console(command=f"{BINARY} connect 127.0.0.1 {server.port} {' '.join(words)} < /dev/null")
        end = server.accept()
        end.send(b"\x1b[31mred\n")
        end.close()
        assert terminal.status() == 0
        assert wanted in terminal.raw() and unwanted not in terminal.raw()


def test_name_in_a_hostile_certificate_is_escaped(earshot, far, certs):
    server = far.server()
    console = earshot.console("connect", "127.0.0.1", server.port, "--tls", "--tls-verify", "none")
    end = server.accept().tls(server_context(certs.hostile.pem, certs.hostile.key), server_side=True)
    console.wait_for("connected to")
    end.send("hello\n")
    console.wait_line("server: hello")
    assert b"\x1b[2J" not in console.raw()
    refused = earshot.start("connect", "127.0.0.1", server.port, "--tls", stdin=b"")
    try:
        server.accept().tls(server_context(certs.hostile.pem, certs.hostile.key), server_side=True)
    except OSError:
        pass
    assert refused.status() == 1
    assert "\x1b" not in refused.error() and len(refused.error().splitlines()) == 1


# --- typing

def test_text_that_arrives_while_typing_is_printed_above_the_line(earshot, far):
    console, end = talk(earshot, far)
    console.type("half a 句")
    console.wait_last(">>>:half a 句")
    end.send("interruption\n")
    console.wait_line("client: interruption")
    console.wait_last(">>>:half a 句")
    console.line("子")
    end.expect("half a 句子\n")


def test_wide_characters_edit_where_the_cursor_stands(earshot, far):
    console, end = talk(earshot, far)
    console.type("你好吗")
    console.keys("Left", "BSpace")
    console.wait_last(">>>:你吗")
    wait_until(lambda: console.cursor() == 6, "the cursor after 你", console.screen)
    console.line("们")
    end.expect("你们吗\n")


def test_line_longer_than_the_row_scrolls_and_is_sent_whole(earshot, far):
    console, end = talk(earshot, far, columns=40)
    text = "".join(chr(0x4E00 + at) for at in range(100))
    console.type(text)
    wait_until(lambda: text[-1] in console.last(), "the end of the line", console.screen)
    console.keys("Enter")
    end.expect(text + "\n")


def test_unfinished_line_is_shown_as_open_and_stays_one_message(earshot, far):
    console, end = talk(earshot, far)
    end.send("login: ")
    console.wait_for("login:")
    end.send("who\n")
    console.wait_line("client: login: who")
    console.line("/who")
    console.wait_for("1 messages, 11 bytes")


def test_part_of_a_character_held_back_is_mentioned(earshot, far):
    console, end = talk(earshot, far, "--encoding", "utf-8")
    end.send("好".encode()[:2])
    console.wait_for("2 bytes")


def test_control_c_clears_the_line_and_twice_on_an_empty_line_leaves_with_130(earshot, far):
    console, end = talk(earshot, far)
    console.type("never mind")
    console.wait_last(">>>:never mind")
    console.keys("C-c")
    console.wait_last(">>>:")
    console.keys("C-c", "C-c")
    assert console.status() == 130
    end.expect_end()


def test_slash_is_sent_by_two_and_a_prefix_is_enough_for_a_command(earshot, far):
    console, end = talk(earshot, far)
    console.line("//etc/passwd")
    end.expect("/etc/passwd\n")
    console.line("/q")
    assert console.status() == 0


def test_command_is_completed_by_tab(earshot, far):
    console, end = talk(earshot, far)
    console.type("/enc")
    console.keys("Tab")
    console.wait_last(">>>:/encoding")


def test_pasted_line_is_never_a_command(earshot, far):
    console, end = talk(earshot, far)
    console.paste("/quit")
    console.wait_last(">>>:/quit")
    console.keys("Enter")
    end.expect("/quit\n")


def test_pasted_block_asks_once_and_goes_as_many_or_as_one(earshot, far):
    console, end = talk(earshot, far)
    console.paste("one\n/two\nthree")
    console.wait_for("3 lines pasted")
    console.type("m")
    end.expect("one\n/two\nthree\n")
    console.paste("four\nfive")
    console.wait_for("2 lines pasted")
    console.keys("Escape")
    console.wait_last(">>>:")
    console.line("six")
    end.expect("six\n")


def test_line_goes_to_the_one_in_the_prompt_whoever_comes(earshot, far):
    console, first = talk(earshot, far)
    second = far.call(console.port())
    console.wait_for("client 2 is here")
    console.wait_last("client 1>>>:")
    console.line("to one")
    first.expect("to one\n")
    console.line("/to 2")
    console.wait_last("client 2>>>:")
    console.line("to two")
    second.expect("to two\n")
    console.line("/to all")
    console.line("to all")
    first.expect("to all\n")
    second.expect("to all\n")


def test_line_is_not_sent_to_another_when_the_addressed_one_has_left(earshot, far):
    console, first = talk(earshot, far, "--on-fin", "close")
    second = far.call(console.port())
    console.wait_for("client 2 is here")
    first.close()
    console.wait_for("client 1 has left")
    console.wait_last("nobody>>>:")
    console.line("secret")
    console.wait_for("not sent")
    second.finish()
    assert second.receive_to_end() == b""


def test_what_is_held_to_be_shown_again_gives_way_to_callers(earshot, far):
    console, first = talk(earshot, far, "--max-memory", "1M", columns=1100)
    callers = [first] + [far.call(console.port()) for _ in range(2)]
    console.wait_for("client 3 is here")
    for number, caller in enumerate(callers):
        caller.send(f"{'x' * 1000}\n" * 240 + f"the last of {number}\n")
        console.wait_for(f"the last of {number}")
    console.wait_for("are no longer held for /again: callers need the memory (--max-memory)")
    console.line("/find the last of 2")
    wait_until(lambda: console.scrollback().count("the last of 2") > 2, "it is shown again", console.seen)
    console.line("/again 1")
    console.wait_for("older messages are no longer held")
    first.send("callers go on\n")
    console.wait_for("callers go on")
    far.call(console.port())
    console.wait_for("client 4 is here")


def test_labels_carry_the_number_with_more_than_one_caller(earshot, far):
    console, first = talk(earshot, far)
    second = far.call(console.port())
    console.wait_for("client 2 is here")
    second.send("hi\n")
    console.wait_line("client 2: hi")


def test_chinese_locale_speaks_chinese_also_where_it_is_not_generated(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0", locale="zh_CN.UTF-8")
    wait_until(lambda: re.search(r"127\.0\.0\.1:(\d+)", console.scrollback()), "the port", console.seen)
    end = far.call(int(re.search(r"127\.0\.0\.1:(\d+)", console.scrollback())[1]))
    end.send("你好\n")
    console.wait_line("客户端:你好")


def test_no_color_writes_no_colours(earshot, far):
    console, end = talk(earshot, far, env={"NO_COLOR": "1"})
    end.send("plain\n")
    console.wait_line("client: plain")
    assert not re.search(rb"\x1b\[[0-9;]*m", console.raw())


def test_hex_view_and_times_are_switched_while_talking(earshot, far):
    console, end = talk(earshot, far)
    console.command("/view both")
    console.command("/time iso")
    end.send("AB\n")
    console.wait_for("41 42 0a")
    wait_until(lambda: re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*client: AB", console.scrollback()), "a time",
               console.seen)


def test_control_l_clears_the_screen_and_keeps_the_line(earshot, far):
    console, end = talk(earshot, far)
    console.type("kept")
    console.keys("C-l")
    wait_until(lambda: console.screen().strip() == ">>>:kept", "an empty screen but for the line", console.screen)
    console.type(" and on")
    console.wait_last(">>>:kept and on")
    # In its first row a screen that is erased goes into the scrollback of tmux: no copies of the line in there.
    assert sum(line.startswith(">>>:kept") for line in console.lines()) <= 2


# --- the terminal

def test_resized_terminal_draws_the_line_anew(earshot, far):
    console, end = talk(earshot, far)
    console.type("一二三四五六七八九十甲乙丙丁戊己庚辛壬癸")
    console.wait_last(">>>:一二三四五六七八九十甲乙丙丁戊己庚辛壬癸")
    console.resize(20, 10)
    wait_until(lambda: console.last().endswith("壬癸") and len(console.last()) < 20, "the end of the line",
               console.screen)
    console.resize(100, 30)
    console.wait_last(">>>:一二三四五六七八九十甲乙丙丁戊己庚辛壬癸")
    assert sum(line.startswith(">>>:") for line in console.lines()) == 1
    console.keys("Enter")
    end.expect("一二三四五六七八九十甲乙丙丁戊己庚辛壬癸\n")


def test_terminal_of_one_column_does_no_harm(earshot, far):
    console, end = talk(earshot, far)
    console.resize(2, 2)
    end.send("wide 字 text\n")
    console.line("x")
    end.expect("x\n")
    console.resize(80, 24)
    console.wait_last(">>>:")


def test_terminal_gone_ends_the_program_and_its_conversations(earshot, far):
    console, end = talk(earshot, far)
    pid = console.pid
    console.hang_up()
    end.expect_end()
    end.close()
    wait_until(lambda: not alive(pid), "its end", lambda: f"pid {pid}")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_hangup_ends_the_console(earshot, far):
    console, end = talk(earshot, far)
    console.signal(signal.SIGHUP)
    end.expect_end()
    end.close()
    assert console.status() == 0


@pytest.mark.parametrize("how", ["/quit", "TERM", "HUP", "SEGV", "ABRT", "BUS", "FPE", "ILL"])
def test_terminal_is_put_back_however_the_program_ends(earshot, far, how):
    console = earshot.console("listen", "127.0.0.1", "0")
    console.wait_for(">>>:")
    assert "-icanon" in console.settings()
    if how == "/quit":
        console.line(how)
    else:
        console.signal(getattr(signal, f"SIG{how}"))
    console.status()
    assert console.settings() == console.settings_before
    assert console.raw().rindex(b"\x1b[?2004l") > console.raw().rindex(b"\x1b[?2004h")


def test_terminal_is_put_back_after_a_failed_call_and_quit(earshot, far):
    console = earshot.console("connect", "127.0.0.1", far.closed_port())
    console.wait_for("refused")
    console.line("/quit")
    console.status()
    assert console.settings() == console.settings_before


def test_suspended_console_gives_the_terminal_back_and_comes_again(earshot, far):
    console, end = talk(earshot, far)
    console.type("kept")
    console.wait_last(">>>:kept")
    console.signal(signal.SIGTSTP)
    wait_until(lambda: " icanon" in console.settings(), "the terminal put back", console.settings)
    console.signal(signal.SIGCONT)
    wait_until(lambda: "-icanon" in console.settings(), "the terminal taken", console.settings)
    console.line(" line")
    end.expect("kept line\n")


# --- history

def test_history_is_kept_between_runs(earshot, far):
    first = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(first.port())
    first.wait_for("is here")
    first.line("记住 me")
    end.expect("记住 me\n")
    first.line("/quit")
    end.close()
    assert first.status() == 0
    second = earshot.console("listen", "127.0.0.1", "0")
    second.wait_for(">>>:")
    second.keys("Up", "Up")
    second.wait_last(">>>:记住 me")


def test_history_file_that_cannot_be_written_is_said_and_nothing_else_suffers(earshot, far, tmp_path):
    (tmp_path / "file").write_text("in the way")
    console, end = talk(earshot, far, env={"XDG_STATE_HOME": str(tmp_path / "file")})
    console.line("works")
    end.expect("works\n")
    end.close()
    console.line("/quit")
    assert console.status() == 0
    # The console breaks what it says to the terminal's width, a long path among it.
    assert str(tmp_path / "file") in "".join(console.scrollback().split())


def test_history_file_that_is_garbage_does_no_harm(earshot, far, tmp_path):
    (tmp_path / "state" / "earshot").mkdir(parents=True)
    (tmp_path / "state" / "earshot" / "history").write_bytes(os.urandom(100_000))
    console, end = talk(earshot, far)
    console.keys("Up", "C-c")
    console.line("works")
    end.expect("works\n")


def test_only_its_owner_reads_the_history(earshot, far, tmp_path):
    console, end = talk(earshot, far)
    console.line("password")
    end.expect("password\n")
    end.close()
    console.line("/quit")
    console.status()
    assert (tmp_path / "state" / "earshot" / "history").stat().st_mode & 0o777 == 0o600
