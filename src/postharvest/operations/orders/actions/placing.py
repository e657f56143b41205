"""Taking orders, in batches, in the order in which they came."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.bulk import insert_new
from postharvest.core.outbox import log as outbox
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import Person, phone_index, seal
from postharvest.operations.campaigns.models import Channel, Listing, Sale, SaleLane
from postharvest.operations.orders.actions import payments, teams
from postharvest.operations.orders.events import OrdersConfirmed
from postharvest.operations.orders.models import Order, Team
from postharvest.operations.orders.requests import (
    Answer,
    Declined,
    OrderRequest,
    Placed,
    fault_of,
)
from postharvest.operations.orders.shelf import Need, Shelf, first_pack_day, open_shelf

PAID_AT_ONCE = (Order.Payment.SANDBOX, Order.Payment.CHANNEL)
HOLD = {
    Order.Payment.CASHIER: timedelta(minutes=15),
    Order.Payment.BANK: timedelta(hours=12),
}


@transaction.atomic
def place_orders(*, requests: Sequence[OrderRequest], actor: Actor, now: datetime) -> list[Answer]:
    """Decide on a batch of orders in arrival order; each gets an answer of its own.

    What is scarce is locked first, then the keys are read, so that the same key in two batches
    makes one order.  One bad request fails alone.

    Raises
    ------
    NotAllowed
        Orders that a marketplace has been paid for come from the desk, not from a buyer.
    """
    if any(r.payment == Order.Payment.CHANNEL for r in requests):
        actor.require(Role.DESK)
    buyer_of = {r.phone: phone_index(r.phone) for r in requests}
    shelf = open_shelf(
        listing_ids={r.listing_id for r in requests},
        county_codes={r.county_code for r in requests},
        team_ids={r.team_id for r in requests if r.team_id is not None},
        buyers=set(buyer_of.values()),
        now=now,
    )
    batch = _Batch(shelf=shelf, known=_known(requests), buyer_of=buyer_of, now=now)
    answers = [batch.decide(request) for request in requests]
    fresh = batch.fresh
    if fresh:
        shelf.write()
        batch.insert()
        confirmed = [o for o in fresh if o.state == Order.State.CONFIRMED]
        payments.capture_at_once([o for o in fresh if o.payment in PAID_AT_ONCE], now=now)
        payments.ask([o for o in fresh if o.payment in HOLD])
        _tell(confirmed, now=now)
        teams.seat([o for o in fresh if o.wants_team and o.paid_at], now=now)
        audit.write(
            actor,
            "orders.place_orders",
            f"orders {fresh[0].pk}…{fresh[-1].pk}",
            now=now,
            after={"orders": len(fresh)},
        )
    return answers


def _known(requests: Sequence[OrderRequest]) -> dict[str, Order]:
    rows = Order.objects.filter(key__in={r.key for r in requests})
    return {row.key: row for row in rows}


def _tell(confirmed: Iterable[Order], *, now: datetime) -> None:
    by_sale: dict[tuple[int, int], list[int]] = {}
    for order in confirmed:
        by_sale.setdefault((order.base_id, order.sale_id), []).append(order.pk)
    outbox.record_all(
        [
            OrdersConfirmed(base_id=base, sale_id=sale, order_ids=ids)
            for (base, sale), ids in by_sale.items()
        ],
        now=now,
    )


class _Batch:
    """The decisions of one batch; nothing is written before all are made."""

    def __init__(
        self, *, shelf: Shelf, known: dict[str, Order], buyer_of: dict[str, str], now: datetime
    ) -> None:
        self.shelf = shelf
        self.buyer_of = buyer_of
        self.known = known
        self.now = now
        self.fresh: list[Order] = []
        self._people: list[Person] = []
        self._joining: dict[int, int] = {}

    def decide(self, request: OrderRequest) -> Answer:
        if earlier := self.known.get(request.key):
            return self._again(request, earlier)
        if fault := fault_of(request):
            return fault
        listing = self.shelf.listings.get(request.listing_id)
        if listing is None:
            return Declined(code="unknown_listing", message="there is no such listing")
        sale = self.shelf.sales[listing.sale_id]
        return self._not_for_sale(request, listing, sale) or self._on_a_day(request, listing, sale)

    def insert(self) -> None:
        contacts = [
            Contact(sealed=seal(person), phone_index=order.buyer, created_at=self.now)
            for order, person in zip(self.fresh, self._people, strict=True)
        ]
        insert_new(Contact, contacts)
        for order, contact in zip(self.fresh, contacts, strict=True):
            order.contact_id = contact.pk
        insert_new(Order, self.fresh)

    def _again(self, request: OrderRequest, earlier: Order) -> Answer:
        if earlier.body_hash == request.body_hash():
            return Placed(order=earlier, replayed=True)
        return Declined(
            code="key_reused", message="this Idempotency-Key belongs to another request"
        )

    def _not_for_sale(self, request: OrderRequest, listing: Listing, sale: Sale) -> Declined | None:
        if sale.state != Sale.State.OPEN or not sale.opens_at <= self.now < sale.closes_at:
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
        left_g = self.shelf.left_g(sale.pk, listing.channel_id)
        if request.quantity * listing.net_g > left_g:
            left = left_g // listing.net_g
            return Declined(code="sold_out", message=f"{left} boxes are left", facts={"left": left})
        return None

    def _on_a_day(self, request: OrderRequest, listing: Listing, sale: Sale) -> Answer:
        lane = self.shelf.lanes.get((sale.pk, request.county_code))
        if lane is None or not lane.offered:
            why = lane.why_not if lane else "no lane leads to this address"
            return Declined(code="not_fresh_there", message=why)
        need = self._need(request, listing, sale, lane.lane_id)
        if need is None:
            return Declined(code="day_full", message="the days to come are full; ask tomorrow")
        self.shelf.take(need)
        return self._take(request, listing, sale, need, lane)

    def _not_this_way(self, request: OrderRequest, listing: Listing) -> Declined | None:
        if request.team_id is not None and (full := self._no_seat(request.team_id, listing)):
            return full
        return _wrong_channel(request, listing)

    def _no_seat(self, team_id: int, listing: Listing) -> Declined | None:
        team = self.shelf.teams.get(team_id)
        if team is None or team.listing_id != listing.pk:
            return Declined(code="unknown_team", message="there is no such team for this box")
        taken = team.paid_members + self._joining.get(team_id, 0)
        closed = team.state != Team.State.OPEN or self.now >= team.deadline_at
        if closed or taken >= team.size - team.platform_places:
            return Declined(code="team_full", message="this team is full or over; start your own")
        return None

    def _need(
        self, request: OrderRequest, listing: Listing, sale: Sale, lane_id: int
    ) -> Need | None:
        first = first_pack_day(sale, ready_at=self._certain_at(request, sale))
        for day in _days_from(first, min(sale.ship_within_days, (sale.last_day - first).days)):
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
                return need
        return None

    def _certain_at(self, request: OrderRequest, sale: Sale) -> datetime:
        """When the order will be certain: a team's at its deadline, another's now."""
        if not request.wants_team:
            return self.now
        if request.team_id is not None:
            return self.shelf.teams[request.team_id].deadline_at
        return teams.deadline(sale, opened_at=self.now)

    def _take(
        self,
        request: OrderRequest,
        listing: Listing,
        sale: Sale,
        need: Need,
        lane: SaleLane,
    ) -> Placed:
        at_once = request.payment in (*PAID_AT_ONCE, Order.Payment.CASH_ON_DELIVERY)
        confirmed = at_once and not request.wants_team
        hold = HOLD.get(Order.Payment(request.payment))
        unit_fen = listing.team_fen if request.wants_team else listing.solo_fen
        buyer = self.buyer_of[request.phone]
        order = Order(
            base_id=sale.base_id,
            sale=sale,
            listing=listing,
            lane_id=lane.lane_id,
            team_id=request.team_id,
            wants_team=request.wants_team,
            key=request.key,
            body_hash=request.body_hash(),
            buyer=buyer,
            county_code=request.county_code,
            quantity=request.quantity,
            unit_fen=unit_fen,
            total_fen=unit_fen * request.quantity,
            payment=request.payment,
            state=Order.State.CONFIRMED if confirmed else Order.State.HELD,
            pack_day=need.day,
            arrives_earliest=need.day + timedelta(days=lane.earliest_days),
            arrives_latest=need.day + timedelta(days=lane.latest_days),
            placed_at=self.now,
            hold_until=self.now + hold if hold else None,
            paid_at=self.now if request.payment in PAID_AT_ONCE else None,
        )
        self.shelf.bought[sale.pk, buyer] += request.quantity
        if request.team_id is not None and order.paid_at:
            self._joining[request.team_id] = self._joining.get(request.team_id, 0) + 1
        self.known[request.key] = order
        self.fresh.append(order)
        self._people.append(Person(name=request.name, phone=request.phone, line=request.line))
        return Placed(order=order)


def _wrong_channel(request: OrderRequest, listing: Listing) -> Declined | None:
    """A marketplace's orders are paid there; bulk is agreed on the desk; a team needs a price."""
    kind = listing.channel.kind
    paid_there = request.payment == Order.Payment.CHANNEL
    if kind == Channel.Kind.BULK or paid_there != (kind == Channel.Kind.MARKETPLACE):
        return Declined(code="wrong_channel", message=f"{listing.channel.name} takes other orders")
    if request.wants_team and not listing.team_fen:
        return Declined(code="no_team_price", message="this box is sold to single buyers only")
    return None


def _days_from(first: date, more: int) -> list[date]:
    return [first + timedelta(days=k) for k in range(more + 1)]
