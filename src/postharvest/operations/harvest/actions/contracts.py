"""Written terms with growers: offered on one page, signed, then binding."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.operations.harvest.models import Contract, Lot, Offer

DEDUCTIONS = ("postage", "packaging", "packing", "points", "fee")
"""What the ledger takes off the price before the growers' share: a contract names all of it."""


class ContractBound(Refused):
    """A signed contract is not changed; fruit handed over before it had other terms."""

    code = "harvest.contract_bound"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """The terms of one grower's offer."""

    offer_id: int
    kind: str
    weight_g: int
    price_fen_per_kg: int = 0
    floor_fen_per_kg: int = 0
    advance_fen_per_kg: int = 0
    if_unsold: str = Contract.Unsold.GROWER


@transaction.atomic
def offer_contracts(
    *, terms: Sequence[ContractTerms], actor: Actor, now: datetime
) -> list[Contract]:
    """Write down the terms offered to growers; those not signed yet are replaced.

    Raises
    ------
    InvalidInput
        Weight, price, floor or advance can't be: names the offer and the fix.
    ContractBound
        One is signed already.
    """
    rows = _offers(terms, actor)
    out = []
    for one in terms:
        offer = rows[one.offer_id]
        _check(one, offer)
        out.append(_write(one, offer, now=now))
    audit.write(
        actor,
        "harvest.offer_contracts",
        f"contracts {len(out)}",
        now=now,
        after={"contracts": [[row.number, row.kind, row.weight_g] for row in out]},
    )
    return out


@transaction.atomic
def sign_contract(
    *, contract_id: int, how: str, reference: str, actor: Actor, now: datetime
) -> Contract:
    """Note that the grower, or his proxy, has signed; from here on it binds.

    Signing again with the same reference changes nothing.

    Raises
    ------
    InvalidInput
        The way of signing is unknown, or there is no slip, code or proxy to show for it.
    ContractBound
        It is signed under another reference, withdrawn, or fruit was cut before.
    """
    row = _locked(contract_id, actor)
    if row.state == Contract.State.SIGNED and row.signature_ref == reference:
        return row
    if row.state != Contract.State.OFFERED:
        raise ContractBound(f"contract {row.number} is {row.state}", contract=row.pk)
    if how not in Contract.Signed.values:
        raise InvalidInput("how", f"{how!r} is none of {', '.join(Contract.Signed.values)}")
    if not reference.strip():
        raise InvalidInput("reference", "enter the slip's number, the code, or who signed for him")
    if Lot.objects.filter(offer=row.offer).exists():
        raise ContractBound("fruit of this offer is cut already, without a contract")
    row.state, row.signed_at = Contract.State.SIGNED, now
    row.signed_how, row.signature_ref = how, reference
    row.save(update_fields=["state", "signed_at", "signed_how", "signature_ref"])
    audit.write(
        actor,
        "harvest.sign_contract",
        f"contract {row.pk}",
        now=now,
        after={"how": how, "reference": reference},
    )
    return row


@transaction.atomic
def withdraw_contract(*, contract_id: int, actor: Actor, now: datetime) -> Contract:
    """Take back terms that nobody has signed.

    Raises
    ------
    ContractBound
        It is signed.
    """
    row = _locked(contract_id, actor)
    if row.state == Contract.State.SIGNED:
        raise ContractBound(f"contract {row.number} is signed", contract=row.pk)
    row.state = Contract.State.WITHDRAWN
    row.save(update_fields=["state"])
    audit.write(actor, "harvest.withdraw_contract", f"contract {row.pk}", now=now)
    return row


def _offers(terms: Sequence[ContractTerms], actor: Actor) -> dict[int, Offer]:
    ids = [one.offer_id for one in terms]
    locked = Offer.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    rows = {row.pk: row for row in locked.select_related("part__surplus__base", "grower")}
    if missing := set(ids) - set(rows):
        raise InvalidInput("offer", f"there is no offer {sorted(missing)}")
    for county in sorted({row.part.surplus.county_id for row in rows.values()}):
        actor.require(Role.DESK, Role.VILLAGE_AGENT, region=county)
    return rows


def _check(one: ContractTerms, offer: Offer) -> None:
    where = f"offer {offer.pk}"
    if one.kind not in Contract.Kind.values:
        raise InvalidInput("kind", f"{where}: {one.kind!r} is neither purchase nor share")
    if not 0 < one.weight_g <= offer.offered_g:
        raise InvalidInput("weight", f"{where}: must lie above 0 and at most {offer.offered_g} g")
    if min(one.price_fen_per_kg, one.floor_fen_per_kg, one.advance_fen_per_kg) < 0:
        raise InvalidInput("price", f"{where}: no price can be below 0")
    if one.kind == Contract.Kind.PURCHASE:
        if one.price_fen_per_kg <= 0:
            raise InvalidInput("price", f"{where}: a purchase needs its price")
        if one.floor_fen_per_kg or one.advance_fen_per_kg:
            raise InvalidInput("floor", f"{where}: a purchase has one price, no floor or advance")
    elif one.price_fen_per_kg:
        raise InvalidInput("price", f"{where}: a share of net has a floor, not a price")
    if one.if_unsold not in Contract.Unsold.values:
        raise InvalidInput("if_unsold", f"{where}: say who bears what is not sold")


def _write(one: ContractTerms, offer: Offer, *, now: datetime) -> Contract:
    known = Contract.objects.select_for_update().filter(offer=offer).first()
    if known is not None and known.state == Contract.State.SIGNED:
        raise ContractBound(f"contract {known.number} is signed", contract=known.pk)
    share = one.kind == Contract.Kind.SHARE
    row, _ = Contract.objects.update_or_create(
        offer=offer,
        defaults={
            "base_id": offer.part.surplus.base_id,
            "number": f"HT-{offer.part.surplus_id}-{offer.pk}",
            "kind": one.kind,
            "weight_g": one.weight_g,
            "grade": offer.part.surplus.grade,
            "price_fen_per_kg": one.price_fen_per_kg,
            "floor_fen_per_kg": one.floor_fen_per_kg,
            "advance_fen_per_kg": one.advance_fen_per_kg,
            "deductions": list(DEDUCTIONS) if share else [],
            "if_unsold": one.if_unsold if share else Contract.Unsold.BRANCH,
            "state": Contract.State.OFFERED,
            "offered_at": now,
        },
    )
    return row


def _locked(contract_id: int, actor: Actor) -> Contract:
    rows = Contract.objects.select_for_update(of=("self",)).select_related("base")
    row = rows.get(pk=contract_id)
    actor.require(Role.DESK, Role.VILLAGE_AGENT, region=row.base.county_id)
    return row
