"""listen --reply exec:CMD: a program for each caller, as socat EXEC and ncat -e give one, without what fails there."""
import contextlib
import os
import pathlib
import random
import re
import signal
import socket
import time

import pytest

from far_end import careless_client, in_background
from waiting import wait_until

MANY = 8 << 20  # bytes of a bulk transfer


def children(pid):
    """Process ids of a program's children, those that nobody has waited for included."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_dead(*pids):
    wait_until(lambda: not any(is_alive(pid) for pid in pids), f"the end of {pids}")


@pytest.fixture
def serve(earshot, far):
    """A listener without anybody at a terminal."""
    def start(reply, *words, **options):
        program = earshot.start("listen", "127.0.0.1:0", "--reply", reply, *words, **options)
        program.port = program.listening_port()
        program.call = lambda: far.call(program.port)
        return program
    return start


@pytest.fixture
def serve_json(earshot, far):
    def start(reply, *words, **options):
        program = earshot.listen("--reply", reply, *words, **options)
        program.call = lambda: far.call(program.port)
        return program
    return start


def first_child(program):
    """It is started beside the loop, a little after its caller has come."""
    return wait_until(lambda: children(program.pid), "the program")[0]


def no_children(program):
    wait_until(lambda: not children(program.pid), "the last child's end", lambda: children(program.pid))


def test_caller_is_standard_input_and_output(serve):
    caller = serve("exec:cat").call()
    caller.send("hello\n")
    caller.expect("hello\n")
    caller.finish()
    caller.expect_end()


def test_bytes_pass_unchanged_both_ways_at_once(serve):
    caller = serve("exec:cat").call()
    data = random.Random(1).randbytes(MANY)
    in_background(lambda: (caller.send(data), caller.finish()))
    assert caller.receive_to_end() == data


def test_output_after_the_callers_fin_is_not_cut_off_however_late(serve):
    """socat ends a conversation 0.5 s after one side's end (-t)."""
    caller = serve("exec-shell:cat; sleep 1; echo late").call()
    caller.send("early\n")
    caller.finish()
    assert caller.receive_to_end() == b"early\nlate\n"


def test_exit_ends_the_conversation_after_all_its_output(serve):
    caller = serve("exec-shell:head -c 1000000 /dev/zero; exit 3").call()
    assert len(caller.receive_to_end()) == 1000000


def test_errors_without_end_of_what_a_program_left_behind_hold_nobody_up(serve):
    listening = serve("exec-shell:yes >&2 & echo $!; exit 0")
    for _ in range(2):
        caller = listening.call()
        left_behind = int(caller.receive_to_end())
        with contextlib.suppress(ProcessLookupError):
            os.kill(left_behind, signal.SIGKILL)


def test_exit_ends_the_conversation_also_where_something_it_started_holds_the_pipe(serve):
    caller = serve("exec-shell:sleep 20 & echo started").call()
    began = time.monotonic()
    assert caller.receive_to_end() == b"started\n"
    assert time.monotonic() - began < 15


def test_what_is_not_read_resets_nobody(serve):
    """A program that does not read its input: its output arrives all the same."""
    program = serve("exec:echo answer")
    for _ in range(20):
        caller = program.call()
        caller.send("question that nobody reads\n")
        assert caller.receive_to_end() == b"answer\n"
    no_children(program)


def test_closed_output_is_a_half_close_and_the_caller_is_still_heard(serve, tmp_path):
    heard = tmp_path / "heard"
    caller = serve(f"exec-shell:echo last; exec >&-; cat > {heard}").call()
    assert caller.receive_to_end() == b"last\n"
    caller.send("still here")
    caller.finish()
    wait_until(lambda: heard.exists() and heard.read_text() == "still here", "what was said afterwards")


def test_slow_caller_slows_the_program_and_memory_stays_small(serve):
    program = serve("exec:yes")
    caller = program.call()
    caller.receive(100)
    child = first_child(program)

    def output_so_far():
        return int(pathlib.Path(f"/proc/{child}/io").read_text().split("wchar: ")[1].split()[0])
    seen = [-1]

    def stands_still():
        before, seen[0] = seen[0], output_so_far()
        time.sleep(0.05)
        return seen[0] == output_so_far() == before
    wait_until(stands_still, "the program's standstill")
    assert program.holds_at_most(16 << 20)
    caller.receive(64 << 20)
    caller.close()
    wait_dead(child)


def test_slow_program_slows_the_caller_and_memory_stays_small(serve):
    program = serve("exec:sleep 600")
    caller = program.call()
    caller.socket.settimeout(1)
    with pytest.raises(TimeoutError):
        while True:
            caller.send(b"x" * (1 << 20))
    assert program.holds_at_most(16 << 20)


@pytest.mark.parametrize("how", ["reset", "close"])
def test_caller_who_leaves_ends_his_program_with_all_it_started(serve_json, how):
    program = serve_json("exec-shell:sleep 600 & echo $! $$; trap '' HUP; while :; do echo tick; sleep 0.05; done")
    caller = program.call()
    pids = [int(pid) for pid in caller.receive_until("\n").split(b"\n")[0].split()]
    assert all(map(is_alive, pids))
    getattr(caller, how)()
    wait_dead(*pids)
    no_children(program)
    program.wait("closed", id=1)


def test_quiet_program_is_ended_when_its_caller_resets(serve):
    program = serve("exec:sleep 600")
    caller = program.call()
    child = first_child(program)
    caller.reset()
    wait_dead(child)


def test_program_that_ignores_every_signal_is_killed_in_the_end(serve):
    program = serve("exec-shell:trap '' HUP TERM; echo ready; while :; do sleep 0.1; done")
    caller = program.call()
    caller.expect("ready\n")
    child = first_child(program)
    caller.reset()
    wait_dead(child)
    no_children(program)


def test_operator_ends_conversation_and_program(serve_json):
    program = serve_json("exec:cat")
    caller = program.call()
    program.wait("opened")
    child = first_child(program)
    program.give("reset", id=1)
    caller.expect_reset()
    wait_dead(child)


def test_standard_error_is_told_line_by_line_and_never_sent(serve_json):
    program = serve_json("exec-shell:echo one >&2; printf 'two\\033[2J\\nthree' >&2; echo out")
    caller = program.call()
    assert caller.receive_to_end() == b"out\n"
    program.wait("closed")
    assert [event["text"] for event in program.refresh() if event["event"] == "stderr"] == [
        "one", "two\\x1b[2J", "three"]


def test_standard_error_without_end_is_told_in_part_and_counted(serve_json):
    line = "x" * 100
    program = serve_json(f"exec-shell:yes {line} | head -n 10000 >&2")
    assert program.call().receive_to_end() == b""
    program.wait("closed")
    told = [event for event in program.refresh() if event["event"] == "stderr"]
    assert 1 < len(told) < 5000
    assert sum(len(event["text"]) + event.get("left_out", 0) for event in told) == 1000000


def test_standard_error_goes_to_the_servers_own(serve):
    program = serve("exec-shell:echo oops >&2")
    program.call().receive_to_end()
    program.wait_err("stderr: oops")


def test_how_a_program_ended_is_told(serve_json):
    program = serve_json("exec-shell:read x; exit $x")
    caller = program.call()
    caller.send("3\nnot read")
    caller.expect_end()
    caller.close()
    closed = program.wait("closed", id=1)
    assert closed["reason"] == "closed"
    assert closed["detail"] == "sh ended with status 3; sh did not read 8 bytes"
    caller = program.call()
    caller.send("0\n")
    caller.expect_end()
    caller.close()
    assert "detail" not in program.wait("closed", id=2)


def test_signal_that_ended_a_program_is_told(serve_json):
    program = serve_json("exec-shell:kill -SEGV $$")
    caller = program.call()
    caller.expect_end()
    caller.close()
    assert "signal 11" in program.wait("closed")["detail"]


def test_environment_says_who_calls(serve, earshot, far):
    program = serve("exec-shell:env | grep ^EARSHOT_ | sort", env={"EARSHOT_OLD": "x"})
    caller = program.call()
    host, port = caller.socket.getsockname()
    assert caller.receive_to_end().decode().splitlines() == [
        "EARSHOT_CONNECTION=1", "EARSHOT_LOCAL_ADDRESS=127.0.0.1", f"EARSHOT_LOCAL_PORT={program.port}",
        f"EARSHOT_PEER_ADDRESS={host}", f"EARSHOT_PEER_PORT={port}", "EARSHOT_PROTOCOL=tcp"]


def test_environment_says_what_tls_agreed_on(serve):
    program = serve("exec-shell:env | grep ^EARSHOT_TLS | sort", "--tls")
    caller = program.call().tls(careless_client())
    said = caller.receive_until("EARSHOT_TLS_CIPHER").decode()
    assert "EARSHOT_TLS=TLSv1.3\n" in said


def test_environment_of_a_unix_socket_has_no_port(earshot, far, tmp_path):
    path = tmp_path / "socket"
    program = earshot.start("listen", f"unix:{path}", "--reply", "exec-shell:env | grep ^EARSHOT_ | sort")
    program.wait_err("listening on")
    lines = far.call_unix(path).receive_to_end().decode().splitlines()
    assert f"EARSHOT_LOCAL_ADDRESS={path}" in lines and "EARSHOT_PROTOCOL=unix" in lines
    assert not any("PORT=" in line for line in lines)


def test_program_has_no_descriptor_of_ours_and_the_usual_limit(serve):
    program = serve("exec-shell:ls /proc/self/fd | tr '\\n' ' '; until test $(ulimit -Sn) = 77; do sleep 0.01; done; echo 77",
                    wrap=("sh", "-c", 'ulimit -Sn 77; exec "$@"', "sh"))
    others = [program.call() for _ in range(3)]
    for caller in others:
        said = caller.receive_to_end().decode().split()
        assert said[:5] == ["0", "1", "2", "3", "77"]  # 3 is the folder that ls reads


def test_words_are_a_shells_without_a_shell(serve):
    caller = serve("exec:printf '<%s>' 'a b' \"c\\\"\" d\\ e '$HOME' *").call()
    assert caller.receive_to_end() == b'<a b><c"><d e><$HOME><*>'


def test_shell_where_it_is_asked_for(serve):
    caller = serve("exec-shell:x=1; echo $((x + 1)) | tr 2 3").call()
    assert caller.receive_to_end() == b"3\n"


@pytest.mark.parametrize("command,said", [("exec:cat | tr a b", "exec-shell"), ("exec:no-such-program-here", "no-such"),
                                          ("exec:/etc/passwd", "/etc/passwd"), ("exec:'a", "quote"), ("exec: ", "empty"),
                                          ("exec:", "CMD"), ("exec", "CMD")])
def test_command_that_is_none_is_a_usage_error(earshot, command, said):
    program = earshot.run("listen", "127.0.0.1:0", "--reply", command)
    assert program.status() == 2
    assert said in program.error() and "listening" not in program.error()


def test_program_that_has_gone_resets_the_caller_and_says_why(serve, far, tmp_path):
    copy = tmp_path / "program"
    copy.write_bytes(pathlib.Path("/bin/cat").read_bytes())
    copy.chmod(0o755)
    program = serve(f"exec:{copy}")
    copy.unlink()
    far.call_and_be_reset(program.port)
    program.wait_err("cannot be started")


def test_more_than_max_processes_are_told_and_closed(serve):
    program = serve("exec:cat", "--max-processes", "2")
    served = [program.call() for _ in range(2)]
    for caller in served:
        caller.send("x")
        caller.expect("x")
    assert program.call().receive_to_end() == b"earshot: too many callers, try later\n"
    program.wait_err("--max-processes")
    served[0].finish()
    served[0].expect_end()
    wait_until(lambda: len(children(program.pid)) == 1, "one program less")
    caller = program.call()
    caller.send("y")
    caller.expect("y")
    assert len(children(program.pid)) == 2


def test_terminal_of_its_own(serve):
    caller = serve("exec-pty:sh -c 'tty; stty -echo; echo ready; read a; echo got $a; test -t 2 && echo all'").call()
    assert caller.receive_until("ready\r\n").startswith(b"/dev/pts/")
    caller.send("line\n")
    assert caller.receive_to_end() == b"got line\r\nall\r\n"


def test_control_c_reaches_what_runs_in_a_terminal(serve):
    caller = serve("exec-pty:sh -c 'trap \"echo caught; exit\" INT; echo ready; while :; do sleep 0.05; done'").call()
    caller.receive_until("ready")
    caller.send(b"\x03")
    assert b"caught\r\n" in caller.receive_to_end()


def test_callers_fin_is_the_end_of_input_of_a_terminal(serve):
    caller = serve("exec-pty:sh -c 'stty -echo; echo ready; cat; echo end'").call()
    caller.receive_until("ready\r\n")
    caller.send("text\n")
    caller.finish()
    assert caller.receive_to_end() == b"text\r\nend\r\n"


def test_much_output_of_a_terminal_arrives_whole(serve):
    for _ in range(5):
        caller = serve("exec-pty:seq 1 20000").call()
        assert caller.receive_to_end().decode().split() == [str(number) for number in range(1, 20001)]


def test_hundreds_of_callers_leave_no_zombie_no_descriptor_and_no_memory(serve):
    program = serve("exec:cat", "--max-processes", "0")

    def one(number):
        caller = program.call()
        caller.send(f"{number}\n")
        caller.expect(f"{number}\n")
        if number % 3 == 0:
            caller.reset()
        elif number % 3 == 1:
            caller.finish()
            caller.expect_end()
        caller.close()
    for number in range(30):
        one(number)
    no_children(program)
    before = program.descriptors()
    memory = program.memory()
    for number in range(300):
        one(number)
    no_children(program)
    wait_until(lambda: program.descriptors() == before, "the old number of descriptors", program.descriptors)
    assert program.holds_at_most(memory + (2 << 20))


def test_more_callers_than_descriptors_are_told_why(serve, far):
    program = serve("exec:cat", "--max-processes", "0", wrap=("sh", "-c", 'ulimit -n 40; exec "$@"', "sh"))
    callers = []
    for _ in range(12):
        try:
            callers.append(program.call())
        except OSError:
            pass
    # At the door, or where the last descriptors were enough for a caller and not for his program.
    wait_until(lambda: re.search("cannot be started|no descriptor is left", program.error()), "why", program.seen)
    for caller in callers:
        caller.close()
    no_children(program)

    def is_served():
        try:
            caller = program.call()
            caller.send("x")
            caller.expect("x")
            caller.close()
            return True
        except (OSError, AssertionError):
            return False
    wait_until(is_served, "service again", program.seen)


def test_end_of_the_program_ends_all_of_them(serve):
    program = serve("exec-shell:trap 'exit 0' TERM; echo $$; while :; do sleep 0.05; done")
    callers = [program.call() for _ in range(3)]
    pids = [int(caller.receive_until("\n")) for caller in callers]
    program.signal(signal.SIGTERM)
    for caller in callers:
        caller.receive_to_end()
        caller.close()
    assert program.status() == 0
    wait_dead(*pids)


def test_second_signal_ends_at_once_with_what_ignores_signals(serve):
    program = serve("exec-shell:trap '' TERM HUP; echo $$; while :; do sleep 0.05; done")
    caller = program.call()
    pid = int(caller.receive_until("\n"))
    program.signal(signal.SIGTERM)
    program.signal(signal.SIGTERM)
    assert program.status() in (0, 1)
    wait_dead(pid)


def test_once_ends_with_the_program(serve):
    program = serve("exec:cat", "--once")
    caller = program.call()
    caller.send("x")
    caller.finish()
    assert caller.receive_to_end() == b"x"
    assert program.status() == 0


def test_operator_at_the_console_sees_and_joins_in(earshot, far):
    console = earshot.console("listen", "127.0.0.1:0", "--reply", "exec-shell:while read x; do echo got $x; done; echo e >&2")
    caller = far.call(console.port())
    caller.send("hello\n")
    caller.expect("got hello\n")
    console.wait_for("client: hello")
    console.line("from the operator")
    caller.expect("from the operator\n")
    caller.send("again\n")
    caller.expect("got again\n")
    caller.finish()
    console.wait_for("stderr: e")
    console.wait_for("has left")


def test_terminal_of_the_operator_is_out_of_its_reach(earshot, far):
    """Neither can it read what he types nor does his Ctrl-C end it."""
    console = earshot.console("listen", "127.0.0.1:0", "--reply", "exec-shell:(echo x >/dev/tty) 2>&1; cat")
    caller = far.call(console.port())
    assert b"/dev/tty" in caller.receive_until("\n")
    console.keys("C-c")
    caller.send("still here\n")
    caller.expect("still here\n")


def test_message_framing_is_for_the_view_alone(serve_json):
    program = serve_json("exec:cat", "--frame", "line")
    caller = program.call()
    caller.send("half")
    caller.expect("half")
    caller.send(" a line\n")
    caller.expect(" a line\n")
    assert program.wait("message")["text"] == "half a line"
