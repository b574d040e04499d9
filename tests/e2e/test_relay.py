"""listen --reply relay:TARGET: each caller is passed on to a call of his own."""
import os
import random

import pytest

from far_end import careless_client, exchange, in_background, server_context, trusting_client
from waiting import wait_until

MANY = 8 << 20  # bytes of a bulk transfer


@pytest.fixture
def relay(earshot, far):
    """A relay without anybody at a terminal: the program, its port, and the server it calls."""
    def start(*words, at="127.0.0.1:0", host="127.0.0.1", scheme=""):
        server = far.server()
        program = earshot.start("listen", at, "--reply", f"relay:{scheme}{host}:{server.port}", *words)
        program.server, program.port = server, program.listening_port()
        program.pair = lambda: (far.call(program.port), server.accept())
        return program
    return start


def test_bytes_pass_unchanged_both_ways_at_once(relay):
    client, server = relay().pair()
    exchange(client, server, *(random.Random(seed).randbytes(MANY) for seed in (1, 2)))


def test_half_close_is_passed_and_the_answer_still_comes(relay):
    client, server = relay().pair()
    client.send("question\n")
    client.finish()
    assert server.receive_to_end() == b"question\n"
    server.send("answer\n")
    server.finish()
    assert client.receive_to_end() == b"answer\n"


@pytest.mark.parametrize("who", ["client", "server"])
def test_reset_is_passed_as_reset(relay, who):
    client, server = relay().pair()
    one, other = (client, server) if who == "client" else (server, client)
    one.send("last words")
    other.expect("last words")
    one.reset()
    other.expect_reset()


def test_target_that_refuses_resets_the_caller_and_says_why(earshot, far):
    port = far.closed_port()
    program = earshot.start("listen", "127.0.0.1:0", "--reply", f"relay:127.0.0.1:{port}")
    far.call_and_be_reset(program.listening_port())
    program.wait_err("cannot be passed on")
    assert f"127.0.0.1:{port}" in program.error()


def test_target_without_an_address_resets_the_caller_and_says_why(earshot, far):
    program = earshot.start("listen", "127.0.0.1:0", "--reply", "relay:nobody.invalid:1")
    far.call_and_be_reset(program.listening_port())
    program.wait_err("nobody.invalid")


@pytest.mark.parametrize("target", ["", "nowhere", "host:", "host:99999", "tls://"])
def test_target_that_is_none_is_a_usage_error(earshot, target):
    program = earshot.run("listen", "127.0.0.1:0", "--reply", f"relay:{target}")
    assert program.status() == 2
    assert "--reply" in program.error()


def test_tls_of_the_callers_ends_here(relay, certs, far):
    program = relay("--tls", "--tls-cert", certs.good.pem, "--tls-key", certs.good.key)
    client = far.call(program.port).tls(trusting_client(certs.ca), name="localhost")
    server = program.server.accept()
    client.send("secret\n")
    server.expect("secret\n")
    server.send("known\n")
    client.expect("known\n")


def test_tls_begins_here_and_the_target_is_checked(relay, certs):
    program = relay("--tls-ca", certs.ca, host="localhost", scheme="tls://")
    client, plain = program.pair()
    server = plain.tls(server_context(certs.good.pem, certs.good.key), server_side=True)
    client.send("plain\n")
    server.expect("plain\n")
    server.send("sealed\n")
    client.expect("sealed\n")


def test_target_with_a_bad_certificate_is_not_talked_to(relay, certs):
    program = relay("--tls-ca", certs.ca, host="localhost", scheme="tls://")
    client, plain = program.pair()

    def answer():
        try:
            plain.tls(server_context(certs.self_signed.pem, certs.self_signed.key), server_side=True)
        except OSError:
            pass
    in_background(answer)
    client.expect_reset()
    program.wait_err("certificate")


def test_callers_must_show_the_certificate_that_is_demanded_also_where_the_target_speaks_tls(relay, certs, far):
    program = relay("--tls", "--tls-verify", "require", "--tls-ca", certs.ca, host="localhost", scheme="tls://")
    bare = far.call(program.port)
    with pytest.raises(OSError):
        sealed = bare.tls(careless_client())
        assert sealed.socket.recv(1)
    program.wait_err("certificate")


def test_json_tells_both_conversations_and_commands_speak_to_each(earshot, far):
    server = far.server()
    listener = earshot.listen("--reply", f"relay:127.0.0.1:{server.port}")
    client = far.call(listener.port)
    peer = server.accept()
    caller = listener.wait("opened", partner=None)["id"]
    target = listener.wait("opened", partner=caller)["id"]
    listener.send("from the operator", id=caller)
    client.expect("from the operator")
    listener.send("to the target", id=target)
    peer.expect("to the target")
    client.send("question")
    listener.wait("message", id=caller, text="question")
    peer.send("answer")
    listener.wait("message", id=target, text="answer")
    client.expect("answer")
    listener.give("close", id=caller)
    client.expect_end()


def test_operator_at_the_console_joins_in(earshot, far):
    server = far.server()
    console = earshot.console("listen", "127.0.0.1:0", "--reply", f"relay:127.0.0.1:{server.port}")
    client = far.call(console.port())
    peer = server.accept()
    console.wait_for("server 2 answers client 1")
    client.send("question\n")
    peer.expect("question\n")
    console.wait_for("client 1: question")
    peer.send("answer\n")
    console.wait_for("server 2: answer")
    console.line("one moment, please")
    client.receive_until("one moment, please\n")
    console.line("/to 2")
    console.wait_for("server 2>>>:")
    console.line("be quick")
    peer.expect("be quick\n")


def test_only_callers_count_against_max_clients(relay, far):
    program = relay("-m", "2")
    pairs = [program.pair() for _ in range(2)]
    with pytest.raises((AssertionError, OSError)):  # told so, or reset
        far.call(program.port).expect("x")
    for client, server in pairs:
        client.send("x")
        server.expect("x")


def test_once_ends_when_both_have_ended(relay):
    program = relay("--once")
    client, server = program.pair()
    client.finish()
    server.expect_end()
    server.send("last")
    server.finish()
    assert client.receive_to_end() == b"last"
    assert program.status() == 0


def test_end_of_the_program_ends_both_in_order(relay):
    program = relay()
    client, server = program.pair()
    client.send("x")
    server.expect("x")
    program.signal(15)
    client.expect_end()
    server.expect_end()
    client.close()
    server.close()
    assert program.status() == 0


def test_nothing_is_left_of_callers_who_are_gone(relay):
    program = relay()
    before = program.descriptors()
    for number in range(50):
        client, server = program.pair()
        client.send("x")
        server.expect("x")
        client.reset() if number % 2 else client.close()
        server.close()
    wait_until(lambda: program.descriptors() == before, "the old number of descriptors",
               lambda: os.listdir(f"/proc/{program.pid}/fd"))
