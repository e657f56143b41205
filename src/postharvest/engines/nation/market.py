"""How a crop's national online market is divided: by the harvest each province has in reach."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from postharvest.engines.nation.access import hours_and_offer
from postharvest.engines.nation.assumptions import Assumptions
from postharvest.engines.nation.problem import (
    WEEKS_PER_YEAR,
    Floats,
    Produce,
    Province,
    Run,
    Scenario,
)


def asked_run(
    provinces: Sequence[Province],
    produce: Produce,
    scenarios: Sequence[Scenario],
    worlds: Sequence[Assumptions],
    *,
    middle: Assumptions,
    years: int,
    seed: int,
    first_week: int = 0,
    draws: Sequence[int] = (),
) -> Run:
    """Build the question; ``provinces`` are all of the nation, even where few are simulated.

    The share within reach is taken at the middle assumptions with full participation.
    """
    plain = Run(
        scenarios=tuple(scenarios),
        worlds=tuple(worlds),
        served_share=np.zeros((len(scenarios), produce.retail.size, years)),
        years=years,
        seed=seed,
        first_week=first_week,
        draws=tuple(draws),
    )
    full = replace(middle, participation=1.0)
    served = np.stack(
        [_served(provinces, produce, plain, scenario, full) for scenario in scenarios]
    )
    return replace(plain, served_share=served)


def _served(
    provinces: Sequence[Province],
    produce: Produce,
    run: Run,
    scenario: Scenario,
    world: Assumptions,
) -> Floats:
    kg = np.zeros((produce.retail.size, run.years))
    for province in provinces:
        _, offer = hours_and_offer(province, scenario, run, world)
        by_crop = np.zeros((produce.retail.size, run.weeks))
        np.add.at(
            by_crop,
            province.pair_crop,
            province.pair_kg[:, None] * offer[province.pair_county],
        )
        by_crop *= np.tile(province.season, (1, run.years))
        kg += by_crop.reshape(-1, run.years, WEEKS_PER_YEAR).sum(axis=2)
    share: Floats = kg / np.maximum(produce.output_kg[:, None], 1e-12)
    return share
