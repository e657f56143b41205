"""Headquarters' measures: figures, maps that work without a script, rows, files, paths."""

import csv
import io
import json
from datetime import UTC, datetime

import duckdb
import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.decisions.measures import actions
from postharvest.interfaces.web import measures_view
from postharvest.operations.network.actions import open_base

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 0, tzinfo=UTC)
PAGE = "/network/measures/"


@pytest.fixture(autouse=True)
def somewhere(settings, tmp_path):
    settings.MEASURES_ROOT = tmp_path / "measures"


@pytest.fixture
def read(places):
    open_base(code="b", name_zh="基", name_en="b", county_code="610528", actor=SYSTEM, now=NOW)
    actions.refresh(actor=SYSTEM, now=NOW)


def test_before_the_first_reading_the_page_offers_one(as_, places):
    browser = as_("headquarters")
    assert "Read the books now" in browser.get(PAGE).content.decode()
    assert browser.post(f"{PAGE}refresh/").status_code == 302
    assert "Before and after" in browser.get(PAGE).content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_both_maps_are_there_without_a_script_and_access_has_grown(as_, read, language):
    page = as_("headquarters", language).get(PAGE).content.decode()
    assert page.count('<svg class="map') == 2
    before, after = page.split('class="swipe-before"')[::-1]
    assert "<circle" not in before.split("</svg>")[0].replace('class="legend', "")
    assert "<circle" in after.split('class="swipe-after"')[1]
    for kind in measures_view.MAPS:
        assert as_("headquarters", language).get(f"{PAGE}?map={kind}").status_code == 200
    assert as_("headquarters", language).get(f"{PAGE}national/").status_code == 200


def test_every_measure_has_a_name_and_leads_to_its_rows(as_, read):
    browser = as_("headquarters")
    page = browser.get(PAGE).content.decode()
    for name in measures_view.titles():
        assert f"{PAGE}rows/{name}/" in page
    rows = browser.get(f"{PAGE}rows/access_villages_share_3h/?place=610528").content.decode()
    assert "place:610528" in rows
    assert browser.get(f"{PAGE}rows/happiness/").status_code == 404


def test_the_files_say_the_same(as_, read, tmp_path):
    browser = as_("headquarters")
    body = {kind: browser.get(f"{PAGE}measures.{kind}").content for kind in
            ("csv", "parquet", "geojson")}  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(body["csv"].decode("utf-8-sig"))))
    (tmp_path / "m.parquet").write_bytes(body["parquet"])
    stored = duckdb.sql(f"SELECT measure, code, value FROM '{tmp_path}/m.parquet'").fetchall()
    said = [(r["measure"], r["code"] or None, float(r["value"]) if r["value"] else None)
            for r in rows]  # fmt: skip
    assert sorted(map(str, stored)) == sorted(map(str, said))
    counties = {f["id"]: f["properties"] for f in json.loads(body["geojson"])["features"]}
    here = {r["measure"]: r["value"] for r in rows if r["code"] == "610528" and r["value"]}
    assert here
    for name, value in here.items():
        assert counties["610528"][name] == pytest.approx(float(value))


def test_paths_of_the_simulator_are_kept_and_drawn_with_their_bands(as_, read):
    browser = as_("headquarters")
    band = {"p10": [1, 2, None], "p50": [2, 3, 4], "p90": [3, 4, 5]}
    document = {
        "schema": "postharvest.nation/1", "seed": 4, "by_year": {},
        "paths": {"none": {"gmv_yuan": band}, "pilots": {"gmv_yuan": band}},
    }  # fmt: skip
    for raw, drawn in ((b"no json", 0), (json.dumps(document).encode(), 4)):
        browser.post(f"{PAGE}paths/", {"file": io.BytesIO(raw)})
        page = browser.get(PAGE).content.decode()
        assert page.count("<polygon") == drawn  # a band a scenario, on phone and desk


def test_buyers_and_villages_do_not_see_them(as_, read):
    for area in ("shop", "village", "packing"):
        assert as_(area).get(PAGE).status_code == 403
        assert as_(area).get(f"{PAGE}measures.csv").status_code == 403
