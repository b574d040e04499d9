"""A call that cannot be made: who was called, at which addresses, and why not."""
import pathlib
import signal
import socket
import sys
import time

import pytest

from program import BINARY
from waiting import wait_until


def silence(network, port):
    """Packets to this port vanish, as on a host behind a firewall."""
    network.run("nft", "add table inet own")
    network.run("nft", "add chain inet own in { type filter hook input priority 0 ; }")
    network.run("nft", f"add rule inet own in tcp dport {port} drop")


def test_refused_call_names_the_address_and_the_reason(earshot, far):
    port = far.closed_port()
    call = earshot.run("connect", "127.0.0.1", port)
    assert call.status() == 1
    assert f"127.0.0.1:{port}" in call.error() and "refused" in call.error()
    assert len(call.error().splitlines()) == 1


def test_refused_call_is_an_event_with_its_reason(earshot, far):
    call = earshot.json("connect", "127.0.0.1", far.closed_port())
    call.wait("closed", reason="refused")
    assert call.status() == 1


def test_refused_call_in_the_console_offers_another(earshot, far):
    console = earshot.console("connect", "127.0.0.1", far.closed_port())
    console.wait_for("refused")
    console.wait_for("/reconnect")


def test_reconnect_in_the_console_calls_again(earshot, far):
    server = far.server()
    console = earshot.console("connect", "127.0.0.1", server.port)
    server.accept().close()
    console.wait_for("has finished sending")
    console.line("/close")
    console.wait_for("/reconnect")
    console.line("/reconnect")
    server.accept().send("again\n")
    console.wait_line("server: again")


def test_unknown_host_is_named(earshot):
    call = earshot.run("connect", "no-such-host.invalid", "9")
    assert call.status() == 1
    assert "no-such-host.invalid" in call.error()


def test_unknown_host_without_a_network_does_not_hang(earshot, network):
    call = earshot.json("connect", "no-such-host.invalid", "9", wrap=network.words)
    assert "no-such-host.invalid" in call.wait("closed", reason="unknown-host")["detail"]
    assert call.status() == 1


def test_network_that_cannot_be_reached(earshot, network):
    call = earshot.json("connect", "10.1.2.3", "9", wrap=network.words)
    assert "10.1.2.3" in call.wait("closed", reason="unreachable")["detail"]
    assert call.status() == 1


def test_host_that_cannot_be_reached(earshot, network):
    network.run("ip", "route", "add", "unreachable", "10.9.0.0/16")
    call = earshot.json("connect", "10.9.0.1", "9", wrap=network.words)
    call.wait("closed", reason="unreachable")
    assert call.status() == 1


def test_silent_host_times_out_after_the_seconds_given(earshot, network):
    silence(network, 9)
    before = time.monotonic()
    call = earshot.json("connect", "127.0.0.1", "9", "--connect-timeout", "0.3", wrap=network.words)
    assert "127.0.0.1:9" in call.wait("closed", reason="timeout")["detail"]
    assert call.status() == 1
    assert time.monotonic() - before >= 0.3


def test_every_address_of_a_name_is_in_the_error(earshot, far, network):
    call = earshot.run("connect", "localhost", "9", wrap=network.words)
    assert call.status() == 1
    assert "127.0.0.1" in call.error()


def test_name_with_a_silent_address_reaches_the_other_one(earshot, network, tmp_path):
    # localhost is ::1 and 127.0.0.1; the first does not answer.
    network.run("nft", "add table ip6 own")
    network.run("nft", "add chain ip6 own in { type filter hook input priority 0 ; }")
    network.run("nft", "add rule ip6 own in tcp dport 9 drop")
    hosts = tmp_path / "hosts"
    hosts.write_text("::1 both\n127.0.0.1 both\n")
    with_hosts = (*network.words, "unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts)
    listener = earshot.start("listen", "127.0.0.1:9", "--reply", "echo", wrap=network.words)
    listener.wait_err("listening on")
    call = earshot.run("connect", "both", "9", stdin=b"four", wrap=with_hosts)
    assert call.status() == 0
    assert call.output() == b"four"


def test_call_goes_out_from_the_source_address_and_port(earshot, far):
    server = far.server()
    port = far.closed_port()
    earshot.json("connect", "127.0.0.1", server.port, "--source", "127.0.0.5")
    assert server.socket.accept()[1][0] == "127.0.0.5"
    with socket.socket() as probe:
        probe.bind(("127.0.0.5", 0))
        port = probe.getsockname()[1]
    earshot.json("connect", "127.0.0.1", server.port, "--source", f"127.0.0.5:{port}")
    assert server.socket.accept()[1] == ("127.0.0.5", port)


def test_source_port_that_is_taken_is_said_with_its_option(earshot, far):
    taken = far.server().port
    call = earshot.run("connect", "127.0.0.1", far.server().port, "--source", f"127.0.0.1:{taken}")
    assert call.status() == 1
    assert f"cannot call from 127.0.0.1:{taken} (--source): " in call.error()


def test_source_address_of_another_machine_is_refused(earshot, far):
    call = earshot.run("connect", "127.0.0.1", far.server().port, "--source", "192.0.2.1")
    assert call.status() == 1
    assert "192.0.2.1" in call.error()


def test_retry_calls_until_somebody_answers(earshot, far):
    holder = far.closed_port()
    call = earshot.json("connect", "127.0.0.1", holder, "--retry", "0.05")
    call.wait("closed", reason="refused")
    call.wait("dialing", attempt=lambda attempt: attempt >= 2)
    far.opened[-1].listen(1)
    call.wait("opened")


def test_retry_calls_again_after_an_end(earshot, far):
    server = far.server()
    call = earshot.json("connect", "127.0.0.1", server.port, "--retry", "0.05")
    server.accept().reset()
    call.wait("closed", reason="reset")
    server.accept().send("back")
    call.wait_text("back")


def test_missing_unix_socket_is_named(earshot, tmp_path):
    call = earshot.run("connect", f"unix:{tmp_path}/nobody")
    assert call.status() == 1
    assert f"{tmp_path}/nobody" in call.error()


@pytest.mark.parametrize("form", ["{host} {port}", "{host}:{port}", "tcp://{host}:{port}"])
def test_target_can_be_written_in_each_form(earshot, far, form):
    port = far.server().port
    earshot.json("connect", *form.format(host="127.0.0.1", port=port).split()).wait("opened")


@pytest.mark.parametrize("form", ["::1 {port}", "[::1]:{port}", "tcp://[::1]:{port}"])
def test_ipv6_target_can_be_written_in_each_form(earshot, far, form):
    port = far.server(family=socket.AF_INET6).port
    peer = earshot.json("connect", *form.format(port=port).split()).wait("opened")["peer"]
    assert peer == f"[::1]:{port}"


# --- while the call is still being made

def test_interrupt_does_not_wait_for_a_silent_host(earshot, network):
    silence(network, 9)
    call = earshot.start("connect", "127.0.0.1", "9", wrap=network.words)
    wait_until(lambda: calling(call.pid), "the call", call.seen)
    call.signal(signal.SIGINT)
    assert call.status(5) == 130


def calling(pid):
    """Whether the process has a connection under way (SYN-SENT), in whatever network it lives."""
    table = pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[3] == "02" for line in table)


def test_console_is_left_while_it_calls_a_silent_host(earshot, network):
    silence(network, 9)
    console = earshot.terminal(*network.words, BINARY, "connect", "127.0.0.1", "9")
    console.wait_for("calling")
    console.line("too early")
    console.wait_for("not sent")
    console.line("")
    console.keys("C-c", "C-c", "C-c")
    assert console.status() == 130


@pytest.fixture
def silent_name_server(earshot, network, tmp_path):
    """Words that run a command where names are asked of a server that never answers."""
    server = earshot.other(*network.words, sys.executable, "-uc",
                           "import socket, time\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                           "s.bind(('127.0.0.1', 53))\nprint('bound')\ns.recv(999)\nprint('asked')\ntime.sleep(600)")
    server.wait_out(b"bound")
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\noptions timeout:20 attempts:3\n")
    return server, (*network.words, "unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"',
                    resolver)


def test_interrupt_does_not_wait_for_a_silent_name_server(earshot, silent_name_server):
    server, words = silent_name_server
    call = earshot.start("connect", "slow.example", "9", wrap=words)
    server.wait_out(b"asked")
    call.signal(signal.SIGINT)
    assert call.status(5) == 130


def test_silent_name_server_is_a_timeout_that_names_the_host(earshot, silent_name_server):
    _, words = silent_name_server
    call = earshot.json("connect", "slow.example", "9", "--connect-timeout", "0.5", wrap=words)
    assert "slow.example" in call.wait("closed", reason="timeout", timeout=5)["detail"]
    assert call.status(5) == 1
