"""Two ends talk: earshot with itself and with a plain socket."""


def test_text_goes_both_ways_at_once(earshot):
    listener = earshot.listen()
    caller = earshot.call(listener.port)
    caller.send("你好")
    listener.wait("opened")
    listener.send("听得见")
    listener.wait_text("你好")
    caller.wait_text("听得见")


def test_caller_who_closes_is_named_with_the_reason(earshot, far):
    listener = earshot.listen()
    end = far.call(listener.port)
    listener.wait("opened", id=1)
    end.close()
    listener.give("close", id=1)
    assert listener.wait("closed", id=1)["reason"] == "closed"


def test_pipe_carries_bytes_as_they_are_both_ways(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, stdin=bytes(range(256)))
    end = server.accept()
    assert end.receive_to_end() == bytes(range(256))
    end.send(b"\x00\xff\r\n")
    end.close()
    assert program.status() == 0
    assert program.output() == b"\x00\xff\r\n"


def test_console_shows_what_the_peer_says_and_sends_the_line(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    end.send("hello\n")
    console.wait_line("client: hello")
    console.line("good day")
    end.expect("good day\n")
