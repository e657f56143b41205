"""Parcels that could not be delivered and came back: sent again while fresh, or paid back."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from postharvest.core import guard
from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.clock.time import local_day
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.outbox import log as outbox
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import Person, phone_index, seal, unseal
from postharvest.operations.campaigns.models import SaleLane
from postharvest.operations.network import queries as network
from postharvest.operations.network.models import HubDay, LaneDay
from postharvest.operations.orders import shelf
from postharvest.operations.orders.actions import withdrawing
from postharvest.operations.orders.models import Claim, Order
from postharvest.operations.packing.actions import stops
from postharvest.operations.packing.models import Box
from postharvest.operations.parcels import emsevt
from postharvest.operations.parcels.events import ParcelResent
from postharvest.operations.parcels.models import Parcel

REASON = "undeliverable"


class NotFreshEnough(Refused):
    """Sent again it would arrive spoilt: pay it back."""

    code = "parcels.not_fresh_enough"


class NotReturned(Refused):
    """The parcel has not come back, or somebody has dealt with it."""

    code = "parcels.not_returned"


class NoPlaceToday(Refused):
    """Today's truck is full: send it tomorrow, or pay it back."""

    code = "parcels.no_place_today"


def returned(scope: str = "") -> QuerySet[Parcel]:
    """Parcels of a region that came back and wait for a decision, the oldest first."""
    rows = Parcel.objects.filter(
        status=emsevt.Status.RETURNED,
        box__withdrawn_at=None,
        delivered_at=None,
        order__sale__branch__county__code__startswith=scope,
    )
    rows = rows.select_related("order__sale__surplus__produce", "lane", "box__lot")
    return rows.order_by("status_at", "pk")


@transaction.atomic
def resend_parcel(
    *,
    parcel_id: int,
    line: str = "",
    cause: str = Claim.Cause.CARRIER,
    actor: Actor,
    now: datetime,
) -> Parcel:
    """Send a parcel again under its number, to a corrected address if one is given.

    It takes a place on today's truck; ``cause`` bears the second postage.

    Raises
    ------
    NotReturned
        It has not come back.
    NotFreshEnough
        It would arrive after its sell-by, or came back for the second time.
    NoPlaceToday
        Lane or post office take no more parcels today.
    InvalidInput
        Nobody of that name can have caused it, or the address is too long.
    """
    shelf.lock_sales_of(Order.objects.filter(parcels=parcel_id))
    parcel = _returned(parcel_id, actor)
    order, today = parcel.order, local_day(now)
    if cause not in Claim.Cause.values:
        raise InvalidInput("cause", f"{cause!r} is none of {', '.join(Claim.Cause.values)}")
    earliest, latest = _window(order, today)
    if parcel.resent_at is not None:
        raise NotFreshEnough("it came back twice; pay it back", sell_by=parcel.sell_by)
    if latest > parcel.sell_by:
        raise NotFreshEnough(
            f"it would arrive by {latest}, fresh until {parcel.sell_by}", sell_by=parcel.sell_by
        )
    _take_place(order, today)
    if line.strip():
        _correct_address(order, line.strip(), now=now)
    withdrawing.come_back([order.pk])
    Parcel.objects.filter(pk=parcel_id).update(
        resent_at=now,
        despatch=None,
        status=emsevt.Status.REGISTERED,
        status_at=now,
        action_required="",
        accepted_at=None,
        flagged="",
        eta_earliest=earliest,
        eta_latest=latest,
        promised_by=latest,
    )
    audit.write(
        actor,
        "parcels.resend",
        f"parcel {parcel.number}",
        now=now,
        after={"cause": cause, "new_address": bool(line.strip()), "by": str(latest)},
    )
    outbox.record(ParcelResent(base_id=parcel.base_id, parcel_id=parcel_id, cause=cause), now=now)
    parcel.refresh_from_db()
    return parcel


@transaction.atomic
def refund_returned(
    *, parcel_ids: Sequence[int], cause: str, actor: Actor, now: datetime
) -> list[Box]:
    """Pay parcels that came back back to their buyers; done again it changes nothing.

    Raises
    ------
    NotReturned
        One of them has not come back.
    """
    shelf.lock_sales_of(Order.objects.filter(parcels__in=parcel_ids))
    rows = [_returned(pk, actor) for pk in sorted(set(parcel_ids))]
    boxes = stops.withdraw_boxes(
        [row.box for row in rows],
        posted={row.box_id for row in rows},
        cause=cause,
        reason=REASON,
        now=now,
    )
    audit.write(
        actor,
        "parcels.refund_returned",
        f"parcels {len(rows)}",
        now=now,
        after={"parcels": [row.number for row in rows], "cause": cause},
    )
    return boxes


def _returned(parcel_id: int, actor: Actor) -> Parcel:
    rows = Parcel.objects.select_for_update(of=("self",)).select_related(
        "order__sale__branch", "order__contact", "box", "lane"
    )
    parcel = rows.get(pk=parcel_id)
    actor.require(Role.DESK, region=parcel.order.sale.branch.county_id)
    if parcel.status != emsevt.Status.RETURNED:
        raise NotReturned(f"parcel {parcel.number} has not come back", parcel=parcel.number)
    return parcel


def _window(order: Order, today: date) -> tuple[date, date]:
    terms = SaleLane.objects.get(sale_id=order.sale_id, lane_id=order.lane_id)
    return (
        today + timedelta(days=terms.earliest_days),
        today + timedelta(days=terms.latest_days),
    )


def _take_place(order: Order, today: date) -> None:
    lanes = network.lane_days_locked(order.base_id, {order.lane_id}, [today])
    hubs = network.hub_days_locked(order.base_id, {order.sale.branch_id}, [today])
    by_lane = any(row.reserved_parcels < row.capacity_parcels for row in lanes)
    if not (by_lane and any(row.reserved_parcels < row.capacity_parcels for row in hubs)):
        raise NoPlaceToday("today's truck is full", order=order.pk)
    guard.spend(LaneDay, {(row.base_id, row.pk): 1 for row in lanes}, unit="parcels")
    guard.spend(HubDay, {(row.base_id, row.pk): 1 for row in hubs}, unit="parcels")


def _correct_address(order: Order, line: str, *, now: datetime) -> None:
    """Seal the corrected address as a new contact: the county stays, and with it lane and price."""
    if len(line) > LONGEST_LINE:
        raise InvalidInput("line", f"over {LONGEST_LINE} characters")
    person = unseal(bytes(order.contact.sealed))
    corrected = Person(name=person.name, phone=person.phone, line=line, payee=person.payee)
    contact = Contact.objects.create(
        sealed=seal(corrected), phone_index=phone_index(person.phone), created_at=now
    )
    Order.objects.filter(pk=order.pk).update(contact=contact)


LONGEST_LINE = 200
