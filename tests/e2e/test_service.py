"""As a service: systemd's protocol (readiness, watchdog, passed sockets), reload, and a restart that refuses nobody."""
import hashlib
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest

from program import BINARY, CHECKOUT
from waiting import PATIENCE, wait_until


class Manager:
    """What systemd listens on for a service."""

    def __init__(self, path):
        self.path, self.socket = str(path), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.settimeout(PATIENCE)
        self.sender = None

    def next(self, wanted=""):
        """The next message that has this line, as a dictionary; `sender` is whose it was."""
        while True:
            message, [(_, _, credentials)], _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(12))
            self.sender = struct.unpack("3i", credentials)[0]
            told = dict(line.split("=", 1) for line in message.decode().split("\n"))
            if not wanted or wanted in told:
                return told


@pytest.fixture
def manager(tmp_path):
    made = Manager(tmp_path / "notify")
    yield made
    made.socket.close()


class Passing:
    """Starts a program as systemd does: listening sockets from descriptor 3 on, and who is meant."""
    WORDS = ("sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh")

    def __init__(self, *sockets, names=None):
        self.env = {"LISTEN_FDS": str(len(sockets))}
        if names:
            self.env["LISTEN_FDNAMES"] = ":".join(names)
        self.sockets = sockets

    def start(self, earshot, *words, **options):
        def arrange():
            copies = [os.dup(one.fileno()) for one in self.sockets]
            high = [os.dup2(copy, 200 + number) for number, copy in enumerate(copies)]
            for number, copy in enumerate(high):
                os.dup2(copy, 3 + number)
        env = {**self.env, **options.pop("env", {})}
        return earshot.start(*words, wrap=self.WORDS, env=env, preexec_fn=arrange, close_fds=False, **options)


def listening(family=socket.AF_INET, address=("127.0.0.1", 0)):
    made = socket.socket(family)
    made.bind(address)
    made.listen()
    return made


def answers(far, port, word="hello"):
    caller = far.call(port)
    caller.send(word)
    caller.expect(word)
    return caller


# --- systemd


def test_systemd_hears_of_readiness_reload_and_the_end(earshot, far, manager):
    program = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", env={"NOTIFY_SOCKET": manager.path})
    told = manager.next()
    assert told["READY"] == "1" and "listening on 127.0.0.1:" in told["STATUS"]
    answers(far, int(told["STATUS"].rsplit(":", 1)[1])).close()
    before = time.clock_gettime(time.CLOCK_MONOTONIC)
    program.signal(signal.SIGHUP)
    told = manager.next()
    assert told["RELOADING"] == "1"
    assert before <= int(told["MONOTONIC_USEC"]) / 1e6 <= time.clock_gettime(time.CLOCK_MONOTONIC)
    assert manager.next()["READY"] == "1"
    program.signal(signal.SIGTERM)
    assert manager.next()["STOPPING"] == "1"
    assert program.status() == 0


def test_the_watchdog_hears_it_for_as_long_as_it_turns(earshot, manager):
    program = earshot.start("listen", "127.0.0.1:0", "--reply", "echo",
                            env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "200000"})
    for _ in range(3):
        assert manager.next("WATCHDOG") == {"WATCHDOG": "1"}
    program.signal(signal.SIGSTOP)
    manager.socket.settimeout(0.5)
    with pytest.raises(TimeoutError):
        while True:
            manager.next()
    program.signal(signal.SIGCONT)


def test_a_watchdog_of_somebody_else_is_not_its_own(earshot, manager):
    earshot.start("listen", "127.0.0.1:0", "--reply", "echo",
                  env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"})
    assert "READY" in manager.next()
    manager.socket.settimeout(0.2)
    with pytest.raises(TimeoutError):
        manager.next()


def test_a_manager_who_does_not_listen_delays_nobody(earshot, far, tmp_path):
    program = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", env={"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    answers(far, program.listening_port())


def test_threads_share_a_socket_that_is_passed(earshot, far):
    door = listening()
    program = Passing(door).start(earshot, "listen", "--json", "--reply", "echo", "--threads", "2")
    ends = []

    def served_by_both():
        ends.append(answers(far, door.getsockname()[1]))
        numbers = [int(number) for number in re.findall(rb'"event":"opened".*?"id":(\d+)', program.out.bytes)]
        return {number % 2 for number in numbers} == {0, 1}
    wait_until(served_by_both, "both threads to serve", program.seen)
    # So that even and odd numbers are of different threads.
    wait_until(lambda: len(os.listdir(f"/proc/{program.pid}/task")) == 2, "two threads", program.seen)


@pytest.mark.parametrize("more", [("--reply", "echo"), ("--json",), ("--keep",), ()])
def test_sockets_that_are_passed_need_no_target(earshot, far, more):
    door = listening()
    program = Passing(door).start(earshot, "listen", *more)
    caller = far.call(door.getsockname()[1])
    caller.send("hello\n")
    if more == ("--reply", "echo"):
        caller.expect("hello\n")
    elif more == ("--json",):
        program.wait_out(b'"message"')
    else:
        program.wait_out(b"hello\n")


def test_sockets_that_are_passed_hold_whatever_the_target_says(earshot, far):
    one, two = listening(), listening()
    program = Passing(one, two).start(earshot, "listen", "127.0.0.1:1", "--reply", "echo")
    for door in (one, two):
        answers(far, door.getsockname()[1])
    assert "listening on 127.0.0.1:1\n" not in program.error()


def test_a_passed_socket_speaks_tls(earshot, far, certs):
    from far_end import careless_client
    door = listening()
    Passing(door).start(earshot, "listen", "--reply", "echo", "--tls")
    caller = far.call(door.getsockname()[1]).tls(careless_client())
    caller.send("secret")
    caller.expect("secret")


def test_a_passed_unix_path_stays_its_makers(earshot, far, tmp_path):
    path = tmp_path / "door"
    door = listening(socket.AF_UNIX, str(path))
    program = Passing(door).start(earshot, "listen", "--reply", "echo")
    caller = far.call_unix(path)
    caller.send("x")
    caller.expect("x")
    caller.close()
    program.signal(signal.SIGTERM)
    assert program.status() == 0
    assert path.exists()


def test_the_socket_named_metrics_is_for_them(earshot, far):
    door, page = listening(), listening()
    Passing(door, page, names=("earshot.socket", "metrics")).start(
        earshot, "listen", "--reply", "echo", "--metrics", "1")
    answers(far, door.getsockname()[1])
    client = far.call(page.getsockname()[1])
    client.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
    client.receive_until("ok\n")


def test_sockets_for_another_process_are_left_alone(earshot):
    program = earshot.run("listen", "--reply", "echo", env={"LISTEN_PID": "1", "LISTEN_FDS": "1"})
    assert program.status() == 2


def test_what_is_no_listening_socket_is_named(earshot):
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    program = Passing(one).start(earshot, "listen", "--reply", "echo")
    assert program.status() == 2
    assert "descriptor 3" in program.error()


# --- reload and restart


def test_a_reload_drops_no_caller(earshot, far, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nexact = "a"\nanswer = "one\\n"\n')
    program = earshot.start("listen", "127.0.0.1:0", "--reply", f"rules:{rules}", "--frame", "line")
    port = program.listening_port()
    callers = [far.call(port) for _ in range(20)]
    for caller in callers:
        caller.send("a\n")
        caller.expect("one\n")
    rules.write_text('[[rule]]\nexact = "a"\nanswer = "two\\n"\n')
    program.signal(signal.SIGHUP)
    program.wait_err("answering by")
    for caller in callers:
        caller.send("a\n")
        caller.expect("two\n")


@pytest.mark.parametrize("options", [("--json",), ("--json", "--reply", "echo"), ("--json", "--reply", "echo", "--threads", "2")])
def test_one_whose_streams_are_its_own_is_not_started_anew_and_says_so(earshot, far, options):
    listener = earshot.listen(*options[1:])
    end = far.call(listener.port)
    listener.wait("opened")
    listener.signal(signal.SIGUSR2)
    assert "not started anew" in listener.wait("error")["message"]
    end.send("still here\n")
    listener.wait("message", text="still here\n")


def test_a_console_is_not_started_anew_and_says_so(earshot, far):
    console = earshot.console("listen", "127.0.0.1:0")
    end = far.call(console.port())
    console.wait_for("is here")
    console.signal(signal.SIGUSR2)
    console.wait_for("not started anew")
    end.send("still here\n")
    console.wait_for("still here")


def shown_by(far, port):
    """The conversation, and the SHA-256 of the certificate that it began with."""
    from far_end import careless_client
    caller = far.call(port).tls(careless_client())
    caller.send("x")
    caller.expect("x")
    return caller, hashlib.sha256(caller.socket.getpeercert(True)).hexdigest()


@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_reload_shows_the_certificate_that_is_there_now(earshot, far, certs, tmp_path, threads):
    pem, key = tmp_path / "cert.pem", tmp_path / "key.pem"

    def install(certificate):
        for source, target in ((certificate.pem, pem), (certificate.key, key)):
            shutil.copy(source, target)
    install(certs.good)
    program = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", "--threads", threads,
                            "--tls-cert", str(pem), "--tls-key", str(key), "--tls", "--log", "logfmt")
    port = int(wait_until(lambda: re.search(r" port=(\d+)\n", program.error()), "its port", program.seen)[1])
    present, pin = shown_by(far, port)
    assert pin == certs.good.pin
    # Half of a change: the key does not belong to the certificate.
    shutil.copy(certs.other.pem, pem)
    program.signal(signal.SIGHUP)
    program.wait_err("does not belong to the certificate")
    assert shown_by(far, port)[1] == certs.good.pin, "the one in force stays"
    install(certs.other)
    program.signal(signal.SIGHUP)
    program.wait_err(f"SHA-256 {certs.other.pin}")
    assert "event=certificate" in program.error()
    wait_until(lambda: {shown_by(far, port)[1] for _ in range(8)} == {certs.other.pin}, "it to be shown by all threads")
    present.send("still here")
    present.expect("still here")


def test_a_reload_keeps_a_certificate_made_for_the_run(earshot, far, tmp_path, manager):
    program = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", "--tls", env={"NOTIFY_SOCKET": manager.path})
    port = program.listening_port()
    _, before = shown_by(far, port)
    program.signal(signal.SIGHUP)
    manager.next("RELOADING")
    manager.next("READY")
    assert shown_by(far, port)[1] == before


class Restarted:
    """A server whose successors end with the test. Its log says who has taken over."""

    def __init__(self, earshot, *words, **options):
        self.program = earshot.start("listen", *words, "--log", "logfmt", **options)
        self.program.wait_err("event=listening")
        wait_until(lambda: "\n" in self.program.error(), "the whole line")
        found = re.search(r" port=(\d+)", self.program.error())
        self.port = int(found[1]) if found else None
        self.successors = []

    def restart(self, of=None):
        """Waits until another process has taken over; its number."""
        os.kill(of or self.program.pid, signal.SIGUSR2)
        told = wait_until(lambda: re.findall(r'message="process (\d+) takes the callers', self.program.error())
                          [len(self.successors):], "a successor", self.program.seen)
        self.successors.append(int(told[0]))
        return self.successors[-1]

    def left(self):
        """The status of the first one, whose streams its successors go on writing to."""
        wait_until(lambda: self.program.child.poll() is not None, "its end", self.program.seen)
        return self.program.child.returncode

    def end(self):
        for pid in self.successors:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


@pytest.fixture
def restarted(earshot):
    made = []

    def start(*words, **options):
        made.append(Restarted(earshot, *words, **options))
        return made[-1]
    yield start
    for one in made:
        one.end()


def has_ended(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("threads", ["1", "3"])
def test_a_restart_refuses_nobody_and_keeps_those_who_are_there(restarted, far, threads):
    server = restarted("127.0.0.1:0", "--reply", "echo", "--threads", threads)
    present = answers(far, server.port)
    wrong, calls, stop = [], [0], threading.Event()

    def keep_calling():
        while not stop.is_set():
            try:
                with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as caller:
                    caller.sendall(b"ping")
                    if caller.recv(4, socket.MSG_WAITALL) != b"ping":
                        wrong.append("an end")
                    calls[0] += 1
            except OSError as error:
                wrong.append(str(error))

    crowd = [threading.Thread(target=keep_calling) for _ in range(4)]
    for one in crowd:
        one.start()
    try:
        wait_until(lambda: calls[0] > 50, "callers")
        second = server.restart()
        during = calls[0]
        wait_until(lambda: calls[0] > during + 50, "callers after the first restart")
        server.restart(of=second)
        during = calls[0]
        wait_until(lambda: calls[0] > during + 50, "callers after the second restart")
    finally:
        stop.set()
        for one in crowd:
            one.join()
    assert not wrong, wrong[:5]
    present.send("still here")
    present.expect("still here")
    assert server.program.child.poll() is None
    present.close()
    assert server.left() == 0, "the old one ends with its last conversation"
    wait_until(lambda: has_ended(second), "the second one ends: it has nobody")
    answers(far, server.port)


def test_the_successor_may_have_more_threads_or_fewer(restarted, far, tmp_path):
    config = tmp_path / "earshot.toml"

    def say(threads):
        config.write_text(f'reply = "echo"\nthreads = {threads}\nmetrics = "0"\n')
    say(2)
    server = restarted("127.0.0.1:0", "--config", str(config))
    pid, present = None, []
    for threads in (4, 1, 2):
        present += [answers(far, server.port) for _ in range(10)]
        say(threads)
        pid = server.restart(of=pid)
        wait_until(lambda pid=pid: len(sockets_listened_on(pid, server.port)) >= min(2, threads), "its sockets")
        for _ in range(20):
            answers(far, server.port).close()
    for caller in present:
        caller.send("still here")
        caller.expect("still here")
        caller.close()
    assert server.left() == 0
    wait_until(lambda: has_ended(server.successors[0]) and has_ended(server.successors[1]), "those between")
    answers(far, server.port)


def sockets_listened_on(pid, port):
    """Of the sockets that listen at the port, those that the process has."""
    listened = set()
    for line in pathlib.Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]:
        words = line.split()
        if words[3] == "0A" and int(words[1].rsplit(":", 1)[1], 16) == port:
            listened.add(f"socket:[{words[9]}]")
    return listened & {os.readlink(each) for each in pathlib.Path(f"/proc/{pid}/fd").iterdir()}


def test_handshakes_under_way_are_finished_by_the_threads_of_the_old_one(restarted, far):
    from far_end import careless_client
    server = restarted("127.0.0.1:0", "--reply", "echo", "--tls", "--threads", "2")
    before = server.program.descriptors()
    plain = [far.call(server.port) for _ in range(8)]
    wait_until(lambda: server.program.descriptors() == before + 8, "them to be let in", server.program.seen)
    server.restart()
    callers = [one.tls(careless_client()) for one in plain[:4]]
    for one in plain[4:]:
        one.close()
    for caller in callers:
        caller.send("late")
        caller.expect("late")
        assert server.program.child.poll() is None
        caller.close()
    assert server.left() == 0


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_successor_has_the_same_figures_page_and_unix_path(restarted, far, tmp_path, threads):
    path = tmp_path / "door"
    server = restarted(f"unix:{path}", "--reply", "echo", "--metrics", "0", "--threads", threads)
    server.program.wait_err("/metrics")
    page = int(re.search(r"http://127\.0\.0\.1:(\d+)/", server.program.error())[1])
    successor = server.restart()
    assert server.left() == 0
    client = far.call(page)
    client.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
    client.receive_until("earshot_accepted_total 0\n")
    caller = far.call_unix(path)
    caller.send("x")
    caller.expect("x")
    caller.close()
    os.kill(successor, signal.SIGTERM)
    wait_until(lambda: has_ended(successor), "its end")
    assert not path.exists(), "whoever is last removes it"


def test_a_handshake_under_way_is_finished_by_the_old_one(restarted, far):
    from far_end import FarEnd, careless_client
    server = restarted("127.0.0.1:0", "--reply", "echo", "--tls")
    plain = far.call(server.port)
    answered = far.call(server.port).tls(careless_client())  # the one before has been accepted by now
    server.restart()
    caller = plain.tls(careless_client())
    caller.send("late")
    caller.expect("late")
    answered.close()
    assert server.program.child.poll() is None
    caller.close()
    assert server.left() == 0


def test_what_keeps_the_new_program_from_starting_is_told_and_the_old_one_goes_on(earshot, restarted, far, tmp_path):
    config = tmp_path / "earshot.toml"
    config.write_text('reply = "echo"\n')
    server = restarted("127.0.0.1:0", "--config", str(config))
    config.write_text("reply = 7\n")
    server.program.signal(signal.SIGUSR2)
    server.program.wait_err("does not take over, this one goes on")
    assert str(config) in server.program.error().split("does not take over", 1)[1]
    answers(far, server.port)
    config.write_text('reply = "echo"\n')
    server.restart()
    answers(far, server.port)


def test_a_program_that_is_gone_cannot_be_started_and_nothing_changes(restarted, far, tmp_path):
    copy = tmp_path / "earshot"
    shutil.copy(BINARY, copy)
    server = restarted("127.0.0.1:0", "--reply", "echo", wrap=("sh", "-c", f'shift; exec {copy} "$@"', "sh"))
    copy.unlink()
    server.program.signal(signal.SIGUSR2)
    server.program.wait_err("cannot be started anew")
    answers(far, server.port)
    copy.write_text("#!/bin/sh\nexit 3\n")
    copy.chmod(0o755)
    server.program.signal(signal.SIGUSR2)
    server.program.wait_err("it ended before it was ready")
    answers(far, server.port)


@pytest.mark.parametrize("threads", ["1", "2"])
def test_conversations_have_only_the_grace_that_is_given(restarted, far, threads):
    server = restarted("127.0.0.1:0", "--reply", "echo", "--restart-grace", "0.2", "--threads", threads)
    callers = [answers(far, server.port) for _ in range(8)]
    server.restart()
    for caller in callers:
        assert caller.receive_to_end() == b""
        caller.close()
    assert server.left() == 0


def test_systemd_learns_who_the_service_is_now(restarted, far, manager):
    server = restarted("127.0.0.1:0", "--reply", "echo",
                       env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"})
    caller = answers(far, server.port)
    successor = server.restart()
    assert manager.next("MAINPID") == {"MAINPID": str(successor), "WATCHDOG": "1"}
    assert manager.next() == {"WATCHDOG": "1"} and manager.sender == successor
    # It is not a child of the one it took over from, which systemd would not watch.
    stat = pathlib.Path(f"/proc/{successor}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    assert int(stat[1]) != server.program.pid
    os.kill(successor, signal.SIGTERM)
    assert manager.next("STOPPING")
    caller.close()
    assert server.left() == 0


def test_only_who_is_the_service_now_speaks_to_systemd(restarted, manager):
    # As NotifyAccess=main has it, which drops what another process says and complains of it.
    server = restarted("127.0.0.1:0", "--reply", "echo",
                       env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "200000"})
    main = server.program.pid
    for _ in range(5):
        successor = server.restart(of=main)
        while "MAINPID" not in (told := manager.next()):
            assert manager.sender == main, told
        assert manager.sender == main
        main = successor
    for _ in range(3):
        assert manager.next() == {"WATCHDOG": "1"} and manager.sender == main


def test_programs_of_the_successor_have_the_usual_limit_too(restarted, far):
    serves = 'exec-shell:for i in $(seq 500); do test $(ulimit -Sn) = 77 && break; sleep 0.01; done; ulimit -Sn'
    server = restarted("127.0.0.1:0", "--reply", serves, wrap=("sh", "-c", 'ulimit -Sn 77; exec "$@"', "sh"))
    pid = None
    for _ in range(2):
        assert far.call(server.port).receive_to_end() == b"77\n"
        pid = server.restart(of=pid)
    assert far.call(server.port).receive_to_end() == b"77\n"


def test_the_old_one_can_be_told_to_end(restarted, far):
    server = restarted("127.0.0.1:0", "--reply", "echo")
    caller = answers(far, server.port)
    server.restart()
    server.program.signal(signal.SIGUSR2)
    server.program.wait_err("not started anew")
    server.program.signal(signal.SIGTERM)
    assert caller.receive_to_end() == b""
    caller.close()
    assert server.left() == 0


# --- the units


needs_analysis = pytest.mark.skipif(not shutil.which("systemd-analyze"),
                                    reason="needs systemd-analyze (package systemd)")


def installed(unit, folder):
    """The unit in the folder, for a program that is there."""
    if unit.endswith(".socket"):
        return shutil.copy(CHECKOUT / "systemd" / unit, folder)
    text = (CHECKOUT / "systemd" / (unit + ".in")).read_text()
    path = folder / unit.replace("@.", "@one.")
    path.write_text(text.replace("@CMAKE_INSTALL_FULL_BINDIR@", str(pathlib.Path(BINARY).resolve().parent)))
    return path


@needs_analysis
def test_systemd_knows_all_that_the_units_say(tmp_path):
    units = [installed(unit, tmp_path) for unit in ("earshot.service", "earshot@.service", "earshot.socket")]
    read = subprocess.run(["systemd-analyze", "verify", "--man=no", *map(str, units)],
                          capture_output=True, text=True, timeout=PATIENCE)
    assert read.returncode == 0 and "earshot" not in read.stderr, read.stderr


@needs_analysis
@pytest.mark.parametrize("unit", ["earshot.service", "earshot@.service"])
def test_the_unit_exposes_little(unit, tmp_path):
    path = installed(unit, tmp_path)
    judged = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", str(path)],
                            capture_output=True, text=True, timeout=PATIENCE)
    assert judged.returncode == 0, judged.stdout[-2000:] + judged.stderr
    assert float(re.search(r"Overall exposure level for \S+: ([\d.]+)", judged.stdout)[1]) <= 1.5
