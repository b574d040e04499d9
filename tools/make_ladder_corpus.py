#!/usr/bin/python3
"""Makes tests/corpus/ladder/*.pcap: real conversations of this machine's TCP, one for each case that a ladder must show,
in two network namespaces of their own and taken by tcpdump. Needs root, iproute2, nftables and tcpdump.

usage: make_ladder_corpus.py [FOLDER] [CASE...]
"""
import contextlib
import ctypes
import fcntl
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLIENT, SERVER = "10.77.0.1", "10.77.0.2"
CLIENT6, SERVER6 = "fd77::1", "fd77::2"
PATIENCE = 20.0
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
LINGER_RESET = struct.pack("ii", 1, 0)


def run(*words):
    subprocess.run([str(word) for word in words], check=True, timeout=30)


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE:g} s for {what}")
        time.sleep(0.01)


@contextlib.contextmanager
def within(namespace):
    """What is opened inside belongs to that network; this thread's own network afterwards is what it was."""
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{namespace}") as there:
        if LIBC.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {namespace}")
        try:
            yield
        finally:
            LIBC.setns(home.fileno(), CLONE_NEWNET)


class Wire:
    """Two hosts and the cable between them: a pair of veth, or with a delay two TUN devices and a thread that carries
    packets from one to the other, which lets things happen at both ends at once."""

    def __init__(self, delay=0.0):
        self.a, self.b = f"ladder-{os.getpid()}-a", f"ladder-{os.getpid()}-b"
        for name in (self.a, self.b):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        self.stopping, self.carriers, self.tuns, self.kept = False, [], [], []
        if delay:
            self.tuns = [self._tun(self.a), self._tun(self.b)]
            self.carriers = [threading.Thread(target=self._carry, args=(*pair, delay))
                             for pair in (self.tuns, self.tuns[::-1])]
        else:
            run("ip", "link", "add", "wire", "netns", self.a, "type", "veth", "peer", "name", "wire", "netns", self.b)
        for name, address, address6, peer in ((self.a, CLIENT, CLIENT6, SERVER), (self.b, SERVER, SERVER6, CLIENT)):
            run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", "wire")
            run("ip", "-n", name, "addr", "add", f"{address6}/64", "dev", "wire", "nodad")
            # A segment of data is a packet, as on a real cable.
            run("ip", "-n", name, "link", "set", "wire", "gso_max_segs", "1", "up")
            # bbr paces, which makes captures differ from run to run.
            run("ip", "netns", "exec", name, "sysctl", "-q", "net.ipv4.tcp_congestion_control=reno")
            run("ip", "netns", "exec", name, "nft", "add table inet own; "
                "add chain inet own in { type filter hook input priority 0 ; }")
        for carrier in self.carriers:
            carrier.start()

    @staticmethod
    def _tun(namespace):
        with within(namespace):
            tun = os.open("/dev/net/tun", os.O_RDWR)
            IFF_TUN, IFF_NO_PI, TUNSETIFF = 1, 0x1000, 0x400454CA
            fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH14x", b"wire", IFF_TUN | IFF_NO_PI))
        return tun

    def _carry(self, source, target, delay):
        waiting = []
        while not self.stopping:
            until = max(0.0, waiting[0][0] - time.monotonic()) if waiting else 0.05
            if select.select([source], [], [], min(until, 0.05))[0]:
                waiting.append((time.monotonic() + delay, os.read(source, 65536)))
            while waiting and waiting[0][0] <= time.monotonic():
                with contextlib.suppress(OSError):
                    os.write(target, waiting.pop(0)[1])

    def rule(self, namespace, text):
        """A rule for what arrives there, as nft writes it."""
        run("ip", "netns", "exec", namespace, "nft", f"add rule inet own in {text}")

    def no_rules(self, namespace):
        run("ip", "netns", "exec", namespace, "nft", "flush chain inet own in")

    def remove(self, namespace):
        """The interface is gone, as a dongle that is pulled out."""
        run("ip", "-n", namespace, "link", "delete", "wire")

    def open(self, namespace, family=socket.AF_INET):
        with within(namespace):
            one = socket.socket(family)
        one.settimeout(PATIENCE)
        return one

    def listener(self, port=9000, family=socket.AF_INET, receive=0):
        one = self.open(self.b, family)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        one.bind((SERVER6 if family == socket.AF_INET6 else SERVER, port))
        one.listen(8)
        return one

    def pair(self, client_port=40000, **listening):
        """A connection: the client's socket and the server's."""
        with self.listener(**listening) as listener:
            client = self.open(self.a, listener.family)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.bind(("", client_port))
            client.connect(listener.getsockname()[:2])
            server = listener.accept()[0]
            server.settimeout(PATIENCE)
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client, server

    def end(self):
        self.stopping = True
        for one in self.kept:
            one.close()
        for carrier in self.carriers:
            carrier.join()
        for tun in self.tuns:
            os.close(tun)
        for name in (self.a, self.b):
            run("ip", "netns", "delete", name)


class Tcpdump:
    def __init__(self, wire, file, interface="wire", snaplen=160, words=(), at=None):
        self.child = subprocess.Popen(
            ["ip", "netns", "exec", at or wire.a, "tcpdump", "-i", interface, "-s", str(snaplen), "-U", "-n", *words,
             "--immediate-mode", "-Z", "root", "-w", str(file), "tcp"], stderr=subprocess.PIPE)
        self.file = file
        line = b""
        while b"listening on" not in line:
            line = self.child.stderr.readline()
            if not line:
                raise RuntimeError("tcpdump did not start")

    def settle(self):
        """Waits until nothing has come for a while: what was under way has been written."""
        size, since = -1, time.monotonic()
        while time.monotonic() - since < 0.3:
            now = self.file.stat().st_size if self.file.exists() else 0
            if now != size:
                size, since = now, time.monotonic()
            time.sleep(0.02)

    def end(self):
        self.settle()
        self.child.send_signal(signal.SIGINT)
        self.child.stderr.read()
        self.child.wait(30)


def talk(client, server):
    """A line each way, the one in UTF-8 and the other in GBK."""
    client.sendall("你好，听得见吗？\n".encode())
    server.recv(4096)
    server.sendall("听得见，请讲。\n".encode("gbk"))
    client.recv(4096)


# --- the cases; each leaves its capture behind

def closed_by_client(wire):
    client, server = wire.pair()
    talk(client, server)
    client.close()
    assert server.recv(9) == b""
    time.sleep(0.06)  # the ACK of his FIN goes by itself
    server.close()


def closed_by_server(wire):
    client, server = wire.pair()
    talk(client, server)
    server.close()
    assert client.recv(9) == b""
    time.sleep(0.06)
    client.close()


def half_close_with_data(wire):
    client, server = wire.pair()
    client.sendall(b"question\n")
    server.recv(99)
    client.shutdown(socket.SHUT_WR)
    assert server.recv(9) == b""
    for line in (b"answer 1\n", b"answer 2\n"):
        server.sendall(line)
        client.recv(99)
        time.sleep(0.05)
    server.close()
    assert client.recv(9) == b""
    client.close()


def simultaneous_close(wire):
    client, server = wire.pair()
    talk(client, server)
    time.sleep(0.2)
    client.shutdown(socket.SHUT_WR)
    server.shutdown(socket.SHUT_WR)
    assert client.recv(9) == b"" and server.recv(9) == b""
    client.close(), server.close()


def simultaneous_open(wire):
    ends = [wire.open(wire.a), wire.open(wire.b)]
    addresses = [(CLIENT, 40000), (SERVER, 9000)]
    for end, address in zip(ends, addresses):
        end.bind(address)
        end.setblocking(False)
    for end, address in zip(ends, reversed(addresses)):
        end.connect_ex(address)
    for end in ends:
        assert select.select([], [end], [], PATIENCE)[1]
        end.settimeout(PATIENCE)
    talk(*ends)
    ends[0].close()
    assert ends[1].recv(9) == b""
    ends[1].close()


def reset_during_data(wire):
    client, server = wire.pair()
    client.sendall(b"one\n")
    server.recv(9)
    client.sendall(b"two\n")
    time.sleep(0.06)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
    server.close()  # with `two` unread: RST
    with contextlib.suppress(ConnectionError):
        client.recv(9)
    client.close()


def refused(wire):
    client = wire.open(wire.a)
    client.bind((CLIENT, 40000))
    try:
        client.connect((SERVER, 9000))
        raise AssertionError("somebody answered")
    except ConnectionRefusedError:
        client.close()


def syn_timeout(wire):
    wire.rule(wire.b, "tcp dport 9000 drop")
    client = wire.open(wire.a)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 2)
    client.bind((CLIENT, 40000))
    try:
        client.connect((SERVER, 9000))
        raise AssertionError("somebody answered")
    except TimeoutError:
        client.close()


def retransmission(wire):
    client, server = wire.pair()
    got = bytearray()
    reader = threading.Thread(target=lambda: [got.extend(data) for data in iter(lambda: server.recv(65536), b"")])
    reader.start()
    # Each fifth data packet of the client is lost, and so is one ACK in seven.
    wire.rule(wire.b, "tcp dport 9000 meta length > 500 numgen inc mod 5 == 3 drop")
    wire.rule(wire.a, "tcp sport 9000 numgen inc mod 7 == 5 drop")
    for number in range(14):
        client.sendall(bytes([65 + number]) * 1000)
        time.sleep(0.002)
    wait_until(lambda: len(got) == 14_000, "all the data")
    wire.no_rules(wire.a), wire.no_rules(wire.b)
    client.close()
    reader.join()
    server.close()


def lost_and_gone(wire):
    """Nothing comes through any more: retransmissions until the sender gives up."""
    client, server = wire.pair()
    talk(client, server)
    wire.rule(wire.b, "tcp dport 9000 drop")
    TCP_USER_TIMEOUT = 18
    client.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 1500)
    client.sendall(b"is anybody there?\n")
    with contextlib.suppress(OSError):
        client.recv(9)
    client.close()
    wire.kept.append(server)  # whose end is none of this story


def zero_window(wire):
    client, server = wire.pair(receive=4096)
    client.setblocking(False)
    sent, quiet = 0, time.monotonic()
    while time.monotonic() - quiet < 1.2:  # the window closes, and probes ask after it
        try:
            sent += client.send(b"x" * 1000)
            quiet = time.monotonic()
        except BlockingIOError:
            time.sleep(0.02)
        if sent > 200_000:
            break
    got = 0
    server.settimeout(2)
    with contextlib.suppress(TimeoutError):
        while got < sent:
            got += len(server.recv(65536))
    client.close()
    server.close()


def keepalive(wire):
    client, server = wire.pair()
    client.sendall(b"hello\n")
    server.recv(9)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    time.sleep(2.5)
    client.close()
    assert server.recv(9) == b""
    server.close()


def ipv6(wire):
    client, server = wire.pair(family=socket.AF_INET6)
    talk(client, server)
    client.close()
    assert server.recv(9) == b""
    server.close()


def bulk(wire):
    """Enough data in order to fold."""
    client, server = wire.pair()
    server.sendall(b"0123456789" * 4000)
    got = 0
    while got < 40_000:
        got += len(client.recv(65536))
    client.sendall(b"thanks\n")
    server.recv(99)
    client.close()
    assert server.recv(9) == b""
    server.close()


def streams(wire):
    """Three conversations: two at once, then the first one's ports again."""
    first, second = wire.pair(40000), wire.pair(40001)
    talk(*first)
    second[0].sendall(b"another\n")
    second[1].recv(99)
    for pair in (first, second):
        # The server ends, so that the client's port is free again at once.
        pair[1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
        pair[1].close()
        with contextlib.suppress(ConnectionError):
            pair[0].recv(9)
        pair[0].close()
    third = wire.pair(40000)
    third[0].sendall(b"again\n")
    third[1].recv(99)
    third[0].close()
    assert third[1].recv(9) == b""
    third[1].close()


def loopback(wire):
    with within(wire.a):
        listener, client = socket.socket(), socket.socket()
    listener.bind(("127.0.0.1", 9000))
    listener.listen(1)
    client.bind(("127.0.0.1", 40000))
    client.connect(("127.0.0.1", 9000))
    server = listener.accept()[0]
    talk(client, server)
    client.close()
    assert server.recv(9) == b""
    server.close(), listener.close()


# name -> (function, delay of the cable in seconds, options of tcpdump)
CASES = {
    "closed_by_client": (closed_by_client, 0, {}),
    "closed_by_server": (closed_by_server, 0, {}),
    "half_close_with_data": (half_close_with_data, 0, {}),
    "simultaneous_close": (simultaneous_close, 0.03, {}),
    "simultaneous_open": (simultaneous_open, 0.03, {}),
    "reset_during_data": (reset_during_data, 0, {}),
    "refused": (refused, 0, {}),
    "syn_timeout": (syn_timeout, 0, {}),
    "retransmission": (retransmission, 0, {"snaplen": 96}),
    "lost_and_gone": (lost_and_gone, 0, {}),
    "zero_window": (zero_window, 0, {"snaplen": 96}),
    "keepalive": (keepalive, 0, {}),
    "ipv6": (ipv6, 0, {}),
    "bulk": (bulk, 0, {"snaplen": 96}),
    "streams": (streams, 0, {}),
    "loopback": (loopback, 0, {"interface": "lo"}),
    "any": (closed_by_client, 0, {"interface": "any", "words": ["-y", "LINUX_SLL2"]}),
    "any_cooked_1": (closed_by_server, 0, {"interface": "any", "words": ["-y", "LINUX_SLL"]}),
    "nanoseconds": (closed_by_client, 0, {"words": ["--time-stamp-precision=nano"]}),
}


def without_first(source, target, packets):
    """A copy of a pcap file that lacks its first packets."""
    data = source.read_bytes()
    at = 24
    for _ in range(packets):
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
    target.write_bytes(data[:24] + data[at:])


def main(arguments):
    folder = pathlib.Path(arguments[0]) if arguments else ROOT / "tests/corpus/ladder"
    folder.mkdir(parents=True, exist_ok=True)
    for name in arguments[1:] or CASES:
        function, delay, options = CASES[name]
        file = folder / f"{name}.pcap"
        file.unlink(missing_ok=True)
        wire = Wire(delay)
        try:
            dump = Tcpdump(wire, file, **options)
            function(wire)
            dump.end()
        finally:
            wire.end()
        print(f"{name}: {file.stat().st_size} bytes")
    closed = folder / "closed_by_client.pcap"
    if closed.exists():
        without_first(closed, folder / "without_opening.pcap", 3)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
