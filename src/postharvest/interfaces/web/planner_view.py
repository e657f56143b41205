"""A scenario of bases as pages show it: figures, curve, map, table, names of counties."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from postharvest.interfaces.web import maps
from postharvest.interfaces.web.charts import FULL, PHONE, Figure
from postharvest.interfaces.web.draw import Padding, Plot
from postharvest.interfaces.web.formats import in_chinese, number, percent
from postharvest.interfaces.web.lane_maps import land_url
from postharvest.interfaces.web.tables import Stat
from postharvest.operations.network import queries as network

PHASE_COLOURS = ("var(--p1)", "var(--p2)", "var(--p3)", "var(--ink-3)")
PHASE_SHAPES = ("circle", "square", "triangle", "circle")
CURVE_HOURS = 6
SURE, UNSURE = 0.9, 0.5
Names = Mapping[str, str]
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseLine:
    """One base of the table."""

    code: str
    name: str
    order: int
    phase: int
    load: float
    hours: float
    market_hours: float | None
    sure_share: float | None
    sure_tone: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseLine:
    """One phase of the summary: how far everybody is."""

    phase: int
    count: int
    mean_hours: float
    p90_hours: float
    within: Sequence[float]


def county_names() -> Names:
    """Return every county's name in the page's language, by code."""
    key = "name_zh" if in_chinese() else "name_en"
    return {str(row["code"]): str(row[key] or row["name_zh"]) for row in
            network.table_rows("counties")}  # fmt: skip


def base_lines(document: Document, names: Names, *, scenario_id: int) -> list[BaseLine]:
    """Write the bases in the order they are to open."""
    return [
        BaseLine(
            code=base["id"],
            name=names.get(base["id"], base["name"]),
            order=base["order"],
            phase=base["phase"],
            load=base["load"],
            hours=base["mean_hours"],
            market_hours=base.get("market_hours"),
            sure_share=base.get("stability_share"),
            sure_tone=sure_tone(base.get("stability_share")),
            url=county_url(scenario_id, base["id"]),
        )
        for base in document["bases"]
    ]


def sure_tone(share: float | None) -> str:
    """Pick the tone of a share of runs: most choose it, about half, few."""
    if share is None:
        return ""
    return "ok" if share >= SURE else "warn" if share >= UNSURE else "bad"


def county_url(scenario_id: int, code: str) -> str:
    """Return where a county of a scenario is looked at."""
    return reverse("web:plan-county", args=[scenario_id, code])


def phase_lines(document: Document) -> list[PhaseLine]:
    """Write the phases' figures."""
    return [
        PhaseLine(
            phase=k,
            count=int(count),
            mean_hours=row["mean_hours"],
            p90_hours=row["p90_hours"],
            within=[row[f"share_within_{hours}h"] for hours in (1, 2, 3, 4)],
        )
        for k, (count, row) in enumerate(document["metrics"].items(), start=1)
    ]


def stats(document: Document) -> list[Stat]:
    """Write the four figures on top: of the last phase, and how good the plan provably is."""
    last = list(document["metrics"].values())[-1]
    proof = document["certificate"]
    market = [base["market_hours"] for base in document["bases"] if "market_hours" in base]
    return [
        Stat(
            label=_("Mean way to a base"),
            value=number(last["mean_hours"], 2),
            unit=" h",
            note=_("with %(n)s bases") % {"n": len(document["bases"])},
        ),
        Stat(
            label=_("Within 3 hours"),
            value=percent(last["share_within_3h"], 1),
            note=_("90%% within %(h)s h") % {"h": number(last["p90_hours"], 1)},
        ),
        Stat(
            label=_("No plan is better by more than"),
            value=percent(proof["gap"], 2) if not proof["proven_optimal"] else "0%",
            note=_("proven; anyone can check it"),
        ),
        Stat(
            label=_("From base to the buyers"),
            value=number(sum(market) / len(market), 1) if market else "–",
            unit=" h",
            note=_("mean, by online demand"),
        ),
    ]


def curve(document: Document, *, also: Mapping[str, Any] | None = None) -> Figure:
    """How many live how near?  One line a phase; dashed: what stands today."""
    lines = [(count, row["coverage_curve"]) for count, row in document["metrics"].items()]

    def draw(plot: Plot) -> SafeString:
        plot.grid([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
        for k, (count, points) in enumerate(lines):
            shown = [(h, 100 * share) for h, share in points if h <= CURVE_HOURS]
            plot.line(shown, colour=PHASE_COLOURS[k % len(PHASE_COLOURS)])
            at = next((p for p in shown if p[1] >= 30 + 16 * k), shown[-1])
            plot.text(*at, count, anchor="end", shift=(-6, -4))
        if also:
            shown = [(h, 100 * s) for h, s in also["coverage_curve"] if h <= CURVE_HOURS]
            plot.line(shown, colour="var(--ink-3)", dash="5 5")
        plot.x_labels((hour, f"{hour} h") for hour in range(CURVE_HOURS + 1))
        return plot.svg(_("Share of people within so many hours of a base, by phase"))

    pictures = [
        draw(
            Plot(
                width=width, height=height, x=(0, CURVE_HOURS), y=(0, 100),
                padding=Padding(left=48, right=16, top=14),
            )
        )
        for width, height in ((PHONE, 230.0), (FULL, 270.0))
    ]  # fmt: skip
    caption = _("Share of the weight within so many hours; one line for each number of bases")
    return Figure(phone=pictures[0], desk=pictures[1], caption=caption)


def plan_map(bases: Iterable[Mapping[str, Any]], names: Names) -> SafeString:
    """Draw the bases by phase: shape and colour say the same."""
    picture = maps.Map(
        maps.view_of(maps.CHINA, width=800, height=560, margin=14), land_url=land_url()
    )
    count = 0
    for base in bases:
        k = (int(base["phase"]) - 1) % len(PHASE_COLOURS)
        picture.mark(
            (base["lon"], base["lat"]), shape=PHASE_SHAPES[k], colour=PHASE_COLOURS[k], radius=5,
            title=names.get(base["id"], base["name"]),
        )  # fmt: skip
        count += 1
    return picture.svg(_("%(n)s bases on the map") % {"n": count})


def features(document: Document, names: Names, *, scenario_id: int) -> dict[str, Any]:
    """Return all counties as GeoJSON for the map to click: bases by phase, the others small."""
    phase = {base["id"]: base["phase"] for base in document["bases"]}
    rows = [row for row in network.table_rows("counties") if row["lat"] is not None]
    rows.sort(key=lambda row: (row["code"] in phase, str(row["code"])))
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
                "properties": {
                    "kind": f"phase{min(3, phase[code])}" if code in phase else "county",
                    "near": code in phase,
                    "label": names[code],
                    "url": county_url(scenario_id, code),
                },
            }
            for row in rows
            for code in (str(row["code"]),)
        ],
    }
