"""The tables as they ship: read fast and trusted, since the tests hold them to the catalogue."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable
from functools import cache

from postharvest.core.tables.catalogue import Row, Value, folder, shape

_WHOLE: Callable[[str], Value] = int
_READERS: dict[str, Callable[[str], Value]] = {"int": _WHOLE, "number": float}


def shipped_bytes(name: str) -> bytes:
    """Return the shipped text of a table, unpacked."""
    file = shape(name).file
    raw = (folder() / file).read_bytes()
    return gzip.decompress(raw) if file.endswith(".gz") else raw


@cache
def shipped_hash(name: str) -> str:
    """Return the SHA-256 of a table's shipped text."""
    return hashlib.sha256(shipped_bytes(name)).hexdigest()


def shipped_rows(name: str) -> list[Row]:
    """Return the shipped rows of a table, typed as its columns say; blank cells are None."""
    return plain_rows(name, shipped_bytes(name).decode("utf-8"))


def plain_rows(name: str, text: str) -> list[Row]:
    """Read the text of a table that was checked before: shipped, or stored by an import."""
    reading = csv.reader(io.StringIO(text, newline=""))
    header = next(reading)
    kinds = {column.name: column.kind for column in shape(name).columns}
    readers = [_READERS.get(kinds[head], str) for head in header]
    columns = list(zip(header, readers, strict=True))
    return [
        {
            head: read(cell) if cell else None
            for (head, read), cell in zip(columns, cells, strict=True)
        }
        for cells in reading
    ]


def shipped_row_count(name: str) -> int:
    """Return how many rows a shipped table has; of a map, how many outlines."""
    if shape(name).is_map:
        return len(json.loads(shipped_bytes(name))["features"])
    text = shipped_bytes(name).decode("utf-8")
    return sum(1 for _ in csv.reader(io.StringIO(text, newline=""))) - 1
