"""A finished sale moves what the next plan expects."""

import numpy as np
import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.learned_demand import learned_demand
from postharvest.engines.pricing.elasticity import ListingSales


def sale(name, *, days, level, seed, slope=-2.0):
    generator = np.random.default_rng(seed)
    price = 7.0 * np.exp(0.2 * generator.standard_normal(days))
    noise = np.exp(0.15 * generator.standard_normal(days))
    return ListingSales(
        listing=name,
        produce="persimmon",
        day=737_000 + np.arange(days),
        price=price,
        quantity=level * (price / 7.0) ** slope * noise,
        promoted=np.zeros(days, dtype=bool),
        usable=np.ones(days, dtype=bool),
    )


def test_reference_and_elasticity_come_from_the_sales():
    found = learned_demand(
        [sale("s1", days=60, level=300.0, seed=1)], listing="s1", steps=10, seed=1
    )
    assert found.reference_price == pytest.approx(7.0, rel=0.1)
    expected = 10 * 300.0 * (found.reference_price / 7.0) ** -2
    assert found.reference_kg == pytest.approx(expected, rel=0.15)
    assert found.reference_kg_low < found.reference_kg < found.reference_kg_high
    assert found.elasticity == pytest.approx(-2.0, abs=0.4)
    assert found.rows == 60


def test_another_finished_sale_makes_the_elasticity_surer():
    one = [sale("s1", days=20, level=300.0, seed=1)]
    more = [*one, *(sale(f"s{k}", days=60, level=250.0, seed=k) for k in range(2, 8))]
    width = [
        found.elasticity_high95 - found.elasticity_low95
        for found in (learned_demand(s, listing="s1", steps=5, seed=1) for s in (one, more))
    ]
    assert width[1] < width[0]


def test_an_unknown_or_new_listing_is_refused():
    sales = [sale("s1", days=60, level=300.0, seed=1), sale("s2", days=5, level=300.0, seed=2)]
    with pytest.raises(InvalidInput, match="'s9' is not among"):
        learned_demand(sales, listing="s9", steps=5, seed=1)
    with pytest.raises(InvalidInput, match="5 usable rows"):
        learned_demand(sales, listing="s2", steps=5, seed=1)
