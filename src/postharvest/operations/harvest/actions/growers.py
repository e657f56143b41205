"""Registering the people who grow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.vault.actions import contact_of
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import Person
from postharvest.operations.harvest.models import Grower
from postharvest.operations.network.models import Base

LARGEST_MU = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowerEntry:
    """A household or co-operative as it is registered."""

    code: str
    village: str
    person: Person
    kind: str = Grower.Kind.HOUSEHOLD
    area_mu: float | None = None


@transaction.atomic
def register_growers(
    *, base_id: int, entries: Sequence[GrowerEntry], actor: Actor, now: datetime
) -> list[Grower]:
    """Register growers; one that is known by its code is left as it is.

    Raises
    ------
    InvalidInput
        A grower has no name or no village.
    """
    base = Base.objects.get(pk=base_id)
    actor.require(Role.VILLAGE_AGENT, Role.DESK, region=base.county_id)
    for entry in entries:
        if not entry.person.name.strip() or not entry.village.strip():
            raise InvalidInput(f"growers.{entry.code}", "needs a name and a village")
        if entry.area_mu is not None and not 0 < entry.area_mu <= LARGEST_MU:
            raise InvalidInput(f"growers.{entry.code}", f"{entry.area_mu} mu of land can't be")
    codes = [entry.code for entry in entries]
    known = {g.code for g in Grower.objects.filter(code__in=codes)}
    fresh = [entry for entry in entries if entry.code not in known]
    contacts = Contact.objects.bulk_create(contact_of(entry.person, now=now) for entry in fresh)
    Grower.objects.bulk_create(
        Grower(
            base=base,
            code=entry.code,
            kind=entry.kind,
            county_id=base.county_id,
            village=entry.village,
            area_mu=entry.area_mu,
            contact=contact,
            registered_at=now,
        )
        for entry, contact in zip(fresh, contacts, strict=True)
    )
    audit.write(
        actor,
        "harvest.register_growers",
        f"base {base_id}",
        now=now,
        after={"codes": [entry.code for entry in fresh]},
    )
    by_code = {g.code: g for g in Grower.objects.filter(code__in=codes)}
    return [by_code[code] for code in codes]
