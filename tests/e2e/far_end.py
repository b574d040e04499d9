"""The far end of a conversation as a plain socket, in the hands of a test."""
import socket
import ssl
import struct
import threading

from waiting import PATIENCE


class FarEnd:
    """One connected socket; every wait has a deadline."""

    def __init__(self, plain):
        self.socket = plain
        plain.settimeout(PATIENCE)

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def send_apart(self, *pieces):
        """Each piece as a segment of its own."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            self.socket.sendall(piece)

    def receive(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(min(count - len(data), 1 << 20))
            assert more, f"the stream ended after {data!r} of {count} bytes"
            data += more
        return data

    def receive_until(self, wanted):
        wanted = wanted if isinstance(wanted, bytes) else wanted.encode()
        data = b""
        while wanted not in data:
            try:
                more = self.socket.recv(1 << 16)
            except TimeoutError:
                raise AssertionError(f"waited for {wanted!r}; seen {data[-400:]!r}") from None
            assert more, f"the stream ended after {data[-400:]!r}, before {wanted!r}"
            data += more
        return data

    def receive_to_end(self):
        data = bytearray()
        while more := self.socket.recv(1 << 20):
            data += more
        return bytes(data)

    def expect(self, data):
        data = data if isinstance(data, bytes) else data.encode()
        assert self.receive(len(data)) == data

    def expect_end(self):
        assert self.socket.recv(1 << 16) == b""

    def expect_reset(self):
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            return
        raise AssertionError(f"wanted a reset, got {data!r}")

    def finish(self):
        """FIN: this direction ends, the other goes on."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()

    def cut(self):
        """Closes the connection under TLS: FIN from the kernel, no word from TLS. An attacker can do as much."""
        socket.socket(fileno=self.socket.detach()).close()

    def tls(self, context, server_side=False, name=None):
        """The same connection with TLS on it."""
        return FarEnd(context.wrap_socket(self.socket, server_side=server_side, server_hostname=name,
                                          suppress_ragged_eofs=False))

    def end_tls(self):
        """close_notify both ways; the plain socket again."""
        return FarEnd(self.socket.unwrap())


class FarServer:
    """A listening socket on a free port of loopback."""

    def __init__(self, family=socket.AF_INET, backlog=16, address=None, receive_buffer=None):
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if family != socket.AF_UNIX:
            address = address or ("127.0.0.1" if family == socket.AF_INET else "::1", 0)
        self.socket.bind(address)
        self.socket.listen(backlog)
        self.port = self.socket.getsockname()[1] if family != socket.AF_UNIX else None

    def accept(self):
        return FarEnd(self.socket.accept()[0])

    def close(self):
        self.socket.close()


def trusting_client(ca):
    context = ssl.create_default_context(cafile=str(ca))
    return context


def careless_client():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def server_context(certificate, key, client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return context


def in_background(work):
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def exchange(client, server, there, back):
    """Both send all they have and end, at once, and each gets what the other has sent."""
    got = {}
    work = [in_background(lambda: (client.send(there), client.finish())),
            in_background(lambda: (server.send(back), server.finish())),
            in_background(lambda: got.update(there=server.receive_to_end()))]
    assert client.receive_to_end() == back
    for one in work:
        one.join(60)
    assert got["there"] == there
