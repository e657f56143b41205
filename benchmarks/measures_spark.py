"""The same expressions asked of DuckDB and of Spark: the figures must be identical.

    make spark-test      needs a Java runtime: apt-get install openjdk-17-jre-headless
    python benchmarks/measures_spark.py [--lines 20000]

Exit code 1 names the first measure that differs.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import ibis

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measures import ON, make_country

from postharvest.decisions.measures.catalogue import MEASURES
from postharvest.decisions.measures.facts import HOT, SCHEMAS
from postharvest.decisions.measures.store import opened
from postharvest.decisions.measures.summary import counted, dimensions, summary


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=20_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as store:
        make_country(store, asked.lines)
        spark = session()
        backend = ibis.pyspark.connect(spark)
        empty = views(store, spark)
        compared = 0
        for measure in MEASURES:
            for by in groupings(measure):
                expression = summary(measure, counted(measure, on=ON), by=by)
                begun = time.perf_counter()
                ours = sorted(plain(row.values()) for row in store.ask(expression))
                middle = time.perf_counter()
                asked_of_spark = spark.sql(str(backend.compile(expression)))
                theirs = sorted(plain(row) for row in asked_of_spark.collect())
                print(
                    f"{measure.name:<32}{' '.join(by):<24}{len(ours):>8} figures  DuckDB "
                    f"{middle - begun:.2f} s, Spark {time.perf_counter() - middle:.2f} s",
                    flush=True,
                )
                if ours != theirs:
                    print(
                        f"{measure.name} by {by} differs:", differing(ours, theirs), file=sys.stderr
                    )
                    return 1
                compared += len(ours)
        spark.stop()
    print(
        f"identical: {compared:,} figures of {len(MEASURES)} measures, {asked.lines:,} order lines "
        f"(empty tables: {', '.join(empty)})"
    )
    return 0


def session():
    from pyspark.sql import SparkSession

    return (
        SparkSession.builder.master("local[2]").appName("measures")
        .config("spark.sql.session.timeZone", "UTC").config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4").config("spark.driver.memory", "1500m")
        .getOrCreate()
    )  # fmt: skip


def views(store, spark) -> list[str]:
    """Lay the same Parquet files under Spark's names."""
    empty = []
    for name, schema in SCHEMAS.items():
        files = (
            [str(store.file_of(name, month)) for month in store.months_of(name)]
            if name in HOT
            else [str(store.file_of(name))] * store.file_of(name).is_file()
        )
        types = {"int64": "bigint", "float64": "double"}
        text = ", ".join(f"{column} {types.get(kind, kind)}" for column, kind in schema.items())
        if files:
            frame = spark.read.parquet(*files).select(*schema)
        else:
            empty.append(name)
            frame = spark.createDataFrame([], text)
        frame.createOrReplaceTempView(name)
    return empty


def groupings(measure):
    yield ()
    yield ("province",)
    if not measure.on_day:
        yield ("produce", "month")
    if measure.part:
        yield (measure.part,)
    if "income_group" in dimensions(measure):
        yield ("income_group",)


def plain(row) -> tuple[str, ...]:
    """Write figures so that they compare whatever the engine calls their types."""
    return tuple("–" if one is None else repr(float(one)) if isinstance(one, float) else str(one)
                 for one in row)  # fmt: skip


def differing(ours, theirs):
    return [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]][:3] or (
        len(ours), len(theirs),
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
