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

from postharvest.core import guard
from postharvest.core.clock.time import CHINA, local_day
from postharvest.operations.campaigns import set_aside
from postharvest.operations.campaigns.calendar import days_of
from postharvest.operations.campaigns.models import PackingDay, Sale
from postharvest.operations.campaigns.set_aside import SetAside
from postharvest.operations.network.models import HubDay, LaneDay
from postharvest.operations.orders.models import Order, Team
from postharvest.operations.orders.opened import Asked, open_rows
from postharvest.operations.orders.rows import (
    Calendar,
    DayRow,
    FreshIds,
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
    known_ids: Sequence[int]
    ids: Sequence[FreshIds]

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
        self.set_aside.write(self.crew_s)
        taken = self.taken()
        guard.spend(LaneDay, taken["lane_days"], unit="parcels")
        guard.spend(HubDay, taken["hub_days"], unit="parcels")
        guard.spend(Sale, taken["sales"], unit="g")
        guard.spend(PackingDay, taken["packing_days"], unit="crew_s")

    def taken(self) -> dict[str, guard.Amounts]:
        """Return what the batch has taken, by table and row."""
        return {
            "lane_days": _taken(self.by_lane),
            "hub_days": _taken(self.by_hub),
            "sales": _taken(self.grams),
            "packing_days": _taken(self.crew_s),
        }

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
    keys: Collection[str] = (),
    orders: int = 0,
) -> Shelf:
    """Lock and read all that a batch of orders may decide on; call it inside a transaction.

    ``also`` names days beyond those on which parcels ordered now may leave; ``keys`` are looked up
    under the locks, and so many ``orders`` get their ids on the same trip where trips cost time.
    """
    rows = open_rows(
        Asked(listing_ids, county_codes, team_ids, buyers, keys),
        days=lambda sales: _days(sales, now, also),
        today=local_day(now),
        also=also,
        orders=orders,
    )
    days = _days(rows.sales, now, also)
    return Shelf(
        listings={row.pk: row for row in rows.listings},
        sales={row.pk: row for row in rows.sales},
        lanes={(row.sale_id, row.county_code): row for row in rows.lanes},
        grams={s.pk: Room(s.base_id, s.pk, s.common_g) for s in rows.sales},
        crew_s=_rooms(rows.packing_days),
        by_lane=_rooms(rows.lane_days),
        by_hub=_rooms(rows.hub_days),
        teams={row.pk: row for row in rows.teams},
        places={row.pk: _places(row, now) for row in rows.teams},
        bought=Counter({(sale, buyer): n for sale, buyer, n in rows.bought}),
        set_aside=set_aside.of_sales(rows.sales, days),
        known_ids=rows.known,
        ids=rows.ids,
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


def _days(sales: Iterable[SaleRow], now: datetime, also: Collection[date]) -> list[date]:
    """Days on which an order placed now can be packed, over these sales."""
    today = local_day(now)
    out = {today, *also}
    for sale in sales:
        first = max(today, sale.first_day)
        out.update(days_of(sale.calendar).open_days(first, sale.ship_within_days + 2))
    return sorted(out)


def _rooms(rows: Iterable[DayRow]) -> dict[tuple[int, date], Room]:
    return {(row.owner_id, row.day): Room(row.base_id, row.pk, row.left) for row in rows}


def _taken(rooms: Mapping[Any, Room]) -> guard.Amounts:
    return {(room.base_id, room.pk): room.taken for room in rooms.values() if room.taken}


def _places(team: TeamRow, now: datetime) -> Room:
    open_now = team.state == _OPEN and now < team.deadline_at
    left = team.size - team.platform_places - team.paid_members
    return Room(team.base_id, team.pk, left if open_now else 0)


def _ids_by_day(
    model: type[LaneDay | HubDay | PackingDay], owner: str, wanted: set[tuple[int, date]]
) -> dict[tuple[int, date], int]:
    rows = model._default_manager.filter(
        **{f"{owner}__in": {o for o, _ in wanted}}, day__in={d for _, d in wanted}
    )
    return {(o, d): pk for o, d, pk in rows.values_list(owner, "day", "pk")}
