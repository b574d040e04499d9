"""Conversations with the programs people already have."""
import pathlib
import re
import shlex
import socket
import sys

import pytest

from waiting import wait_until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_listening(port):
    """Until somebody listens there, without calling: some of these serve one caller only."""
    wanted = re.compile(rf"^ *\d+: [0-9A-F]+:{port:04X} [0-9A-F]+:0000 0A ", re.M)
    wait_until(lambda: any(wanted.search(pathlib.Path(f"/proc/net/{kind}").read_text()) for kind in ("tcp", "tcp6")),
               f"a listener on port {port}")


ALL = bytes(range(256))


def calls_listen(earshot, command, *words, **options):
    """A peer that calls a listener of earshot's: bytes both ways, an end in order."""
    listener = earshot.start("listen", "127.0.0.1:0", *words, stdin=ALL * 100)
    peer = earshot.other(*shlex.split(command.format(port=listener.listening_port(), **options)),
                         stdin=b"from the peer")
    assert listener.status() == 0, listener.seen()
    assert listener.output() == b"from the peer"
    wait_until(lambda: peer.output() == ALL * 100, "all of earshot's bytes", peer.seen)


def answers_connect(earshot, command, *words, **options):
    """A peer that earshot calls."""
    port = free_port()
    peer = earshot.other(*shlex.split(command.format(port=port, **options)), stdin=b"from the peer")
    wait_listening(port)
    caller = earshot.run("connect", "127.0.0.1", port, *words, stdin=ALL * 100)
    assert caller.status() == 0, caller.seen()
    assert caller.output() == b"from the peer"
    wait_until(lambda: peer.output() == ALL * 100, "all of earshot's bytes", peer.seen)


def test_nc_calls_listen(earshot):
    calls_listen(earshot, "nc.openbsd -N 127.0.0.1 {port}")


def test_connect_calls_nc(earshot):
    answers_connect(earshot, "nc.openbsd -N -l 127.0.0.1 {port}")


def test_ncat_calls_listen(earshot):
    calls_listen(earshot, "ncat 127.0.0.1 {port}")


def test_connect_calls_ncat(earshot):
    answers_connect(earshot, "ncat -l 127.0.0.1 {port}")


def test_socat_calls_listen(earshot):
    calls_listen(earshot, "socat -t10 - TCP:127.0.0.1:{port}")


def test_connect_calls_socat(earshot):
    answers_connect(earshot, "socat -t10 - TCP-LISTEN:{port},bind=127.0.0.1")


def test_ncat_talks_with_listen_over_tls(earshot):
    listener = earshot.listen("--tls")
    peer = earshot.other("ncat", "--ssl", "127.0.0.1", listener.port)
    peer.write(ALL * 100)
    assert listener.wait_bytes(25600) == ALL * 100
    listener.send("好")
    peer.wait_out("好".encode())


def test_connect_talks_with_ncat_over_tls(earshot, certs):
    port = free_port()
    peer = earshot.other("ncat", "--ssl", "--ssl-cert", certs.good.pem, "--ssl-key", certs.good.key, "-l",
                         "127.0.0.1", port)
    wait_listening(port)
    caller = earshot.call(port, "--tls", "--tls-ca", certs.ca)
    peer.write(ALL * 100)
    assert caller.wait_bytes(25600) == ALL * 100
    caller.send("好")
    peer.wait_out("好".encode())


def test_end_of_ncats_tls_is_named_as_cut(earshot):
    # ncat ends by FIN alone, without close_notify: every byte has come, and that the end is not certain is said.
    listener = earshot.start("listen", "127.0.0.1:0", "--tls", "--on-eof", "keep", stdin=b"")
    earshot.other("ncat", "--ssl", "127.0.0.1", listener.listening_port(), stdin=b"from ncat")
    assert listener.status() == 1
    assert listener.output() == b"from ncat" and "without close_notify" in listener.error()


def test_socat_calls_listen_with_tls(earshot, certs):
    calls_listen(earshot, "socat -t10 - OPENSSL:localhost:{port},cafile={ca}", "--tls", "--tls-cert", certs.good.pem,
                 "--tls-key", certs.good.key, ca=certs.ca)


def test_connect_calls_socat_with_tls(earshot, certs):
    answers_connect(earshot,
                    "socat -t10 - OPENSSL-LISTEN:{port},bind=127.0.0.1,cert={cert.pem},key={cert.key},verify=0",
                    "--tls", "--tls-ca", certs.ca, cert=certs.good)


def test_openssl_s_client_calls_listen(earshot, certs):
    listener = earshot.listen("--tls", "--tls-cert", certs.good.pem, "--tls-key", certs.good.key)
    peer = earshot.other("openssl", "s_client", "-connect", f"127.0.0.1:{listener.port}", "-quiet", "-CAfile", certs.ca,
                         "-verify_return_error")
    peer.write("你好\n".encode())
    listener.wait_text("你好")
    listener.send("再见\n")
    peer.wait_out("再见\n".encode())


def test_connect_calls_openssl_s_server(earshot, certs):
    port = free_port()
    peer = earshot.other("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet", "-cert", certs.good.pem,
                         "-key", certs.good.key)
    wait_listening(port)
    caller = earshot.call(port, "--tls", "--tls-ca", certs.ca)
    caller.send("你好\n")
    peer.wait_out("你好\n".encode())
    peer.write("再见\n".encode())
    caller.wait_text("再见")


def test_client_certificate_is_shown_to_openssl_s_server(earshot, certs):
    port = free_port()
    earshot.other("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet", "-cert", certs.good.pem, "-key",
                  certs.good.key, "-Verify", "1", "-verify_return_error", "-CAfile", certs.ca)
    wait_listening(port)
    caller = earshot.call(port, "--tls", "--tls-ca", certs.ca, "--tls-cert", certs.client.pem, "--tls-key",
                          certs.client.key)
    caller.send("let in")
    assert not caller.take("closed")


def test_http_request_is_typed_by_hand(earshot, tmp_path):
    (tmp_path / "letter.txt").write_text("尊敬的先生\n")
    server = earshot.other(sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory",
                           tmp_path)
    server.wait_out(b"port ")
    port = int(server.out.text().split("port ")[1].split()[0])
    console = earshot.console("connect", "127.0.0.1", port, "-C")
    console.wait_for("connected to")
    console.line("GET /letter.txt HTTP/1.0")
    console.line("Host: localhost")
    console.keys("Enter")
    console.wait_line("server: HTTP/1.0 200 OK")
    console.wait_line("server: 尊敬的先生")


@pytest.mark.parametrize("peer", ["nc.openbsd -N -U {path}", "socat -t10 - UNIX-CONNECT:{path}", "ncat -U {path}"])
def test_peers_call_listen_on_a_unix_socket(earshot, tmp_path, peer):
    path = tmp_path / "door"
    listener = earshot.start("listen", f"unix:{path}", stdin=ALL)
    listener.wait_err("listening on")
    other = earshot.other(*shlex.split(peer.format(path=path)), stdin=b"in")
    assert listener.status() == 0
    assert listener.output() == b"in"
    wait_until(lambda: other.output() == ALL, "earshot's bytes", other.seen)


def test_connect_calls_socat_on_a_unix_socket(earshot, tmp_path):
    path = tmp_path / "door"
    peer = earshot.other("socat", "-t10", "-", f"UNIX-LISTEN:{path}", stdin=b"out")
    wait_until(path.exists, "the socket", peer.seen)
    assert earshot.run("connect", f"unix:{path}", stdin=b"in").output() == b"out"


@pytest.mark.parametrize("words", [[], ["--tls", "--tls-verify", "none"]])
def test_earshot_calls_earshot_pipe_to_pipe(earshot, words):
    listener = earshot.start("listen", "127.0.0.1:0", *words[:1], stdin=ALL)
    caller = earshot.run("connect", "127.0.0.1", listener.listening_port(), *words, stdin=ALL[::-1])
    assert caller.status() == 0 and listener.status() == 0
    assert caller.output() == ALL and listener.output() == ALL[::-1]


def test_two_consoles_talk_with_each_other(earshot):
    listener = earshot.console("listen", "127.0.0.1", "0")
    caller = earshot.console("connect", "127.0.0.1", listener.port())
    caller.wait_for("connected to")
    caller.line("喂？")
    listener.wait_line("client: 喂？")
    listener.line("在呢")
    caller.wait_line("server: 在呢")
    caller.line("/quit")
    listener.wait_for("has finished sending")
    listener.line("/close")
    assert caller.status() == 0
    listener.wait_for("has left: closed")
