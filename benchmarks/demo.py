"""What the two demos cost: wall clock, CPU, memory, and whether every check holds.

python benchmarks/demo.py [fuping] [muge] [--seed 7] [--write]

Each story is told by the command a person types, in a home of its own: the first time, with the
reference tables still to be loaded, and then once more.  On a machine that others use too, read the
CPU seconds.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "demo.md"
COMMAND = [sys.executable, "-m", "postharvest.interfaces.cli.main", "demo"]
TARGETS = {"fuping": (30, None), "muge": (480, 1500)}
"""Seconds and megabytes, on two cores."""
FIRST, AGAIN = "first time in a home", "again"
WHEN = {"fuping": (FIRST, AGAIN), "muge": (FIRST,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One telling of a story."""

    story: str
    when: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    result: dict

    @property
    def line(self):
        seconds, megabytes = TARGETS[self.story]
        memory = f" / {megabytes}" if megabytes else ""
        checks = self.result["invariants"]
        return (
            f"| {self.story}, {self.when} | {self.wall_s:.1f} | {self.cpu_s:.1f} | {seconds} | "
            f"{self.peak_mb:,.0f}{memory} | {self.result['orders']:,} | "
            f"{self.result['parcels']:,} | {sum(one['ok'] for one in checks)} of {len(checks)} |"
        )


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("stories", nargs="*", default=["fuping", "muge"], metavar="STORY")
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--write", action="store_true", help="write results/demo.md")
    given = options.parse_args()
    before = os.getloadavg()[0]
    costs = []
    for story in given.stories:
        with tempfile.TemporaryDirectory() as home:
            for when in WHEN[story]:
                costs.append(tell(story, given.seed, Path(home), when))
                print(costs[-1].line, flush=True)
    page = page_of(costs, given.seed, before)
    if given.write:
        RESULTS.write_text(page, encoding="utf-8")
    else:
        print(page)
    return 0 if all(one["ok"] for cost in costs for one in cost.result["invariants"]) else 1


def tell(story, seed, home, when):
    """Tell a story and measure the process that tells it."""
    environment = {**os.environ, "POSTHARVEST_HOME": str(home)}
    target = home / "result.json"
    started = time.monotonic()
    used = run([*COMMAND, story, "--seed", str(seed), "--json", str(target)], environment)
    return Cost(
        story=story,
        when=when,
        wall_s=time.monotonic() - started,
        cpu_s=used.ru_utime + used.ru_stime,
        peak_mb=used.ru_maxrss / 1024,
        result=json.loads(target.read_text(encoding="utf-8")),
    )


def run(command, environment) -> resource.struct_rusage:
    """Run a command to its end and return what it used."""
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    return used


def page_of(costs, seed, load):
    """Return the results page."""
    lines = [
        "# The demos",
        "",
        f"`python benchmarks/demo.py --write` (seed {seed}; SQLite; {os.cpu_count()} cores, load "
        f"average {load:.1f} before it began, so read the CPU seconds unless that is near 0).",
        "",
        "| story | wall s | CPU s | target s | peak MB / target | orders | parcels | checks |",
        "|---|---|---|---|---|---|---|---|",
        *(cost.line for cost in costs),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
