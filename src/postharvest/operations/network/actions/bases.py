"""Bases and post offices: opened, and moved along."""

from datetime import datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.outbox import log as outbox
from postharvest.operations.network import roll_out
from postharvest.operations.network.events import BaseOpened
from postharvest.operations.network.models import Base, BaseStep, Branch, CatchmentCounty, County

_STATE = Base.State
_MAY_FOLLOW: dict[str, tuple[str, ...]] = {
    _STATE.CANDIDATE: (),
    _STATE.AGREED: (_STATE.CANDIDATE,),
    _STATE.FITTED_OUT: (_STATE.AGREED,),
    _STATE.OPEN: (_STATE.FITTED_OUT, _STATE.CLOSED),
    _STATE.CLOSED: (_STATE.CANDIDATE, _STATE.AGREED, _STATE.FITTED_OUT, _STATE.OPEN),
}


class AlreadyOpen(Refused):
    """There is a base or a post office of this code."""

    code = "network.already_open"


class IllegalMove(Refused):
    """A base can't go from its state to the one wanted."""

    code = "network.illegal_move"


@transaction.atomic
def open_base(
    *,
    code: str,
    name_zh: str,
    name_en: str,
    county_code: str,
    actor: Actor,
    now: datetime,
    lat: float | None = None,
    lon: float | None = None,
    state: str = _STATE.OPEN,
) -> Base:
    """Enter a base, open at once or as far as it is; without a position it is its county's seat.

    Raises
    ------
    InvalidInput
        The county or the state is unknown.
    AlreadyOpen
        There is a base of this code.
    NotSwitchedOn
        It would be open in a county where the programme does not run.
    NotAllowed
        The actor does not plan for this county.
    """
    actor.require(Role.PLANNER, region=county_code)
    county = _county(county_code)
    if state not in _STATE.values:
        raise InvalidInput("state", f"{state!r} is none of {', '.join(_STATE.values)}")
    if state == _STATE.OPEN:
        roll_out.require_on(county_code)
    if Base.objects.filter(code=code).exists():
        raise AlreadyOpen(f"there is a base {code} already", base=code)
    base = Base.objects.create(
        code=code,
        name_zh=name_zh,
        name_en=name_en,
        county=county,
        lat=county.lat if lat is None else lat,
        lon=county.lon if lon is None else lon,
        state=state,
    )
    BaseStep.objects.create(base=base, state=state, at=now, by=actor.party)
    audit.write(
        actor,
        "network.open_base",
        f"base {base.pk}",
        now=now,
        after={"code": code, "county": county_code, "state": state},
    )
    if state == _STATE.OPEN:
        outbox.record(BaseOpened(base_id=base.pk), now=now)
    return base


@transaction.atomic
def advance_base(*, base_id: int, state: str, actor: Actor, now: datetime) -> None:
    """Move a base along: candidate, agreed, fitted out, open; closed from anywhere, and back.

    A base that closes gives up its catchment.

    Raises
    ------
    IllegalMove
        The base is not in a state from which it can go there.
    NotSwitchedOn
        It would open in a county where the programme does not run.
    """
    base = Base.objects.get(pk=base_id)
    actor.require(Role.PLANNER, region=base.county_id)
    if state == _STATE.OPEN:
        roll_out.require_on(base.county_id)
    rows = Base.objects.filter(pk=base_id, state__in=_MAY_FOLLOW.get(state, ()))
    if not rows.update(state=state):
        raise IllegalMove(f"base {base.code} is {base.state} and can't become {state}")
    BaseStep.objects.create(base=base, state=state, at=now, by=actor.party)
    if state == _STATE.CLOSED:
        CatchmentCounty.objects.filter(base=base).delete()
    audit.write(
        actor,
        "network.advance_base",
        f"base {base_id}",
        now=now,
        before={"state": base.state},
        after={"state": state},
    )
    if state == _STATE.OPEN:
        outbox.record(BaseOpened(base_id=base_id), now=now)


@transaction.atomic
def open_branch(
    *,
    base_id: int,
    code: str,
    name_zh: str,
    name_en: str,
    actor: Actor,
    now: datetime,
    county_code: str = "",
    lat: float | None = None,
    lon: float | None = None,
    kind: str = Branch.Kind.COUNTY,
) -> Branch:
    """Enter a post office of a base; without county or position it has the base's.

    Raises
    ------
    InvalidInput
        The county or the kind is unknown.
    AlreadyOpen
        There is a post office of this code.
    """
    base = Base.objects.get(pk=base_id)
    county = _county(county_code or base.county_id)
    actor.require(Role.PLANNER, Role.DESK, region=county.code)
    if kind not in Branch.Kind.values:
        raise InvalidInput("kind", f"{kind!r} is none of {', '.join(Branch.Kind.values)}")
    if Branch.objects.filter(code=code).exists():
        raise AlreadyOpen(f"there is a post office {code} already", branch=code)
    branch = Branch.objects.create(
        base=base,
        code=code,
        name_zh=name_zh,
        name_en=name_en,
        county=county,
        lat=base.lat if lat is None else lat,
        lon=base.lon if lon is None else lon,
        kind=kind,
    )
    audit.write(actor, "network.open_branch", f"branch {branch.pk}", now=now, after={"code": code})
    return branch


def _county(code: str) -> County:
    county = County.objects.filter(code=code).first()
    if county is None:
        raise InvalidInput("county", f"there is no county {code!r}; search it by its name")
    return county
