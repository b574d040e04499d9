"""Whatever the standard streams are made of, the bytes are the same."""
import contextlib
import os
import random
import socket
import subprocess
import threading

import pytest

SIZE = 3_000_000
DATA = random.Random(1).randbytes(SIZE)


def transfer_in(earshot, far, words=(), **options):
    """What arrives of the program's stdin."""
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, *words, **options)
    end = server.accept()
    got = end.receive_to_end()
    end.close()
    assert program.status() == 0, program.seen()
    return got


def transfer_out(earshot, far, **options):
    """Sends DATA to the program's stdout."""
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, stdin=subprocess.DEVNULL, **options)
    end = server.accept()
    with contextlib.suppress(ConnectionError):  # a program that cannot write hangs up; the test asks what it then says
        end.send(DATA)
    end.close()
    return program


def test_stdin_is_a_file_read_in_part(earshot, far, tmp_path):
    (tmp_path / "file").write_bytes(DATA)
    with open(tmp_path / "file", "rb", buffering=0) as file:
        file.seek(1234)
        assert transfer_in(earshot, far, stdin=file) == DATA[1234:]


def test_stdin_is_an_empty_file(earshot, far, tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    with open(tmp_path / "empty", "rb") as file:
        assert transfer_in(earshot, far, stdin=file) == b""


def test_stdin_is_a_socket(earshot, far):
    ours, its = socket.socketpair()
    threading.Thread(target=lambda: (ours.sendall(DATA), ours.close()), daemon=True).start()
    assert transfer_in(earshot, far, stdin=its) == DATA


def test_stdin_is_a_fifo(earshot, far, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    writer = earshot.other("sh", "-c", f'cat > {tmp_path}/fifo', stdin=DATA)
    with open(tmp_path / "fifo", "rb") as fifo:
        assert transfer_in(earshot, far, stdin=fifo) == DATA
    assert writer.status() == 0


def test_stdin_is_a_nonblocking_pipe_shared_with_others(earshot, far):
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.write(writing, b"nonblocking")
    os.close(writing)
    with open(reading, "rb", buffering=0) as stdin:
        assert transfer_in(earshot, far, stdin=stdin) == b"nonblocking"


def test_flags_of_a_shared_pipe_are_left_as_they_were(earshot, far):
    reading, writing = os.pipe()
    server = far.server()
    with open(reading, "rb", buffering=0) as stdin:
        program = earshot.start("connect", "127.0.0.1", server.port, stdin=stdin)
        os.write(writing, b"x")
        end = server.accept()
        end.expect("x")
        assert os.get_blocking(reading), "a shell or another program reads this pipe too"
        os.close(writing)
        end.expect_end()
        end.close()
        assert program.status() == 0
        assert os.get_blocking(reading)


def test_stdin_is_a_directory(earshot, far, tmp_path):
    server = far.server()
    folder = os.open(tmp_path, os.O_RDONLY)
    program = earshot.start("connect", "127.0.0.1", server.port, stdin=folder)
    os.close(folder)
    assert program.status() == 1
    assert "directory" in program.error()


def test_stdout_is_a_file_written_from_the_middle(earshot, far, tmp_path):
    (tmp_path / "file").write_bytes(b"0123456789")
    with open(tmp_path / "file", "r+b", buffering=0) as file:
        file.seek(5)
        assert transfer_out(earshot, far, stdout=file).status() == 0
    assert (tmp_path / "file").read_bytes() == b"01234" + DATA


def test_stdout_is_a_socket(earshot, far):
    ours, its = socket.socketpair()
    program = transfer_out(earshot, far, stdout=its)
    its.close()
    got = bytearray()
    while more := ours.recv(1 << 20):
        got += more
    assert program.status() == 0
    assert bytes(got) == DATA


def test_stdout_is_the_null_device(earshot, far):
    assert transfer_out(earshot, far, stdout=subprocess.DEVNULL).status() == 0


def test_stdin_and_stdout_are_one_socket(earshot, far):
    # As under inetd: a conversation handed over.
    ours, its = socket.socketpair()
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, stdin=its, stdout=its)
    its.close()
    end = server.accept()
    ours.sendall(b"question")
    end.expect("question")
    end.send("answer")
    assert ours.recv(100) == b"answer"
    ours.shutdown(socket.SHUT_WR)
    end.expect_end()
    end.close()
    assert program.status() == 0


def test_file_size_limit_is_said_and_is_status_1(earshot, far, tmp_path):
    with open(tmp_path / "small", "wb") as small:
        program = transfer_out(earshot, far, stdout=small, wrap=("sh", "-c", 'ulimit -f 8; exec "$@"', "sh"))
        assert program.status() == 1, program.seen()
    assert "large" in program.error()


@pytest.mark.parametrize("words", [["--tls", "--tls-verify", "none"], ["--encoding", "utf-8"], ["--encoding",
                                                                                                "gb18030"]])
def test_bytes_are_the_same_by_every_way_through_the_program(earshot, tmp_path, words):
    chance = random.Random(7)
    text = "".join(chr(chance.choice([10, 65, 0x4E2D, 0x20AC, 0x1F600, chance.randrange(0x3400, 0x9FFF)]))
                   for _ in range(400_000)).encode()
    far_words = ["--tls"] if "--tls" in words else words
    listener = earshot.start("listen", "127.0.0.1:0", *far_words, stdin=text)
    caller = earshot.run("connect", "127.0.0.1", listener.listening_port(), *words, stdin=text)
    assert caller.status() == 0 and listener.status() == 0
    assert caller.output() == text and listener.output() == text


def test_text_on_the_wire_is_what_others_make_of_it(earshot, far):
    chance = random.Random(8)
    text = "".join(chr(chance.choice([10, 65, 0x4E2D, chance.randrange(0x4E00, 0x9FA5)])) for _ in range(500_000))
    got = transfer_in(earshot, far, words=["--encoding", "gbk"], stdin=text.encode())
    assert got == text.encode("gbk")
