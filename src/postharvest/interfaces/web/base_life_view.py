"""A base's life in words and figures: steps, months, years, and its line on the board."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from postharvest.core.clock.time import local_day
from postharvest.interfaces.web.cards import name_of, produce_name
from postharvest.interfaces.web.formats import percent
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Heat, HeatRow, heat_cell
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.network import base_queries
from postharvest.operations.network import queries as network
from postharvest.operations.standing import queries as standing

GRAMS_PER_TONNE = 1_000_000
Found = tuple[Row, dict[str, Any]] | None
"""The plan in force and its document, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearLine:
    """One year: planned and actual."""

    year: int
    planned_g: int | None
    actual_g: int
    budget_fen: int | None
    spent_fen: int | None
    gmv_fen: int
    growers_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """A base on the board: as planned, as it is."""

    id: int
    name: str
    place: str
    state: str
    tone: str
    planned: str
    planned_open_on: date | None
    opened_on: date | None
    late_days: int
    planned_g: int | None
    actual_g: int


def state_names() -> dict[str, tuple[str, str]]:
    """Name the states of a base, with the tones of their chips."""
    return {
        "candidate": (_("candidate"), ""),
        "agreed": (_("agreed"), "sky"),
        "fitted_out": (_("fitted out"), "warn"),
        "open": (pgettext("base", "open"), "ok"),
        "closed": (pgettext("base", "closed"), "bad"),
    }


def base_context(row: Row, *, now: datetime, found: Found) -> dict[str, Any]:
    """Return what the page of a base shows beside its forms."""
    states, today = state_names(), local_day(now)
    fitting = base_queries.fitting(row.pk)
    planned = _planned(row, found)
    return {
        "name": name_of(row),
        "place": name_of(row.county),
        "state": states[row.state],
        "steps": [(states[step.state][0], step.at, step.by) for step in
                  base_queries.steps(row.pk)],
        "fitting": fitting,
        "planned": planned,
        "plan": found[0] if found else None,
        "catchment": [(name_of(county), county.rural_population) for county in
                      base_queries.catchment(row.pk)],
        "may_take_plan": bool(planned),
        "suppliers": _suppliers(row),
        "signed": harvest.signed_contracts_of_base(row.pk),
        "months": months(row.pk, today=today),
        "years": years(row, now=now),
        "today": today,
    }  # fmt: skip


def months(base_id: int, *, today: date) -> Heat | None:
    """Lay what contracts promise by month beside each other, in tonnes; nothing without them."""
    promised = base_queries.produce_by_month(base_id, on=today)
    if not promised:
        return None
    names = {one.pk: produce_name(one) for one in harvest.produce()}
    by_produce: dict[str, dict[int, int]] = {}
    for one in promised:
        by_produce.setdefault(one.produce_id, {})[one.month] = one.promised_g
    most = max(one.promised_g for one in promised) / GRAMS_PER_TONNE
    rows = [
        HeatRow(
            label=names.get(produce, produce),
            cells=[
                heat_cell(amounts.get(month, 0) / GRAMS_PER_TONNE, most=most)
                for month in range(1, 13)
            ],
        )
        for produce, amounts in by_produce.items()
    ]
    return Heat(
        caption=_("Tonnes that contracts promise, by month"),
        corner=_("tonnes"),
        columns=[str(month) for month in range(1, 13)],
        rows=rows,
    )


def years(row: Row, *, now: datetime) -> list[YearLine]:
    """Return every year that was planned or sold in, the newest first."""
    planned = {one.year: one for one in base_queries.years(row.pk)}
    actual = _actual_years(row.pk, now=now)
    return [
        YearLine(
            year=year,
            planned_g=planned[year].planned_g if year in planned else None,
            actual_g=actual.get(year, (0, 0, 0))[0],
            budget_fen=planned[year].budget_fen if year in planned else None,
            spent_fen=planned[year].spent_fen if year in planned else None,
            gmv_fen=actual.get(year, (0, 0, 0))[1],
            growers_fen=actual.get(year, (0, 0, 0))[2],
        )
        for year in sorted({*planned, *actual}, reverse=True)
    ]


def board_rows(scope: str, found: Found, *, now: datetime) -> list[BoardRow]:
    """Return every base of a region with what was planned for it and what it is."""
    rows = list(network.bases(scope))
    opened = base_queries.opened_at([row.pk for row in rows])
    fittings = base_queries.fittings()
    return [
        _board_row(
            row, years(row, now=now), opened.get(row.pk), fittings.get(row.pk), _planned(row, found)
        )
        for row in rows
    ]


def planned_catchment(row: Row, found: Found) -> list[str]:
    """Return the counties that the plan in force gives to a base's county in its last phase.

    Those that another base serves already are left to it.
    """
    if found is None:
        return []
    document = found[1]
    last = len(document["question"]["phases"])
    codes = [
        one["demand"] for one in document["allocation"]
        if one["base"] == row.county_id and one["phase"] == last
    ]  # fmt: skip
    return base_queries.free_counties(codes, for_base=row.pk)


def _planned(row: Row, found: Found) -> str:
    if found is None:
        return ""
    for base in found[1]["bases"]:
        if base["id"] == row.county_id:
            words = _("phase %(k)s, number %(n)s") % {"k": base["phase"], "n": base["order"]}
            share = base.get("stability_share")
            return words if share is None else f"{words} · {percent(share)}"
    return ""


def _board_row(
    row: Row,
    lines: Sequence[YearLine],
    opened_on: date | None,
    fitting: Row | None,
    planned: str,
) -> BoardRow:
    state, tone = state_names()[row.state]
    wanted = fitting.planned_open_on if fitting else None
    return BoardRow(
        id=row.pk,
        name=name_of(row),
        place=name_of(row.county),
        state=state,
        tone=tone,
        planned=planned or _("not in the plan"),
        planned_open_on=wanted,
        opened_on=opened_on,
        late_days=max(0, (opened_on - wanted).days) if opened_on and wanted else 0,
        planned_g=sum(line.planned_g or 0 for line in lines) or None,
        actual_g=sum(line.actual_g for line in lines),
    )


def _suppliers(row: Row) -> Sequence[tuple[Row, str]]:
    names = {one.pk: produce_name(one) for one in harvest.produce()}
    return [(one, names.get(one.produce_id, one.produce_id)) for one in
            base_queries.suppliers(row.pk)]  # fmt: skip


def _actual_years(base_id: int, *, now: datetime) -> dict[int, tuple[int, int, int]]:
    """Return grams sold, goods delivered and growers' net of each year's sales."""
    actual: dict[int, tuple[int, int, int]] = {}
    for sale in campaigns.sales_of_base(base_id):
        year = local_day(sale.opens_at).year
        totals = standing.money(sale, now=now).totals
        g, gmv, growers = actual.get(year, (0, 0, 0))
        actual[year] = (
            g + sale.reserved_g,
            gmv + totals["gmv_fen"],
            growers + (totals["growers_net_fen"] if totals["gmv_fen"] else 0),
        )
    return actual
