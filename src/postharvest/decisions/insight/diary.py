"""From a village's diary and the weather to the warning engine, and from its alerts to words.

A diary entry takes ten seconds: did the merchant come, how many kilograms, what price.  Days
without one stay unknown; nothing is made up for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from postharvest.core.errors import InvalidInput
from postharvest.engines.warning.village import Alert, VillageDays

Floats = NDArray[np.float64]

_WEEK = 7
_RAINY_MM = 1.0
"""A day counts as rainy from 1 mm on (WMO)."""
_MAX_DAYS = 400

WHY: Mapping[str, tuple[str, str]] = {
    "gap": ("价格低于往年同期", "the price is below its season's norm"),
    "momentum": ("价格一周来在下跌", "the price has been falling for a week"),
    "volatility": ("价格波动变大", "the price has become restless"),
    "merchants": ("客商来得比往常少", "merchants buy less than usual"),
    "unsold": ("没卖出的货越积越多", "what was not bought is piling up"),
    "rain": ("未来一周雨多,大部分还没收", "rain is forecast and most is still to be harvested"),
}
"""What each term of an alert means, in Chinese and English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiaryEntry:
    """One day's line; `bought_kg` is 0 if no merchant came, `price_yuan_kg` may be unknown."""

    day: date
    bought_kg: float
    price_yuan_kg: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonPlan:
    """What a village expects of a season.

    Attributes
    ----------
    harvest_kg : expected harvest by day; days that are missing have none.
    usual_share : share of a day's harvest that merchants usually take.
    norm_yuan_kg : the usual price at this time of the year.
    rain_usual_share : usual share of rainy days in these weeks.
    """

    harvest_kg: Mapping[date, float]
    usual_share: float
    norm_yuan_kg: float
    rain_usual_share: float


def village_days(
    entries: Sequence[DiaryEntry],
    plan: SeasonPlan,
    *,
    rain_ahead_mm: Mapping[date, Sequence[float]],
    first: date,
    last: date,
) -> VillageDays:
    """Lay out what was known each morning from `first` to `last`.

    `rain_ahead_mm` holds, for the mornings on which a forecast was taken, the millimetres of the
    coming days (up to a week); mornings without one keep the usual share.

    Raises
    ------
    InvalidInput
        The span is empty or too long, a day is written twice, or a figure is impossible.
    """
    count = (last - first).days + 1
    if not 1 <= count <= _MAX_DAYS:
        raise InvalidInput("last", f"{last} must be within {_MAX_DAYS} days from {first}")
    _check(plan)
    bought, price = _written(entries, first, count)
    days = [first + timedelta(days=k) for k in range(count)]
    harvest = np.array([plan.harvest_kg.get(day, 0.0) for day in days])
    total = sum(plan.harvest_kg.values())
    done = sum(kg for day, kg in plan.harvest_kg.items() if day < first)
    rain = [_rainy_share(rain_ahead_mm.get(day), plan.rain_usual_share) for day in days]
    return VillageDays(
        price_yuan_kg=price,
        norm_yuan_kg=np.full(count, plan.norm_yuan_kg),
        expected_kg=_of_yesterday(plan.usual_share * harvest),
        bought_kg=_of_yesterday(bought),
        rain_ahead_share=np.array(rain),
        rain_usual_share=np.full(count, plan.rain_usual_share),
        to_come_share=np.clip(1 - (done + np.cumsum(harvest)) / total, 0.0, 1.0),
    )


def alert_sentence(alert: Alert, *, first: date, chinese: bool) -> str:
    """Say what is feared, how sure that is, and why."""
    day = first + timedelta(days=alert.day)
    at = 0 if chinese else 1
    reasons = [WHY[name][at] for name, _ in alert.why]
    if chinese:
        why = ";".join(reasons) or "几方面合在一起"
        how_sure = f"{alert.probability:.0%}"
        return f"{day.isoformat()}:四周内价格跌去四分之一的可能约 {how_sure}。原因:{why}。"
    why = "; ".join(reasons) or "several small signs together"
    return (
        f"{day.isoformat()}: about {alert.probability:.0%} that the price falls a quarter below its"
        f" norm within four weeks, because {why}."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SurplusDraft:
    """Fields of a surplus report, filled from an alert for a person to correct."""

    kg: float
    from_day: date
    to_day: date
    floor_yuan_kg: float | None
    wholesale_yuan_kg: float | None


def surplus_draft(
    alert: Alert, days: VillageDays, plan: SeasonPlan, *, first: date, window_days: int
) -> SurplusDraft:
    """Offer a report: what is still to come in the window beyond what merchants lately take."""
    start = first + timedelta(days=alert.day)
    stop = start + timedelta(days=window_days - 1)
    coming = sum(kg for day, kg in plan.harvest_kg.items() if start <= day <= stop)
    lately = slice(max(alert.day - _WEEK + 1, 0), alert.day + 1)
    told = np.isfinite(days.bought_kg[lately]) & (days.expected_kg[lately] > 0)
    expected = float(days.expected_kg[lately][told].sum())
    taken = float(days.bought_kg[lately][told].sum()) / expected if expected else 1.0
    prices = days.price_yuan_kg[: alert.day + 1]
    known = prices[np.isfinite(prices)]
    last_price = float(known[-1]) if len(known) else None
    return SurplusDraft(
        kg=max(0.0, coming * (1 - plan.usual_share * min(taken, 1.0))),
        from_day=start,
        to_day=stop,
        floor_yuan_kg=last_price,
        wholesale_yuan_kg=last_price,
    )


def _check(plan: SeasonPlan) -> None:
    if not plan.harvest_kg or min(plan.harvest_kg.values()) < 0:
        raise InvalidInput("harvest_kg", "must name at least a day, and no negative kilograms")
    if sum(plan.harvest_kg.values()) <= 0:
        raise InvalidInput("harvest_kg", "expects nothing at all")
    for name in ("usual_share", "rain_usual_share"):
        if not 0 <= getattr(plan, name) <= 1:
            raise InvalidInput(name, f"is {getattr(plan, name):g}; give a share from 0 to 1")
    if plan.norm_yuan_kg <= 0:
        raise InvalidInput("norm_yuan_kg", "must be above 0")


def _written(entries: Sequence[DiaryEntry], first: date, count: int) -> tuple[Floats, Floats]:
    bought, price = np.full(count, np.nan), np.full(count, np.nan)
    seen: set[date] = set()
    for row, entry in enumerate(entries, start=1):
        if entry.day in seen:
            raise InvalidInput(f"entry {row}", f"{entry.day} is written twice")
        seen.add(entry.day)
        if not 0 <= entry.bought_kg < float("inf"):
            raise InvalidInput(f"entry {row}", f"{entry.bought_kg:g} kg must be 0 or more")
        if entry.price_yuan_kg is not None and not 0 < entry.price_yuan_kg < float("inf"):
            raise InvalidInput(f"entry {row}", f"{entry.price_yuan_kg:g} yuan/kg must be above 0")
        at = (entry.day - first).days
        if 0 <= at < count:
            bought[at] = entry.bought_kg
            price[at] = np.nan if entry.price_yuan_kg is None else entry.price_yuan_kg
    return bought, price


def _of_yesterday(values: Floats) -> Floats:
    return np.concatenate([[np.nan], values[:-1]])


def _rainy_share(millimetres: Sequence[float] | None, usual: float) -> float:
    if not millimetres:
        return usual
    week = list(millimetres)[:_WEEK]
    return sum(mm >= _RAINY_MM for mm in week) / len(week)
