"""The measures: each defined once, with its formula, unit, source rows and caveats.

``docs/measures.md`` says the same in words; a test holds the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from ibis.expr.types import Table

from postharvest.core.errors import InvalidInput
from postharvest.decisions.measures.expressions import arriving, reaching, selling

SUM, RATIO, PERCENTILE, DIFFERENT = "sum", "ratio", "percentile", "different"
"""How ``n`` and ``d`` become a figure: added, divided, ranked by bin, or counted once a week."""
HOURS = (2, 3, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure: ``rows`` are what it counts, ``scale`` brings n/d into its unit.

    ``part`` says what the column of that name holds; empty where it holds nothing to group by.
    ``spread`` marks a measure whose ``d`` belongs to all parts.  ``on_day`` marks one that is
    asked of a day, not of a time.  ``hot`` are the tables in partitions that it counts,
    ``cube`` the columns by which a month of it is kept added up.
    """

    name: str
    unit: str
    kind: str
    rows: Callable[[date], Table]
    scale: float = 1.0
    quantile: float = 0.0
    part: str = ""
    other: str = ""
    spread: bool = False
    on_day: bool = False
    hot: tuple[str, ...] = ()
    cube: tuple[str, ...] = ()


def _timeless(rows: Callable[[], Table]) -> Callable[[date], Table]:
    return lambda _on: rows()


def _access(hours: int, weight: str) -> Callable[[date], Table]:
    return lambda on: reaching.access(on, hours=hours, weight=weight)


def _near(weight: str, name: str) -> list[Measure]:
    return [
        Measure(
            name=f"access_{name}_share_{hours}h", unit="share", kind=RATIO,
            rows=_access(hours, weight), on_day=True,
        )
        for hours in HOURS
    ]  # fmt: skip


_YUAN = 1 / 100
_SALES = ("base_id", "sale_id", "grower_id", "place", "produce", "part")
_PARCELS = ("base_id", "sale_id", "place", "produce", "part")
_TRANSIT = (*_PARCELS, "bin")
_CHOICE = ("place", "produce", "part", "key")
MEASURES = (
    *_near("villages", "villages"),
    *_near("households", "smallholders"),
    Measure(
        name="delivery_hours_p50", unit="hours", kind=PERCENTILE, quantile=0.5,
        rows=_timeless(arriving.transit), part="era", other="to",
        hot=("parcels",), cube=_TRANSIT,
    ),
    Measure(
        name="delivery_hours_p90", unit="hours", kind=PERCENTILE, quantile=0.9,
        rows=_timeless(arriving.transit), part="era", other="to",
        hot=("parcels",), cube=_TRANSIT,
    ),
    Measure(
        name="on_time_share", unit="share", kind=RATIO, rows=_timeless(arriving.on_time),
        part="era", other="to",
        hot=("parcels",), cube=_PARCELS,
    ),
    Measure(
        name="choice_produce_per_week", unit="produce", kind=DIFFERENT,
        rows=_timeless(arriving.choice), part="week", other="from",
        hot=("parcels",), cube=_CHOICE,
    ),
    Measure(
        name="rescued_kg", unit="kg", kind=SUM, scale=1 / 1000, rows=_timeless(selling.rescued),
        part="channel", other="to",
        hot=("order_lines",), cube=_SALES,
    ),
    Measure(
        name="gmv_yuan", unit="yuan", kind=SUM, scale=_YUAN, rows=_timeless(selling.turnover),
        part="channel", other="to",
        hot=("order_lines",), cube=_SALES,
    ),
    Measure(
        name="growers_net_yuan", unit="yuan", kind=SUM, scale=_YUAN / 1000,
        rows=_timeless(selling.growers_net), part="way",
        hot=("ledger_lines",), cube=_SALES,
    ),
    Measure(
        name="uplift_yuan_per_kg", unit="yuan/kg", kind=RATIO, scale=_YUAN,
        rows=_timeless(selling.uplift),
        hot=("ledger_lines",), cube=_SALES,
    ),
    Measure(
        name="repeat_sellers_share", unit="share", kind=RATIO,
        rows=_timeless(reaching.repeat_sellers), part="season",
    ),
    Measure(
        name="wages_yuan", unit="yuan", kind=SUM, scale=_YUAN, rows=_timeless(selling.wages),
        hot=("ledger_lines",), cube=_SALES,
    ),
    Measure(
        name="households_reached_share", unit="share", kind=RATIO,
        rows=_timeless(reaching.households_reached),
    ),
    Measure(
        name="subsidy_yuan", unit="yuan", kind=SUM, scale=_YUAN, rows=_timeless(selling.subsidy),
        part="payer",
        hot=("ledger_lines",), cube=_SALES,
    ),
    Measure(
        name="cost_yuan_per_kg", unit="yuan/kg", kind=RATIO, scale=_YUAN,
        rows=_timeless(selling.costs), part="stage", spread=True,
        hot=("ledger_lines", "order_lines"), cube=_SALES,
    ),
)  # fmt: skip
BY_NAME = {measure.name: measure for measure in MEASURES}


def measure_named(name: str) -> Measure:
    """Return a measure.

    Raises
    ------
    InvalidInput
        There is none of this name.
    """
    if name not in BY_NAME:
        raise InvalidInput(
            "measure", f"there is no {name!r}; the measures are: {', '.join(BY_NAME)}"
        )
    return BY_NAME[name]
