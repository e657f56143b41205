"""The one page says the same in both languages and needs nothing beside itself."""

import json
import re

import pytest

from postharvest.decisions.planning.plan_file import write_json
from postharvest.decisions.planning.rescue_html import page_html
from postharvest.decisions.planning.rescue_page import plan_page
from postharvest.decisions.planning.rescue_text import page_text
from postharvest.decisions.planning.rescue_words import ITEM_WORDS, WORDS


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_holds_price_income_points_and_risk(case, plan, lang):
    text = page_text(plan_page(case, [plan], lang=lang))
    assert f"{plan['shown'][case.reference_pack]['team_yuan']}" in text
    assert f"{plan['net_income_yuan']:,.0f}" in text
    assert f"{plan['risk']['mean']:,.0f}" in text
    assert all(point in text for point in plan["open_points"])
    assert len(text.splitlines()) < 90


def test_both_languages_have_the_same_sentences_and_facts():
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    assert ITEM_WORDS["en"].keys() == ITEM_WORDS["zh"].keys()
    fields = re.compile(r"{(\w+)")
    for key, sentence in WORDS["en"].items():
        assert set(fields.findall(sentence)) == set(fields.findall(WORDS["zh"][key])), key


def test_the_report_is_self_contained(case, plan):
    html = page_html(case, [plan, plan], lang="zh")
    assert html.count("<svg") == 4
    assert "http" not in html
    assert "<script" not in html
    assert 'lang="zh-CN"' in html


def test_the_plan_survives_json_and_shows_whole_tenths(plan, tmp_path):
    write_json(tmp_path / "plan.json", plan)
    assert json.loads((tmp_path / "plan.json").read_text(encoding="utf-8")) == plan
    for shown in plan["shown"].values():
        assert round(shown["team_yuan"], 1) == shown["team_yuan"] < shown["solo_yuan"]


def test_nothing_half_written_is_left_behind(tmp_path):
    with pytest.raises(TypeError):
        write_json(tmp_path / "plan.json", {"a": object()})
    assert list(tmp_path.iterdir()) == []


def test_the_plan_says_why(plan):
    why = plan["why"]
    assert why["zones_not_offered"] == [{"zone": "far", "reason": "too_late", "late_share": 0.1796}]
    assert len(why["relaxations"]) == 3
    assert {row["assumption"] for row in why["flips"]} == {"postage", "demand", "wages"}
    assert {row["name"] for row in why["baselines"]} >= {"nothing_online", "normal_season"}
    assert plan["risk"]["blind"]["mean"] < plan["risk"]["mean"] < plan["net_income_yuan"]
