"""Order lines by the million as partitioned Parquet, and how long a night's measures take.

    python benchmarks/measures.py [--lines 100000,1000000,10000000] [--write]

A country of 150 bases and two years is made (seeded) as the facts that a reading would leave: order
lines, one parcel each, two ledger lines each.  Then one night comes: a day's new rows and every row
that was open, by the same code as `postharvest measures refresh` from the database's rows on
(`merge`, `add_up`), and all figures are asked.  Two threads, 2 GB; the largest is compared with
making everything anew.  What is said of 10^8 is derived from the growth, not measured.
"""

import argparse
import math
import resource
import shutil
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from postharvest.core.tables.shipped import shipped_rows
from postharvest.decisions.measures.catalogue import MEASURES
from postharvest.decisions.measures.facts import HOT, SCHEMAS
from postharvest.decisions.measures.merging import add_up, merge
from postharvest.decisions.measures.store import (
    CUBE_COLUMNS,
    SQL_TYPES,
    Store,
    columns_sql,
    opened,
    sql_of,
)
from postharvest.decisions.measures.summary import counted, summary

RESULTS = Path(__file__).parent / "results" / "measures.md"
FIRST, DAYS, BASES, PRODUCE = date(2025, 1, 1), 730, 150, 24
UNDERWAY = 10
ON = date(2026, 12, 31)
LIMIT_S = 600


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", default="100000,1000000,10000000")
    parser.add_argument("--write", action="store_true", help="write results/measures.md")
    asked = parser.parse_args()
    found = [run(int(text)) for text in asked.lines.split(",")]
    text = report(found)
    print(text)
    if asked.write:
        RESULTS.write_text(text, encoding="utf-8")


def run(lines: int) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(prefix=f"measures-{lines}-"))
    try:
        with opened(folder) as store:
            made, _ = timed(lambda: make_country(store, lines))
            whole, _ = timed(lambda: add_up(store, months=all_months(store)))
            new = night(store, lines)
            merged, months = timed(lambda: {name: merge(store, name) for name in HOT})
            added, cubes = timed(lambda: add_up(store, months=months))
            shown, figures = timed(lambda: ask_all(store))
            pairs, several = timed(lambda: ask_pairs(store))
            size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
        found = {
            "lines": lines, "new": new, "made": made, "whole": whole, "merge": merged,
            "add": added, "cubes": cubes, "shown": shown, "figures": figures, "pairs": pairs,
            "several": several, "mb": size / 1e6, "night": merged + added + shown + pairs,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }  # fmt: skip
        print("…", {k: round(v, 2) for k, v in found.items()}, file=sys.stderr, flush=True)
        return found
    finally:
        shutil.rmtree(folder)


def make_country(store: Store, lines: int) -> None:
    """Write the facts month by month, each row drawn from a hash of its number."""
    sql = store.connection
    counties = [row for row in shipped_rows("counties") if row["lat"] is not None]
    sql.execute("CREATE TEMP TABLE home AS SELECT * FROM (VALUES " + ", ".join(
        f"({n}, '{row['code']}', {row['households_est']}, {row['lat']}, {row['lon']})"
        for n, row in enumerate(counties)
    ) + ") t(n, code, households, lat, lon)")  # fmt: skip
    sales = max(BASES, lines // 5000)
    small(store, len(counties), sales)
    sql.execute(f"CREATE TEMP MACRO daynr(i) AS (i * {DAYS} // {lines})::INTEGER")
    for name in HOT:
        for month in range(24):
            first, last = month_days(month)
            low, high = -(-first * lines // DAYS), -(-last * lines // DAYS)
            file = store.file_of(name, f"{2025 + month // 12}-{month % 12 + 1:02}")
            store.write(
                f"SELECT * FROM ({rows(name, low, high, sales, len(counties), DAYS)}) "
                "ORDER BY base_id, day", file
            )  # fmt: skip
    store.see()


def night(store: Store, lines: int) -> int:
    """Lay a day's new rows, and all that was open as it is now, into the incoming tables."""
    sql, total = store.connection, 0
    sales, counties = (
        max(BASES, lines // 5000),
        sql.execute("SELECT count(*) FROM home").fetchone()[0],
    )
    begins = (DAYS - UNDERWAY) * lines // DAYS
    for name in HOT:
        sql.execute(f"CREATE OR REPLACE TEMP TABLE incoming_{name} ({columns_sql(SCHEMAS[name])})")
        low = lines if name == "ledger_lines" else begins
        chosen = rows(name, low, lines + lines // DAYS, sales, counties, DAYS + 2)
        sql.execute(f"INSERT INTO incoming_{name} {chosen}")
        total += sql.execute(f"SELECT count(*) FROM incoming_{name}").fetchone()[0]
    return total


def rows(  # noqa: PLR0917
    name: str, low: int, high: int, sales: int, counties: int, today: int
) -> str:  # fmt: skip
    """Rows of a hot table for the order lines of some numbers, as they are on a day."""
    begun = f"FROM range({low}, {high}) r(i)"
    day = f"(DATE '{FIRST}' + daynr(i))::DATE"
    sale = f"hash(daynr(i) // 14, i % {sales // 26 + 1}) % {sales}"
    home = (
        f"SELECT i, s, s % {BASES} AS base, s % {PRODUCE} AS crop, "
        f"(SELECT 1) AS one, hash(i, 7) % {counties} AS there, hash(i, 9) % 100 AS luck, "
        f"{day} AS day, daynr(i) AS nr FROM (SELECT i, ({sale})::BIGINT AS s {begun})"
    )
    where = "JOIN home h ON h.n = base * 19 JOIN home g ON g.n = there"
    if name == "order_lines":
        return (
            "SELECT i AS order_id, base AS base_id, s AS sale_id, "
            "CASE WHEN luck < 60 THEN 'marketplace' ELSE 'shop' END AS channel, "
            "'crop' || crop AS produce, h.code AS origin, g.code AS dest, "
            "2500 + (luck * 10)::BIGINT AS grams, 1900 + luck::BIGINT AS total_fen, "
            f"CASE WHEN luck < 4 THEN 'gone' WHEN nr < {today} - 4 THEN 'delivered' "
            f"ELSE 'open' END AS state, day FROM ({home}) {where}"
        )
    if name == "parcels":
        hours = "(40 + (luck * 7 + there) % 90)"
        came = f"nr + {hours} // 24 < {today}"
        return (
            "SELECT i AS parcel_id, base AS base_id, s AS sale_id, 'crop' || crop AS produce, "
            "h.code AS origin, g.code AS dest, 2500 + (luck * 10)::BIGINT AS grams, "
            "nr::BIGINT * 86400 AS accepted_s, "
            f"CASE WHEN {came} THEN nr::BIGINT * 86400 + {hours}::BIGINT * 3600 END "
            "AS delivered_s, "
            f"CASE WHEN {came} THEN day + ({hours} // 24)::INTEGER END AS delivered_on, "
            "day + 5 AS promised_by, day + 12 AS sell_by, day "
            f"FROM ({home}) {where}"
        )
    lines = (
        "SELECT i * 2 + k AS line_id, base AS base_id, s AS sale_id, 'split' AS entry_kind, "
        "CASE k WHEN 0 THEN 'pool' ELSE 'postage' END AS account, NULL::BIGINT AS party, "
        "CASE k WHEN 0 THEN -1200 ELSE -500 END - luck::BIGINT AS amount_fen, day "
        f"FROM ({home}) CROSS JOIN (VALUES (0), (1)) two(k)"
    )
    return f"SELECT {', '.join(SCHEMAS[name])} FROM ({lines})"


def small(store: Store, counties: int, sales: int) -> None:
    tables = {
        "sales": f"SELECT i AS sale_id, i % {BASES} AS base_id, 'crop' || (i % {PRODUCE}) AS "
        "produce, h.code AS origin, 25000000 AS reported_g, 120 AS local_fen_per_kg, 'asked' AS "
        f"source, 'seen' AS witness, true AS was_cut, DATE '{FIRST}' AS day "
        f"FROM range({sales}) r(i) JOIN home h ON h.n = (i % {BASES}) * 19",
        "lots": f"SELECT i AS lot_id, (i // 40) % {BASES} AS base_id, i // 40 AS sale_id, "
        f"hash(i, 3) % {BASES * 2000} AS grower_id, 'crop0' AS produce, h.code AS origin, "
        f"400000 AS cut_g, 300000 AS harvest_fen_per_t, DATE '{FIRST}' + (i % {DAYS})::INTEGER "
        f"AS day FROM range({sales * 40}) r(i) JOIN home h ON h.n = ((i // 40) % {BASES}) * 19",
        "counties": "SELECT code, households, NULL AS income_group, "
        f"CASE WHEN n % 19 = 0 THEN DATE '{FIRST}' + (n % 600)::INTEGER END AS base_opened_on "
        "FROM home",
        "places": "SELECT code AS place_id, code AS county, 200 AS villages, households, lat, lon "
        "FROM home",
        "footholds": f"SELECT 'base:' || n AS foothold_id, 'base' AS kind, lat, lon, "
        f"DATE '{FIRST}' AS opened_on, NULL::DATE AS closed_on FROM home "
        f"WHERE n % 19 = 0 AND n < {BASES * 19}",
    }
    for name, query in tables.items():
        columns = ", ".join(
            f"{column}::{SQL_TYPES[kind]} AS {column}" for column, kind in SCHEMAS[name].items()
        )
        store.write(f"SELECT {columns} FROM ({query})", store.file_of(name))


def ask_all(store: Store) -> int:
    """Every measure for the country, its provinces and its counties."""
    import ibis

    figures = 0
    for measure in MEASURES:
        for by in ((), ("province",), ("county",)):
            source = (
                ibis.table(dict(CUBE_COLUMNS), name=store.cube_view(measure.name))
                if measure.cube
                else counted(measure, on=ON)
            )
            figures += len(store.ask(summary(measure, source, by=by)))
    return figures


def ask_pairs(store: Store) -> int:
    """Hours and punctuality of every pair of counties, before and after a base opened."""
    asked = [measure for measure in MEASURES if measure.other == "to" and measure.part == "era"]
    by = ("county", "to", "era")
    several = 0
    for one in asked:
        file = store.folder / "pairs" / f"{one.name}.parquet"
        store.write(sql_of(summary(one, counted(one, on=ON), by=by)), file)
        several += store.connection.execute(f"SELECT count(*) FROM '{file}'").fetchone()[0]
    return several


def all_months(store: Store) -> dict[str, list[str]]:
    return {name: store.months_of(name) for name in HOT}


def month_days(month: int) -> tuple[int, int]:
    """First day of a month and of the next, counted from the first."""
    first = date(2025 + month // 12, month % 12 + 1, 1)
    following = date(2025 + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return (first - FIRST).days, (following - FIRST).days


def timed(work):
    begun = time.perf_counter()
    answer = work()
    return time.perf_counter() - begun, answer


def report(found: list[dict[str, float]]) -> str:
    head = "| order lines | " + " | ".join(f"{int(one['lines']):,}" for one in found) + " |"
    names = (
        ("new", "rows that came in the night", 0), ("merge", "put into their months, s", 1),
        ("add", "changed months added up, s", 1), ("cubes", "months of measures made", 0),
        ("shown", "every measure, country, provinces, counties, s", 1),
        ("figures", "figures", 0), ("pairs", "every pair of counties, s", 1),
        ("several", "figures of pairs", 0), ("night", "**the night, s**", 1),
        ("whole", "all months added up anew, s", 1), ("mb", "Parquet, MB", 0),
        ("peak", "peak memory so far, MB", 0),
    )  # fmt: skip
    rows = [
        f"| {words} | " + " | ".join(f"{one[name]:,.{places}f}" for one in found) + " |"
        for name, words, places in names
    ]
    lines = [
        "# A night's measures", "",
        "`python benchmarks/measures.py --write`: made with a seed, two threads, 2 GB; wall clock "
        "on a machine of two cores that others used at the same time.", "",
        head, "|---" * (len(found) + 1) + "|", *rows, "",
    ]  # fmt: skip
    if len(found) > 1:
        one, two = found[-2], found[-1]
        power = math.log(two["night"] / one["night"]) / math.log(two["lines"] / one["lines"])
        far = two["night"] * (1e8 / two["lines"]) ** max(power, 1.0)
        lines.append(
            f"From {int(one['lines']):,} to {int(two['lines']):,} lines the night grows as "
            f"lines^{power:.2f}. **Derived, not measured**: at 10⁸ lines, growing no slower than "
            f"the lines themselves, {far:,.0f} s "
            f"({'within' if far <= LIMIT_S else 'beyond'} ten minutes)."
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
