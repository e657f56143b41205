"""What carriers tell us, in any order and more than once."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from postharvest.core.bulk import insert_rows, update_rows
from postharvest.core.clock.time import at_hour, local_day
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.operations.orders.actions import fulfilment
from postharvest.operations.parcels import emsevt, s10
from postharvest.operations.parcels.events import ParcelsFlagged
from postharvest.operations.parcels.models import Parcel, Scan

FUTURE = timedelta(minutes=15)
"""A carrier's clock may run ahead by this much."""
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


@transaction.atomic
def record_scans(*, scans: Sequence[ScanEntry], now: datetime) -> list[ScanAnswer]:
    """Store a batch of scans and work the parcels' states out anew.

    A bad line is answered for itself; the others stand.  The same scan again changes nothing.
    """
    numbers = [s10.normalise(scan.parcel) for scan in scans]
    wanted = Parcel.objects.select_for_update().filter(number__in=set(numbers)).order_by("pk")
    parcels = {parcel.number: parcel for parcel in wanted}
    answers = [
        ScanAnswer(stored=False, problem=_problem(scan, parcels.get(number), now=now))
        for scan, number in zip(scans, numbers, strict=True)
    ]
    story = _stories([parcel.pk for parcel in parcels.values()])
    fresh: list[Scan] = []
    for i, (scan, number) in enumerate(zip(scans, numbers, strict=True)):
        if answers[i].problem:
            continue
        parcel = parcels[number]
        told = emsevt.Scan(
            code=scan.code, place=scan.place, at=scan.at, reason=scan.reason, source=scan.source
        )
        identity = (told.code, told.place, told.at)
        if identity in story[parcel.pk]:
            continue
        story[parcel.pk][identity] = told
        answers[i] = ScanAnswer(stored=True)
        fresh.append(
            Scan(
                base_id=parcel.base_id,
                parcel=parcel,
                code=scan.code,
                place=scan.place,
                at=scan.at,
                reason=scan.reason,
                source=scan.source,
                received_at=now,
            )
        )
    insert_rows(Scan, fresh)
    touched = {scan.parcel_id for scan in fresh}
    _retell([p for p in parcels.values() if p.pk in touched], story, now=now)
    return answers


@transaction.atomic
def flag_late_and_silent(
    *, base_id: int, now: datetime, lane_p95: Mapping[int, timedelta]
) -> list[Parcel]:
    """Find parcels that miss their promise or say nothing for too long; each is news once.

    Too long is beyond what 95 of 100 parcels of the lane need, or beyond what the shelf life left
    at the last scan can spare, whichever comes first.
    """
    today = local_day(now)
    travelling = Parcel.objects.select_for_update().filter(
        base_id=base_id, despatch__isnull=False, delivered_at=None, flagged=""
    )
    late = list(travelling.filter(promised_by__lt=today).order_by("pk"))
    quiet = travelling.filter(promised_by__gte=today, status_at__lt=now - SHORTEST_SILENCE)
    silent = [
        parcel
        for parcel in quiet.order_by("pk")
        if now - parcel.status_at > _longest_silence(parcel, lane_p95)
    ]
    for parcels, flag in ((late, LATE), (silent, SILENT)):
        ids = [parcel.pk for parcel in parcels]
        for start in range(0, len(ids), 5000):
            Parcel.objects.filter(pk__in=ids[start : start + 5000]).update(flagged=flag)
        if ids:
            outbox.record(ParcelsFlagged(base_id=base_id, parcel_ids=ids, flag=flag), now=now)
    return late + silent


def _longest_silence(parcel: Parcel, lane_p95: Mapping[int, timedelta]) -> timedelta:
    limit = emsevt.silence_limit(
        lane_p95=lane_p95.get(parcel.lane_id, UNKNOWN_LANE),
        shelf_life_left=at_hour(parcel.sell_by, 24) - parcel.status_at,
        still_to_go=max(at_hour(parcel.eta_latest, 24) - parcel.status_at, timedelta(0)),
    )
    return max(limit, SHORTEST_SILENCE)


def _problem(scan: ScanEntry, parcel: Parcel | None, *, now: datetime) -> str:
    if parcel is None:
        return "parcel: no such number here"
    if scan.at.tzinfo is None:
        return "at: needs a time zone"
    if scan.at > now + FUTURE:
        return "at: lies in the future"
    try:
        emsevt.check_scan(
            emsevt.Scan(
                code=scan.code,
                place=scan.place,
                at=scan.at,
                reason=scan.reason,
                source=scan.source,
            )
        )
    except InvalidInput as refusal:
        return str(refusal)
    return ""


Story = dict[tuple[str, str, datetime], emsevt.Scan]


def _stories(parcel_ids: Sequence[int]) -> dict[int, Story]:
    out: dict[int, Story] = defaultdict(dict)
    rows = Scan.objects.filter(parcel_id__in=parcel_ids)
    for parcel, code, place, at, reason, source in rows.values_list(
        "parcel_id", "code", "place", "at", "reason", "source"
    ):
        out[parcel][code, place, at] = emsevt.Scan(
            code=code, place=place, at=at, reason=reason, source=source
        )
    return out


def _retell(parcels: Sequence[Parcel], story: dict[int, Story], *, now: datetime) -> None:
    arrived: Counter[int] = Counter()
    for parcel in parcels:
        state = emsevt.derive(story[parcel.pk].values(), registered_at=parcel.registered_at)
        parcel.status = state.status
        parcel.status_at = state.since
        parcel.last_place = state.last_place
        parcel.action_required = state.action_required or ""
        parcel.damaged = "damaged" in state.flags
        parcel.flagged = "" if parcel.flagged == SILENT else parcel.flagged
        accepted = [s.at for s in story[parcel.pk].values() if s.code == "EMA"]
        parcel.accepted_at = min(accepted) if accepted else None
        if state.status == emsevt.Status.DELIVERED and parcel.delivered_at is None:
            parcel.delivered_at = state.since
            parcel.eta_earliest = parcel.eta_latest = local_day(state.since)
            arrived[parcel.order_id] += 1
    fields = (
        "status",
        "status_at",
        "last_place",
        "action_required",
        "damaged",
        "flagged",
        "accepted_at",
        "delivered_at",
        "eta_earliest",
        "eta_latest",
    )
    update_rows(Parcel, parcels, fields)
    if arrived:
        fulfilment.count_delivered(arrived, now=now)
