"""Taking orders, in batches, in the order in which they came."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from postharvest.core import guard, sql
from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.outbox import log as outbox
from postharvest.core.vault.seal import Person, phone_index, seal
from postharvest.operations.campaigns.models import Channel, Sale
from postharvest.operations.orders.actions import payments, teams
from postharvest.operations.orders.events import OrdersConfirmed
from postharvest.operations.orders.models import Order
from postharvest.operations.orders.requests import (
    Answer,
    Declined,
    OrderRequest,
    Placed,
    fault_of,
)
from postharvest.operations.orders.rows import (
    CONFIRMED,
    HELD,
    FreshOrder,
    ListingRow,
    SaleRow,
)
from postharvest.operations.orders.shelf import Need, Shelf, open_shelf, pack_days
from postharvest.operations.orders.written import give_ids, write_batch

HOLD = {
    str(Order.Payment.CASHIER): timedelta(minutes=15),
    str(Order.Payment.BANK): timedelta(hours=12),
}
_CHANNEL = str(Order.Payment.CHANNEL)
PAID_AT_ONCE = (str(Order.Payment.SANDBOX), _CHANNEL)
_CERTAIN_AT_ONCE = (*PAID_AT_ONCE, str(Order.Payment.CASH_ON_DELIVERY))
_OPEN = str(Sale.State.OPEN)
_BULK, _MARKETPLACE = str(Channel.Kind.BULK), str(Channel.Kind.MARKETPLACE)


def place_orders(*, requests: Sequence[OrderRequest], actor: Actor, now: datetime) -> list[Answer]:
    """Decide on a batch of orders in arrival order; each gets an answer of its own.

    What is scarce is locked first, then the keys are read, so that the same key in two batches
    makes one order.  One bad request fails alone.

    Raises
    ------
    NotAllowed
        Orders that a marketplace has been paid for come from the desk, not from a buyer.
    """
    if any(r.payment == _CHANNEL for r in requests):
        actor.require(Role.DESK)
    with transaction.atomic(), sql.pipeline(meanings=guard.MEANINGS):
        return _decide(requests, actor=actor, now=now)


def _decide(requests: Sequence[OrderRequest], *, actor: Actor, now: datetime) -> list[Answer]:
    buyer_of = {r.phone: phone_index(r.phone) for r in requests}
    shelf = open_shelf(
        listing_ids={r.listing_id for r in requests},
        county_codes={r.county_code for r in requests},
        team_ids={r.team_id for r in requests if r.team_id is not None},
        buyers=set(buyer_of.values()),
        keys={r.key for r in requests},
        orders=len(requests),
        now=now,
    )
    batch = _Batch(shelf=shelf, known=_known(shelf), buyer_of=buyer_of, now=now)
    answers = [batch.decide(request) for request in requests]
    if batch.fresh:
        _write(shelf, batch.fresh, actor=actor, now=now)
    return answers


def _known(shelf: Shelf) -> dict[str, Order | FreshOrder]:
    if not shelf.known_ids:
        return {}
    bases = {row.base_id for row in shelf.listings.values()}
    rows = Order.objects.filter(base_id__in=bases, pk__in=shelf.known_ids)
    return {row.key: row for row in rows}


def _write(shelf: Shelf, fresh: list[FreshOrder], *, actor: Actor, now: datetime) -> None:
    give_ids(shelf, fresh)
    asked = payments.asked_of(fresh)
    write_batch(shelf, fresh, asked, now=now)
    outbox.record_all([*payments.news_of(asked), *_confirmed(fresh)], now=now)
    teams.seat([o for o in fresh if o.wants_team and o.paid_at], now=now)
    for base_id in sorted({o.base_id for o in fresh}):
        mine = [o.pk for o in fresh if o.base_id == base_id]
        audit.write(
            actor,
            "orders.place_orders",
            f"orders {mine[0]}…{mine[-1]}",
            now=now,
            after={"orders": len(mine)},
            base_id=base_id,
        )


def _confirmed(fresh: Iterable[FreshOrder]) -> list[OrdersConfirmed]:
    by_sale: dict[tuple[int, int], list[int]] = {}
    for order in fresh:
        if order.state == CONFIRMED:
            by_sale.setdefault((order.base_id, order.sale_id), []).append(order.pk)
    return [
        OrdersConfirmed(base_id=base, sale_id=sale, order_ids=ids)
        for (base, sale), ids in by_sale.items()
    ]


class _Batch:
    """The decisions of one batch; nothing is written before all are made."""

    def __init__(
        self,
        *,
        shelf: Shelf,
        known: dict[str, Order | FreshOrder],
        buyer_of: dict[str, str],
        now: datetime,
    ) -> None:
        self.shelf = shelf
        self.buyer_of = buyer_of
        self.known = known
        self.now = now
        self.fresh: list[FreshOrder] = []

    def decide(self, request: OrderRequest) -> Answer:
        if earlier := self.known.get(request.key):
            return _again(request, earlier)
        if fault := fault_of(request):
            return fault
        listing = self.shelf.listings.get(request.listing_id)
        if listing is None:
            return Declined(code="unknown_listing", message="there is no such listing")
        sale = self.shelf.sales[listing.sale_id]
        return self._not_for_sale(request, listing, sale) or self._on_a_day(request, listing, sale)

    def _not_for_sale(
        self, request: OrderRequest, listing: ListingRow, sale: SaleRow
    ) -> Declined | None:
        if sale.state != _OPEN or not sale.opens_at <= self.now < sale.closes_at:
            return Declined(code="sale_closed", message="this sale takes no orders now")
        if wrong := self._not_this_way(request, listing):
            return wrong
        buyer = self.buyer_of[request.phone]
        if self.shelf.bought[sale.pk, buyer] + request.quantity > sale.limit_per_buyer:
            return Declined(
                code="limit_reached",
                message=f"at most {sale.limit_per_buyer} boxes for one buyer",
                facts={"limit": sale.limit_per_buyer},
            )
        left_g = self.shelf.left_g(listing)
        if request.quantity * listing.net_g > left_g:
            left = left_g // listing.net_g
            return Declined(code="sold_out", message=f"{left} boxes are left", facts={"left": left})
        return None

    def _not_this_way(self, request: OrderRequest, listing: ListingRow) -> Declined | None:
        if request.team_id is not None and (full := self._no_seat(request.team_id, listing)):
            return full
        return _wrong_channel(request, listing) or _stale_price(request, listing)

    def _no_seat(self, team_id: int, listing: ListingRow) -> Declined | None:
        team = self.shelf.teams.get(team_id)
        if team is None or team.listing_id != listing.pk:
            return Declined(code="unknown_team", message="there is no such team for this box")
        if self.shelf.places[team_id].left <= 0:
            return Declined(code="team_full", message="this team is full or over; start your own")
        return None

    def _on_a_day(self, request: OrderRequest, listing: ListingRow, sale: SaleRow) -> Answer:
        lane = self.shelf.lanes.get((sale.pk, request.county_code))
        if lane is None or not lane.offered:
            why = lane.why_not if lane else "no lane leads to this address"
            return Declined(code="not_fresh_there", message=why)
        day = self._first_day(request, listing, sale, lane.lane_id)
        if day is None:
            return Declined(code="day_full", message="the days to come are full; ask tomorrow")
        order = FreshOrder(
            sale=sale,
            listing=listing,
            lane_id=lane.lane_id,
            team_id=request.team_id,
            wants_team=request.wants_team,
            key=request.key,
            body_hash=request.body_hash(),
            buyer=self.buyer_of[request.phone],
            sealed=seal(Person(name=request.name, phone=request.phone, line=request.line)),
            county_code=request.county_code,
            quantity=request.quantity,
            unit_fen=_unit_fen(request, listing),
            payment=request.payment,
            state=_first_state(request),
            pack_day=day,
            arrives_earliest=day + timedelta(days=lane.earliest_days),
            arrives_latest=day + timedelta(days=lane.latest_days),
            placed_at=self.now,
            hold_until=self.now + HOLD[request.payment] if request.payment in HOLD else None,
            paid_at=self.now if request.payment in PAID_AT_ONCE else None,
        )
        self._note(order)
        return Placed(order=order)

    def _first_day(
        self, request: OrderRequest, listing: ListingRow, sale: SaleRow, lane_id: int
    ) -> date | None:
        """Take the boxes of the first day that bears them."""
        for day in pack_days(sale, ready_at=self._certain_at(request, sale)):
            if day > sale.last_day:
                break
            need = Need(
                sale_id=sale.pk,
                channel_id=listing.channel_id,
                weight_g=request.quantity * listing.net_g,
                crew_s=request.quantity * listing.box_crew_s,
                parcels=request.quantity,
                lane_id=lane_id,
                branch_id=sale.branch_id,
                day=day,
            )
            if self.shelf.bears(need):
                self.shelf.take(need)
                return day
        return None

    def _certain_at(self, request: OrderRequest, sale: SaleRow) -> datetime:
        """When the order will be certain: a team's at its deadline, another's now."""
        if not request.wants_team:
            return self.now
        if request.team_id is not None:
            return self.shelf.teams[request.team_id].deadline_at
        return teams.deadline(sale, opened_at=self.now)

    def _note(self, order: FreshOrder) -> None:
        self.shelf.bought[order.sale.pk, order.buyer] += order.quantity
        if order.team_id is not None and order.paid_at:
            self.shelf.places[order.team_id].take(1)
        self.known[order.key] = order
        self.fresh.append(order)


def _again(request: OrderRequest, earlier: Order | FreshOrder) -> Answer:
    if earlier.body_hash == request.body_hash():
        return Placed(order=earlier, replayed=True)
    return Declined(code="key_reused", message="this Idempotency-Key belongs to another request")


def _wrong_channel(request: OrderRequest, listing: ListingRow) -> Declined | None:
    """A marketplace's orders are paid there; bulk is agreed on the desk; a team needs a price."""
    kind, paid_there = listing.channel_kind, request.payment == _CHANNEL
    if kind == _BULK or paid_there != (kind == _MARKETPLACE):
        return Declined(code="wrong_channel", message=f"{listing.channel} takes other orders")
    if request.wants_team and not listing.team_fen:
        return Declined(code="no_team_price", message="this box is sold to single buyers only")
    return None


def _unit_fen(request: OrderRequest, listing: ListingRow) -> int:
    return listing.team_fen if request.wants_team else listing.solo_fen


def _stale_price(request: OrderRequest, listing: ListingRow) -> Declined | None:
    unit_fen = _unit_fen(request, listing)
    if request.unit_fen in (None, unit_fen):
        return None
    return Declined(
        code="price_changed",
        message=f"a box costs {unit_fen} fen now",
        facts={"unit_fen": unit_fen},
    )


def _first_state(request: OrderRequest) -> str:
    at_once = request.payment in _CERTAIN_AT_ONCE and not request.wants_team
    return CONFIRMED if at_once else HELD
