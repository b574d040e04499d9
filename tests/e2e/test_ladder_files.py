"""earshot ladder FILE: captures of real conversations (tests/corpus/ladder, made by tools/make_ladder_corpus.py), their
ladders beside them, and what tshark says of the same packets."""
import importlib.util
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import xml.etree.ElementTree

import pytest

from program import BINARY
from waiting import wait_until

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = CHECKOUT / "tests/corpus/ladder"
CAPTURES = sorted(CORPUS.glob("*.pcap"))
REWRITE = os.environ.get("EARSHOT_REWRITE") == "1"


def stems(paths):
    return [path.stem for path in paths]


def need(program, package):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed (package {package}): not held against it")


# --- against tshark

MARKS = {
    "tcp.analysis.retransmission": "retransmission",
    "tcp.analysis.fast_retransmission": "fast-retransmission",
    "tcp.analysis.out_of_order": "out-of-order",
    "tcp.analysis.lost_segment": "lost-before",
    "tcp.analysis.duplicate_ack": "duplicate-ack",
    "tcp.analysis.zero_window": "zero-window",
    "tcp.analysis.zero_window_probe": "zero-window-probe",
    "tcp.analysis.window_update": "window-update",
    "tcp.analysis.window_full": "window-full",
    "tcp.analysis.keep_alive": "keepalive",
    "tcp.analysis.keep_alive_ack": "keepalive-ack",
}
FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"]
FIELDS = ["frame.number", "tcp.stream", "ip.src", "ipv6.src", "tcp.srcport", "tcp.flags", "tcp.seq", "tcp.ack", "tcp.len",
          "tcp.window_size", "tcp.seq_raw", "tcp.analysis.duplicate_ack_num", *MARKS]


def tshark_packets(file):
    """Packet number -> what tshark says of it."""
    need("tshark", "tshark")
    words = ["tshark", "-r", str(file), "-T", "fields", "-E", "separator=|", "-E", "occurrence=f"]
    for field in FIELDS:
        words += ["-e", field]
    made = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout
    packets = {}
    for line in made.splitlines():
        packet = dict(zip(FIELDS, line.split("|")))
        packets[int(packet["frame.number"])] = packet
    return packets


def compared(row):
    """A row of ours in tshark's terms."""
    marks = {mark["mark"]: mark.get("count") for mark in row.get("marks", [])}
    if "keepalive" in marks:
        # What a Linux sender asks a closed window with looks like a keep-alive, and is no more to tshark.
        marks.pop("zero-window-probe", None)
    return {
        "flags": sorted(row["flags"]), "seq": row["seq"], "ack": row.get("ack"), "length": row["length"],
        "window": row["window"], "raw": row["seq_absolute"],
        "marks": sorted(name for name in marks if name in MARKS.values()), "duplicate": marks.get("duplicate-ack"),
    }


def as_tshark_says(packet):
    bits = int(packet["tcp.flags"], 16)
    flags = [name for bit, name in enumerate(FLAGS) if bits >> bit & 1]
    count = packet["tcp.analysis.duplicate_ack_num"]
    return {
        "flags": sorted(flags), "seq": int(packet["tcp.seq"]), "ack": int(packet["tcp.ack"]) if "ACK" in flags else None,
        "length": int(packet["tcp.len"]), "window": int(packet["tcp.window_size"]), "raw": int(packet["tcp.seq_raw"]),
        "marks": sorted(name for field, name in MARKS.items() if packet[field]), "duplicate": int(count) if count else None,
    }


def rows_of(earshot, file, stream, *words):
    run = earshot.run("ladder", file, "--stream", stream, "--json", "--fold", "0", *words)
    assert run.status() == 0, run.seen()
    return [json.loads(line) for line in run.output().splitlines()]


def assert_agrees_with_tshark(earshot, file):
    packets = tshark_packets(file)
    streams = sorted({int(packet["tcp.stream"]) for packet in packets.values()})
    assert streams == list(range(len(streams)))
    for stream in streams:
        expected = {number: as_tshark_says(packet) for number, packet in packets.items()
                    if int(packet["tcp.stream"]) == stream}
        rows = {row["packet"]: compared(row) for row in rows_of(earshot, file, stream)
                if row["kind"] == "segment" and row["sight"] == "seen"}
        assert rows == expected


@pytest.mark.parametrize("file", CAPTURES, ids=stems(CAPTURES))
def test_rows_agree_with_tshark(earshot, file):
    assert_agrees_with_tshark(earshot, file)


def corpus_maker():
    spec = importlib.util.spec_from_file_location("make_ladder_corpus", CHECKOUT / "tools/make_ladder_corpus.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("case", ["closed_by_client", "closed_by_server", "half_close_with_data", "simultaneous_close",
                                  "simultaneous_open", "reset_during_data", "refused", "retransmission", "zero_window",
                                  "keepalive", "bulk", "streams", "any"])
def test_rows_of_a_conversation_held_now_agree_with_tshark(earshot, network, tmp_path, case):
    # `network` is asked for what it checks: root, and a machine where namespaces can be made.
    need("tcpdump", "tcpdump")
    assert corpus_maker().main([str(tmp_path), case]) == 0
    assert_agrees_with_tshark(earshot, tmp_path / f"{case}.pcap")


# --- the ladders beside the captures

def ladder_text(earshot, file, *words, **options):
    run = earshot.run("ladder", file, *words, **options)
    assert run.status() == 0, run.seen()
    return run.output().decode()


def without_heading(text):
    """From the row of first states on: the heading names the file, which may take more lines."""
    return text[text.index("      ms "):]


@pytest.mark.parametrize("file", CAPTURES, ids=stems(CAPTURES))
def test_ladder_is_the_one_beside_the_capture(earshot, file):
    kept = file.with_suffix(".txt")
    made = ladder_text(earshot, file.name, cwd=CORPUS)
    if file.stem == "streams":
        for stream in range(3):
            made += "\n" + ladder_text(earshot, file.name, "--stream", stream, cwd=CORPUS)
    if REWRITE:
        kept.write_text(made)
    assert made == kept.read_text()


def test_every_ladder_fits_into_eighty_columns():
    for kept in CORPUS.glob("*.txt"):
        for line in kept.read_text().splitlines():
            wide = sum(2 if ord(character) >= 0x1100 else 1 for character in line)
            assert wide <= 80, f"{kept.name}: {line}"


def test_learners_get_a_sentence_a_step_in_their_language(earshot):
    file = CORPUS / "closed_by_client.pcap"
    plain = ladder_text(earshot, file)
    english = ladder_text(earshot, file, "--explain")
    chinese = ladder_text(earshot, file, "--explain", env={"LC_ALL": "zh_CN.UTF-8"})
    assert len(english.splitlines()) > len(plain.splitlines())
    assert english != chinese


# --- which conversation

def test_conversations_are_listed_where_there_are_several(earshot):
    run = earshot.run("ladder", CORPUS / "streams.pcap")
    assert run.status() == 0
    lines = run.output().decode().splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["0", "10.77.0.1:40000", "10.77.0.2:9000", "8", "40"],
        ["1", "10.77.0.1:40001", "10.77.0.2:9000", "6", "8"],
        ["2", "10.77.0.1:40000", "10.77.0.2:9000", "8", "6"]]
    assert "--stream" in run.error()


def test_list_is_json_with_json(earshot):
    run = earshot.run("ladder", CORPUS / "streams.pcap", "--json")
    assert run.status() == 0
    assert [json.loads(line)["stream"] for line in run.output().splitlines()] == [0, 1, 2]


def test_conversation_that_is_not_there_is_refused(earshot):
    run = earshot.run("ladder", CORPUS / "streams.pcap", "--stream", "3")
    assert run.status() == 1
    assert "0 to 2" in run.error() and run.output() == b""


def test_file_to_write_needs_a_choice_among_several(earshot, tmp_path):
    run = earshot.run("ladder", CORPUS / "streams.pcap", "--svg", tmp_path / "a.svg")
    assert run.status() == 1
    assert "--stream" in run.error() and not (tmp_path / "a.svg").exists()


# --- packets that a capture shows twice

def records(data):
    """Header and bytes of each packet of a pcap file."""
    at, found = 24, []
    while at < len(data):
        header = list(struct.unpack_from("<IIII", data, at))
        found.append((header, data[at + 16:at + 16 + header[2]]))
        at += 16 + header[2]
    return found


def doubled(data, link_type, view):
    """The same packets, each seen again 7 us later; `view` makes a frame of an Ethernet one and the number of its view."""
    out = bytearray(data[:24])
    struct.pack_into("<I", out, 20, link_type)
    for (seconds, micros, _, length), frame in records(data):
        for number in (0, 1):
            made = view(frame, number)
            out += struct.pack("<IIII", seconds, micros + 7 * number, len(made), length + len(made) - len(frame)) + made
    return bytes(out)


def cooked(frame, number):
    passage = (4, 0)[number]  # leaving, then arriving
    return struct.pack(">HHH8s", passage, 772, 6, b"") + frame[12:]


@pytest.mark.parametrize("link_type, view", [(113, cooked), (1, lambda frame, number: frame)],
                         ids=["with the way they pass", "without"])
@pytest.mark.parametrize("name", ["loopback", "retransmission", "keepalive", "ipv6"])
def test_packet_seen_leaving_and_arriving_is_one_row(earshot, tmp_path, name, link_type, view):
    file = CORPUS / f"{name}.pcap"
    twice = tmp_path / "twice.pcap"
    twice.write_bytes(doubled(file.read_bytes(), link_type, view))
    once = [compared(row) for row in rows_of(earshot, file, 0) if row["kind"] == "segment"]
    rows = [row for row in rows_of(earshot, twice, 0) if row["kind"] == "segment"]
    assert [compared(row) for row in rows] == once
    assert all(row["sent_at"] < row["arrived_at"] for row in rows)


def merged(data, apart):
    """The capture of one end and, so many microseconds later, that of the other, put together by time."""
    out, views = bytearray(data[:24]), []
    for (seconds, micros, length, whole), frame in records(data):
        for at in (seconds * 1_000_000 + micros, seconds * 1_000_000 + micros + apart):
            views.append((at, struct.pack("<IIII", at // 1_000_000, at % 1_000_000, length, whole) + frame))
    for _, record in sorted(views, key=lambda view: view[0]):
        out += record
    return bytes(out)


def slanted(svg):
    """Of each arrow of a picture, whether it arrives lower than it leaves."""
    root = xml.etree.ElementTree.parse(svg).getroot()
    ways = [path.get("d").split() for path in root.iter("{http://www.w3.org/2000/svg}path")
            if path.get("class", "").startswith("arrow")]
    return [way[1] != way[3] for way in ways]


@pytest.mark.parametrize("name", ["closed_by_client", "half_close_with_data", "reset_during_data", "ipv6", "refused"])
def test_capture_of_both_ends_has_slanted_arrows_and_one_end_has_none(earshot, tmp_path, name):
    file, both, svg = CORPUS / f"{name}.pcap", tmp_path / "both.pcap", tmp_path / "a.svg"
    both.write_bytes(merged(file.read_bytes(), 150_000))
    ladder_text(earshot, file, "--svg", svg, "--fold", 0)
    assert not any(slanted(svg))
    once = [compared(row) for row in rows_of(earshot, file, 0) if row["kind"] == "segment"]
    rows = [row for row in rows_of(earshot, both, 0) if row["kind"] == "segment"]
    assert [compared(row)["raw"] for row in rows] == [row["raw"] for row in once]
    ladder_text(earshot, both, "--svg", svg, "--fold", 0)
    assert slanted(svg) == [True] * len(once)


# --- encodings

def test_each_end_is_read_in_the_encoding_that_it_writes(earshot):
    made = ladder_text(earshot, CORPUS / "closed_by_client.pcap")
    assert "你好" in made and "听得见" in made and "GBK" in made


def test_encoding_can_be_named_for_each_end(earshot):
    file = CORPUS / "closed_by_client.pcap"
    named = ladder_text(earshot, file, "--client-encoding", "utf-8", "--server-encoding", "gbk")
    assert named == ladder_text(earshot, file)
    assert "\\x" in ladder_text(earshot, file, "--encoding", "utf-8")
    assert "e4bda0" in ladder_text(earshot, file, "--encoding", "bytes").replace(" ", "")


# --- the other forms

def test_picture_is_well_formed(earshot, tmp_path):
    text = ladder_text(earshot, CORPUS / "closed_by_client.pcap", "--svg", tmp_path / "a.svg")
    assert "SYN-SENT" in text
    root = xml.etree.ElementTree.parse(tmp_path / "a.svg").getroot()
    assert root.tag.endswith("svg")
    assert len(list(root.iter("{http://www.w3.org/2000/svg}title"))) >= 11


def test_one_form_can_stand_instead_of_the_text(earshot):
    made = ladder_text(earshot, CORPUS / "closed_by_client.pcap", "--mermaid", "-")
    assert made.startswith("sequenceDiagram") and "SYN-SENT |" not in made
    run = earshot.run("ladder", CORPUS / "bulk.pcap", "--mermaid", "-", "--svg", "-")
    assert run.status() == 2


@pytest.mark.parametrize("file", CAPTURES, ids=stems(CAPTURES))
def test_packets_are_written_as_tshark_reads_them(earshot, tmp_path, file):
    written = tmp_path / "out.pcapng"
    text = ladder_text(earshot, file, "--stream", 0, "--pcap", written)
    need("tshark", "tshark")
    quiet = subprocess.run(["tshark", "-r", written, "-q"], capture_output=True, text=True, timeout=60)
    warnings = [line for line in quiet.stderr.splitlines() if not line.startswith("Running as user")]
    assert quiet.returncode == 0 and not warnings

    def frames(of, *filter):
        words = ["tshark", "-r", of, *filter, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e",
                 "frame.cap_len", "-e", "tcp.seq_raw", "-e", "tcp.checksum", "-e", "ip.id"]
        return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout
    assert frames(written) == frames(file, "-Y", "tcp.stream == 0")
    # And as earshot reads them: but for the file's name the same ladder.
    again = ladder_text(earshot, written)
    assert without_heading(again) == without_heading(text)


def test_what_was_said_stands_beside_the_packets(earshot, tmp_path):
    need("tshark", "tshark")
    written = tmp_path / "out.pcapng"
    ladder_text(earshot, CORPUS / "closed_by_client.pcap", "--pcap", written)
    comments = subprocess.run(["tshark", "-r", written, "-Y", "frame.comment", "-T", "fields", "-e", "frame.number", "-e",
                               "frame.comment"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert comments.splitlines() == ["4\t你好，听得见吗？\\n", "6\t听得见，请讲。\\n"]


def test_file_that_is_read_is_not_overwritten(earshot, tmp_path):
    file = tmp_path / "a.pcap"
    shutil.copy(CORPUS / "bulk.pcap", file)
    run = earshot.run("ladder", file, "--pcap", file)
    assert run.status() == 2
    assert file.read_bytes() == (CORPUS / "bulk.pcap").read_bytes()


def test_file_that_cannot_be_written_is_named(earshot):
    run = earshot.run("ladder", CORPUS / "bulk.pcap", "--svg", "/nowhere/a.svg")
    assert run.status() == 1
    assert "/nowhere/a.svg" in run.error()


# --- from the standard input, and as it grows

def test_capture_comes_by_the_standard_input(earshot):
    file = CORPUS / "keepalive.pcap"
    made = ladder_text(earshot, "-", stdin=file.read_bytes())
    assert without_heading(made) == without_heading(ladder_text(earshot, file))


def test_rows_of_a_named_conversation_appear_as_packets_come(earshot):
    data = (CORPUS / "retransmission.pcap").read_bytes()
    program = earshot.start("ladder", "-", "--stream", "0")
    program.write(data[:2000])
    program.wait_out(b"SYN-SENT")
    assert program.child.poll() is None
    program.write(data[2000:])
    program.end_input()
    assert program.status() == 0
    assert b"rexmit" in program.output()


def test_interrupt_is_for_whoever_writes_the_capture(earshot):
    data = (CORPUS / "keepalive.pcap").read_bytes()
    program = earshot.start("ladder", "-", "--stream", "0")
    program.write(data[:700])
    program.wait_out(b"SYN-SENT")
    program.signal(signal.SIGINT)
    program.write(data[700:])
    program.end_input()
    assert program.status() == 0
    assert b"TIME-WAIT" in program.output()


def test_second_interrupt_ends(earshot):
    program = earshot.start("ladder", "-", "--stream", "0")
    program.write((CORPUS / "keepalive.pcap").read_bytes()[:700])
    program.wait_out(b"SYN-SENT")
    wait_until(lambda: program.signal(signal.SIGINT) or program.child.poll() is not None, "its end", program.seen)
    assert program.child.returncode == -signal.SIGINT


def test_reader_who_has_had_enough_is_no_failure(earshot):
    run = earshot.other("sh", "-c", f"'{BINARY}' ladder '{CORPUS / 'bulk.pcap'}' --fold 0 | head -n 2; true")
    assert run.status() == 0
    assert run.error() == ""


# --- files that are no good

def test_missing_file_is_named(earshot, tmp_path):
    run = earshot.run("ladder", tmp_path / "none.pcap")
    assert run.status() == 1
    assert "none.pcap" in run.error() and len(run.error().splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"no capture at all, only words\n" * 9, b"\xd4\xc3\xb2\xa1", b"\n\r\r\n" * 40],
                         ids=["empty", "text", "start of a header", "broken pcapng"])
def test_what_is_no_capture_is_said_to_be_none(earshot, tmp_path, content):
    file = tmp_path / "a.pcap"
    file.write_bytes(content)
    run = earshot.run("ladder", file)
    assert run.status() == 1
    assert "a.pcap" in run.error() and len(run.error().splitlines()) == 1


def test_folder_is_no_capture(earshot, tmp_path):
    run = earshot.run("ladder", tmp_path)
    assert run.status() == 1
    assert str(tmp_path) in run.error()


def test_file_that_breaks_off_is_drawn_up_to_there(earshot, tmp_path):
    file = tmp_path / "cut.pcap"
    file.write_bytes((CORPUS / "closed_by_client.pcap").read_bytes()[:-30])
    run = earshot.run("ladder", file)
    assert run.status() == 1
    assert b"FIN,ACK s=16" in run.output()
    assert "cut.pcap" in run.error()


def test_capture_without_tcp_is_said_to_have_none(earshot, tmp_path):
    file = tmp_path / "a.pcap"
    file.write_bytes((CORPUS / "bulk.pcap").read_bytes()[:24])
    run = earshot.run("ladder", file)
    assert run.status() == 1
    assert "no TCP" in run.error()


def block(kind, body):
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def pcapng(*packets):
    """A file of Ethernet frames, each (time in units of 2^-6 s, bytes)."""
    head = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    head += block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HHB3xHH", 9, 1, 0x86, 0, 0))
    for time, data in packets:
        padded = data + b"\0" * (-len(data) % 4)
        head += block(6, struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(data), len(data)) + padded)
    return head


def test_times_beyond_all_measure_do_no_harm(earshot, tmp_path):
    data = (CORPUS / "refused.pcap").read_bytes()
    first = 24 + 16
    size = struct.unpack_from("<I", data, 24 + 8)[0]
    syn, reset = data[first:first + size], data[first + size + 16:]
    file = tmp_path / "a.pcapng"
    file.write_bytes(pcapng(((1 << 64) - 1, syn), (0, reset), (1 << 63, syn)))
    run = earshot.run("ladder", file)
    assert run.status() == 0
    assert b"SYN" in run.output() and b"RST" in run.output()


def test_link_type_that_is_not_known_is_named(earshot, tmp_path):
    file = tmp_path / "a.pcap"
    data = bytearray((CORPUS / "bulk.pcap").read_bytes())
    struct.pack_into("<I", data, 20, 147)
    file.write_bytes(data)
    run = earshot.run("ladder", file)
    assert run.status() == 1
    assert "147" in run.error()


def test_garbage_in_a_frame_is_passed_over(earshot, tmp_path):
    file = tmp_path / "a.pcap"
    data = bytearray((CORPUS / "closed_by_client.pcap").read_bytes())
    for at in range(24 + 16 + 14, 24 + 16 + 40):  # the first frame's IP and TCP headers
        data[at] = 0xff
    file.write_bytes(data)
    run = earshot.run("ladder", file)
    assert run.status() == 0
    assert b"SYN,ACK" in run.output()


def test_file_without_libpcap_says_what_to_install(earshot, network, tmp_path):
    library = pathlib.Path("/usr/lib/x86_64-linux-gnu/libpcap.so.0.8")
    if not library.exists():
        pytest.skip(f"no {library} to hide")
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    hidden = ("unshare", "-m", "sh", "-c", f'mount --bind "$0" "$(readlink -f {library})" && exec "$@"', empty)
    run = earshot.run("ladder", CORPUS / "bulk.pcap", wrap=hidden)
    assert run.status() == 1
    assert "libpcap" in run.error() and "install" in run.error()
