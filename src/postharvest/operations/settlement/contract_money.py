"""What contracts with growers mean for the books: who is owed what, and who bears which risk.

*Purchase*: owed at hand-over; the fruit's share of the pool is the branch's, win or lose.
*Share of net*: an advance is owed at hand-over; the share less the advance when the sale is
settled, and never less in all than the floor.  Without a contract the share is the grower's alone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import F, Sum

from postharvest.core.money import split
from postharvest.core.units import GRAMS_PER_KG
from postharvest.operations.harvest.models import Contract, Offer
from postharvest.operations.packing.models import PointStock
from postharvest.operations.settlement import accounts, ledger
from postharvest.operations.settlement.ledger import Draft
from postharvest.operations.settlement.models import Entry, Line

_SIGNED = {"lot__offer__contract__state": Contract.State.SIGNED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What contracts have cost or brought the branch in a sale, and what growers bear alone.

    ``margin_fen`` and ``floor_fen`` are final once the sale is settled; until then
    ``goods_fen`` and ``advances_fen`` are what the branch has laid out.
    """

    bought_g: int
    goods_fen: int
    advances_fen: int
    margin_fen: int
    floor_fen: int
    shared_g: int
    without_contract_g: int


def handed_over(stock_ids: Collection[int]) -> Iterator[Draft]:
    """Fruit under a contract is handed over: its price, or the advance on it, is owed now."""
    rows = PointStock.objects.filter(pk__in=stock_ids, **_SIGNED)
    for stock in rows.select_related("shift", "lot__offer__contract").order_by("pk"):
        contract = stock.lot.offer.contract
        bought = contract.kind == Contract.Kind.PURCHASE
        rate = contract.price_fen_per_kg if bought else contract.advance_fen_per_kg
        owed_fen = rate * (stock.received_g - stock.culled_g) // GRAMS_PER_KG
        if not owed_fen:
            continue
        sale = stock.shift.sale_id
        laid_out = accounts.goods(sale) if bought else accounts.advances(sale)
        yield Draft(
            key=f"handover:{stock.pk}",
            kind="handover",
            base_id=stock.base_id,
            sale_id=sale,
            lines=[(laid_out, owed_fen), (accounts.grower(stock.lot.grower_id), -owed_fen)],
        )


def pool_lines(sale_id: int, pool_fen: int) -> list[tuple[str, int]]:
    """Return how a sale's pool is shared out: to growers by what was sold of theirs, or to us.

    A pool that is short is made good by the platform; what contracts promise is owed all the same.
    """
    boxed = _by_offer(sale_id, "boxed_g")
    lines = [(accounts.pool(sale_id), pool_fen)]
    weights = {offer: g for offer, g in sorted(boxed.items()) if g}
    if pool_fen <= 0 or not weights:
        lines.append((accounts.SHORTFALL, -pool_fen))
        shares = dict.fromkeys(weights, 0)
    else:
        parts = split(pool_fen, list(weights.values()))
        shares = dict(zip(weights, parts, strict=True))
    kept = _kept_g(sale_id)
    for offer in _offers({*shares, *kept}):
        lines += _offer_lines(
            offer,
            sale_id,
            share_fen=shares.get(offer.pk, 0),
            sold_g=boxed.get(offer.pk, 0),
            kept_g=kept.get(offer.pk, 0),
        )
    goods_fen = ledger.balance_fen(accounts.goods(sale_id))
    return [*lines, (accounts.margin(sale_id), goods_fen), (accounts.goods(sale_id), -goods_fen)]


def growers_owed(sale_id: int) -> set[str]:
    """Return the accounts of growers to whom contracts owe something at hand-over."""
    lines = Line.objects.filter(
        entry__sale_id=sale_id, entry__kind="handover", account__startswith="grower:"
    )
    return set(lines.values_list("account", flat=True))


def not_booked(sale_id: int) -> int:
    """Count the hand-overs of a sale whose news has not reached the books."""
    stocks = PointStock.objects.filter(shift__sale_id=sale_id, **_SIGNED)
    keys = {draft.key for draft in handed_over(list(stocks.values_list("pk", flat=True)))}
    return len(keys) - Entry.objects.filter(key__in=keys).count()


def risk_of_sale(sale_id: int) -> Risk:
    """Say who bears which risk in a sale: what the branch laid out, won, lost and topped up."""
    sums = dict(
        Line.objects.filter(entry__sale_id=sale_id)
        .exclude(entry__kind="payout")
        .values_list("account")
        .annotate(n=Sum("amount_fen"))
    )
    kept = _kept_g(sale_id)
    under: dict[str, int] = defaultdict(int)
    for offer in _offers(set(kept)):
        contract = _signed(offer)
        under[contract.kind if contract else ""] += kept[offer.pk]
    return Risk(
        bought_g=under[Contract.Kind.PURCHASE],
        goods_fen=sums.get(accounts.goods(sale_id), 0),
        advances_fen=sums.get(accounts.advances(sale_id), 0),
        margin_fen=-sums.get(accounts.margin(sale_id), 0),
        floor_fen=sums.get(accounts.floor(sale_id), 0),
        shared_g=under[Contract.Kind.SHARE],
        without_contract_g=under[""],
    )


def _offer_lines(
    offer: Offer, sale_id: int, *, share_fen: int, sold_g: int, kept_g: int
) -> list[tuple[str, int]]:
    contract = _signed(offer)
    grower = accounts.grower(offer.grower_id)
    if contract is None:
        return [(grower, -share_fen)]
    if contract.kind == Contract.Kind.PURCHASE:
        return [(accounts.margin(sale_id), -share_fen)]
    advance_fen = _advance_fen(offer, contract, sale_id)
    basis_g = kept_g if contract.if_unsold == Contract.Unsold.BRANCH else sold_g
    floor_fen = contract.floor_fen_per_kg * basis_g // GRAMS_PER_KG
    due_fen = max(share_fen, floor_fen, advance_fen)
    return [
        (grower, -(due_fen - advance_fen)),
        (accounts.advances(sale_id), -advance_fen),
        (accounts.floor(sale_id), due_fen - share_fen),
    ]


def _advance_fen(offer: Offer, contract: Contract, sale_id: int) -> int:
    """Return what was booked as advance for an offer, stock by stock as it was handed over."""
    stocks = PointStock.objects.filter(shift__sale_id=sale_id, lot__offer=offer)
    keys = [f"handover:{pk}" for pk in stocks.values_list("pk", flat=True)]
    lines = Line.objects.filter(entry__key__in=keys, account=accounts.advances(sale_id))
    return lines.aggregate(n=Sum("amount_fen"))["n"] or 0


def _by_offer(sale_id: int, field: str) -> dict[int, int]:
    rows = PointStock.objects.filter(shift__sale_id=sale_id).values_list("lot__offer_id")
    return dict(rows.annotate(n=Sum(field)))


def _kept_g(sale_id: int) -> dict[int, int]:
    """Return the grams handed over and not sorted out, by offer."""
    rows = PointStock.objects.filter(shift__sale_id=sale_id).values_list("lot__offer_id")
    return dict(rows.annotate(n=Sum(F("received_g") - F("culled_g"))))


def _offers(offer_ids: Collection[int]) -> list[Offer]:
    rows = Offer.objects.filter(pk__in=offer_ids).select_related("contract")
    return list(rows.order_by("pk"))


def _signed(offer: Offer) -> Contract | None:
    contract: Contract | None = getattr(offer, "contract", None)
    return contract if contract and contract.state == Contract.State.SIGNED else None
