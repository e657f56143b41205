"""What tables there are: their columns, rules and provenance, as the shipped catalogue says.

Nothing here knows Django, so engine commands may read tables too.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from postharvest.core.errors import InvalidInput

Value = str | int | float | None
"""A cell after reading: text, code or ISO date; whole number; number; or blank."""
Row = dict[str, Value]

ATTRIBUTIONS = (
    "GeoNames (CC BY 4.0, geonames.org)",
    "Natural Earth",
    "Contains modified Copernicus Climate Change Service information",
    "84.51 (Complete Journey)",
    "Hass Avocado Board",
    "K. Graddy",
    "US EIA",
    "National Bureau of Statistics of China",
)
"""To be shown wherever the shipped tables are listed or drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column and what a value in it has to be.

    ``kind`` is text, int, number, numbers (one or more, with spaces between), date, card (a bank
    card), resident (an identity number), phone, or code6, code9, code12: that many digits.
    ``low`` and ``high`` are inclusive; ``longest`` is in letters; ``refers`` names the table whose
    key the value must be.
    """

    name: str
    zh: str
    kind: str
    required: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    longest: int = 1000
    refers: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A table: its file, its columns in order, and where its figures come from.

    ``key`` is what makes a row unique (nothing: rows may repeat); the columns of each tuple in
    ``ordered`` may not fall from left to right.  A map of outlines has no columns.
    """

    name: str
    file: str
    title_en: str
    title_zh: str
    source: str
    licence: str
    status: str
    key: tuple[str, ...] = ()
    ordered: tuple[tuple[str, ...], ...] = ()
    columns: tuple[Column, ...] = ()

    @property
    def is_map(self) -> bool:
        """Whether this is an outline to draw, not a table of rows."""
        return not self.columns

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]


def folder() -> Traversable:
    """Return where the shipped tables lie inside the package."""
    return files("postharvest") / "data" / "tables"


@cache
def shapes() -> Mapping[str, Shape]:
    """Every table by name, in the order in which they can be loaded."""
    text = (folder() / "catalogue.toml").read_text("utf-8")
    return {name: _shape(name, entry) for name, entry in tomllib.loads(text).items()}


def shape(name: str) -> Shape:
    """Return one table's shape.

    Raises
    ------
    InvalidInput
        There is no such table.
    """
    try:
        return shapes()[name]
    except KeyError:
        raise InvalidInput(
            "table", f"there is no table {name!r}; `postharvest data list` shows their names"
        ) from None


def _shape(name: str, entry: dict[str, Any]) -> Shape:
    plain = {key: entry[key] for key in ("file", "title_en", "title_zh", "source", "licence")}
    return Shape(
        name=name,
        **plain,
        status=entry["status"],
        key=tuple(entry.get("key", ())),
        ordered=tuple(tuple(names) for names in entry.get("ordered", ())),
        columns=tuple(_column(column) for column in entry.get("columns", ())),
    )


def _column(entry: dict[str, Any]) -> Column:
    return Column(**{**entry, "choices": tuple(entry.get("choices", ()))})
