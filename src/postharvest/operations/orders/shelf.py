"""What a batch of orders may take: every scarce row it touches, locked, with what is left of it.

The sale is locked first, then upstream before downstream and by id within a table
(docs/locking.md): lanes' days, post offices' days, packing days, teams, orders.  Every statement
on a hot table names the base, so that on a cluster it runs where the base lives.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet

from postharvest.core import guard, sql
from postharvest.core.clock.time import CHINA, local_day
from postharvest.operations.campaigns import set_aside
from postharvest.operations.campaigns.calendar import days_of
from postharvest.operations.campaigns.models import PackingDay, Sale
from postharvest.operations.campaigns.set_aside import SetAside
from postharvest.operations.network.models import HubDay, LaneDay
from postharvest.operations.orders.models import Order, Team
from postharvest.operations.orders.rows import (
    Calendar,
    LaneRow,
    ListingRow,
    SaleRow,
    TeamRow,
)

_OPEN = str(Team.State.OPEN)


class Need(NamedTuple):
    """What one order takes of the shelf; what travels without the post has no lane."""

    sale_id: int
    channel_id: int
    weight_g: int
    crew_s: int
    parcels: int
    lane_id: int | None
    branch_id: int
    day: date


@dataclass(slots=True)
class Room:
    """What one scarce row still bears, and what the batch has taken of it."""

    base_id: int
    pk: int
    left: int
    taken: int = 0

    def take(self, amount: int, *, own: int = 0) -> None:
        """Note that the batch takes this, a part of it from a share of its own."""
        self.left -= amount - own
        self.taken += amount


Taken = Counter[tuple[int, int]]
Days = Mapping[tuple[int, date], Room]


@dataclass(slots=True, kw_only=True)
class Shelf:
    """Scarce rows under their locks."""

    listings: dict[int, ListingRow]
    sales: dict[int, SaleRow]
    lanes: dict[tuple[int, str], LaneRow]
    grams: dict[int, Room]
    crew_s: Days
    by_lane: Days
    by_hub: Days
    teams: dict[int, TeamRow]
    places: dict[int, Room]
    bought: Counter[tuple[int, str]]
    set_aside: SetAside

    def left_g(self, listing: ListingRow) -> int:
        """Grams of a sale that a listing's channel may still take: common and its own share."""
        own = self.set_aside.own_g(listing.sale_id, listing.channel_id)
        return self.grams[listing.sale_id].left + own

    def bears(self, need: Need) -> bool:
        """Whether the packing day, the lane's day and the post office's day hold this need."""
        packing = self.crew_s.get((need.sale_id, need.day))
        if packing is None:
            return False
        own = self.set_aside.own_crew_s(need.sale_id, need.channel_id, need.day)
        if packing.left + own < need.crew_s:
            return False
        return need.lane_id is None or self._post_bears(need, need.lane_id)

    def take(self, need: Need) -> None:
        """Note that the batch takes this."""
        own_g, own_s = self.set_aside.take(
            sale_id=need.sale_id,
            channel_id=need.channel_id,
            day=need.day,
            weight_g=need.weight_g,
            crew_s=need.crew_s,
        )
        self.grams[need.sale_id].take(need.weight_g, own=own_g)
        self.crew_s[need.sale_id, need.day].take(need.crew_s, own=own_s)
        if need.lane_id is not None:
            self.by_lane[need.lane_id, need.day].take(need.parcels)
            self.by_hub[need.branch_id, need.day].take(need.parcels)

    def write(self) -> None:
        """Spend what was taken: one guarded UPDATE per row.

        Raises
        ------
        core.guard.CapacityGone
            A row held less than its lock had shown; the caller's transaction must not commit.
        """
        guard.spend(LaneDay, _taken(self.by_lane), unit="parcels")
        guard.spend(HubDay, _taken(self.by_hub), unit="parcels")
        self.set_aside.write(self.crew_s)
        guard.spend(Sale, _taken(self.grams), unit="g")
        guard.spend(PackingDay, _taken(self.crew_s), unit="crew_s")

    def _post_bears(self, need: Need, lane_id: int) -> bool:
        lane = self.by_lane.get((lane_id, need.day))
        hub = self.by_hub.get((need.branch_id, need.day))
        return bool(lane and hub and min(lane.left, hub.left) >= need.parcels)


def open_shelf(
    *,
    listing_ids: Collection[int],
    county_codes: Collection[str],
    team_ids: Collection[int],
    buyers: Collection[str],
    now: datetime,
    also: Collection[date] = (),
) -> Shelf:
    """Lock and read all that a batch of orders may decide on; call it inside a transaction.

    ``also`` names days beyond those on which parcels ordered now may leave.
    """
    listings = {row[0]: ListingRow(*row) for row in sql.fetch(_LISTINGS, set(listing_ids))}
    bases = {row.base_id for row in listings.values()}
    sale_ids = {row.sale_id for row in listings.values()}
    sold, served = sql.fetch_each(
        (_SALES, (bases, sale_ids)), (_LANES, (sale_ids, set(county_codes)))
    )
    sales = {row[0]: _sale(row) for row in sold}
    days = _days(sales.values(), now, also)
    span = min(days), max(days)
    lanes = {
        (sale, county): LaneRow(lane, bool(offered), *terms)
        for sale, county, lane, offered, *terms in served
    }
    lane_ids = {row.lane_id for row in lanes.values()}
    branches = {row.branch_id for row in sales.values()}
    by_lane, by_hub, packing, asked, bought = sql.fetch_each(
        (_LANE_DAYS, (bases, lane_ids, *span)),
        (_HUB_DAYS, (bases, branches, *span)),
        (_PACKING_DAYS, (bases, sale_ids, *span)),
        (_TEAMS, (bases, set(team_ids))),
        (_BOUGHT, (bases, sale_ids, set(buyers))),
    )
    teams = [_team(row) for row in asked]
    return Shelf(
        listings=listings,
        sales=sales,
        lanes=lanes,
        grams={s.pk: Room(s.base_id, s.pk, s.common_g) for s in sales.values()},
        crew_s=_rooms(packing),
        by_lane=_rooms(by_lane),
        by_hub=_rooms(by_hub),
        teams={row.pk: row for _, row in teams},
        places={row.pk: _places(base_id, row, now) for base_id, row in teams},
        bought=Counter({(sale, buyer): n for sale, buyer, n in bought}),
        set_aside=set_aside.of_sales(sales.values(), days),
    )


def lock_sales(sale_ids: Iterable[int]) -> dict[int, Sale]:
    """Lock sales by id: the first lock of whatever touches their orders, so that none deadlock."""
    rows = Sale.objects.select_for_update(no_key=True).filter(pk__in=set(sale_ids)).order_by("pk")
    return {row.pk: row for row in rows}


def lock_sales_of(orders: QuerySet[Order]) -> None:
    """Lock the sales of some orders before the orders themselves."""
    lock_sales(orders.order_by().values_list("sale_id", flat=True).distinct())


def release(orders: Iterable[Order]) -> None:
    """Give back what orders had taken; each order once, under the caller's state transition."""
    rows = list(orders)
    lane_days = _ids_by_day(LaneDay, "lane_id", {(o.lane_id, o.pack_day) for o in rows})
    branch_of = {o.sale_id: o.sale.branch_id for o in rows}
    hub_days = _ids_by_day(HubDay, "branch_id", {(branch_of[o.sale_id], o.pack_day) for o in rows})
    packing = _ids_by_day(PackingDay, "sale_id", {(o.sale_id, o.pack_day) for o in rows})
    lanes, hubs, grams, crew_s = Taken(), Taken(), Taken(), Taken()
    for order in rows:
        base, day = order.base_id, order.pack_day
        lanes[base, lane_days[order.lane_id, day]] += order.quantity
        hubs[base, hub_days[branch_of[order.sale_id], day]] += order.quantity
        grams[base, order.sale_id] += order.quantity * order.listing.net_g
        crew_s[base, packing[order.sale_id, day]] += order.quantity * order.listing.box_crew_s
    guard.release(LaneDay, lanes, unit="parcels")
    guard.release(HubDay, hubs, unit="parcels")
    guard.release(Sale, grams, unit="g")
    guard.release(PackingDay, crew_s, unit="crew_s")


def first_pack_day(sale: Calendar, *, ready_at: datetime) -> date:
    """Return the first day on which an order that is certain at an instant can be packed."""
    days, local = days_of(sale.calendar), ready_at.astimezone(CHINA)
    day = local.date()
    late = local.hour >= days.cutoffs.get(day, sale.cutoff_hour)
    first = max(sale.first_day, day + timedelta(days=1) if late else day)
    return days.open_days(first, 0)[0]


def pack_days(sale: Calendar, *, ready_at: datetime) -> list[date]:
    """Return the days on which an order that is certain at an instant may be packed, in order.

    Days that the calendar closes count for nothing: *ships within two days* is two open days.
    """
    first = first_pack_day(sale, ready_at=ready_at)
    return days_of(sale.calendar).open_days(first, sale.ship_within_days)


_LISTINGS = (
    "SELECT l.id, l.base_id, l.sale_id, l.channel_id, c.name, c.kind, l.net_g, l.team_fen,"
    " l.solo_fen, l.box_crew_s FROM campaigns_listing l"
    " JOIN campaigns_channel c ON c.id = l.channel_id WHERE l.id AMONG %s"
)
_SALES = (
    "SELECT id, base_id, branch_id, state, opens_at, closes_at, first_day, last_day,"
    " capacity_g - reserved_g - set_aside_g, has_shares, ship_within_days, cutoff_hour,"
    " team_size, team_hours, limit_per_buyer, calendar"
    " FROM campaigns_sale WHERE base_id AMONG %s AND id AMONG %s ORDER BY id FOR NO KEY UPDATE"
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
    " ORDER BY id FOR NO KEY UPDATE"
)
_HUB_DAYS = (
    "SELECT base_id, id, branch_id, day, capacity_parcels - reserved_parcels FROM network_hubday"
    " WHERE base_id AMONG %s AND branch_id AMONG %s AND day BETWEEN %s AND %s"
    " ORDER BY id FOR NO KEY UPDATE"
)
_PACKING_DAYS = (
    "SELECT base_id, id, sale_id, day, capacity_crew_s - reserved_crew_s - set_aside_crew_s"
    " FROM campaigns_packingday"
    " WHERE base_id AMONG %s AND sale_id AMONG %s AND day BETWEEN %s AND %s"
    " ORDER BY id FOR NO KEY UPDATE"
)
_TEAMS = (
    "SELECT base_id, id, listing_id, state, size, paid_members, platform_places, deadline_at"
    " FROM orders_team WHERE base_id AMONG %s AND id AMONG %s ORDER BY id FOR NO KEY UPDATE"
)
_BOUGHT = (
    "SELECT sale_id, buyer, SUM(quantity) FROM orders_order"
    " WHERE base_id AMONG %s AND sale_id AMONG %s AND buyer AMONG %s"
    " AND state NOT IN ('cancelled', 'refunded') GROUP BY sale_id, buyer"
)


def _sale(row: Sequence[Any]) -> SaleRow:
    sale = SaleRow(*row)
    return sale._replace(opens_at=sql.aware(sale.opens_at), closes_at=sql.aware(sale.closes_at))


def _days(sales: Iterable[SaleRow], now: datetime, also: Collection[date]) -> list[date]:
    """Days on which an order placed now can be packed, over these sales."""
    today = local_day(now)
    out = {today, *also}
    for sale in sales:
        first = max(today, sale.first_day)
        out.update(days_of(sale.calendar).open_days(first, sale.ship_within_days + 2))
    return sorted(out)


def _rooms(rows: Iterable[tuple[int, int, int, date, int]]) -> dict[tuple[int, date], Room]:
    return {(owner, day): Room(base_id, pk, left) for base_id, pk, owner, day, left in rows}


def _taken(rooms: Mapping[Any, Room]) -> guard.Amounts:
    return {(room.base_id, room.pk): room.taken for room in rooms.values() if room.taken}


def _team(row: Sequence[Any]) -> tuple[int, TeamRow]:
    base_id, *facts = row
    team = TeamRow(*facts)
    return base_id, team._replace(deadline_at=sql.aware(team.deadline_at))


def _places(base_id: int, team: TeamRow, now: datetime) -> Room:
    open_now = team.state == _OPEN and now < team.deadline_at
    left = team.size - team.platform_places - team.paid_members
    return Room(base_id, team.pk, left if open_now else 0)


def _ids_by_day(
    model: type[LaneDay | HubDay | PackingDay], owner: str, wanted: set[tuple[int, date]]
) -> dict[tuple[int, date], int]:
    rows = model._default_manager.filter(
        **{f"{owner}__in": {o for o, _ in wanted}}, day__in={d for _, d in wanted}
    )
    return {(o, d): pk for o, d, pk in rows.values_list(owner, "day", "pk")}
