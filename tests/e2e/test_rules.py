"""A server that answers by the rules of a file: devices that register, are asked, keep time and call again."""
import signal

import pytest

DEVICES = r"""
[heartbeat]
every = "300ms"
missed = 2

[device]
replaced = "moved\n"

[[greet]]
answer = "who?\n"

[[rule]]
regex = '^REG (?P<name>[\w-]+)$'
register = "${name}"
answer = "ok ${device}\n"

[[rule]]
exact = "beat"
heartbeat = true
answer = "alive ${count}\n"

[[rule]]
regex = '^SET (\w+)=(\d+)$'
answer = "${1} is ${2}\n"
"""


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.toml"

    def write(text):
        path.write_text(text)
        return f"rules:{path}"
    return write


def served(earshot, *words):
    server = earshot.start("listen", "127.0.0.1:0", *words)
    return server, server.listening_port()


def test_greets_and_answers_with_what_a_regex_captured(earshot, far, rules):
    _, port = served(earshot, "--frame", "line", "--reply", rules(DEVICES))
    end = far.call(port)
    end.expect("who?\n")
    end.send("SET speed=12\r\nSET dir=3\nnothing\n")
    end.expect("speed is 12\ndir is 3\n")
    end.finish()
    end.expect_end()


def test_answers_modbus_with_its_checksum(earshot, far, rules):
    reply = rules('[[rule]]\nhex = "01 03 ?? (??) 00 01 *"\ncheck = "crc16modbus"\n'
                  'answer-hex = "01 03 02 00 ${1} ${crc16modbus}"\n')
    _, port = served(earshot, "--encoding", "bytes", "--reply", reply)
    end = far.call(port)
    end.send(bytes.fromhex("01 03 00 05 00 01 94 0b"))
    end.expect(bytes.fromhex("01 03 02 00 05 78 47"))
    end.send(bytes.fromhex("01 03 00 05 00 01 94 0c"))
    end.finish()
    end.expect_end()


def test_caller_whose_heartbeat_stops_is_given_up(earshot, far, rules):
    listener = earshot.listen("--frame", "line", "--reply", rules(DEVICES))
    end = far.call(listener.port)
    end.expect("who?\n")
    for number in (1, 2, 3):
        end.send("beat\n")
        end.expect(f"alive {number}\n")
    end.expect_end()
    end.close()
    assert "heartbeat" in listener.wait("closed", id=1, reason="timeout")["detail"]


def test_device_that_calls_again_has_its_name_and_the_older_call_ends(earshot, far, rules):
    listener = earshot.listen("--frame", "line", "--reply", rules(DEVICES.replace("300ms", "60s")))
    first, second = far.call(listener.port), far.call(listener.port)
    first.send("REG pump-7\n")
    first.expect("who?\nok pump-7\n")
    assert listener.wait("device", id=1, name="pump-7")["calls"] == 1
    second.send("REG pump-7\n")
    second.expect("who?\nok pump-7\n")
    assert listener.wait("device", id=2, name="pump-7", replaces=1)["calls"] == 2
    first.expect("moved\n")
    first.expect_end()
    first.close()
    listener.wait("closed", id=1)
    second.finish()
    listener.wait("closed", id=2)
    third = far.call(listener.port)
    third.send("REG pump-7\n")
    assert "replaces" not in listener.wait("device", id=3, name="pump-7", calls=3)


def test_hangup_reads_the_rules_again(earshot, far, rules):
    reply = rules('[[rule]]\nanswer = "old\\n"\n')
    server, port = served(earshot, "--reply", reply)
    end = far.call(port)
    end.send("x\n")
    end.expect("old\n")
    rules('[[rule]]\nanswer = "new\\n"\n')
    server.signal(signal.SIGHUP)
    server.wait_err("answering by rules:")
    end.send("x\n")
    end.expect("new\n")


def test_wrong_file_is_refused_with_its_line_and_the_rules_in_force_stay(earshot, far, rules, tmp_path):
    reply = rules('[[rule]]\nanswer = "old\\n"\n')
    server, port = served(earshot, "--reply", reply)
    rules('[[rule]]\nexact = "a"\nanswr = "b"\n')
    server.signal(signal.SIGHUP)
    server.wait_err(f"{tmp_path}/rules.toml:3:1: ")
    server.wait_err("answer")
    end = far.call(port)
    end.send("x\n")
    end.expect("old\n")
    refused = earshot.run("listen", "127.0.0.1:0", "--reply", reply)
    assert refused.status() == 2
    assert "rules.toml:3:1: " in refused.error()


def test_rules_can_be_changed_by_command(earshot, far, rules, tmp_path):
    listener = earshot.listen("--reply", rules('[[rule]]\nanswer = "old"\n'))
    other = tmp_path / "other.toml"
    other.write_text('[[rule]]\nanswer = "other"\n')
    end = far.call(listener.port)
    listener.give("reply", reply=f"rules:{other}", ref="1")
    listener.wait("sent", ref="1")
    assert listener.wait("reply")["reply"] == f"rules:{other}"
    end.send("x")
    end.expect("other")
    listener.give("reply", reply="rules:/nonexistent", ref="2")
    listener.wait("error", ref="2")
    end.send("x")
    end.expect("other")


def test_console_shows_the_device_and_reads_the_rules_again(earshot, far, rules):
    reply = rules(DEVICES.replace("300ms", "60s"))
    console = earshot.console("listen", "127.0.0.1", "0", "--reply", reply)
    console.wait_for(">>>:")
    end = far.call(console.port())
    end.send("REG pump-7\nhello\n")
    console.wait_for("client 1 (pump-7): hello")
    console.line("/reply")
    console.wait_for("answering by")


def test_a_slip_in_the_toml_is_explained_in_the_users_language_with_its_place(earshot, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text("[[rule]]\nexact = hello\nanswer = 'x'\n")
    for locale, said in (("C.UTF-8", "text has quotation marks around it"), ("zh_CN.UTF-8", "文本要加引号")):
        program = earshot.run("listen", "0", "--reply", f"rules:{rules}", env={"LC_ALL": locale, "LANGUAGE": ""})
        assert program.status() == 2
        assert f"{rules}:2:9: " in program.error() and said in program.error()
        assert "Error while parsing" not in program.error()
