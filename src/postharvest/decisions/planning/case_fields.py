"""One table of a case file, read field by field with a refusal for each mistake."""

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from postharvest.core.errors import InvalidInput


def refuse(field: str, given: object, known: Iterable[str], *, what: str) -> NoReturn:
    """Refuse an unknown name, with the nearest known one."""
    names = list(known)
    close = difflib.get_close_matches(str(given), names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(names)}"
    raise InvalidInput(field, f"unknown {what} {given!r}{hint}")


class Table:
    """The fields of one table; ``name`` is how a person finds it in the file."""

    def __init__(self, name: str, values: Mapping[str, Any], fields: str | Iterable[str]) -> None:
        self.name, self.values = name, values
        self._fields = fields.split() if isinstance(fields, str) else list(fields)

    def check_names(self) -> None:
        """Refuse fields that the format doesn't know (`note` and `ext_…` are free)."""
        for field in self.values:
            if field in self._fields or field == "note" or str(field).startswith("ext_"):
                continue
            refuse(self._full(field), field, self._fields, what="field")

    def number(
        self,
        field: str,
        default: float | None = None,
        *,
        low: float = -math.inf,
        high: float = math.inf,
        above: float = -math.inf,
    ) -> float:
        """Return a finite number within limits."""
        if field not in self.values:
            if default is None:
                raise InvalidInput(self._full(field), "is missing")
            return default
        return _number(self._full(field), self.values[field], low=low, high=high, above=above)

    def optional(self, field: str, *, low: float = -math.inf) -> float | None:
        """Return a number, or None where the field is left out."""
        return self.number(field, low=low) if field in self.values else None

    def whole(
        self, field: str, default: int | None = None, *, low: int = 0, high: float = math.inf
    ) -> int:
        """Return a whole number within limits."""
        value = self.number(field, default, low=low, high=high)
        if value != int(value):
            raise InvalidInput(self._full(field), f"must be a whole number, is {value:g}")
        return int(value)

    def text(self, field: str, default: str | None = None) -> str:
        """Return a non-empty text."""
        value = self.values.get(field, default)
        if not isinstance(value, str) or not value:
            problem = "is missing" if value is None else f"must be a text, is {value!r}"
            raise InvalidInput(self._full(field), problem)
        return value

    def choice(self, field: str, options: tuple[str, ...], *, default: str) -> str:
        """One of a few words."""
        value = self.values.get(field, default)
        if value not in options:
            refuse(self._full(field), value, options, what="word")
        return str(value)

    def numbers(
        self,
        field: str,
        default: list[float] | None = None,
        *,
        low: float = -math.inf,
        above: float = -math.inf,
    ) -> list[float]:
        """Return a non-empty list of numbers."""
        value = self.values.get(field, default)
        if not isinstance(value, list) or not value:
            raise InvalidInput(self._full(field), "must be a list of numbers")
        return [
            _number(f"{self._full(field)}[{n}]", v, low=low, above=above)
            for n, v in enumerate(value, 1)
        ]

    def series(self, field: str, days: int, default: float | None = None) -> list[float]:
        """One number for every day, or a list with one per day."""
        value = self.values.get(field, default)
        if isinstance(value, list):
            if len(value) != days:
                raise InvalidInput(
                    self._full(field), f"needs {days} numbers (one a day), has {len(value)}"
                )
            return self.numbers(field, low=0)
        if value == math.inf:
            return [math.inf] * days
        return [self.number(field, low=0)] * days

    def day_list(self, field: str, days: int) -> list[int]:
        """Return a list of days 1 … days, maybe empty."""
        value = self.values.get(field, [])
        if not isinstance(value, list):
            raise InvalidInput(self._full(field), "must be a list of days")
        for day in value:
            if isinstance(day, bool) or not isinstance(day, int) or not 1 <= day <= days:
                raise InvalidInput(self._full(field), f"{day!r} is not a day 1 … {days}")
        return list(value)

    def ids(self, field: str, known: tuple[str, ...]) -> list[str]:
        """Return a list of known ids; all of them where the field is left out."""
        value = self.values.get(field, list(known))
        if not isinstance(value, list):
            raise InvalidInput(self._full(field), "must be a list of ids")
        for item in value:
            if item not in known:
                refuse(self._full(field), item, known, what="id")
        return list(dict.fromkeys(value))

    def _full(self, field: str) -> str:
        return f"{self.name}.{field}" if self.name else str(field)


def _number(
    field: str,
    value: object,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    above: float = -math.inf,
) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidInput(field, f"must be a finite number, is {value!r}")
    if value < low:
        raise InvalidInput(field, f"must be at least {low:g}, is {value:g}")
    if value <= above:
        raise InvalidInput(field, f"must be above {above:g}, is {value:g}")
    if value > high:
        raise InvalidInput(field, f"must be at most {high:g}, is {value:g}")
    return float(value)
