"""Figures of the siting engine, in CPU seconds of one core with compiled code warm.

usage: python benchmarks/siting.py [--only NAME ...] [--orlib FOLDER] [--tsplib FOLDER]

Without folders, instances like those are generated.  Prints Markdown; paste it into
``benchmarks/results/siting.md``.  The peers run from ``benchmarks/siting_peers.py``.
"""

import argparse
import csv
import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from siting_instances import (
    SIZES,
    clustered,
    graph_like,
    read_optima,
    read_pmed,
    read_tsplib,
)

from postharvest.decisions.planning.base_planning import EFFORT, Request, ask
from postharvest.decisions.planning.base_question import to_problem
from postharvest.engines.siting.capacity import reallocate
from postharvest.engines.siting.problem import SitingParams, SitingProblem
from postharvest.engines.siting.solve import solve
from postharvest.engines.siting.stability import stability
from postharvest.engines.siting.verify import allocate
from postharvest.engines.siting.what_if import plan_again, with_wishes

TSPLIB = SitingParams(restarts=8, perturbations=30_000, bound_rounds=4_000)
PROOF = SitingParams(restarts=2, perturbations=2_000, bound_rounds=1_500, nodes=3_000)


def main():
    sections = {
        "orlib": orlib, "tsplib": tsplib, "counties": counties, "nested": nested,
        "townships": townships, "warm": warm, "capacity": capacity, "stable": stable,
        "growth": growth,
    }  # fmt: skip
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", choices=sections, default=list(sections))
    parser.add_argument("--orlib", type=Path)
    parser.add_argument("--tsplib", type=Path)
    parser.add_argument("--case", nargs=2, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(growth_case(*options.case)))
        return
    warm_up()
    for name in options.only:
        print(f"\n## {name}\n", flush=True)
        sections[name](options)


def warm_up():
    for phases in ("5", "3,5"):
        solve(country(phases), SitingParams(restarts=1, perturbations=9, bound_rounds=9, nodes=2))
    solve(matrix(graph_like(0, 60), 3), PROOF)


def timed(problem, params, seed=1, **more):
    start = time.process_time()
    plan = solve(problem, params, seed=seed, **more)
    return plan, time.process_time() - start


def matrix(hours, p):
    return SitingProblem(
        weight=np.ones(len(hours)), phases=(p,), candidates=len(hours), hours=hours
    )


def country(phases, **wishes):
    return to_problem(ask(Request(phases=phases, **wishes)))


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def head(*cells):
    row(*cells)
    row(*("---" for _ in cells))


def percent(share, digits=3):
    return f"{100 * share:.{digits}f} %"


def mean_hours(problem, plan):
    return plan.certificate.objective / problem.weight.sum() / problem.years.sum()


def memory_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def orlib(options):
    optima = read_optima(options.orlib / "pmedopt.txt") if options.orlib else {}
    head("instance", "n", "p", "objective", "known optimum", "proven", "dual gap", "nodes", "CPU s")
    spent, proven, optimal = 0.0, 0, 0
    for k, (n, usual) in enumerate(SIZES, start=1):
        path = options.orlib / f"pmed{k}.txt" if options.orlib else None
        real = path is not None and path.exists()
        hours, p = read_pmed(path) if real else (graph_like(k, n), usual)
        known = optima.get(f"pmed{k}") if real else None
        plan, cpu = timed(matrix(hours, p), PROOF)
        proof = plan.certificate
        spent, proven = spent + cpu, proven + proof.proven
        optimal += proof.objective == known if real else proof.proven
        row(
            f"pmed{k}" if real else f"like pmed{k}", n, p, f"{proof.objective:.0f}",
            f"{known:.0f}" if known else "", "yes" if proof.proven else "no",
            percent(proof.gap), proof.nodes, f"{cpu:.2f}",
        )  # fmt: skip
    print(f"\n{optimal} optimal, {proven} proven of {len(SIZES)}; {spent:.1f} CPU s in all.")


def tsplib(options):
    head("instance", "n", "p", "objective", "best known", "excess", "dual gap", "CPU s")
    known = {}
    if options.tsplib:
        with next(options.tsplib.glob("best_known*.csv")).open() as file:
            known = {(r["name"], int(r["p"])): float(r["opt_or_bkn"]) for r in csv.DictReader(file)}
    sets = (
        [(path.stem, read_tsplib(path)) for path in sorted(options.tsplib.glob("*.tsp"))]
        if (options.tsplib)
        else []
    )
    sets += [("clustered", clustered(1, 3000))]
    for name, hours in sets:
        for p in (5, 10, 20, 50, 100, 200, 300, 400, 500):
            plan, cpu = timed(matrix(hours, p), TSPLIB)
            best, value = known.get((name, p)), plan.certificate.objective
            row(
                name, len(hours), p, f"{value:.0f}", f"{best:.0f}" if best else "",
                percent(value / best - 1) if best else "", percent(plan.certificate.gap),
                f"{cpu:.1f}",
            )  # fmt: skip


def counties(_options):
    head("p", "effort", "seed", "mean hours", "certified gap", "CPU s", "peak MB")
    for p in (50, 100, 150):
        problem = country(str(p))
        for effort in ("quick", "standard"):
            for seed in (0, 1, 2):
                plan, cpu = timed(problem, EFFORT[effort], seed)
                row(
                    p, effort, seed, f"{mean_hours(problem, plan):.5f}",
                    percent(plan.certificate.gap), f"{cpu:.1f}", memory_mb(),
                )  # fmt: skip


def nested(_options):
    problem = country("50,100,150")
    head("plan", "mean hours over the phases", "excess over three free plans", "joint gap", "CPU s")
    free = sum(
        solve(country(str(p)), EFFORT["standard"], seed=1).certificate.objective
        for p in problem.phases
    )
    ways = {"forward": (0, 1, 2), "backward": (2, 1, 0), "middle-out": (1, 0, 2)}
    for name, order in ways.items():
        start = time.process_time()
        value = allocate(problem, phase_after_phase(problem, order)).objective
        report_nested(problem, name, value, free, "", time.process_time() - start)
    greedy = solve(problem, SitingParams(restarts=1, perturbations=1, bound_rounds=1), seed=1)
    value = allocate(problem, greedy_levels(problem, greedy)).objective
    report_nested(problem, "greedy", value, free, "", 0.0)
    for seed in (0, 1, 2):
        plan, cpu = timed(problem, EFFORT["standard"], seed)
        proof = plan.certificate
        report_nested(
            problem, f"joint, seed {seed}", proof.objective, free, percent(proof.gap), cpu
        )


def report_nested(problem, name, value, free, gap, cpu):  # noqa: PLR0917
    hours = value / problem.weight.sum() / problem.years.sum()
    row(name, f"{hours:.5f}", percent(value / free - 1, 2), gap, f"{cpu:.1f}")


def phase_after_phase(problem, order):
    """Plan one phase at a time, each held to those already planned."""
    levels = np.full(problem.candidates, len(problem.phases))
    sets = {}
    for t in order:
        earliest, latest = np.zeros(problem.candidates, int), np.ones(problem.candidates, int)
        for other, chosen in sets.items():
            if other > t:
                earliest = np.maximum(earliest, ~chosen)
            else:
                latest = np.minimum(latest, ~chosen)
        step = replace(
            problem, phases=(problem.phases[t],), earliest=earliest, latest=latest, phase_weights=()
        )
        sets[t] = solve(step, EFFORT["standard"], seed=1).level == 0
    for t in sorted(sets, reverse=True):
        levels[sets[t]] = t
    return levels


def greedy_levels(problem, plan):
    from postharvest.engines.siting.costs import list_lengths, sparse_costs
    from postharvest.engines.siting.greedy import greedy_order
    from postharvest.engines.siting.state import as_lists

    lists = as_lists(problem, sparse_costs(problem, list_lengths(problem, 10.0, 4_000_000)))
    order = greedy_order(lists, problem.phases[-1])
    levels = np.full_like(plan.level, len(problem.phases))
    for t in range(len(problem.phases) - 1, -1, -1):
        levels[order[: problem.phases[t]]] = t
    return levels


def townships(_options):
    problem = country("150", townships=True)
    head("demand", "candidates", "effort", "mean hours", "certified gap", "CPU s", "peak MB")
    for effort in ("quick", "standard"):
        plan, cpu = timed(problem, EFFORT[effort])
        row(
            problem.demands, problem.candidates, effort, f"{mean_hours(problem, plan):.5f}",
            percent(plan.certificate.gap), f"{cpu:.1f}", memory_mb(),
        )  # fmt: skip


def warm(_options):
    head("phases", "change", "cost of it", "gap", "CPU s")
    for phases in ("150", "50,100,150"):
        problem = country(phases)
        plan = solve(problem, EFFORT["standard"], seed=0)
        closed = np.flatnonzero(plan.level == len(problem.phases))
        base, other = int(plan.order[len(plan.order) // 2]), int(closed[700])
        changes = {
            "ban one base": with_wishes(problem, ban=(base,)),
            "pin one county": with_wishes(problem, pin={other: 0}),
        }
        for name, changed in changes.items():
            start = time.process_time()
            again = plan_again(changed, plan)
            cpu = time.process_time() - start
            cost = again.certificate.objective / plan.certificate.objective - 1
            row(phases, name, percent(cost, 4), percent(again.certificate.gap), f"{cpu:.2f}")


def capacity(_options):
    problem = country("150")
    plan = solve(problem, EFFORT["standard"], seed=0)
    head("capacity, mean loads", "cost", "CPU s")
    for factor in (2.0, 1.5, 1.2, 1.05):
        room = np.full(problem.candidates, factor * problem.weight.sum() / 150)
        start = time.process_time()
        served = reallocate(problem, plan.level, room, lower_bound=plan.certificate.lower_bound)
        cost = served.objective / plan.certificate.objective - 1
        row(factor, percent(cost, 2), f"{time.process_time() - start:.1f}")


def stable(_options):
    problem = country("150")
    plan = solve(problem, EFFORT["standard"], seed=0)
    start = time.process_time()
    answer = stability(problem, seed=0)
    cpu = time.process_time() - start
    near = answer.near_share[plan.order]
    head("runs", "bases near in 90 % or more", "50 to 90 %", "below 50 %", "median", "CPU s")
    row(
        answer.runs, int((near >= 0.9).sum()), int(((near >= 0.5) & (near < 0.9)).sum()),
        int((near < 0.5).sum()), percent(float(np.median(near)), 0), f"{cpu:.0f}",
    )  # fmt: skip


def peak_mb():
    """The highest resident memory of this process alone; ru_maxrss remembers who started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


GROWTH = (
    (500, 25), (1000, 50), (2000, 100), (4000, 200), (8000, 400), (16000, 800),
    (8000, 100), (8000, 200), (8000, 800),
)  # fmt: skip


def growth(_options):
    """Every case in a process of its own, so that its peak memory is its own."""
    head("n = m", "p", "certified gap", "CPU s", "pairs kept, million", "peak MB", "of them ours")
    points = []
    for n, p in GROWTH:
        words = [sys.executable, __file__, "--case", str(n), str(p)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        case = json.loads(done.stdout.strip().splitlines()[-1])
        points.append((n, p, case["cpu"], case["peak_mb"] - case["before_mb"]))
        row(
            n, p, percent(case["gap"]), f"{case['cpu']:.1f}", f"{case['pairs']:.1f}",
            case["peak_mb"], case["peak_mb"] - case["before_mb"],
        )  # fmt: skip
    draw_growth(points)


def growth_case(n, p):
    """CPU and memory of one size: townships drawn at random as demand and candidates."""
    towns = ask(Request(townships=True, phases="150")).demand
    keep = np.random.default_rng(n).choice(len(towns.ids), n, replace=False)
    lat, lon = towns.lat[keep], towns.lon[keep]
    small = SitingProblem(
        weight=towns.weight[keep][:200], phases=(5,), candidates=200, demand_lat=lat[:200],
        demand_lon=lon[:200], candidate_lat=lat[:200], candidate_lon=lon[:200],
    )  # fmt: skip
    solve(small, SitingParams(restarts=1, perturbations=9, bound_rounds=9))
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    before = peak_mb()
    problem = SitingProblem(
        weight=towns.weight[keep], phases=(p,), candidates=n, demand_lat=lat, demand_lon=lon,
        candidate_lat=lat, candidate_lon=lon,
    )  # fmt: skip
    plan, cpu = timed(problem, EFFORT["quick"])
    pairs = min(max(50, 10 * n // p), 4_000_000 // n, n) * n / 1e6
    return {
        "gap": plan.certificate.gap, "cpu": cpu, "pairs": pairs, "before_mb": before,
        "peak_mb": peak_mb(),
    }  # fmt: skip


def draw_growth(points):
    """Two log-log panels: against n with one base for 20 points, against p with 8,000 points."""
    by_n = [(n, cpu, mb) for n, p, cpu, mb in points if n == 20 * p]
    by_p = sorted((p, cpu, mb) for n, p, cpu, mb in points if n == 8000)
    panels = panel(by_n, left=0, label="demand points = candidates, p = n / 20")
    panels += panel(by_p, left=520, label="bases p, 8,000 points")
    path = Path(__file__).parent / "results" / "siting-growth.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1040 340" font-family="sans-serif" '
        f'font-size="12"><rect width="1040" height="340" fill="#fff"/>{panels}</svg>\n'
    )
    print("\n![growth](siting-growth.svg)")


def panel(points, *, left, label):
    """CPU seconds (green) and MB beyond the start (orange), on one log scale of 0.1 to 1,000."""
    low, high = np.log10(points[0][0]) - 0.1, np.log10(points[-1][0]) + 0.25
    body = ""
    for power in range(-1, 4):
        y = 290 - (power + 1) / 4 * 260
        body += (
            f'<line x1="{left + 50}" x2="{left + 500}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>'
            f'<text x="{left + 44}" y="{y + 4:.0f}" text-anchor="end">{10.0**power:g}</text>'
        )
    for at, colour, unit in ((1, "#1f6f4a", "s"), (2, "#b5541c", "MB")):
        dots = [
            (
                left + 50 + (np.log10(one[0]) - low) / (high - low) * 450,
                290 - (np.log10(max(one[at], 0.1)) + 1) / 4 * 260,
                one,
            )
            for one in points
        ]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y, _ in dots)
        body += f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y, one in dots:
            body += (
                f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3.5" fill="{colour}"/>'
                f'<text x="{x:.0f}" y="{y - 8:.0f}" text-anchor="middle" fill="{colour}">'
                f"{one[at]:.3g} {unit}</text>"
            )
            if at == 1:
                body += f'<text x="{x:.0f}" y="306" text-anchor="middle">{one[0]:,}</text>'
    return body + f'<text x="{left + 275}" y="328" text-anchor="middle">{label}</text>'


if __name__ == "__main__":
    sys.exit(main())
