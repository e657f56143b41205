"""What writes: reading the facts, and loading who counts as poor."""

import fcntl
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.decisions.measures.models import CountyGroup, GrowerGroup
from postharvest.decisions.measures.reading import Reading, read_facts
from postharvest.decisions.measures.store import opened
from postharvest.operations.harvest.models import Grower
from postharvest.operations.network.models import County

LONGEST_GROUP = 40


class BeingRead(Refused):
    """The facts are being read already."""

    code = "measures.being_read"


def folder() -> Path:
    """Return where facts and cubes lie."""
    return Path(settings.MEASURES_ROOT)


def refresh(*, actor: Actor, now: datetime) -> Reading:
    """Read what has changed since the last time, and add it up.

    Raises
    ------
    BeingRead
        Another process is at it.
    NotAllowed
        The actor does not plan for the country.
    """
    actor.require(Role.PLANNER, Role.AUDITOR)
    with opened(folder()) as store, (folder() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BeingRead("the measures are being read already; wait for it to end") from None
        return read_facts(store, now=now)


@transaction.atomic
def load_county_groups(
    *, groups: Mapping[str, str], source: str, actor: Actor, now: datetime
) -> int:
    """Enter the income groups of counties, by code; what was entered for others stays.

    Raises
    ------
    InvalidInput
        A county is unknown, a group has no name, or nobody says where the list comes from.
    NotAllowed
        The actor does not plan for a county.
    """
    _check(groups, source)
    known = set(County.objects.filter(pk__in=groups).values_list("pk", flat=True))
    _none_unknown(set(groups) - known, "county")
    for code in groups:
        actor.require(Role.PLANNER, region=code)
    CountyGroup.objects.bulk_create(
        [CountyGroup(county_id=code, group=group, source=source, loaded_at=now)
         for code, group in sorted(groups.items())],
        update_conflicts=True, unique_fields=["county"],
        update_fields=["group", "source", "loaded_at"],
    )  # fmt: skip
    _written(actor, "counties", len(groups), source, now)
    return len(groups)


@transaction.atomic
def load_household_groups(
    *, groups: Mapping[str, str], source: str, actor: Actor, now: datetime
) -> int:
    """Enter the income groups of households, by grower's code; they go before their county's.

    Raises
    ------
    InvalidInput
        A grower is unknown, a group has no name, or nobody says where the list comes from.
    NotAllowed
        The actor does not work in a grower's county.
    """
    _check(groups, source)
    found = {
        code: (pk, county)
        for code, pk, county in Grower.objects.filter(code__in=groups).values_list(
            "code", "pk", "county_id"
        )
    }
    _none_unknown(set(groups) - set(found), "grower")
    for _pk, county in found.values():
        actor.require(Role.PLANNER, Role.DESK, region=county)
    GrowerGroup.objects.bulk_create(
        [GrowerGroup(grower_id=found[code][0], group=group, source=source, loaded_at=now)
         for code, group in sorted(groups.items())],
        update_conflicts=True, unique_fields=["grower"],
        update_fields=["group", "source", "loaded_at"],
    )  # fmt: skip
    _written(actor, "households", len(groups), source, now)
    return len(groups)


def _check(groups: Mapping[str, str], source: str) -> None:
    if not source.strip():
        raise InvalidInput("source", "say which list this is, and of which year")
    for code, group in groups.items():
        if not 0 < len(group.strip()) <= LONGEST_GROUP:
            raise InvalidInput("group", f"{code}: {group!r} needs 1 to 40 characters")


def _none_unknown(codes: set[str], what: str) -> None:
    if codes:
        shown = ", ".join(sorted(codes)[:5])
        raise InvalidInput("code", f"there is no {what} {shown}; correct or leave out the row")


def _written(actor: Actor, what: str, count: int, source: str, now: datetime) -> None:
    audit.write(
        actor, "measures.load_income_groups", f"{what}", now=now,
        after={"rows": count, "source": source},
    )  # fmt: skip
