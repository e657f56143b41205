"""What a batch of orders may take: every scarce row it touches, locked, with what is left of it.

The sale is locked first, then upstream before downstream and by id within a table
(docs/locking.md): lanes' days, post offices' days, packing days, teams, orders.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import QuerySet, Sum

from postharvest.core import guard
from postharvest.core.clock.time import CHINA, local_day
from postharvest.operations.campaigns import set_aside
from postharvest.operations.campaigns.models import Listing, PackingDay, Sale, SaleLane
from postharvest.operations.campaigns.set_aside import SetAside
from postharvest.operations.network import queries as network
from postharvest.operations.network.models import County, HubDay, LaneDay, LaneMarket
from postharvest.operations.orders.models import Order, Team

_ENDED = (Order.State.CANCELLED, Order.State.REFUNDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one order takes of the shelf."""

    sale_id: int
    channel_id: int
    weight_g: int
    crew_s: int
    parcels: int
    lane_id: int | None
    branch_id: int
    day: date


@dataclass(slots=True)
class Shelf:
    """Scarce rows under their locks, and what the batch has taken of them so far."""

    listings: dict[int, Listing]
    sales: dict[int, Sale]
    lanes: dict[tuple[int, str], SaleLane]
    packing_days: dict[tuple[int, date], PackingDay]
    lane_days: dict[tuple[int, date], LaneDay]
    hub_days: dict[tuple[int, date], HubDay]
    teams: dict[int, Team]
    bought: Counter[tuple[int, str]]
    set_aside: SetAside = field(default_factory=SetAside)
    taken_g: Counter[int] = field(default_factory=Counter)
    taken_crew_s: Counter[int] = field(default_factory=Counter)
    taken_lane: Counter[int] = field(default_factory=Counter)
    taken_hub: Counter[int] = field(default_factory=Counter)

    def left_g(self, sale_id: int, channel_id: int) -> int:
        """Grams of a sale that a channel may still take: what is common and its own share."""
        sale, held = self.sales[sale_id], self.set_aside
        common = sale.capacity_g - sale.reserved_g - sale.set_aside_g
        return (
            common - self.taken_g[sale_id] + held.used_g[sale_id] + held.own_g(sale_id, channel_id)
        )

    def left_crew_s(self, need: Need, packing: PackingDay) -> int:
        """Packer seconds of a day that a channel may still take."""
        held = self.set_aside
        common = packing.capacity_crew_s - packing.reserved_crew_s - packing.set_aside_crew_s
        own = held.own_crew_s(need.sale_id, need.channel_id, need.day)
        used = held.used_crew_s[need.sale_id, need.day]
        return common - self.taken_crew_s[packing.pk] + used + own

    def bears(self, need: Need) -> bool:
        """Whether the packing day, the lane's day and the post office's day hold this need."""
        packing = self.packing_days.get((need.sale_id, need.day))
        if packing is None or self.left_crew_s(need, packing) < need.crew_s:
            return False
        return need.lane_id is None or self._post_bears(need, need.lane_id)

    def _post_bears(self, need: Need, lane_id: int) -> bool:
        lane = self.lane_days.get((lane_id, need.day))
        hub = self.hub_days.get((need.branch_id, need.day))
        if lane is None or hub is None:
            return False
        by_lane = lane.capacity_parcels - lane.reserved_parcels - self.taken_lane[lane.pk]
        by_hub = hub.capacity_parcels - hub.reserved_parcels - self.taken_hub[hub.pk]
        return min(by_lane, by_hub) >= need.parcels

    def take(self, need: Need) -> None:
        """Note that the batch takes this."""
        self.set_aside.take(
            sale_id=need.sale_id,
            channel_id=need.channel_id,
            day=need.day,
            weight_g=need.weight_g,
            crew_s=need.crew_s,
        )
        self.taken_g[need.sale_id] += need.weight_g
        self.taken_crew_s[self.packing_days[need.sale_id, need.day].pk] += need.crew_s
        if need.lane_id is None:
            return
        self.taken_lane[self.lane_days[need.lane_id, need.day].pk] += need.parcels
        self.taken_hub[self.hub_days[need.branch_id, need.day].pk] += need.parcels

    def write(self) -> None:
        """Spend what was taken: one guarded UPDATE per row.

        Raises
        ------
        core.guard.CapacityGone
            A row held less than its lock had shown; the caller's transaction must not commit.
        """
        guard.spend(LaneDay, self.taken_lane, unit="parcels")
        guard.spend(HubDay, self.taken_hub, unit="parcels")
        self.set_aside.write(self.packing_days)
        guard.spend(Sale, self.taken_g, unit="g")
        guard.spend(PackingDay, self.taken_crew_s, unit="crew_s")


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
    found = Listing.objects.select_related("channel").filter(pk__in=listing_ids)
    listings = {row.pk: row for row in found}
    sale_ids = {row.sale_id for row in listings.values()}
    locked = lock_sales(sale_ids)
    days = sorted({*_days(locked.values(), now), *also})
    lanes = _lanes(locked.values(), county_codes)
    lane_days, hub_days = _post_days(locked.values(), lanes.values(), days)
    packing = PackingDay.objects.select_for_update().filter(sale_id__in=sale_ids, day__in=days)
    packing_days = {(row.sale_id, row.day): row for row in packing.order_by("pk")}
    teams = Team.objects.select_for_update().filter(pk__in=team_ids).order_by("pk")
    return Shelf(
        listings=listings,
        sales=locked,
        lanes=lanes,
        packing_days=packing_days,
        lane_days=lane_days,
        hub_days=hub_days,
        teams={row.pk: row for row in teams} if team_ids else {},
        bought=_bought(sale_ids, buyers),
        set_aside=set_aside.of_sales(locked.values(), days),
    )


def lock_sales(sale_ids: Iterable[int]) -> dict[int, Sale]:
    """Lock sales by id: the first lock of whatever touches their orders, so that none deadlock."""
    rows = Sale.objects.select_for_update().filter(pk__in=set(sale_ids)).order_by("pk")
    return {row.pk: row for row in rows}


def lock_sales_of(orders: QuerySet[Order]) -> None:
    """Lock the sales of some orders before the orders themselves."""
    lock_sales(orders.order_by().values_list("sale_id", flat=True).distinct())


def release(orders: Iterable[Order]) -> None:
    """Give back what orders had taken; each order once, under the caller's state transition."""
    rows = list(orders)
    lane_days = _rows_by_day(LaneDay, "lane_id", {(o.lane_id, o.pack_day) for o in rows})
    branch_of = {o.sale_id: o.sale.branch_id for o in rows}
    hub_days = _rows_by_day(HubDay, "branch_id", {(branch_of[o.sale_id], o.pack_day) for o in rows})
    packing = _rows_by_day(PackingDay, "sale_id", {(o.sale_id, o.pack_day) for o in rows})
    lanes: Counter[int] = Counter()
    hubs: Counter[int] = Counter()
    grams: Counter[int] = Counter()
    crew_s: Counter[int] = Counter()
    for order in rows:
        lanes[lane_days[order.lane_id, order.pack_day]] += order.quantity
        hubs[hub_days[branch_of[order.sale_id], order.pack_day]] += order.quantity
        grams[order.sale_id] += order.quantity * order.listing.net_g
        crew_s[packing[order.sale_id, order.pack_day]] += order.quantity * order.listing.box_crew_s
    guard.release(LaneDay, lanes, unit="parcels")
    guard.release(HubDay, hubs, unit="parcels")
    guard.release(Sale, grams, unit="g")
    guard.release(PackingDay, crew_s, unit="crew_s")


def first_pack_day(sale: Sale, *, ready_at: datetime) -> date:
    """Return the first day on which an order that is certain at an instant can be packed."""
    day = local_day(ready_at)
    late = ready_at.astimezone(CHINA).hour >= sale.cutoff_hour
    return max(sale.first_day, day + timedelta(days=1) if late else day)


def _days(sales: Iterable[Sale], now: datetime) -> list[date]:
    longest = max((s.ship_within_days + 2 for s in sales), default=0)
    firsts = [max(local_day(now), s.first_day) for s in sales]
    return sorted({first + timedelta(days=k) for first in firsts for k in range(longest + 1)})


def _lanes(sales: Iterable[Sale], counties: Collection[str]) -> dict[tuple[int, str], SaleLane]:
    market_of = dict(
        County.objects.filter(code__in=counties, prefecture__isnull=False).values_list(
            "code", "prefecture_id"
        )
    )
    out: dict[tuple[int, str], SaleLane] = {}
    for sale in sales:
        rows = LaneMarket.objects.filter(
            origin_id=sale.branch_id, prefecture_id__in=set(market_of.values())
        )
        lane_of = dict(rows.values_list("prefecture_id", "lane_id"))
        terms = {row.lane_id: row for row in SaleLane.objects.filter(sale=sale)}
        for county, market in market_of.items():
            lane = terms.get(lane_of.get(market, -1))
            if lane is not None:
                out[sale.pk, county] = lane
    return out


def _post_days(
    sales: Iterable[Sale], lanes: Iterable[SaleLane], days: Collection[date]
) -> tuple[dict[tuple[int, date], LaneDay], dict[tuple[int, date], HubDay]]:
    by_base: dict[int, set[int]] = {}
    for sale in sales:
        by_base.setdefault(sale.base_id, set()).add(sale.branch_id)
    lane_ids = {lane.lane_id for lane in lanes}
    lane_days = {
        (row.lane_id, row.day): row
        for base in sorted(by_base)
        for row in network.lane_days_locked(base, lane_ids, days)
    }
    hub_days = {
        (row.branch_id, row.day): row
        for base, branches in sorted(by_base.items())
        for row in network.hub_days_locked(base, branches, days)
    }
    return lane_days, hub_days


def _bought(sale_ids: Collection[int], buyers: Collection[str]) -> Counter[tuple[int, str]]:
    rows = (
        Order.objects.filter(sale_id__in=sale_ids, buyer__in=buyers)
        .exclude(state__in=_ENDED)
        .values_list("sale_id", "buyer")
        .annotate(n=Sum("quantity"))
    )
    return Counter({(sale, buyer): n for sale, buyer, n in rows})


def _rows_by_day(
    model: type[LaneDay | HubDay | PackingDay], owner: str, wanted: set[tuple[int, date]]
) -> dict[tuple[int, date], int]:
    rows = model._default_manager.filter(
        **{f"{owner}__in": {o for o, _ in wanted}}, day__in={d for _, d in wanted}
    )
    return {(o, d): pk for o, d, pk in rows.values_list(owner, "day", "pk")}
