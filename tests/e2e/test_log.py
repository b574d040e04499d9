"""--log: what happens in lines for a journal, never what is said unless asked for, and nobody waits for its reader."""
import json
import os
import re
import signal
import subprocess

import pytest

from program import BINARY
from waiting import wait_until

FIELD = re.compile(r'([a-z0-9_]+)=("(?:[^"\\]|\\.)*"|[^\s"=\\]+)(?: |$)')


def logfmt(line):
    """One line, read strictly."""
    fields, at = {}, 0
    while at < len(line):
        match = FIELD.match(line, at)
        assert match, f"no field: {line[at:]!r}"
        assert match[1] not in fields, line
        fields[match[1]] = json.loads(match[2]) if match[2].startswith('"') else match[2]
        at = match.end()
    return fields


def lines(program):
    return [logfmt(line) for line in program.error().split("\n")[:-1]]


def server(earshot, *more, reply="echo", **options):
    program = earshot.start("listen", "127.0.0.1:0", "--reply", reply, "--log", "logfmt", *more, **options)
    listening = the(program, event="listening")
    program.port = int(listening["port"])
    return program


def the(program, **wanted):
    """The first line with these fields, once it is there."""
    def found():
        return next((line for line in lines(program) if all(line.get(name) == value for name, value in wanted.items())), None)
    return wait_until(found, f"a line with {wanted}", program.seen)


def test_a_caller_is_told_of_from_his_coming_to_his_end(earshot, far):
    program = server(earshot)
    caller = far.call(program.port)
    caller.send("top secret")
    caller.expect("top secret")
    opened = the(program, event="opened", id="1")
    caller.close()
    closed = the(program, event="closed", id="1")
    assert opened["level"] == closed["level"] == "info"
    assert opened["peer"] == closed["peer"] and opened["peer"].startswith("127.0.0.1:")
    assert (closed["reason"], closed["received"], closed["sent"]) == ("closed", "10", "10")
    assert 0 <= float(closed["seconds"]) < 600
    program.signal(signal.SIGTERM)
    assert program.status() == 0
    assert lines(program)[-1]["event"] == "stopped"
    assert "secret" not in program.error() and program.output() == b""


def test_json_has_the_same_fields(earshot, far):
    program = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", "--log", "json")
    program.wait_err("listening")
    wait_until(lambda: program.error().endswith("\n"), "a line")
    caller = far.call(json.loads(program.error().split("\n")[0])["port"])
    caller.reset()
    program.wait_err('"event":"closed"')
    wait_until(lambda: program.error().endswith("\n"), "a line")
    told = [json.loads(line) for line in program.error().splitlines()]
    assert [line["event"] for line in told] == ["listening", "opened", "closed"]
    assert told[2]["reason"] == "reset" and told[2]["id"] == 1 and told[2]["message"]


def test_who_is_refused_and_what_is_wrong_stand_in_the_log_alone(earshot, far):
    program = server(earshot, "--max-clients", "1")
    far.call(program.port)
    the(program, event="opened")
    far.call(program.port)
    refused = the(program, event="error")
    assert refused["level"] == "warn" and refused["reason"] == "limit" and "127.0.0.1" in refused["message"]


def test_the_level_leaves_out_what_is_below_it(earshot, far, tmp_path):
    path = tmp_path / "door"
    program = earshot.start("listen", f"unix:{path}", "--reply", "echo", "--log", "logfmt", "--log-level", "warn",
                            "--max-clients", "1")
    wait_until(path.exists, "it listens", program.seen)
    present = far.call_unix(path)
    present.send("x")
    present.expect("x")
    far.call_unix(path)
    the(program, event="error", reason="limit")
    present.close()
    program.signal(signal.SIGTERM)
    assert program.status() == 0
    assert {line["level"] for line in lines(program)} == {"warn"}


def test_what_is_said_is_logged_for_who_asks(earshot, far):
    program = server(earshot, "--log-payload", "--encoding", "gbk", "--frame", "line")
    caller = far.call(program.port)
    caller.send("你好\n".encode("gbk"))
    line = the(program, event="message", direction="in")
    assert line["text"] == "你好" and line["bytes"] == "5" and line["id"] == "1"


NASTY = "a\r\nlevel=error event=forged id=9\n\x1b[2J\"} \\ \u202egnp\u0085x=\"y\n"


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_a_peer_cannot_write_a_line_of_his_own(earshot, far, form):
    program = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", "--log", form, "--log-payload", "--encoding",
                            "utf-8", "--log-level", "debug")
    wait_until(lambda: re.search(r'port["=:]+\d+', program.error()), "its port")
    caller = far.call(int(re.search(r'port["=:]+(\d+)', program.error())[1]))
    caller.send(NASTY)
    caller.send(b"\xff\xfe\n\x00")
    caller.expect(NASTY)
    caller.close()
    wait_until(lambda: re.search(r"closed.*\n", program.error()), "his end", program.seen)
    for line in program.error().split("\n")[:-1]:
        told = logfmt(line) if form == "logfmt" else json.loads(line)
        assert told["event"] in {"listening", "opened", "message", "half-closed", "closed", "encoding"}, line
        assert told["level"] in {"info", "debug"}
    assert not any(bad in program.error() for bad in "\x1b\r\x00\u0085\u202e")


def test_a_chatters_name_stays_a_name(earshot, far):
    program = server(earshot, "--log-level", "debug", reply="chat")
    caller = far.call(program.port)
    caller.send("/nick x=level=error\n/nick good\n")
    assert the(program, event="named", name="good")["id"] == "1"
    assert "error" not in {line["level"] for line in lines(program)}


def test_nobody_waits_for_who_does_not_read_the_log(far, tmp_path):
    read_end, write_end = os.pipe()
    program = subprocess.Popen(
        [BINARY, "listen", f"unix:{tmp_path}/s", "--reply", "echo", "--log", "logfmt", "--log-payload", "--frame", "line"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=write_end)
    os.close(write_end)
    try:
        caller = far.call_unix(tmp_path / "s")
        said = b"x" * 499 + b"\n"
        for _ in range(100):  # 50,000 lines of some 1,600 bytes: eighty times what is kept for the reader
            caller.send(said * 500)
            caller.expect(said * 500)
        heard = bytearray()
        while b"event=log-dropped" not in heard or not heard.endswith(b"\n"):
            piece = os.read(read_end, 1 << 16)
            assert piece
            heard += piece
            caller.send("a\n")  # a batch in which the log is looked at
            caller.expect("a\n")
        told = [logfmt(line) for line in heard.decode().split("\n")[:-1]]
        dropped = next(line for line in told if line["event"] == "log-dropped")
        assert int(dropped["lines"]) > 10_000 and dropped["level"] == "warn"
        program.send_signal(signal.SIGTERM)
        caller.close()
        while piece := os.read(read_end, 1 << 16):
            heard += piece
        assert program.wait(30) == 0
        messages = sum(line["event"] == "message" for line in (logfmt(line) for line in heard.decode().split("\n")[:-1]))
        assert messages + int(dropped["lines"]) >= 50_000
    finally:
        program.kill()
        program.wait()
        os.close(read_end)


def test_a_log_whose_reader_went_away_ends_nothing(far, tmp_path):
    read_end, write_end = os.pipe()
    os.close(read_end)
    program = subprocess.Popen(
        [BINARY, "listen", f"unix:{tmp_path}/s", "--reply", "echo", "--log", "json"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=write_end)
    os.close(write_end)
    try:
        for _ in range(3):
            caller = far.call_unix(tmp_path / "s")
            caller.send("still here")
            caller.expect("still here")
    finally:
        program.kill()
        program.wait()


def test_keep_and_json_log_beside_what_they_do(earshot, far):
    keep = earshot.start("listen", "127.0.0.1:0", "--keep", "--log", "logfmt")
    caller = far.call(int(the(keep, event="listening")["port"]))
    caller.send("bytes")
    keep.wait_out(b"bytes")
    caller.reset()
    the(keep, event="closed", reason="reset")
    events = earshot.json("listen", "127.0.0.1:0", "--log", "logfmt")
    port = events.wait("listening")["port"]
    far.call(port)
    the(events, event="opened")
    events.wait("opened")


def test_it_is_refused_where_it_would_be_lost(earshot):
    for words in (("listen", "0", "--log", "json"), ("connect", "localhost", "1", "--log", "json"),
                  ("listen", "0", "--keep", "--log-level", "warn"), ("listen", "0", "--keep", "--log", "xml"),
                  ("listen", "0", "--keep", "--log", "json", "--ladder")):
        program = earshot.run(*words)
        assert program.status() == 2 and program.error().startswith("earshot: "), words


def test_a_console_does_not_log_onto_itself(earshot):
    earshot.console("listen", "127.0.0.1:0", "--log", "logfmt").wait_for("2>FILE")


def test_hangup_says_which_lists_are_in_force(earshot, far, tmp_path):
    denied = tmp_path / "denied"
    denied.write_text("127.0.0.9\n")
    program = server(earshot, "--allow", "127.0.0.0/8,::1", "--deny", denied)
    denied.write_text("127.0.0.9\n127.0.0.10\n127.0.0.11\n")
    program.signal(signal.SIGHUP)
    told = the(program, event="access")
    assert told["level"] == "info"
    assert re.search(r"--allow \(entries: 2\).*--deny \(entries: 3\)", told["message"]), told
    denied.write_text("nonsense\n")
    program.signal(signal.SIGHUP)
    assert "nonsense" in the(program, event="error")["message"]
    assert sum(line["event"] == "access" for line in lines(program)) == 1


# --- under systemd

def journal_is(descriptor):
    """Starts a program with JOURNAL_STREAM as systemd sets it, where this descriptor is the journal's."""
    return ("sh", "-c", f'JOURNAL_STREAM=$(stat -Lc %d:%i /proc/$$/fd/{descriptor}) exec "$@"', "sh")


PRIORITIES = {"error": "<3>", "warn": "<4>", "info": "<6>", "debug": "<7>"}


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_journal_gets_the_priority_of_each_line(earshot, far, form):
    program = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", "--log", form, "--log-level", "debug",
                            "--max-clients", "1", wrap=journal_is(2))
    read = logfmt if form == "logfmt" else json.loads
    told = lambda: [(line[:3], read(line[3:])) for line in program.error().split("\n")[:-1]]
    port = int(wait_until(told, "a line", program.seen)[0][1]["port"])
    caller = far.call(port)
    wait_until(lambda: "opened" in [line["event"] for _, line in told()], "the caller", program.seen)
    far.call(port)
    wait_until(lambda: "error" in [line["event"] for _, line in told()], "the refusal", program.seen)
    caller.finish()
    wait_until(lambda: "closed" in [line["event"] for _, line in told()], "the end", program.seen)
    program.signal(signal.SIGTERM)
    assert program.status() == 0
    assert all(priority == PRIORITIES[line["level"]] for priority, line in told()), program.error()
    assert {"<4>", "<6>", "<7>"} == {priority for priority, _ in told()}


def test_lines_about_the_program_have_their_priority_too(earshot):
    program = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", "--metrics", "127.0.0.1:0", "--log", "logfmt",
                            wrap=journal_is(2))
    program.wait_err("event=metrics")
    program.signal(signal.SIGTERM)
    assert program.status() == 0
    assert all(line.startswith("<6>time=") for line in program.error().splitlines())


@pytest.mark.parametrize("journal", [journal_is(1), ("env", "JOURNAL_STREAM=1:1"), ("env", "-u", "JOURNAL_STREAM")],
                         ids=["another descriptor", "something else", "none"])
def test_nobody_but_the_journal_gets_priorities(earshot, journal):
    program = server(earshot, wrap=journal)
    program.signal(signal.SIGTERM)
    assert program.status() == 0
    assert [line["event"] for line in lines(program)] == ["listening", "stopped"]


def test_file_in_the_journals_place_is_told_by_its_inode(earshot, tmp_path):
    for name, begins in (("named", "<6>time="), ("other", "time=")):
        (tmp_path / name).touch()
        stat = os.stat(tmp_path / "named")
        program = earshot.other("sh", "-c", f'exec "$@" 2>{tmp_path / name}', "sh", BINARY, "listen", "127.0.0.1:0",
                                "--reply", "echo", "--log", "logfmt",
                                env={"JOURNAL_STREAM": f"{stat.st_dev}:{stat.st_ino}"})
        wait_until(lambda: (tmp_path / name).read_text().endswith("\n"), "a line")
        program.signal(signal.SIGTERM)
        assert program.status() == 0
        assert all(line.startswith(begins) for line in (tmp_path / name).read_text().splitlines())
