"""docs/peers.md names a test for whatever it claims; each of them is there."""
import re

import pytest

from program import CHECKOUT

PAGE = (CHECKOUT / "docs/peers.md").read_text()
NAMED = sorted(set(re.findall(r"`(\w+\.(?:py|cc))::([\w.]+)`", PAGE)))


def names_in(path):
    text = path.read_text()
    if path.suffix == ".py":
        return set(re.findall(r"^def (test_\w+)", text, re.M))
    return {".".join(found) for found in re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", text, re.M)}


@pytest.mark.parametrize("file,test", NAMED)
def test_named_test_is_there(file, test):
    found = list((CHECKOUT / "tests").glob(f"*/{file}"))
    assert len(found) == 1, f"files called {file}: {found}"
    assert test in names_in(found[0])


def test_every_claim_names_a_test():
    claims, _, _ = PAGE.partition("## Not yet")
    rows = [row for row in claims.splitlines() if row.startswith("| ") and not row.startswith(("| ---", "| elsewhere"))]
    assert len(rows) > 30
    assert [row for row in rows if "::" not in row] == []
