"""Teams as people see them: surnames of those who paid, dashes for those who are missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from postharvest.core.vault.seal import unseal
from postharvest.interfaces.web.rows import Row
from postharvest.operations.orders import queries as orders

MOST_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamView:
    """One team: who is in it, who is missing, how long."""

    id: int
    initials: tuple[str, ...]
    open_places: range
    missing: int
    platform_places: int
    is_open: bool
    headline: str
    sentence: str
    time_left: timedelta
    deadline_at: datetime


def open_teams(*, listing_id: int, now: datetime) -> list[TeamView]:
    """Show teams that can be joined, the fullest first."""
    rows = orders.open_teams([listing_id], now, limit=MOST_SHOWN)
    members = orders.members_of_teams([row.pk for row in rows])
    return [_view(row, members.get(row.pk, []), now=now) for row in rows]


def team_view(team: Row, *, now: datetime) -> TeamView:
    """Write one team for people."""
    return _view(team, orders.members_of(team.pk), now=now)


def _view(team: Row, members: Iterable[Row], *, now: datetime) -> TeamView:
    missing = team.size - team.platform_places - team.paid_members
    is_open = team.state == "open" and now < team.deadline_at
    return TeamView(
        id=team.pk,
        initials=tuple(surname(member) for member in members),
        open_places=range(max(0, missing) if is_open else 0),
        missing=missing,
        platform_places=team.platform_places,
        is_open=is_open,
        headline=_headline(team, missing=missing, is_open=is_open),
        sentence=_("A team of %(size)s: %(n)s have paid")
        % {"size": team.size, "n": team.paid_members},
        time_left=max(team.deadline_at - now, timedelta()),
        deadline_at=team.deadline_at,
    )


def surname(member: Row) -> str:
    """Return the first character of a buyer's name: all that others may see."""
    name = unseal(member.contact.sealed).name.strip()
    return name[:1].upper() or "·"


def _headline(team: Row, *, missing: int, is_open: bool) -> str:
    if is_open:
        return ngettext("%(n)s to go", "%(n)s to go", missing) % {"n": missing}
    if team.state == "formed":
        return _("The team is complete. Everybody gets the team price.")
    return _("This team did not fill. Everybody was paid back.")
