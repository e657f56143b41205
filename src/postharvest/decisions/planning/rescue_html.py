"""The rescue plan's page as one self-contained HTML file: no script, no font, no network."""

from collections import defaultdict
from collections.abc import Sequence
from html import escape

from postharvest.decisions.planning.case_file import RescueCase
from postharvest.decisions.planning.rescue_charts import bars, money_bars, scatter
from postharvest.decisions.planning.rescue_page import Plan, Section, plan_page
from postharvest.decisions.planning.rescue_words import ITEM_WORDS, say

STYLE = """
:root { color-scheme: light dark; --ink: #1f2a24; --paper: #fbfaf6; --line: #d9d5c7;
  --green: #1d6b4a; --amber: #b3691b; --soft: #efece2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6dd; --paper: #171b19; --line: #3a403c;
  --green: #6cc59b; --amber: #e0a45a; --soft: #222824; } }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1rem; background: var(--paper);
  color: var(--ink); font: 16px/1.55 system-ui, "Noto Sans CJK SC", "PingFang SC", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin: 2rem 0 .4rem; }
p { margin: .35rem 0; max-width: 46rem; } .lead { font-size: 1.15rem; }
table { border-collapse: collapse; margin: .6rem 0; font-variant-numeric: tabular-nums;
  display: block; overflow-x: auto; }
th, td { padding: .25rem .8rem .25rem 0; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; } th { font-weight: 600; }
figure { margin: 1rem 0; } figcaption { font-size: .9rem; margin-bottom: .3rem; }
svg { max-width: 100%; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
.bar { fill: var(--green); } .bar.second { fill: var(--amber); } .axis { stroke: var(--line); }
.dot { fill: var(--green); } .path { fill: none; stroke: var(--green); stroke-width: 1.5; }
@media print { body { font-size: 11px; padding: 0; } h2 { break-after: avoid; } }
"""


def page_html(case: RescueCase, plans: Sequence[Plan], *, lang: str) -> str:
    """Return the page with its charts."""
    sections = plan_page(case, plans, lang=lang)
    charts = _charts(case, plans, lang)
    body = "\n".join(
        _section(section, charts.get(section.key, ()), first=number == 0)
        for number, section in enumerate(sections)
    )
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n'
        f'<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(sections[0].heading)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _charts(case: RescueCase, plans: Sequence[Plan], lang: str) -> dict[str, tuple[str, ...]]:
    plan = plans[0]
    packed, taken, people = (defaultdict[int, float](float) for _ in range(3))
    for row in plan["pack"]:
        packed[row["pack_day"]] += row["kg"]
    for row in plan["outlet"]:
        taken[row["day"]] += row["kg"]
    for row in plan["crew"]:
        people[row["day"]] += row["people"]
    days = [str(day) for day in range(1, case.days + 1)]
    kg = [(packed[d], taken[d]) for d in range(1, case.days + 1)]
    crew = [(people[d],) for d in range(1, case.days + 1)]
    names = ITEM_WORDS[lang]
    money = [(names[k], v) for k, v in plan["items_yuan"].items() if abs(v) >= 1]
    charts = {
        "sheet": (
            bars(days, kg, title=say(lang, "chart_demand")),
            bars(days, crew, title=say(lang, "chart_people")),
        ),
        "headline": (money_bars(money, title=say(lang, "chart_money")),),
    }
    if len(plans) > 1:
        spots = [(p["cleared_share"], p["net_income_yuan"]) for p in plans]
        charts["choice"] = (scatter(spots, title=say(lang, "chart_frontier")),)
    return charts


def _section(section: Section, charts: Sequence[str], *, first: bool) -> str:
    level = "h1" if first else "h2"
    parts = [f"<section>\n<{level}>{escape(section.heading)}</{level}>"]
    for number, sentence in enumerate(section.sentences):
        lead = ' class="lead"' if first and number == 0 else ""
        parts.append(f"<p{lead}>{escape(sentence)}</p>")
    if section.table:
        parts.append(_table(section.table))
    parts += charts
    return "\n".join([*parts, "</section>"])


def _table(rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in rows[0])
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:]
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
