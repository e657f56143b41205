"""Wholesale buyers: bundles agreed on the desk, fetched by freight, paid by bank transfer."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from postharvest.core import guard
from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.outbox import log as outbox
from postharvest.core.units import GRAMS_PER_KG
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import Person, phone_index, seal
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.campaigns.calendar import days_of
from postharvest.operations.campaigns.models import Channel, Listing, PackingDay, Sale
from postharvest.operations.orders import shelf
from postharvest.operations.orders.events import BulkOrderPaid
from postharvest.operations.orders.models import BulkOrder
from postharvest.operations.orders.transitions import IllegalTransition


class BulkNotPossible(Refused):
    """The sale, or that day, does not hold so much for bulk buyers."""

    code = "orders.bulk_not_possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRequest:
    """What a wholesale buyer wants.  ``key`` makes entering it again harmless."""

    key: str
    listing_id: int
    quantity: int
    load_day: date
    name: str
    phone: str
    line: str
    delivered: bool = True


@transaction.atomic
def agree_bulk_order(*, request: BulkRequest, actor: Actor, now: datetime) -> BulkOrder:
    """Promise bundles to a wholesale buyer: they leave the same kilograms and packing day.

    Entered again under its key it answers with the order it made.

    Raises
    ------
    InvalidInput
        The listing is not in a bulk channel, or fewer bundles are asked for than its least order.
    BulkNotPossible
        The sale takes no orders, or kilograms or the day's packers do not reach.
    """
    listing = Listing.objects.select_related("channel", "sale").filter(pk=request.listing_id)
    row = listing.first()
    if row is None or row.channel.kind != Channel.Kind.BULK:
        raise InvalidInput("listing", "is in no bulk channel; list bundles there first")
    sale = shelf.lock_sales([row.sale_id])[row.sale_id]
    actor.require(Role.DESK, region=sale.branch.county_id)
    known = BulkOrder.objects.filter(base_id=row.base_id, key=request.key).first()
    if known is not None:
        return known
    _check(request, row)
    _take(request, row, sale, now=now)
    order = _agreed(request, row, sale, now=now)
    audit.write(
        actor,
        "orders.agree_bulk_order",
        f"bulk order {order.pk}",
        now=now,
        after={"bundles": order.quantity, "total_fen": order.total_fen},
    )
    return order


@transaction.atomic
def cancel_bulk_order(*, bulk_order_id: int, actor: Actor, now: datetime) -> BulkOrder:
    """Give back what a wholesale buyer was promised; again changes nothing.

    Raises
    ------
    IllegalTransition
        It is loaded already.
    """
    order = _locked(bulk_order_id, actor)
    if order.state == BulkOrder.State.CANCELLED:
        return order
    if order.state != BulkOrder.State.AGREED:
        raise IllegalTransition(f"the truck is {order.state}", bulk_order=order.pk)
    order.state = BulkOrder.State.CANCELLED
    order.save(update_fields=["state"])
    day = PackingDay.objects.get(sale_id=order.sale_id, day=order.load_day)
    weight_g = order.quantity * order.listing.net_g
    guard.release(Sale, {(order.base_id, order.sale_id): weight_g}, unit="g")
    crew_s = order.quantity * order.listing.box_crew_s
    guard.release(PackingDay, {(order.base_id, day.pk): crew_s}, unit="crew_s")
    audit.write(actor, "orders.cancel_bulk_order", f"bulk order {order.pk}", now=now)
    return order


def mark_loaded(*, bulk_order_id: int, truck: str, actor: Actor, now: datetime) -> BulkOrder:
    """Note that the bundles are on the truck; packing calls it with what it took from its lots.

    Raises
    ------
    IllegalTransition
        It is loaded, paid or cancelled already.
    """
    order = _locked(bulk_order_id, actor)
    if order.state != BulkOrder.State.AGREED:
        raise IllegalTransition(f"this order is {order.state}", bulk_order=order.pk)
    order.state, order.truck, order.loaded_at = BulkOrder.State.LOADED, truck, now
    order.save(update_fields=["state", "truck", "loaded_at"])
    return order


@transaction.atomic
def record_bulk_payment(
    *, bulk_order_id: int, reference: str, amount_fen: int, actor: Actor, now: datetime
) -> BulkOrder:
    """Note the buyer's transfer for bundles that were loaded; the same reference counts once.

    Raises
    ------
    InvalidInput
        The reference is missing, or the amount is not the order's.
    IllegalTransition
        It is not loaded yet, or was paid under another reference.
    """
    order = _locked(bulk_order_id, actor)
    if order.state == BulkOrder.State.PAID and order.payment_reference == reference:
        return order
    if order.state != BulkOrder.State.LOADED:
        raise IllegalTransition(f"this order is {order.state}", bulk_order=order.pk)
    if not reference.strip():
        raise InvalidInput("reference", "enter the number of the bank's transfer")
    if amount_fen != order.total_fen:
        raise InvalidInput("amount", f"the order is {order.total_fen} fen, not {amount_fen}")
    order.state, order.payment_reference, order.paid_at = BulkOrder.State.PAID, reference, now
    order.save(update_fields=["state", "payment_reference", "paid_at"])
    audit.write(
        actor,
        "orders.record_bulk_payment",
        f"bulk order {order.pk}",
        now=now,
        after={"reference": reference, "fen": amount_fen},
    )
    outbox.record(BulkOrderPaid(base_id=order.base_id, bulk_order_id=order.pk), now=now)
    return order


def _locked(bulk_order_id: int, actor: Actor) -> BulkOrder:
    shelf.lock_sales(BulkOrder.objects.filter(pk=bulk_order_id).values_list("sale_id", flat=True))
    rows = BulkOrder.objects.select_for_update(of=("self",))
    order = rows.select_related("listing", "sale__branch").get(pk=bulk_order_id)
    actor.require(Role.DESK, Role.POINT_LEADER, region=order.sale.branch.county_id)
    return order


def _check(request: BulkRequest, listing: Listing) -> None:
    if not request.name.strip() or not request.line.strip():
        raise InvalidInput("buyer", "a wholesale buyer needs a name and an address")
    if request.quantity < listing.least_quantity:
        raise InvalidInput("quantity", f"the least order is {listing.least_quantity} bundles")


def _take(request: BulkRequest, listing: Listing, sale: Sale, *, now: datetime) -> None:
    if sale.state != Sale.State.OPEN or not sale.opens_at <= now < sale.closes_at:
        raise BulkNotPossible("this sale takes no orders now")
    open_shelf = shelf.open_shelf(
        listing_ids=[listing.pk], county_codes=[], team_ids=[], buyers=[], now=now,
        also=[request.load_day],
    )  # fmt: skip
    need = shelf.Need(
        sale_id=sale.pk,
        channel_id=listing.channel_id,
        weight_g=request.quantity * listing.net_g,
        crew_s=request.quantity * listing.box_crew_s,
        parcels=0,
        lane_id=None,
        branch_id=sale.branch_id,
        day=request.load_day,
    )
    left = open_shelf.left_g(open_shelf.listings[listing.pk]) // listing.net_g
    if left < request.quantity:
        raise BulkNotPossible(f"{left} bundles are left", left=left)
    early = request.load_day < shelf.first_pack_day(sale, ready_at=now)
    closed = request.load_day in days_of(sale.calendar).closed
    if early or closed or not open_shelf.bears(need):
        raise BulkNotPossible(f"the packers of {request.load_day} can't make so many more")
    open_shelf.take(need)
    open_shelf.write()


def _agreed(request: BulkRequest, listing: Listing, sale: Sale, *, now: datetime) -> BulkOrder:
    produce = sale.surplus.produce_id
    terms = campaigns.bulk_terms_in(listing.channel_id, produce)
    weight_g = request.quantity * listing.net_g
    freight = terms.freight_fen_per_kg if terms is not None and request.delivered else 0
    loading = terms.loading_fen_per_kg if terms is not None else 0
    person = Person(name=request.name, phone=request.phone, line=request.line)
    return BulkOrder.objects.create(
        base_id=sale.base_id,
        sale=sale,
        listing=listing,
        key=request.key,
        contact=Contact.objects.create(
            sealed=seal(person), phone_index=phone_index(request.phone), created_at=now
        ),
        quantity=request.quantity,
        unit_fen=listing.solo_fen,
        total_fen=request.quantity * listing.solo_fen,
        freight_fen=weight_g * freight // GRAMS_PER_KG,
        loading_fen=weight_g * loading // GRAMS_PER_KG,
        load_day=request.load_day,
        agreed_at=now,
    )
