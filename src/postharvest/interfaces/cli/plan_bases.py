"""`postharvest plan bases`: which places, in which order, what each serves, and how good it is."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from postharvest.core.errors import InvalidInput
from postharvest.core.whole_files import write_whole

READ_TABLES = ("counties", "townships", "prefectures", "produce", "produce_regions")
SUMMARY = "choose sourcing bases in phases, with a proven gap (or check a plan: --verify)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    tables = parser.add_argument_group("tables (without any: the whole country)")
    tables.add_argument("--demand", type=Path, metavar="CSV", help="id,lat,lon,weight[,class]")
    tables.add_argument(
        "--candidates", type=Path, metavar="CSV", help="id,lat,lon[,capacity,region,open]"
    )
    tables.add_argument("--matrix", type=Path, metavar="FILE", help="hours, CSV or .npy")
    tables.add_argument(
        "--townships", action="store_true", help="shipped townships as demand (seeded positions)"
    )
    tables.add_argument(
        "--shipped",
        action="store_true",
        help="shipped tables, even where the operator has own ones",
    )
    tables.add_argument("--weight", choices=("people", "surplus", "poor"), default="people")
    tables.add_argument("--month", type=int, metavar="1-12", help="with --weight surplus")
    tables.add_argument("--poor", type=Path, metavar="CSV", help="id,weight for --weight poor")
    _add_wishes(parser)
    _add_work(parser)


def _add_wishes(parser: argparse.ArgumentParser) -> None:
    wishes = parser.add_argument_group("wishes")
    wishes.add_argument("--count", type=int, help="bases at the end (150)")
    wishes.add_argument("--phases", metavar="50,100,150", help="bases at the end of each phase")
    wishes.add_argument("--phase-weights", metavar="1,1,1", help="years each phase is in force")
    wishes.add_argument("--must", type=Path, metavar="CSV", help="id[,phase] that have to open")
    wishes.add_argument("--ban", type=Path, metavar="CSV", help="id that must not open")
    wishes.add_argument("--region-min", metavar="610000=1,…", help="bases wanted in phase 1")
    wishes.add_argument("--coverage-hours", type=float, default=None, metavar="H")
    wishes.add_argument(
        "--coverage-weight", type=float, default=0.0, metavar="H",
        help="hours charged for each person beyond the coverage hours",
    )  # fmt: skip
    wishes.add_argument(
        "--hours-weight", type=float, default=1.0, help="0: coverage alone is the aim"
    )
    wishes.add_argument("--class-weights", metavar="apple=2,…", help="weight of demand classes")
    wishes.add_argument("--class-hours", metavar="berry=2,…", help="coverage hours of classes")
    wishes.add_argument(
        "--market-weight", type=float, default=0.0, help="weight of each base's hours to buyers"
    )


def _add_work(parser: argparse.ArgumentParser) -> None:
    work = parser.add_argument_group("work and answers")
    work.add_argument("--seed", type=int, default=0)
    work.add_argument("--effort", choices=("quick", "standard", "thorough"), default="standard")
    work.add_argument(
        "--stability", type=int, nargs="?", const=200, default=None, metavar="RUNS",
        help="perturbed runs that tell how sure each base is (200; none beyond a million pairs)",
    )  # fmt: skip
    work.add_argument(
        "--no-stability", dest="stability", action="store_const", const=0, help="leave them out"
    )
    work.add_argument("--json", type=Path, metavar="FILE")
    work.add_argument("--geojson", type=Path, metavar="FILE")
    work.add_argument("--html", type=Path, metavar="FILE")
    work.add_argument("--lang", choices=("zh", "en"), default="en", help="language of the report")
    work.add_argument(
        "--verify", type=Path, metavar="PLAN.json", help="check a plan, solve nothing"
    )


def run(options: argparse.Namespace) -> int:
    """Plan, or verify; 0 when all is well, 1 when a verified plan is wrong."""
    if options.verify is not None:
        return _verify(options)
    from postharvest.decisions.planning.base_document import summary
    from postharvest.decisions.planning.base_planning import make_plan

    if options.seed < 0:
        raise InvalidInput("seed", "must be 0 or more")
    if options.stability is not None and options.stability < 0:
        raise InvalidInput("stability", "must be 0 runs or more")
    tables = _tables(options)
    document = make_plan(
        _question(options, tables),
        source={
            "tables": _tables_name(options, tables.own),
            "own_tables": [name for name in tables.own if name in READ_TABLES],
            "weight": options.weight,
            "month": options.month,
        },
        seed=options.seed,
        effort=options.effort,
        stability_runs=options.stability,
        told=_tell,
    )
    _write(options, document)
    print("\n".join(summary(document)))
    return 0


def _tell(done: int, runs: int) -> None:
    """Say on a terminal how far the perturbed runs are; a file or a pipe hears nothing."""
    if not sys.stderr.isatty():
        return
    if done == 0:
        print(f"planned; now {runs} runs with other weights and speeds", file=sys.stderr)
    print(f"\r{done} of {runs} (--no-stability leaves them out)", end="", file=sys.stderr)
    if done == runs:
        print(file=sys.stderr)


def _verify(options: argparse.Namespace) -> int:
    from postharvest.decisions.planning.base_check import disagreements, read_document

    document = read_document(options.verify)
    name = document["question"].get("tables")
    if name == "given tables" and options.demand is None:
        raise InvalidInput(
            "demand", "this plan was made from tables; name them as when it was made"
        )
    options.townships = options.townships or str(name).endswith("townships")
    options.shipped = options.shipped or not document["question"].get("own_tables")
    if options.demand is None:
        options.seed = document["certificate"]["seed"]
        options.weight = document["question"].get("weight", options.weight)
        options.month = document["question"].get("month", options.month)
    options.phases, options.count = "1", None
    wrong = disagreements(document, _question(options, _tables(options)))
    for line in wrong:
        print(line)
    if not wrong:
        proof = document["certificate"]
        print(
            f"verified: {len(document['bases'])} bases, objective {proof['objective']:.6g}, "
            f"lower bound {proof['lower_bound']:.6g}, gap {100 * proof['gap']:.3f} %"
        )
    return 1 if wrong else 0


def _tables(options: argparse.Namespace) -> Any:  # noqa: ANN401  (numpy loads late)
    """Read the nation's tables as the operator has them; files and --shipped need no database."""
    from postharvest.interfaces.cli.tables_in_force import SHIPPED, tables_in_force

    return SHIPPED if options.shipped or options.demand is not None else tables_in_force()


def _question(options: argparse.Namespace, tables: Any) -> Any:  # noqa: ANN401  (engines load late)
    from postharvest.decisions.planning import base_planning

    return base_planning.ask(
        base_planning.Request(
            demand=options.demand,
            candidates=options.candidates,
            matrix=options.matrix,
            townships=options.townships,
            weight=options.weight,
            month=options.month,
            poor=options.poor,
            count=options.count,
            phases=options.phases,
            phase_weights=options.phase_weights,
            must=options.must,
            ban=options.ban,
            region_min=options.region_min,
            coverage_hours=options.coverage_hours,
            coverage_weight=options.coverage_weight,
            hours_weight=options.hours_weight,
            class_weights=options.class_weights,
            class_hours=options.class_hours,
            market_weight=options.market_weight,
            seed=options.seed,
        ),
        tables=tables.rows,
    )


def _tables_name(options: argparse.Namespace, own: tuple[str, ...]) -> str:
    if options.demand is not None:
        return "given tables"
    points = "townships" if options.townships else "counties"
    return f"own {points}" if points in own or "counties" in own else f"shipped {points}"


def _write(options: argparse.Namespace, document: dict[str, Any]) -> None:
    """All files or none: texts are made first, each file appears whole."""
    texts: list[tuple[Path, str]] = []
    if options.json is not None:
        texts.append((options.json, json.dumps(document, ensure_ascii=False, indent=1) + "\n"))
    if options.geojson is not None:
        from postharvest.decisions.planning.base_geojson import to_geojson

        body = json.dumps(to_geojson(document), ensure_ascii=False, indent=1)
        texts.append((options.geojson, body + "\n"))
    if options.html is not None:
        from postharvest.decisions.planning.base_report import to_html

        texts.append((options.html, to_html(document, language=options.lang)))
    for path, text in texts:
        write_whole(path, text)
