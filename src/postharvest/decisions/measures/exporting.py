"""The measures as files for others: one long table as CSV or Parquet, counties as GeoJSON."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.writing import harmless
from postharvest.decisions.measures.catalogue import DIFFERENT, MEASURES
from postharvest.decisions.measures.queries import Question, answers
from postharvest.decisions.measures.store import columns_sql, quoted
from postharvest.operations.network.models import County, Province

COLUMNS = {
    "measure": "string", "unit": "string", "level": "string", "code": "string",
    "name_zh": "string", "name_en": "string", "part": "string", "value": "float64",
    "items": "int64", "households": "int64", "hidden": "boolean",
}  # fmt: skip
"""What each line of the table says; `hidden`: fewer than five households stand behind it."""
LEVELS = {"country": (), "province": ("province",), "county": ("county",)}
PAIRS = {
    "measure": "string", "unit": "string", "from_code": "string", "to_code": "string",
    "era": "string", "value": "float64", "items": "int64", "households": "int64",
    "hidden": "boolean",
}  # fmt: skip
KINDS = ("csv", "parquet", "geojson")
Row = dict[str, Any]


def published(*, on: date, place: str = "", levels: Sequence[str] = tuple(LEVELS)) -> list[Row]:
    """Return every measure for the country, its provinces and counties, fit to publish."""
    asked = [(measure, level) for measure in MEASURES for level in levels]
    found = answers(
        [Question(measure=m.name, on=on, by=LEVELS[level], place=place) for m, level in asked]
    )
    parts = [m for m in MEASURES if m.part and m.kind != DIFFERENT]
    split = answers([Question(measure=m.name, on=on, by=[m.part], place=place) for m in parts])
    names = _names()
    out = [
        _line(measure, level, row, names)
        for (measure, level), rows in zip(asked, found, strict=True)
        for row in rows
    ]
    out += [
        {**_line(m, "country", row, names), "part": row[m.part]}
        for m, rows in zip(parts, split, strict=True)
        for row in rows
    ]
    return out


def pairs(*, on: date, place: str = "") -> list[Row]:
    """Return hours and punctuality of each pair of counties, before and after a base opened."""
    asked = [m for m in MEASURES if m.other == "to" and m.part == "era"]
    found = answers(
        [Question(measure=m.name, on=on, by=["county", "to", "era"], place=place) for m in asked]
    )
    return [
        {
            "measure": m.name, "unit": m.unit, "from_code": row["county"], "to_code": row["to"],
            **{name: row[name] for name in ("era", "value", "items", "households", "hidden")},
        }
        for m, rows in zip(asked, found, strict=True)
        for row in rows
    ]  # fmt: skip


def as_file(rows: Sequence[Row], kind: str, columns: Mapping[str, str] = COLUMNS) -> bytes:
    """Write a table as CSV, Parquet or (counties only) GeoJSON.

    Raises
    ------
    InvalidInput
        There is no such kind of file.
    """
    if kind == "csv":
        return _csv([{k: harmless(v) for k, v in row.items()} for row in rows], columns)
    if kind == "parquet":
        return _parquet(rows, columns)
    if kind == "geojson" and columns is COLUMNS:
        return _geojson(rows)
    raise InvalidInput("format", f"{kind!r} is none of {', '.join(KINDS)}")


def export_to(folder: Path, *, on: date) -> list[Path]:
    """Write every file into a folder and return them."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, lines = published(on=on), pairs(on=on)
    made = {f"measures.{kind}": as_file(rows, kind) for kind in KINDS}
    made |= {f"delivery-pairs.{kind}": as_file(lines, kind, PAIRS) for kind in ("csv", "parquet")}
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in made]


def _line(measure: Any, level: str, row: Row, names: Mapping[str, tuple[str, str]]) -> Row:  # noqa: ANN401
    code = str(row.get(level) or "")
    zh, en = names.get(code, ("", ""))
    return {
        "measure": measure.name, "unit": measure.unit, "level": level, "code": code,
        "name_zh": zh, "name_en": en, "part": None,
        **{name: row[name] for name in ("value", "items", "households", "hidden")},
    }  # fmt: skip


def _names() -> dict[str, tuple[str, str]]:
    rows = [
        *Province.objects.values_list("code", "name_zh", "name_en"),
        *County.objects.values_list("code", "name_zh", "name_en"),
    ]
    return {code: (zh, en) for code, zh, en in rows}


def _csv(rows: Sequence[Row], columns: Mapping[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return ("\ufeff" + out.getvalue()).encode()


def _parquet(rows: Sequence[Row], columns: Mapping[str, str]) -> bytes:
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        text, file = Path(folder) / "rows.csv", Path(folder) / "rows.parquet"
        text.write_bytes(_csv(rows, columns)[3:])
        connection.execute(f"CREATE TABLE t ({columns_sql(columns)})")
        connection.execute(f"COPY t FROM {quoted(text)} (FORMAT csv, HEADER true)")
        connection.execute(f"COPY t TO {quoted(file)} (FORMAT parquet, COMPRESSION zstd)")
        return file.read_bytes()


def _geojson(rows: Sequence[Row]) -> bytes:
    """Give each county that has a figure as a point with its figures."""
    by_county: dict[str, Row] = {}
    for row in rows:
        if row["level"] == "county" and row["part"] is None and row["code"]:
            by_county.setdefault(row["code"], {})[row["measure"]] = row["value"]
    at = {
        code: (lon, lat, zh, en)
        for code, lon, lat, zh, en in County.objects.values_list(
            "code", "lon", "lat", "name_zh", "name_en"
        )
    }
    features = [
        {
            "type": "Feature",
            "id": code,
            "geometry": {"type": "Point", "coordinates": list(at[code][:2])},
            "properties": {"code": code, "name_zh": at[code][2], "name_en": at[code][3], **figures},
        }
        for code, figures in sorted(by_county.items())
        if code in at
    ]
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
