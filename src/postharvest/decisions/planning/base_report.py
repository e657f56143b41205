"""A base plan as one self-contained HTML page, in Chinese or English."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from postharvest.decisions.planning.base_document import WITHIN_HOURS
from postharvest.decisions.planning.base_drawing import base_map, colour, coverage_curve

WORDS = {
    "en": {
        "title": "Sourcing bases",
        "asked": "{count} bases in {phases} phases for {points} places and {people} people, "
        "chosen among {candidates} candidates.",
        "assured": "No plan can be more than {gap} % cheaper in travel hours: this is proven, "
        "and anyone can check it from the tables.",
        "optimal": "No better plan exists: this is proven.",
        "map": "Where the bases are",
        "curve": "How many people are how near",
        "axis": "hours to the nearest base",
        "phases": "What each phase brings",
        "phase": "phase",
        "bases": "bases",
        "mean": "mean hours",
        "p90": "90 % within, hours",
        "within": "within {hours} h",
        "table": "The bases in the order of opening",
        "order": "order",
        "name": "place",
        "load": "people served",
        "hours": "mean hours",
        "buyers": "hours to buyers",
        "sure": "chosen in so many perturbed plans",
        "sure_note": "Share of {runs} plans with other weights (error {weight} %) and speeds "
        "(error {speed} %) that open this place or one within {km} km. Decide on this, "
        "not on the third decimal of a gap.",
        "estimate": "People are estimates; the travel model is an assumption (road = great circle "
        "× {detour}, {speeds} km/h). A time matrix of your own always wins.",
        "sources": "Places: GeoNames (CC BY 4.0), National Bureau of Statistics of China. "
        "Outlines: Natural Earth; for display, not an authoritative boundary.",
        "check": "Check: objective {objective}, lower bound {bound}, seed {seed}, "
        "version {version}.",
    },
    "zh": {
        "title": "产地仓选址",
        "asked": "分 {phases} 期建 {count} 个产地仓，服务 {points} 个地点、{people} 人，"
        "从 {candidates} 个候选地中选出。",
        "assured": "已证明：任何方案的总路程时间最多再省 {gap} %；凭数据表人人可以复核。",
        "optimal": "已证明：没有更好的方案。",
        "map": "产地仓分布",
        "curve": "多少人离产地仓多近",
        "axis": "到最近产地仓的小时数",
        "phases": "每一期带来什么",
        "phase": "期",
        "bases": "个数",
        "mean": "平均小时",
        "p90": "90 % 的人在几小时内",
        "within": "{hours} 小时内",
        "table": "按开设先后排列的产地仓",
        "order": "次序",
        "name": "地点",
        "load": "服务人数",
        "hours": "平均小时",
        "buyers": "到买家的小时数",
        "sure": "扰动后仍入选的比例",
        "sure_note": "改变人口（误差 {weight} %）和车速（误差 {speed} %）重算 {runs} 次，"
        "选中此地或 {km} 公里内另一地的比例。请据此决定，而不是看差距的第三位小数。",
        "estimate": "人口是估计值；路程模型是假设（公路里程 = 大圆距离 × {detour}，"
        "时速 {speeds} 公里）。有自己的时间矩阵时以它为准。",
        "sources": "地点：GeoNames（CC BY 4.0）、国家统计局。"
        "轮廓：Natural Earth，仅作示意，不作为划界依据。",
        "check": "复核：目标值 {objective}，下界 {bound}，种子 {seed}，版本 {version}。",
    },
}
STYLE = """
body{font:16px/1.55 system-ui,"Noto Sans SC",sans-serif;color:#22272b;background:#fbfaf6;
max-width:780px;margin:2rem auto;padding:0 1rem}h1{font-size:1.7rem}h2{font-size:1.2rem;
margin-top:2rem}svg{width:100%;height:auto;background:#fff;border:1px solid #e4dfd2;
border-radius:6px}svg text{font-size:12px;fill:#4b5258}table{border-collapse:collapse;width:100%;
font-size:.9rem}th,td{padding:.3rem .5rem;border-bottom:1px solid #e4dfd2;text-align:right}
th:nth-child(2),td:nth-child(2),.left{text-align:left}.wide{overflow-x:auto}
.dot{display:inline-block;width:.75em;height:.75em;border-radius:50%;margin-right:.4em}
.note{color:#5b6268;font-size:.9rem}@media print{body{background:#fff;margin:0}}
"""


def to_html(document: Mapping[str, Any], *, language: str) -> str:
    """Lay the document out as a page that needs no other file and no script."""
    words = WORDS[language]
    tag = "zh-Hans" if language == "zh" else "en"
    body = "\n".join(_parts(document, words))
    return (
        f'<!doctype html>\n<html lang="{tag}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{words['title']}</title><style>{STYLE}</style></head>\n"
        f"<body>\n{body}\n</body></html>\n"
    )


def _parts(document: Mapping[str, Any], words: Mapping[str, str]) -> Iterable[str]:
    proof = document["certificate"]
    yield f"<h1>{words['title']}</h1>"
    yield f"<p>{_asked(document, words)}</p>"
    assured = words["optimal"] if proof["proven_optimal"] else words["assured"]
    gap = f"{100 * proof['gap']:.2f}"
    yield f"<p><strong>{assured.format(gap=gap)}</strong></p>"
    picture = base_map(document["bases"], title=words["map"], phase_word=words["phase"])
    if picture:
        yield f"<h2>{words['map']}</h2>\n<p>{_legend(document, words)}</p>\n{picture}"
    curves = {count: row["coverage_curve"] for count, row in document["metrics"].items()}
    yield f"<h2>{words['curve']}</h2>"
    yield coverage_curve(curves, title=words["curve"], axis=words["axis"])
    yield f'<h2>{words["phases"]}</h2>\n<div class="wide">{_phases(document, words)}</div>'
    yield f'<h2>{words["table"]}</h2>\n<div class="wide">{_table(document, words)}</div>'
    yield from (f'<p class="note">{note}</p>' for note in _notes(document, words))


def _asked(document: Mapping[str, Any], words: Mapping[str, str]) -> str:
    question = document["question"]
    last = document["metrics"][str(question["phases"][-1])]
    return words["asked"].format(
        count=question["phases"][-1],
        phases=len(question["phases"]),
        points=f"{question['demand_points']:,}",
        people=f"{last['weight']:,.0f}",
        candidates=f"{question['candidates']:,}",
    )


def _legend(document: Mapping[str, Any], words: Mapping[str, str]) -> str:
    return " &nbsp; ".join(
        f'<span class="dot" style="background:{colour(k)}"></span>{words["phase"]} {k + 1}: '
        f"{count} {words['bases']}"
        for k, count in enumerate(document["question"]["phases"])
    )


def _phases(document: Mapping[str, Any], words: Mapping[str, str]) -> str:
    heads = [words["phase"], words["bases"], words["mean"], words["p90"]]
    heads += [words["within"].format(hours=hours) for hours in WITHIN_HOURS]
    rows = [
        [
            str(k),
            count,
            f"{row['mean_hours']:.2f}",
            f"{row['p90_hours']:.2f}",
            *(f"{100 * row[f'share_within_{hours}h']:.1f} %" for hours in WITHIN_HOURS),
        ]
        for k, (count, row) in enumerate(document["metrics"].items(), start=1)
    ]
    return grid(heads, rows)


def _table(document: Mapping[str, Any], words: Mapping[str, str]) -> str:
    sure = "stability" in document
    buyers = any("market_hours" in base for base in document["bases"])
    heads = [words["order"], words["name"], words["phase"], words["load"], words["hours"]]
    heads += [words["buyers"]] * buyers + [words["sure"]] * sure
    rows = []
    for base in document["bases"]:
        row = [str(base["order"]), f"{base['name']} {base['id']}", str(base["phase"])]
        row += [f"{base['load']:,.0f}", f"{base['mean_hours']:.2f}"]
        if buyers:
            row.append(f"{base['market_hours']:.1f}" if "market_hours" in base else "")
        if sure:
            row.append(f"{100 * base['stability_share']:.0f} %")
        rows.append(row)
    return grid(heads, rows)


def grid(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _notes(document: Mapping[str, Any], words: Mapping[str, str]) -> Iterable[str]:
    if "stability" in document:
        facts = document["stability"]
        yield words["sure_note"].format(
            runs=facts["runs"],
            weight=f"{100 * facts['weight_error_share']:.0f}",
            speed=f"{100 * facts['speed_error_share']:.0f}",
            km=f"{facts['near_km']:g}",
        )
    if not document["question"]["matrix"]:
        travel = document["question"]["travel"]
        yield words["estimate"].format(
            detour=travel["detour"], speeds=" / ".join(f"{s:g}" for s in travel["speeds_km_h"])
        )
    yield words["sources"]
    proof = document["certificate"]
    yield words["check"].format(
        objective=f"{proof['objective']:.8g}",
        bound=f"{proof['lower_bound']:.8g}",
        seed=proof["seed"],
        version=escape(document["version"]),
    )
