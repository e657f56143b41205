"""What pages, papers and checks may ask of the books."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from postharvest.core.units import GRAMS_PER_KG
from postharvest.core.vault.models import Contact
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.harvest.models import Lot, WholesalePickup
from postharvest.operations.orders.models import BulkOrder, Claim, Order, Payment, Refund
from postharvest.operations.packing.models import Shift
from postharvest.operations.settlement import accounts, bookings
from postharvest.operations.settlement.models import (
    Entry,
    InvoiceRequest,
    Line,
    Payout,
    PayoutBatch,
    PurchaseVoucher,
)

_SPLIT_NAMES = {
    accounts.POSTAGE: "postage",
    accounts.PACKAGING: "packaging",
    accounts.FEE: "fee",
}


def payouts_of(sale_id: int) -> QuerySet[Payout]:
    """Payouts of a sale, growers first."""
    return Payout.objects.filter(sale_id=sale_id).order_by("account", "pk")


def contact(contact_id: int) -> Contact:
    """Somebody whom news is about."""
    return Contact.objects.get(pk=contact_id)


def payout(payout_id: int) -> Payout | None:
    """One payout with its sale, or none."""
    return Payout.objects.select_related("sale").filter(pk=payout_id).first()


def money_split_of_order(order_id: int) -> dict[str, int]:
    """Where the money of a delivered order went, in fen; empty before it arrived."""
    out: dict[str, int] = {}
    for account, fen in Line.objects.filter(entry__key=f"order:{order_id}").values_list(
        "account", "amount_fen"
    ):
        if account.startswith("pool:"):
            out["growers"] = -fen
        elif account.startswith("wages:"):
            out["packers"] = -fen
        elif account.startswith("fee:"):
            out["fee"] = -fen
        elif account in _SPLIT_NAMES:
            out[_SPLIT_NAMES[account]] = -fen
    return out


def wages_of_shift(shift: Shift, *, present: Sequence[int]) -> dict[int, int]:
    """What each packer who is at a shift has earned so far, in fen."""
    return bookings.wages_of_shift(shift, present=present)


def is_settled(sale_id: int) -> bool:
    """Whether the pool of a sale is shared out; hand-overs may be paid long before."""
    return Entry.objects.filter(sale_id=sale_id, kind="pool").exists()


def statement_lines(sale_id: int, account: str) -> list[dict[str, Any]]:
    """What was credited to and paid to one party in a sale, in time."""
    rows = Line.objects.filter(entry__sale_id=sale_id, account=account).order_by("entry__pk")
    found = rows.values("amount_fen", kind=F("entry__kind"), at=F("entry__posted_at"))
    return [dict(row) for row in found]


def statement_of_grower(sale_id: int, grower_id: int) -> dict[str, Any]:
    """What a grower gave, sold to the wholesaler, is owed and was paid, and his own cost."""
    sale = Sale.objects.select_related("surplus").get(pk=sale_id)
    lots = Lot.objects.filter(grower_id=grower_id, offer__part__surplus=sale.surplus)
    pickups = WholesalePickup.objects.filter(
        offer__grower_id=grower_id, offer__part__surplus=sale.surplus
    ).aggregate(weight_g=Sum("weight_g"), paid_fen=Sum("paid_fen"))
    boxed_g = bookings.boxed_by_grower(sale_id).get(grower_id, 0)
    lines = statement_lines(sale_id, accounts.grower(grower_id))
    credited = -sum(line["amount_fen"] for line in lines if line["kind"] != "payout")
    cut_g = lots.aggregate(n=Sum("cut_g"))["n"] or 0
    return {
        "cut_g": cut_g,
        "boxed_g": boxed_g,
        "credited_fen": credited,
        "paid_fen": sum(line["amount_fen"] for line in lines if line["kind"] == "payout"),
        "wholesale_g": pickups["weight_g"] or 0,
        "wholesale_fen": pickups["paid_fen"] or 0,
        "harvest_cost_fen": _harvest_cost_fen(lots),
        "wholesale_fen_per_kg": sale.surplus.wholesale_fen_per_kg,
        "uplift_fen_per_kg": _per_kg(credited, cut_g) - sale.surplus.wholesale_fen_per_kg,
        "lines": lines,
    }


def statement_of_packer(sale_id: int, packer_id: int) -> dict[str, Any]:
    """What a packer earned and was paid in a sale."""
    lines = statement_lines(sale_id, accounts.packer(packer_id))
    return {
        "earned_fen": -sum(line["amount_fen"] for line in lines if line["kind"] != "payout"),
        "paid_fen": sum(line["amount_fen"] for line in lines if line["kind"] == "payout"),
        "lines": lines,
    }


def sale_totals(sale_id: int) -> dict[str, int]:
    """Return the money of a sale in fen.

    ``growers_net_fen`` is what growers were credited online and got from the wholesaler, less
    their own cost of cutting.  ``uplift_fen_per_kg`` is like for like: what a kilogram cut for
    the sale brought, less that day's local wholesale price, for which it would have been cut too.
    """
    sale = Sale.objects.select_related("surplus").get(pk=sale_id)
    by_kind = _sums_by_kind(sale_id)
    delivered = Order.objects.filter(sale=sale, state=Order.State.DELIVERED)
    lots = Lot.objects.filter(offer__part__surplus=sale.surplus)
    wholesale = WholesalePickup.objects.filter(offer__part__surplus=sale.surplus)
    wholesale_fen = wholesale.aggregate(n=Sum("paid_fen"))["n"] or 0
    credited = -sum(
        fen
        for (kind, account), fen in by_kind.items()
        if account.startswith("grower:") and kind != "payout"
    )
    if not any(kind == "pool" for kind, _ in by_kind):  # not settled yet: the pool is theirs
        credited += -sum(fen for (_, a), fen in by_kind.items() if a == accounts.pool(sale_id))
    cut_g = lots.aggregate(n=Sum("cut_g"))["n"] or 0
    handed_over = BulkOrder.objects.filter(sale=sale, loaded_at__isnull=False)
    bulk_fen = handed_over.aggregate(n=Sum("total_fen"))["n"] or 0
    cost_fen = _harvest_cost_fen(lots)
    return {
        "gmv_fen": (delivered.aggregate(n=Sum("total_fen"))["n"] or 0) + bulk_fen,
        "bulk_fen": bulk_fen,
        "freight_fen": _credited(by_kind, accounts.FREIGHT),
        "margin_fen": _credited(by_kind, accounts.margin(sale_id)),
        "floor_fen": -_credited(by_kind, accounts.floor(sale_id)),
        "growers_online_fen": credited,
        "wholesale_fen": wholesale_fen,
        "harvest_cost_fen": cost_fen,
        "growers_net_fen": credited + wholesale_fen - cost_fen,
        "uplift_fen_per_kg": _per_kg(credited, cut_g) - sale.surplus.wholesale_fen_per_kg
        if cut_g
        else 0,
        "wages_fen": _credited(by_kind, "packer:"),
        "postage_fen": _credited(by_kind, accounts.POSTAGE),
        "packaging_fen": _credited(by_kind, accounts.PACKAGING),
        "fee_fen": _credited(by_kind, accounts.FEE),
        "points_fen": _credited(by_kind, accounts.POINTS),
        **_borne(by_kind),
        "refunds_fen": sum(
            fen for (kind, a), fen in by_kind.items() if kind == "refund" and a == accounts.DEPOSIT
        ),
    }


def invariants(sale_id: int) -> list[dict[str, Any]]:
    """Check the books of a sale; each check says what it expected and what it found."""
    lines = Line.objects.filter(entry__sale_id=sale_id)
    captured = Payment.objects.filter(order__sale_id=sale_id, state=Payment.State.CAPTURED)
    sent = Refund.objects.filter(order__sale_id=sale_id, state=Refund.State.SENT)
    delivered = Order.objects.filter(sale_id=sale_id, state=Order.State.DELIVERED)
    handed_over = BulkOrder.objects.filter(sale_id=sale_id, loaded_at__isnull=False)
    entries = Entry.objects.filter(sale_id=sale_id)
    unbalanced = lines.values("entry").annotate(n=Sum("amount_fen")).exclude(n=0).count()
    settled = entries.filter(kind="pool").exists()
    parties = lines.filter(accounts.OF_PEOPLE).exclude(entry__kind="payout")
    owed = {a: -n for a, n in parties.values_list("account").annotate(n=Sum("amount_fen"))}
    standing = Payout.objects.filter(sale_id=sale_id).exclude(state=Payout.State.RETURNED)
    proposed = standing.aggregate(n=Sum("amount_fen"))["n"] or 0
    paid = Payout.objects.filter(sale_id=sale_id, state=Payout.State.PAID)
    out = [
        _check("every entry sums to zero (unbalanced entries)", 0, unbalanced),
        _check("the books balance (fen)", 0, _sum(lines)),
        _check(
            "captured payments stand in the books (fen)",
            captured.aggregate(n=Sum("amount_fen"))["n"] or 0,
            -_sum(lines.filter(entry__kind="payment", account=accounts.DEPOSIT)),
        ),
        _check(
            "refunds sent stand in the books (fen)",
            sent.aggregate(n=Sum("amount_fen"))["n"] or 0,
            _sum(lines.filter(entry__kind="refund", account=accounts.DEPOSIT)),
        ),
        _check(
            "every delivered order is split once (orders)",
            delivered.count(),
            entries.filter(kind="split").count(),
        ),
        _check(
            "delivered orders are split to the fen (fen)",
            delivered.aggregate(n=Sum("total_fen"))["n"] or 0,
            _sum(lines.filter(entry__kind="split", account=accounts.DEPOSIT)),
        ),
        _check(
            "bulk orders that left are booked to the fen (fen)",
            handed_over.aggregate(n=Sum("total_fen"))["n"] or 0,
            _sum(lines.filter(entry__kind="bulk", amount_fen__gt=0)),
        ),
        _check("no payment is refunded beyond its amount (payments)", 0, _over_refunded(sale_id)),
        _check(
            "approved claims stand in the books (fen)",
            Claim.objects.filter(order__sale_id=sale_id).aggregate(n=Sum("decided_fen"))["n"] or 0,
            -_sum(lines.filter(entry__kind="claim", account=accounts.DEPOSIT)),
        ),
    ]
    if settled:
        out += [
            _check(
                "deposits are used up: delivered or given back (fen)",
                0,
                _sum(lines.filter(account=accounts.DEPOSIT)),
            ),
            _check(
                "the growers' pool is shared out (fen)",
                0,
                _sum(lines.filter(account=accounts.pool(sale_id))),
            ),
            _check(
                "payouts are what people are owed (fen)",
                sum(fen for fen in owed.values() if fen > 0),
                proposed,
            ),
            _check(
                "nothing is paid twice (fen)",
                paid.aggregate(n=Sum("amount_fen"))["n"] or 0,
                -_sum(lines.filter(entry__kind="payout", account=accounts.BANK)),
            ),
        ]
    return out


def _over_refunded(sale_id: int) -> int:
    rows = Refund.objects.filter(order__sale_id=sale_id).values("payment", "payment__amount_fen")
    sums = rows.annotate(n=Sum("amount_fen"), k=Count("pk"))
    return sums.filter(n__gt=F("payment__amount_fen")).count()


def _borne(sums: dict[tuple[str, str], int]) -> dict[str, int]:
    """What the platform added, whole and by its three reasons, and what bad packing cost."""
    named = {
        "team_places_fen": accounts.TEAM_PLACES,
        "shortfall_fen": accounts.SHORTFALL,
        "platform_loss_fen": accounts.PLATFORM_LOSS,
    }
    out = {
        name: sum(fen for (_, a), fen in sums.items() if a == account)
        for name, account in named.items()
    }
    packing = sum(fen for (_, a), fen in sums.items() if a == accounts.PACKING_LOSS)
    return {**out, "subsidy_fen": sum(out.values()), "packing_loss_fen": packing}


def _check(name: str, expected: int, found: int) -> dict[str, Any]:
    return {"name": name, "ok": expected == found, "expected": expected, "found": found}


def _sum(lines: QuerySet[Line]) -> int:
    return lines.aggregate(n=Sum("amount_fen"))["n"] or 0


def _sums_by_kind(sale_id: int) -> dict[tuple[str, str], int]:
    rows = Line.objects.filter(entry__sale_id=sale_id).values_list("entry__kind", "account")
    return {(kind, account): n for kind, account, n in rows.annotate(n=Sum("amount_fen"))}


def _credited(sums: dict[tuple[str, str], int], prefix: str) -> int:
    rows: Iterable[int] = (
        fen
        for (kind, account), fen in sums.items()
        if account.startswith(prefix) and kind != "payout"
    )
    return -sum(rows)


def _harvest_cost_fen(lots: QuerySet[Lot]) -> int:
    per_tonne_g = GRAMS_PER_KG * 1000
    rows = lots.values_list("offer__part__harvest_fen_per_t").annotate(n=Sum("cut_g"))
    return sum(rate * weight_g // per_tonne_g for rate, weight_g in rows)


def _per_kg(fen: int, weight_g: int) -> int:
    return round(fen * GRAMS_PER_KG / weight_g) if weight_g else 0


def payouts_of_base(base_id: int, state: str = "") -> QuerySet[Payout]:
    """Payouts of a base with their payees, in one state or all, the newest first."""
    rows = Payout.objects.filter(base_id=base_id).select_related("payee", "batch", "sale")
    return (rows.filter(state=state) if state else rows).order_by("-pk")


def payouts(payout_ids: Collection[int]) -> QuerySet[Payout]:
    """Some payouts with their sale."""
    rows = Payout.objects.filter(pk__in=payout_ids).select_related("sale__surplus__produce")
    return rows.order_by("pk")


def base_of_payout(pk: int) -> int | None:
    """Return the base that a payout belongs to, or none."""
    return Payout.objects.filter(pk=pk).values_list("base_id", flat=True).first()


def base_of_batch(pk: int) -> int | None:
    """Return the base that a batch of payouts belongs to, or none."""
    return PayoutBatch.objects.filter(pk=pk).values_list("base_id", flat=True).first()


def base_of_invoice_request(pk: int) -> int | None:
    """Return the base that a request for an invoice belongs to, or none."""
    return InvoiceRequest.objects.filter(pk=pk).values_list("base_id", flat=True).first()


def base_of_voucher(pk: int) -> int | None:
    """Return the base that a purchase voucher belongs to, or none."""
    return PurchaseVoucher.objects.filter(pk=pk).values_list("base_id", flat=True).first()
