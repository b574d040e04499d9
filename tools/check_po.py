#!/usr/bin/env python3
"""Holds the catalogues in po/ to the sources.

Every message of the sources is in every catalogue, translated and not fuzzy, and each translation has the holes of its
message: the same {} fields with the same formats, so that filling them in cannot fail. Prints what is missing as
entries that can be pasted into the catalogue; status 1 where something is.
"""

import ast
import collections
import pathlib
import re
import string
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# One message: `id`, `plural` (None: there is none), `texts` (translations by plural form), whether it is fuzzy.
Entry = collections.namedtuple("Entry", "id plural texts fuzzy")


def read_po(text):
    """Gives the entries of a .po or .pot by message, header and obsolete ones left out."""
    entries = {}
    for block in re.split(r"\n\s*\n", text):
        fields = collections.defaultdict(str)
        name = None
        fuzzy = False
        for line in block.splitlines():
            if line.startswith("#"):
                fuzzy = fuzzy or (line.startswith("#,") and "fuzzy" in line)
                continue
            start = re.match(r'(msgid_plural|msgid|msgstr(?:\[\d+\])?)\s+(".*")$', line)
            if start:
                name, line = start.groups()
            if name and line.startswith('"'):
                fields[name] += ast.literal_eval(line)
        if fields["msgid"]:
            texts = [fields[key] for key in sorted(fields) if key.startswith("msgstr")]
            entries[fields["msgid"]] = Entry(fields["msgid"], fields.get("msgid_plural"), texts, fuzzy)
    return entries


def holes(text):
    """Gives the {} fields of a text as a sorted list of (number, format); None where they cannot be read."""
    found = []
    try:
        for _, field, spec, _ in string.Formatter().parse(text):
            if field is not None:
                found.append((field if field else str(len(found)), spec))
    except ValueError:
        return None
    return sorted(found)


def has_holes_of(translation, message):
    """A hole may stand twice in a translation or change its place (numbered), but none is new and none is missing."""
    wanted, given = holes(message), holes(translation)
    return wanted is not None and given is not None and set(wanted) == set(given)


def problem_of(message, entry):
    if entry is None:
        return "missing"
    if entry.fuzzy:
        return "fuzzy"
    if not entry.texts or not all(entry.texts):
        return "untranslated"
    # A form for one thing may leave the number out; languages without forms have one text for all.
    original = message.plural or message.id
    if message.plural is None or len(entry.texts) == 1:
        if not all(has_holes_of(text, original) for text in entry.texts):
            return "other holes than the message"
    elif not all(set(holes(text) or [("?", "")]) <= set(holes(original) or []) for text in entry.texts):
        return "other holes than the message"
    for text in entry.texts:
        if text.endswith("\n") != message.id.endswith("\n"):
            return "one ends its line and the other does not"
    return None


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main():
    pot = subprocess.run([ROOT / "tools/extract_messages.sh"], check=True, capture_output=True, text=True).stdout
    messages = read_po(pot)
    failed = False
    catalogues = sorted(ROOT.glob("po/*.po"))
    for path in catalogues:
        entries = read_po(path.read_text(encoding="utf-8"))
        problems = 0
        for message in messages.values():
            problem = problem_of(message, entries.get(message.id))
            if problem:
                problems += 1
                print(f"# {path.relative_to(ROOT)}: {problem}\nmsgid {quoted(message.id)}")
                if message.plural:
                    print(f"msgid_plural {quoted(message.plural)}\nmsgstr[0] \"\"\n")
                else:
                    print('msgstr ""\n')
        stale = len(set(entries) - set(messages))
        failed = failed or problems > 0
        print(f"{path.relative_to(ROOT)}: {len(messages)} messages, {problems} to be done, {stale} no longer used",
              file=sys.stderr)
    if not messages or not catalogues:
        print("no messages or no catalogues found: xgettext or po/ is amiss", file=sys.stderr)
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
