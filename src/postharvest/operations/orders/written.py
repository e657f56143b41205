"""A batch of orders written: what it takes, the orders, their contacts and payments.

On SQLite one prepared statement a table; on PostgreSQL one function for all of it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from postharvest.core import sql
from postharvest.operations.orders.models import Payment
from postharvest.operations.orders.rows import Asked, FreshOrder
from postharvest.operations.orders.shelf import Shelf


def give_ids(shelf: Shelf, orders: Sequence[FreshOrder]) -> None:
    """Give each order its id and those of its contact and payment."""
    ids = shelf.ids or _next_ids(len(orders))
    for order, own in zip(orders, ids, strict=False):
        order.pk, order.contact_id, order.payment_id = own


def write_batch(
    shelf: Shelf, orders: Sequence[FreshOrder], asked: Sequence[Asked], *, now: datetime
) -> None:
    """Spend what was taken and insert what was decided.

    Raises
    ------
    core.guard.CapacityGone
        A row held less than its lock had shown; the caller's transaction must not commit.  In a
        pipeline it comes at its end.
    """
    if sql.has_functions():
        _write_at_once(shelf, orders, asked, now=now)
        return
    shelf.write()
    created_at = sql.instant(now)
    sql.insert(
        "vault_contact",
        _CONTACT,
        [(o.contact_id, o.base_id, o.sealed, o.buyer, created_at) for o in orders],
    )
    instants = {at: sql.instant(at) for at in {at for o in orders for at in _instants(o)}}
    sql.insert("orders_order", _ORDER, [_values(o, instants) for o in orders])
    sql.insert("orders_payment", _PAYMENT, [_money(one, created_at) for one in asked])


def _next_ids(many: int) -> list[tuple[int, int, int]]:
    tables = ("orders_order", "vault_contact", "orders_payment")
    ids = sql.next_ids_of(dict.fromkeys(tables, many))
    return list(zip(*(ids[table] for table in tables), strict=True))


_CONTACT = ("id", "base_id", "sealed", "phone_index", "created_at")
_ORDER = (
    "id", "base_id", "sale_id", "listing_id", "lane_id", "team_id", "wants_team", "key",
    "body_hash", "buyer", "contact_id", "county_code", "quantity", "boxes_packed", "boxes_posted",
    "boxes_delivered", "unit_fen", "total_fen", "payment", "state", "pack_day",
    "arrives_earliest", "arrives_latest", "placed_at", "hold_until", "paid_at", "closed_at",
)  # fmt: skip
_PAYMENT = (
    "id", "base_id", "order_id", "provider", "reference", "amount_fen", "state", "captured_at"
)  # fmt: skip
_PENDING, _CAPTURED = str(Payment.State.PENDING), str(Payment.State.CAPTURED)


def _instants(order: FreshOrder) -> tuple[datetime | None, ...]:
    return order.placed_at, order.hold_until, order.paid_at


def _values(o: FreshOrder, stored: Mapping[datetime | None, Any]) -> tuple[Any, ...]:
    sale, listing = o.sale, o.listing
    return (
        o.pk, sale.base_id, sale.pk, listing.pk, o.lane_id, o.team_id, o.wants_team, o.key,
        o.body_hash, o.buyer, o.contact_id, o.county_code, o.quantity, 0, 0,
        0, o.unit_fen, o.unit_fen * o.quantity, o.payment, o.state, o.pack_day,
        o.arrives_earliest, o.arrives_latest, stored[o.placed_at], stored[o.hold_until],
        stored[o.paid_at], None,
    )  # fmt: skip


def _money(asked: Asked, now: Any) -> tuple[Any, ...]:  # noqa: ANN401  (as the driver stores it)
    o = asked.order
    state, at = (_PENDING, None) if o.paid_at is None else (_CAPTURED, now)
    who = (o.payment_id, o.base_id, o.pk, asked.provider, asked.reference)
    return (*who, o.total_fen, state, at)


_WRITE = "SELECT orders_write_batch(%s::json, %s::json, %s)"


def _write_at_once(
    shelf: Shelf, orders: Sequence[FreshOrder], asked: Sequence[Asked], *, now: datetime
) -> None:
    shelf.set_aside.write(shelf.crew_s)
    spent = {
        name: [(base, pk, amount) for (base, pk), amount in sorted(taken.items())]
        for name, taken in shelf.taken().items()
    }
    money = {one.order.pk: one for one in asked}
    fresh = [_document(o, money.get(o.pk)) for o in orders]
    sql.send(_WRITE, sql.encoded(spent), sql.encoded(fresh), now)


def _document(o: FreshOrder, asked: Asked | None) -> dict[str, Any]:
    return {
        "id": o.pk, "contact_id": o.contact_id, "payment_id": asked and o.payment_id,
        "base_id": o.sale.base_id, "sale_id": o.sale.pk, "listing_id": o.listing.pk,
        "lane_id": o.lane_id, "team_id": o.team_id, "wants_team": o.wants_team, "key": o.key,
        "body_hash": o.body_hash, "buyer": o.buyer, "sealed": "\\x" + o.sealed.hex(),
        "county_code": o.county_code, "quantity": o.quantity, "unit_fen": o.unit_fen,
        "payment": o.payment, "state": o.state, "pack_day": o.pack_day,
        "arrives_earliest": o.arrives_earliest, "arrives_latest": o.arrives_latest,
        "hold_until": o.hold_until, "paid_at": o.paid_at,
        "provider": asked and asked.provider, "reference": asked and asked.reference,
    }  # fmt: skip
