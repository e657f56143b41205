"""What the books do on news; every entry has a key, so hearing twice is once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.outbox.log import reacts_jointly_to, reacts_to
from postharvest.operations.harvest.events import SurplusReported
from postharvest.operations.orders.events import (
    BulkOrderPaid,
    ClaimsDecided,
    OrdersDelivered,
    PaymentsCaptured,
    RefundsSent,
    TeamCompletedByPlatform,
)
from postharvest.operations.packing.events import (
    BoxesWithdrawn,
    BulkLoaded,
    LotsReceived,
    ShiftClosed,
)
from postharvest.operations.parcels.events import ParcelResent
from postharvest.operations.settlement import (
    bookings,
    contract_money,
    ledger,
    losses,
    suspicions,
)
from postharvest.operations.settlement.doubts import raise_doubts
from postharvest.operations.settlement.ledger import Draft


@reacts_jointly_to(PaymentsCaptured, "settlement.payments")
def book_payments(bodies: Sequence[dict[str, Any]], now: datetime) -> None:
    ids = [pk for body in bodies for pk in body["payment_ids"]]
    _post(bookings.payments_captured(ids), now)


@reacts_jointly_to(RefundsSent, "settlement.refunds")
def book_refunds(bodies: Sequence[dict[str, Any]], now: datetime) -> None:
    ids = [pk for body in bodies for pk in body["refund_ids"]]
    _post(bookings.refunds_sent(ids), now)


@reacts_jointly_to(OrdersDelivered, "settlement.split")
def book_deliveries(bodies: Sequence[dict[str, Any]], now: datetime) -> None:
    ids = [pk for body in bodies for pk in body["order_ids"]]
    _post(bookings.orders_delivered(ids), now)


@reacts_jointly_to(ClaimsDecided, "settlement.claims")
def book_claims(bodies: Sequence[dict[str, Any]], now: datetime) -> None:
    ids = [pk for body in bodies for pk in body["claim_ids"]]
    _post(bookings.claims_decided(ids), now)


@reacts_to(BoxesWithdrawn, "settlement.withdrawn")
def book_withdrawn(body: dict[str, Any], now: datetime) -> None:
    _post(losses.boxes_withdrawn(body["box_ids"]), now)


@reacts_to(ParcelResent, "settlement.resent")
def book_resent(body: dict[str, Any], now: datetime) -> None:
    _post(losses.parcel_resent(body["parcel_id"], cause=body["cause"]), now)


@reacts_to(TeamCompletedByPlatform, "settlement.team")
def book_team(body: dict[str, Any], now: datetime) -> None:
    _post(bookings.team_completed(body["team_id"], body["cost_fen"]), now)


@reacts_to(LotsReceived, "settlement.handover")
def book_hand_over(body: dict[str, Any], now: datetime) -> None:
    _post(contract_money.handed_over(body["stock_ids"]), now)


@reacts_to(BulkLoaded, "settlement.bulk")
def book_bulk(body: dict[str, Any], now: datetime) -> None:
    _post(bookings.bulk_loaded(body["bulk_order_id"]), now)


@reacts_to(BulkOrderPaid, "settlement.bulk_paid")
def book_bulk_payment(body: dict[str, Any], now: datetime) -> None:
    _post(bookings.bulk_paid(body["bulk_order_id"]), now)


@reacts_to(ShiftClosed, "settlement.shift")
def book_shift(body: dict[str, Any], now: datetime) -> None:
    _post(bookings.shift_closed(body["shift_id"]), now)


@reacts_to(SurplusReported, "settlement.report_photos")
@transaction.atomic
def look_at_photos(body: dict[str, Any], now: datetime) -> None:
    seen = suspicions.of_report(body["surplus_id"])
    raise_doubts(seen, base_id=body["base_id"], actor=SYSTEM, now=now)


@transaction.atomic
def _post(drafts: Iterable[Draft], now: datetime) -> None:
    ledger.post(drafts, now=now)
