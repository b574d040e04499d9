"""What every end-to-end test starts with: the program in each of its forms, and the far ends it talks with."""
import os
import pathlib
import shutil
import signal
import socket
import tempfile

import pytest

import certificates
from far_end import FarEnd, FarServer
from network import Network
from program import BINARY, Json, Program, complaint
from tmux import Terminal
from waiting import PATIENCE, wait_until


def pytest_sessionstart(session):
    # A shell starts what it puts in the background with SIGINT ignored, and every program here would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not BINARY.exists():
        pytest.exit(f"no program at {BINARY}: build it, or name it in the environment variable EARSHOT", 2)


class Earshot:
    """The program, in the form a test asks for; everything started here ends with the test."""

    def __init__(self, folder):
        self.folder, self.started = folder, []

    def _keep(self, one):
        self.started.append(one)
        return one

    def start(self, *words, **options):
        """In a pipe, going on: stdin is a pipe unless it is given."""
        return self._keep(Program([BINARY, *words], **options))

    def run(self, *words, stdin=b"", **options):
        """In a pipe, to its end."""
        program = self.start(*words, stdin=stdin, **options)
        program.status()
        return program

    def json(self, *words, **options):
        return self._keep(Json(words, **options))

    def listen(self, *words, at="127.0.0.1:0", **options):
        """A listener driven by JSON lines that really listens; `.port` is its port."""
        listener = self.json("listen", at, *words, **options)
        listener.listening = listener.wait("listening")
        listener.port = listener.listening["port"]
        return listener

    def call(self, port, *words, **options):
        """A caller driven by JSON lines whose conversation stands."""
        caller = self.json("connect", "127.0.0.1", port, *words, **options)
        caller.wait("opened")
        return caller

    def console(self, *words, columns=80, rows=24, **options):
        """The console in a terminal of its own."""
        return self._keep(Terminal([BINARY, *words], self.folder, columns, rows, **options))

    def terminal(self, *words, **options):
        """Another program in a terminal of its own."""
        return self._keep(Terminal(words, self.folder, **options))

    def other(self, *words, **options):
        """Another program, as a peer."""
        return self._keep(Program(words, **options))

    def end(self):
        for one in reversed(self.started):
            one.kill()
        complaints = [found for one in self.started if (found := complaint(one.error()))]
        assert not complaints, complaints


@pytest.fixture
def earshot(tmp_path):
    program = Earshot(tmp_path)
    yield program
    program.end()


class Nobody(Earshot):
    """The program as a user who may not see packets, in a folder of his."""
    USER = 65534

    def __init__(self):
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            pytest.skip("needs root and setpriv (package util-linux): the user nobody")
        super().__init__(pathlib.Path(tempfile.mkdtemp(prefix="earshot-nobody-")))
        self.program = shutil.copy(BINARY, self.folder)  # who knows whether he may read the checkout
        for path in (self.folder, self.program):
            os.chown(path, self.USER, self.USER)
        self.words = ("setpriv", f"--reuid={self.USER}", f"--regid={self.USER}", "--clear-groups")

    def start(self, *words, wrap=(), **options):
        return self._keep(Program([self.program, *words], wrap=(*wrap, *self.words), **options))

    def json(self, *words, wrap=(), **options):
        return self._keep(Json(words, program=self.program, wrap=(*wrap, *self.words), **options))

    def end(self):
        super().end()
        shutil.rmtree(self.folder)


@pytest.fixture
def nobody():
    program = Nobody()
    yield program
    program.end()


class Far:
    """Plain sockets as the far end."""

    def __init__(self):
        self.opened = []

    def server(self, **options):
        self.opened.append(FarServer(**options))
        return self.opened[-1]

    def call(self, port, host="127.0.0.1", source=None):
        self.opened.append(FarEnd(socket.create_connection((host, port), PATIENCE, source)))
        return self.opened[-1]

    def call_and_be_reset(self, port):
        """A call that the other end resets at once: connect() may be the one to hear of it, or the first read."""
        try:
            caller = self.call(port)
        except ConnectionResetError:
            return
        caller.expect_reset()

    def call_unix(self, path):
        """Once somebody listens there: the file is there a moment earlier."""
        plain = socket.socket(socket.AF_UNIX)
        plain.settimeout(PATIENCE)
        wait_until(lambda: plain.connect_ex(str(path)) == 0, f"a listener at {path}")
        self.opened.append(FarEnd(plain))
        return self.opened[-1]

    def closed_port(self):
        """A port of loopback at which nobody listens: bound, so that nobody else takes it either."""
        holder = socket.socket()
        holder.bind(("127.0.0.1", 0))
        self.opened.append(holder)
        return holder.getsockname()[1]

    def end(self):
        for one in self.opened:
            one.close()


@pytest.fixture
def far():
    sockets = Far()
    yield sockets
    sockets.end()


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def network():
    """A network of the test's own, with nothing but loopback: `words` before a command run it there."""
    space = Network()
    yield space
    space.end()
