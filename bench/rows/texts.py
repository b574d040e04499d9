"""Decoding and encoding in memory, by text_decode_bench: the table of docs/encodings.md."""

import json
import subprocess

TEXTS = [("gbk_prose", "GBK prose"), ("gbk_markup", "GBK, 85 % ASCII"), ("gbk_ascii", "ASCII labelled GBK"),
         ("big5_prose", "Big5 prose"), ("shift_jis_prose", "Shift_JIS prose"), ("euc_jp_prose", "EUC-JP prose"),
         ("iso_2022_jp_prose", "ISO-2022-JP prose"), ("iso_2022_jp_ascii", "ASCII labelled ISO-2022-JP"),
         ("euc_kr_prose", "EUC-KR prose"), ("utf8_prose", "Chinese prose in UTF-8"),
         ("windows_1251_prose", "Russian in windows-1251"), ("windows_1252_prose", "West European in windows-1252"),
         ("utf16_prose", "Chinese prose in UTF-16LE"), ("utf16_russian", "Russian in UTF-16LE"),
         ("utf16_ascii", "ASCII in UTF-16LE")]


def table(bench):
    """Times the speed of iconv, as text_decode_bench says."""
    ran = subprocess.run([bench.tool("text_decode_bench"), "--benchmark_format=json",
                          f"--benchmark_min_time={0.05 if bench.quick else 0.3}"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    found = {}
    for case in json.loads(ran.stdout)["benchmarks"]:
        corpus, chunk, work = case["name"].split("/")[:3]
        found[corpus, work, chunk if chunk in ("64", "16384") else "whole"] = case["x_iconv"]

    def factor(key):
        return f"{found[key]:.1f}" if found[key] < 10 else f"{found[key]:.0f}"

    def cell(corpus, work):
        return f"{factor((corpus, work, '16384'))} ({factor((corpus, work, 'whole'))})"
    out = ["| text | text only | with the offset map | encoding |", "| --- | --- | --- | --- |"]
    out += [f"| {name} | {cell(corpus, 'text')} | {cell(corpus, 'map')} | {cell(corpus, 'encode')} |"
            for corpus, name in TEXTS]
    small = [factor(("gbk_prose", work, "64")) for work in ("text", "map", "encode")]
    out.append(f"| GBK prose in 64-byte chunks | {' | '.join(small)} |")
    out.append(f"| the ASCII copied, nothing else | {cell('gbk_ascii', 'copy')} | | |")
    return "\n".join(out)
