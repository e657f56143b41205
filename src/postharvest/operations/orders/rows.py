"""Rows of the hot path as they are read and decided: plain, without the weight of a model."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol

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

    sale_id: int
    county_code: str
    lane_id: int
    offered: bool
    why_not: str
    earliest_days: int
    latest_days: int


class DayRow(NamedTuple):
    """What a day of a lane, a post office or a sale still bears."""

    base_id: int
    pk: int
    owner_id: int
    day: date
    left: int


class FreshIds(NamedTuple):
    """Ids taken beforehand for one order."""

    order: int
    contact: int
    payment: int


class TeamRow(NamedTuple):
    """A team that somebody wants to join."""

    base_id: int
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
    """An order that a batch takes; it is written by `written.write_batch`."""

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
    contact_id: int = 0
    payment_id: int = 0

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Money to be asked of a provider for an order."""

    order: FreshOrder
    provider: str
    reference: str
