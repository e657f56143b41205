"""What each piece of news means for the books: rows in, drafts out."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db.models import Sum

from postharvest.core.units import CREW_SECONDS_PER_DAY, GRAMS_PER_KG
from postharvest.operations.campaigns.models import Channel
from postharvest.operations.orders.models import BulkOrder, Claim, Order, Payment, Refund, Team
from postharvest.operations.packing.models import Box, PointStock, Shift, SignIn
from postharvest.operations.settlement import accounts
from postharvest.operations.settlement.ledger import Draft

_BP = 10_000
_CHUNK = 5000


def payments_captured(payment_ids: Collection[int]) -> Iterator[Draft]:
    """A buyer's money arrives: it is his until the goods are."""
    rows = Payment.objects.filter(pk__in=payment_ids, state=Payment.State.CAPTURED)
    for pk, base, sale, provider, channel, fen in rows.values_list(
        "pk",
        "base_id",
        "order__sale_id",
        "provider",
        "order__listing__channel_id",
        "amount_fen",
    ):
        yield Draft(
            key=f"payment:{pk}",
            kind="payment",
            base_id=base,
            sale_id=sale,
            lines=[(accounts.cash(provider, channel), fen), (accounts.DEPOSIT, -fen)],
        )


def refunds_sent(refund_ids: Collection[int]) -> Iterator[Draft]:
    """Money goes back to where it came from; what came at a door goes back from the bank."""
    rows = Refund.objects.filter(pk__in=refund_ids, state=Refund.State.SENT)
    for pk, base, sale, provider, channel, fen in rows.values_list(
        "pk",
        "base_id",
        "order__sale_id",
        "payment__provider",
        "order__listing__channel_id",
        "amount_fen",
    ):
        source = accounts.BANK if provider == "cod" else accounts.cash(provider, channel)
        yield Draft(
            key=f"refund:{pk}",
            kind="refund",
            base_id=base,
            sale_id=sale,
            lines=[(accounts.DEPOSIT, fen), (source, -fen)],
        )


def orders_delivered(order_ids: Collection[int]) -> Iterator[Draft]:
    """The goods are there: the price is split to the fen, and what is left is the growers'."""
    ids = sorted(order_ids)
    for start in range(0, len(ids), _CHUNK):
        yield from _split(ids[start : start + _CHUNK])


def bulk_loaded(bulk_order_id: int) -> Iterator[Draft]:
    """Bundles are handed over: the buyer owes their price, which is split as an order's is."""
    order = BulkOrder.objects.select_related("listing__channel", "sale").get(pk=bulk_order_id)
    shift = order.loads.select_related("shift").order_by("pk")[0].shift
    listing = order.listing
    packaging = order.quantity * listing.material_fen
    fee = _channel_fee_fen(order.total_fen, listing.channel, sale_bp=0)
    wages_fen = order.quantity * wage_of_box_fen(
        box_crew_s=listing.box_crew_s, day_wage_fen=shift.day_wage_fen
    )
    freight = order.freight_fen + order.loading_fen
    growers = order.total_fen - packaging - fee - wages_fen - freight
    yield Draft(
        key=f"bulk:{bulk_order_id}",
        kind="bulk",
        base_id=order.base_id,
        sale_id=order.sale_id,
        lines=[
            (accounts.channel(listing.channel_id), order.total_fen),
            (accounts.FREIGHT, -freight),
            (accounts.PACKAGING, -packaging),
            (accounts.channel_fee(listing.channel_id), -fee),
            (accounts.wages(order.sale_id), -wages_fen),
            (accounts.pool(order.sale_id), -growers),
        ],
    )


def bulk_paid(bulk_order_id: int) -> Iterator[Draft]:
    """A wholesale buyer's transfer has come."""
    order = BulkOrder.objects.select_related("listing").get(pk=bulk_order_id)
    yield Draft(
        key=f"bulk_paid:{bulk_order_id}",
        kind="bulk_paid",
        base_id=order.base_id,
        sale_id=order.sale_id,
        lines=[
            (accounts.BANK, order.total_fen),
            (accounts.channel(order.listing.channel_id), -order.total_fen),
        ],
    )


def claims_decided(claim_ids: Collection[int]) -> Iterator[Draft]:
    """Whoever caused the damage bears the refund."""
    ids = sorted(claim_ids)
    for start in range(0, len(ids), _CHUNK):
        rows = Claim.objects.select_related("order").filter(pk__in=ids[start : start + _CHUNK])
        paid = list(rows.filter(decided_fen__gt=0).order_by("pk"))
        growers = _growers_of([claim for claim in paid if claim.cause == Claim.Cause.GROWER])
        for claim in paid:
            fen = claim.decided_fen or 0
            bearer = accounts.bearer_of(claim.cause) or accounts.grower(
                growers[claim.order_id, claim.box_no]
            )
            yield Draft(
                key=f"claim:{claim.pk}",
                kind="claim",
                base_id=claim.base_id,
                sale_id=claim.order.sale_id,
                lines=[(bearer, fen), (accounts.DEPOSIT, -fen)],
            )


def team_completed(team_id: int, cost_fen: int) -> Iterator[Draft]:
    """The platform pays for places that stayed empty; the growers get it."""
    team = Team.objects.select_related("listing").get(pk=team_id)
    yield Draft(
        key=f"team:{team_id}",
        kind="team_places",
        base_id=team.base_id,
        sale_id=team.listing.sale_id,
        lines=[(accounts.TEAM_PLACES, cost_fen), (accounts.pool(team.listing.sale_id), -cost_fen)],
    )


def shift_closed(shift_id: int) -> Iterator[Draft]:
    """A point's day is over: packers are owed their day, the point its cost."""
    shift = Shift.objects.select_related("point").get(pk=shift_id)
    pay = wages_of_shift(shift)
    yield Draft(
        key=f"wages:{shift_id}",
        kind="wages",
        base_id=shift.base_id,
        sale_id=shift.sale_id,
        lines=[
            (accounts.wages(shift.sale_id), sum(pay.values())),
            *((accounts.packer(packer), -fen) for packer, fen in sorted(pay.items())),
        ],
    )
    for key, cost_fen in (
        (f"point:{shift_id}", _day_cost_fen(shift)),
        (f"setup:{shift.sale_id}:{shift.point_id}", shift.point.setup_fen),
    ):
        yield Draft(
            key=key,
            kind="point",
            base_id=shift.base_id,
            sale_id=shift.sale_id,
            lines=[(accounts.pool(shift.sale_id), cost_fen), (accounts.POINTS, -cost_fen)],
        )


def wages_of_shift(shift: Shift, *, present: Sequence[int] | None = None) -> dict[int, int]:
    """Return what each packer is owed: his boxes by the piece, at least the day's wage.

    A packer is signed in at one point a day; what he made at a point that was lost before counts
    where he went on.  Who asks may know already who is ``present``.
    """
    seconds: Counter[int] = Counter()
    if present is None:
        present = list(SignIn.objects.filter(shift=shift).values_list("packer_id", flat=True))
    boxes = Box.objects.filter(
        shift__sale_id=shift.sale_id, shift__day=shift.day, packer_id__in=present
    )
    for packer, box_s in boxes.values_list("packer_id", "listing__box_crew_s"):
        seconds[packer] += box_s
    return {
        packer: max(shift.day_wage_fen, _piece_fen(seconds[packer], shift.day_wage_fen))
        for packer in present
    }


def wage_of_box_fen(*, box_crew_s: int, day_wage_fen: int) -> int:
    """What a box sets aside for packing it: its share of a day's wage, rounded up."""
    return -(-box_crew_s * day_wage_fen // CREW_SECONDS_PER_DAY)


def _piece_fen(seconds: int, day_wage_fen: int) -> int:
    return seconds * day_wage_fen // CREW_SECONDS_PER_DAY


def _split(ids: list[int]) -> Iterator[Draft]:
    rows = Order.objects.filter(pk__in=ids, state=Order.State.DELIVERED).order_by("pk")
    packing = _packing_fen(ids)
    for row in rows.values(
        "pk",
        "base_id",
        "sale_id",
        "quantity",
        "total_fen",
        "sale__fee_bp",
        "listing__net_g",
        "listing__channel_id",
        "listing__channel__kind",
        "listing__channel__fee_bp",
        "listing__channel__fee_fen",
        "listing__material_fen",
        "lane__postage_fen",
    ):
        yield _split_one(dict(row), packing[row["pk"]])


def _split_one(row: dict[str, Any], wages_fen: int) -> Draft:
    parts = split_of(row, wages_fen)
    return Draft(
        key=f"order:{row['pk']}",
        kind="split",
        base_id=row["base_id"],
        sale_id=row["sale_id"],
        lines=[
            (accounts.DEPOSIT, row["total_fen"]),
            (accounts.POSTAGE, -parts["postage"]),
            (accounts.PACKAGING, -parts["packaging"]),
            (_fee_account(row), -parts["fee"]),
            (accounts.wages(row["sale_id"]), -parts["packers"]),
            (accounts.pool(row["sale_id"]), -parts["growers"]),
        ],
    )


def split_of(row: dict[str, Any], wages_fen: int) -> dict[str, int]:
    """Split an order's price to the fen; the growers get what the others leave.

    Raises
    ------
    KeyError
        The lane has no postage for this box size: enter it, and the news is booked when retried.
    """
    quantity, total = row["quantity"], row["total_fen"]
    postage = quantity * int(row["lane__postage_fen"][str(row["listing__net_g"])])
    packaging = quantity * row["listing__material_fen"]
    channel = Channel(
        fee_bp=row["listing__channel__fee_bp"], fee_fen=row["listing__channel__fee_fen"]
    )
    fee = _channel_fee_fen(total, channel, sale_bp=row["sale__fee_bp"])
    return {
        "growers": total - postage - packaging - fee - wages_fen,
        "packers": wages_fen,
        "postage": postage,
        "packaging": packaging,
        "fee": fee,
    }


def _channel_fee_fen(total_fen: int, channel: Channel, *, sale_bp: int) -> int:
    """Return what a channel keeps of an order; without a rate of its own the sale's applies."""
    fee_bp = sale_bp if channel.fee_bp is None else channel.fee_bp
    return min(total_fen, (total_fen * fee_bp + _BP // 2) // _BP + channel.fee_fen)


def _fee_account(row: dict[str, Any]) -> str:
    """Return who keeps the fee: the platform of our own shop, or the channel it came through."""
    if row["listing__channel__kind"] == Channel.Kind.SHOP:
        return accounts.FEE
    return accounts.channel_fee(row["listing__channel_id"])


def _packing_fen(order_ids: list[int]) -> Counter[int]:
    out: Counter[int] = Counter()
    rows = Box.objects.filter(order_id__in=order_ids, withdrawn_at=None)
    for order, day_wage_fen, box_s in rows.values_list(
        "order_id", "shift__day_wage_fen", "listing__box_crew_s"
    ):
        out[order] += wage_of_box_fen(box_crew_s=box_s, day_wage_fen=day_wage_fen)
    return out


def _growers_of(claims: Collection[Claim]) -> dict[tuple[int, int], int]:
    """Return whose fruit lay in the boxes of claims, by (order, box number)."""
    rows = Box.objects.filter(order__in={claim.order_id for claim in claims})
    found = rows.values_list("order_id", "number", "lot__grower_id")
    return {(order, number): grower for order, number, grower in found}


def _day_cost_fen(shift: Shift) -> int:
    """Return a point's cost of a day: rent, travel of its packers, carrying to the post."""
    boxed = PointStock.objects.filter(shift=shift).aggregate(n=Sum("boxed_g"))["n"] or 0
    haul = boxed * shift.point.haul_fen_per_t // (GRAMS_PER_KG * 1000)
    return shift.point.day_fen + shift.travel_fen + haul


def boxed_by_grower(sale_id: int) -> dict[int, int]:
    """Return the grams of each grower that went into boxes of a sale."""
    out: dict[int, int] = defaultdict(int)
    rows = PointStock.objects.filter(shift__sale_id=sale_id, boxed_g__gt=0)
    for grower, weight_g in rows.values_list("lot__grower_id").annotate(n=Sum("boxed_g")):
        out[grower] += weight_g
    return dict(out)
