"""Shipped tables and files, as base siting reads them."""

import numpy as np
import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.base_planning import Request, ask
from postharvest.decisions.planning.base_question import (
    BaseQuestion,
    market_hours,
    phases_of,
    surplus_weights,
    to_problem,
)
from postharvest.decisions.planning.base_tables import (
    national_counties,
    national_townships,
    read_matrix,
)


def test_the_country_is_planned_without_the_units_that_have_no_committees():
    demand, candidates = national_counties()
    assert len(demand.ids) == 2850
    assert not {"350527", "460321", "460322", "460323"} & set(demand.ids)
    assert demand.ids == candidates.ids
    assert {"610000", "450000"} <= set(candidates.regions)


def test_townships_hold_their_counties_people_and_are_spread_by_seed():
    counties, _ = national_counties()
    towns = national_townships(1)
    assert len(towns.ids) > 40_000
    assert towns.weight.sum() == pytest.approx(counties.weight.sum(), rel=1e-3)
    assert np.isfinite(towns.lat).all()
    again, other = national_townships(1), national_townships(2)
    assert again.lat.tolist() == towns.lat.tolist()
    same = (other.lat == towns.lat).mean()
    assert 0.2 < same < 0.4  # the known positions stay


def test_a_surplus_is_of_its_month_and_adds_up_over_the_year():
    demand, _ = national_counties()
    year = surplus_weights(demand, None)
    months = sum(surplus_weights(demand, month) for month in range(1, 13))
    assert months == pytest.approx(year)
    assert year.sum() > 0
    assert (surplus_weights(demand, 1) != surplus_weights(demand, 7)).any()


def test_bases_in_the_middle_are_nearer_to_the_buyers_than_at_the_rim():
    demand, candidates = national_counties()
    question = BaseQuestion(demand=demand, candidates=candidates, phases=(1,))
    hours = dict(zip(candidates.ids, market_hours(question), strict=True))
    assert hours["410102"] < hours["653125"]  # Zhengzhou and Yarkant


@pytest.mark.parametrize(
    ("count", "phases", "expected"),
    [
        (None, None, (50, 100, 150)),
        (150, None, (50, 100, 150)),
        (2, None, (1, 2)),
        (None, "7", (7,)),
        (9, "3,9", (3, 9)),
    ],
)
def test_phases_are_thirds_unless_given(count, phases, expected):
    assert phases_of(count, phases) == expected


def test_a_matrix_is_put_in_the_tables_order_and_may_have_gaps(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("id,b,a\ny,1,2\nx,3,\n", encoding="utf-8")
    hours = read_matrix(path, ("x", "y"), ("a", "b"))
    assert hours.tolist() == [[np.inf, 3.0], [2.0, 1.0]]
    np.save(tmp_path / "m.npy", hours)
    assert read_matrix(tmp_path / "m.npy", ("x", "y"), ("a", "b")).tolist() == hours.tolist()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,b\ny,1\nx,3\n", "matrix: has no column for 'a'"),
        ("id,a,b\nx,1,2\n", "matrix: has no row for 'y'"),
        ("1,2\n3\n", "matrix: line 2 has 1 cells"),
        ("1,2\n3,-1\n", "matrix: line 2, cell 2: '-1'"),
        ("1,2\n3,nan\n", "matrix: line 2, cell 2: 'nan'"),
        ("", "matrix: m.csv is empty"),
    ],
)
def test_a_broken_matrix_is_refused(tmp_path, text, message):
    path = tmp_path / "m.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as refusal:
        read_matrix(path, ("x", "y"), ("a", "b"))
    assert str(refusal.value).startswith(message)


def test_classes_weigh_and_cover_each_in_their_way(tmp_path):
    (tmp_path / "d.csv").write_text(
        "id,lat,lon,weight,class\na,30,100,10,berry\nb,31,101,10,apple\n", encoding="utf-8"
    )
    (tmp_path / "c.csv").write_text("id,lat,lon\na,30,100\n", encoding="utf-8")
    tables = {"demand": tmp_path / "d.csv", "candidates": tmp_path / "c.csv", "phases": "1"}
    problem = to_problem(ask(Request(class_weights="berry=3", class_hours="berry=1", **tables)))
    assert problem.weight.tolist() == [30.0, 10.0]
    assert np.asarray(problem.coverage_hours).tolist() == [1.0, 3.0]
    with pytest.raises(InvalidInput, match="class_weights: no demand row has class 'plum'"):
        to_problem(ask(Request(class_weights="plum=3", **tables)))


def test_one_table_without_the_other_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="candidates: is missing"):
        ask(Request(demand=tmp_path / "d.csv"))
