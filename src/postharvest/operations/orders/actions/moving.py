"""Orders that can't be packed on their day move to a later one, as far as it bears them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from postharvest.core import guard
from postharvest.operations.campaigns.models import PackingDay, Sale
from postharvest.operations.network import queries as network
from postharvest.operations.network.models import HubDay, LaneDay
from postharvest.operations.orders import shelf
from postharvest.operations.orders.models import Order

LONGEST_MOVE_DAYS = 3
"""Nobody's fruit waits longer than this for a place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Orders that have a later day now, and those that none would bear; seconds that are free."""

    moved: list[int]
    stuck: list[int]
    freed_crew_s: int


def move_orders(*, sale_id: int, day: date, crew_s: int) -> Moved:
    """Free packing time of a day, inside the caller's transaction, which has locked the sale.

    Who ordered last moves first.  A later day is spent under its guards: packing time, the lane's
    day and the post office's.  Orders that no day bears keep theirs and are named.
    """
    sale = Sale.objects.get(pk=sale_id)
    rows = list(
        Order.objects.select_for_update(of=("self",))
        .select_related("listing", "sale")
        .filter(sale_id=sale_id, pack_day=day, state=Order.State.CONFIRMED, boxes_packed=0)
        .order_by("-pk")
    )
    days = [day + timedelta(days=n) for n in range(1, LONGEST_MOVE_DAYS + 1)]
    later = _Later([one for one in days if one <= sale.last_day], sale, rows)
    moved: list[int] = []
    stuck: list[int] = []
    freed, wanted = 0, crew_s
    for order in rows:
        if wanted <= 0:
            break
        need_s = order.quantity * order.listing.box_crew_s
        wanted -= need_s
        new_day = later.day_for(order)
        if new_day is None:
            stuck.append(order.pk)
            continue
        shelf.release([order])
        shift = new_day - day
        Order.objects.filter(pk=order.pk).update(
            pack_day=new_day,
            arrives_earliest=order.arrives_earliest + shift,
            arrives_latest=order.arrives_latest + shift,
        )
        later.take(order, new_day)
        moved.append(order.pk)
        freed += need_s
    later.write()
    return Moved(moved=sorted(moved), stuck=sorted(stuck), freed_crew_s=freed)


@dataclass(slots=True)
class _Later:
    """The days to come under their locks, and what moved orders take of them."""

    days: list[date]
    sale: Sale
    orders: list[Order]
    packing: dict[date, PackingDay] = field(default_factory=dict)
    lanes: dict[tuple[int, date], LaneDay] = field(default_factory=dict)
    hubs: dict[date, HubDay] = field(default_factory=dict)
    taken: dict[str, Counter[tuple[int, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lane_ids = {order.lane_id for order in self.orders}
        base_id, branch_id = self.sale.base_id, self.sale.branch_id
        self.lanes = {
            (row.lane_id, row.day): row
            for row in network.lane_days_locked(base_id, lane_ids, self.days)
        }
        self.hubs = {
            row.day: row for row in network.hub_days_locked(base_id, [branch_id], self.days)
        }
        rows = PackingDay.objects.select_for_update().filter(sale=self.sale, day__in=self.days)
        self.packing = {row.day: row for row in rows.order_by("pk")}
        self.taken = {name: Counter() for name in ("g", "crew_s", "lane", "hub")}

    def day_for(self, order: Order) -> date | None:
        """Return the first day that bears an order."""
        base_id, need_s = self.sale.base_id, order.quantity * order.listing.box_crew_s
        for day in self.days:
            packing, hub = self.packing.get(day), self.hubs.get(day)
            lane = self.lanes.get((order.lane_id, day))
            if packing is None or hub is None or lane is None:
                continue
            free_s = packing.capacity_crew_s - packing.reserved_crew_s - packing.set_aside_crew_s
            by_lane = (
                lane.capacity_parcels - lane.reserved_parcels - self.taken["lane"][base_id, lane.pk]
            )
            by_hub = (
                hub.capacity_parcels - hub.reserved_parcels - self.taken["hub"][base_id, hub.pk]
            )
            enough = free_s - self.taken["crew_s"][base_id, packing.pk] >= need_s
            if enough and min(by_lane, by_hub) >= order.quantity:
                return day
        return None

    def take(self, order: Order, day: date) -> None:
        """Note what an order takes of its new day, and of the lot again."""
        base_id, boxes = self.sale.base_id, order.quantity
        self.taken["g"][base_id, order.sale_id] += boxes * order.listing.net_g
        self.taken["crew_s"][base_id, self.packing[day].pk] += boxes * order.listing.box_crew_s
        self.taken["lane"][base_id, self.lanes[order.lane_id, day].pk] += boxes
        self.taken["hub"][base_id, self.hubs[day].pk] += boxes

    def write(self) -> None:
        """Spend it: one guarded UPDATE per row."""
        guard.spend(LaneDay, self.taken["lane"], unit="parcels")
        guard.spend(HubDay, self.taken["hub"], unit="parcels")
        guard.spend(Sale, self.taken["g"], unit="g")
        guard.spend(PackingDay, self.taken["crew_s"], unit="crew_s")
