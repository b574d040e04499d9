"""recode: iconv's habits, nothing lost up to what does not fit, and that named with file, offset and bytes."""
import os
import pathlib
import re
import signal
import subprocess

import pytest

from program import BINARY, SANITIZED
from waiting import wait_until

CHINESE = "早上好，今天的会议改到三点。please reply, 谢谢 12345\n"
BIG5 = "早安，今天的會議改到三點。please reply, 謝謝 12345\n"
JAPANESE = "おはようございます。会議は三時からです。please reply, ｶﾀｶﾅ 12345\n"
KOREAN = "좋은 아침입니다. 오늘 회의는 세 시입니다. please reply, 12345\n"
RUSSIAN = "Доброе утро, встреча перенесена на три часа. please reply 12345\n"
# Label, the C library's name, prose that both have.
PROSE = [
    ("utf-8", "UTF-8", CHINESE + "🎉"), ("gbk", "GBK", CHINESE), ("gb18030", "GB18030", CHINESE + "🎉龘"),
    ("big5", "BIG5-HKSCS", BIG5), ("euc-kr", "UHC", KOREAN), ("shift_jis", "CP932", JAPANESE),
    ("euc-jp", "EUC-JP", JAPANESE), ("iso-2022-jp", "ISO-2022-JP", JAPANESE.replace("ｶﾀｶﾅ", "カタカナ")),
    ("utf-16le", "UTF-16LE", CHINESE + "🎉"), ("utf-16be", "UTF-16BE", CHINESE + "🎉"),
    ("ibm866", "IBM866", RUSSIAN), ("koi8-r", "KOI8-R", RUSSIAN), ("koi8-u", "KOI8-U", "Її ґанок\n" + RUSSIAN),
    ("windows-1251", "CP1251", RUSSIAN), ("iso-8859-5", "ISO-8859-5", RUSSIAN),
    ("x-mac-cyrillic", "MAC-CYRILLIC", RUSSIAN), ("windows-1250", "CP1250", "Příliš žluťoučký kůň\n"),
    ("windows-1252", "CP1252", "Übergröße café “naïve” €5\n"), ("windows-1253", "CP1253", "Καλημέρα κόσμε\n"),
    ("windows-1254", "CP1254", "Günaydın, şişli ığdır\n"), ("windows-1255", "CP1255", "שלום עולם\n"),
    ("windows-1256", "CP1256", "صباح الخير\n"), ("windows-1257", "CP1257", "Labrīt, ąžuolas\n"),
    ("windows-1258", "CP1258", "Đêm đông, cô ơi\n"), ("windows-874", "CP874", "สวัสดีตอนเช้า\n"),
    ("iso-8859-2", "ISO-8859-2", "Příliš žluťoučký kůň\n"), ("iso-8859-7", "ISO-8859-7", "Καλημέρα κόσμε\n"),
    ("iso-8859-15", "ISO-8859-15", "Übergröße café €5\n"), ("macintosh", "MACINTOSH", "Übergröße café\n"),
]


@pytest.fixture
def recode(earshot):
    return lambda *words, **options: earshot.run("recode", *words, **options)


@pytest.fixture
def file(tmp_path):
    def write(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        return path
    return write


def iconv(data, source, target):
    return subprocess.run(["iconv", "-f", source, "-t", target], input=data, capture_output=True, check=True).stdout


@pytest.mark.parametrize("label, charset, text", PROSE, ids=[row[0] for row in PROSE])
def test_prose_is_what_iconv_makes_of_it_both_ways(recode, label, charset, text):
    if recode("-f", label, "-t", "utf-8").status() == 2:
        pytest.skip(f"no {label} here")
    utf8 = text.encode() * 3000
    raw = iconv(utf8, "UTF-8", charset)
    decoded = recode("-f", label, "-t", "utf-8", stdin=raw)
    assert (decoded.status(), decoded.error()) == (0, "")
    assert decoded.output() == utf8
    encoded = recode("-f", "utf-8", "-t", label, stdin=utf8)
    assert (encoded.status(), encoded.error()) == (0, "")
    assert encoded.output() == raw


def test_one_encoding_becomes_another_without_a_stop_at_utf8(recode):
    made = recode("-f", "gb18030", "-t", "gbk", stdin=CHINESE.encode("gb18030"))
    assert made.status() == 0 and made.output() == CHINESE.encode("gbk")


def test_files_and_the_standard_input_come_one_after_the_other(recode, file):
    one, two = file("one", "一".encode("gbk")), file("two", "三".encode("gbk"))
    made = recode("--from=gbk", "--to=utf-8", one, "-", two, stdin="二".encode("gbk"))
    assert made.status() == 0 and made.output().decode() == "一二三"


def test_no_file_is_the_standard_input_and_output_goes_where_it_is_told(recode, file, tmp_path):
    target = file("target", b"longer than what comes now")
    made = recode("-f", "gbk", "-t", "utf-8", "-o", target, stdin="好".encode("gbk"))
    assert made.status() == 0 and made.output() == b"" and target.read_bytes() == "好".encode()
    assert recode("-f", "gbk", "-t", "utf-8", "-o", "-", stdin=b"x").output() == b"x"


def test_side_that_is_not_named_is_the_locales(recode):
    assert recode("-t", "gbk", stdin="好".encode()).output() == "好".encode("gbk")
    assert recode("-f", "gbk", stdin="好".encode("gbk")).output() == "好".encode()


def test_byte_order_mark_is_a_character(recode):
    assert recode("-f", "utf-8", "-t", "utf-8", stdin=b"\xef\xbb\xbfa").output() == b"\xef\xbb\xbfa"


# Around the size of what is read at once, a character cut at every place of it.
@pytest.mark.parametrize("border", [4096, 65536, 131072, 262144, 1 << 20])
def test_what_does_not_fit_is_found_at_its_offset_on_every_side_of_a_border(recode, file, border):
    for at in range(border - 5, border + 5):
        text = "x" * (at % 2) + "好" * (at // 2)
        raw = text.encode("gbk")
        assert len(raw) == at
        bad = recode("-f", "gbk", "-t", "utf-8", file("bad", raw + b"\x81\xff more"))
        assert bad.status() == 1 and bad.output().decode() == text
        assert f"bad: 81 ff at offset {at} is not gbk" in bad.error()
        lacking = recode("-f", "gb18030", "-t", "gbk", file("lacking", raw + "🎉 more".encode("gb18030")))
        assert lacking.status() == 1 and lacking.output() == raw
        assert f"lacking: gbk cannot carry U+1F389 (🎉), at offset {at}" in lacking.error()
        good = recode("-f", "gb18030", "-t", "utf-8", file("good", raw + "🎉 more".encode("gb18030")))
        assert good.status() == 0 and good.output().decode() == text + "🎉 more"


def test_bytes_that_come_one_by_one_give_the_same(earshot):
    program = earshot.start("recode", "-f", "gb18030", "-t", "utf-8")
    data = "a好🎉\n".encode("gb18030")
    for at in range(len(data)):
        program.write(data[at:at + 1])
    program.end_input()
    assert program.status() == 0 and program.output().decode() == "a好🎉\n"


def test_what_has_come_is_written_without_waiting_for_the_end(earshot):
    program = earshot.start("recode", "-f", "gbk", "-t", "utf-8")
    program.write("好\n".encode("gbk"))
    program.wait_out("好\n".encode())
    program.end_input()
    assert program.status() == 0


def test_character_cut_by_the_end_is_an_error(recode, file):
    made = recode("-f", "gbk", "-t", "utf-8", file("cut", b"ab\xc4"))
    assert made.status() == 1 and made.output() == b"ab"
    assert "cut: ends in the middle of a gbk character: c4 at offset 2" in made.error()


def test_strict_takes_no_file_behind_the_one_that_stopped_it(recode, file):
    made = recode("-f", "gbk", "-t", "utf-8", file("one", b"1"), file("two", b"2\xff"), file("three", b"3"))
    assert made.status() == 1 and made.output() == b"12"
    assert "two: ff at offset 1 is not gbk; --errors" in made.error()


def test_replace_goes_on_as_the_standard_says_and_counts(recode, file):
    made = recode("-f", "gbk", "-t", "utf-8", "--errors", "replace", file("a", b"a\x81\xffb\xff"), file("b", b"c\xff"))
    assert made.status() == 1 and made.output().decode() == "a\ufffdb\ufffdc\ufffd"
    assert "did not fit: 3 malformed, 0 that utf-8 lacks; the first is in" in made.error()
    assert "a: 81 ff at offset 1 is not gbk" in made.error()
    lacking = recode("-t", "gbk", "--errors=replace", stdin="好🎉。".encode() + b"\xff")
    assert lacking.status() == 1 and lacking.output() == "好&#127881;。&#65533;".encode("gbk")
    assert "1 malformed, 1 that gbk lacks" in lacking.error() and "U+1F389" in lacking.error()


def test_escape_goes_on_and_shows_bytes_and_code_points(recode):
    made = recode("-f", "gbk", "-t", "utf-8", "--errors", "escape", stdin=b"a\x81\xffb")
    assert made.status() == 1 and made.output() == rb"a\x81\xffb"
    lacking = recode("-t", "windows-1252", "--errors", "escape", stdin="é好🎉".encode())
    assert lacking.status() == 1 and lacking.output() == b"\xe9" + rb"\u{597d}\u{1f389}"


def test_clean_text_says_nothing_whatever_the_policy(recode):
    for policy in ("strict", "replace", "escape"):
        made = recode("-f", "gbk", "--errors", policy, stdin=CHINESE.encode("gbk"))
        assert (made.status(), made.error(), made.output()) == (0, "", CHINESE.encode())


def test_missing_file_is_named_and_the_others_are_taken(recode, file, tmp_path):
    made = recode("-f", "gbk", file("one", b"1"), tmp_path / "missing", tmp_path, file("two", b"2"))
    assert made.status() == 1 and made.output() == b"12"
    assert f"cannot read {tmp_path}/missing: No such file or directory" in made.error()
    assert f"{tmp_path} is a folder" in made.error()


def test_output_stays_as_it_is_where_nothing_can_be_read(recode, file, tmp_path):
    target = file("target", b"old")
    assert recode("-f", "gbk", "-o", target, tmp_path / "missing").status() == 1
    assert target.read_bytes() == b"old"


def test_file_is_not_written_over_while_it_is_read(recode, file, tmp_path):
    one = file("one", b"1" * 300000)
    link = tmp_path / "link"
    os.link(one, link)
    made = recode("-f", "gbk", "-t", "utf-8", "-o", link, one)
    assert made.status() == 1 and "is the output too" in made.error() and one.stat().st_size == 300000
    with open(one, "ab") as target:
        assert recode("-f", "gbk", "-t", "utf-8", one, stdout=target).status() == 1
    assert one.stat().st_size == 300000


def test_output_that_cannot_be_made_is_named(recode, tmp_path):
    made = recode("-o", tmp_path / "no" / "file", stdin=b"x")
    assert made.status() == 1 and f"cannot write to {tmp_path}/no/file: No such file" in made.error()


def test_full_disk_is_named(recode):
    with open("/dev/full", "wb") as full:
        made = recode("-f", "gbk", stdin=b"x", stdout=full)
    assert made.status() == 1 and "cannot write to the standard output: No space left on device" in made.error()


def test_reader_that_goes_away_is_no_failure(earshot, file):
    reading, writing = os.pipe()
    os.close(reading)
    program = earshot.start("recode", "-f", "gbk", file("much", b"x" * 300000), stdout=writing)
    os.close(writing)
    assert (program.status(), program.error()) == (0, "")


def test_closed_standard_output_is_a_failure(earshot):
    made = earshot.other("sh", "-c", 'exec "$@" >&-', "sh", BINARY, "recode", "-f", "gbk", stdin=b"x")
    assert made.status() == 1 and "the standard output: it is closed" in made.error()


def test_interrupt_ends_it(earshot):
    program = earshot.start("recode", "-f", "gbk", "-t", "utf-8")
    program.write(b"x")
    program.wait_out(b"x")
    program.signal(signal.SIGINT)
    assert program.status() == -signal.SIGINT


@pytest.mark.parametrize("words, said", [
    (["-f", "gbkk"], "did you mean gbk?"),
    (["-f", "cp850"], "did you mean iconv:cp850?"),
    (["-t", "utf-8//TRANSLIT"], "--errors replace"),
    (["-f", "auto"], "is not known"),
    (["--errors", "ignore"], "write one of strict, replace, escape"),
    (["--json"], "--json does not belong to recode"),
    (["-o"], "needs a value"),
])
def test_wrong_command_line_is_status_2_and_says_what_to_write(recode, words, said):
    made = recode(*words)
    assert made.status() == 2 and said in made.error()


@pytest.mark.skipif(SANITIZED, reason="a sanitizer keeps memory of its own")
@pytest.mark.parametrize("policy", ["strict", "escape"])
def test_memory_does_not_grow_with_what_comes(earshot, policy):
    program = earshot.start("recode", "-f", "gbk", "-t", "utf-8", "--errors", policy)
    piece, pieces = CHINESE * 20000, 64
    raw = piece.encode("gbk") if policy == "strict" else b"\xff" * 1000000
    wanted = pieces * (len(piece.encode()) if policy == "strict" else 4000000)
    for _ in range(pieces):
        program.write(raw)
    wait_until(lambda: len(program.out.bytes) == wanted, "all of it", program.seen)
    peak = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{program.pid}/status").read_text())
    program.end_input()
    assert program.status() == (0 if policy == "strict" else 1)
    assert int(peak[1]) < 12 * 1024
