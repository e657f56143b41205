"""A table as Parquet, with its data dictionary inside: what each column is, its unit, its rule.

Needs the extra ``postharvest[parquet]`` (pyarrow, 170 MB installed): most branches need none.
"""

import io
from collections.abc import Sequence
from typing import Any

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Column, Row, Shape

_TYPES = {"int": "int64", "number": "float64", "date": "date32"}


def parquet_bytes(shape: Shape, rows: Sequence[Row]) -> bytes:
    """Return rows as Parquet; blank cells are null.

    Raises
    ------
    InvalidInput
        The extra is not installed.
    """
    pa, pq = _arrow()
    fields = [
        pa.field(
            column.name,
            pa.type_for_alias(_TYPES.get(column.kind, "string")),
            nullable=not column.required,
            metadata=about_column(column),
        )
        for column in shape.columns
    ]
    schema = pa.schema(fields, metadata=about_table(shape))
    columns = [
        pa.array([row.get(column.name) for row in rows], pa.string()).cast(field.type)
        if column.kind == "date"
        else pa.array([row.get(column.name) for row in rows], field.type)
        for column, field in zip(shape.columns, fields, strict=True)
    ]
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), out, compression="zstd")
    return out.getvalue()


def about_table(shape: Shape) -> dict[str, str]:
    """Say what a table is and where its figures come from."""
    names = ("title_en", "title_zh", "source", "licence", "status")
    return {name: str(getattr(shape, name)) for name in names}


def about_column(column: Column) -> dict[str, str]:
    """Say what a column is: its Chinese name, kind, unit and rule."""
    low = "" if column.low is None else f"at least {column.low:g}"
    high = "" if column.high is None else f"at most {column.high:g}"
    rules = [
        "required" if column.required else "",
        low,
        high,
        f"one of {', '.join(column.choices)}" if column.choices else "",
        f"a key of {column.refers}" if column.refers else "",
    ]
    return {
        "zh": column.zh,
        "kind": column.kind,
        "unit": column.unit,
        "rule": "; ".join(rule for rule in rules if rule),
    }


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow  # noqa: PLC0415  (an extra)
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise InvalidInput(
            "format", "Parquet needs pyarrow: pip install 'postharvest[parquet]', or take csv"
        ) from None
    return pyarrow, parquet
