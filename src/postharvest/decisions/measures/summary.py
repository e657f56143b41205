"""From rows to figures: the one way in which ``n`` and ``d`` of a measure become its value.

It takes rows or months of them added up (`cube`): both give the same figures, since a cube keeps
every column that a figure depends on.
"""

from collections.abc import Sequence
from datetime import date

import ibis
from ibis import _
from ibis.expr.types import Column, Table, Value

from postharvest.core.errors import InvalidInput
from postharvest.decisions.measures.catalogue import (
    DIFFERENT,
    PERCENTILE,
    RATIO,
    SUM,
    Measure,
)
from postharvest.decisions.measures.expressions.rows import COLUMNS
from postharvest.decisions.measures.facts import table

ALWAYS = ("province", "county", "produce", "base", "income_group", "month", "year")
PROVINCE = 2
WEEK_OF_COUNTY = 17
"""A county's code, a blank and a day: where choice is counted once."""
_THOUSAND = 1000


def dimensions(measure: Measure) -> tuple[str, ...]:
    """Return what a measure may be taken apart by."""
    if measure.on_day:
        return ("province", "county", "income_group")
    return (*ALWAYS, *(name for name in (measure.part, measure.other) if name))


def counted(measure: Measure, *, on: date) -> Table:
    """Return the rows of a measure, each an item."""
    return measure.rows(on).mutate(items=ibis.literal(1).cast("int64"))


def cube(measure: Measure, *, on: date) -> Table:
    """Add the rows of a measure up by month and by what it is asked by; `items` counts them."""
    rows = counted(measure, on=on)
    month = rows.day.cast("timestamp").truncate("M").cast("date")
    added = rows.group_by(day=month, **{name: rows[name] for name in measure.cube}).agg(
        **{name: rows[name].sum().cast("int64") for name in ("n", "d", "items")}
    )
    return added.select(
        **{
            name: added[name] if name in added.columns else ibis.null(kind).cast(kind)
            for name, kind in {**COLUMNS, "items": "int64"}.items()
        }
    )


def narrowed(
    rows: Table,
    *,
    first: date | None = None,
    last: date | None = None,
    place: str = "",
    base_id: int | None = None,
) -> Table:
    """Keep the rows of a time, a region (a code or how codes begin), a base."""
    if first is not None:
        rows = rows.filter(rows.day.isnull() | (rows.day >= ibis.literal(first)))
    if last is not None:
        rows = rows.filter(rows.day.isnull() | (rows.day <= ibis.literal(last)))
    if place:
        rows = rows.filter(rows.place.startswith(place))
    if base_id is not None:
        rows = rows.filter(rows.base_id == base_id)
    return rows


def summary(measure: Measure, rows: Table, *, by: Sequence[str]) -> Table:
    """Return the figures of a measure: its groups, ``value``, ``items`` and ``households``.

    ``households`` are those who stand behind a figure; nothing is published of fewer than five.

    Raises
    ------
    InvalidInput
        The measure can't be taken apart by this.
    """
    for name in by:
        if name not in dimensions(measure):
            raise InvalidInput(
                "by",
                f"{measure.name} can't be taken apart by {name!r}; "
                f"choose among {', '.join(dimensions(measure))}",
            )
    grouped = _grouped(measure, rows, by)
    values = _VALUES[measure.kind](measure, grouped, by)
    shown = grouped.filter(grouped.part.notnull()) if _spreads(measure, by) else grouped
    counts = _by(shown, by, items=_["items"].sum().cast("int64"))
    answer = _beside(_beside(counts, values, by), _households(measure, grouped, by), by)
    answer = answer.mutate(households=answer.households.fill_null(0))
    return answer.order_by(list(by)) if by else answer


def _grouped(measure: Measure, rows: Table, by: Sequence[str]) -> Table:
    """Name the groups: codes of provinces, months, income groups, beside what a row has."""
    if "income_group" in by:
        rows = _with_income_group(rows)
    named: dict[str, Value] = {}
    for name in by:
        if name == measure.part:
            named[name] = rows.part
        elif name == measure.other:
            named[name] = rows.other
        else:
            named[name] = _dimension(name, rows)
    return rows.mutate(**named)


def _dimension(name: str, rows: Table) -> Value:
    made: Value
    if name == "province":
        made = rows.place.left(PROVINCE) + "0000"
    elif name == "county":
        made = rows.place
    elif name == "month":
        made = rows.day.cast("string").left(7)
    elif name == "year":
        made = rows.day.cast("string").left(4)
    elif name == "base":
        made = rows.base_id
    else:
        made = rows[name]
    return made


def _with_income_group(rows: Table) -> Table:
    growers = table("growers").select("grower_id", of_grower="income_group")
    counties = table("counties").select(place="code", of_county="income_group")
    joined = rows.left_join(growers, "grower_id").drop("grower_id_right")
    joined = joined.left_join(counties, "place").drop("place_right")
    group = ibis.coalesce(joined.of_grower, joined.of_county, ibis.literal("not loaded"))
    return joined.mutate(income_group=group).drop("of_grower", "of_county")


def _sum(measure: Measure, rows: Table, by: Sequence[str]) -> Table:
    return _by(rows, by, value=_.n.sum().cast("float64") * measure.scale)


def _ratio(measure: Measure, rows: Table, by: Sequence[str]) -> Table:
    if not _spreads(measure, by):
        sums = _by(rows, by, n=_.n.sum(), d=_.d.sum())
        return _divided(measure, sums, by)
    shared = [name for name in by if name != measure.part]
    parts = _by(rows.filter(rows.part.notnull()), by, n=_.n.sum())
    whole = _by(rows, shared, d=_.d.sum())
    return _divided(measure, _beside(parts, whole, shared), by)


def _spreads(measure: Measure, by: Sequence[str]) -> bool:
    """Whether all parts share one ``d``."""
    return measure.spread and measure.part in by


def _divided(measure: Measure, sums: Table, by: Sequence[str]) -> Table:
    quotient = sums.n.cast("float64") / sums.d.cast("float64") * measure.scale
    value = ibis.ifelse(sums.d > 0, quotient, ibis.null("float64"))
    return sums.select(*by, value=value)


def _percentile(measure: Measure, rows: Table, by: Sequence[str]) -> Table:
    """Rank: the first bin up to which the share asked for has come."""
    bins = rows.group_by([*by, "bin"]).agg(n=_.n.sum())
    up_to = ibis.window(group_by=list(by) or None, order_by="bin", following=0)
    whole = ibis.window(group_by=list(by) or None)
    ranked = bins.mutate(so_far=bins.n.sum().over(up_to), all=bins.n.sum().over(whole))
    wanted = round(measure.quantile * _THOUSAND)
    reached = ranked.filter(ranked.so_far * _THOUSAND >= ranked["all"] * wanted)
    return _by(reached, by, value=_.bin.min().cast("float64"))


def _different(measure: Measure, rows: Table, by: Sequence[str]) -> Table:
    sums = _by(rows, by, n=_.key.nunique(), d=_.key.left(WEEK_OF_COUNTY).nunique())
    return _divided(measure, sums, by)


def _households(measure: Measure, rows: Table, by: Sequence[str]) -> Table:
    """Count the growers behind each group: named in the row, or with a lot in its sale.

    Of a pair of places it is at least so many: those of its largest sale.  To name each pair's
    would take a row for each pair, sale and grower.
    """
    if measure.on_day:
        return _by(rows, by, households=_.d.sum().cast("int64"))
    if "sale_id" not in (measure.cube or COLUMNS):
        return _by(rows, by, households=_["items"].sum().cast("int64"))
    if measure.other in by:
        return _households_of_pairs(rows, by)
    named = rows.filter(rows.grower_id.notnull()).select(*by, "grower_id").distinct()
    sellers = table("lots").select("sale_id", of_sale="grower_id").distinct()
    sales = rows.filter(rows.grower_id.isnull(), rows.sale_id.notnull())
    behind = sales.select(*by, "sale_id").distinct().join(sellers, "sale_id")
    people = ibis.union(named, behind.select(*by, grower_id=behind.of_sale))
    return _by(people, by, households=_.grower_id.nunique())


def _households_of_pairs(rows: Table, by: Sequence[str]) -> Table:
    lots = table("lots")
    sellers = lots.group_by("sale_id").agg(sellers=lots.grower_id.nunique())
    known = rows.select(*by, "sale_id", "grower_id").left_join(sellers, "sale_id")
    named = known.grower_id.nunique()
    largest = known.sellers.max().fill_null(0)
    return _by(known, by, households=ibis.greatest(named, largest).cast("int64"))


_VALUES = {SUM: _sum, RATIO: _ratio, PERCENTILE: _percentile, DIFFERENT: _different}


def _by(rows: Table, by: Sequence[str], **added: Value | Column) -> Table:
    return rows.group_by(list(by)).agg(**added) if by else rows.agg(**added)


def _beside(one: Table, other: Table, by: Sequence[str]) -> Table:
    """Lay two tables of the same groups beside each other; an empty group equals an empty one."""
    if not by:
        return one.cross_join(other)
    same = [one[name].identical_to(other[name]) for name in by]
    joined = one.left_join(other, same, rname="{name}_2")
    return joined.drop(*(name for name in joined.columns if name.endswith("_2")))
