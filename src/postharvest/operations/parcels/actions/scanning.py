"""What carriers tell us, in any order and more than once."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.db import connection, transaction

from postharvest.core import sql
from postharvest.core.clock.time import at_hour, local_day
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.operations.orders.actions import fulfilment
from postharvest.operations.packing.models import Box
from postharvest.operations.parcels import emsevt, s10
from postharvest.operations.parcels.events import ParcelsFlagged
from postharvest.operations.parcels.models import Parcel, Scan

FUTURE = timedelta(minutes=15)
"""A carrier's clock may run ahead by this much."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATE, SILENT = "late", "silent"
UNKNOWN_LANE = timedelta(hours=60)
"""How long silence is usual on a lane of which nothing is known."""
SHORTEST_SILENCE = timedelta(hours=24)
"""A parcel on a long leg is not scanned more often than that, however short its shelf life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanEntry:
    """One event as a carrier sends it."""

    parcel: str
    code: str
    at: datetime
    place: str
    source: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanAnswer:
    """What became of one line: stored, known already, or refused for a reason."""

    stored: bool
    problem: str = ""


_TABLE = Parcel._meta.db_table
_STORED, _KNOWN = ScanAnswer(stored=True), ScanAnswer(stored=False)


def record_scans(*, scans: Sequence[ScanEntry], now: datetime) -> list[ScanAnswer]:
    """Store a batch of scans and work the parcels' states out anew.

    A bad line is answered for itself; the others stand.  The same scan again changes nothing.
    A batch costs least when it holds what there is to say of a parcel together.
    """
    with transaction.atomic(), sql.pipeline():
        return _record(scans, now=now)


def _record(scans: Sequence[ScanEntry], *, now: datetime) -> list[ScanAnswer]:
    number_of = {text: s10.normalise(text) for text in {scan.parcel for scan in scans}}
    parcels = _followed(set(number_of.values()))
    story = _stories(parcels.values())
    answers: list[ScanAnswer] = []
    fresh: list[tuple[_Followed, emsevt.Scan]] = []
    for scan in scans:
        parcel = parcels.get(number_of[scan.parcel])
        told = emsevt.Scan(
            code=scan.code, place=scan.place, at=scan.at, reason=scan.reason, source=scan.source
        )
        problem = _problem(told, parcel, now=now)
        if problem or parcel is None:
            answers.append(ScanAnswer(stored=False, problem=problem))
        elif story[parcel.pk].setdefault((told.code, told.place, told.at), told) is told:
            answers.append(_STORED)
            fresh.append((parcel, told))
        else:
            answers.append(_KNOWN)
    _keep(fresh, now=now)
    _retell({parcel.pk: parcel for parcel, _ in fresh}, story, now=now)
    return answers


@transaction.atomic
def flag_late_and_silent(
    *, base_id: int, now: datetime, lane_p95: Mapping[int, timedelta]
) -> list[int]:
    """Find parcels that miss their promise or say nothing for too long; each is news once.

    Too long is beyond what 95 of 100 parcels of the lane need, or beyond what the shelf life left
    at the last scan can spare, whichever comes first.
    """
    today = local_day(now)
    travelling = Parcel.objects.select_for_update(of=("self",)).order_by("pk")
    travelling = travelling.filter(
        base_id=base_id,
        despatch__isnull=False,
        delivered_at=None,
        flagged="",
        box__withdrawn_at=None,
    )
    late = travelling.filter(promised_by__lt=today)
    quiet = travelling.filter(promised_by__gte=today, status_at__lt=now - SHORTEST_SILENCE)
    silent = [
        parcel.pk
        for parcel in map(_Quiet._make, quiet.values_list(*_Quiet._fields))
        if now - parcel.status_at
        > _longest_silence(parcel, lane_p95.get(parcel.lane_id, UNKNOWN_LANE))
    ]
    flagged: list[int] = []
    for ids, flag in ((list(late.values_list("pk", flat=True)), LATE), (silent, SILENT)):
        for start in range(0, len(ids), 5000):
            Parcel.objects.filter(pk__in=ids[start : start + 5000]).update(flagged=flag)
        if ids:
            outbox.record(ParcelsFlagged(base_id=base_id, parcel_ids=ids, flag=flag), now=now)
        flagged += ids
    return flagged


class _Quiet(NamedTuple):
    """A parcel that has said nothing for a day."""

    pk: int
    lane_id: int
    status_at: datetime
    sell_by: date
    eta_latest: date


def _longest_silence(parcel: _Quiet, lane_p95: timedelta) -> timedelta:
    limit = emsevt.silence_limit(
        lane_p95=lane_p95,
        shelf_life_left=_end_of(parcel.sell_by) - parcel.status_at,
        still_to_go=max(_end_of(parcel.eta_latest) - parcel.status_at, timedelta(0)),
    )
    return max(limit, SHORTEST_SILENCE)


@lru_cache(maxsize=512)
def _end_of(day: date) -> datetime:
    return at_hour(day, 24)


class _Followed(NamedTuple):
    """What must be known of a parcel to take a scan of it."""

    pk: int
    base_id: int
    number: str
    order_id: int
    box_id: int
    registered_at: datetime
    resent_at: datetime | None
    delivered_at: datetime | None
    flagged: str


def _followed(numbers: Collection[str]) -> dict[str, _Followed]:
    rows = Parcel.objects.select_for_update().filter(number__in=numbers).order_by("pk")
    return {row[2]: _Followed(*row) for row in rows.values_list(*_Followed._fields)}


def _problem(scan: emsevt.Scan, parcel: _Followed | None, *, now: datetime) -> str:
    if parcel is None:
        return "parcel: no such number here"
    if scan.at.tzinfo is None:
        return "at: needs a time zone"
    if not EARLIEST <= scan.at <= now + FUTURE:
        return "at: lies in the future, or before there were scans"
    try:
        emsevt.check_scan(scan)
    except InvalidInput as refusal:
        return str(refusal)
    return ""


def _keep(fresh: Sequence[tuple[_Followed, emsevt.Scan]], *, now: datetime) -> None:
    vendor = connection.vendor
    received_at = sql.stored(now, vendor)
    sql.insert(
        Scan._meta.db_table,
        ("base_id", "parcel_id", "code", "place", "at", "reason", "source", "received_at"),
        [
            (
                parcel.base_id,
                parcel.pk,
                told.code,
                told.place,
                sql.stored(told.at, vendor),
                told.reason,
                told.source,
                received_at,
            )
            for parcel, told in fresh
        ],
    )


Story = dict[tuple[str, str, datetime], emsevt.Scan]


def _stories(parcels: Collection[_Followed]) -> dict[int, Story]:
    out: dict[int, Story] = defaultdict(dict)
    bases, ids = {parcel.base_id for parcel in parcels}, [parcel.pk for parcel in parcels]
    for pk, code, place, told_at, reason, source in sql.fetch(_STORIES, bases, ids):
        at = sql.aware(told_at)
        out[pk][code, place, at] = emsevt.Scan(
            code=code, place=place, at=at, reason=reason, source=source
        )
    return out


_STORIES = (
    "SELECT parcel_id, code, place, at, reason, source FROM parcels_scan"
    " WHERE base_id AMONG %s AND parcel_id AMONG %s"
)


def _since(story: Story, resent_at: datetime | None) -> list[emsevt.Scan]:
    """Return the scans of a parcel's present journey: those before it was sent again are over."""
    return [scan for scan in story.values() if resent_at is None or scan.at >= resent_at]


_RETOLD = (
    "status", "status_at", "last_place", "action_required", "damaged", "flagged", "accepted_at",
)  # fmt: skip
_ARRIVED = ("delivered_at", "eta_earliest", "eta_latest")
_KEYS = ("base_id", "id")


def _retell(parcels: Mapping[int, _Followed], story: dict[int, Story], *, now: datetime) -> None:
    vendor = connection.vendor
    retold, arrivals = [], []
    arrived: Counter[int] = Counter()
    boxes = Box.objects.filter(pk__in=[parcel.box_id for parcel in parcels.values()])
    withdrawn = set(boxes.exclude(withdrawn_at=None).values_list("pk", flat=True))
    for pk, parcel in sorted(parcels.items()):
        told = _since(story[pk], parcel.resent_at)
        state = emsevt.derive(told, registered_at=parcel.registered_at)
        accepted = [scan.at for scan in told if scan.code == "EMA"]
        retold.append(
            (
                str(state.status),
                sql.stored(state.since, vendor),
                state.last_place,
                str(state.action_required or ""),
                "damaged" in state.flags,
                "" if parcel.flagged == SILENT else parcel.flagged,
                sql.stored(min(accepted), vendor) if accepted else None,
                parcel.base_id,
                pk,
            )
        )
        if state.status == emsevt.Status.DELIVERED and parcel.delivered_at is None:
            day = sql.day(local_day(state.since))
            arrivals.append((sql.stored(state.since, vendor), day, day, parcel.base_id, pk))
            arrived[parcel.order_id] += parcel.box_id not in withdrawn
    sql.update(_TABLE, _RETOLD, retold, keys=_KEYS)
    sql.update(_TABLE, _ARRIVED, arrivals, keys=_KEYS)
    if arrived := +arrived:
        fulfilment.count_delivered(arrived, now=now)
