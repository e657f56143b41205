"""News from the shop.  A hot action records one piece for its whole batch."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersConfirmed:
    """To be packed: paid, in a formed team where they want one, or paid at the door."""

    kind: ClassVar[str] = "orders.confirmed"
    base_id: int
    sale_id: int
    order_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsCaptured:
    kind: ClassVar[str] = "orders.payments_captured"
    base_id: int
    payment_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersReleased:
    """These orders ended before packing and their capacity is free again."""

    kind: ClassVar[str] = "orders.released"
    base_id: int
    order_ids: list[int]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsFormed:
    kind: ClassVar[str] = "orders.teams_formed"
    base_id: int
    team_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsFailed:
    kind: ClassVar[str] = "orders.teams_failed"
    base_id: int
    team_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCompletedByPlatform:
    kind: ClassVar[str] = "orders.team_completed_by_platform"
    base_id: int
    team_id: int
    cost_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOrderPaid:
    kind: ClassVar[str] = "orders.bulk_order_paid"
    base_id: int
    bulk_order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundsSent:
    kind: ClassVar[str] = "orders.refunds_sent"
    base_id: int
    refund_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersDelivered:
    """Every box of these orders has arrived."""

    kind: ClassVar[str] = "orders.delivered"
    base_id: int
    order_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsDecided:
    kind: ClassVar[str] = "orders.claims_decided"
    base_id: int
    claim_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayAnnounced:
    """These orders come later than promised; each buyer may wait or have his money back."""

    kind: ClassVar[str] = "orders.delay_announced"
    base_id: int
    order_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayRefused:
    """These buyers do not wait; boxes of theirs that are packed must come out of the chain."""

    kind: ClassVar[str] = "orders.delay_refused"
    base_id: int
    order_ids: list[int]
    cause: str
