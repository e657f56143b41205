"""Add up again what has become old, as often as it is worth its cost."""

from collections.abc import Callable
from datetime import datetime, timedelta

from postharvest.core.outbox import log as outbox
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.standing.models import Remembered
from postharvest.operations.standing.parts import PARTS
from postharvest.operations.standing.queries import CHEAP_MS

SHARE = 0.05
"""At most this share of a processor goes into adding up one part of one sale."""
LONGEST = timedelta(minutes=10)
"""Parcels move without news: what is dear is added up anew after this, news or not."""
_CHEAP_AGAIN_S = 600.0
"""Whether what is cheap has become dear is looked at so rarely."""


class Remembering:
    """Knows when each part of each sale may cost something again.

    ``clock_s`` is a clock that never goes back, ``cpu_s`` counts this thread's own work.
    """

    def __init__(self, *, clock_s: Callable[[], float], cpu_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._cpu_s = cpu_s
        self._due_s: dict[tuple[int, str], float] = {}

    def refresh(self, *, now: datetime) -> int:
        """Add up what is due and has news; returns how many parts were added up."""
        done = 0
        for sale in Sale.objects.order_by("-pk"):
            known = {row.part: row for row in Remembered.objects.filter(sale=sale)}
            last = outbox.last_of(sale.base_id)
            for part in PARTS:
                if self._clock_s() < self._due_s.get((sale.pk, part), 0.0):
                    continue
                if _is_old(known.get(part), last, now=now):
                    self._add_up(sale, part, after_event=last, now=now)
                    done += 1
        return done

    def _add_up(self, sale: Sale, part: str, *, after_event: int, now: datetime) -> None:
        start_s = self._cpu_s()
        body = PARTS[part](sale.pk)
        cost_s = self._cpu_s() - start_s
        cost_ms = round(1000 * cost_s)
        Remembered.objects.update_or_create(
            sale=sale,
            part=part,
            defaults={
                "base_id": sale.base_id,
                "body": body,
                "as_of": now,
                "after_event": after_event,
                "cost_ms": cost_ms,
            },
        )
        rest_s = cost_s / SHARE if cost_ms >= CHEAP_MS else _CHEAP_AGAIN_S
        self._due_s[sale.pk, part] = self._clock_s() + rest_s


def _is_old(row: Remembered | None, last_event: int, *, now: datetime) -> bool:
    if row is None or last_event > row.after_event:
        return True
    return row.cost_ms >= CHEAP_MS and now - row.as_of > LONGEST
