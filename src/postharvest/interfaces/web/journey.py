"""The journey of an order's parcels, newest first: what is to come, where it is, what was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from postharvest.interfaces.web.formats import day, in_chinese, moment
from postharvest.interfaces.web.rows import Row
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.parcels.emsevt import EVENTS, STATUS_TEXT, Status

ENDED = ("delivered", "cancelled", "refunded")
MOST_PARCELS = 5
S10_LENGTH = 13
Event = tuple[datetime, str, str]
"""When, what, where."""


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
    arrives: tuple[date, date]


def journey_of(order: Row) -> Journey:
    """Gather what happened to an order and its parcels."""
    found = parcels.parcels_of_order(order.pk)
    past = [*_of_order(order), *_of_boxes(found)]
    past.sort(key=lambda event: event[0], reverse=True)
    steps = [
        Step(title=title, when=moment(at), note=note, state="now" if i == 0 else "")
        for i, (at, title, note) in enumerate(past)
    ]
    arrives = _window(order, found)
    if order.state not in ENDED:
        steps.insert(0, _to_come(arrives))
    return Journey(
        steps=steps,
        arrives=arrives,
        numbers=[_numbered(parcel) for parcel in found[:MOST_PARCELS]],
        posted_at=min((one.accepted_at for one in found if one.accepted_at), default=None),
    )


def _of_order(order: Row) -> list[Event]:
    past: list[Event] = []
    if order.closed_at and order.state in ("cancelled", "refunded"):
        past.append((order.closed_at, _("Cancelled"), ""))
    if order.paid_at:
        past.append((order.paid_at, _("Paid"), ""))
    return [*past, (order.placed_at, _("Ordered"), "")]


def _of_boxes(found: Sequence[Row]) -> list[Event]:
    """The first parcel tells the story; the others differ by hours."""
    if not found:
        return []
    first = found[0]
    packed = (first.box.packed_at, _("Packed"), "")
    return [*(_scanned(scan) for scan in parcels.scans_of(first.pk)), packed]


def scan_steps(parcel_id: int) -> list[Step]:
    """Write one parcel's scans, newest first."""
    found = [_scanned(scan) for scan in parcels.scans_of(parcel_id)]
    return [
        Step(title=title, when=moment(at), note=note, state="now" if i == 0 else "")
        for i, (at, title, note) in enumerate(reversed(found))
    ]


def _scanned(scan: Row) -> Event:
    kind = EVENTS.get(scan.code)
    title = scan.code if kind is None else kind.zh if in_chinese() else kind.en
    return scan.at, title, scan.place


def _numbered(parcel: Row) -> str:
    return f"{readable(parcel.number)} · {status_words(parcel.status)}"


def status_words(status: str) -> str:
    """Say where a parcel is, in the words that the public is told."""
    chinese, english = STATUS_TEXT[Status(status)]
    return chinese if in_chinese() else english


def readable(number: str) -> str:
    """Write a 13-character parcel number in groups: PA 4731 2482 9 CN."""
    if len(number) != S10_LENGTH:
        return number
    return f"{number[:2]} {number[2:6]} {number[6:10]} {number[10]} {number[11:]}"


def _window(order: Row, found: Sequence[Row]) -> tuple[date, date]:
    """Say when the last box comes: as learnt from the road if all are posted, else as promised."""
    posted = [one for one in found if one.despatch_id]
    if len(posted) < order.quantity:
        return order.arrives_earliest, order.arrives_latest
    return max(one.eta_earliest for one in posted), max(one.eta_latest for one in posted)


def _to_come(arrives: tuple[date, date]) -> Step:
    window = {"a": day(arrives[0]), "b": day(arrives[1])}
    return Step(title=_("At your door"), when=_("expected %(a)s–%(b)s") % window, state="next")
