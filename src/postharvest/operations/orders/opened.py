"""The rows a batch of orders decides on, locked and read.

On SQLite one statement after another; on PostgreSQL one function, for each answer that is waited
for holds the hot row's lock longer.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from postharvest.core import sql
from postharvest.operations.orders.rows import (
    DayRow,
    FreshIds,
    LaneRow,
    ListingRow,
    SaleRow,
    TeamRow,
)


class Asked(NamedTuple):
    """What a batch names: listings, counties, teams, buyers, keys."""

    listing_ids: Collection[int]
    county_codes: Collection[str]
    team_ids: Collection[int]
    buyers: Collection[str]
    keys: Collection[str]


class Opened(msgspec.Struct, kw_only=True):
    """Rows under their locks; ``known`` are ids of orders that bear one of the keys."""

    listings: list[ListingRow] = []
    sales: list[SaleRow] = []
    lanes: list[LaneRow] = []
    lane_days: list[DayRow] = []
    hub_days: list[DayRow] = []
    packing_days: list[DayRow] = []
    teams: list[TeamRow] = []
    bought: list[tuple[int, str, int]] = []
    known: list[int] = []
    ids: list[FreshIds] = []


def open_rows(
    asked: Asked,
    *,
    days: Callable[[Iterable[SaleRow]], Sequence[date]],
    today: date,
    also: Collection[date],
    orders: int,
) -> Opened:
    """Lock and read; ``days`` says which days the sales of the batch may use."""
    if sql.has_functions():
        told = sql.fetch(_OPEN, *map(list, asked), today, list(also), orders)
        return _decode(told[0][0])
    return _one_by_one(asked, days=days)


_OPEN = (
    "SELECT orders_open_batch(%s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::text[],"
    " %s::date, %s::date[], %s)::text"
)
_decode = msgspec.json.Decoder(Opened).decode


def _one_by_one(asked: Asked, *, days: Callable[[Iterable[SaleRow]], Sequence[date]]) -> Opened:
    listings = [ListingRow(*row) for row in sql.fetch(_LISTINGS, set(asked.listing_ids))]
    bases = {row.base_id for row in listings}
    sale_ids = {row.sale_id for row in listings}
    sales = [_sale(row) for row in sql.fetch(_SALES, bases, sale_ids)]
    lanes = [LaneRow(*row) for row in sql.fetch(_LANES, sale_ids, set(asked.county_codes))]
    open_days = days(sales)
    span = min(open_days), max(open_days)
    lane_ids = {row.lane_id for row in lanes}
    branches = {row.branch_id for row in sales}
    return Opened(
        listings=listings,
        sales=sales,
        lanes=lanes,
        lane_days=[DayRow(*row) for row in sql.fetch(_LANE_DAYS, bases, lane_ids, *span)],
        hub_days=[DayRow(*row) for row in sql.fetch(_HUB_DAYS, bases, branches, *span)],
        packing_days=[DayRow(*row) for row in sql.fetch(_PACKING_DAYS, bases, sale_ids, *span)],
        teams=[_team(row) for row in sql.fetch(_TEAMS, bases, set(asked.team_ids))],
        bought=sql.fetch(_BOUGHT, bases, sale_ids, set(asked.buyers)),
        known=[pk for (pk,) in sql.fetch(_KNOWN, bases, set(asked.keys))],
    )


def _sale(row: Sequence[Any]) -> SaleRow:
    sale = SaleRow(*row)
    return sale._replace(opens_at=sql.aware(sale.opens_at), closes_at=sql.aware(sale.closes_at))


def _team(row: Sequence[Any]) -> TeamRow:
    team = TeamRow(*row)
    return team._replace(deadline_at=sql.aware(team.deadline_at))


_LISTINGS = (
    "SELECT l.id, l.base_id, l.sale_id, l.channel_id, c.name, c.kind, l.net_g, l.team_fen,"
    " l.solo_fen, l.box_crew_s FROM campaigns_listing l"
    " JOIN campaigns_channel c ON c.id = l.channel_id WHERE l.id AMONG %s"
)
_SALES = (
    "SELECT id, base_id, branch_id, state, opens_at, closes_at, first_day, last_day,"
    " capacity_g - reserved_g - set_aside_g, has_shares, ship_within_days, cutoff_hour,"
    " team_size, team_hours, limit_per_buyer, calendar"
    " FROM campaigns_sale WHERE base_id AMONG %s AND id AMONG %s ORDER BY id"
)
_LANES = (
    "SELECT t.sale_id, c.code, t.lane_id, t.offered, t.why_not, t.earliest_days, t.latest_days"
    " FROM campaigns_salelane t JOIN network_lanemarket m ON m.lane_id = t.lane_id"
    " JOIN network_county c ON c.prefecture_id = m.prefecture_id"
    " WHERE t.sale_id AMONG %s AND c.code AMONG %s"
)
_LANE_DAYS = (
    "SELECT base_id, id, lane_id, day, capacity_parcels - reserved_parcels FROM network_laneday"
    " WHERE base_id AMONG %s AND lane_id AMONG %s AND day BETWEEN %s AND %s"
    " ORDER BY id"
)
_HUB_DAYS = (
    "SELECT base_id, id, branch_id, day, capacity_parcels - reserved_parcels FROM network_hubday"
    " WHERE base_id AMONG %s AND branch_id AMONG %s AND day BETWEEN %s AND %s"
    " ORDER BY id"
)
_PACKING_DAYS = (
    "SELECT base_id, id, sale_id, day, capacity_crew_s - reserved_crew_s - set_aside_crew_s"
    " FROM campaigns_packingday"
    " WHERE base_id AMONG %s AND sale_id AMONG %s AND day BETWEEN %s AND %s"
    " ORDER BY id"
)
_TEAMS = (
    "SELECT base_id, id, listing_id, state, size, paid_members, platform_places, deadline_at"
    " FROM orders_team WHERE base_id AMONG %s AND id AMONG %s ORDER BY id"
)
_BOUGHT = (
    "SELECT sale_id, buyer, SUM(quantity) FROM orders_order"
    " WHERE base_id AMONG %s AND sale_id AMONG %s AND buyer AMONG %s"
    " AND state NOT IN ('cancelled', 'refunded') GROUP BY sale_id, buyer"
)


_KNOWN = "SELECT id FROM orders_order WHERE base_id AMONG %s AND key AMONG %s"
