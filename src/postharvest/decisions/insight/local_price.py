"""The local wholesale price of a day: the counter-factual that every uplift is measured against.

Diaries are patchy and single entries err, so a day's price is the weighted median of the entries
within a week before it, the newer ones counting more.  With too few it is the usual price of the
season, and says so.  Entries after the day are never used: the price must not move once stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.diary import DiaryEntry

WINDOW_DAYS = 7
ENOUGH_ENTRIES = 2
_HALF_LIFE_DAYS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPrice:
    """Yuan per kg, the lowest and highest entry it rests on, how many, and how it was found."""

    day: date
    yuan_kg: float
    low_yuan_kg: float
    high_yuan_kg: float
    entries: int
    method: str


def local_price(entries: Sequence[DiaryEntry], *, day: date, norm_yuan_kg: float) -> LocalPrice:
    """Return the local price of a day.

    Raises
    ------
    InvalidInput
        The usual price is not above 0.
    """
    if norm_yuan_kg <= 0:
        raise InvalidInput("norm_yuan_kg", "must be above 0")
    since = day - timedelta(days=WINDOW_DAYS - 1)
    used = [
        (entry.price_yuan_kg, (day - entry.day).days)
        for entry in entries
        if entry.price_yuan_kg is not None and since <= entry.day <= day
    ]
    if len(used) < ENOUGH_ENTRIES:
        return LocalPrice(
            day=day,
            yuan_kg=norm_yuan_kg,
            low_yuan_kg=norm_yuan_kg,
            high_yuan_kg=norm_yuan_kg,
            entries=len(used),
            method="usual price of the season",
        )
    price = np.array([value for value, _ in used])
    weight = 0.5 ** (np.array([age for _, age in used]) / _HALF_LIFE_DAYS)
    order = np.argsort(price, kind="stable")
    mass = np.cumsum(weight[order])
    middle = int(np.searchsorted(mass, mass[-1] / 2))
    return LocalPrice(
        day=day,
        yuan_kg=float(price[order][middle]),
        low_yuan_kg=float(price.min()),
        high_yuan_kg=float(price.max()),
        entries=len(used),
        method=f"weighted median of {WINDOW_DAYS} days",
    )
