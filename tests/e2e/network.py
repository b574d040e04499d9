"""A network namespace of a test's own, for what must not be done to the machine's network."""
import itertools
import os
import shutil
import socket
import subprocess

import pytest

def needs_packets():
    """For tests of what is captured: they say that they were not run where nobody may."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        pytest.skip("seeing packets needs root or CAP_NET_RAW")
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed: nothing to hold packets against")


_numbers = itertools.count(1)


class Network:
    def __init__(self):
        # A machine that could and does not is a fault of the machine, not a reason to skip.
        if os.geteuid() != 0:
            pytest.skip("needs root: a network namespace")
        if subprocess.run(["unshare", "--net", "true"], capture_output=True, timeout=30).returncode != 0:
            pytest.skip("root may not make a network namespace here (a container without CAP_SYS_ADMIN)")
        assert shutil.which("ip") and shutil.which("nft"), "iproute2 and nftables are not installed"
        self.name = f"earshot-{os.getpid()}-{next(_numbers)}"
        self._run("ip", "netns", "add", self.name)
        self.words = ("ip", "netns", "exec", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def _run(self, *words):
        subprocess.run(words, check=True, timeout=30)

    def run(self, *words):
        self._run(*self.words, *words)

    def end(self):
        self._run("ip", "netns", "delete", self.name)
