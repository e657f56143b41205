"""The siting engine beside other open solvers, on the same matrices in one run.

usage: python benchmarks/siting_peers.py --peers VENV/bin/python [--limit 120]

The peers live in a venv of their own: pip install "spopt<0.8" kmedoids pbp-pmedian highspy pulp.
Each runs as a process of one thread with a limit of CPU seconds; times include its imports.
Prints Markdown.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

PEERS = ("spopt+HiGHS", "HiGHS", "kmedoids FasterPAM", "pbp-pmedian")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", required=True)
    parser.add_argument("--limit", type=int, default=120)
    options = parser.parse_args()
    for title, cost, p, ours in instances():
        print(f"\n### {title}\n\n| solver | objective | lower bound | gap | CPU s |")
        print("|---|---|---|---|---|")
        print(f"| **PostHarvest** | {ours} |", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cost.npz"
            np.savez(path, cost=cost, p=p)
            for name in PEERS:
                print(f"| {name} | {ask_peer(name, path, options)} |", flush=True)


def instances():
    """(title, weighted cost matrix, p, our row) for a graph and for the counties."""
    from siting import EFFORT, PROOF, country, matrix, timed, warm_up
    from siting_instances import graph_like

    from postharvest.engines.siting.costs import hours_between

    warm_up()
    for n, p, k in ((200, 5, 6), (200, 20, 8)):
        hours = graph_like(k, n)
        plan, cpu = timed(matrix(hours, p), PROOF)
        yield f"graph like pmed{k}: n = {n}, p = {p}", hours, p, our_row(plan, cpu)
    problem = country("150")
    plan, cpu = timed(problem, EFFORT["standard"])
    cost = problem.cost_of(hours_between(problem, slice(None), np.arange(problem.candidates)))
    yield "2,850 counties, p = 150 (weighted hours)", cost, 150, our_row(plan, cpu)


def our_row(plan, cpu):
    proof = plan.certificate
    return (
        f"{proof.objective:.8g} | {proof.tree_bound:.8g} | "
        f"{100 * (1 - proof.tree_bound / proof.objective):.3f} % | {cpu:.1f}"
    )


def ask_peer(name, path, options):
    threads = {f"{lib}_NUM_THREADS": "1" for lib in ("OMP", "OPENBLAS", "MKL", "RAYON")}
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [options.peers, str(Path(__file__).with_name("siting_peer.py")), name, str(path)]
    try:
        done = subprocess.run(
            [*words, str(options.limit)], capture_output=True, text=True,
            timeout=3 * options.limit, env=os.environ | threads, check=False,
        )  # fmt: skip
        lines = done.stdout.strip().splitlines()
        said = json.loads(lines[-1]) if lines else {"note": fault(done)}
    except subprocess.TimeoutExpired:
        said = {"note": f"no answer in {3 * options.limit} s of wall time"}
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime
    if said.get("objective") is None:
        return f"{said.get('note', 'no plan')} | | | {cpu:.1f}"
    bound = said.get("bound")
    gap = "" if bound is None else f"{100 * (1 - bound / said['objective']):.3f} %"
    return (
        f"{said['objective']:.8g} | {'' if bound is None else f'{bound:.8g}'} | {gap} | {cpu:.1f}"
    )


def fault(done):
    lines = done.stderr.strip().splitlines()
    return f"failed: {lines[-1][:90]}" if lines else f"stopped by signal {-done.returncode}"


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
