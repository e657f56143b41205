"""The roll-out in words and figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from postharvest.core.clock.time import local_day
from postharvest.decisions.planning import queries as planning
from postharvest.interfaces.web import charts
from postharvest.interfaces.web.cards import name_of
from postharvest.interfaces.web.formats import in_chinese, number, percent
from postharvest.operations.network import roll_out


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvinceLine:
    """A province on the table."""

    name: str
    state: str
    tone: str
    counties: str
    bases: str
    rural_people: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagLine:
    """Something that was copied and must be estimated for its place."""

    id: int
    base_id: int
    base: str
    origin: str
    what: str
    why: str
    copied_at: datetime


def roll_out_context(scope: str, *, now: datetime) -> dict[str, Any]:
    """Return what the page shows."""
    years = roll_out.bases_by_year(scope, today=local_day(now))
    provinces = [row for row in roll_out.provinces() if row.code.startswith(scope[:2])]
    return {
        "everywhere": not roll_out.switches(),
        "years": years,
        "years_figure": _figure(years),
        "running": [_province(row) for row in provinces if row.counties_on or row.bases],
        "waiting": [_province(row) for row in provinces if not (row.counties_on or row.bases)],
        "history": [(_region(row.code), row) for row in roll_out.history()],
        "flags": [_flag(row) for row in planning.copied_figures(scope)],
    }


def _figure(years: list[roll_out.YearOfBases]) -> charts.Figure | None:
    if not years:
        return None
    now = years[-1]
    return charts.bars(
        labels=[str(row.year) for row in years],
        values=[float(row.open_in_all) for row in years],
        plan=[float(row.planned_in_all) for row in years],
        plan_label=_("plan"),
        caption=_("Bases open at the end of each year; dashed: planned until then."),
        sentence=_("In %(year)d %(open)d bases are open, %(planned)d were planned.")
        % {"year": now.year, "open": now.open_in_all, "planned": now.planned_in_all},
    )


def _province(row: roll_out.ProvinceRow) -> ProvinceLine:
    state, tone = _("off"), "mute"
    if row.counties_on:
        state, tone = _("on"), "ok"
        if row.counties_on < row.counties:
            state, tone = _("in part"), "sky"
    if row.pilot:
        state = _("%(state)s, pilot") % {"state": state}
    share = percent(row.counties_on / row.counties, 0)
    return ProvinceLine(
        name=name_of(row),
        state=state,
        tone=tone,
        counties=f"{number(row.counties_on)} / {number(row.counties)} ({share})",
        bases=f"{number(row.open_bases)} / {number(row.bases)}",
        rural_people=number(row.rural_people),
    )


def _region(code: str) -> str:
    names = roll_out.region_names(code)
    return f"{names[0] if in_chinese() else names[1]} {code}" if names else code


def _flag(row: Any) -> FlagLine:  # noqa: ANN401  (a row of another floor)
    what, why = {
        "points": (_("packing points"), _("they lie as around the old seat: give true places")),
        "labour": (_("people who can pack"), _("villages and numbers are the old place's")),
        "wages": (_("wages"), _("ask what a day is paid here")),
        "lanes": (_("postage and days on the road"), _("built from tariff and defaults")),
        "hub": (_("parcels a day"), _("what this post office gets away is not known yet")),
        "demand": (_("level of demand"), _("it was another crop's or place's sale")),
    }[row.what]
    return FlagLine(
        id=row.pk,
        base_id=row.base_id,
        base=name_of(row.base),
        origin=name_of(row.origin),
        what=what,
        why=why,
        copied_at=row.copied_at,
    )
