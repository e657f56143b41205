"""Headquarters' page of the kept national run: paths, conditions, never a forecast."""

import json

import pytest

from postharvest.core.tables.shipped import shipped_rows
from postharvest.decisions.nation.assumed import assumed, middle
from postharvest.decisions.nation.document import to_document
from postharvest.decisions.nation.gather import gather
from postharvest.decisions.nation.running import simulate
from postharvest.decisions.nation.scenarios import (
    PILOTS,
    Programme,
    places_of,
    to_scenarios,
)
from postharvest.engines.nation.conditions import Conditions, Lever
from postharvest.engines.nation.market import asked_run

pytestmark = pytest.mark.django_db
PAGE = "/network/nation/"
PROGRAMMES = (
    Programme(name="no_programme", counties=(), years=()),
    Programme(name="pilots_only", counties=PILOTS, years=(-1, -1)),
)
GOAL = Conditions(
    goal=1e12,
    now=5e10,
    factor_all=2.5,
    levers=(
        Lever(name="surplus_share", elasticity_now=0.9, elasticity_at_goal=0.7, part=0.6),
        Lever(name="participation", elasticity_now=0.9, elasticity_at_goal=0.0, part=0.3),
        Lever(name="postage", elasticity_now=0.1, elasticity_at_goal=0.1, part=0.1),
    ),
    three=("surplus_share", "participation", "postage"),
    factor_three=None,
    values_three={},
    most_three=4e11,
    alone={},
)


@pytest.fixture(scope="module")
def document():
    nation = gather(shipped_rows, places_of(PROGRAMMES))
    numbers = assumed(shipped_rows)
    run = asked_run(
        nation.provinces, nation.produce, to_scenarios(PROGRAMMES, nation.base_places),
        [middle(numbers)], middle=middle(numbers), years=1, seed=1,
    )  # fmt: skip
    few = [one for one in nation.provinces if one.code == 610000]
    return to_document(
        simulate(nation, run, provinces=few),
        nation=nation,
        numbers=numbers,
        programmes=PROGRAMMES,
        fingerprint="0" * 64,
        goal=GOAL,
        checked=(),
    )


def test_without_a_kept_run_the_page_says_how_to_make_one(as_, settings, tmp_path):
    settings.MEASURES_ROOT = tmp_path
    page = as_("headquarters").get(PAGE)
    assert page.status_code == 200
    assert "simulate nation --keep" in page.content.decode()


@pytest.fixture
def kept(settings, tmp_path, document):
    settings.MEASURES_ROOT = tmp_path
    (tmp_path / "nation.json").write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("not forecast", "A condition, not a forecast", "The two pilots")),
        ("zh-hans", ("不是预测", "这是条件", "仅两个试点")),
    ],
)
def test_the_kept_run_is_shown_with_its_conditions(as_, language, words):
    page = as_("headquarters", language).get(PAGE).content.decode()
    for word in words:
        assert word in page
    assert page.count('class="chart"') == 14


def test_a_desk_does_not_see_headquarters_run(as_):
    assert as_("desk").get(PAGE).status_code == 403
