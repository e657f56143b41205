"""The post on the road: a despatch's journeys are drawn once, and told as time passes.

Scans are drawn from the lanes' true transit (a little later than the planner's), some twice, and
come in no particular order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from postharvest.core.clock.time import at_hour, local_day
from postharvest.interfaces.world.nature import Nature, stream
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.parcels.actions.scanning import ScanEntry, record_scans

SOURCE = "simulated carrier"
PARCELS_AT_ONCE = 1000
DOUBLED_SHARE = 0.02
FAILED_FIRST_SHARE = 0.03
_HOUR_S = 3600
_DAY_S = 24 * _HOUR_S
_CODES = ("EMA", "EDD", "EDE", "EDD", "EMH", "EMG", "EDG", "EMI")
_TAKEN, _HUB_IN, _HUB_OUT, _HUB_THERE, _FAILED, _OFFICE, _OUT, _DOOR = range(len(_CODES))
_NEVER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Journeys:
    """All scans of one despatch: ``at_s[parcel, step]`` in seconds of the epoch, -1 for none."""

    numbers: list[str]
    destinations: list[str]
    origin: str
    at_s: NDArray[np.int64]


@dataclass(slots=True)
class Carrier:
    """The post of one branch.  What it draws follows from the despatch, so it may begin anew."""

    branch_id: int
    nature: Nature
    _last_despatch: int = 0
    _under_way: list[Journeys] = field(default_factory=list)

    def carry(self, *, since: datetime, until: datetime) -> int:
        """Record every scan that falls in a span of time; returns how many were sent."""
        self._pick_up()
        rng = stream(self.nature.seed, "carrier", 0, int(until.timestamp()))
        sent = 0
        for scans in _batches(self._under_way, since.timestamp(), until.timestamp()):
            again = rng.random(len(scans)) < DOUBLED_SHARE
            told = scans + [scans[i] for i in np.flatnonzero(again)]
            record_scans(scans=[told[i] for i in rng.permutation(len(told))], now=until)
            sent += len(told)
        self._under_way = [t for t in self._under_way if t.at_s.max() > until.timestamp()]
        return sent

    def _pick_up(self) -> None:
        for despatch in parcels.despatches_after(self.branch_id, self._last_despatch):
            self._last_despatch = despatch.pk
            rows = parcels.parcels_of_despatch(despatch.pk)
            at_s = draw_journeys(
                stream(self.nature.seed, "carrier", despatch.pk),
                parcels=len(rows),
                posted_at=despatch.closed_at,
                transit_pmf=np.array(despatch.lane.transit_pmf),
                late_share=self.nature.transit_shift,
            )
            self._under_way.append(
                Journeys(
                    numbers=[number for number, _ in rows],
                    destinations=[county for _, county in rows],
                    origin=despatch.branch.name_zh,
                    at_s=at_s,
                )
            )


def draw_journeys(
    rng: np.random.Generator,
    *,
    parcels: int,
    posted_at: datetime,
    transit_pmf: NDArray[np.float64],
    late_share: float,
) -> NDArray[np.int64]:
    """Return when each parcel is scanned at each step, from acceptance to the door.

    ``transit_pmf[d]`` is the share of parcels that arrive d + 1 days after posting.
    """
    posted_s = posted_at.timestamp()
    midnight_s = at_hour(local_day(posted_at), 0).timestamp()
    days = 1 + np.searchsorted(
        np.cumsum(transit_pmf), rng.random(parcels) * transit_pmf.sum(), side="right"
    )
    days += rng.random(parcels) < late_share
    at_s = np.full((parcels, len(_CODES)), float(_NEVER))
    at_s[:, _TAKEN] = posted_s + rng.uniform(20, 90, parcels) * 60
    at_s[:, _HUB_IN] = posted_s + rng.uniform(3, 7, parcels) * _HOUR_S
    far = days > 1
    at_s[far, _HUB_OUT] = at_s[far, _HUB_IN] + 2 * _HOUR_S
    evening_s = midnight_s + (days - 1) * _DAY_S + rng.uniform(14, 23, parcels) * _HOUR_S
    at_s[far, _HUB_THERE] = evening_s[far]
    failed = rng.random(parcels) < FAILED_FIRST_SHARE
    noon_s = midnight_s + days * _DAY_S + rng.uniform(10, 18, parcels) * _HOUR_S
    at_s[failed, _FAILED] = noon_s[failed]
    door_day_s = midnight_s + (days + failed) * _DAY_S
    for step, first, last in ((_OFFICE, 6.5, 8.0), (_OUT, 8.2, 9.5), (_DOOR, 10.0, 20.0)):
        at_s[:, step] = door_day_s + rng.uniform(first, last, parcels) * _HOUR_S
    return at_s.astype(np.int64)


def _batches(
    trips: Sequence[Journeys], since_s: float, until_s: float
) -> Iterator[list[ScanEntry]]:
    """Yield what is due in a span of time; all that is due of a parcel lies in one batch."""
    batch: list[ScanEntry] = []
    for trip in trips:
        due = (trip.at_s > since_s) & (trip.at_s <= until_s)
        rows = np.flatnonzero(due.any(axis=1))
        for start in range(0, len(rows), PARCELS_AT_ONCE):
            batch += _scans(trip, due, rows[start : start + PARCELS_AT_ONCE])
            if len(batch) >= PARCELS_AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch


def _scans(trip: Journeys, due: NDArray[np.bool_], rows: NDArray[np.intp]) -> list[ScanEntry]:
    """Return the scans of some parcels that are due, parcel by parcel."""
    hub = f"{trip.origin} hub"
    out = []
    for row, step in np.argwhere(due[rows]).tolist():
        parcel = int(rows[row])
        if step == _TAKEN:
            place = trip.origin
        elif step in (_HUB_IN, _HUB_OUT):
            place = hub
        elif step == _HUB_THERE:
            place = f"{trip.destinations[parcel]} hub"
        else:
            place = trip.destinations[parcel]
        out.append(
            ScanEntry(
                parcel=trip.numbers[parcel],
                code=_CODES[step],
                at=datetime.fromtimestamp(int(trip.at_s[parcel, step]), UTC),
                place=place,
                source=SOURCE,
                reason="absent" if step == _FAILED else "",
            )
        )
    return out
