"""The rules of placing an order written a second time, plainly: one request at a time.

It shares no code with the action: it reads rows through the ORM, counts living orders instead of
trusting counters, and answers with a code (or the packing day) without writing.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Sum

from postharvest.core.vault.seal import phone_index
from postharvest.operations.campaigns.models import Listing, PackingDay, SaleLane
from postharvest.operations.network.models import County, HubDay, LaneDay, LaneMarket
from postharvest.operations.orders.models import Order, Team
from postharvest.operations.orders.requests import OrderRequest

CHINA = ZoneInfo("Asia/Shanghai")


def living(**which):
    return Order.objects.filter(**which).exclude(state__in=["cancelled", "refunded"])


def boxes(orders) -> int:
    return orders.aggregate(n=Sum("quantity"))["n"] or 0


def expected(request: OrderRequest, *, now) -> str:  # noqa: C901, PLR0911, PLR0912  (plain on purpose)
    """Say what must become of a request: a refusal's code, or "taken DAY"."""
    earlier = Order.objects.filter(key=request.key).first()
    if earlier is not None:
        same = earlier.quantity == request.quantity and earlier.wants_team == request.wants_team
        return f"again {earlier.pk}" if same else "key_reused"
    if request.wants_team and request.payment == "cod":
        return "invalid"
    listing = Listing.objects.select_related("sale").filter(pk=request.listing_id).first()
    if listing is None:
        return "unknown_listing"
    sale = listing.sale
    if sale.state != "open" or now < sale.opens_at or now >= sale.closes_at:
        return "sale_closed"
    certain = now
    if request.wants_team:
        certain = min(now + timedelta(hours=sale.team_hours), sale.closes_at)
    if request.team_id is not None:
        team = Team.objects.filter(pk=request.team_id, listing=listing).first()
        if team is None:
            return "unknown_team"
        paid = living(team=team, paid_at__isnull=False).count()
        if team.state != "open" or now >= team.deadline_at or paid >= team.size:
            return "team_full"
        certain = team.deadline_at
    mine = living(sale=sale, contact__phone_index=phone_index(request.phone))
    if boxes(mine) + request.quantity > sale.limit_per_buyer:
        return "limit_reached"
    sold_g = living(sale=sale).aggregate(n=Sum(F("quantity") * F("listing__net_g")))["n"] or 0
    if sold_g + request.quantity * listing.net_g > sale.capacity_g:
        return "sold_out"
    lane = _lane(sale, request.county_code)
    if lane is None or not lane.offered:
        return "not_fresh_there"
    day = _first_day(request, listing, lane.lane_id, certain)
    return f"taken {day}" if day else "day_full"


def _lane(sale, county_code):
    market = County.objects.get(code=county_code).prefecture
    served = LaneMarket.objects.filter(origin=sale.branch, prefecture=market).first()
    return SaleLane.objects.filter(sale=sale, lane=served.lane).first() if served else None


def _first_day(request, listing, lane_id, certain):
    sale = listing.sale
    local = certain.astimezone(CHINA)
    first = local.date() + timedelta(days=1 if local.hour >= sale.cutoff_hour else 0)
    first = max(first, sale.first_day)
    for k in range(sale.ship_within_days + 1):
        day = first + timedelta(days=k)
        that_day = living(pack_day=day)
        crew_s = that_day.filter(sale=sale).aggregate(
            n=Sum(F("quantity") * F("listing__box_crew_s"))
        )
        room = {
            "crew": _held(PackingDay, "capacity_crew_s", sale=sale, day=day) - (crew_s["n"] or 0),
            "lane": _held(LaneDay, "capacity_parcels", lane_id=lane_id, day=day)
            - boxes(that_day.filter(lane_id=lane_id)),
            "hub": _held(HubDay, "capacity_parcels", branch_id=sale.branch_id, day=day)
            - boxes(that_day.filter(sale__branch_id=sale.branch_id)),
        }
        needs = {"crew": request.quantity * listing.box_crew_s}
        if day <= sale.last_day and all(
            left >= needs.get(what, request.quantity) for what, left in room.items()
        ):
            return day
    return None


def _held(model, field, **which) -> int:
    return model.objects.filter(**which).values_list(field, flat=True).first() or 0
