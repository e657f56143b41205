"""Numbers a plan stands on: the branch's own, else the planning default, each written down."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.models import Figure
from postharvest.operations.network import queries as network
from postharvest.operations.network.models import PlanningDefault

_YEARS = re.compile(r"\b((?:19|20)\d\d)(?:-(\d\d)\b)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One number as the plan used it, where it comes from and how old it is.

    ``as_of`` is a year, a month or a day (ISO 8601); ``source_zh`` the source in Chinese, where
    it has words of its own.
    """

    field: str
    value: Any
    unit: str
    status: str
    source: str
    low: float | None = None
    high: float | None = None
    as_of: str = ""
    source_zh: str = ""


class Assumptions:
    """Looks numbers up and remembers every one that was asked for."""

    def __init__(
        self, defaults: Mapping[str, PlanningDefault], figures: Mapping[str, Figure]
    ) -> None:
        self._defaults = defaults
        self._figures = figures
        self._used: dict[str, Assumption] = {}

    @classmethod
    def of_base(cls, base_id: int | None) -> "Assumptions":
        """Return the numbers that hold for a base (none: the country's defaults)."""
        figures = Figure.objects.filter(base_id=base_id or 0)
        return cls(network.planning_defaults(), {f.field: f for f in figures})

    def own(self, field: str) -> Any:  # noqa: ANN401  (JSON of the branch)
        """Return the branch's own figure, or none where it has entered nothing."""
        figure = self._figures.get(field)
        if figure is None:
            return None
        self._used[field] = Assumption(
            field=field,
            value=figure.value,
            unit="",
            status="own",
            source=figure.source,
            as_of=figure.entered_at.date().isoformat(),
        )
        return figure.value

    def number(self, field: str, *, default: str = "") -> float:
        """Return a number: the branch's own, else the planning default.

        Raises
        ------
        InvalidInput
            Neither knows the field: the defaults' table lacks a row.
        """
        own = self.own(field)
        if own is not None:
            return float(own)
        row = self._defaults.get(default or field)
        if row is None:
            raise InvalidInput(
                "planning_defaults", f"has no row {default or field!r}; add it to the table"
            )
        self._used[field] = Assumption(
            field=field,
            value=float(row.value),
            unit=row.unit,
            status=row.status,
            source=row.source,
            low=row.low,
            high=row.high,
            as_of=row.as_of,
            source_zh=row.source_zh,
        )
        return float(row.value)

    def note(
        self, field: str, value: object, *, unit: str, status: str, source: str, as_of: date
    ) -> None:
        """Write down a number that came from elsewhere; a year that its source states counts."""
        self._used[field] = Assumption(
            field=field,
            value=value,
            unit=unit,
            status=status,
            source=source,
            as_of=_stated_year(source) or as_of.isoformat(),
        )

    def learnt(
        self,
        field: str,
        value: float,
        *,
        unit: str,
        source: str,
        source_zh: str,
        as_of: date,
        band: tuple[float, float] | None = None,
    ) -> None:
        """Write down a number that finished sales taught, with its band."""
        low, high = band or (None, None)
        self._used[field] = Assumption(
            field=field,
            value=value,
            unit=unit,
            status="learnt",
            source=source,
            low=low,
            high=high,
            as_of=as_of.isoformat(),
            source_zh=source_zh,
        )

    def listed(self) -> list[dict[str, Any]]:
        """Return every number used, as it is stored with the plan."""
        return [asdict(one) for one in self._used.values()]


def _stated_year(source: str) -> str:
    """Return the year that a source speaks of, the later of "2019-20", or nothing."""
    found = _YEARS.search(source)
    if found is None:
        return ""
    first, last = found.groups()
    return first[:2] + last if last else first
