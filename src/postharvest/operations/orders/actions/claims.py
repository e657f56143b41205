"""A buyer says that something was bad; what goes back is proposed at once by rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.photos.actions import note_photos
from postharvest.operations.orders.models import Claim, Order

CLAIM_DAYS = 7
WHOLE_BOX_FROM_BP = 5000
"""From half the box on, the whole box is paid back."""
SMALLEST_BP = 200
"""Below two bad pieces in a hundred nothing is proposed: produce is not screws."""
_WHOLE = 10_000


class ClaimImpossible(Refused):
    """There is nothing to claim here: not delivered, too late, or claimed already."""

    code = "orders.claim_impossible"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFiled:
    """What the buyer sends.  ``cause`` is what the photo suggests; the desk may change it."""

    key: str
    order_id: int
    box_no: int
    bad_bp: int
    photo: str
    cause: str = Claim.Cause.GROWER
    parcel_number: str = ""
    note: str = ""


def proposed_refund_fen(*, unit_fen: int, bad_bp: int) -> int:
    """Return what the rule gives back of a box's price for a share of bad pieces."""
    if bad_bp < SMALLEST_BP:
        return 0
    if bad_bp >= WHOLE_BOX_FROM_BP:
        return unit_fen
    return (unit_fen * bad_bp + _WHOLE // 2) // _WHOLE


@transaction.atomic
def file_claims(*, filed: Sequence[ClaimFiled], actor: Actor, now: datetime) -> list[Claim]:
    """Take buyers' claims; the same key again answers with the claim it made.

    Raises
    ------
    InvalidInput
        A share or a box number that can't be.
    ClaimImpossible
        The order is not delivered, the claim comes too late, or the box has one already.
    """
    keys = [one.key for one in filed]
    known = {c.key: c for c in Claim.objects.filter(key__in=keys)}
    orders = {o.pk: o for o in Order.objects.filter(pk__in=[one.order_id for one in filed])}
    fresh = []
    for one in filed:
        if one.key in known:
            continue
        order = orders[one.order_id]
        _check(one, order, now=now)
        fresh.append(
            Claim(
                key=one.key,
                base_id=order.base_id,
                order=order,
                box_no=one.box_no,
                parcel_number=one.parcel_number,
                bad_bp=one.bad_bp,
                photo=one.photo,
                note=one.note,
                cause=one.cause,
                proposed_fen=proposed_refund_fen(unit_fen=order.unit_fen, bad_bp=one.bad_bp),
                filed_at=now,
            )
        )
    for claim in Claim.objects.bulk_create(fresh):
        known[claim.key] = claim
    note_photos(photos=_photos(fresh), now=now)
    audit.write(
        actor, "orders.file_claims", f"claims {len(fresh)}", now=now, after={"keys": keys[:50]}
    )
    return [known[key] for key in keys]


def _photos(claims: Sequence[Claim]) -> dict[str, list[str]]:
    """Return photos by order: one photo may show several boxes of the same order."""
    photos: dict[str, list[str]] = {}
    for claim in claims:
        photos.setdefault(f"order {claim.order_id}", []).append(claim.photo)
    return photos


def _check(one: ClaimFiled, order: Order, *, now: datetime) -> None:
    if not 0 < one.bad_bp <= _WHOLE:
        raise InvalidInput("bad_share", "must lie above 0 and at most 100 %")
    boxes = order.quantity + order.boxes_withdrawn
    if not 1 <= one.box_no <= boxes:
        raise InvalidInput("box", f"the order has boxes 1 to {boxes}")
    if order.state != Order.State.DELIVERED or order.closed_at is None:
        raise ClaimImpossible("this order has not arrived yet", order=order.pk)
    if now > order.closed_at + timedelta(days=CLAIM_DAYS):
        raise ClaimImpossible(f"claims can be made for {CLAIM_DAYS} days", order=order.pk)
    if Claim.objects.filter(order=order, box_no=one.box_no).exists():
        raise ClaimImpossible("this box has a claim already", order=order.pk)
