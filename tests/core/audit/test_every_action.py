"""Whatever somebody does at a time leaves an audit row: read from the source itself."""

import ast
from pathlib import Path

SRC = Path(__file__).parents[3] / "src" / "postharvest"
ROOMS = ("core", "operations", "decisions")
INSIDE_ANOTHER = {"mark_loaded": "called by load_bulk_order alone, which writes the row"}


def functions():
    """Yield (file, function) of every function of the rooms that write."""
    for room in ROOMS:
        for file in sorted((SRC / room).rglob("*.py")):
            if "migrations" in file.parts:
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    yield file.relative_to(SRC), node


def called(node):
    """(owner, name) of everything that a function calls."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute):
            owner = one.func.value
            yield (owner.id if isinstance(owner, ast.Name) else "", one.func.attr)
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Name):
            yield ("", one.func.id)


def audited(every):
    """Names of functions that write an audit row, or call one that does."""
    calls = {}
    for _file, node in every:
        calls.setdefault(node.name, set()).update(called(node))
    found = {name for name, names in calls.items() if ("audit", "write") in names}
    grown = True
    while grown:
        more = {
            name for name, names in calls.items()
            if name not in found and {one for _owner, one in names} & found
        }  # fmt: skip
        found, grown = found | more, bool(more)
    return found


def test_every_action_of_somebody_writes_an_audit_row():
    every = list(functions())
    written, looked_at, silent = audited(every), 0, []
    for file, node in every:
        names = {one.arg for one in node.args.kwonlyargs}
        if not {"actor", "now"} <= names or node.name.startswith("_"):
            continue
        looked_at += 1
        if node.name not in written and node.name not in INSIDE_ANOTHER:
            silent.append(f"{file}: {node.name}")
    assert silent == []
    assert looked_at > 120
