"""What finished sales teach: kilograms by day and price, and the demand of the next plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.core.units import FEN_PER_YUAN, GRAMS_PER_KG
from postharvest.decisions.insight.learned_demand import learned_demand
from postharvest.decisions.insight.models import LearntDemand
from postharvest.engines.pricing.elasticity import ListingSales
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.orders import queries as orders

SOLD_OUT_SHARE = 0.98
"""From there on a day's orders show the stock and not the demand."""
MOST_SALES = 40
_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _SoldDay:
    """One day of a sale: kilograms, mean yuan per kg, and whether buyers found what they wanted."""

    day: date
    kg: float
    yuan_per_kg: float
    had_stock: bool


def learn_from_sale(*, sale_id: int, now: datetime) -> LearntDemand | None:
    """Learn from a closed sale and those before it; None where they are too few days yet.

    What the earlier sales had foretold of this one is kept beside what it sold.
    """
    sale = campaigns.sale(sale_id)
    if sale is None or sale.state != Sale.State.CLOSED:
        return None
    produce_id = sale.surplus.produce_id
    history = _days_of_sales(sale)
    series = _sales_series(history, produce_id)
    if series is None or not history[-1]:
        return None
    days = max(1, len(history[-1]))
    try:
        found = learned_demand([series], listing=produce_id, steps=days, seed=_SEED)
    except InvalidInput:
        return None  # fewer days than a level needs: the plan keeps its assumption, and says so
    row, _made = LearntDemand.objects.update_or_create(
        sale=sale,
        defaults={
            "base_id": sale.base_id,
            "produce_id": produce_id,
            "yuan_per_kg": found.reference_price,
            "kg_per_day": found.reference_kg / days,
            "kg_per_day_low": found.reference_kg_low / days,
            "kg_per_day_high": found.reference_kg_high / days,
            "elasticity": found.elasticity,
            "elasticity_low95": found.elasticity_low95,
            "elasticity_high95": found.elasticity_high95,
            "level": found.level,
            "rows": found.rows,
            "sales": len(history),
            "foretold": _foretold(sale, history[-1]),
            "sold_kg": sum(day.kg for day in history[-1]),
            "learnt_at": now,
        },
    )
    return row


def learnt_for(*, base_id: int, produce_id: str) -> LearntDemand | None:
    """Return what the finished sales of a crop at a base taught last, or none."""
    rows = LearntDemand.objects.filter(base_id=base_id, produce_id=produce_id)
    return rows.order_by("learnt_at", "pk").last()


def _days_of_sales(last: Sale) -> list[list[_SoldDay]]:
    """Days of the closed sales of the same crop and base, the oldest sale first."""
    rows = campaigns.sales_of_base(last.base_id).filter(
        surplus__produce_id=last.surplus.produce_id,
        state=Sale.State.CLOSED,
        opens_at__lte=last.opens_at,
    )
    closed = list(rows.order_by("-opens_at", "-pk")[:MOST_SALES])[::-1]
    return [_days_of(sale) for sale in closed]


def _days_of(sale: Sale) -> list[_SoldDay]:
    sold = orders.sold_by_day(sale.pk)
    gone_g, days = 0, []
    for day, (grams, fen) in sorted(sold.items()):
        gone_g += grams
        kg = grams / GRAMS_PER_KG
        had_stock = gone_g < SOLD_OUT_SHARE * sale.capacity_g
        days.append(
            _SoldDay(day=day, kg=kg, yuan_per_kg=fen / FEN_PER_YUAN / kg, had_stock=had_stock)
        )
    return days


def _sales_series(history: Sequence[Sequence[_SoldDay]], produce_id: str) -> ListingSales | None:
    """Lay the selling days of all sales end to end: between two sales nobody could buy."""
    days = [day for sale in history for day in sale]
    if len(days) < 2:  # noqa: PLR2004  (nothing moves in one day)
        return None
    first = days[0].day.toordinal()
    return ListingSales(
        listing=produce_id,
        produce=produce_id,
        day=first + np.arange(len(days)),
        price=np.array([day.yuan_per_kg for day in days]),
        quantity=np.array([day.kg for day in days]),
        promoted=np.zeros(len(days), dtype=bool),
        usable=np.array([day.had_stock for day in days]),
    )


def _foretold(sale: Sale, days: Sequence[_SoldDay]) -> dict[str, float] | None:
    """What the sales before this one had said of it, at the prices it was sold at."""
    rows = LearntDemand.objects.filter(
        base_id=sale.base_id, produce_id=sale.surplus.produce_id, sale__opens_at__lt=sale.opens_at
    )
    before = rows.order_by("learnt_at", "pk").last()
    if before is None:
        return None
    price = np.array([day.yuan_per_kg for day in days])
    answer = float(((price / before.yuan_per_kg) ** before.elasticity).sum())
    return {
        "kg": round(before.kg_per_day * answer, 1),
        "low": round(before.kg_per_day_low * answer, 1),
        "high": round(before.kg_per_day_high * answer, 1),
    }
