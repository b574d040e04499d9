"""TLS: what a caller who checks is told when something does not fit, and both ends of a conversation with it."""
import ssl

import pytest

from far_end import careless_client, server_context, trusting_client
from waiting import PATIENCE


def answer(server, certificate, **options):
    """Takes one caller with TLS; the handshake may fail, as the caller decides."""
    end = server.accept()
    try:
        return end.tls(server_context(certificate.pem, certificate.key, **options), server_side=True)
    except (ssl.SSLError, ConnectionError):
        return None


def call(earshot, port, *words, host="127.0.0.1"):
    return earshot.json("connect", host, port, "--tls", *words)


def why_not(caller):
    failed = caller.wait("closed", reason="tls")
    assert caller.status() == 1
    return failed["detail"]


def test_verified_conversation_says_with_whom(earshot, far, certs):
    server = far.server()
    caller = call(earshot, server.port, "--tls-ca", certs.ca)
    end = answer(server, certs.good)
    tls = caller.wait("opened")["tls"]
    assert tls["verified"] and tls["peer_sha256"] == certs.good.pin and "localhost" in tls["peer_name"]
    end.send("密")
    caller.wait_text("密")


def test_expired_certificate_is_refused_and_said(earshot, far, certs):
    server = far.server()
    caller = call(earshot, server.port, "--tls-ca", certs.ca)
    answer(server, certs.expired)
    assert "expired" in why_not(caller)


def test_certificate_of_another_name_is_refused_and_both_names_said(earshot, far, certs):
    server = far.server()
    caller = call(earshot, server.port, "--tls-ca", certs.ca, "--tls-name", "wanted.example")
    answer(server, certs.other)
    detail = why_not(caller)
    assert "wanted.example" in detail and "other.example" in detail


def test_self_signed_certificate_is_refused_with_the_pin_to_accept_it(earshot, far, certs):
    server = far.server()
    caller = call(earshot, server.port)
    answer(server, certs.self_signed)
    detail = why_not(caller)
    assert "self-signed" in detail and certs.self_signed.pin in detail


def test_certificate_of_an_unknown_authority_is_refused(earshot, far, certs):
    server = far.server()
    caller = call(earshot, server.port)
    answer(server, certs.good)
    assert "127.0.0.1" in why_not(caller)


def test_pinned_certificate_is_accepted_whoever_signed_it(earshot, far, certs):
    server = far.server()
    caller = call(earshot, server.port, "--tls-pin", certs.self_signed.pin)
    answer(server, certs.self_signed)
    assert caller.wait("opened")["tls"]["verified"]


def test_wrong_pin_is_refused_and_the_real_one_said(earshot, far, certs):
    server = far.server()
    caller = call(earshot, server.port, "--tls-pin", certs.other.pin, "--tls-ca", certs.ca)
    answer(server, certs.good)
    detail = why_not(caller)
    assert certs.good.pin in detail


def test_unverified_conversation_is_had_when_asked_for_and_says_so(earshot, far, certs):
    server = far.server()
    caller = call(earshot, server.port, "--tls-verify", "none")
    answer(server, certs.expired)
    assert not caller.wait("opened")["tls"]["verified"]


def test_refused_certificate_in_a_pipe_is_status_1_and_sends_nothing(earshot, far, certs):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, "--tls", stdin=b"secret")
    assert answer(server, certs.self_signed) is None
    assert program.status() == 1
    assert "self-signed" in program.error() and len(program.error().splitlines()) == 1


def test_calling_a_plain_port_with_tls_says_that_it_speaks_none(earshot, far):
    server = far.server()
    caller = call(earshot, server.port)
    end = server.accept()
    end.send("220 plain.example ESMTP\r\n")
    assert "TLS" in why_not(caller)


def test_plain_caller_at_a_tls_listener_is_said_and_the_next_is_served(earshot, far):
    listener = earshot.listen("--tls")
    far.call(listener.port).send("GET / HTTP/1.1\r\n\r\n")
    fault = listener.wait("error", reason="tls")
    assert "TLS" in fault["message"] and "127.0.0.1" in fault["message"]
    far.call(listener.port).tls(careless_client()).send("fine")
    listener.wait_text("fine")


def test_silent_caller_at_a_tls_listener_does_not_keep_others_waiting(earshot, far):
    listener = earshot.listen("--tls", "--connect-timeout", "0.3")
    far.call(listener.port)
    far.call(listener.port).tls(careless_client()).send("fine")
    listener.wait_text("fine")
    listener.wait("error", reason="timeout")


def test_listener_without_a_certificate_makes_one_and_prints_its_pin(earshot):
    listener = earshot.json("listen", "127.0.0.1:0", "--tls")
    opened = listener.wait("listening")
    caller = call(earshot, opened["port"], "--tls-pin", opened["certificate_sha256"])
    assert caller.wait("opened")["tls"]["verified"]


def test_pin_of_a_made_certificate_is_printed_on_stderr(earshot):
    listener = earshot.start("listen", "127.0.0.1:0", "--tls", "--reply", "echo")
    port = listener.listening_port()
    listener.wait_err("--tls-pin ")
    pin = listener.error().split("--tls-pin ")[1].split()[0]
    caller = earshot.run("connect", "127.0.0.1", port, "--tls", "--tls-pin", pin, stdin=b"over")
    assert caller.output() == b"over"


def test_listener_shows_its_own_certificate(earshot, far, certs):
    listener = earshot.listen("--tls", "--tls-cert", certs.good.pem, "--tls-key", certs.good.key)
    end = far.call(listener.port).tls(trusting_client(certs.ca), name="localhost")
    end.send("checked")
    listener.wait_text("checked")


def test_caller_without_the_demanded_certificate_is_turned_away(earshot, far, certs):
    listener = earshot.listen("--tls", "--tls-verify", "require", "--tls-ca", certs.ca)
    end = far.call(listener.port)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        end.tls(careless_client()).receive(1)
    assert "certificate" in listener.wait("error", reason="tls")["message"]


def test_caller_with_the_demanded_certificate_is_served_by_name(earshot, certs):
    listener = earshot.listen("--tls", "--tls-verify", "require", "--tls-ca", certs.ca)
    call(earshot, listener.port, "--tls-verify", "none", "--tls-cert", certs.client.pem, "--tls-key", certs.client.key)
    tls = listener.wait("opened")["tls"]
    assert tls["verified"] and "client" in tls["peer_name"]


def test_caller_whose_certificate_nobody_trusts_is_turned_away(earshot, certs):
    listener = earshot.listen("--tls", "--tls-verify", "require", "--tls-ca", certs.ca)
    caller = call(earshot, listener.port, "--tls-verify", "none", "--tls-cert", certs.self_signed.pem,
                  "--tls-key", certs.self_signed.key)
    listener.wait("error", reason="tls")
    assert caller.status() == 1


def test_close_notify_is_a_half_close_and_the_answer_still_comes(earshot, far, certs):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, "--tls", "--tls-ca", certs.ca, stdin=b"question")
    end = answer(server, certs.good)
    assert end.receive_to_end() == b"question"
    end.send("the whole answer")
    end.end_tls().close()
    assert program.status() == 0
    assert program.output() == b"the whole answer"


def test_stream_cut_without_close_notify_is_truncated_and_status_1(earshot, far, certs):
    server = far.server()
    caller = call(earshot, server.port, "--tls-ca", certs.ca)
    end = answer(server, certs.good)
    caller.wait("opened")
    end.send("half of it")
    end.cut()
    closing = caller.wait("closed")
    assert closing["reason"] == "truncated" and caller.status() == 1


def test_cut_answer_after_our_close_notify_suggests_on_eof_keep(earshot, far, certs):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, "--tls", "--tls-ca", certs.ca, stdin=b"question")
    end = answer(server, certs.good)
    assert end.receive_to_end() == b"question"
    end.cut()
    assert program.status() == 1
    assert "--on-eof keep" in program.error()


def test_protocol_is_agreed_on_by_alpn(earshot, certs):
    listener = earshot.listen("--tls", "--tls-alpn", "h2,http/1.1")
    call(earshot, listener.port, "--tls-verify", "none", "--tls-alpn", "http/1.1")
    assert listener.wait("opened")["tls"]["alpn"] == "http/1.1"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_of_tls_are_not_spoken(earshot, far):
    listener = earshot.listen("--tls")
    old = careless_client()
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        far.call(listener.port).tls(old)
    listener.wait("error", reason="tls")


def test_large_bytes_both_ways_at_once_through_tls(earshot):
    listener = earshot.start("listen", "127.0.0.1:0", "--tls", stdin=b"a" * 3_000_000)
    caller = earshot.start("connect", "127.0.0.1", listener.listening_port(), "--tls", "--tls-verify", "none",
                           stdin=b"b" * 4_000_000)
    assert caller.status(PATIENCE) == 0 and listener.status(PATIENCE) == 0
    assert caller.output() == b"a" * 3_000_000 and listener.output() == b"b" * 4_000_000


def test_verified_peer_is_named_in_the_console(earshot, far, certs):
    server = far.server()
    console = earshot.console("connect", "127.0.0.1", server.port, "--tls", "--tls-ca", certs.ca)
    answer(server, certs.good)
    console.wait_for("verified")
    console.wait_for("CN=localhost")


def test_missing_key_file_is_named_before_anything_is_begun(earshot):
    refused = earshot.run("listen", "127.0.0.1:0", "--tls", "--tls-cert", "/nowhere/cert.pem", "--tls-key",
                          "/nowhere/key.pem")
    assert refused.status() != 0
    assert "/nowhere/" in refused.error() and "listening" not in refused.error()


def test_once_does_not_count_a_caller_whose_handshake_failed(earshot, far):
    listener = earshot.listen("--tls", "--once")
    far.call(listener.port).send("no TLS at all\r\n")
    listener.wait("error", reason="tls")
    far.call(listener.port).tls(careless_client()).send("me")
    listener.wait_text("me", id=1)


def test_killed_tls_peer_is_not_an_end_in_order(earshot):
    listener = earshot.listen("--tls")
    caller = call(earshot, listener.port, "--tls-verify", "none")
    listener.wait("opened")
    caller.kill()
    assert listener.wait("closed")["reason"] in ("truncated", "reset")


def test_console_says_that_the_end_was_cut(earshot, far, certs):
    server = far.server()
    console = earshot.console("connect", "127.0.0.1", server.port, "--tls", "--tls-ca", certs.ca)
    end = answer(server, certs.good)
    console.wait_for("connected to")
    end.send("half")
    end.cut()
    console.wait_for("close_notify")
    console.wait_for("/reconnect")


def test_name_of_the_url_is_the_name_that_is_checked(earshot, far, certs):
    server = far.server()
    caller = earshot.json("connect", f"tls://localhost:{server.port}", "--tls-ca", certs.ca)
    answer(server, certs.good)
    assert caller.wait("opened")["tls"]["verified"]
    caller = earshot.json("connect", f"tls://localhost:{server.port}", "--tls-ca", certs.ca)
    answer(server, certs.other)
    detail = why_not(caller)
    assert "localhost" in detail and "other.example" in detail
