"""Figures of the national simulator: CPU, wall and memory, pools, and the fast planner's error.

usage: python benchmarks/nation.py [--only NAME …] [--worlds N] [--write]

``full`` runs the command as a person does, in a process of its own; ``pools`` compares provinces
serially, on processes and (where it is installed) on Ray; ``planner`` plans every kind of generated
rescue case with the rescue engine and with the closed form.  ``--write`` replaces the figures in
``benchmarks/results/nation.md``.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from postharvest.core.tables.shipped import shipped_rows
from postharvest.decisions.nation.assumed import assumed, middle, ranges
from postharvest.decisions.nation.gather import gather
from postharvest.decisions.nation.running import pool_named, simulate
from postharvest.decisions.nation.scenarios import (
    PILOTS,
    Programme,
    places_of,
    to_scenarios,
)
from postharvest.decisions.nation.simulating import validate
from postharvest.decisions.planning.case_file import parse_case
from postharvest.decisions.planning.case_generator import KINDS, generated_case
from postharvest.decisions.planning.solving import plan_case
from postharvest.engines.nation.assumptions import drawn_worlds
from postharvest.engines.nation.market import asked_run
from postharvest.engines.nation.planner import Surplus, plan_one

RESULTS = Path(__file__).parent / "results" / "nation.md"


def main():
    sections = {"full": full, "pools": pools, "planner": planner, "known": known}
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", choices=sections, default=list(sections))
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    told = []
    for name in options.only:
        lines = [f"\n## {name}\n", *sections[name](options)]
        print("\n".join(lines), flush=True)
        told += lines
    if options.write:
        head = RESULTS.read_text(encoding="utf-8").split("\n## ", maxsplit=1)[0].rstrip()
        RESULTS.write_text(head + "\n" + "\n".join(told) + "\n", encoding="utf-8")


def full(options):
    """The command, whole: three years, all counties, crops and programmes."""
    rows = ["| what | wall s | CPU s | most MB of one process |", "|---|---|---|---|"]
    for what, words in (
        ("paths, `--worlds 1 --goal 0`", ["--worlds", "1", "--goal", "0"]),
        (f"paths, `--worlds {options.worlds} --goal 0`",
         ["--worlds", str(options.worlds), "--goal", "0"]),
        (f"everything, `--worlds {options.worlds}`", ["--worlds", str(options.worlds)]),
    ):  # fmt: skip
        rows.append(f"| {what} | {' | '.join(_command(words, options.seed))} |")
    return rows


def _command(words, seed):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        report = ["--json", f"{folder}/n.json", "--html", f"{folder}/n.html"]
        subprocess.run(
            [sys.executable, "-m", "postharvest.interfaces.cli.main", "simulate", "nation",
             "--shipped", "--seed", str(seed), *words, *report],
            check=True, env=os.environ, capture_output=True,
        )  # fmt: skip
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"{wall:.0f}", f"{cpu:.0f}", f"{after.ru_maxrss / 1024:.0f}"


def pools(options):
    """The same provinces on every pool: identical or not."""
    programmes = (
        Programme(name="no_programme", counties=(), years=()),
        Programme(name="pilots_only", counties=PILOTS, years=(-1, -1)),
    )
    numbers = assumed(shipped_rows)
    nation = gather(shipped_rows, places_of(programmes))
    run = asked_run(
        nation.provinces, nation.produce, to_scenarios(programmes, nation.base_places),
        drawn_worlds(middle(numbers), ranges(numbers), worlds=2, seed=options.seed),
        middle=middle(numbers), years=1, seed=options.seed,
    )  # fmt: skip
    alone = simulate(nation, run)
    rows = ["| pool | identical to serial |", "|---|---|"]
    for name in ("processes", "ray"):
        if name == "ray" and find_spec("ray") is None:
            rows.append("| ray | not installed |")
            continue
        with pool_named(name, 2) as pool:
            other = simulate(nation, run, pool=pool)
        equal = all(
            np.array_equal(path, other.paths[key], equal_nan=True)
            for key, path in alone.paths.items()
        )
        rows.append(f"| {name} | {'yes' if equal else 'NO'} |")
    return rows


def planner(options):
    """The closed form beside the rescue engine, on every kind of generated case."""
    rows = [
        "| kind | engine kg online | fast kg | engine net | fast net | net error |",
        "|---|---|---|---|---|---|",
    ]
    errors, kilograms = [], []
    for kind in KINDS:
        case = parse_case(generated_case(kind, options.seed))
        plan = plan_case(case, clear_share=0.0, seed=options.seed, cpu_seconds=1.0)
        kg, net = float(plan.schedule.ordered_kg.sum()), plan.net_income_yuan
        fast_kg, fast_net = closed_form(case)
        total = float(case.problem.lot_kg.sum())
        errors.append(fast_net / net - 1 if net > 0 else 0.0)
        kilograms.append((fast_kg - kg) / total)
        rows.append(
            f"| {kind} | {kg:,.0f} | {fast_kg:,.0f} | {net:,.0f} | {fast_net:,.0f} "
            f"| {100 * errors[-1]:+.1f} % |"
        )
    spread = np.percentile(np.abs(errors), (50, 90))
    share = np.percentile(np.abs(kilograms), (50, 90))
    rows += [
        "",
        f"Net: median error {100 * np.median(errors):+.1f} %, median of its size "
        f"{100 * spread[0]:.1f} %, 90 % within {100 * spread[1]:.1f} %. Kilograms online, as "
        f"shares of the surplus: median {100 * share[0]:.1f} %, "
        f"90 % within {100 * share[1]:.1f} %.",
    ]
    return rows


def closed_form(case):
    """Plan a case as the national simulator would: one price, totals, no days and no points."""
    p = case.problem
    served = p.late_share[0] <= p.max_late_share
    per_kg = p.pack_price_factor / p.pack_kg
    share = np.array([pack.get("demand_share", 1.0) for pack in case.raw["packs"]])
    share = share / share.sum()
    zones = np.array([zone["demand_share"] for zone in case.raw["zones"]])
    zones = zones / zones.sum() * served
    reach = zones.sum()
    if reach == 0:
        return _only_merchants(case)
    postage = (zones @ p.postage_yuan / p.pack_kg) @ share
    rate = 1 / float(share @ (1 / p.pack_kg_per_worker_day))
    pack = 1 / float(share @ (1 / p.pack_kg))
    wage = float((p.wage_share * p.wage_yuan_per_day).sum(axis=1).mean())
    kg = float(p.lot_kg.sum())
    people = float(p.pool_people.sum())
    hub = float(p.hub_parcels_per_day.sum()) * pack
    reference = float(p.reference_price_yuan) * float(share @ per_kg)
    fixed = float(np.asarray(p.setup_yuan).mean())
    daily = float(np.asarray(p.day_cost_yuan).mean())
    stations = float(np.asarray(p.stations).mean())
    cost = (
        postage / reach
        + float(share @ (p.pack_material_yuan / p.pack_kg))
        + wage / rate
        + float(np.asarray(p.harvest_cost_yuan_per_kg).mean())
        + float(np.asarray(p.point_to_post_yuan_per_kg).mean())
        + 0.05
        + (fixed / p.days + daily) / (stations * rate)
    )
    merchant_kg, merchant_yuan = _merchants(case)
    ladder = np.asarray(p.ladder_yuan) * float(share @ per_kg)
    s = Surplus(
        kg, float(case.reference_kg) * reach, reference, float(p.elasticity), float(cost),
        float(p.net_factor), merchant_yuan, merchant_kg, min(people * rate, hub),
        float(ladder.min()), float(ladder.max()), 0.0,
    )  # fmt: skip
    sold, price = plan_one(s)
    taken = min(kg - sold, merchant_kg)
    return sold, (s.kept_share * price - s.cost) * sold + taken * merchant_yuan


def _merchants(case):
    p = case.problem
    yuan = p.outlet_yuan_per_kg
    if yuan.size == 0:
        return 0.0, 0.0
    offers = p.offer_kg_per_day.reshape(p.offer_outlet.size, -1)
    offered = np.zeros((yuan.size, offers.shape[1]))
    np.add.at(offered, p.offer_outlet, offers)
    kg = np.minimum(np.broadcast_to(offered, p.outlet_kg_per_day.shape), p.outlet_kg_per_day)
    kg = np.minimum(kg.sum(axis=1), p.lot_kg.sum())
    return float(kg.sum()), float((kg * yuan).sum() / max(1e-9, kg.sum()))


def _only_merchants(case):
    kg, yuan = _merchants(case)
    return 0.0, min(kg, float(case.problem.lot_kg.sum())) * yuan


def known(options):
    """What the simulator says where something is known."""
    rows = ["| figure | simulated (5 % to 95 %) | known | verdict |", "|---|---|---|---|"]
    for one in validate(shipped_rows, seed=options.seed):
        verdict = "fitted to it" if one.given else "agrees" if one.holds else "**differs**"
        band = f"{one.middle:,.5g} ({one.low:,.5g} to {one.high:,.5g}) {one.unit}"
        rows.append(f"| {one.name} | {band} | {one.known:,.5g} | {verdict} |")
    return rows


if __name__ == "__main__":
    main()
