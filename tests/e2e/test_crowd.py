"""More callers at once than a program that waits by select() could have."""
import resource

import pytest


CALLERS = 1100  # 1,024 is select's most


@pytest.fixture
def descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CALLERS
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"needs {wanted} descriptors, may have {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_more_callers_than_select_can_watch_hear_a_line(earshot, far, descriptors):
    server = earshot.start("listen", "127.0.0.1:0", "--reply", "broadcast", "--frame", "line")
    port = server.listening_port()
    callers = [far.call(port) for _ in range(CALLERS)]
    callers[-1].send("ready?\n")  # whoever comes last is heard, so all before him are here
    line = b"ready?\n"
    for caller in callers[:-1]:
        assert caller.socket.recv(100) == line
    callers[0].send("all of you\n")
    for caller in callers[1:]:
        assert caller.socket.recv(100) == b"all of you\n"
    for caller in callers[::2]:
        caller.reset()
    late = far.call(port)
    late.send("still there?\n")
    assert callers[1].socket.recv(100) == b"still there?\n"
