"""The nation's run as one self-contained HTML page: no script, no font, no network."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

from postharvest.decisions.nation.path_charts import Line, path_chart, short
from postharvest.decisions.nation.words import LEVERS, MEASURES, PLAIN, SCENARIOS, check_said, say
from postharvest.decisions.planning.base_report import grid as table_of
from postharvest.decisions.planning.rescue_html import STYLE as HOUSE_STYLE

CHARTS = (
    "rescued_kg_online",
    "gmv_yuan",
    "growers_gain_yuan",
    "uplift_yuan",
    "wages_yuan",
    "waste_kg",
    "access_smallholders_share_2h",
    "access_smallholders_share_3h",
    "access_smallholders_share_4h",
    "delivery_hours_p50",
    "delivery_hours_p90",
    "choice_produce_per_week",
    "households_reached_share",
)
TABLE = (
    ("rescued_kg_online", 1e6, "1000 t"),
    ("gmv_yuan", 1e9, "10⁹ ¥"),
    ("growers_gain_yuan", 1e9, "10⁹ ¥"),
    ("wages_yuan", 1e9, "10⁹ ¥"),
    ("waste_kg", 1e6, "1000 t"),
    ("access_smallholders_share_3h", 0.01, "%"),
    ("delivery_hours_p50", 1.0, "h"),
    ("choice_produce_per_week", 1.0, ""),
    ("households_reached_share", 0.01, "%"),
)
PROVINCE = (
    ("surplus_kg", 1e6, "1000 t"),
    ("rescued_kg_online", 1e6, "1000 t"),
    ("gmv_yuan", 1e6, "10⁶ ¥"),
    ("uplift_yuan", 1e6, "10⁶ ¥"),
    ("access_smallholders_share_3h", 0.01, "%"),
)
MAIN = "people_hours"
_COLOURS = """
:root { --c0: #8a8f8c; --c1: #b3691b; --c2: #1d6b4a; --c3: #2b5fa8; --c4: #a03b6e; --c5: #5b3fa0; }
@media (prefers-color-scheme: dark) { :root { --c0: #9aa09c; --c1: #e0a45a; --c2: #6cc59b;
  --c3: #7fb0f0; --c4: #e08bb5; --c5: #b09cf0; } }
""" + "".join(
    f".line.c{k} {{ stroke: var(--c{k}); }} .veil.c{k} {{ fill: var(--c{k}); }} "
    f".key.c{k} {{ background: var(--c{k}); }}\n"
    for k in range(6)
)
STYLE = (
    HOUSE_STYLE
    + _COLOURS
    + ".line { fill: none; stroke-width: 2; } .veil { opacity: .12; stroke: none; }\n"
    ".key { display: inline-block; width: 1.4em; height: .5em; margin: 0 .4em .1em 0; }\n"
    ".keys span { margin-right: 1.2em; white-space: nowrap; }\n"
)

Document = Mapping[str, Any]


def to_html(document: Document, *, language: str) -> str:
    """Lay the document out in one language."""
    word = partial(say, PLAIN, lang=language)
    body = "\n".join(_parts(document, language))
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if language == "zh" else "en"}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(word('title'))}</title><style>{STYLE}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _parts(document: Document, lang: str) -> Iterable[str]:
    word = partial(say, PLAIN, lang=lang)
    lead = word("lead").format(
        years=document["years"],
        worlds=document["worlds"],
        provinces=len(document["provinces"]),
    )
    yield f"<h1>{escape(word('title'))}</h1>"
    yield f'<p class="lead"><strong>{escape(document["statement"][lang])}</strong></p>'
    yield f"<p>{escape(lead)}</p>"
    yield f"<h2>{escape(word('last'))}</h2>{_last_year(document, lang)}"
    if document["goal"]:
        yield from _goal(document["goal"], lang)
    yield f"<h2>{escape(word('paths'))}</h2>{_keys(document, lang)}"
    yield from (_chart(document, name, lang) for name in CHARTS if name in _measures(document))
    yield f"<h2>{escape(word('provinces'))}</h2>{_provinces(document, lang)}"
    yield f"<h2>{escape(word('validation'))}</h2>{_validation(document, lang)}"
    yield f"<h2>{escape(word('assumptions'))}</h2>{_assumptions(document, lang)}"
    check = word("check").format(
        seed=document["seed"], hash=document["inputs_hash"][:16], version=document["version"]
    )
    yield f"<p>{escape(check)}</p>"


def _measures(document: Document) -> Mapping[str, Any]:
    first: Mapping[str, Any] = document["paths"][document["scenarios"][0]["name"]]
    return first


def _keys(document: Document, lang: str) -> str:
    names = [scenario["name"] for scenario in document["scenarios"]]
    keys = "".join(
        f'<span><i class="key c{k}"></i>{escape(say(SCENARIOS, name, lang))}</span>'
        for k, name in enumerate(names)
    )
    return f'<p class="keys">{keys}</p>'


def _chart(document: Document, measure: str, lang: str) -> str:
    lines = []
    for k, scenario in enumerate(document["scenarios"]):
        path = document["paths"][scenario["name"]][measure]
        lines.append(Line(colour=k, low=path["p5"], middle=path["p50"], high=path["p95"]))
    return path_chart(
        lines,
        title=say(MEASURES, measure, lang),
        year_word=say(PLAIN, "year", lang),
        percent="_share" in measure,
    )


def _last_year(document: Document, lang: str) -> str:
    heads = ["", say(PLAIN, "bases", lang)]
    heads += [f"{_name(measure, lang)} {unit}".strip() for measure, _, unit in TABLE]
    rows = []
    for scenario in document["scenarios"]:
        years = document["by_year"][scenario["name"]]
        row = [say(SCENARIOS, scenario["name"], lang), str(len(scenario["bases"]))]
        row += [
            _band(years[measure], scale) if measure in years else "–" for measure, scale, _ in TABLE
        ]
        rows.append(row)
    return table_of(heads, rows)


def _name(measure: str, lang: str) -> str:
    return say(MEASURES, measure, lang).split("," if lang == "en" else "，", maxsplit=1)[0]


def _band(years: Mapping[str, Sequence[float | None]], scale: float) -> str:
    low, middle, high = (years[level][-1] for level in ("p5", "p50", "p95"))
    if low is None or middle is None or high is None:
        return "–"
    return f"{middle / scale:,.1f} ({low / scale:,.1f}–{high / scale:,.1f})"


def _goal(goal: Document, lang: str) -> Iterable[str]:
    word = partial(say, PLAIN, lang=lang)
    three = ("、" if lang == "zh" else ", ").join(say(LEVERS, name, lang) for name in goal["three"])
    yield f"<h2>{escape(word('goal').format(goal=short(goal['goal_yuan_a_year'])))}</h2>"
    note = word("goal_note").format(now=short(goal["middle_world_yuan"]))
    yield f"<p><strong>{escape(note)}</strong></p>"
    if goal["factor_on_three"] is None:
        told = word("goal_never").format(three=three, most=short(goal["most_with_three_yuan"]))
    else:
        told = word("goal_three").format(three=three, factor=f"{goal['factor_on_three']:.1f}")
    yield f"<p>{escape(told)}</p>"
    if goal["factor_on_all"] is not None:
        told = word("goal_all").format(
            count=len(goal["levers"]), factor=f"{goal['factor_on_all']:.2f}"
        )
        yield f"<p>{escape(told)}</p>"
    levers = sorted(goal["levers"], key=lambda lever: -lever["part"])
    yield table_of(
        [word("lever"), word("now"), word("there"), word("part")],
        [
            [
                say(LEVERS, lever["name"], lang),
                f"{lever['elasticity_now']:.2f}",
                f"{lever['elasticity_at_goal']:.2f}",
                f"{100 * lever['part']:.0f} %",
            ]
            for lever in levers
        ],
    )


def _provinces(document: Document, lang: str) -> str:
    heads = [say(PLAIN, "province", lang)]
    heads += [f"{_name(measure, lang)} {unit}" for measure, _, unit in PROVINCE]
    rows = []
    for province in document["by_province"]:
        last = province["last_year"][MAIN]
        row = [province[f"name_{lang}"]]
        row += [f"{(last[measure] or 0.0) / scale:,.1f}" for measure, scale, _ in PROVINCE]
        rows.append(row)
    return table_of(heads, rows)


def _validation(document: Document, lang: str) -> str:
    word = partial(say, PLAIN, lang=lang)
    rows = []
    for one in document["validation"]:
        verdict = "given" if one["given"] else "agrees" if one["holds"] else "differs"
        band = f"{one['middle']:,.5g} ({one['low']:,.5g}–{one['high']:,.5g}) {one['unit']}"
        rows.append(
            [
                check_said(one["name"], lang),
                band,
                f"{one['known']:,.5g}",
                word(verdict),
                one["source"],
            ]
        )
    heads = [word(key) for key in ("figure", "simulated", "known", "verdict", "source")]
    return table_of(heads, rows)


def _assumptions(document: Document, lang: str) -> str:
    word = partial(say, PLAIN, lang=lang)
    rows = [
        [
            one["name"],
            f"{one['value']:g} ({one['low']:g}–{one['high']:g}) {one['unit']}",
            f"{one['status']}: {one['source']}",
        ]
        for one in document["assumptions"]
    ]
    return table_of([word("lever"), word("value"), word("source")], rows)
