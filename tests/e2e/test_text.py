"""Text: nothing is lost or made up between the bytes on the wire and what a person or a program reads."""
import pytest

TEXT = "中文 ok 龘。\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb18030"])
def test_character_cut_at_every_position_over_separate_segments_is_whole(earshot, far, encoding):
    wanted = TEXT if encoding == "gbk" else "𠀀" + TEXT
    data = wanted.encode(encoding)
    listener = earshot.listen("--encoding", encoding)
    for cut in range(1, len(data)):
        end = far.call(listener.port)
        number = listener.wait("opened")["id"]
        end.send_apart(data[:cut])
        listener.wait_bytes(cut, number)
        end.send_apart(data[cut:])
        listener.wait_bytes(len(data), number)
        assert listener.heard_text(number) == wanted, f"cut at {cut}"
        assert not any(event["errors"] for event in listener.incoming(number))


def test_character_sent_byte_by_byte_is_whole(earshot, far):
    listener = earshot.listen("--encoding", "gb18030", "--frame", "line")
    data = ("𠀀" + TEXT).encode("gb18030")
    far.call(listener.port).send_apart(*(data[at:at + 1] for at in range(len(data))))
    assert listener.wait("message")["text"] == ("𠀀" + TEXT).rstrip("\n")


def test_character_cut_at_every_position_is_whole_on_the_screen(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0", "--encoding", "gbk")
    end = far.call(console.port())
    data = "汉字\n".encode("gbk")
    for cut in range(1, len(data)):
        end.send_apart(f"{cut} ".encode() + data[:cut], data[cut:])
        console.wait_line(f"client: {cut} 汉字")


def test_malformed_bytes_are_counted_and_the_bytes_stay(earshot, far):
    listener = earshot.listen()
    far.call(listener.port).send(b"a\xff\xfeb\xc3")
    listener.wait_bytes(5)
    assert listener.heard_bytes() == b"a\xff\xfeb\xc3"
    assert listener.heard_text().startswith("a\ufffd\ufffdb")


def test_malformed_bytes_show_as_hex_and_the_next_line_is_right(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0", "--encoding", "utf-8")
    end = far.call(console.port())
    end.send(b"bad \xff\xc3( here\nnext \xe4\xbd\xa0\n")
    console.wait_line("client: bad \\xff\\xc3( here")
    console.wait_line("client: next 你")


def test_malformed_bytes_stop_a_pipe_with_the_offset(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, "--encoding", "gbk")
    end = server.accept()
    end.send("中文".encode("gbk") + b"\xff\n")
    assert program.status() == 1
    assert program.output().decode() == "中文"
    assert "offset 4" in program.error() and "ff" in program.error().lower()


def test_character_the_encoding_lacks_is_refused_and_named(earshot, far):
    listener = earshot.listen("--send-encoding", "gbk")
    end = far.call(listener.port)
    listener.wait("opened")
    listener.send("fine 🎉 not", ref="a")
    refused = listener.wait("error", reason="unencodable", ref="a")
    assert "1F389" in refused["message"] and "gbk" in refused["message"].lower()
    listener.send("fine")
    end.expect("fine")


def test_character_the_encoding_lacks_leaves_the_line_in_the_editor(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0", "--encoding", "gbk")
    end = far.call(console.port())
    console.wait_for("is here")
    console.line("好🎉")
    console.wait_for("1F389")
    console.wait_last(">>>:好🎉")
    console.keys("BSpace", "Enter")
    end.expect("好\n".encode("gbk"))


def test_character_the_encoding_lacks_stops_a_pipe_with_the_offset(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, "--encoding", "gbk", stdin="好🎉".encode())
    end = server.accept()
    assert program.status() == 1
    assert "1F389" in program.error() and "offset 3" in program.error()
    assert end.receive(2) == "好".encode("gbk")


def test_pipe_with_an_encoding_is_utf8_outside_and_that_encoding_on_the_wire(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, "--encoding", "gbk", stdin="问".encode())
    end = server.accept()
    assert end.receive_to_end() == "问".encode("gbk")
    end.send("答".encode("gbk"))
    end.close()
    assert program.status() == 0
    assert program.output() == "答".encode()


def test_two_directions_have_an_encoding_each(earshot, far):
    listener = earshot.listen("--recv-encoding", "utf-8", "--send-encoding", "gbk")
    end = far.call(listener.port)
    end.send("你好")
    listener.wait_text("你好")
    listener.send("你好")
    end.expect("你好".encode("gbk"))


def test_console_detects_gbk_and_answers_in_it(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    end.send("这是一个用国标码写的句子，应当认得出来。\n".encode("gbk"))
    console.wait_line("client: 这是一个用国标码写的句子，应当认得出来。")
    console.line("好")
    end.expect("好\n".encode("gbk"))


def test_detection_chooses_among_those_named(earshot, far):
    listener = earshot.listen("--encoding", "auto", "--detect", "utf-8,windows-1252", "--frame", "line")
    far.call(listener.port).send("Übergröße café naïve\n".encode("windows-1252"))
    found = listener.wait("encoding", direction="in")
    assert found["encoding"] == "windows-1252" and found["detected"]
    assert listener.wait("message")["text"].startswith("Übergröße")


@pytest.mark.parametrize("locale, encoding, text", [
    ("zh_CN.UTF-8", "gbk", "温度过高"), ("zh_TW.UTF-8", "big5", "溫度過高"), ("ko_KR.UTF-8", "euc-kr", "온도가 높다"),
    ("ru_RU.UTF-8", "koi8-r", "температура"), ("de_DE.UTF-8", "windows-1252", "Gerät zu heiß"),
    ("C", "gbk", "温度过高"), ("en_US.UTF-8", "windows-1252", "Gerät zu heiß")])
def test_detection_chooses_among_those_of_the_locale(earshot, far, locale, encoding, text):
    listener = earshot.listen("--encoding", "auto", "--frame", "line", env={"LC_ALL": locale})
    far.call(listener.port).send((text + "\n").encode(encoding.replace("windows-", "cp")))
    assert listener.wait("encoding", direction="in")["encoding"] == encoding
    assert listener.wait("message")["text"] == text


def test_wrong_guess_says_from_where_to_read_again(earshot, far):
    listener = earshot.listen("--encoding", "auto", "--frame", "line")
    end = far.call(listener.port)
    for line in (b"plain\n", b"\xc4\xa3\n", "型很好\n".encode("gbk")):
        end.send(line)
        listener.wait_bytes(len(line))
    changed = listener.wait("encoding", direction="in")
    assert changed["encoding"] == "gbk" and changed["detected"] and changed["from_seq"] == 2
    listener.wait_text("型很好")


def test_wrong_guess_is_shown_again_on_the_screen(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    end.send(b"\xc4\xa3\n")
    console.wait_for("ģ")
    end.send("型很好\n".encode("gbk"))
    console.wait_line("client: 型很好")
    console.wait_line("client: 模")
    console.wait_for("gbk")


def test_unfinished_line_is_detected_too(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    end.send("用户名：".encode("gbk"))
    console.wait_for("用户名： ...")
    end.send("张三\n".encode("gbk"))
    console.wait_line("client: 用户名：张三")


def test_encoding_changed_in_the_middle_shows_what_came_before_anew(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0", "--encoding", "windows-1252")
    end = far.call(console.port())
    end.send("旧信\n".encode("gbk"))
    console.wait_for("client: ")
    console.wait_for("¾ÉÐÅ")
    console.line("/encoding gbk")
    console.line("/again")
    console.wait_line("client: 旧信")


def test_encoding_bytes_gives_no_text(earshot, far):
    listener = earshot.listen("--encoding", "bytes")
    far.call(listener.port).send(b"\x00\x01\xff")
    message = listener.wait("message")
    assert message["bytes"] == "AAH/" and "text" not in message


@pytest.mark.parametrize("frame, sent, bodies", [
    ("line", b"one\ntwo\r\nthree", ["one", "two"]),
    ("delim:00", b"one\x00two\x00", ["one", "two"]),
    ("fixed:3", b"onetwo", ["one", "two"]),
    ("length:u16be", b"\x00\x03one\x00\x05three", ["one", "three"]),
    ("length:u8,offset=1,adjust=1", b"#\x02one", ["one"]),
])
def test_framing_joins_and_splits_whatever_the_segments_are(earshot, far, frame, sent, bodies):
    listener = earshot.listen("--frame", frame)
    far.call(listener.port).send_apart(*(sent[at:at + 1] for at in range(len(sent))))
    for body in bodies:
        assert listener.wait("message")["text"].strip("\r\n").endswith(body)


def test_impossible_length_is_said_and_the_bytes_go_on_as_they_come(earshot, far):
    listener = earshot.listen("--frame", "length:u32be", "--max-message", "1000")
    far.call(listener.port).send(b"\xff\xff\xff\xffrest")
    assert listener.wait("framing")["lost"]
    listener.wait_bytes(8)
    assert listener.heard_bytes() == b"\xff\xff\xff\xffrest"


def test_hex_is_sent_with_its_checksum(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0", "--view", "both")
    end = far.call(console.port())
    console.wait_for("is here")
    console.line("/hex 01 03 00 00 00 0A +crc16modbus")
    end.expect(bytes.fromhex("01030000000ac5cd"))
    console.wait_for("8 bytes")


# "A", U+0A41, U+410A, U+0A00 behind U+0100: bytes 0A everywhere, of which none ends a line.
TRAPS = "A\u0a41\u410a\u0100\u0a00"


@pytest.mark.parametrize("encoding", ["utf-16le", "utf-16be"])
def test_lines_of_utf16_end_at_code_units(earshot, far, encoding):
    listener = earshot.listen("--encoding", encoding, "--frame", "line", "--eol", "crlf")
    end = far.call(listener.port)
    data = f"{TRAPS}\nb\r\n\n".encode(encoding)
    end.send_apart(*(data[at:at + 1] for at in range(len(data))))
    assert [listener.wait("message")["text"] for _ in range(3)] == [TRAPS, "b", ""]
    listener.send("好")
    end.expect("好\r\n".encode(encoding))


def test_lines_of_utf16_with_a_byte_order_mark_are_read_by_auto_and_answered(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0")
    end = far.call(console.port())
    end.send(f"\ufeff{TRAPS} one\ntwo\n".encode("utf-16le"))
    console.wait_line("client: two")
    console.line("好")
    end.expect("好\n".encode("utf-16le"))


def test_change_to_utf16_in_the_middle_cuts_its_lines(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0", "--encoding", "utf-8")
    end = far.call(console.port())
    end.send("plain\n")
    console.wait_line("client: plain")
    console.line("/encoding utf-16be")
    console.line("/eol crlf")
    console.line("x")
    end.expect("x\r\n".encode("utf-16be"))
    end.send(f"{TRAPS}\nlast\n".encode("utf-16be"))
    console.wait_line("client: last")


def test_pipe_in_utf16_has_its_line_ends_in_it(earshot, far):
    server = far.server()
    program = earshot.start("connect", "127.0.0.1", server.port, "--encoding", "utf-16le", "--eol", "crlf",
                            stdin="问\n答\n".encode())
    end = server.accept()
    assert end.receive_to_end() == "问\r\n答\r\n".encode("utf-16le")
    end.send("\u0a41\n".encode("utf-16le"))
    end.close()
    assert program.status() == 0
    assert program.output() == "\u0a41\n".encode()


def test_charset_of_the_c_library_is_one_more_encoding(earshot, far):
    listener = earshot.listen("--encoding", "iconv:ibm037", "--frame", "line")
    end = far.call(listener.port)
    end.send("Hello, World\n".encode("cp037"))
    heard = listener.wait("message")
    assert heard["text"] == "Hello, World" and heard["encoding"] == "iconv:IBM037"
    listener.send("naïve")
    end.expect("naïve".encode("cp037"))
    listener.give("set-encoding", **{"in": "iconv:IBM850"})
    end.send("Übung\n".encode("cp850"))
    assert listener.wait("message")["text"] == "Übung"
    listener.give("set-encoding", out="iconv:NO-SUCH", ref="x")
    assert "NO-SUCH" in listener.wait("error", ref="x")["message"]


def test_charset_of_the_c_library_on_the_screen(earshot, far):
    console = earshot.console("listen", "127.0.0.1", "0", "--encoding", "utf-8")
    end = far.call(console.port())
    console.wait_for("is here")
    console.line("/encoding iconv:KOI8-T")
    console.wait_for("sent to client 1: iconv:KOI8-T")
    end.send("Душанбе ҷ\n".encode("koi8-t"))
    console.wait_line("client: Душанбе ҷ")
    console.line("/again")
    console.wait_for("as iconv:KOI8-T")


def test_encodings_are_listed_with_all_labels(earshot):
    program = earshot.start("encodings")
    assert program.status() == 0
    rows = [line.split() for line in program.output().decode().splitlines()]
    assert len(rows) == 38 and sum(map(len, rows)) == 221
    assert rows[0][0] == "utf-8" and "gb2312" in next(row for row in rows if row[0] == "gbk")
