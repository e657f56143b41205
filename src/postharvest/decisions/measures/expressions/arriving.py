"""How long parcels took, whether they came as promised, and what a county can choose from."""

import ibis
from ibis import _
from ibis.expr.types import Table, Value

from postharvest.decisions.measures.expressions.rows import named, rows
from postharvest.decisions.measures.facts import table

SECONDS = 3600
DAY_LENGTH = 10


def transit() -> Table:
    """Each parcel that arrived, with its begun hours from acceptance by the post to the door."""
    arrived = _with_era(_arrived().filter(_.accepted_s.notnull()))
    hours = (arrived.delivered_s - arrived.accepted_s + SECONDS - 1) // SECONDS
    return _of_parcel(arrived, bin=hours, n=1)


def on_time() -> Table:
    """Each parcel that arrived; ``n`` is 1 where it came on or before the promised day."""
    arrived = _with_era(_arrived())
    return _of_parcel(arrived, n=arrived.delivered_on <= arrived.promised_by, d=1)


def choice() -> Table:
    """Each parcel that came fresh, on or before its sell-by: a kind of produce in a week."""
    fresh = _arrived().filter(_.delivered_on <= _.sell_by)
    week = fresh.delivered_on.truncate("W").cast("string").left(DAY_LENGTH)
    return rows(
        fresh, item=named("parcel", fresh.parcel_id), day=fresh.delivered_on,
        base_id=fresh.base_id, sale_id=fresh.sale_id, place=fresh.dest, other=fresh.origin,
        produce=fresh.produce, part=week, key=fresh.dest + " " + week + " " + fresh.produce,
    )  # fmt: skip


def _arrived() -> Table:
    parcels = table("parcels")
    return parcels.filter(parcels.delivered_on.notnull())


def _with_era(parcels: Table) -> Table:
    """Say of each parcel whether it set out before or after a base opened for its county."""
    counties = table("counties").select(origin="code", base_opened_on="base_opened_on")
    joined = parcels.left_join(counties, "origin").drop("origin_right")
    after = joined.base_opened_on.notnull() & (joined.day >= joined.base_opened_on)
    return joined.mutate(era=ibis.ifelse(after, "after", "before"))


def _of_parcel(parcels: Table, **more: Value | int) -> Table:
    return rows(
        parcels, item=named("parcel", parcels.parcel_id), day=parcels.delivered_on,
        base_id=parcels.base_id, sale_id=parcels.sale_id, place=parcels.origin,
        other=parcels.dest, produce=parcels.produce, part=parcels.era, **more,
    )  # fmt: skip
