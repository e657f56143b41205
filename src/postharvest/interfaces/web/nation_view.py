"""The kept run of the national simulator as figures and tables for headquarters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from postharvest.decisions.nation.words import (
    LEVERS,
    MEASURES,
    SCENARIOS,
    check_said,
    of_a_year,
    say,
)
from postharvest.interfaces.web.charts import FULL, PHONE, Figure
from postharvest.interfaces.web.draw import BLUE, GREEN, GREY, PERSIMMON, Padding, Plot, ticks
from postharvest.interfaces.web.formats import in_chinese, number, percent, short

FIGURES = (
    "rescued_kg_online",
    "gmv_yuan",
    "growers_gain_yuan",
    "access_smallholders_share_3h",
    "delivery_hours_p50",
    "choice_produce_per_week",
    "households_reached_share",
)
COLUMNS = FIGURES
INKS = (GREY, PERSIMMON, GREEN, BLUE, "var(--ink)", "var(--ink)")
DASHES = ("2 5", "", "", "6 4", "2 4", "8 3")
MONTHS = 12

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeLine:
    """One programme's last year."""

    name: str
    bases: int
    cells: tuple[str, ...]


def nation_context(document: Document) -> dict[str, Any]:
    """Return what the page shows of a kept run."""
    lang = "zh" if in_chinese() else "en"
    goal = document.get("goal")
    return {
        "statement": document["statement"][lang],
        "years": document["years"],
        "worlds": document["worlds"],
        "provinces": len(document["provinces"]),
        "seed": document["seed"],
        "inputs": document["inputs_hash"][:16],
        "figures": [_figure(document, name, lang) for name in FIGURES],
        "heads": [of_a_year(name, lang) for name in COLUMNS],
        "programmes": [_line(document, one, lang) for one in document["scenarios"]],
        "goal": None if goal is None else _goal(goal, lang),
        "differs": [
            check_said(one["name"], lang) for one in document["validation"] if not one["holds"]
        ],
        "agrees": sum(1 for one in document["validation"] if one["holds"]),
    }


def _title(measure: str, lang: str) -> str:
    return say(MEASURES, measure, lang)


def _text(measure: str, value: float | None) -> str:
    if value is None:
        return "–"
    if "_share" in measure:
        return percent(value, 1)
    return number(value, 1) if value < MONTHS * 10 else short(value)


def _line(document: Document, programme: Document, lang: str) -> ProgrammeLine:
    years = document["by_year"][programme["name"]]
    cells = []
    for measure in COLUMNS:
        band = years[measure]
        low, middle, high = (_text(measure, band[level][-1]) for level in ("p5", "p50", "p95"))
        cells.append(middle if middle == "–" else f"{middle} ({low} – {high})")
    return ProgrammeLine(
        name=say(SCENARIOS, programme["name"], lang),
        bases=len(programme["bases"]),
        cells=tuple(cells),
    )


def _figure(document: Document, measure: str, lang: str) -> Figure:
    paths = [document["paths"][one["name"]][measure] for one in document["scenarios"]]
    names = [say(SCENARIOS, one["name"], lang) for one in document["scenarios"]]
    known = [value for path in paths for value in path["p95"] if value is not None]
    values = ticks(0.0, max(known, default=1.0) or 1.0)
    words = [_text(measure, value) for value in values]
    title = _title(measure, lang)
    pictures = [
        _picture(paths, names, values, words, title=title, width=width, height=height)
        for width, height in ((PHONE, 220.0), (FULL, 260.0))
    ]
    return Figure(phone=pictures[0], desk=pictures[1], caption=title)


def _picture(
    paths: Sequence[Document],
    names: Sequence[str],
    values: Sequence[float],
    words: Sequence[str],
    *,
    title: str,
    width: float,
    height: float,
) -> Any:  # noqa: ANN401  (safe text)
    months = len(paths[0]["p50"])
    plot = Plot(
        width=width,
        height=height,
        x=(0, max(1, months - 1)),
        y=(values[0], values[-1]),
        padding=Padding(left=20 + 7.5 * max(len(word) for word in words), right=16, top=18),
    )
    plot.grid(values, words)
    for k, path in enumerate(paths):
        low, middle, high = (_points(path[level]) for level in ("p5", "p50", "p95"))
        if middle:
            plot.band(low, high, colour=INKS[k])
            plot.line(middle, colour=INKS[k], dash=DASHES[k])
    plot.x_labels(
        (year * MONTHS + MONTHS / 2, _("year %(n)s") % {"n": year + 1})
        for year in range(months // MONTHS)
    )
    return plot.svg(f"{title}: {', '.join(names)}")


def _points(values: Sequence[float | None]) -> list[tuple[float, float]]:
    return [(float(month), value) for month, value in enumerate(values) if value is not None]


def _goal(goal: Document, lang: str) -> dict[str, Any]:
    levers = sorted(goal["levers"], key=lambda one: -one["part"])
    factor = goal["factor_on_three"]
    return {
        "yuan": short(goal["goal_yuan_a_year"]),
        "now": short(goal["middle_world_yuan"]),
        "three": [say(LEVERS, name, lang) for name in goal["three"]],
        "factor": None if factor is None else number(factor, 1),
        "most": short(goal["most_with_three_yuan"]),
        "levers": [
            {
                "name": say(LEVERS, one["name"], lang),
                "now": f"{one['elasticity_now']:.2f}",
                "there": f"{one['elasticity_at_goal']:.2f}",
                "part": percent(one["part"]),
            }
            for one in levers
        ],
    }


def legend(document: Document) -> list[dict[str, str]]:
    """Return the programmes with their ink and dash, for the keys above the figures."""
    lang = "zh" if in_chinese() else "en"
    return [
        {"name": say(SCENARIOS, one["name"], lang), "ink": INKS[k], "dash": DASHES[k]}
        for k, one in enumerate(document["scenarios"])
    ]
