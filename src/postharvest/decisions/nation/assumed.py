"""The simulator's assumptions with their ranges and sources: planning defaults and our own."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.base_tables import Tables
from postharvest.engines.nation.assumptions import Assumptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """One number: its middle, the range worlds are drawn from (equal ends: never drawn), whence."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    status: str
    source: str

    def as_json(self) -> dict[str, Any]:
        """Return plain values for the document."""
        return asdict(self)


_OURS: tuple[tuple[str, float, float, float, str, str], ...] = (
    ("surplus_share", 0.02, 0.005, 0.05, "share of the harvest",
     "what ordinary sales do not take; no survey ships: the weakest number beside demand"),
    ("village_kg", 9000, 5000, 18000, "kg",
     "a village's surplus of a crop of 1,800 kg/mu; the two stories have 8 t and 42 t a village"),
    ("burst_shape", 0.5, 0.5, 0.5, "gamma shape",
     "surpluses come in bursts: variance of weekly numbers above Poisson"),
    ("weather_correlation", 0.6, 0.3, 0.8, "correlation",
     "counties of a province get wet together"),
    ("wet_share_per_100_mm", 0.12, 0.06, 0.2, "share of weeks",
     "weeks so wet that work stops, by the month's normal rain (climate table)"),
    ("wet_surplus_factor", 2.0, 1.3, 3.0, "factor", "rain spoils ordinary sales: the cane of 2019"),
    ("wet_merchant_factor", 0.3, 0.0, 0.7, "factor", "rain keeps merchants away: the cane of 2019"),
    ("wet_attendance_factor", 0.75, 0.5, 0.95, "factor", "fewer packers in rain"),
    ("demand_growth", 1.15, 1.0, 1.3, "factor a year",
     "rural online retail grew by 21 % in H1 2019 (postal_facts); slower after"),
    ("online_share", 0.06, 0.03, 0.12, "share of the harvest",
     "what the online market of a crop takes a year at the reference price"),
    ("participation", 0.5, 0.2, 0.8, "share of the surplus",
     "offered once a base has stood for half a year within half of reach_hours"),
    ("ramp_weeks", 26, 13, 52, "weeks", "a base's way to its full participation"),
    ("reach_hours", 4.0, 4.0, 4.0, "hours", "no surplus comes from farther away"),
    ("road_speed", 1.0, 0.85, 1.15, "factor", "on the travel model of engines/travel.py"),
    ("packing_rate", 1.0, 0.75, 1.3, "factor", "on kg_per_worker_day by bruise class"),
    ("postage", 1.0, 0.8, 1.4, "factor", "on the agricultural contract parcel (postal_tariffs)"),
    ("base_parcels_per_day", 20000, 5000, 50000, "parcels",
     "what a base adds to its prefecture; the cane needs some 25,000 a day"),
    ("point_cost", 0.25, 0.1, 0.5, "yuan/kg",
     "set-up, rent, haul and packers' way, spread over a village's surplus"),
    ("clear_share", 0.6, 0.0, 0.95, "share of the surplus",
     "0 is the goal income, 0.95 the goal clear:0.95 of `plan rescue`; branches choose"),
    ("fee_share", 0.018, 0.018, 0.018, "share of the price", "0.6 % payment + 1.2 % platform"),
    ("refund_share", 0.02, 0.01, 0.05, "share of the price", "late or spoilt"),
    ("shelf_gain_days", 3.0, 0.0, 7.0, "days", "pre-cooling at packing"),
    ("base_hours_saved", 12.0, 0.0, 24.0, "hours",
     "parcels sorted at a base skip the county's and the prefecture's sorting"),
)  # fmt: skip


def assumed(tables: Tables) -> tuple[Assumed, ...]:
    """Return every number, in the order of the engine's fields.

    Raises
    ------
    InvalidInput
        A planning default that the simulator needs is missing.
    """
    ours = {
        name: Assumed(
            name=name, value=value, low=low, high=high, unit=unit,
            status="assumption", source=source,
        )
        for name, value, low, high, unit, source in _OURS
    }  # fmt: skip
    rows = {str(row["field"]): row for row in tables("planning_defaults")}
    found = []
    for field in fields(Assumptions):
        if field.name in ours:
            found.append(ours[field.name])
            continue
        name = field.name
        if name not in rows:
            raise InvalidInput("planning_defaults", f"lacks the row {name!r}; restore the table")
        row = rows[name]
        value = float(row["value"] or 0)
        found.append(
            Assumed(
                name=name,
                value=value,
                low=value if row["low"] is None else float(row["low"]),
                high=value if row["high"] is None else float(row["high"]),
                unit=str(row["unit"]),
                status=str(row["status"]),
                source=f"planning_defaults: {row['source']}",
            )
        )
    return tuple(found)


def middle(numbers: Sequence[Assumed]) -> Assumptions:
    """Return the world of all middle values."""
    return Assumptions(**{one.name: one.value for one in numbers})


def ranges(numbers: Sequence[Assumed]) -> Mapping[str, tuple[float, float]]:
    """Return what worlds are drawn from: the numbers whose ends differ."""
    return {one.name: (one.low, one.high) for one in numbers if one.high > one.low}
