"""A lot's file: defaults are named, faults too."""

from datetime import date

import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.lot_file import LADDER_STEPS, lot_of, read_lot

GOOD = {
    "schema": "postharvest.lot/1",
    "name": "pear",
    "kg": 1000,
    "start_date": date(2020, 9, 1),
    "days": 8,
    "reference_price_yuan_kg": 7.0,
    "reference_kg_per_day": 130,
}


def test_what_was_not_given_is_named():
    lot = lot_of(GOOD)
    assert "elasticity" in lot.assumed
    assert "elasticity" not in lot_of(GOOD | {"elasticity": -1.5}).assumed


def test_the_ladder_falls_in_whole_fen_between_the_limits():
    lot = lot_of(GOOD | {"lowest_price_yuan_kg": 5, "highest_price_yuan_kg": 9})
    ladder = lot.problem.ladder_yuan_kg
    assert (ladder[0], ladder[-1], len(ladder)) == (9.0, 5.0, LADDER_STEPS)


def test_an_interval_of_the_elasticity_becomes_its_deviation():
    lot = lot_of(GOOD | {"elasticity": -2.0, "elasticity_lo95": -3.0, "elasticity_hi95": -1.0})
    assert lot.problem.elasticity_sd == pytest.approx(0.5102, abs=1e-3)


def test_days_may_differ():
    kg = [100, 110, 120, 130, 140, 150, 160, 170]
    assert lot_of(GOOD | {"reference_kg_per_day": kg}).problem.reference_kg.tolist() == kg


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"schema": "postharvest.lot/2"}, "schema"),
        ({"kg": 0}, "kg"),
        ({"kg": "many"}, "kg"),
        ({"days": 0}, "days"),
        ({"colour": "red"}, "colour"),
        ({"start_date": "soon"}, "start_date"),
        ({"elasticity": 0.5}, "elasticity"),
        ({"elasticity": -2, "elasticity_lo95": -1, "elasticity_hi95": -0.5}, "elasticity_lo95"),
        ({"reference_kg_per_day": [1, 2]}, "reference_kg_per_day"),
        ({"lowest_price_yuan_kg": 9, "highest_price_yuan_kg": 8}, "highest_price_yuan_kg"),
        ({"salvage_yuan_kg": 6}, "salvage_yuan_kg"),
        ({"solo_markup": 0}, "solo_markup"),
    ],
)
def test_a_fault_is_named_by_field(change, field):
    with pytest.raises(InvalidInput) as refused:
        lot_of(GOOD | change)
    assert refused.value.field == field


def test_a_missing_field_is_named():
    with pytest.raises(InvalidInput, match="reference_price_yuan_kg: is missing"):
        lot_of({name: value for name, value in GOOD.items() if name != "reference_price_yuan_kg"})


def test_text_that_is_not_toml_is_named(tmp_path):
    path = tmp_path / "lot.toml"
    path.write_text("kg = = 1", encoding="utf-8")
    with pytest.raises(InvalidInput, match="is not TOML"):
        read_lot(path)
