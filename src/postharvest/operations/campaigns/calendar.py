"""The days of a sale as its calendar says: closed ones, and hours until which a day takes orders.

A sale carries its calendar as a short text, so that placing an order reads nothing more:
``2026-10-01 2026-10-02@11`` is closed on the first and takes orders until eleven on the second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from postharvest.operations.network.queries import DayRule


@dataclass(frozen=True, slots=True)
class SaleDays:
    """Closed days, and cut-off hours of days that have their own."""

    closed: frozenset[date]
    cutoffs: Mapping[date, int]

    def open_days(self, first: date, more: int) -> list[date]:
        """Return the first day that is open from a day on, and so many open days more."""
        out: list[date] = []
        day = first
        while len(out) <= more:
            if day not in self.closed:
                out.append(day)
            day += timedelta(days=1)
        return out


def written(rules: Mapping[date, DayRule]) -> str:
    """Write rules as the text that a sale carries."""
    words = []
    for day, rule in sorted(rules.items()):
        if rule.is_closed:
            words.append(day.isoformat())
        elif rule.cutoff_hour is not None:
            words.append(f"{day.isoformat()}@{rule.cutoff_hour}")
    return " ".join(words)


@lru_cache(maxsize=256)
def days_of(text: str) -> SaleDays:
    """Read the text that a sale carries."""
    closed, cutoffs = set(), {}
    for word in text.split():
        day, _, hour = word.partition("@")
        if hour:
            cutoffs[date.fromisoformat(day)] = int(hour)
        else:
            closed.add(date.fromisoformat(day))
    return SaleDays(frozenset(closed), cutoffs)
