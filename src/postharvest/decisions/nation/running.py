"""Runs the national simulator: serially, on this machine's processes, or on a Ray cluster."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.pools import Pool, processes, ray_cluster
from postharvest.decisions.nation.gather import Nation
from postharvest.engines.nation.paths import Paths, national
from postharvest.engines.nation.problem import Province, Run
from postharvest.engines.nation.simulate import ProvinceRun, simulate_province

POOLS = ("serial", "processes", "ray")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The nation's paths and each province's, in the order of ``provinces``."""

    run: Run
    paths: Paths
    provinces: tuple[Province, ...]
    by_province: tuple[Paths, ...]


@contextmanager
def pool_named(name: str, jobs: int | None, address: str | None = None) -> Iterator[Pool | None]:
    """Give the pool that was asked for; none means one province after another.

    Raises
    ------
    InvalidInput
        There is no such pool, or Ray is not installed.
    """
    if name not in POOLS:
        raise InvalidInput("pool", f"{name!r} is none of {', '.join(POOLS)}")
    if name == "serial":
        yield None
    elif name == "ray":
        with ray_cluster(address) as pool:
            yield pool
    else:
        with processes(jobs or max(1, os.cpu_count() or 1)) as pool:
            yield pool


def simulate(
    nation: Nation,
    run: Run,
    *,
    provinces: Sequence[Province] | None = None,
    pool: Pool | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Outcome:
    """Simulate some or all provinces; sums are taken in the order of codes, so pools agree."""
    chosen = tuple(nation.provinces if provinces is None else provinces)
    spread = map if pool is None else pool.map
    runs: list[ProvinceRun] = []
    for one in spread(
        simulate_province, chosen, [nation.produce] * len(chosen), [run] * len(chosen)
    ):
        runs.append(one)
        progress(len(runs), len(chosen))
    order = {province.code: k for k, province in enumerate(nation.provinces)}
    at = [order[province.code] for province in chosen]
    return Outcome(
        run=run,
        paths=_paths(runs, at, nation, run),
        provinces=chosen,
        by_province=tuple(_paths([one], [k], nation, run) for one, k in zip(runs, at, strict=True)),
    )


def _paths(runs: Sequence[ProvinceRun], at: Sequence[int], nation: Nation, run: Run) -> Paths:
    to = nation.destinations
    return national(runs, run, nation.produce, replace(to, zone=to.zone[list(at)]))
