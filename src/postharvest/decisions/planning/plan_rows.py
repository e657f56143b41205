"""The row tables of a plan file, read with every mistake said and none fatal."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from postharvest.core.errors import InvalidInput

Key = tuple[Any, ...]
NEGATIVE_SLACK = -1e-6

ROWS = {
    "open_days": ("point", "day"),
    "harvest": ("lot", "point", "day", "pack_day", "kg"),
    "outlet": ("outlet", "lot", "day", "kg"),
    "crew": ("point", "day", "people"),
    "labour": ("pool", "point", "day", "people"),
    "pack": ("point", "pack_day", "harvest_age_days", "pack", "kg"),
    "ship": ("zone", "day", "harvest_age_days", "pack", "kg"),
    "orders": ("zone", "day", "pack", "kg"),
}


def read_rows(
    name: str,
    plan: Mapping[str, Any],
    ids: Mapping[str, tuple[str, ...]],
    *,
    days: int,
    ages: int,
    say: Callable[[str, str, float], None],
) -> dict[Key, float]:
    """Rows of one table as {key: amount}; what can't be read is said and left out."""
    given = plan.get(name, [])
    if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
        raise InvalidInput(name, "must be a list of rows")
    fields = ROWS[name]
    keys, amount = (fields, None) if name == "open_days" else (fields[:-1], fields[-1])
    rows: dict[Key, float] = {}
    for row in given:
        if name == "outlet" and "outlet" not in row and len(ids["outlet"]) == 1:
            row = {**row, "outlet": ids["outlet"][0]}  # noqa: PLW2901  the format's short form
        key = tuple(row.get(field) for field in keys)
        problem = next(filter(None, (_wrong(f, row.get(f), ids, days, ages) for f in keys)), None)
        value = 1.0 if amount is None else row.get(amount)
        if problem is not None:
            say("unknown id" if "id" in problem else "day or age", f"{name}: {problem}", 1.0)
            continue
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            say("not a number", f"{name} {key}: {value!r}", 1.0)
            continue
        if value < NEGATIVE_SLACK:
            say("negative", f"{name} {key}: {value:g}", -value)
        if key in rows:
            say("twice", f"{name} {key} appears twice", 1.0)
        rows[key] = rows.get(key, 0.0) + float(value)
    return rows


def _wrong(
    field: str,
    value: Any,  # noqa: ANN401
    ids: Mapping[str, tuple[str, ...]],
    days: int,
    ages: int,
) -> str | None:
    if field in ids:
        return None if value in ids[field] else f"{field} {value!r} is no id of the case"
    low, high = (0, ages - 1) if field == "harvest_age_days" else (1, days)
    fine = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    return None if fine and low <= value <= high else f"{field} {value!r} is not in {low} … {high}"
