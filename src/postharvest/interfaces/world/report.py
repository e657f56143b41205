"""The result of a story as a page of text and as a self-contained HTML page."""

from html import escape
from pathlib import Path
from typing import Any

STYLE = """
body{font:16px/1.55 "Noto Sans SC","WenQuanYi Micro Hei",system-ui,sans-serif;max-width:58rem;
margin:2rem auto;padding:0 1rem;color:#1c2420;background:#faf6ee}
h1{font-size:1.75rem}h2{font-size:1.125rem;margin-top:2rem}
.ribbon{background:#bf3f0a;color:#fff;padding:.3rem .8rem;border-radius:6px;font-weight:650}
table{border-collapse:collapse;width:100%;background:#fff}td,th{padding:.35rem .6rem;
border-bottom:1px solid #e6ddcb;text-align:left}td.n{text-align:right;
font-variant-numeric:tabular-nums}.ok{color:#0a6b4b}.bad{color:#ae2419;font-weight:700}
"""


def page_of(result: dict[str, Any]) -> str:
    """Return the one page that ends a demo."""
    lines = ["", f"RESULT  {result['case']}, seed {result['seed']}  (SIMULATED)"]
    lines.append(f"  from the article: {result['story']['from_the_article']}")
    lines.append(f"  assumed: {result['story']['assumed']}")
    lines.append("  what came out:")
    lines += [f"  {name:<34}{value}" for name, value in _rows(result)]
    checks = result["invariants"]
    good = sum(one["ok"] for one in checks)
    lines.append(f"  checks of the final database: {good} of {len(checks)} hold")
    lines += [f"    {_mark(one)} {one['name']}: {one['found']:,}" for one in checks]
    return "\n".join(lines)


def write_report(result: dict[str, Any], target: Path) -> None:
    """Write the HTML report; the folder is made if it is missing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(_html(result), encoding="utf-8")


def _mark(check: dict[str, Any]) -> str:
    return "✓" if check["ok"] else f"✗ (expected {check['expected']:,})"


def _rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    kg, money = result["kg"], result["money"]
    plan = result["plan"]
    return [
        ("kg reported", f"{kg['reported']:,.0f}"),
        ("kg sold online", f"{kg['online']:,.0f}"),
        ("kg to the wholesaler", f"{kg['wholesale']:,.0f}"),
        ("kg culled / left", f"{kg['culled']:,.0f} / {kg['left']:,.0f}"),
        ("days", str(result["days"])),
        (
            "price, team / solo",
            f"{result['price']['team_yuan']:.2f} / {result['price']['solo_yuan']:.2f} yuan"
            f" for {result['price']['pack_kg']:g} kg",
        ),
        ("packing points / most packers a day", f"{result['points']} / {result['peak_packers']}"),
        ("orders", f"{result['orders']:,}"),
        (
            "teams formed / refunded",
            f"{result['teams']['formed']:,} / {result['teams']['refunded']:,}",
        ),
        ("parcels, delivered on time", f"{result['parcels']:,}, {result['on_time_share']:.1%}"),
        ("claims", f"{result['claims']:,}"),
        ("GMV", f"{money['gmv_yuan']:,.2f} yuan"),
        ("growers' net", f"{money['growers_net_yuan']:,.2f} yuan"),
        ("uplift over the wholesaler", f"{money['uplift_yuan_per_kg']:+.2f} yuan/kg"),
        ("packers' wages", f"{money['wages_yuan']:,.2f} yuan"),
        ("postage", f"{money['postage_yuan']:,.2f} yuan"),
        ("packaging", f"{money['packaging_yuan']:,.2f} yuan"),
        ("refunds", f"{money['refunds_yuan']:,.2f} yuan"),
        (
            "planned net / expected by risk",
            f"{plan['net_income_yuan']:,.0f} / {result['story']['risk']['mean']:,.0f} yuan",
        ),
        ("plan within", f"{plan['gap'] or 0:.2%} of the best possible"),
    ]


def _html(result: dict[str, Any]) -> str:
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'>",
        f"<title>PostHarvest demo: {escape(result['case'])}</title><style>{STYLE}</style>",
        "<p><span class='ribbon'>模拟 SIMULATED</span></p>",
        f"<h1>{escape(result['case'])}, seed {result['seed']}</h1>",
        f"<h2>From the article</h2><p>{escape(result['story']['from_the_article'])}.</p>",
        f"<h2>Assumed</h2><p>{escape(result['story']['assumed'])}.</p>",
    ]
    if "kg" in result:
        parts.append("<h2>What came out</h2>" + _table(_rows(result)))
        parts.append("<h2>Decided again</h2>" + _redecisions(result))
        parts.append("<h2>Checks of the final database</h2>" + _checks(result["invariants"]))
    parts.append("</html>")
    return "\n".join(parts)


def _table(rows: list[tuple[str, str]]) -> str:
    body = "".join(f"<tr><td>{escape(a)}<td class='n'>{escape(b)}" for a, b in rows)
    return f"<table>{body}</table>"


def _redecisions(result: dict[str, Any]) -> str:
    rows = [
        (
            one["day"],
            f"demand level {one['demand_level']:.2f}, team price {one['team_price_yuan']:.1f}, "
            f"people {sum(one['people_before'].values())} → {sum(one['people'].values())}",
        )
        for one in result["story"]["redecisions"]
    ]
    return _table(rows) if rows else "<p>The plan was carried out as it stood.</p>"


def _checks(checks: list[dict[str, Any]]) -> str:
    body = "".join(
        f"<tr><td>{escape(one['name'])}<td class='n'>{one['expected']:,}<td class='n'>"
        f"{one['found']:,}<td class='{'ok' if one['ok'] else 'bad'}'>{'✓' if one['ok'] else '✗'}"
        for one in checks
    )
    return f"<table><tr><th>check<th>expected<th>found<th>{body}</table>"
