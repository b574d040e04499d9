"""Words that make no sense on the command line: status 2, one line that names the word, nothing begun."""
import pytest

from waiting import wait_until


@pytest.mark.parametrize("words, named", [
    (["--encoding", "klingon"], "klingon"),
    (["--recv-encoding", ""], "--recv-encoding"),
    (["--frame", "sentence"], "sentence"),
    (["--frame", "telnet"], "telnet"),
    (["--frame", "delim:0"], "delim:0"),
    (["--frame", "delim:"], "delim"),
    (["--frame", "delim:xyz"], "xyz"),
    (["--frame", "fixed:0"], "fixed:0"),
    (["--frame", "fixed:99999999999999999999"], "fixed"),
    (["--frame", "length:u24"], "u24"),
    (["--frame", "length:u16be,offset=x"], "offset"),
    (["--frame", "idle:-5"], "idle"),
    (["--eol", "nl"], "nl"),
    (["--view", "braille"], "braille"),
    (["--time", "tea"], "tea"),
    (["--max-message", "lots"], "lots"),
    (["--max-clients", "-1"], "--max-clients"),
    (["--connect-timeout", "soon"], "soon"),
    (["--idle-timeout", "-1"], "--idle-timeout"),
    (["--tls-pin", "abc"], "abc"),
    (["--tls-verify", "perhaps"], "perhaps"),
    (["--allow", "300.1.2.3"], "300.1.2.3"),
    (["--deny", "10.0.0.0/40"], "10.0.0.0/40"),
    (["--detect", "utf-8,klingon"], "klingon"),
    (["--on-eof", "explode"], "explode"),
    (["--once", "--keep"], "--keep"),
    (["--config", "/nowhere/earshot.toml"], "/nowhere/earshot.toml"),
    (["--bogus"], "--bogus"),
    (["--encoding"], "--encoding"),
])
def test_senseless_option_of_listen_is_named(earshot, words, named):
    refused = earshot.run("listen", "127.0.0.1", "0", *words)
    assert refused.status() == 2
    assert named in refused.error() and len(refused.error().splitlines()) == 1
    assert refused.output() == b""


@pytest.mark.parametrize("words, named", [
    (["connect"], "HOST"),
    (["connect", "127.0.0.1"], "127.0.0.1"),
    (["connect", "127.0.0.1", "no-such-service"], "no-such-service"),
    (["connect", "127.0.0.1", "70000"], "70000"),
    (["connect", "127.0.0.1", "0"], "0"),
    (["connect", "udp://127.0.0.1:9"], "udp"),
    (["connect", "127.0.0.1", "9", "10"], "10"),
    (["listen", "70000"], "70000"),
    (["listen"], "PORT"),
    (["connect", "127.0.0.1", "9", "--max-clients", "3"], "--max-clients"),
    (["tap", "9000"], "two places"),
    (["tap", "9000", "localhost", "80"], "80"),
    (["tapdance"], "tapdance"),
])
def test_senseless_target_is_named(earshot, words, named):
    refused = earshot.run(*words)
    assert refused.status() == 2
    assert named in refused.error()


def test_no_words_at_all_show_the_usage(earshot):
    shown = earshot.run()
    assert shown.status() == 2
    assert "Usage:" in shown.error()


@pytest.mark.parametrize("line, named", [
    ("/hex 0 1 2zz", "2zz"),
    ("/hex 123", "123"),
    ("/hex 01 +crc99", "crc99"),
    ("/hex", "hex"),
    ("/encoding klingon", "klingon"),
    ("/frame sentence", "sentence"),
    ("/eol nl", "nl"),
    ("/dance", "/dance"),
    ("/to 7", "/to"),
    ("/file /nowhere/at/all", "/nowhere/at/all"),
    ("/every soon hello", "/every"),
    ("/view braille", "/view"),
])
def test_senseless_command_in_the_console_is_said_and_changes_nothing(earshot, far, line, named):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    console.wait_for("is here")
    console.line(line)
    wait_until(lambda: any(row.startswith("!! ") and named in row for row in console.lines()), f"{named} said",
               console.seen)
    console.line("still here")
    end.expect("still here\n")


@pytest.mark.parametrize("line", [
    b"not json", b'{"command":"dance"}', b'{"command":"send"}', b'{"command":"send","bytes":"***"}', b"[]", b"{}",
    b'{"command":"send","id":99,"text":"x"}', b'{"command":"send","id":"x","text":"x"}',
    b'{"command":"set-frame","frame":"x"}',
    b'{"command":"set-encoding","in":"klingon"}', b'{"command":"set-eol","eol":"x"}', b'{"command":"send","text":7}',
    b'\xff\xfe', b'{"command":"send","text":"\xff"}', b'{"command":"reconnect"}',
])
def test_senseless_json_command_is_answered_and_changes_nothing(earshot, far, line):
    listener = earshot.listen()
    end = far.call(listener.port)
    listener.wait("opened")
    listener.write(line + b"\n")
    listener.wait("error", reason="usage")
    listener.send("still here")
    end.expect("still here")


def test_answer_to_a_json_command_carries_its_ref(earshot, far):
    listener = earshot.listen()
    far.call(listener.port)
    listener.wait("opened")
    listener.send("six by", ref="a7")
    assert listener.wait("sent", ref="a7")["bytes"] == 6
    listener.send("x", id=9, ref="b")
    listener.wait("error", ref="b", reason="usage")
