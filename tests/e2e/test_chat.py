"""--reply chat, as its callers and its operator meet it."""
import signal
import subprocess

import pytest

from waiting import PATIENCE

BEIJING = "大家好，我是北京来的小明"


class Guest:
    """A plain socket in a chat; knows the encoding it speaks."""

    def __init__(self, end, encoding="utf-8"):
        self.end, self.encoding, self.heard = end, encoding, b""
        self.hears("-- in lobby")
        self.hears("\n")

    def says(self, line, eol="\n"):
        self.end.send((line + eol).encode(self.encoding))

    def hears(self, wanted):
        """What has come since, up to `wanted` and with it."""
        wanted = wanted.encode(self.encoding)
        while wanted not in self.heard:
            try:
                more = self.end.socket.recv(1 << 16)
            except TimeoutError:
                raise AssertionError(f"waited for {wanted!r}; heard {self.heard[-400:]!r}") from None
            assert more, f"the stream ended after {self.heard[-400:]!r}, before {wanted!r}"
            self.heard += more
        at = self.heard.index(wanted) + len(wanted)
        said, self.heard = self.heard[:at], self.heard[at:]
        return said.decode(self.encoding)


@pytest.fixture
def hall(earshot, far):
    """A headless chat server; a call gives a guest who is in."""
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "chat")
    server.port = server.listening_port()

    def come(encoding="utf-8"):
        return Guest(far.call(server.port), encoding)

    come.server = server
    return come


def test_gives_a_line_to_everybody_but_the_sender_once(hall):
    ann, bob, carl = hall(), hall(), hall()
    ann.says("/nick ann")
    bob.hears("-- guest1 is called ann now\n")
    carl.hears("-- guest1 is called ann now\n")
    ann.says("one")
    ann.says("two")
    carl.hears("ann: two\n")
    carl.says("three")
    assert bob.hears("three\n") == "ann: one\nann: two\nguest3: three\n"
    assert "one" not in ann.hears("guest3: three\n")


def test_lets_a_gbk_caller_and_a_utf_8_caller_talk(hall):
    old, new = hall("gbk"), hall()
    old.says(BEIJING)
    new.hears(f"guest1: {BEIJING}\n")
    new.says("/nick 李华")
    old.hears("-- guest2 is called 李华 now\n")
    new.says("欢迎你")
    assert old.hears("欢迎你\n") == "李华: 欢迎你\n"


def test_shows_a_character_that_an_encoding_lacks_by_its_code_and_says_so(hall):
    old, new = hall("gbk"), hall()
    old.says(BEIJING)
    new.hears("\n")
    new.says("好😀!")
    old.hears("guest2: 好\\u{1f600}!\n")
    hall.server.wait_err("gbk cannot carry “😀” (U+1F600)")


def test_takes_crlf_and_partial_lines_and_the_last_one_without_its_end(hall):
    ann, bob = hall(), hall()
    ann.end.send_apart(b"hel", b"lo\r", b"\nbye")
    ann.end.finish()
    assert bob.hears("bye\n") == "guest1: hello\nguest1: bye\n"


def test_has_each_name_once_whatever_its_case(hall):
    ann, bob = hall(), hall()
    ann.says("/nick Ann")
    ann.hears("you are Ann now\n")
    for name in ("ann", "ＡＮＮ", "аnn"):
        bob.says("/nick " + name)
        bob.hears(f"-- {name} is somebody else's name, or looks like it\n")
    bob.says("/nick a\x1b[31mb")
    assert "\x1b" not in bob.hears("-- a name has letters, digits, . _ and - only\n")


def test_keeps_rooms_and_private_lines_to_those_they_are_for(hall):
    ann, bob, carl = hall(), hall(), hall()
    ann.says("/join tea")
    ann.hears("-- in tea: guest1\n")
    bob.says("in the lobby")
    carl.hears("guest2: in the lobby\n")
    carl.says("/msg guest1 psst")
    assert ann.hears("psst\n") == "[guest3] psst\n"
    carl.says("/me waves")
    assert bob.hears("waves\n").endswith("-- guest1 has gone to another room\n* guest3 waves\n")
    bob.says("/rooms")
    bob.hears("-- rooms: lobby (2), tea (1)\n")


def test_tells_at_once_of_one_whose_program_is_killed(hall, earshot):
    ann = hall()
    doomed = subprocess.Popen(["nc", "127.0.0.1", str(hall.server.port)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    try:
        ann.hears("-- guest2 is here\n")
        doomed.stdin.write(b"hi\n")
        doomed.stdin.flush()
        ann.hears("guest2: hi\n")
        doomed.send_signal(signal.SIGKILL)
        ann.hears("-- guest2 has left\n")
    finally:
        doomed.kill()
        doomed.wait(PATIENCE)


def test_serves_nc_whole(hall, earshot):
    ann = hall()
    nc = earshot.other("nc", "-N", "127.0.0.1", str(hall.server.port), stdin=b"/nick nat\nhello\n/who\n/quit\n")
    assert nc.status() == 0
    assert "-- in lobby: guest1, nat\n" in nc.output().decode()
    ann.hears("nat: hello\n")
    ann.hears("-- nat has left\n")


def test_leaves_out_what_telnet_says_of_itself(hall):
    ann, bob = hall(), hall()
    ann.end.send(b"\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1fhello\r\n")
    assert bob.hears("\n") == "guest1: hello\n"


def test_lets_nothing_through_that_steers_a_terminal(hall):
    ann, bob = hall(), hall()
    ann.says("\x1b]0;owned\x07\u202ex\rguest9: forged\x0bline")
    assert bob.hears("line\n") == \
        "guest1: \\x1b]0;owned\\x07\\u{202e}x\\x0dguest9: forged\\x0bline\n"


def test_says_nothing_to_one_who_quits_and_sends_his_end(hall):
    ann, bob = hall(), hall()
    ann.says("/quit")
    ann.says("more")
    bob.hears("-- guest1 has left\n")
    ann.hears("-- goodbye\n")
    ann.end.expect_end()
    bob.says("/who")
    bob.hears("-- in lobby: guest2\n")


def test_name_of_one_who_left_is_not_given_to_the_next(hall):
    ann, bob = hall(), hall()
    bob.end.close()
    ann.hears("-- guest2 has left\n")
    hall()
    ann.hears("-- guest3 is here\n")


def test_many_leave_at_once(hall):
    stay = hall()
    others = [hall() for _ in range(50)]
    for other in others:
        other.end.reset()
    for _ in others:
        stay.hears("has left\n")


def test_the_operator_sees_and_speaks(earshot, far):
    console = earshot.console("listen", "127.0.0.1:0", "--reply", "chat")
    port = console.port()
    old, new = Guest(far.call(port), "gbk"), Guest(far.call(port))
    old.says(BEIJING)
    console.wait_line(f"guest1: {BEIJING}")
    new.says("/nick 李华")
    console.wait_line("-- client 2 (guest2) is called 李华 now")
    new.says("/join tea")
    new.says("茶好")
    console.wait_line("李华 (tea): 茶好")
    console.line("欢迎")
    old.hears("server: 欢迎\n")
    new.hears("server: 欢迎\n")
    console.line("/to 1")
    console.line("只给你")
    old.hears("[server] 只给你\n")
    new.says("/quit")
    new.end.finish()
    console.wait_for("-- client 2 (李华) has left: closed")


def test_json_tells_names_and_speaks(earshot, far):
    server = earshot.listen("--reply", "chat")
    ann = Guest(far.call(server.port))
    assert server.wait("named")["name"] == "guest1"
    ann.says("/nick ann")
    assert server.wait("named")["name"] == "ann"
    ann.says("hello")
    server.wait("message", text="hello")
    server.give("send", id="all", text="hi", ref="a")
    ann.hears("server: hi\n")
