"""The measures as pages show them: words, figures, maps before and after, paths with bands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from postharvest.decisions.measures import queries
from postharvest.decisions.measures.queries import Question
from postharvest.interfaces.web import maps
from postharvest.interfaces.web.charts import FULL, PHONE, Figure
from postharvest.interfaces.web.draw import BLUE, GREEN, GREY, PERSIMMON, Padding, Plot, ticks
from postharvest.interfaces.web.formats import in_chinese, number, percent, short
from postharvest.interfaces.web.lane_maps import land_url
from postharvest.interfaces.web.tables import Stat
from postharvest.operations.network import base_queries
from postharvest.operations.network import queries as network

MAPS = ("access", "hours", "choice")
CLASSES = ("var(--h2)", "var(--h3)", "var(--h4)", "var(--ink)")
"""From little to much, on the green of all heat tables."""
LIMITS = {"access": (0.25, 0.5, 0.75), "hours": (48.0, 72.0, 96.0), "choice": (1.5, 3.0, 6.0)}
"""Where a class ends: shares, hours, kinds of produce."""
ASKED = {
    "access": "access_villages_share_3h",
    "hours": "delivery_hours_p50",
    "choice": "choice_produce_per_week",
}
COLUMNS = (
    "access_villages_share_3h", "delivery_hours_p90", "on_time_share",
    "choice_produce_per_week", "rescued_kg", "gmv_yuan", "growers_net_yuan",
    "uplift_yuan_per_kg", "households_reached_share",
)  # fmt: skip
"""What the table of provinces shows."""
DRAWN = ("gmv_yuan", "growers_net_yuan", "access_smallholders_share_3h", "delivery_hours_p50")
COLOURS = (GREY, BLUE, GREEN, PERSIMMON, "var(--kaki-deep)")
DASHES = ("2 4", "8 4", "", "12 4 2 4", "4 2")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table of provinces, or of all measures."""

    code: str
    name: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A map before and after, with how to read it."""

    before: SafeString
    after: SafeString
    legend: Sequence[tuple[str, str]]
    note: str


def titles() -> dict[str, str]:
    """Name every measure."""
    near = {
        f"access_{who}_share_{hours}h": (
            _("Villages within %(h)s h") if who == "villages" else _("Households within %(h)s h")
        ) % {"h": hours}
        for who in ("villages", "smallholders") for hours in (2, 3, 4)
    }  # fmt: skip
    return near | {
        "delivery_hours_p50": _("Half delivered within"),
        "delivery_hours_p90": _("90% delivered within"),
        "on_time_share": _("On time"),
        "choice_produce_per_week": _("Kinds of produce a week"),
        "rescued_kg": _("Rescued"),
        "gmv_yuan": _("Goods delivered"),
        "growers_net_yuan": _("Growers net"),
        "uplift_yuan_per_kg": _("More than the local price"),
        "repeat_sellers_share": _("Sell again next season"),
        "wages_yuan": _("Wages to packers"),
        "households_reached_share": _("Households reached"),
        "subsidy_yuan": _("Subsidies"),
        "cost_yuan_per_kg": _("Cost"),
    }


def figure_of(value: float | None, unit: str) -> str:
    """Write a figure in its unit; one that is hidden or not there is a dash."""
    if value is None:
        return "–"
    if unit == "share":
        return percent(value, 1 if value >= 0.001 or not value else 3)  # noqa: PLR2004  (a tenth of a percent)
    words = {
        "hours": lambda: f"{number(value)} h",
        "produce": lambda: number(value, 1),
        "kg": lambda: f"{short(value)} kg",
        "yuan": lambda: f"¥{short(value)}",
        "yuan/kg": lambda: f"¥{number(value, 2)}/kg",
    }
    return words[unit]()


def all_lines(on: date, scope: str) -> list[Line]:
    """Write every measure for the whole region."""
    every = queries.measures()
    found = queries.answers([Question(measure=m.name, on=on, place=scope) for m in every])
    names = titles()
    return [
        Line(
            code=measure.name,
            name=names[measure.name],
            cells=[figure_of(_only(rows), measure.unit)],
        )
        for measure, rows in zip(every, found, strict=True)
    ]


def stats(lines: Sequence[Line]) -> list[Stat]:
    """Pick the promises out: access, hours, choice, income."""
    by_name = {line.code: line for line in lines}
    notes = {
        "access_villages_share_3h": _("of a base, a point or a post office"),
        "delivery_hours_p90": _("from the post office to the door"),
        "choice_produce_per_week": _("reach a county fresh, where any do"),
        "uplift_yuan_per_kg": _("a kilogram, against that day's wholesaler"),
    }
    return [
        Stat(label=by_name[name].name, value=by_name[name].cells[0], note=note)
        for name, note in notes.items()
    ]


def parts(measure: str, by: str, on: date, scope: str) -> list[tuple[str, str]]:
    """Take one measure apart: by channel, stage or payer."""
    unit = next(m.unit for m in queries.measures() if m.name == measure)
    rows = queries.answer(Question(measure=measure, on=on, by=[by], place=scope))
    words = part_names()
    return [(words.get(str(row[by]), str(row[by])), figure_of(row["value"], unit)) for row in rows]


def part_names() -> dict[str, str]:
    """Name channels, stages, payers and income groups."""
    return {
        "shop": _("own shop"), "marketplace": _("marketplaces"), "bulk": _("bulk"),
        "wholesaler": _("wholesaler"), "harvest": _("cutting"), "packing": _("packing"),
        "packaging": _("packaging"), "points": _("packing points"), "postage": _("postage"),
        "freight": _("freight"), "fee": _("fees"), "losses": _("losses"),
        "not loaded": _("no list loaded"),
        "platform: empty places of teams": _("platform: empty places of teams"),
        "platform: sale below zero": _("platform: sales below zero"),
        "platform: losses nobody caused": _("platform: losses nobody caused"),
        "branch: up to the floor price": _("branch: up to the floor price"),
    }  # fmt: skip


def province_lines(on: date, scope: str) -> list[Line]:
    """Write the table of provinces: those where anything is to be said."""
    units = {m.name: m.unit for m in queries.measures()}
    found = queries.answers(
        [Question(measure=name, on=on, by=["province"], place=scope) for name in COLUMNS]
    )
    figures = [{str(row["province"]): row["value"] for row in rows} for rows in found]
    names = _province_names()
    codes = sorted({code for one in figures for code, value in one.items() if value})
    return [
        Line(
            code=code,
            name=names.get(code, code),
            cells=[
                figure_of(one.get(code), units[name])
                for name, one in zip(COLUMNS, figures, strict=True)
            ],
        )
        for code in codes
    ]


def first_opening(today: date) -> date:
    """Return the day on which the first base opened; today where none has."""
    opened = base_queries.opened_at([base.pk for base in network.bases()])
    return min(opened.values(), default=today)


def pair_of_maps(kind: str, *, split: date, on: date, scope: str) -> Pair:
    """Draw one promise before a day and on or after it."""
    before, after = _before_and_after(kind, split=split, on=on, scope=scope)
    positions = _positions()
    notes = {
        "access": _("Share of a county's villages within three hours of a foothold"),
        "hours": _("Hours within which half of a county's parcels arrive, by sending county "
                   "before and after its first base opened"),
        "choice": _("Kinds of produce that reach a county fresh in a week"),
    }  # fmt: skip
    return Pair(
        before=_map(kind, before, positions, _("Before: %(n)s counties") % {"n": len(before)}),
        after=_map(kind, after, positions, _("After: %(n)s counties") % {"n": len(after)}),
        legend=list(zip(CLASSES, _class_words(kind), strict=True)),
        note=notes[kind],
    )


def path_figures(document: Mapping[str, Any]) -> list[tuple[str, Figure, Sequence[Any]]]:
    """Draw the simulator's paths: a line a scenario with its band, four measures."""
    names = titles()
    scenarios = list(document["paths"])
    legend = [
        (COLOURS[k % len(COLOURS)], scenario_name(document, name))
        for k, name in enumerate(scenarios)
    ]
    return [
        (names[measure], _paths(document, measure, scenarios), legend)
        for measure in DRAWN
        if any(measure in document["paths"][one] for one in scenarios)
    ]


def scenario_name(document: Mapping[str, Any], name: str) -> str:
    """Name a scenario of the simulator in the page's language, as far as it knows."""
    for one in document.get("scenarios", ()):
        if one.get("name") == name:
            return str(one.get("title_zh" if in_chinese() else "title_en") or name)
    return name


def _paths(document: Mapping[str, Any], measure: str, scenarios: Sequence[str]) -> Figure:
    found = {one: document["paths"][one].get(measure, {}) for one in scenarios}
    levels = sorted(next(iter(found.values())), key=lambda name: float(name[1:]))
    low, middle, high = levels[0], levels[len(levels) // 2], levels[-1]
    values = [v for one in found.values() for v in one.get(high, ()) if v is not None]
    top = max(values, default=1.0) or 1.0
    months = max((len(one.get(middle, ())) for one in found.values()), default=1)
    marks = ticks(0.0, top)
    is_share = measure.endswith(("_share", "h")) and "_share_" in measure

    def draw(width: float, height: float) -> SafeString:
        labels = [percent(m) if is_share else short(m) for m in marks]
        plot = Plot(
            width=width, height=height, x=(1, max(2, months)), y=(0, marks[-1]),
            padding=Padding(left=22 + 8 * max(map(len, labels)), right=14, top=14),
        )  # fmt: skip
        plot.grid(marks, labels)
        for k, one in enumerate(scenarios):
            bands, colour = found[one], COLOURS[k % len(COLOURS)]
            lower, upper = _known(bands.get(low, ()), bands.get(high, ()))
            if len(lower) > 1:
                plot.band(lower, upper, colour=colour)
            if line := _known(bands.get(middle, ()))[0]:
                plot.line(line, colour=colour, dash=DASHES[k % len(DASHES)])
        step = max(12, 12 * (months // 60 + 1))
        plot.x_labels((m, _("month %(n)s") % {"n": m}) for m in range(step, months + 1, step))
        return plot.svg(_("%(m)s by month, each scenario with its band") % {"m": titles()[measure]})

    caption = _("Simulated, with the band from %(a)s%% to %(b)s%% of the worlds") % {
        "a": f"{float(low[1:]):g}", "b": f"{float(high[1:]):g}",
    }  # fmt: skip
    return Figure(phone=draw(PHONE, 230.0), desk=draw(FULL, 250.0), caption=caption)


def _known(*series: Sequence[float | None]) -> list[list[tuple[float, float]]]:
    """Return series as points, at the months at which all of them are known."""
    kept = [
        (float(month), values)
        for month, values in enumerate(zip(*series, strict=False), start=1)
        if None not in values
    ]
    return [[(month, float(values[k] or 0)) for month, values in kept] for k in range(len(series))]


def _before_and_after(
    kind: str, *, split: date, on: date, scope: str
) -> tuple[dict[str, float], dict[str, float]]:
    name, eve = ASKED[kind], split - timedelta(days=1)
    if kind == "access":
        asked = [Question(measure=name, on=day, by=["county"], place=scope) for day in (eve, on)]
    elif kind == "hours":
        asked = [Question(measure=name, on=on, by=["to", "era"], place=scope)]
    else:
        asked = [
            Question(measure=name, on=on, by=["county"], last=eve, place=scope),
            Question(measure=name, on=on, by=["county"], first=split, place=scope),
        ]
    found = queries.answers(asked)
    if kind == "hours":
        return tuple(
            {str(r["to"]): r["value"] for r in found[0] if r["era"] == era and r["value"]}
            for era in ("before", "after")
        )  # type: ignore[return-value]  # two of them
    before, after = ({str(r["county"]): r["value"] for r in rows if r["value"]} for rows in found)
    return before, after


def _map(
    kind: str, values: Mapping[str, float], positions: Mapping[str, tuple[str, float, float]],
    sentence: str,
) -> SafeString:  # fmt: skip
    picture = maps.Map(
        maps.view_of(maps.CHINA, width=800, height=560, margin=14), land_url=land_url()
    )
    unit = next(m.unit for m in queries.measures() if m.name == ASKED[kind])
    for code, value in sorted(values.items(), key=lambda one: one[1]):
        if code in positions:
            name, lat, lon = positions[code]
            step = sum(value > limit for limit in LIMITS[kind])
            picture.mark(
                (lon, lat), colour=CLASSES[step], radius=4 + step,
                title=f"{name}: {figure_of(value, unit)}",
            )  # fmt: skip
    return picture.svg(sentence)


def _class_words(kind: str) -> list[str]:
    limits = [_written_limit(kind, limit) for limit in LIMITS[kind]]
    return [
        _("up to %(a)s") % {"a": limits[0]},
        *(f"{a} – {b}" for a, b in pairwise(limits)),
        pgettext("amount", "more"),
    ]


def _written_limit(kind: str, limit: float) -> str:
    if kind == "access":
        return percent(limit)
    return f"{number(limit)} h" if kind == "hours" else number(limit, 1)


def _positions() -> dict[str, tuple[str, float, float]]:
    key = "name_zh" if in_chinese() else "name_en"
    return {
        str(row["code"]): (str(row[key] or row["name_zh"]), float(lat), float(lon))
        for row in network.table_rows("counties")
        if (lat := row["lat"]) is not None and (lon := row["lon"]) is not None
    }


def _province_names() -> dict[str, str]:
    key = "name_zh" if in_chinese() else "name_en"
    return {str(row["code"]): str(row[key]) for row in network.table_rows("provinces")}


def _only(rows: Sequence[Row]) -> float | None:
    return rows[0]["value"] if rows else None
