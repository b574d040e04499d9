"""What keeps a listener from listening, and whom it turns away: each said in one line."""
import os
import shutil
import signal
import tempfile

import pytest

from program import BINARY, few_descriptors
from waiting import wait_until


def test_port_in_use_names_the_program_that_holds_it(earshot, far):
    holder = far.server()
    refused = earshot.run("listen", "127.0.0.1", holder.port)
    assert refused.status() == 1
    assert f"cannot listen on 127.0.0.1:{holder.port}: in use by python3 (pid {os.getpid()})" in refused.error()
    assert len(refused.error().splitlines()) == 1


def test_port_in_use_on_one_address_only_is_found_by_listen_on_all(earshot, far):
    holder = far.server()
    refused = earshot.run("listen", holder.port)
    assert refused.status() == 1
    assert "in use" in refused.error()


def test_port_in_use_is_an_event_with_its_reason(earshot, far):
    refused = earshot.json("listen", "127.0.0.1", far.server().port)
    refused.wait("error", reason="in-use")
    assert refused.status() == 1


def test_port_in_use_is_said_on_a_terminal_too(earshot, far):
    console = earshot.console("listen", "127.0.0.1", far.server().port)
    assert console.status() == 1
    assert "in use by python3" in console.scrollback()


def test_port_can_be_taken_again_right_after_a_conversation(earshot, far):
    first = earshot.listen()
    end = far.call(first.port)
    first.wait("opened")
    first.give("close")  # our FIN first: the connection stays in TIME-WAIT at this end
    end.expect_end()
    end.close()
    first.wait("closed")
    first.give("quit")
    assert first.status() == 0
    earshot.listen(at=f"127.0.0.1:{first.port}")


@pytest.fixture
def binary_for_all():
    """A copy that a user without privilege can run, wherever the checkout lies."""
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)
    yield shutil.copy(BINARY, folder)
    shutil.rmtree(folder)


def test_port_below_1024_without_privilege_says_so(earshot, network, binary_for_all):
    nobody = ("setpriv", "--reuid", 65534, "--regid", 65534, "--clear-groups", "--")
    refused = earshot.other(*network.words, *nobody, binary_for_all, "listen", "127.0.0.1", "80", stdin=b"")
    assert refused.status() == 1
    assert "127.0.0.1:80" in refused.error() and "privilege" in refused.error()


def test_address_of_another_machine_is_refused(earshot):
    refused = earshot.run("listen", "192.0.2.1", "0")
    assert refused.status() == 1
    assert "192.0.2.1" in refused.error()


def test_full_descriptor_table_refuses_new_callers_and_goes_on_serving(earshot, far):
    listener = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", wrap=few_descriptors(64))
    port = listener.listening_port()
    first = far.call(port)
    callers = [far.call(port) for _ in range(100)]
    listener.wait_err("no descriptor is left")
    first.send("still here")
    first.expect("still here")
    for caller in callers:
        caller.close()
    wait_until(lambda: listener.descriptors() < 20, "callers gone", listener.seen)
    late = far.call(port)
    late.send("anew")
    late.expect("anew")


def test_max_clients_turns_the_next_caller_away_and_serves_those_within(earshot, far):
    listener = earshot.listen("--max-clients", "2")
    inside = [far.call(listener.port) for _ in range(2)]
    listener.wait("opened", id=2)
    far.call(listener.port)
    listener.wait("error", reason="limit")
    inside[0].send("a")
    listener.wait_text("a", id=1)


def test_max_clients_has_room_again_when_one_leaves(earshot, far):
    listener = earshot.listen("--max-clients", "1", "--on-fin", "close")
    far.call(listener.port).close()
    listener.wait("closed", id=1)
    far.call(listener.port).send("b")
    listener.wait_text("b", id=2)


def test_burst_of_callers_is_counted_exactly(earshot, far):
    listener = earshot.listen("--max-clients", "10")
    for _ in range(50):
        far.call(listener.port)
    for _ in range(40):
        listener.wait("error", reason="limit")
    assert sum(event["event"] == "opened" for event in listener.refresh()) == 10


def test_once_takes_one_of_a_burst(earshot, far):
    listener = earshot.listen("--once")
    for _ in range(20):
        try:
            far.call(listener.port).send("x")
        except OSError:
            pass
    listener.wait_text("x")
    listener.give("reset")
    listener.status()
    assert sum(event["event"] == "opened" for event in listener.refresh()) == 1


def test_listener_on_the_ipv6_address_alone_takes_no_ipv4(earshot, far):
    listener = earshot.listen(at="[::1]:0")
    far.call(listener.port, "::1").send("six")
    listener.wait_text("six")
    with pytest.raises(ConnectionRefusedError):
        far.call(listener.port)


def test_denied_caller_is_turned_away_and_named(earshot, far):
    listener = earshot.listen("--deny", "127.0.0.1/32")
    far.call(listener.port)
    assert "127.0.0.1" in listener.wait("error", reason="denied")["message"]


def test_only_allowed_addresses_are_served(earshot, far):
    listener = earshot.listen("--allow", "127.0.0.2", at="0.0.0.0:0")
    far.call(listener.port, source=("127.0.0.3", 0))
    listener.wait("error", reason="denied")
    far.call(listener.port, source=("127.0.0.2", 0)).send("me")
    listener.wait_text("me", id=1)


def test_allow_rule_holds_for_ipv4_callers_of_a_dual_stack_listener(earshot, far):
    listener = earshot.listen("--allow", "127.0.0.2", at="0")
    far.call(listener.port)
    listener.wait("error", reason="denied")
    far.call(listener.port, source=("127.0.0.2", 0))
    listener.wait("opened")


def test_hangup_reloads_the_allow_file_of_a_server(earshot, far, tmp_path):
    allowed = tmp_path / "allowed"
    allowed.write_text("127.0.0.9\n")
    listener = earshot.listen("--allow", allowed, at="0.0.0.0:0")
    far.call(listener.port)
    listener.wait("error", reason="denied")
    allowed.write_text("127.0.0.0/8\n")
    listener.signal(signal.SIGHUP)
    # A signal tells nobody when it has been served: call until one is.
    wait_until(lambda: far.call(listener.port) and listener.take("opened"), "a caller served", listener.seen)


def test_hangup_with_a_broken_allow_file_keeps_the_old_rules(earshot, far, tmp_path):
    allowed = tmp_path / "allowed"
    allowed.write_text("127.0.0.1\n")
    listener = earshot.listen("--allow", allowed)
    allowed.write_text("127.0.0.300\n")
    listener.signal(signal.SIGHUP)
    assert str(allowed) in listener.wait("error")["message"]
    far.call(listener.port)
    listener.wait("opened")


def test_hangup_reloads_for_a_plain_echo_server_and_a_keep_pipe(earshot, far, tmp_path):
    for words in (["--reply", "echo"], ["--keep"]):
        denied = tmp_path / "denied"
        denied.write_text("")
        listener = earshot.start("listen", "127.0.0.1:0", "--deny", denied, *words)
        port = listener.listening_port()
        far.call(port).send("x")
        denied.write_text("127.0.0.1\n")
        listener.signal(signal.SIGHUP)
        wait_until(lambda: far.call(port) and "127.0.0.1" in listener.error().split("\n", 1)[1], "one denied",
                   listener.seen)


def test_once_serves_one_caller_and_ends(earshot, far):
    listener = earshot.listen("--once")
    end = far.call(listener.port)
    listener.wait("opened")
    with pytest.raises(ConnectionRefusedError):
        far.call(listener.port)
    end.close()
    listener.give("close")
    assert listener.status() == 0


def test_once_does_not_count_a_caller_who_is_denied(earshot, far):
    listener = earshot.listen("--once", "--deny", "127.0.0.7", at="0.0.0.0:0")
    far.call(listener.port, source=("127.0.0.7", 0))
    listener.wait("error", reason="denied")
    far.call(listener.port)
    listener.wait("opened", id=1)


def test_one_listener_takes_ipv4_and_ipv6_and_shows_ipv4_plain(earshot, far):
    listener = earshot.listen(at="0")
    four, six = far.call(listener.port), far.call(listener.port, "::1")
    peers = {listener.wait("opened")["peer"] for _ in range(2)}
    assert peers == {f"127.0.0.1:{four.socket.getsockname()[1]}", f"[::1]:{six.socket.getsockname()[1]}"}


def test_listener_works_on_a_machine_without_ipv6(earshot, network):
    network.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
    listener = earshot.start("listen", "0", "--reply", "echo", wrap=network.words)
    port = listener.listening_port()
    caller = earshot.start("connect", "localhost", port, stdin=b"four", wrap=network.words)
    assert caller.status() == 0
    assert caller.output() == b"four"


def test_unix_socket_path_is_gone_after_the_listener(earshot, far, tmp_path):
    path = tmp_path / "door"
    listener = earshot.listen(at=f"unix:{path}")
    far.call_unix(path).send("in")
    listener.wait_text("in")
    listener.give("quit")
    assert listener.status() == 0
    assert not path.exists()


def test_unix_socket_left_by_a_killed_listener_is_taken_over(earshot, far, tmp_path):
    path = tmp_path / "door"
    first = earshot.listen(at=f"unix:{path}")
    first.kill()
    assert path.exists()
    earshot.listen(at=f"unix:{path}")
    far.call_unix(path)


def test_unix_socket_of_a_living_listener_is_in_use(earshot, tmp_path):
    path = tmp_path / "door"
    earshot.listen(at=f"unix:{path}")
    second = earshot.json("listen", f"unix:{path}")
    second.wait("error", reason="in-use")
    assert second.status() == 1


def test_file_in_the_way_of_a_unix_socket_is_kept(earshot, tmp_path):
    path = tmp_path / "precious"
    path.write_text("mine")
    assert earshot.run("listen", f"unix:{path}").status() == 1
    assert path.read_text() == "mine"


def test_plain_server_says_who_missed_what(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "broadcast")
    port = server.listening_port()
    slow, loud = far.call(port), far.call(port)
    slow.send("here\n")
    loud.expect("here\n")
    for _ in range(600):  # 39 MB: more than the kernel and the mark take for a caller who does not read
        loud.send(b"x" * 65536)
    slow.socket.settimeout(0.05)

    def told_while_he_reads():
        try:
            slow.socket.recv(1 << 20)
        except TimeoutError:
            pass
        return "missed" in server.error()
    wait_until(told_while_he_reads, "what he missed", server.seen)
    server.wait_err("missed")
    name = "127.0.0.1:%d" % slow.socket.getsockname()[1]
    line = next(line for line in server.error().splitlines() if "missed" in line)
    assert name in line


def test_plain_server_hints_at_a_tls_caller_once(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "echo")
    end = far.call(server.listening_port())
    end.send(bytes.fromhex("16030100c8010000c40303") + bytes(192))
    server.wait_err("--tls")
    end.receive(203)  # and is answered all the same
    assert server.error().count("speaks TLS") == 1


def test_plain_server_says_once_who_was_turned_away(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", "--max-clients", "1")
    port = server.listening_port()
    end = far.call(port)
    end.send("x")
    end.expect("x")
    far.call(port).receive_to_end()
    server.wait_err("--max-clients")
    assert server.error().count("--max-clients") == 1


def test_plain_server_says_that_a_framing_is_lost(earshot, far):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "echo", "--frame", "length:u32be")
    end = far.call(server.listening_port())
    end.send(b"\xff\xff\xff\xff1234")
    server.wait_err("--frame")
