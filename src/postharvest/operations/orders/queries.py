"""What the rest of the house may ask of orders, teams, refunds and claims."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Count, F, Q, QuerySet, Sum

from postharvest.core import sql
from postharvest.core.clock.time import local_day
from postharvest.core.instants import HourOfUtc, hour_from
from postharvest.operations.orders.models import (
    BulkOrder,
    Claim,
    ClaimRule,
    DelayChoice,
    MarketMapping,
    Order,
    Payment,
    PaymentNotice,
    Refund,
    Team,
)


def market_mapping(channel_id: int) -> MarketMapping | None:
    """How a marketplace writes its orders, or none."""
    return MarketMapping.objects.filter(channel_id=channel_id).first()


def order(order_id: int) -> Order | None:
    """One order with its listing, sale, team and contact, or none."""
    rows = Order.objects.select_related(
        "listing", "sale__surplus__produce", "sale__branch", "team", "contact", "lane"
    )
    return rows.filter(pk=order_id).first()


def payment_by_reference(reference: str) -> Payment | None:
    """The payment a provider knows under a reference, or none."""
    return Payment.objects.select_related("order").filter(reference=reference).first()


def transfers_awaited(scope: str) -> QuerySet[Payment]:
    """Bank transfers that were asked for and have not come, for branches of a region."""
    rows = Payment.objects.filter(
        provider=Order.Payment.BANK,
        state=Payment.State.PENDING,
        order__state=Order.State.HELD,
        order__sale__branch__county__code__startswith=scope,
    )
    return rows.select_related("order__contact", "order__sale__surplus").order_by("pk")


def notices_in_trouble() -> QuerySet[PaymentNotice]:
    """Providers' messages that a person must deal with, the oldest first."""
    rows = PaymentNotice.objects.exclude(trouble="").filter(resolved_at__isnull=True)
    return rows.order_by("received_at", "pk")


def open_teams(listing_ids: Collection[int], now: datetime, limit: int = 6) -> list[Team]:
    """Teams that still take members, the fullest first, then the one that ends first."""
    rows = Team.objects.filter(
        listing_id__in=listing_ids, state=Team.State.OPEN, deadline_at__gt=now
    )
    return list(rows.order_by("-paid_members", "deadline_at", "id")[:limit])


def open_places(listing_ids: Collection[int], now: datetime, limit: int) -> dict[int, list[int]]:
    """Free places of the teams of `open_teams` by listing: a team's id once for each of its own."""
    out: dict[int, list[int]] = {}
    for pk, listing, free in sql.fetch(_OPEN_PLACES, listing_ids, now, limit):
        out.setdefault(listing, []).extend([pk] * free)
    return out


_OPEN_PLACES = (
    "SELECT id, listing_id, size - platform_places - paid_members FROM orders_team"
    " WHERE listing_id AMONG %s AND state = 'open' AND deadline_at > %s"
    " ORDER BY paid_members DESC, deadline_at, id LIMIT %s"
)


def team(team_id: int) -> Team | None:
    """One team with its listing and sale, or none."""
    rows = Team.objects.select_related("listing__sale__surplus__produce", "listing__sale__branch")
    return rows.filter(pk=team_id).first()


def members_of(team_id: int) -> QuerySet[Order]:
    """Paid orders of a team, the leader's first."""
    rows = Order.objects.filter(team_id=team_id, paid_at__isnull=False).select_related("contact")
    return rows.exclude(state__in=["cancelled", "refunded"]).order_by("paid_at", "id")


def members_of_teams(team_ids: Collection[int]) -> dict[int, list[Order]]:
    """Paid orders of several teams in one query, by team, the leaders' first."""
    rows = Order.objects.filter(team_id__in=team_ids, paid_at__isnull=False)
    rows = rows.select_related("contact").exclude(state__in=["cancelled", "refunded"])
    out: dict[int, list[Order]] = {}
    for row in rows.order_by("paid_at", "id"):
        out.setdefault(row.team_id or 0, []).append(row)
    return out


def bulk_orders(sale_id: int) -> list[BulkOrder]:
    """Bulk orders of a sale by the day they are loaded, with listing and buyer."""
    rows = BulkOrder.objects.filter(sale_id=sale_id).select_related("listing__channel", "contact")
    return list(rows.order_by("load_day", "pk"))


def bulk_order(bulk_order_id: int) -> BulkOrder | None:
    """One bulk order with its sale, or none."""
    rows = BulkOrder.objects.select_related("listing__channel", "sale__branch", "contact")
    return rows.filter(pk=bulk_order_id).first()


def bulk_promised_g(sale_id: int) -> int:
    """Grams that bulk buyers were promised and that are not loaded yet."""
    rows = BulkOrder.objects.filter(sale_id=sale_id, state=BulkOrder.State.AGREED)
    return rows.aggregate(n=Sum(F("quantity") * F("listing__net_g")))["n"] or 0


def to_pack(sale_id: int, day: date) -> QuerySet[Order]:
    """Confirmed orders due to be packed by a day: the earliest day first, then as they came."""
    rows = Order.objects.filter(sale_id=sale_id, state=Order.State.CONFIRMED, pack_day__lte=day)
    return rows.order_by("pack_day", "id")


def boxes_to_pack(sale_id: int, day: date) -> dict[int, int]:
    """Boxes still to be packed by a day, by listing."""
    rows = Order.objects.filter(sale_id=sale_id, state=Order.State.CONFIRMED, pack_day__lte=day)
    sums = rows.values_list("listing_id").annotate(q=Sum("quantity"), done=Sum("boxes_packed"))
    return {listing: q - done for listing, q, done in sums}


def ordered_g(sale_id: int) -> dict[date, int]:
    """Grams of living orders by the day they were placed (China time), in one scan."""
    rows = Order.objects.filter(sale_id=sale_id).exclude(state__in=["cancelled", "refunded"])
    by_hour = rows.values("listing__net_g", hour=HourOfUtc("placed_at")).annotate(
        ordered=Sum("quantity")
    )
    out: dict[date, int] = {}
    for row in by_hour.order_by("hour"):
        day = local_day(hour_from(row["hour"]))
        out[day] = out.get(day, 0) + row["listing__net_g"] * row["ordered"]
    return out


def sold_by_day(sale_id: int) -> dict[date, tuple[int, int]]:
    """Grams and fen of living orders by the day they were placed, bulk left out."""
    rows = Order.objects.filter(sale_id=sale_id).exclude(state__in=["cancelled", "refunded"])
    found: dict[date, tuple[int, int]] = {}
    told = rows.values_list("placed_at", "listing__net_g", "quantity", "unit_fen")
    for placed_at, net_g, quantity, unit_fen in told.iterator():
        grams, fen = found.get(local_day(placed_at), (0, 0))
        found[local_day(placed_at)] = (grams + net_g * quantity, fen + unit_fen * quantity)
    return found


def committed_boxes(sale_id: int) -> dict[tuple[date, int], int]:
    """Boxes that are ordered and not yet packed, by (packing day, listing)."""
    rows = (
        Order.objects.filter(sale_id=sale_id, state__in=["held", "confirmed"])
        .values_list("pack_day", "listing_id")
        .annotate(q=Sum("quantity"), done=Sum("boxes_packed"))
    )
    return {(day, listing): q - done for day, listing, q, done in rows}


def counts_by_state(sale_id: int) -> dict[str, int]:
    """Orders of a sale by state."""
    rows = Order.objects.filter(sale_id=sale_id).values_list("state").annotate(n=Count("id"))
    return dict(rows)


def team_counts(sale_id: int) -> dict[str, int]:
    """Teams of a sale by state."""
    rows = (
        Team.objects.filter(listing__sale_id=sale_id).values_list("state").annotate(n=Count("id"))
    )
    return dict(rows)


def refunds_due() -> QuerySet[Refund]:
    """Refunds that still have to be sent, oldest first."""
    return Refund.objects.filter(state=Refund.State.DUE).order_by("id")


def refunded_fen(sale_id: int) -> int:
    """Fen sent back to the buyers of a sale."""
    rows = Refund.objects.filter(order__sale_id=sale_id, state=Refund.State.SENT)
    return rows.aggregate(n=Sum("amount_fen"))["n"] or 0


def claims(scope: str = "", *, state: str = "") -> QuerySet[Claim]:
    """Claims of a region, oldest first, in one state or all."""
    rows = Claim.objects.select_related("order__sale__surplus__produce", "order__listing")
    rows = rows.filter(order__sale__branch__county__code__startswith=scope)
    return (rows.filter(state=state) if state else rows).order_by("filed_at", "id")


def claims_of(order_id: int) -> QuerySet[Claim]:
    """Claims of one order, by box."""
    return Claim.objects.filter(order_id=order_id).order_by("box_no")


def claims_of_sale(sale_id: int) -> QuerySet[Claim]:
    """Claims of one sale, as they were filed."""
    return Claim.objects.filter(order__sale_id=sale_id).order_by("pk")


def living_totals(sale_id: int) -> dict[str, int]:
    """Grams, packer seconds and boxes that orders of a sale hold; ended orders hold nothing."""
    rows = Order.objects.filter(sale_id=sale_id).exclude(state__in=["cancelled", "refunded"])
    sums = rows.aggregate(
        weight_g=Sum(F("quantity") * F("listing__net_g")),
        crew_s=Sum(F("quantity") * F("listing__box_crew_s")),
        boxes=Sum("quantity"),
    )
    return {name: value or 0 for name, value in sums.items()}


def boxes_delivered(sale_id: int) -> int:
    """Boxes of a sale that have arrived, as its orders count them."""
    rows = Order.objects.filter(sale_id=sale_id)
    return rows.aggregate(n=Sum("boxes_delivered"))["n"] or 0


def formed_short(sale_id: int) -> int:
    """Formed teams with fewer paid orders than places, less those who left after it formed."""
    formed = Team.objects.filter(listing__sale_id=sale_id, state=Team.State.FORMED)
    paid = formed.annotate(n=Count("orders", filter=Q(orders__paid_at__isnull=False)))
    return paid.filter(n__lt=F("size") - F("platform_places")).count()


def failed_owing(sale_id: int) -> int:
    """Orders of failed teams that still hold goods, or whose money has not gone back."""
    rows = Order.objects.filter(team__listing__sale_id=sale_id, team__state=Team.State.FAILED)
    holding = rows.exclude(state__in=["cancelled", "refunded"]).count()
    owing = rows.filter(state="cancelled", payments__state="captured", refunds=None).count()
    return holding + owing


def of_teams(team_ids: Collection[int]) -> QuerySet[Order]:
    """Paid orders of some teams, whatever became of them: what their buyers are told of."""
    rows = Order.objects.filter(team_id__in=team_ids, paid_at__isnull=False)
    rows = rows.select_related("contact").prefetch_related("sale__surplus__produce")
    return rows.order_by("pk").only(
        "base_id", "sale_id", "total_fen", "pack_day", "arrives_earliest", "arrives_latest",
        "contact__phone_index",
    )  # fmt: skip


def not_posted(sale_id: int, lane_id: int | None = None) -> list[int]:
    """Orders of a sale, or of one lane of it, that are certain and have not left."""
    rows = Order.objects.filter(sale_id=sale_id, state__in=["confirmed", "packed"])
    rows = rows.filter(lane_id=lane_id) if lane_id else rows
    return list(rows.order_by("pk").values_list("pk", flat=True))


def open_delay(order_id: int) -> DelayChoice | None:
    """What the buyer of an order is being asked, or none."""
    return DelayChoice.objects.filter(order_id=order_id, choice="").first()


def delays_asked(order_ids: Collection[int]) -> QuerySet[DelayChoice]:
    """What the buyers of some orders are being asked, with buyer and crop."""
    rows = DelayChoice.objects.filter(order__in=order_ids, choice="")
    return rows.select_related("order__contact", "order__sale__surplus__produce").order_by("pk")


def delays_of_sale(sale_id: int) -> dict[str, int]:
    """Buyers of a sale who were asked, by what they chose; "" has not chosen."""
    rows = DelayChoice.objects.filter(order__sale_id=sale_id).values_list("choice")
    return dict(rows.annotate(n=Count("id")))


def claim_rule(base_id: int) -> ClaimRule | None:
    """A base's limits for claims, or none."""
    return ClaimRule.objects.filter(base_id=base_id).first()


def claim_counts(scope: str) -> dict[tuple[str, str], int]:
    """Claims of a region by state and by why the rule left them to a person."""
    rows = Claim.objects.filter(order__sale__branch__county__code__startswith=scope)
    found = rows.order_by().values_list("state", "exception").annotate(n=Count("id"))
    return {(state, exception): n for state, exception, n in found}


def base_of_claim(pk: int) -> int | None:
    """Return the base that a claim belongs to, or none."""
    return Claim.objects.filter(pk=pk).values_list("base_id", flat=True).first()


def base_of_bulk_order(pk: int) -> int | None:
    """Return the base that a bulk order belongs to, or none."""
    return BulkOrder.objects.filter(pk=pk).values_list("base_id", flat=True).first()
