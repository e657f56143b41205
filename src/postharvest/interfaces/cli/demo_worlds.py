"""The same story in many worlds: how often it clears, the median and the worst."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

CLEARED_SHARE = 0.95
SCHEMA = "postharvest.demo-worlds/1"


def compare_worlds(options: argparse.Namespace) -> int:
    """Tell the story once per seed, each in a database of its own, and print the comparison."""
    seeds = [options.seed + n for n in range(options.worlds)]
    with tempfile.TemporaryDirectory() as folder:
        results = list(_told(options.story, seeds, Path(folder), blind=options.blind))
    summary = summary_of(options.story, results)
    for line in _lines(summary):
        print(line)
    if options.json:
        Path(options.json).write_text(json.dumps(summary, indent=1), encoding="utf-8")
    return 1 if summary["broken_invariants"] else 0


def summary_of(story: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    """Return in how many worlds it cleared, the median and the worst."""
    nets = [r["money"]["growers_net_yuan"] for r in results]
    worst = min(results, key=lambda r: r["money"]["growers_net_yuan"])
    cleared = [_gone_share(r) for r in results]
    return {
        "schema": SCHEMA,
        "simulated": True,
        "case": story,
        "worlds": len(results),
        "cleared": sum(share >= CLEARED_SHARE for share in cleared),
        "cleared_share_median": round(statistics.median(cleared), 4),
        "growers_net_yuan": {
            "mean": round(statistics.fmean(nets), 2),
            "median": round(statistics.median(nets), 2),
            "worst": min(nets),
            "best": max(nets),
        },
        "planned": results[0]["plan"] | {"risk": results[0]["story"]["risk"]},
        "losing": sum(
            net < 0 or r["money"]["uplift_yuan_per_kg"] < 0
            for net, r in zip(nets, results, strict=True)
        ),
        "worst_seed": worst["seed"],
        "broken_invariants": [
            {"seed": r["seed"], "name": one["name"]}
            for r in results
            for one in r["invariants"]
            if not one["ok"]
        ],
        "runs": [
            {
                "seed": r["seed"],
                "growers_net_yuan": r["money"]["growers_net_yuan"],
                "gone_share": round(share, 4),
                "online_kg": r["kg"]["online"],
                "on_time_share": r["on_time_share"],
            }
            for r, share in zip(results, cleared, strict=True)
        ],
    }


def _told(story: str, seeds: list[int], folder: Path, *, blind: bool) -> Iterator[dict[str, Any]]:
    home = Path(os.environ.get("POSTHARVEST_HOME", "var")).resolve()

    def tell(seed: int) -> dict[str, Any]:
        own = folder / str(seed)
        (own / "cache").mkdir(parents=True)
        for template in (home / "cache").glob("reference-*.sqlite3"):
            (own / "cache" / template.name).symlink_to(template)
        target = own / "result.json"
        command = [sys.executable, "-m", "postharvest.interfaces.cli.main", "demo", story]
        command += ["--seed", str(seed), "--json", str(target)]
        command += ["--blind"] if blind else []
        done = subprocess.run(  # noqa: S603  (our own command)
            command,
            env={**os.environ, "POSTHARVEST_HOME": str(own)},
            capture_output=True,
            text=True,
            check=False,
        )
        if not target.exists():
            raise OSError(f"seed {seed}: {done.stderr.strip().splitlines()[-1:]}")
        result: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
        return result

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as crew:
        for n, result in enumerate(crew.map(tell, seeds), 1):
            print(f"… {n} of {len(seeds)} worlds told", file=sys.stderr)
            yield result


def _gone_share(result: dict[str, Any]) -> float:
    kg = result["kg"]
    return float((kg["online"] + kg["wholesale"] + kg["culled"]) / kg["reported"])


def _lines(summary: dict[str, Any]) -> list[str]:
    net = summary["growers_net_yuan"]
    return [
        f"SIMULATED: {summary['case']} in {summary['worlds']} worlds",
        f"  cleared (95 % gone)      {summary['cleared']} of {summary['worlds']}",
        f"  growers' net             mean {net['mean']:,.0f}, median {net['median']:,.0f}, "
        f"worst {net['worst']:,.0f} (seed {summary['worst_seed']}), best {net['best']:,.0f} yuan",
        f"  published expectation    {summary['planned']['risk']['mean']:,.0f} yuan",
        f"  worlds that lost         {summary['losing']}",
        f"  broken invariants        {len(summary['broken_invariants'])}",
    ]
