"""Prometheus's text format (0.0.4), read strictly: whatever is not exactly as it should be fails the test."""
import re

METRIC = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
HELP = re.compile(rf"# HELP ({METRIC}) ([^\n]*)")
TYPE = re.compile(rf"# TYPE ({METRIC}) (counter|gauge|histogram|summary|untyped)")
SAMPLE = re.compile(rf"({METRIC})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)')


def labels_of(text):
    """The part between the braces, as a tuple of pairs."""
    found, at = [], 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, f"no label: {text[at:]!r}"
        found.append((match[1], match[2]))
        at = match.end()
    return tuple(found)


def parse(page):
    """{(name, ((label, value), ...)): number}. Each family once, HELP and TYPE before its samples, none twice."""
    assert page.endswith("\n"), "the last line has no end"
    samples, types, helped, family = {}, {}, set(), None
    for line in page[:-1].split("\n"):
        if line.startswith("# HELP"):
            match = HELP.fullmatch(line)
            assert match and match[1] not in helped, line
            helped.add(match[1])
            family = match[1]
        elif line.startswith("# TYPE"):
            match = TYPE.fullmatch(line)
            assert match and match[1] == family and family not in types, line
            types[family] = match[2]
        else:
            match = SAMPLE.fullmatch(line)
            assert match and match[1] == family and family in types, line
            key = (match[1], labels_of(match[2]) if match[2] is not None else ())
            assert key not in samples, f"twice: {line}"
            value = float(match[3])
            if types[family] == "counter":
                assert family.endswith("_total") and value >= 0, line
            samples[key] = value
    assert {name for name, _ in samples} == set(types), "a family without samples"
    return samples
