"""docs/security.md names tests that exist, and every item of the chapters that apply."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "security.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
ITEM = re.compile(r"^\| (V\d[\d.V, ]*\d) \|", re.M)


def named():
    return sorted(set(NAMED.findall(PAGE.read_text("utf-8"))))


@pytest.mark.parametrize(("file", "test"), named())
def test_every_test_that_is_named_exists(file, test):
    path = ROOT / file
    assert path.exists(), file
    if test:
        tree = ast.parse(path.read_text("utf-8"))
        there = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
        assert test in there, f"{file} has no {test}"


def test_every_line_gives_a_test_or_a_reason():
    lines = [one for one in PAGE.read_text("utf-8").splitlines() if one.startswith("| V")]
    assert len(lines) > 80
    for line in lines:
        how = line.split("|")[3]
        assert NAMED.search(how) or "reason:" in how, line


def test_no_item_stands_twice():
    items = []
    for found in ITEM.findall(PAGE.read_text("utf-8")):
        items += found.split(", ")
    assert len(items) == len(set(items))
    assert {item.partition(".")[0] for item in items} == {
        f"V{n}"
        for n in range(1, 17)
        if n != 10  # no OAuth, no WebRTC
    }
