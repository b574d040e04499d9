"""How a test waits: for a condition with a deadline, never for time. What fails says what was seen instead."""
import time

PATIENCE = 30.0  # seconds; far more than any wait needs, for a machine that is busy with other things


def wait_until(condition, what, seen=lambda: "", timeout=PATIENCE):
    """Returns the first true value of condition(); fails, with what seen() says, once the deadline has passed."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:g} s for {what}; seen:\n{seen()}")
        time.sleep(0.01)
