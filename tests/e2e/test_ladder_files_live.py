"""The files that --svg, --mermaid and --pcap name beside a conversation that is being held."""
import signal
import subprocess
import xml.etree.ElementTree

import pytest

from network import needs_packets

QUESTION, ANSWER = "你好，听得见吗？\n", "听得见，请讲。\n"


def talk(listener, end):
    """A question and its answer; gives the conversation's number."""
    end.send(QUESTION.encode("gbk"))
    number = listener.wait("message", direction="in")["id"]
    listener.send(ANSWER, id=number)
    end.receive_until(b"\n")
    return number


def end_in_order(listener, end, number):
    end.finish()
    listener.wait("half-closed", direction="in", id=number)
    listener.give("close", id=number)
    end.expect_end()
    end.close()


def titles(file):
    return [one.text for one in xml.etree.ElementTree.parse(file).iter("{http://www.w3.org/2000/svg}title")]


def comments(file):
    done = subprocess.run(["tshark", "-r", file, "-T", "fields", "-e", "frame.comment"], capture_output=True, text=True,
                          timeout=60, check=True)
    said = [line for line in done.stderr.splitlines() if "Running as user" not in line]
    assert not said, said
    return [line for line in done.stdout.splitlines() if line]


def test_each_conversation_has_its_picture_and_diagram(earshot, far, tmp_path):
    listener = earshot.listen("--encoding", "gbk", "--svg", tmp_path / "a.svg", "--mermaid", tmp_path / "b.c.md")
    for _ in range(3):
        end = far.call(listener.port)
        end_in_order(listener, end, talk(listener, end))
    listener.give("quit")
    assert listener.status() == 0
    assert sorted(path.name for path in tmp_path.glob("*.*")) == [
        "a-2.svg", "a-3.svg", "a.svg", "b.c-2.md", "b.c-3.md", "b.c.md"]
    for name in ("a.svg", "a-2.svg", "a-3.svg"):
        assert any("你好，听得见吗？" in title for title in titles(tmp_path / name))
    assert "听得见，请讲。" in (tmp_path / "b.c-2.md").read_text()


def test_pipe_reads_payloads_in_the_encoding_that_they_look_like(earshot, far, tmp_path):
    server = far.server()
    caller = earshot.start("connect", "--svg", tmp_path / "a.svg", "127.0.0.1", server.port, stdin=b"")
    end = server.accept()
    end.expect_end()
    end.send((QUESTION * 3).encode("gbk"))
    end.close()
    assert caller.status() == 0
    assert "你好，听得见吗？" in (tmp_path / "a.svg").read_text()


def test_capture_of_all_conversations_opens_in_wireshark_with_what_was_said(earshot, far, tmp_path):
    needs_packets()
    file = tmp_path / "a.pcapng"
    listener = earshot.listen("--encoding", "gbk", "--pcap", file)
    ends = [far.call(listener.port) for _ in range(2)]
    for end, number in [(end, talk(listener, end)) for end in ends]:
        end_in_order(listener, end, number)
    listener.give("quit")
    assert listener.status() == 0
    assert comments(file) == [QUESTION.replace("\n", "\\n"), ANSWER.replace("\n", "\\n")] * 2
    drawn = earshot.run("ladder", "--encoding", "gbk", "--stream", "1", file)
    assert "你好" in drawn.output().decode() and "TIME-WAIT" in drawn.output().decode()


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_files_are_written_when_a_pipe_is_interrupted(earshot, far, tmp_path, number, status):
    server = far.server()
    caller = earshot.start("connect", "--svg", tmp_path / "a.svg", "--mermaid", tmp_path / "a.md", "127.0.0.1",
                           server.port)
    end = server.accept()
    end.send("hello\n")
    caller.wait_out(b"hello\n")
    caller.signal(number)
    assert caller.status() == status
    assert titles(tmp_path / "a.svg") and "hello" in (tmp_path / "a.md").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_files_are_written_when_a_listener_is_told_to_end(earshot, far, tmp_path, number):
    files = [tmp_path / name for name in ("a.svg", "a.md", "a.pcapng")]
    listener = earshot.listen("--svg", files[0], "--mermaid", files[1], "--pcap", files[2])
    end = far.call(listener.port)
    end.send("hello\n")
    listener.wait("message", text="hello\n")
    listener.signal(number)
    end.expect_end()
    end.close()
    assert listener.status() == 0
    assert titles(files[0]) and "hello" in files[1].read_text()
    assert comments(files[2]) == ["hello\\n"]


def test_files_are_written_when_a_console_is_left(earshot, far, tmp_path):
    server = far.server()
    console = earshot.console("connect", "--svg", tmp_path / "a.svg", "127.0.0.1", server.port)
    end = server.accept()
    end.send("hello\n")
    console.wait_for("server: hello")
    console.keys("C-c", "C-c")
    assert console.status() == 130
    assert titles(tmp_path / "a.svg")


def test_call_that_nobody_answers_has_its_picture(earshot, far, tmp_path):
    caller = earshot.run("connect", "--svg", tmp_path / "a.svg", "127.0.0.1", far.closed_port())
    assert caller.status() == 1
    assert any("RST" in title for title in titles(tmp_path / "a.svg"))
    assert [path.name for path in tmp_path.glob("*.svg")] == ["a.svg"]


def test_address_that_was_tried_in_vain_does_not_take_the_name(earshot, far, tmp_path):
    server = far.server()  # on IPv4 only: localhost is tried as ::1 first
    caller = earshot.start("connect", "--svg", tmp_path / "a.svg", "localhost", server.port)
    end = server.accept()
    end.send("hello\n")
    caller.wait_out(b"hello\n")
    caller.end_input()
    end.expect_end()
    end.close()
    assert caller.status() == 0
    assert [path.name for path in tmp_path.glob("*.svg")] == ["a.svg"]
    assert any("hello" in title for title in titles(tmp_path / "a.svg"))


def test_every_call_again_has_its_picture(earshot, far, tmp_path):
    server = far.server()
    caller = earshot.json("connect", "127.0.0.1", server.port, "--retry", "0.05", "--svg", tmp_path / "a.svg")
    for line in ("first", "second"):
        end = server.accept()
        end.send(line)
        caller.wait_text(line)
        end.reset()
        caller.wait("closed")
    caller.give("quit")
    caller.status()
    assert "first" in (tmp_path / "a.svg").read_text() and "second" in (tmp_path / "a-2.svg").read_text()


@pytest.mark.parametrize("option", ["--svg", "--mermaid", "--pcap"])
def test_file_that_cannot_be_written_is_told_before_the_call(earshot, far, tmp_path, option):
    server = far.server()
    caller = earshot.run("connect", option, tmp_path / "nowhere" / "a", "127.0.0.1", server.port)
    assert caller.status() == 1
    assert "nowhere" in caller.error()


@pytest.mark.parametrize("verb", ["connect", "listen"])
def test_standard_output_is_the_conversations(earshot, verb):
    caller = earshot.run(verb, "--svg", "-", "127.0.0.1", "1")
    assert caller.status() == 2
    assert "--svg" in caller.error()


def test_demonstration_writes_what_it_showed(earshot, tmp_path):
    demo = earshot.run("demo", "--svg", tmp_path / "a.svg", "--mermaid", tmp_path / "a.md")
    assert demo.status() == 0
    assert any("听得见，请讲。" in title for title in titles(tmp_path / "a.svg"))
    assert "再见，常来！" in (tmp_path / "a.md").read_text()


def test_capture_without_privilege_is_not_written_and_it_is_said_why(earshot, nobody, far):
    server = far.server()
    folder = nobody.folder
    caller = nobody.start("connect", "--pcap", folder / "a.pcapng", "--svg", folder / "a.svg", "127.0.0.1", server.port)
    end = server.accept()
    caller.end_input()
    end.expect_end()
    end.close()
    assert caller.status() == 0
    assert "CAP_NET_RAW" in caller.error() and "make install" in caller.error()
    assert "a.pcapng is not written" in caller.error()
    assert not (folder / "a.pcapng").exists() and titles(folder / "a.svg")
