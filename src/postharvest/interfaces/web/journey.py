"""The journey of an order's parcels, newest first: what is to come, where it is, what was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from postharvest.interfaces.web.formats import day, moment
from postharvest.interfaces.web.rows import Row

ENDED = ("delivered", "cancelled", "refunded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One point of the timeline; ``state`` is "next", "now" or "" for what has passed."""

    title: str
    when: str = ""
    note: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """The steps, the parcels' numbers, and when the first was posted."""

    steps: Sequence[Step]
    numbers: Sequence[str]
    posted_at: datetime | None


def journey_of(order: Row, *, now: datetime) -> Journey:
    """Gather what happened to an order and its parcels."""
    past: list[tuple[datetime, str, str]] = [(order.placed_at, _("Ordered"), "")]
    if order.paid_at:
        past.append((order.paid_at, _("Paid"), ""))
    if order.closed_at and order.state in ("cancelled", "refunded"):
        past.append((order.closed_at, _("Cancelled"), ""))
    past.reverse()
    past.sort(key=lambda event: event[0], reverse=True)
    steps = [
        Step(title=title, when=moment(at), note=note, state="now" if i == 0 else "")
        for i, (at, title, note) in enumerate(past)
    ]
    if order.state not in ENDED:
        steps.insert(0, _to_come(order))
    return Journey(steps=steps, numbers=[], posted_at=None)


def _to_come(order: Row) -> Step:
    window = {"a": day(order.arrives_earliest), "b": day(order.arrives_latest)}
    return Step(title=_("At your door"), when=_("expected %(a)s–%(b)s") % window, state="next")
