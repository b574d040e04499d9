#!/usr/bin/env python3
"""Writes src/text/tables/: the encodings' tables, taken from the C library's converters plus encoding_fixups.tsv.

Run by hand, from anywhere, on a glibc system with all charset modules (Debian: libc6); what it writes is committed.
--check only compares the digests of the finished indexes. A new two-byte family: enumerate its index in a function like
euc_kr_index(), add its digest, write it as write_euc_kr() does. A new single-byte set: one row in SINGLE_BYTE.
"""
import ctypes
import hashlib
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLES = ROOT / "src/text/tables"

# SHA-256 of each finished index as a little-endian array, as the standard has it.
DIGESTS = {
    "gb18030": "fc4f5cf85ecb30229e4b47bbaee2950b227ec7791ecd4bc75de32e26f0222268",
    "gb18030-ranges": "3460bec80576aaf339c4e284191fb53e48f7c1bfab738d8857ede668a49ccd50",
    "big5": "6a1d3a91d2b196ba7fd84a2813509539834dc500d6e2214e4ca4143287298920",
    "euc-kr": "5dcdb2df739d690617df4cda682ab548e0e9b55d7c9c73f05e6715ce16296132",
    "jis0208": "ed7aa2abc794fd872c1ce4a2c39b87445e83ae05d7ed74f0781ce73c6537cf44",
    "jis0212": "56b913f58ac3f729d3dfc48d14c1f849f6ddf81fb4a1355edaf3cd17932e2a69",
}

# Name in the standard, name in C++, charset of the C library.
SINGLE_BYTE = [
    ("ibm866", "Ibm866", "IBM866"),
    *((f"iso-8859-{part}", f"Iso8859_{part}", f"ISO-8859-{part}") for part in [*range(2, 9), 10, *range(13, 17)]),
    ("koi8-r", "Koi8R", "KOI8-R"),
    ("koi8-u", "Koi8U", "KOI8-U"),
    ("macintosh", "Macintosh", "MACINTOSH"),
    ("windows-874", "Windows874", "CP874"),
    *((f"windows-125{page}", f"Windows125{page}", f"CP125{page}") for page in range(9)),
    ("x-mac-cyrillic", "XMacCyrillic", "MAC-CYRILLIC"),
]

# GB18030-2022 gave these eighteen two-byte forms to new code points; the private-use ones they had before must still
# encode to the same bytes.
SWAPS_2022 = {
    0xE78D: 0xA6D9, 0xE78E: 0xA6DA, 0xE78F: 0xA6DB, 0xE790: 0xA6DC, 0xE791: 0xA6DD, 0xE792: 0xA6DE, 0xE793: 0xA6DF,
    0xE794: 0xA6EC, 0xE795: 0xA6ED, 0xE796: 0xA6F3, 0xE81E: 0xFE59, 0xE826: 0xFE61, 0xE82B: 0xFE66, 0xE82C: 0xFE67,
    0xE832: 0xFE6D, 0xE843: 0xFE7E, 0xE854: 0xFE90, 0xE864: 0xFEA0,
}

# Big5 has these twice, and writes them with the last of their bytes.
BIG5_LAST = {0x2550, 0x255E, 0x2561, 0x256A, 0x5341, 0x5345}


class Converter:
    """One charset of the C library, to code points."""

    libc = ctypes.CDLL(None, use_errno=True)
    libc.iconv_open.restype = ctypes.c_void_p
    libc.iconv.restype = ctypes.c_size_t
    libc.iconv.argtypes = [ctypes.c_void_p] + [ctypes.c_void_p] * 4

    def __init__(self, charset):
        self.handle = self.libc.iconv_open(b"UTF-32LE", charset.encode())
        if self.handle == ctypes.c_void_p(-1).value:
            sys.exit(f"the C library has no charset {charset}: is its gconv folder complete?")

    def code_point(self, raw):
        """The one code point of `raw`, or None where it is malformed, incomplete or more than one."""
        source = ctypes.create_string_buffer(raw, len(raw))
        target = ctypes.create_string_buffer(16)
        at, to = ctypes.c_char_p(ctypes.addressof(source)), ctypes.c_char_p(ctypes.addressof(target))
        left, room = ctypes.c_size_t(len(raw)), ctypes.c_size_t(16)
        self.libc.iconv(self.handle, None, None, None, None)
        failed = self.libc.iconv(self.handle, ctypes.byref(at), ctypes.byref(left), ctypes.byref(to),
                                 ctypes.byref(room)) == ctypes.c_size_t(-1).value
        self.libc.iconv(self.handle, None, None, ctypes.byref(to), ctypes.byref(room))
        if failed or left.value or room.value != 12:
            return None
        return struct.unpack("<I", target.raw[:4])[0]


def fixups(index):
    rows = (line.split() for line in (ROOT / "tools/encoding_fixups.tsv").read_text().splitlines()
            if line and not line.startswith("#"))
    return {int(raw, 16): int(code_point, 16) for name, raw, code_point in rows if name == index}


def checked(name, packed):
    digest = hashlib.sha256(packed).hexdigest()
    if digest != DIGESTS[name]:
        sys.exit(f"{name}: the finished index has digest {digest}, the standard's is {DIGESTS[name]}")
    print(f"{name}: digest agrees")


def gb18030_index():
    """Two bytes -> code point, complete: 126 leads of 190 trails."""
    converter, fix = Converter("GB18030"), fixups("gb18030")
    index = {}
    for lead in range(0x81, 0xFF):
        for trail in [*range(0x40, 0x7F), *range(0x80, 0xFF)]:
            raw = lead << 8 | trail
            index[raw] = fix.get(raw) or converter.code_point(bytes([lead, trail]))
    checked("gb18030", struct.pack("<23940H", *index.values()))
    return index


def gb18030_ranges():
    """(pointer, code point) at each start of a stretch of four-byte forms that count up together.

    The stretches are older than GB18030-2022: the eighteen code points that got two-byte forms keep their four-byte ones
    too (the C library has none), and 8135F437 is U+E7C7 by a rule of its own, not by the ranges.
    """
    converter, ranges, expected = Converter("GB18030"), [], None
    for pointer in range(39420):
        code_point = converter.code_point(bytes([0x81 + pointer // 12600, 0x30 + pointer // 1260 % 10,
                                                 0x81 + pointer // 10 % 126, 0x30 + pointer % 10]))
        if code_point is None or pointer == 7457:
            code_point = expected
        if code_point != expected:
            ranges.append((pointer, code_point))
        expected = code_point + 1
    ranges.append((189000, 0x10000))
    checked("gb18030-ranges", struct.pack("<414I", *(value for pair in ranges for value in pair)))
    return ranges


def big5_index():
    """Two bytes -> code point, 0 where there is none: 126 leads of 157 trails."""
    converter, fix = Converter("BIG5-HKSCS"), fixups("big5")
    index = {}
    for lead in range(0x81, 0xFF):
        for trail in [*range(0x40, 0x7F), *range(0xA1, 0xFF)]:
            raw = lead << 8 | trail
            index[raw] = fix.get(raw) or converter.code_point(bytes([lead, trail])) or 0
    checked("big5", struct.pack("<19782I", *index.values()))
    return index


def euc_kr_index():
    """Two bytes -> code point, 0 where there is none: 126 leads of 190 trails."""
    converter = Converter("UHC")
    index = {lead << 8 | trail: converter.code_point(bytes([lead, trail])) or 0
             for lead in range(0x81, 0xFF) for trail in range(0x41, 0xFF)}
    checked("euc-kr", struct.pack("<23940H", *index.values()))
    return index


# Pointers of jis0208 that Shift_JIS has for the user and computes: the index itself has nothing there.
JIS_USER = range(8836, 10716)


def shift_jis_bytes(pointer):
    lead, trail = divmod(pointer, 188)
    return lead + (0x81 if lead < 31 else 0xC1) << 8 | trail + (0x40 if trail < 63 else 0x41)


def jis0208_index():
    """Pointer -> code point, 0 where there is none. A pointer is 188 * lead + trail of Shift_JIS; up to 8835 also 94 * row
    + column of EUC-JP and ISO-2022-JP."""
    converter, index = Converter("CP932"), []
    for pointer in range(11280):
        raw = shift_jis_bytes(pointer).to_bytes(2, "big")
        index.append(0 if pointer in JIS_USER else converter.code_point(raw) or 0)
    checked("jis0208", struct.pack("<11280H", *index))
    return index


def jis0212_index():
    """94 * row + column -> code point, 0 where there is none."""
    converter = Converter("EUC-JP")
    index = [converter.code_point(bytes([0x8F, 0xA1 + pointer // 94, 0xA1 + pointer % 94])) or 0
             for pointer in range(94 * 94)]
    checked("jis0212", struct.pack("<8836H", *index))
    return index


def write(name, text):
    TABLES.mkdir(exist_ok=True)
    (TABLES / name).write_text(text)
    print(f"{name}: {len(text)} characters")


def rows(values, width=16, digits=4):
    lines = []
    for at in range(0, len(values), width):
        lines.append("    " + ", ".join(f"0x{value:0{digits}x}" for value in values[at:at + width]) + ",")
    return "\n".join(lines)


def reverse_table(reverse):
    """Two stages, smallest for this repertoire: code point >> shift -> block -> the two bytes, 0 where there are none."""
    def stages(shift):
        blocks, first = {}, []
        for high in range(0x10000 >> shift):
            block = tuple(reverse.get(high << shift | low, 0) for low in range(1 << shift))
            first.append(blocks.setdefault(block, len(blocks)))
        return shift, first, [value for block in blocks for value in block]
    return min((stages(shift) for shift in (4, 5, 6, 7)), key=lambda found: len(found[1]) + len(found[2]))


HEADER = "// Made by tools/gen_encodings.py; do not edit.\n"


def write_gb18030():
    index, ranges = gb18030_index(), gb18030_ranges()
    reverse = {}
    for raw, code_point in index.items():
        reverse.setdefault(code_point, raw)
    shift, first, second = reverse_table(reverse | SWAPS_2022)
    # A row holds the trails 40..FF, so that the hole at 7F and the end at FF read as 0 without a test of their own.
    wide = [index.get(lead << 8 | trail, 0) for lead in range(0x81, 0xFF) for trail in range(0x40, 0x100)]
    write("gb18030.h", HEADER + f"""#pragma once

#include <array>
#include <cstdint>

namespace earshot::text::tables {{

struct Gb18030Range {{
    std::uint32_t pointer;
    std::uint32_t code_point;
}};

inline constexpr unsigned kGb18030ReverseShift = {shift};

// [(lead - 0x81) * 192 + trail - 0x40] -> code point, 0 where there is none.
extern const std::array<std::uint16_t, {len(wide)}> kGb18030Index;
extern const std::array<Gb18030Range, {len(ranges)}> kGb18030Ranges;
// [first[c >> shift] << shift | low bits of c] -> the two bytes, lead high; 0 where there are none.
extern const std::array<std::uint16_t, {len(first)}> kGb18030ReverseBlock;
extern const std::array<std::uint16_t, {len(second)}> kGb18030Reverse;

}}  // namespace earshot::text::tables
""")
    write("gb18030.cc", HEADER + f"""#include "text/tables/gb18030.h"

// clang-format off
namespace earshot::text::tables {{

constexpr std::array<std::uint16_t, {len(wide)}> kGb18030Index = {{
{rows(wide)}
}};
constexpr std::array<Gb18030Range, {len(ranges)}> kGb18030Ranges = {{{{
{rows_of_pairs(ranges)}
}}}};
constexpr std::array<std::uint16_t, {len(first)}> kGb18030ReverseBlock = {{
{rows(first)}
}};
constexpr std::array<std::uint16_t, {len(second)}> kGb18030Reverse = {{
{rows(second)}
}};

}}  // namespace earshot::text::tables
""")


def wide_rows(index):
    """A row for each lead, of the trails 40..FF, so that holes read as 0 without a test of their own."""
    return [index.get(lead << 8 | trail, 0) for lead in range(0x81, 0xFF) for trail in range(0x40, 0x100)]


def array(kind, name, values, digits):
    return (f"constexpr std::array<{kind}, {len(values)}> k{name} = {{\n{rows(values, 64 // digits, digits)}\n}};\n")


def marked_blocks(reverse, shift=6):
    """The way back for a scattered repertoire: code point >> shift -> block; a block is a mask of who is there and where its
    values begin. Block 0 is empty."""
    first, masks, begins, values = [], [0], [0], []
    for high in range(0x10000 >> shift):
        there = [low for low in range(1 << shift) if high << shift | low in reverse]
        first.append(len(masks) if there else 0)
        if there:
            masks.append(sum(1 << low for low in there))
            begins.append(len(values))
            values += [reverse[high << shift | low] for low in there]
    return first, masks, begins, values


def marked_arrays(cpp, reverse, what):
    """The arrays of text/reverse.h, for write_arrays()."""
    first, masks, begins, values = marked_blocks(reverse)
    return [("std::uint16_t", f"{cpp}ReverseBlock", first, 4, "The way back, as text/reverse.h says: [c >> 6] -> block."),
            ("std::uint64_t", f"{cpp}ReverseMask", masks, 16, "[block] -> bit c & 63: c is there."),
            ("std::uint16_t", f"{cpp}ReverseBegin", begins, 4, "[block] -> where its values begin."),
            ("std::uint16_t", f"{cpp}ReverseValue", values, 4, what)]


def write_arrays(name, arrays, constants=""):
    """arrays: (type, name in C++, values, hexadecimal digits of one, comment)."""
    declared = "".join((f"// {comment}\n" if comment else "") +
                       f"extern const std::array<{kind}, {len(values)}> k{cpp};\n"
                       for kind, cpp, values, _, comment in arrays)
    defined = "".join(array(kind, cpp, values, digits) for kind, cpp, values, digits, _ in arrays)
    write(f"{name}.h", HEADER + f"""#pragma once

#include <array>
#include <cstdint>

namespace earshot::text::tables {{

{constants}{declared}
}}  // namespace earshot::text::tables
""")
    write(f"{name}.cc", HEADER + f"""#include "text/tables/{name}.h"

// clang-format off
namespace earshot::text::tables {{

{defined}
}}  // namespace earshot::text::tables
""")


def two_byte_index(cpp, index):
    return ("std::uint16_t", f"{cpp}Index", wide_rows(index), 4,
            "[(lead - 0x81) * 192 + trail - 0x40] -> code point, 0 where there is none.")


def write_big5():
    index = big5_index()
    # An entry below 800 is not a code point but the number of one, from 1: what is not of three bytes in UTF-8 (letters,
    # and what lies beyond the BMP) stands aside in a list, so that an entry has 16 bits and the tight loop one test.
    letters = sorted({c for c in index.values() if 0 < c < 0x800})
    astral = sorted({c for c in index.values() if c > 0xFFFF})
    number = {c: place for place, c in enumerate([*letters, *astral], 1)}
    assert len(number) < 0x800 and all(c >> 16 == 2 for c in astral)
    reverse = {}
    for raw, code_point in index.items():
        if code_point and raw >= 0xA100:  # text is never written in the Hong Kong part
            if code_point in BIG5_LAST:
                reverse[code_point] = raw
            reverse.setdefault(code_point, raw)
    back = [c for c in astral if c in reverse]
    write_arrays("big5", [
        two_byte_index("Big5", {raw: number.get(c, c) for raw, c in index.items()}),
        ("std::uint16_t", "Big5Letters", letters, 4, "What an index entry n < 0x800 stands for: letter n - 1, or, after these,"),
        ("std::uint16_t", "Big5Astral", [c & 0xFFFF for c in astral], 4, "this one beyond U+20000. Sorted."),
        ("std::uint16_t", "Big5AstralBack", [c & 0xFFFF for c in back], 4, "Those of them that text is written with,"),
        ("std::uint16_t", "Big5AstralBytes", [reverse[c] for c in back], 4, "and their bytes."),
        *marked_arrays("Big5", {c: raw for c, raw in reverse.items() if c < 0x10000}, "Two bytes, lead high.")])


def write_euc_kr():
    index, reverse = euc_kr_index(), {}
    for raw, code_point in index.items():
        reverse.setdefault(code_point, raw)
    reverse.pop(0)
    write_arrays("euc_kr", [two_byte_index("EucKr", index), *marked_arrays("EucKr", reverse, "Two bytes, lead high.")])


def write_jis():
    index, more = jis0208_index(), jis0212_index()
    reverse = {}
    for pointer, code_point in enumerate(index):
        reverse.setdefault(code_point, pointer)
    reverse.pop(0)
    assert max(reverse.values()) < JIS_USER.start  # so that EUC-JP has bytes for all of them
    # As in gb18030.h a row holds the trails 40..FF. The user's code points stand in it too: EUC-JP's rows end before them.
    wide = []
    for lead in range(60):
        row = [0xE000 + pointer - JIS_USER.start if pointer in JIS_USER else index[pointer]
               for pointer in range(188 * lead, 188 * lead + 188)]
        wide += [*row[:63], 0, *row[63:], 0, 0, 0]
    used = [row for row in range(94) if any(more[94 * row:94 * row + 94])]
    more = more[94 * used[0]:94 * used[-1] + 94]
    write_arrays("jis", [
        ("std::uint16_t", "Jis0208", wide, 4,
         "[lead * 192 + trail - 0x40] -> code point, 0 where there is none; lead: 81..9F, then E0..FC of Shift_JIS."),
        ("std::uint16_t", "Jis0212", more, 4, "[(row - kJis0212FirstRow) * 94 + column] -> code point, as above."),
        *marked_arrays("Jis", {c: shift_jis_bytes(pointer) for c, pointer in reverse.items()},
                       "The first place of each, as bytes of Shift_JIS.")],
        f"inline constexpr unsigned kJis0212FirstRow = {used[0]};\n\n")


def rows_of_pairs(pairs):
    lines = []
    for at in range(0, len(pairs), 6):
        lines.append("    " + ", ".join(f"{{{a}, 0x{b:04x}}}" for a, b in pairs[at:at + 6]) + ",")
    return "\n".join(lines)


def single_byte(name, charset):
    """Code points of 80..FF, None where there is none; in windows-* such a byte below A0 is the C1 control of its value."""
    converter, fix = Converter(charset), fixups(name)
    fill = name.startswith("windows-")
    return [fix.get(byte) or converter.code_point(bytes([byte])) or (byte if fill and byte < 0xA0 else None)
            for byte in range(0x80, 0x100)]


def ready_utf8(code_points):
    """Rows of four bytes for each: UTF-8, zeros, and in the last its length."""
    words = []
    for code_point in code_points:
        utf8 = chr(code_point).encode() if code_point else b""
        words.append("{" + ", ".join(f"0x{byte:02x}" for byte in utf8.ljust(3, b"\0")) + f", {len(utf8)}}}")
    return "\n".join("    " + ", ".join(words[at:at + 6]) + "," for at in range(0, len(words), 6))


class SingleByteReverse:
    """The way back of all sets together: code point >> shift -> page, the same for all; set and page -> block of bytes."""

    def __init__(self, sets, shift):
        self.shift, size = shift, 1 << shift
        used = sorted({code_point >> shift for code_points in sets for code_point in code_points if code_point})
        self.pages = [used.index(high) + 1 if high in used else 0 for high in range(0x10000 >> shift)]
        blocks = {(0,) * size: 0}
        self.sets = []
        for code_points in sets:
            byte_of = {code_point: 0x80 + at for at, code_point in enumerate(code_points) if code_point}
            pages = [tuple(byte_of.get(high << shift | low, 0) for low in range(size)) for high in used]
            self.sets.append([0, *(blocks.setdefault(page, len(blocks)) for page in pages)])
        self.blocks = [byte for block in blocks for byte in block]
        self.size = len(self.pages) + sum(map(len, self.sets)) + len(self.blocks)
        self.fits = len(blocks) <= 256


def write_single_byte():
    names = [name for _, name, _ in SINGLE_BYTE]
    sets = [single_byte(name, charset) for name, _, charset in SINGLE_BYTE]
    candidates = (SingleByteReverse(sets, shift) for shift in (3, 4, 5, 6))
    reverse = min((found for found in candidates if found.fits), key=lambda found: found.size)
    print(f"single-byte: {len(sets) * 512} bytes there, {reverse.size} bytes back")
    write("single_byte.h", HEADER + f"""#pragma once

#include <array>
#include <cstdint>

namespace earshot::text::tables {{

inline constexpr unsigned kSingleByteShift = {reverse.shift};

struct SingleByteTable {{
    // For each byte 80..FF its text: up to three bytes of UTF-8 and their number; 0 where it has none.
    std::array<std::array<std::uint8_t, 4>, 128> utf8;
    // By kSingleBytePages: which block of kSingleByteBlocks holds this set's bytes for such code points.
    std::array<std::uint8_t, {len(reverse.sets[0])}> blocks;
}};

// [c >> kSingleByteShift] -> page of the code point c of the BMP, 0 where no set has one.
extern const std::array<std::uint8_t, {len(reverse.pages)}> kSingleBytePages;
// [block << kSingleByteShift | low bits of c] -> the byte, 0 where there is none.
extern const std::array<std::uint8_t, {len(reverse.blocks)}> kSingleByteBlocks;

""" + "".join(f"extern const SingleByteTable k{name};\n" for name in names) + """
}  // namespace earshot::text::tables
""")
    write("single_byte.cc", HEADER + f"""#include "text/tables/single_byte.h"

// clang-format off
namespace earshot::text::tables {{

constexpr std::array<std::uint8_t, {len(reverse.pages)}> kSingleBytePages = {{
{rows(reverse.pages, 24, 2)}
}};
constexpr std::array<std::uint8_t, {len(reverse.blocks)}> kSingleByteBlocks = {{
{rows(reverse.blocks, 24, 2)}
}};
""" + "".join(f"""constexpr SingleByteTable k{name} = {{
{{{{
{ready_utf8(code_points)}
}}}},
{{
{rows(blocks, 24, 2)}
}}}};
""" for name, code_points, blocks in zip(names, sets, reverse.sets)) + """
}  // namespace earshot::text::tables
""")


def main():
    if "--check" in sys.argv[1:]:
        gb18030_index(), gb18030_ranges(), big5_index(), euc_kr_index(), jis0208_index(), jis0212_index()
        return
    write_gb18030()
    write_big5()
    write_euc_kr()
    write_jis()
    write_single_byte()


if __name__ == "__main__":
    main()
