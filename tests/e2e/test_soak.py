"""A short form of `make soak`: the ledger of a chat with slow and killed callers adds up."""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def test_a_chat_of_slow_and_killed_callers_adds_up():
    done = subprocess.run([sys.executable, os.path.join(ROOT, "bench", "soak.py"), "--seconds", "2", "--callers", "100",
                           "--earshot", os.environ.get("EARSHOT", os.path.join(ROOT, "build", "dev", "earshot"))],
                          capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all adds up" in done.stdout
