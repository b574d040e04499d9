"""earshot as a program's tool: JSON lines under load and at their limits."""
import base64
import json
import ssl
import threading

from far_end import careless_client
from waiting import PATIENCE

MIB = 1 << 20


def test_tls_caller_at_a_plain_listener_is_hinted_at(earshot, far, certs):
    listener = earshot.listen()
    end = far.call(listener.port)

    def greet():
        try:
            end.tls(careless_client())
        except (ssl.SSLError, OSError):
            pass
    threading.Thread(target=greet, daemon=True).start()
    assert "--tls" in listener.wait("error", reason="tls")["message"]
    listener.give("reset")


def test_message_of_32_mib_goes_out_whole(earshot, far):
    listener = earshot.listen()
    end = far.call(listener.port)
    listener.wait("opened")
    data = bytes(range(256)) * (32 * MIB // 256)
    listener.give("send", bytes=base64.b64encode(data).decode(), ref="big")
    assert end.receive(len(data)) == data
    assert listener.wait("sent", ref="big")["bytes"] == len(data)


def test_command_line_longer_than_any_command_is_left_out_and_the_next_is_heard(earshot, far):
    listener = earshot.listen()
    end = far.call(listener.port)
    listener.wait("opened")
    block = b" " * MIB
    for _ in range(97):
        listener.write(block)
    listener.write(b"\n")
    listener.wait("error", reason="limit", timeout=2 * PATIENCE)
    listener.send("next")
    end.expect("next")
    assert listener.holds_at_most(300 * MIB), listener.memory()


def test_queue_to_a_caller_who_does_not_read_is_limited_and_refused(earshot, far):
    listener = earshot.listen()
    far.call(listener.port)
    listener.wait("opened")
    block = base64.b64encode(b"q" * (16 * MIB)).decode()
    for number in range(12):
        listener.give("send", bytes=block, ref=str(number))
    listener.wait("error", reason="limit")
    assert listener.holds_at_most(400 * MIB), listener.memory()


def test_many_conversations_are_told_apart(earshot, far):
    listener = earshot.listen()
    ends = {}
    for number in range(1, 301):
        ends[number] = far.call(listener.port)
        ends[number].send(f"I am {number}")
    for number in ends:
        listener.wait_text(f"I am {number}", id=number)
        listener.send(f"you are {number}", id=number)
    for number, end in ends.items():
        end.expect(f"you are {number}")
    listener.send("all of you", id="all", ref="all")
    assert listener.wait("sent", ref="all")["conversations"] == 300
    for end in ends.values():
        end.expect("all of you")


def test_numbers_are_never_used_twice(earshot, far):
    listener = earshot.listen("--on-fin", "close")
    for number in range(1, 6):
        far.call(listener.port).close()
        listener.wait("closed", id=number)


def test_every_line_is_json_whatever_the_peer_sends(earshot, far):
    listener = earshot.listen("--frame", "line")
    data = bytes(range(256)) * 8 + b'"\\\n' + "\u2028\u2029\u202e\ufeff".encode() + b"\xed\xa0\x80\xf4\x90\x80\x80\n"
    far.call(listener.port).send(data)
    assert listener.wait_bytes(len(data)) == data
    for line in listener.output().splitlines():
        line.decode("utf-8")
        event = json.loads(line)
        assert event["time"].endswith("Z") and not any(ord(letter) < 32 for letter in line.decode())


def test_counts_of_a_conversation_reconcile(earshot, far):
    listener = earshot.listen()
    end = far.call(listener.port)
    listener.wait("opened")
    for number in range(1000):
        end.send(b"x" * number)
    end.finish()
    listener.send("y" * 100_000)
    listener.give("close")
    assert len(end.receive_to_end()) == 100_000
    end.close()
    closed = listener.wait("closed")
    assert closed["received"] == sum(range(1000)) == len(listener.heard_bytes())
    assert closed["sent"] == 100_000


def test_encoding_and_framing_are_set_in_the_middle(earshot, far):
    listener = earshot.listen()
    end = far.call(listener.port)
    listener.wait("opened")
    listener.give("set-encoding", **{"in": "gbk", "out": "gb18030"}, ref="e")
    listener.wait("sent", ref="e")
    listener.give("set-frame", frame="delim:00", ref="f")
    listener.wait("sent", ref="f")
    end.send("一".encode("gbk") + b"\0" + "二".encode("gbk") + b"\0")
    assert [listener.wait("message")["text"] for _ in range(2)] == ["一", "二"]
    listener.send("𠀀")
    end.expect("𠀀".encode("gb18030"))


def test_reconnect_calls_again_after_an_end(earshot, far):
    server = far.server()
    caller = earshot.json("connect", "127.0.0.1", server.port, "--retry", "60")
    server.accept().reset()
    caller.wait("closed", reason="reset")
    caller.give("reconnect", ref="again")
    server.accept().send("anew")
    caller.wait("sent", ref="again")
    caller.wait_text("anew")


def test_commands_in_one_write_are_carried_out_in_order(earshot, far):
    listener = earshot.listen()
    end = far.call(listener.port)
    listener.wait("opened")
    lines = "".join(json.dumps({"command": "send", "text": f"{number},"}) + "\n" for number in range(5000))
    listener.write(lines.encode() + b'{"command":"half-close"}\n')
    assert end.receive_to_end().decode() == "".join(f"{number}," for number in range(5000))


def test_every_command_with_a_ref_is_answered_once(earshot, far):
    listener = earshot.listen()
    far.call(listener.port)
    listener.wait("opened")
    commands = [("send", {"text": "a"}), ("send", {"bytes": "AA=="}), ("set-eol", {"eol": "lf"}),
                ("set-frame", {"frame": "line"}), ("set-encoding", {"out": "gbk"}), ("half-close", {}),
                ("send", {"text": "too late"}), ("close", {}), ("reset", {}), ("dance", {}), ("quit", {})]
    for number, (command, fields) in enumerate(commands):
        listener.give(command, **fields, ref=f"r{number}")
    assert listener.status() == 0
    refs = [event["ref"] for event in listener.refresh() if event["event"] in ("sent", "error")]
    assert sorted(refs) == sorted(f"r{number}" for number in range(len(commands)))
