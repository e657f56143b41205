"""Whom to tell on which news; hearing news twice tells nobody twice."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from postharvest.core.outbox.log import reacts_jointly_to, reacts_to
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.events import GrowersCalled
from postharvest.operations.harvest.models import Produce
from postharvest.operations.notices.actions import Telling, note
from postharvest.operations.notices.models import Kind
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.access import order_number
from postharvest.operations.orders.events import DelayAnnounced, TeamsFailed, TeamsFormed
from postharvest.operations.orders.models import Order
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.parcels.events import ParcelsFlagged
from postharvest.operations.settlement import accounts
from postharvest.operations.settlement import queries as settlement
from postharvest.operations.settlement.events import PayeeChanged, PayoutsApproved


@reacts_jointly_to(TeamsFormed, "notices.team_formed")
def tell_of_formed_teams(bodies: Sequence[dict[str, Any]], now: datetime) -> None:
    rows = orders.of_teams([pk for body in bodies for pk in body["team_ids"]])
    note((_about_order(Kind.TEAM_FORMED, row) for row in rows), now=now)


@reacts_jointly_to(TeamsFailed, "notices.team_failed")
def tell_of_failed_teams(bodies: Sequence[dict[str, Any]], now: datetime) -> None:
    rows = orders.of_teams([pk for body in bodies for pk in body["team_ids"]])
    note((_about_order(Kind.TEAM_FAILED, row) for row in rows), now=now)


@reacts_to(ParcelsFlagged, "notices.parcel_late")
def tell_of_late_parcels(body: dict[str, Any], now: datetime) -> None:
    note(_late(body["parcel_ids"]), now=now)


@reacts_to(DelayAnnounced, "notices.delay")
def tell_of_delays(body: dict[str, Any], now: datetime) -> None:
    note(_delays(body["order_ids"]), now=now)


@reacts_to(PayoutsApproved, "notices.payout_ready")
def tell_of_payouts(body: dict[str, Any], now: datetime) -> None:
    note(_payouts(body["payout_ids"]), now=now)


@reacts_to(GrowersCalled, "notices.harvest_call")
def tell_growers(body: dict[str, Any], now: datetime) -> None:
    note(_calls(body["call_ids"]), now=now)


@reacts_to(PayeeChanged, "notices.payee_changed")
def tell_of_changed_payee(body: dict[str, Any], now: datetime) -> None:
    contact = settlement.contact(body["old_contact_id"])
    telling = Telling(
        kind=Kind.PAYEE_CHANGED, about=f"payee-{body['payee_id']}", base_id=body["base_id"],
        contact=contact, facts={},
    )  # fmt: skip
    note([telling], now=now)


def _about_order(kind: Kind, order: Order) -> Telling:
    facts = {
        **_crop(order.sale.surplus.produce),
        "order": order_number(order.pk),
        "total_fen": order.total_fen,
        "pack_day": str(order.pack_day),
        "arrives_earliest": str(order.arrives_earliest),
        "arrives_latest": str(order.arrives_latest),
    }
    return Telling(
        kind=kind, about=f"order-{order.pk}", base_id=order.base_id, contact=order.contact,
        facts=facts,
    )  # fmt: skip


def _delays(order_ids: list[int]) -> Iterator[Telling]:
    for asked in orders.delays_asked(order_ids):
        facts = {
            **_crop(asked.order.sale.surplus.produce),
            "order": order_number(asked.order_id),
            "arrives_earliest": str(asked.arrives_earliest),
            "arrives_latest": str(asked.arrives_latest),
            "default": asked.default,
        }
        yield Telling(
            kind=Kind.DELAY, about=f"delay-{asked.pk}", base_id=asked.base_id,
            contact=asked.order.contact, facts=facts,
        )  # fmt: skip


def _late(parcel_ids: list[int]) -> Iterator[Telling]:
    for parcel in parcels.with_buyers(parcel_ids):
        facts = {
            **_crop(parcel.order.sale.surplus.produce),
            "number": parcel.number,
            "eta_latest": str(parcel.eta_latest),
        }
        yield Telling(
            kind=Kind.PARCEL_LATE, about=f"parcel-{parcel.pk}", base_id=parcel.base_id,
            contact=parcel.order.contact, facts=facts,
        )  # fmt: skip


def _payouts(payout_ids: list[int]) -> Iterator[Telling]:
    rows = settlement.payouts(payout_ids)
    ids = {row.pk: accounts.grower_id_of(row.account) for row in rows}
    growers = {one.pk: one for one in harvest.growers([pk for pk in ids.values() if pk])}
    for row in rows:
        grower = growers.get(ids[row.pk] or 0)
        if grower is None or grower.contact is None:
            continue
        facts = {**_crop(row.sale.surplus.produce), "amount_fen": row.amount_fen}
        yield Telling(
            kind=Kind.PAYOUT_READY, about=f"payout-{row.pk}", base_id=row.base_id,
            contact=grower.contact, facts=facts,
        )  # fmt: skip


def _calls(call_ids: list[int]) -> Iterator[Telling]:
    for call in harvest.calls(call_ids):
        if call.grower.contact is None:
            continue
        facts = {
            **_crop(call.offer.part.surplus.produce),
            "day": str(call.day),
            "weight_g": call.weight_g,
            "point": call.point_name,
        }
        yield Telling(
            kind=Kind.HARVEST_CALL, about=f"call-{call.pk}", base_id=call.base_id,
            contact=call.grower.contact, facts=facts,
        )  # fmt: skip


def _crop(produce: Produce) -> dict[str, str]:
    return {"crop_zh": produce.name_zh, "crop_en": produce.name_en}
