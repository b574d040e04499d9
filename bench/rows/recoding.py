"""Text from one encoding to another on its way, and by `recode`."""

import os
import random
import re
import shutil
import subprocess
import time
from functools import partial

from processes import GIB, HOST, MIB, CannotRun, free_port, start, start_server, stop
from row import ROOT, Row
from rows import bulk, start_up


def gbk(bench, subject):
    size = 16 * MIB if bench.quick else 256 * MIB
    text = bench.path("text.gbk")
    if not os.path.exists(text):
        line = "早上好，今天的会议改到三点。please reply, 谢谢 12345\n".encode("gbk")
        with open(text, "wb") as out:
            out.write(line * (size // len(line)))
    size = os.path.getsize(text)
    with open(text, "rb") as source, open(bench.path("text.utf8"), "wb") as target:
        if subject == "iconv":
            begun = time.perf_counter()
            subprocess.run(["iconv", "-f", "gbk", "-t", "utf-8"], stdin=source, stdout=target, check=True)
            return size / (time.perf_counter() - begun) / 1e6
        port = free_port()
        server = start_server([bench.earshot, "listen", "--encoding", "gbk", HOST, str(port)], port, stdout=target)
        begun = time.perf_counter()
        client = start(bulk.ends(bench, "limit", port)[1], stdin=source)
        try:
            client.wait(60)
            server.wait(60)
            took = time.perf_counter() - begun
        finally:
            stop(client)
            stop(server)
    if server.returncode:
        raise CannotRun(f"status {server.returncode}")
    return size / took / 1e6


# The source of the recoding rows: a piece of prose over and over. Gives its path and the piece as UTF-8.
def gbk_prose(bench):
    with open(os.path.join(ROOT, "bench", "prose.h")) as lines:
        sentences = re.findall(r'^    "(.+)",$', lines.read().split("kSentences[] = {")[1].split("};")[0], re.M)
    draw = random.Random(1)
    piece = "".join(draw.choice(sentences) + ("\n" if i % 5 == 4 else "") for i in range(100000))
    path, size = bench.path("prose.gbk"), 64 * MIB if bench.quick else GIB
    if not os.path.exists(path):
        data = piece.encode("gbk")
        with open(path, "wb") as out:
            for _ in range(size // len(data)):
                out.write(data)
    return path, piece.encode()


def recoding(bench, subject, source, label, charset):
    command = {"earshot": [bench.earshot, "recode", "-f", label, "-t", "utf-8", source],
               "iconv": ["iconv", "-f", charset, "-t", "UTF-8", source],
               "uconv": ["uconv", "-f", charset, "-t", "UTF-8", source],
               "recode": ["sh", "-c", f"recode {charset}..UTF-8 < {source}"]}[subject]
    if not shutil.which(bench.earshot if subject == "earshot" else subject):
        raise CannotRun("is not installed")
    return command


# The same named source and the same sink for all. What earshot writes is compared with what it should be.
def recode(bench, subject, to_file):
    source, piece = gbk_prose(bench)
    command = recoding(bench, subject, source, "gbk", "GB18030")
    target = bench.path("prose.utf8") if to_file else "/dev/null"
    with open(target, "wb") as out:
        begun = time.perf_counter()
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, check=True)
        took = time.perf_counter() - begun
    if to_file:
        with open(target, "rb") as made:
            pieces = iter(lambda: made.read(len(piece)), b"")
            if subject == "earshot" and not all(each == piece for each in pieces):
                raise CannotRun("wrote something else")
        os.unlink(target)
    return os.path.getsize(source) / took / 1e6


def recode_a_line(bench, subject):
    line = bench.path("line.gbk")
    with open(line, "wb") as out:
        out.write("早上好。\n".encode("gbk"))
    return start_up.spawn_ms(bench, [shutil.which(word) or word for word in recoding(bench, subject, line, "gbk", "GB18030")])


def rows(bench):
    all_of_them = ["earshot", "iconv", "uconv", "recode"]
    return [
        Row("GBK pipe to UTF-8 file", "MB/s", ["earshot", "iconv"], partial(gbk, bench), [("iconv", 0.8)]),
        Row("`recode` of GBK prose to /dev/null", "MB/s", all_of_them, partial(recode, bench, to_file=False),
            [("iconv", 2)]),
        Row("`recode` of GBK prose to a file", "MB/s", all_of_them, partial(recode, bench, to_file=True), [("iconv", 2)]),
        Row("`recode` of one line", "ms", ["earshot", "iconv", "uconv"], partial(recode_a_line, bench), less=True),
    ]
