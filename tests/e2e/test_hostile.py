"""Random bytes from a peer and random keys from a person: nothing is lost, nothing steers, nothing breaks."""
import random
import re

import pytest

from far_end import careless_client
from waiting import wait_until

# All that the console itself may write to a terminal besides text.
OURS = re.compile(r"\x1b\[\?2004[hl]|\x1b\[(0|2|7|27|31|1;32|1;36)m|\x1b\[\d*[AC]|\x1b\[[KJ]|\x1b[78]|\r|\n|\t")
UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

PIECES = [b"\x1b[", b"\x1b]", b"\x1b", b"\x9b", b"\x07", b"\r", b"\n", b"\x00", b"\x08", b"\x7f", b"\x1b[2J",
          b"\x1b[?1049h", b"\x1b[41m", "你好".encode(), "你好".encode("gbk"), b"\xff", b"\xe4\xbd", b"\x81", b"text ",
          "\u202e".encode(), "e\u0301".encode(),
          "\U0001f468\u200d\U0001f469".encode(), b"\xc2\x9b2J", b"\x0e", b"\\x1b", b"0" * 300]


def noise(seed, pieces):
    chance = random.Random(seed)
    return b"".join(chance.choice(PIECES) if chance.random() < 0.8 else chance.randbytes(chance.randint(1, 20))
                    for _ in range(pieces))


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb18030", "windows-1252", "auto", "bytes"])
@pytest.mark.parametrize("view", ["text", "both"])
def test_random_bytes_never_steer_the_terminal(earshot, far, encoding, view):
    console = earshot.console("listen", "127.0.0.1", "0", "--encoding", encoding, "--view", view)
    end = far.call(console.port())
    console.wait_for("is here")
    for seed in range(20):
        end.send(noise(f"{encoding}{view}{seed}", 100))
        console.type("k")
    end.send("\nEND\n")
    console.wait_for("45 4e 44 0a" if encoding == "bytes" else "END")
    left = OURS.sub("", console.raw().decode("utf-8"))
    assert not UNFIT.search(left), [left[max(0, m.start() - 40):m.end() + 10] for m in UNFIT.finditer(left)][:5]


@pytest.mark.parametrize("frame", ["chunk", "line", "delim:0d0a", "fixed:7", "length:u16be", "idle:20"])
def test_bytes_of_all_messages_are_the_stream(earshot, far, frame):
    listener = earshot.listen("--frame", frame, "--encoding", "auto")
    data = b"".join(noise(f"{frame}{seed}", 100) for seed in range(20))
    end = far.call(listener.port)
    end.send(data)
    end.finish()
    listener.wait("half-closed")
    assert listener.heard_bytes() == data


KEYS = ["Up", "Down", "Left", "Right", "Home", "End", "BSpace", "Delete", "Tab", "Escape", "C-a", "C-e", "C-k", "C-u",
        "C-w", "C-y", "C-t", "C-r", "C-s", "C-g", "C-_", "C-l", "M-b", "M-f", "M-d", "PPage", "NPage", "F1", "F12",
        "C-Left", "C-Right", "M-BSpace", "IC", "BTab", "C-n", "C-p", "C-b", "C-f", "C-h", "C-x", "C-v", "C-o", "C-q",
        "C-]"]


@pytest.mark.parametrize("seed", range(4))
def test_random_keys_leave_a_console_that_works(earshot, far, seed):
    chance = random.Random(seed)
    console = earshot.console("listen", "127.0.0.1", "0", columns=chance.choice([11, 40, 80]))
    end = far.call(console.port())
    console.wait_for(">>>:")
    for _ in range(40):
        console.keys(*(chance.choice(KEYS) for _ in range(8)))
        console.type(chance.choice(["a", "字", "e\u0301", "👨‍👩‍👧", "/", " ", "/wh", "'", "\x7f", "\x1b[", "\x1b[200"]))
    console.keys("C-g", "C-c")
    console.paste("end of it")
    console.keys("Enter")
    end.receive_until("end of it\n")


def test_random_keys_in_one_burst_split_anywhere_are_taken(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    console.wait_for("is here")
    for word in ("一", "二", "三"):
        console.type(word)
        console.keys("Left", "Right", "Home", "End")
    console.keys("Enter")
    end.expect("一二三\n")


@pytest.mark.parametrize("seed", range(4))
def test_random_json_lines_are_answered_and_survived(earshot, far, seed):
    chance = random.Random(seed)
    listener = earshot.listen()
    end = far.call(listener.port)
    listener.wait("opened")
    good = b'{"command":"send","id":1,"text":"\xe4\xbd\xa0","ref":"a"}'
    for _ in range(300):
        line = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            line[chance.randrange(len(line))] = chance.choice(b'{}[]",:\\0aE-\x00\xff\x80 ')
        listener.write(bytes(line).replace(b"\n", b" ") + b"\n")
    listener.send("done\n")
    end.receive_until("done\n")


def test_slow_trickle_of_a_handshake_does_not_hold_others(earshot, far):
    listener = earshot.listen("--tls", "--connect-timeout", "1")
    for _ in range(20):
        far.call(listener.port).send(b"\x16\x03\x01")
    far.call(listener.port).tls(careless_client()).send("through")
    listener.wait_text("through")
    wait_until(lambda: sum(event["event"] == "error" for event in listener.refresh()) == 20, "all timed out",
               listener.seen)
