"""What pages and plans may ask of insight."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from django.db.models import QuerySet

from postharvest.decisions.insight.local_price import ENOUGH_ENTRIES, LocalPrice, local_price
from postharvest.decisions.insight.models import (
    GlutRisk,
    LearntDemand,
    PriceOutlook,
    SimulatedBacktest,
)
from postharvest.decisions.insight.place_diary import place_diary
from postharvest.operations.harvest import queries as harvest

SHOWN_DAYS = 24
"""An alert stays on the page as long as its place rings no second time for the same."""
_WEEK = timedelta(days=7)
_Told = TypeVar("_Told", GlutRisk, PriceOutlook)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRecord:
    """How the warnings of a region did: mornings that can be judged, and the alerts among them.

    ``brier`` is the mean squared error of the probabilities (0 is perfect), ``brier_base`` that of
    always telling the share of mornings on which it came true.
    """

    mornings: int
    brier: float | None
    brier_base: float | None
    alerts: int
    came_true: int


def alerts(scope: str, *, today: date, fewest: int = 0) -> list[GlutRisk]:
    """Alerts of the last weeks in a region, the latest first.

    ``fewest``, here and below: growers that must stand behind a place's figures; others are left
    out (`core.vault.disclosure` says how many a reader needs).
    """
    since = today - timedelta(days=SHOWN_DAYS)
    rows = _risks(scope, fewest).filter(rings=True, day__gt=since)
    return list(rows.order_by("-day", "-probability", "pk"))


def latest_risks(scope: str, *, today: date, fewest: int = 0) -> list[GlutRisk]:
    """The last morning of each place that was watched in the week, the riskiest first."""
    latest: dict[tuple[int, str], GlutRisk] = {}
    for risk in _risks(scope, fewest).filter(day__gt=today - _WEEK).order_by("day", "pk"):
        latest[risk.branch_id, risk.produce_id] = risk
    return sorted(latest.values(), key=lambda risk: (-risk.probability, risk.pk))


def outlooks(scope: str, *, today: date, fewest: int = 0) -> list[PriceOutlook]:
    """The last price outlook of each place that was watched in the week."""
    rows = PriceOutlook.objects.select_related("branch", "produce")
    rows = rows.filter(branch__county__code__startswith=scope, day__gt=today - _WEEK)
    rows = _enough_growers(rows, fewest)
    latest = {(row.branch_id, row.produce_id): row for row in rows.order_by("day", "pk")}
    return list(latest.values())


def demands(scope: str, *, fewest: int = 0) -> list[LearntDemand]:
    """What was last learnt of each crop and base of a region."""
    rows = LearntDemand.objects.select_related("produce", "base")
    rows = rows.filter(base__county__code__startswith=scope).order_by("learnt_at", "pk")
    latest = {(row.base_id, row.produce_id): row for row in rows}
    return [
        row
        for (base_id, produce_id), row in latest.items()
        if not fewest or harvest.growers_who_cut(base_id=base_id, produce_id=produce_id) >= fewest
    ]


def demands_foretold(scope: str) -> tuple[int, int]:
    """Return how many finished sales had been foretold, and how many sold within the 80 % band."""
    rows = LearntDemand.objects.filter(base__county__code__startswith=scope, foretold__isnull=False)
    told = [(row.foretold or {}, row.sold_kg) for row in rows]
    return len(told), sum(one["low"] <= sold <= one["high"] for one, sold in told)


def warning_record(scope: str) -> WarningRecord:
    """Hold the warnings of a region to what came."""
    rows = _risks(scope).filter(came_true__isnull=False)
    told = list(rows.values_list("probability", "came_true", "rings"))
    share = sum(bool(came) for _, came, _ in told) / len(told) if told else 0.0
    return WarningRecord(
        mornings=len(told),
        brier=sum((p - bool(came)) ** 2 for p, came, _ in told) / len(told) if told else None,
        brier_base=share * (1 - share) if told else None,
        alerts=sum(rings for *_, rings in told),
        came_true=sum(bool(came) for _, came, rings in told if rings),
    )


def simulated_record() -> SimulatedBacktest | None:
    """How the warning did in simulated seasons, or none before the first night."""
    return SimulatedBacktest.objects.order_by("-made_at").first()


def told_price(*, branch_id: int, produce_id: str, day: date) -> LocalPrice | None:
    """The local wholesale price that a place's diary tells of a day, or none with too few lines."""
    seen = place_diary(branch_id=branch_id, produce_id=produce_id, since=day - _WEEK, until=day)
    if not seen.priced:
        return None
    found = local_price(seen.entries, day=day, norm_yuan_kg=seen.priced[-1].price_yuan_kg or 1.0)
    return found if found.entries >= ENOUGH_ENTRIES else None


def _risks(scope: str, fewest: int = 0) -> QuerySet[GlutRisk]:
    rows = GlutRisk.objects.select_related("branch", "produce")
    return _enough_growers(rows.filter(branch__county__code__startswith=scope), fewest)


def _enough_growers(rows: QuerySet[_Told], fewest: int) -> QuerySet[_Told]:
    return rows.filter(base_id__in=harvest.bases_with_growers(fewest)) if fewest else rows
