#!/usr/bin/env python3
"""Writes src/text/tables/unicode_table.{h,cc} from the Unicode Character Database.

Run by hand after an update of Debian's package unicode-data:  tools/gen_unicode.py [UCD folder]
The tables are committed, so that a build needs neither Python nor the database.
"""
import pathlib
import re
import sys

CODE_POINTS = 0x110000
BLOCK = 128
BREAKS = ["Other", "CR", "LF", "Control", "Extend", "ZWJ", "Regional_Indicator", "Prepend", "SpacingMark",
          "L", "V", "T", "LV", "LVT", "Extended_Pictographic"]
AMBIGUOUS = 3


def ranges(path):
    """Yields (first, last, property) of a file of the form `0041..005A ; Name # comment`."""
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split("#")[0].split(";")
        if len(fields) < 2:
            continue
        first, _, last = fields[0].strip().partition("..")
        yield int(first, 16), int(last or first, 16), fields[1].strip()


def categories(path):
    result = ["Cn"] * CODE_POINTS
    start = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        code, name, category = line.split(";")[:3]
        code = int(code, 16)
        if name.endswith(", First>"):
            start = code
        for each in range(start if name.endswith(", Last>") else code, code + 1):
            result[each] = category
    return result


def widths(ucd):
    """Columns on a terminal: 0, 1, 2, or AMBIGUOUS (1, and 2 in old East Asian terminals)."""
    result = [1] * CODE_POINTS
    for first, last in [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FFFD), (0x30000, 0x3FFFD)]:
        result[first:last + 1] = [2] * (last + 1 - first)  # unassigned ones in these blocks are wide too
    for first, last, width in ranges(ucd / "EastAsianWidth.txt"):
        columns = {"W": 2, "F": 2, "A": AMBIGUOUS}.get(width, 1)
        result[first:last + 1] = [columns] * (last + 1 - first)
    for code, category in enumerate(categories(ucd / "UnicodeData.txt")):
        if category in ("Mn", "Me", "Cf", "Cc", "Zl", "Zp"):
            result[code] = 0
    for first, last in [(0x1160, 0x11FF), (0xD7B0, 0xD7FF)]:  # conjoining vowels and finals join the syllable before
        result[first:last + 1] = [0] * (last + 1 - first)
    for code in [0xAD, 0x6DD, 0x70F, 0x8E2, 0x110BD, 0x110CD, *range(0x600, 0x606), 0x890, 0x891]:
        result[code] = 1  # format characters that are drawn
    return result


def breaks(ucd):
    result = [0] * CODE_POINTS
    for first, last, name in ranges(ucd / "auxiliary/GraphemeBreakProperty.txt"):
        result[first:last + 1] = [BREAKS.index(name)] * (last + 1 - first)
    for first, last, name in ranges(ucd / "emoji/emoji-data.txt"):
        if name != "Extended_Pictographic":
            continue
        for code in range(first, last + 1):
            if result[code]:
                sys.exit(f"U+{code:04X} is {BREAKS[result[code]]} and pictographic: one value no longer holds both")
            result[code] = BREAKS.index(name)
    return result


def rows(values, per_line):
    lines = []
    for at in range(0, len(values), per_line):
        lines.append("    " + " ".join(f"{value}," for value in values[at:at + per_line]))
    return "\n".join(lines)


def main():
    ucd = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/unicode")
    version = re.search(r"-([0-9.]+)\.txt", (ucd / "EastAsianWidth.txt").open(encoding="utf-8").readline()).group(1)
    properties = [width | kind << 2 for width, kind in zip(widths(ucd), breaks(ucd))]

    blocks, index, seen = [], [], {}
    for at in range(0, CODE_POINTS, BLOCK):
        block = tuple(properties[at:at + BLOCK])
        if block not in seen:
            seen[block] = len(seen)
            blocks.extend(block)
        index.append(seen[block])
    if len(seen) > 256:
        sys.exit("more than 256 different blocks: the index needs wider entries")

    folder = pathlib.Path(__file__).resolve().parent.parent / "src/text/tables"
    header = f"""// Width and grapheme break class of every code point (Unicode {version}). Written by tools/gen_unicode.py: do not edit.
#pragma once

#include <cstdint>

namespace earshot::text {{

inline constexpr char kUnicodeVersion[] = "{version}";

// Grapheme_Cluster_Break (UAX #29) with Extended_Pictographic as one more value.
enum class Break : std::uint8_t {{
"""
    names = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in BREAKS]
    header += "".join(f"    {name},\n" for name in names)
    header += f"""}};

// In two steps: the index names the block of {BLOCK} code points; the byte there is Break << 2 | columns, where columns
// is 0, 1, 2 or kAmbiguousColumns.
inline constexpr int kAmbiguousColumns = {AMBIGUOUS};
extern const std::uint8_t kUnicodeIndex[{len(index)}];
extern const std::uint8_t kUnicodeBlocks[{len(blocks)}];

inline std::uint8_t unicode_property(char32_t code_point) {{
    if (code_point >= {CODE_POINTS:#x}) return 1;
    return kUnicodeBlocks[kUnicodeIndex[code_point / {BLOCK}] * {BLOCK}u + code_point % {BLOCK}];
}}

inline Break grapheme_break(char32_t code_point) {{ return static_cast<Break>(unicode_property(code_point) >> 2); }}

}}  // namespace earshot::text
"""
    source = f"""// Written by tools/gen_unicode.py: do not edit.
#include "text/tables/unicode_table.h"

namespace earshot::text {{

// clang-format off
const std::uint8_t kUnicodeIndex[{len(index)}] = {{
{rows(index, 30)}
}};

const std::uint8_t kUnicodeBlocks[{len(blocks)}] = {{
{rows(blocks, 32)}
}};
// clang-format on

}}  // namespace earshot::text
"""
    (folder / "unicode_table.h").write_text(header)
    (folder / "unicode_table.cc").write_text(source)
    print(f"Unicode {version}: {len(seen)} blocks, {len(index) + len(blocks)} bytes")


if __name__ == "__main__":
    main()
