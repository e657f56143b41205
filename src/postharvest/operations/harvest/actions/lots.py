"""Cutting: growers are called for some kilograms, and local buyers take others at the field."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.outbox import log as outbox
from postharvest.core.units import GRAMS_PER_KG
from postharvest.operations.harvest.events import LotsCut, WholesalePickedUp
from postharvest.operations.harvest.models import Contract, Lot, Offer, WholesalePickup
from postharvest.operations.network.models import Base


class MoreThanOffered(Refused):
    """A grower has less left than was called for."""

    code = "harvest.more_than_offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Some grams of one grower's offer, cut on one day."""

    offer_id: int
    weight_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pickup:
    """Some grams that a local buyer took at the field.  The key names it once."""

    key: str
    offer_id: int
    weight_g: int
    fen_per_kg: int
    source: str


@transaction.atomic
def cut_lots(
    *, base_id: int, day: date, cuts: Sequence[Cut], actor: Actor, now: datetime
) -> list[Lot]:
    """Record what growers cut today; the lots carry their sell-by from here on.

    Raises
    ------
    MoreThanOffered
        A grower's offer, or the contract he signed on it, does not hold that much any more.
    InvalidInput
        A weight is not positive, or the day lies outside the grower's window.
    """
    base = Base.objects.get(pk=base_id)
    actor.require(Role.VILLAGE_AGENT, Role.POINT_LEADER, Role.DESK, region=base.county_id)
    offers = _offers([cut.offer_id for cut in cuts])
    lots = []
    for cut in cuts:
        offer = offers[cut.offer_id]
        part = offer.part
        if cut.weight_g <= 0:
            raise InvalidInput("weight_g", f"offer {offer.pk}: cut more than nothing, or leave out")
        if not part.harvest_from <= day <= part.harvest_to:
            raise InvalidInput("day", f"{day} lies outside {part.harvest_from}…{part.harvest_to}")
        _call(offer, cut.weight_g)
        lots.append(
            Lot(
                base=base,
                offer=offer,
                grower_id=offer.grower_id,
                grade=part.surplus.grade,
                harvested_on=day,
                sell_by=day + timedelta(days=int(part.surplus.shelf_life_days)),
                cut_g=cut.weight_g,
            )
        )
    lots = Lot.objects.bulk_create(lots)
    audit.write(
        actor,
        "harvest.cut_lots",
        f"base {base_id}",
        now=now,
        after={"day": str(day), "lots": [[lot.pk, lot.cut_g] for lot in lots]},
    )
    outbox.record(LotsCut(base_id=base_id, lot_ids=[lot.pk for lot in lots]), now=now)
    return lots


@transaction.atomic
def sell_to_wholesaler(
    *, base_id: int, day: date, pickups: Sequence[Pickup], actor: Actor, now: datetime
) -> list[WholesalePickup]:
    """Record what local buyers took at the field; a pickup sent twice counts once.

    Raises
    ------
    MoreThanOffered
        A grower's offer does not hold that much any more.
    """
    base = Base.objects.get(pk=base_id)
    actor.require(Role.VILLAGE_AGENT, Role.DESK, region=base.county_id)
    keys = [pickup.key for pickup in pickups]
    known = set(WholesalePickup.objects.filter(key__in=keys).values_list("key", flat=True))
    fresh = [pickup for pickup in pickups if pickup.key not in known and pickup.weight_g > 0]
    offers = _offers([pickup.offer_id for pickup in fresh])
    for pickup in fresh:
        _take(offers[pickup.offer_id], "wholesale_g", pickup.weight_g)
    rows = WholesalePickup.objects.bulk_create(
        WholesalePickup(
            key=pickup.key,
            base=base,
            offer_id=pickup.offer_id,
            day=day,
            weight_g=pickup.weight_g,
            fen_per_kg=pickup.fen_per_kg,
            paid_fen=round(pickup.weight_g * pickup.fen_per_kg / GRAMS_PER_KG),
            source=pickup.source,
        )
        for pickup in fresh
    )
    audit.write(
        actor,
        "harvest.sell_to_wholesaler",
        f"base {base_id}",
        now=now,
        after={"day": str(day), "pickups": [[r.pk, r.weight_g, r.paid_fen] for r in rows]},
    )
    if rows:
        news = WholesalePickedUp(base_id=base_id, pickup_ids=[row.pk for row in rows])
        outbox.record(news, now=now)
    return rows


def _offers(offer_ids: Sequence[int]) -> dict[int, Offer]:
    rows = Offer.objects.select_for_update(of=("self",)).filter(pk__in=offer_ids).order_by("pk")
    return {row.pk: row for row in rows.select_related("part__surplus", "contract")}


def _call(offer: Offer, weight_g: int) -> None:
    """Call for grams of an offer, no more than a signed contract covers."""
    contract: Contract | None = getattr(offer, "contract", None)
    if contract is not None and contract.state == Contract.State.SIGNED:
        called = Offer.objects.values_list("called_g", flat=True).get(pk=offer.pk)
        if called + weight_g > contract.weight_g:
            raise MoreThanOffered(
                f"contract {contract.number} covers {contract.weight_g} g", offer_id=offer.pk
            )
    _take(offer, "called_g", weight_g)


def _take(offer: Offer, field: str, weight_g: int) -> None:
    room = Offer.objects.filter(
        pk=offer.pk, offered_g__gte=F("called_g") + F("wholesale_g") + weight_g
    )
    if not room.update(**{field: F(field) + weight_g}):
        raise MoreThanOffered(
            f"grower {offer.grower_id} offered {offer.offered_g} g; {weight_g} g more is too much",
            offer_id=offer.pk,
        )


@transaction.atomic
def set_certificate(*, lot_id: int, number: str, actor: Actor, now: datetime) -> Lot:
    """Note the number of a lot's conformity certificate (承诺达标合格证); it is set once.

    Raises
    ------
    InvalidInput
        The number is missing or too long, or the lot bears another.
    """
    lot = Lot.objects.select_for_update(of=("self",)).select_related("base").get(pk=lot_id)
    actor.require(Role.VILLAGE_AGENT, Role.POINT_LEADER, Role.DESK, region=lot.base.county_id)
    number = number.strip()
    if not 1 <= len(number) <= LONGEST_CERTIFICATE:
        raise InvalidInput("certificate", f"a number of 1 to {LONGEST_CERTIFICATE} characters")
    if lot.certificate and lot.certificate != number:
        raise InvalidInput("certificate", f"lot {lot_id} bears {lot.certificate} already")
    if not lot.certificate:
        Lot.objects.filter(pk=lot_id).update(certificate=number)
        audit.write(
            actor, "harvest.set_certificate", f"lot {lot_id}", now=now, after={"number": number}
        )
    lot.refresh_from_db()
    return lot


LONGEST_CERTIFICATE = 60
