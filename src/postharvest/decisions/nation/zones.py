"""The postage zones of the farm parcel, by distance."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Row
from postharvest.decisions.nation.columns import numbers
from postharvest.decisions.planning.base_tables import Tables
from postharvest.engines.nation.problem import Floats, Ints

PARCEL = "agricultural contract parcel (planning assumption)"


@dataclass(frozen=True, slots=True)
class ZoneTable:
    """The postage zones of the farm parcel by distance."""

    ends_km: Floats
    rows: Sequence[Row]

    @classmethod
    def of(cls, tables: Tables) -> "ZoneTable":
        """Read the tariff; raises InvalidInput where it has no rows of the farm parcel."""
        rows = [row for row in tables("postal_tariffs") if row["product"] == PARCEL]
        if not rows:
            raise InvalidInput("postal_tariffs", f"has no rows of {PARCEL!r}; restore the table")
        return cls(numbers(rows, "km_to"), rows)

    def all(self) -> range:
        """Return the numbers of the zones, the nearest first."""
        return range(len(self.rows))

    def zone(self, km: Floats) -> Ints:
        """Return the zone of each distance."""
        found: Ints = np.minimum(np.searchsorted(self.ends_km, km), len(self.rows) - 1)
        return found

    def postage(self, zone: int, kg: float) -> float:
        """Return yuan for a parcel: the first weight, then steps begun."""
        row = self.rows[zone]
        steps = ceil(max(0.0, kg - float(row["first_kg"] or 0)) / float(row["step_kg"] or 1))
        return float(row["first_yuan"] or 0) + steps * float(row["step_yuan"] or 0)
