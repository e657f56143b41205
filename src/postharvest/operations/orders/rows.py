"""Rows of the hot path as they are read and written: plain, without the weight of a model."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from postharvest.core import sql
from postharvest.operations.orders.models import Order

CONFIRMED, HELD = str(Order.State.CONFIRMED), str(Order.State.HELD)


class ListingRow(NamedTuple):
    """A box size on sale."""

    pk: int
    base_id: int
    sale_id: int
    channel_id: int
    channel: str
    channel_kind: str
    net_g: int
    team_fen: int
    solo_fen: int
    box_crew_s: int


class SaleRow(NamedTuple):
    """What placing an order asks of a sale."""

    pk: int
    base_id: int
    branch_id: int
    state: str
    opens_at: datetime
    closes_at: datetime
    first_day: date
    last_day: date
    common_g: int
    has_shares: bool
    ship_within_days: int
    cutoff_hour: int
    team_size: int
    team_hours: int
    limit_per_buyer: int
    calendar: str


class LaneRow(NamedTuple):
    """What a sale promises on the lane to a county."""

    lane_id: int
    offered: bool
    why_not: str
    earliest_days: int
    latest_days: int


class TeamRow(NamedTuple):
    """A team that somebody wants to join."""

    pk: int
    listing_id: int
    state: str
    size: int
    paid_members: int
    platform_places: int
    deadline_at: datetime


class Calendar(Protocol):
    """What says on which day an order can be packed."""

    @property
    def first_day(self) -> date: ...
    @property
    def cutoff_hour(self) -> int: ...
    @property
    def calendar(self) -> str: ...
    @property
    def ship_within_days(self) -> int: ...


class TeamTerms(Protocol):
    """What a sale says about teams."""

    @property
    def team_size(self) -> int: ...
    @property
    def team_hours(self) -> int: ...
    @property
    def closes_at(self) -> datetime: ...


@dataclass(slots=True, kw_only=True)
class FreshOrder:
    """An order that a batch takes; it is written by `write_orders`."""

    sale: SaleRow
    listing: ListingRow
    lane_id: int
    team_id: int | None
    wants_team: bool
    key: str
    body_hash: str
    buyer: str
    sealed: bytes
    county_code: str
    quantity: int
    unit_fen: int
    payment: str
    state: str
    pack_day: date
    arrives_earliest: date
    arrives_latest: date
    placed_at: datetime
    hold_until: datetime | None
    paid_at: datetime | None
    pk: int = 0

    @property
    def base_id(self) -> int:
        return self.sale.base_id

    @property
    def sale_id(self) -> int:
        return self.sale.pk

    @property
    def listing_id(self) -> int:
        return self.listing.pk

    @property
    def total_fen(self) -> int:
        return self.unit_fen * self.quantity


_CONTACT = ("id", "base_id", "sealed", "phone_index", "created_at")
_ORDER = (
    "id", "base_id", "sale_id", "listing_id", "lane_id", "team_id", "wants_team", "key",
    "body_hash", "buyer", "contact_id", "county_code", "quantity", "boxes_packed", "boxes_posted",
    "boxes_delivered", "unit_fen", "total_fen", "payment", "state", "pack_day",
    "arrives_earliest", "arrives_latest", "placed_at", "hold_until", "paid_at", "closed_at",
)  # fmt: skip


def write_orders(orders: list[FreshOrder], *, now: datetime) -> None:
    """Insert the orders of a batch with their contacts, and give each its id."""
    ids = sql.next_ids_of({"orders_order": len(orders), "vault_contact": len(orders)})
    contact_ids = ids["vault_contact"]
    for order, pk in zip(orders, ids["orders_order"], strict=True):
        order.pk = pk
    instants = {at: sql.instant(at) for at in {at for o in orders for at in _instants(o)}}
    created_at = sql.instant(now)
    contacts = zip(contact_ids, orders, strict=True)
    sql.insert(
        "vault_contact",
        _CONTACT,
        [(pk, o.base_id, o.sealed, o.buyer, created_at) for pk, o in contacts],
    )
    values = zip(orders, contact_ids, strict=True)
    sql.insert("orders_order", _ORDER, [_values(o, pk, instants) for o, pk in values])


def _instants(order: FreshOrder) -> tuple[datetime | None, ...]:
    return order.placed_at, order.hold_until, order.paid_at


def _values(o: FreshOrder, contact_id: int, stored: dict[datetime | None, Any]) -> tuple[Any, ...]:
    sale, listing = o.sale, o.listing
    return (
        o.pk, sale.base_id, sale.pk, listing.pk, o.lane_id, o.team_id, o.wants_team, o.key,
        o.body_hash, o.buyer, contact_id, o.county_code, o.quantity, 0, 0,
        0, o.unit_fen, o.unit_fen * o.quantity, o.payment, o.state, o.pack_day,
        o.arrives_earliest, o.arrives_latest, stored[o.placed_at], stored[o.hold_until],
        stored[o.paid_at], None,
    )  # fmt: skip
