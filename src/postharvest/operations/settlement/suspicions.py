"""What a payout is held against before anybody approves it: ghosts, inventions, shared accounts.

Every rule here was seen to matter by a test that fails without it (tests/operations/settlement/
test_payee_fraud.py).  A suspicion proves nothing; a person decides.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, Sum

from postharvest.core.photos.actions import seen_before
from postharvest.core.units import GRAMS_PER_KG
from postharvest.core.vault.models import Contact
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.harvest.models import Grower, Lot, Surplus
from postharvest.operations.network import queries as network
from postharvest.operations.packing.models import Box, Packer, SignIn
from postharvest.operations.settlement import accounts
from postharvest.operations.settlement.doubts import Suspicion
from postharvest.operations.settlement.models import Doubt, Payee

FASTEST = 2.5
"""Nobody packs more than so many times what the plan reckons with."""
LEAST_AT_WORK = timedelta(hours=4)
"""People are often signed in late; a shorter stay is judged as half a day."""
LARGEST_HOUSEHOLD_MU = 50.0
"""Land of a household that did not say how much it has."""
BEST_YEAR = 1.2
"""A very good year over the upper yield of the table."""
MOST_OF_ONE_PHONE = 2
"""Of one kind: an agent's phone stands in for some, and a person looks at it once."""


def of_sale(sale: Sale, owed: Collection[str], *, now: datetime) -> Iterator[Suspicion]:
    """Look at everybody of a sale who is about to be paid."""
    yield from _shared(sale.base_id, set(owed))
    yield from _too_fast(sale, set(owed), now=now)
    yield from _too_much(sale, set(owed))


def of_report(surplus_id: int) -> Iterator[Suspicion]:
    """Look at a report's photos: one that was sent before shows somebody else's fruit."""
    surplus = Surplus.objects.get(pk=surplus_id)
    for subject, other in seen_before([f"surplus {surplus.pk}"]).items():
        yield Suspicion(
            kind=Doubt.Kind.PHOTO_TWICE,
            key=subject,
            surplus_id=surplus.pk,
            facts={"also": other},
        )


def _shared(base_id: int, owed: set[str]) -> Iterator[Suspicion]:
    """Several growers, or several packers, behind one account or one phone."""
    contacts = _contacts(base_id)
    for kind, index_name, most in (
        (Doubt.Kind.SHARED_ACCOUNT, "payee_index", 1),
        (Doubt.Kind.SHARED_PHONE, "phone_index", MOST_OF_ONE_PHONE),
    ):
        groups: dict[tuple[str, str], list[str]] = defaultdict(list)
        for account, contact in contacts.items():
            if index := getattr(contact, index_name):
                groups[accounts.kind_of(account), index].append(account)
        for (_kind, index), group in groups.items():
            if len(group) <= most:
                continue
            for account in sorted(owed.intersection(group)):
                yield Suspicion(
                    kind=kind,
                    key=f"{account}:{index}:{len(group)}",
                    account=account,
                    facts={"with": sorted(set(group) - {account})[:20], "of": len(group)},
                )


def _contacts(base_id: int) -> Mapping[str, Contact]:
    """Return who would be paid for every account of a base: the payee, else the party."""
    found: dict[str, Contact] = {}
    for model, account in ((Grower, accounts.grower), (Packer, accounts.packer)):
        rows = model._default_manager.filter(base_id=base_id, contact__isnull=False)
        for row in rows.select_related("contact").defer("contact__sealed"):
            if row.contact is not None:
                found[account(row.pk)] = row.contact
    payees = Payee.objects.filter(base_id=base_id, ended_at=None).select_related("contact")
    for payee in payees.defer("contact__sealed"):
        found[payee.account] = payee.contact
    return found


def _too_fast(sale: Sale, owed: set[str], *, now: datetime) -> Iterator[Suspicion]:
    """More boxes than two hands can pack in the hours somebody was there."""
    packed = Box.objects.filter(shift__sale=sale).values("shift_id", "packer_id")
    work = {
        (row["shift_id"], row["packer_id"]): (row["n"], row["work_s"])
        for row in packed.annotate(n=Count("pk"), work_s=Sum("listing__box_crew_s"))
    }
    rows = SignIn.objects.filter(shift__sale=sale).annotate(closed_at=F("shift__closed_at"))
    there = {(row.shift_id, row.packer_id): row for row in rows}
    for (shift_id, packer_id), (boxes, work_s) in sorted(work.items()):
        account = accounts.packer(packer_id)
        if account not in owed:
            continue
        row = there.get((shift_id, packer_id))
        at_work = timedelta(0)
        if row is not None:
            ends = row.signed_out_at or row.closed_at or now
            at_work = max(LEAST_AT_WORK, ends - row.signed_in_at)
        if work_s > FASTEST * at_work.total_seconds():
            yield Suspicion(
                kind=Doubt.Kind.TOO_FAST,
                key=f"{account}:{shift_id}",
                account=account,
                facts={
                    "shift": shift_id,
                    "boxes": boxes,
                    "usual_hours": round(work_s / 3600, 1),
                    "hours": round(at_work.total_seconds() / 3600, 1),
                },
            )


def _too_much(sale: Sale, owed: set[str]) -> Iterator[Suspicion]:
    """More kilograms of a crop in a year than a grower's land can bear."""
    produce_id = sale.surplus.produce_id
    economics = network.table_rows("crops_economics")
    known = {str(row["produce_id"]): float(row["yield_hi_kg_mu"] or 0) for row in economics}
    if produce_id not in known:
        return
    per_mu = known[produce_id] * BEST_YEAR
    growers = [pk for account in owed if (pk := accounts.grower_id_of(account)) is not None]
    year = sale.surplus.harvest_from.year
    cut = Lot.objects.filter(
        Q(harvested_on__year=year), grower__in=growers,
        offer__part__surplus__produce_id=produce_id,
    )  # fmt: skip
    sums = cut.values("grower", "grower__area_mu", "grower__kind").annotate(g=Sum("cut_g"))
    for row in sums.order_by("grower"):
        area = row["grower__area_mu"]
        if area is None and row["grower__kind"] != Grower.Kind.HOUSEHOLD:
            continue
        most_kg = per_mu * (LARGEST_HOUSEHOLD_MU if area is None else area)
        if row["g"] > most_kg * GRAMS_PER_KG:
            account = accounts.grower(row["grower"])
            yield Suspicion(
                kind=Doubt.Kind.TOO_MUCH,
                key=f"{account}:{produce_id}:{year}:{row['g']}",
                account=account,
                facts={
                    "kg": row["g"] // GRAMS_PER_KG,
                    "most_kg": round(most_kg),
                    "mu": area or LARGEST_HOUSEHOLD_MU,
                },
            )
