"""A terminal that is not UTF-8: the user's locale names another charset, generated on this machine or not."""
import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import termios

import pytest

from program import CHECKOUT
from waiting import PATIENCE, wait_until

CORPUS = CHECKOUT / "tests/corpus/ladder"


def read_until(terminal, wanted):
    seen = bytearray()
    while wanted not in seen:
        assert select.select([terminal], [], [], PATIENCE)[0], f"waited for {wanted!r}; seen {bytes(seen[-400:])!r}"
        seen += os.read(terminal, 1 << 16)
    return seen


def console_of(earshot, tmp_path, locale):
    terminal, inside = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env = {"XDG_STATE_HOME": str(tmp_path), "LC_ALL": locale, "LANGUAGE": ""}
    console = earshot.start("listen", "127.0.0.1", "0", stdin=inside, stdout=inside, start_new_session=True,
                            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), env=env)
    os.close(inside)
    return console, terminal


def test_terminal_of_a_gbk_locale_gets_gbk_and_types_it(earshot, far, tmp_path):
    console, terminal = console_of(earshot, tmp_path, "zh_CN.GBK")
    try:
        seen = read_until(terminal, b">>>:")
        wait_until(lambda: b"\n" in console.err.bytes, "where it listens", console.seen)
        said = bytes(console.err.bytes).decode("gbk")
        end = far.call(int(said.split("\n")[0].rsplit(":", 1)[1]))
        seen += read_until(terminal, b"127.0.0.1:%d" % end.socket.getsockname()[1])
        end.send("你好，世界\n")
        seen += read_until(terminal, "你好，世界".encode("gbk"))
        os.write(terminal, "中文\r".encode("gbk"))
        end.expect("中文\n")
        end.send("😀 done\n")
        seen += read_until(terminal, b"?? done")
        seen.decode("gbk")
        assert "客户端".encode("gbk") in seen and "客户端".encode() not in seen, bytes(seen)
    finally:
        os.close(terminal)


def test_help_is_written_in_the_charset_of_the_locale(earshot):
    program = earshot.run("--help", env={"LC_ALL": "zh_CN.GB18030", "LANGUAGE": ""})
    assert program.status() == 0
    assert "用法" in program.output().decode("gb18030")


def test_messages_with_the_systems_words_are_in_the_charset_of_a_generated_locale(earshot, tmp_path):
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-c", "-f", "GBK", "-i", "zh_CN", tmp_path / "zh_CN.GBK"], capture_output=True, timeout=PATIENCE)
    if not made or not (tmp_path / "zh_CN.GBK").exists():
        pytest.skip("needs localedef and its sources (package locales)")
    env = {"LC_ALL": "zh_CN.GBK", "LANGUAGE": "", "LOCPATH": str(tmp_path)}
    program = earshot.run("ladder", tmp_path / "none", env=env)
    assert program.status() == 1
    said = bytes(program.err.bytes).decode("gbk")
    assert "无法读取" in said and "\\x" not in said and "?" not in said


def test_demonstration_is_written_in_the_charset_of_the_locale(earshot):
    program = earshot.run("demo", env={"LC_ALL": "zh_CN.GBK", "LANGUAGE": ""})
    assert program.status() == 0
    assert "服务器的屏幕" in program.output().decode("gbk")


def on_a_terminal(earshot, *words, locale):
    """All that a program writes to a terminal, until it has ended."""
    terminal, inside = pty.openpty()
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        program = earshot.start(*words, stdout=inside, env={"LC_ALL": locale, "LANGUAGE": ""}, cwd=CORPUS)
        os.close(inside)
        seen = bytearray()
        while select.select([terminal], [], [], PATIENCE)[0]:
            try:
                seen += os.read(terminal, 1 << 16)
            except OSError:  # nobody has it open any more
                break
        assert program.status() == 0, program.seen()
        return bytes(seen).replace(b"\r\n", b"\n")
    finally:
        os.close(terminal)


@pytest.mark.parametrize("words", [("without_opening.pcap",), ("without_opening.pcap", "--explain"), ("streams.pcap",)])
def test_ladder_of_a_file_is_in_the_charset_of_the_terminal_and_utf8_in_a_pipe(earshot, words):
    piped = earshot.run("ladder", *words, env={"LC_ALL": "zh_CN.GBK", "LANGUAGE": ""}, cwd=CORPUS)
    assert piped.status() == 0
    text = piped.output().decode()
    assert not text.isascii()
    assert on_a_terminal(earshot, "ladder", *words, locale="zh_CN.GBK") == text.encode("gbk")
    assert on_a_terminal(earshot, "ladder", *words, locale="zh_CN.UTF-8") == text.encode()


def test_character_that_the_terminal_lacks_takes_its_columns(earshot):
    shown = on_a_terminal(earshot, "ladder", "without_opening.pcap", locale="en_US.ISO-8859-1").decode("latin-1")
    kept = (CORPUS / "without_opening.txt").read_text()
    assert shown == "".join(c if c.isascii() else "??" for c in kept)


@pytest.mark.parametrize("form", ["--json", "--svg=-", "--mermaid=-"])
def test_what_programs_read_is_utf8_on_a_terminal_too(earshot, form):
    shown = on_a_terminal(earshot, "ladder", "without_opening.pcap", form, locale="zh_CN.GBK")
    assert "你好" in shown.decode()
