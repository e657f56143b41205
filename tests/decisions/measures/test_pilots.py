"""Pilots against matched others, from facts; and the list of measures that docs and pages share."""

from datetime import date
from pathlib import Path

import pytest
from tests.decisions.measures.facts_on_paper import write

from postharvest.core.errors import InvalidInput
from postharvest.decisions.measures import actions
from postharvest.decisions.measures.catalogue import MEASURES
from postharvest.decisions.measures.pilots import compare_pilots
from postharvest.decisions.measures.store import opened
from postharvest.interfaces.web.measures_view import titles
from postharvest.operations.network.models import County, Province

SINCE, UNTIL = date(2026, 4, 1), date(2026, 8, 31)
LIFT_KG = 500


@pytest.fixture
def country(db, settings, tmp_path):
    """Forty counties that sell the same every month; two gain half a tonne a month from April."""
    settings.MEASURES_ROOT = tmp_path / "measures"
    province = Province.objects.create(code="610000", name_zh="陕西", name_en="Shaanxi")
    codes = [f"6105{n:02}" for n in range(1, 3)] + [f"6201{n:02}" for n in range(38)]
    County.objects.bulk_create(
        County(
            code=code, name_zh=code, name_en=code, province=province, lat=30 + n % 7, lon=100,
            coord_source="own", rural_population=1000 * (n % 9 + 1), urban_population=1,
            households=300, n_villages=20,
        )
        for n, code in enumerate(codes)
    )  # fmt: skip
    pickups = [
        {
            "pickup_id": 10 * n + month, "origin": code, "day": date(2026, month, 5),
            "grams": 1000 * (1000 + 10 * (n % 5) + (n * month) % 7
                             + (LIFT_KG if code < "62" and month >= 4 else 0)),
        }
        for n, code in enumerate(codes)
        for month in range(1, 9)
    ]  # fmt: skip
    with opened(actions.folder()) as store:
        write(store, pickups=pickups)
        (actions.folder() / "state.json").write_text('{"read_at": "2026-09-01"}')


def compared(**given):
    asked = {"measure": "rescued_kg", "pilots": ["6105"], "since": SINCE, "until": UNTIL, "seed": 1}
    return compare_pilots(**{**asked, **given})


def test_what_the_pilots_gained_is_found_though_they_are_two(country):
    found = compared()
    assert found.pilots == ["610501", "610502"]
    assert found.low <= LIFT_KG <= found.high
    assert found.high - found.low < 20
    assert set(found.matched) == set(found.pilots)
    assert all(other.startswith("62") for others in found.matched.values() for other in others)


def test_a_region_that_did_nothing_has_nought_in_its_interval(country):
    found = compared(pilots=["620100", "620101"])
    assert found.low <= 0 <= found.high


def test_too_little_to_compare_is_said(country):
    with pytest.raises(InvalidInput, match="measured months"):
        compared(since=date(2026, 1, 1))
    with pytest.raises(InvalidInput, match="no measured county"):
        compared(pilots=["99"])
    with pytest.raises(InvalidInput, match="can't be taken apart"):
        compared(measure="access_villages_share_2h")


def test_docs_and_pages_name_every_measure():
    text = (Path(__file__).parents[3] / "docs" / "measures.md").read_text(encoding="utf-8")
    assert [m.name for m in MEASURES if f"`{m.name}`" not in text] == []
    assert {m.name for m in MEASURES} == set(titles())
