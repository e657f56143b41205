"""Every night: the probability of a glut and the coming prices of each place, and how the old did.

Each base's places are read, judged and written by themselves, so that bases can be watched side by
side.  A place is watched once a day; asked again the same day it writes nothing new.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from postharvest.core.clock.time import local_day
from postharvest.core.units import FEN_PER_YUAN
from postharvest.decisions.insight.backtest import backtest
from postharvest.decisions.insight.diary import SeasonPlan, surplus_draft, village_days
from postharvest.decisions.insight.forecasting import ForecastSettings, forecast_series
from postharvest.decisions.insight.local_price import local_price
from postharvest.decisions.insight.models import GlutRisk, PriceOutlook, SimulatedBacktest
from postharvest.decisions.insight.place_diary import PlaceDiary, place_diary, season_plan
from postharvest.decisions.insight.series_file import MIN_VALUES, RawSeries
from postharvest.engines.forecast.problem import REPORTED
from postharvest.engines.warning.price_risk import FALL_SHARE
from postharvest.engines.warning.season_simulator import AHEAD_DAYS, tally_seasons
from postharvest.engines.warning.village import Alert, VillageDays, WarningParams, solve
from postharvest.operations.diary import queries as diary
from postharvest.operations.diary.models import ExpectedSeason
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.network import queries as network
from postharvest.operations.network.models import Branch

MODEL = "village-logit/2"
WEEKS_AHEAD = 4
DRAFT_DAYS = 10
"""An alert's report covers so many days of harvest."""
SIMULATED_SEASONS = 1_000
_MEMORY = timedelta(days=3 * 365)
_WINDOWS = 6
_ENOUGH_PRICES = 2
_P10, _P50, _P90 = (REPORTED.index(level) for level in (0.1, 0.5, 0.9))


def watch_diaries(*, now: datetime) -> None:
    """Watch every base: what the worker calls; a base watched today is left alone."""
    for base in network.bases():
        watch_base(base_id=base.pk, now=now)


def watch_base(*, base_id: int, now: datetime) -> int:
    """Judge what was foretold four weeks ago, then foretell each place; returns places watched."""
    today = local_day(now)
    _judge_old(base_id, today)
    places = diary.places(base_id)
    if not places:
        return 0
    simulated_backtest(now=now)
    watched = set(
        PriceOutlook.objects.filter(base_id=base_id, day=today).values_list(
            "branch_id", "produce_id"
        )
    )
    fresh = [place for place in places if place not in watched]
    branches = {branch.pk: branch for branch in network.branches_of_base(base_id)}
    diaries = {
        place: place_diary(
            branch_id=place[0], produce_id=place[1], since=today - _MEMORY, until=today
        )
        for place in fresh
    }
    for place in fresh:
        season = diary.season_at(branch_id=place[0], produce_id=place[1], day=today)
        if season is not None:
            _foretell_glut(branches[place[0]], season, today=today, now=now)
    _foretell_prices(base_id, diaries, today=today, now=now)
    return len(fresh)


def simulated_backtest(*, now: datetime) -> SimulatedBacktest:
    """Return how the warning does where the truth is known, worked out once per model."""
    known = SimulatedBacktest.objects.filter(pk=MODEL).first()
    if known is not None:
        return known
    found = tally_seasons(count=SIMULATED_SEASONS, seed=7)
    row, _made = SimulatedBacktest.objects.get_or_create(
        model=MODEL,
        defaults={
            "seasons": SIMULATED_SEASONS,
            "gluts": found.gluts,
            "caught": found.caught,
            "false_alerts": found.false_alerts,
            "made_at": now,
        },
    )
    return row


def _foretell_glut(branch: Branch, season: ExpectedSeason, *, today: date, now: datetime) -> None:
    first = season.first_day
    seen = place_diary(branch_id=branch.pk, produce_id=season.produce_id, since=first, until=today)
    rain = diary.rain_told(county_code=branch.county_id, since=first, until=today)
    plan = season_plan(season)
    days = village_days(seen.entries, plan, rain_ahead_mm=rain, first=first, last=today)
    path = solve(days, WarningParams())
    at = (today - first).days
    probability = float(path.probability[at])
    alert = None
    if _rings(branch.pk, season.produce_id, probability, today=today):
        alert = Alert(day=at, probability=probability, why=path.why(at))
    floor = plan.norm_yuan_kg * (1 - FALL_SHARE)
    GlutRisk.objects.get_or_create(
        branch=branch,
        produce_id=season.produce_id,
        day=today,
        defaults={
            "base_id": branch.base_id,
            "probability": probability,
            "written_days": len(seen.entries),
            "priced_days": len(seen.priced),
            "rain_told_days": len(rain),
            "norm_fen_per_kg": season.usual_fen_per_kg,
            "why": [list(term) for term in path.why(at)],
            "rings": alert is not None,
            "draft": _draft(alert, days, plan, first=first) if alert else None,
            "had_fallen": any((entry.price_yuan_kg or floor) < floor for entry in seen.entries),
            "made_at": now,
        },
    )


def _rings(branch_id: int, produce_id: str, probability: float, *, today: date) -> bool:
    """Whether to ring, by the engine's rule but against what has rung in fact.

    Lines may come late and the worker may sleep a night: then the next night rings.
    """
    params = WarningParams()
    if probability < params.threshold:
        return False
    rung = GlutRisk.objects.filter(branch_id=branch_id, produce_id=produce_id, rings=True)
    last = rung.filter(day__lt=today).order_by("day").last()
    return (
        last is None
        or probability >= last.probability + params.surer_by
        or (today - last.day).days > params.silent_days
    )


def _draft(alert: Alert, days: VillageDays, plan: SeasonPlan, *, first: date) -> dict[str, Any]:
    """Fields of the report that the alert offers, in whole units."""
    found = surplus_draft(alert, days, plan, first=first, window_days=DRAFT_DAYS)
    price = found.wholesale_yuan_kg
    return {
        "kg": round(found.kg),
        "from_day": found.from_day.isoformat(),
        "to_day": found.to_day.isoformat(),
        "fen_per_kg": None if price is None else round(price * FEN_PER_YUAN),
    }


def _foretell_prices(
    base_id: int, diaries: dict[tuple[int, str], PlaceDiary], *, today: date, now: datetime
) -> None:
    series = [one for place, seen in diaries.items() if (one := _weekly(place, seen)) is not None]
    settings = ForecastSettings(horizon=WEEKS_AHEAD, jobs=1)
    weeks: dict[str, list[dict[str, Any]]] = {}
    said: dict[str, tuple[str, str]] = {}
    scores: dict[str, dict[str, Any]] = {}
    if series:
        forecasts, coming = forecast_series(series, settings)
        quantile = forecasts.reported()
        for i, key in enumerate(forecasts.keys):
            weeks[key] = [_week(day, quantile[i, h]) for h, day in enumerate(coming[i])]
            said[key] = (forecasts.method[i], forecasts.note[i])
        scores = {
            score.series: {
                "points": score.points,
                "error_share": score.error_share,
                "naive_error_share": score.naive_error_share,
                "inside_80": score.inside_80,
            }
            for score in backtest(series, settings, windows=_WINDOWS)
        }
    lengths = {one.key: len(one.dates) for one in series}
    for place, seen in diaries.items():
        key = _key(place)
        method, note = said.get(key, ("none", ""))
        PriceOutlook.objects.get_or_create(
            branch_id=place[0],
            produce_id=place[1],
            day=today,
            defaults={
                "base_id": base_id,
                "local": _local(place, seen, today),
                "weeks": weeks.get(key, []),
                "written_weeks": lengths.get(key, 0),
                "method": method,
                "note": note[:300],
                "backtest": scores.get(key),
                "made_at": now,
            },
        )


def _local(place: tuple[int, str], seen: PlaceDiary, today: date) -> dict[str, Any]:
    found = local_price(seen.entries, day=today, norm_yuan_kg=_norm(place, today))
    return {
        "yuan_kg": round(found.yuan_kg, 4),
        "low": round(found.low_yuan_kg, 4),
        "high": round(found.high_yuan_kg, 4),
        "entries": found.entries,
        "method": found.method,
    }


def _norm(place: tuple[int, str], day: date) -> float:
    """Return the usual price: the noted season's, else the middle of the shipped range."""
    season = diary.season_at(branch_id=place[0], produce_id=place[1], day=day)
    if season is not None:
        return season.usual_fen_per_kg / FEN_PER_YUAN
    produce = harvest.produce().get(pk=place[1])
    return (produce.farmgate_lo_fen_per_kg + produce.farmgate_hi_fen_per_kg) / 2 / FEN_PER_YUAN


def _weekly(place: tuple[int, str], seen: PlaceDiary) -> RawSeries | None:
    """Median price of each week that has one, dated by its Monday; None under two weeks."""
    weeks: dict[date, list[float]] = {}
    for entry in seen.priced:
        monday = entry.day - timedelta(days=entry.day.weekday())
        weeks.setdefault(monday, []).append(entry.price_yuan_kg or 0.0)
    if len(weeks) < MIN_VALUES:
        return None
    days = sorted(weeks)
    return RawSeries(
        _key(place),
        tuple(days),
        tuple(float(np.median(weeks[day])) for day in days),
        tuple(range(1, len(days) + 1)),
    )


def _key(place: tuple[int, str]) -> str:
    return f"{place[1]}/{place[0]}"


def _week(day: date, quantile: Sequence[float]) -> dict[str, Any]:
    return {
        "day": day.isoformat(),
        "p10": round(float(quantile[_P10]), 4),
        "p50": round(float(quantile[_P50]), 4),
        "p90": round(float(quantile[_P90]), 4),
    }


def _judge_old(base_id: int, today: date) -> None:
    """Hold what was foretold four weeks ago or earlier to what the diary says came."""
    due = GlutRisk.objects.filter(
        base_id=base_id, judged=False, day__lt=today - timedelta(days=AHEAD_DAYS)
    )
    for risk in due:
        if not risk.had_fallen:
            risk.came_true = _fell(risk)
        risk.judged = True
        risk.save(update_fields=["came_true", "judged"])


def _fell(risk: GlutRisk) -> bool | None:
    """Whether the price fell a quarter below its norm in the four weeks after; None if untold."""
    seen = place_diary(
        branch_id=risk.branch_id,
        produce_id=risk.produce_id,
        since=risk.day + timedelta(days=1),
        until=risk.day + timedelta(days=AHEAD_DAYS),
    )
    floor = risk.norm_fen_per_kg / FEN_PER_YUAN * (1 - FALL_SHARE)
    prices = [entry.price_yuan_kg for entry in seen.priced if entry.price_yuan_kg is not None]
    if any(price < floor for price in prices):
        return True
    return False if len(prices) >= _ENOUGH_PRICES else None
