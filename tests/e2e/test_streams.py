"""Standard streams and signals: what the program does when the ground it stands on goes."""
import os
import signal
import subprocess

import pytest



def without(stream):
    """Starts a program with this stream closed."""
    return ("sh", "-c", f'exec "$@" {stream}', "sh")


def test_closed_stdin_is_an_end_of_input(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, wrap=without("<&-"))
    end = server.accept()
    end.expect_end()
    end.send("answer")
    end.close()
    assert program.status() == 0
    assert program.output() == b"answer"


def test_closed_stdin_of_a_server_does_not_matter(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", wrap=without("<&- >&-"))
    end = far.call(server.listening_port())
    end.send("still")
    end.expect("still")


def test_closed_stdout_sends_no_peers_bytes_into_a_socket(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, stdin=b"ask", wrap=without(">&-"))
    end = server.accept()
    end.expect("ask")
    end.send("must go nowhere")
    end.finish()
    assert end.receive_to_end() == b""
    assert program.status() in (0, 1)


def test_closed_stderr_does_not_put_messages_into_a_socket(earshot, far):
    listener = earshot.json("listen", "127.0.0.1:0", wrap=without("2>&-"))
    end = far.call(listener.wait("listening")["port"])
    listener.wait("opened")
    listener.write(b"nonsense\n")
    listener.wait("error")
    listener.send("clean")
    end.expect("clean")


def test_reader_of_stdout_that_went_away_is_an_end_in_order(earshot, far):
    server = far.server()
    reading, writing = os.pipe()
    program = earshot.start("connect", "127.0.0.1", server.port, stdout=writing)
    os.close(writing)
    end = server.accept()
    os.close(reading)
    try:
        for _ in range(1000):
            end.send(b"x" * 4096)
    except ConnectionError:
        pass
    assert program.status() == 0
    assert program.error() == ""


def test_full_disk_is_said_and_is_status_1(earshot, far):
    server = far.server()
    with open("/dev/full", "wb") as full:
        program = earshot.start("connect", "127.0.0.1", server.port, stdout=full)
    end = server.accept()
    end.send("lost")
    assert program.status() == 1
    assert "No space" in program.error()


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_ends_a_pipe_with_the_status_of_that_signal(earshot, far, number, status):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port)
    server.accept().send("part")
    program.wait_out(b"part")
    program.signal(number)
    assert program.status() == status


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_tells_a_server_to_stop_and_it_says_goodbye(earshot, far, number):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "echo")
    end = far.call(server.listening_port())
    end.send("a")
    end.expect("a")
    server.signal(number)
    end.expect_end()
    end.close()
    assert server.status() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_a_json_listener_in_order(earshot, far, number):
    listener = earshot.listen()
    end = far.call(listener.port)
    listener.wait("opened")
    listener.signal(number)
    end.expect_end()
    end.close()
    listener.wait("closed")
    listener.wait("stopped")
    assert listener.status() == 0


def test_second_signal_does_not_wait_for_a_caller_who_stays(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "echo")
    end = far.call(server.listening_port())
    end.send("a")
    end.expect("a")
    server.signal(signal.SIGINT)
    end.expect_end()
    server.signal(signal.SIGINT)
    assert server.status() == 0
    with pytest.raises(ConnectionError):  # a reset: nobody is there to take anything
        while True:
            end.send("a")


def test_caller_who_stays_is_reset_after_the_grace(earshot, far):
    listener = earshot.listen()
    far.call(listener.port)
    listener.wait("opened")
    listener.give("quit")
    assert listener.status() == 0


def test_end_of_json_input_ends_nothing(earshot, far):
    listener = earshot.listen()
    listener.end_input()
    far.call(listener.port).send("still served")
    listener.wait_text("still served")


def test_json_commands_written_before_the_answer_are_carried_out(earshot, far):
    server = far.server()
    caller = earshot.json("connect", "127.0.0.1", server.port,
                          stdin=b'{"command":"send","text":"early"}\n{"command":"half-close"}')
    end = server.accept()
    assert end.receive_to_end() == b"early"
    end.close()
    assert caller.status() == 0


def test_reader_of_json_that_went_away_is_an_end_in_order(earshot, far):
    server = far.server()
    reading, writing = os.pipe()
    program = earshot.start("connect", "127.0.0.1", server.port, "--json", stdout=writing)
    os.close(writing)
    end = server.accept()
    os.close(reading)
    end.send("nobody hears")
    end.close()
    assert program.status() == 0


def test_file_to_file_is_the_same_file(earshot, tmp_path):
    data = os.urandom(1 << 20) * 32
    (tmp_path / "from").write_bytes(data)
    with open(tmp_path / "to", "wb") as to, open(tmp_path / "from", "rb") as given:
        listener = earshot.start("listen", "127.0.0.1:0", stdin=subprocess.DEVNULL, stdout=to)
        caller = earshot.start("connect", "127.0.0.1", listener.listening_port(), stdin=given)
        assert caller.status() == 0 and listener.status() == 0
    assert (tmp_path / "to").read_bytes() == data


def test_appended_file_keeps_what_it_had(earshot, far, tmp_path):
    (tmp_path / "log").write_bytes(b"before\n")
    with open(tmp_path / "log", "ab") as log:
        listener = earshot.start("listen", "127.0.0.1:0", stdin=subprocess.DEVNULL, stdout=log)
    end = far.call(listener.listening_port())
    end.send("after\n")
    end.close()
    assert listener.status() == 0
    assert (tmp_path / "log").read_bytes() == b"before\nafter\n"


def test_line_of_a_slow_writer_goes_at_once(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port)
    end = server.accept()
    for line in (b"one\n", b"two\n"):
        program.write(line)
        end.expect(line)
    end.send(b"three\n")
    program.wait_out(b"three\n")


def test_pipe_of_two_that_both_send_much_does_not_lock_up(earshot):
    listener = earshot.start("listen", "127.0.0.1:0", stdin=b"l" * (16 << 20))
    caller = earshot.run("connect", "127.0.0.1", listener.listening_port(), stdin=b"c" * (16 << 20))
    assert caller.output() == b"l" * (16 << 20)
    assert listener.status() == 0 and listener.output() == b"c" * (16 << 20)


def test_demo_shows_both_ends_and_ends_by_itself(earshot):
    shown = earshot.run("demo")
    assert shown.status() == 0 and shown.error() == ""
    assert "你好" in shown.output().decode() and "gbk" in shown.output().decode()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(earshot, shell):
    shown = earshot.run("completion", shell)
    assert shown.status() == 0 and b"recv-encoding" in shown.output()


@pytest.mark.parametrize("words", [["--version"], ["help"], ["encodings"], ["completion", "bash"]])
def test_answer_that_a_full_disk_does_not_take_is_a_failure_and_said(earshot, words):
    with open("/dev/full", "wb") as full:
        program = earshot.start(*words, stdout=full)
    assert program.status() == 1 and "cannot write to the standard output: No space left" in program.error()


@pytest.mark.parametrize("words", [["--version"], ["completion", "bash"]])
def test_answer_whose_reader_has_gone_is_no_failure(earshot, words):
    reading, writing = os.pipe()
    os.close(reading)
    program = earshot.start(*words, stdout=writing)
    os.close(writing)
    assert (program.status(), program.error()) == (0, "")


@pytest.mark.parametrize("words, wanted", [
    ([], b"a\nb\r\nc\xff"), (["-C"], b"a\r\nb\r\nc\xff"), (["--eol", "cr"], b"a\rb\rc\xff"),
    (["--eol", "none"], b"ab\rc\xff"), (["--eol", "lf"], b"a\nb\r\nc\xff")])
def test_line_ends_are_changed_where_the_command_line_says_so(earshot, far, words, wanted):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, *words, stdin=b"a\nb\r\nc\xff")
    end = server.accept()
    assert end.receive_to_end() == wanted
    end.close()
    assert program.status() == 0


def test_line_ends_are_changed_before_the_encoding_and_offsets_are_the_inputs(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, "-C", "--encoding", "gbk", stdin="字\n\n😀".encode())
    end = server.accept()
    assert end.receive_to_end() == "字\r\n\r\n".encode("gbk")
    end.close()
    assert program.status() == 1
    assert "offset 5 " in program.error()


def test_line_ends_of_a_configuration_file_leave_a_pipe_alone(earshot, far, tmp_path):
    (tmp_path / "earshot.toml").write_text('eol = "crlf"\n')
    server = far.server()
    earshot.start("connect", "127.0.0.1", server.port, "--config", tmp_path / "earshot.toml", stdin=b"a\n")
    assert server.accept().receive_to_end() == b"a\n"
