"""A diary becomes mornings, an alert becomes words and a report to correct."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.diary import (
    WHY,
    DiaryEntry,
    SeasonPlan,
    alert_sentence,
    surplus_draft,
    village_days,
)
from postharvest.engines.warning.village import FEATURES, WarningParams, solve

FIRST = date(2018, 12, 1)
DAYS = [FIRST + timedelta(days=k) for k in range(90)]
PLAN = SeasonPlan(
    harvest_kg=dict.fromkeys(DAYS, 2000.0),
    usual_share=0.9,
    norm_yuan_kg=1.2,
    rain_usual_share=0.25,
)


def diary(*, until=40, gone_from=20):
    return [
        DiaryEntry(
            day=day,
            bought_kg=1800.0 if k < gone_from else 50.0,
            price_yuan_kg=1.2 if k < gone_from else 1.2 - 0.01 * (k - gone_from),
        )
        for k, day in enumerate(DAYS[:until])
    ]


def mornings(entries, *, plan=PLAN, rain=None, last=DAYS[39]):
    return village_days(entries, plan, rain_ahead_mm=rain or {}, first=FIRST, last=last)


def test_a_morning_knows_what_was_bought_the_day_before():
    days = mornings(diary())
    assert np.isnan(days.bought_kg[0])
    assert days.bought_kg[20] == 1800.0
    assert days.bought_kg[21] == 50.0
    assert days.expected_kg[5] == 1800.0
    assert days.to_come_share[0] == pytest.approx(1 - 1 / 90)


def test_a_day_nobody_wrote_down_stays_unknown():
    days = mornings([entry for entry in diary() if entry.day != DAYS[10]])
    assert np.isnan(days.price_yuan_kg[10])
    assert np.isnan(days.bought_kg[11])


def test_rain_is_counted_in_days_of_a_millimetre_or_more():
    days = mornings(diary(), rain={DAYS[3]: [0, 0.4, 1, 5, 20, 0, 0, 99]})
    assert days.rain_ahead_share[3] == pytest.approx(3 / 7)
    assert days.rain_ahead_share[4] == 0.25


def test_a_winter_of_rain_and_absent_merchants_rings_and_says_why():
    rain = {day: [8.0] * 5 + [0.0] * 2 for day in DAYS[:40]}
    days = mornings(diary(), rain=rain)
    path = solve(days, WarningParams())
    assert path.alerts
    alert = path.alerts[0]
    assert alert.day < 35
    for chinese in (True, False):
        said = alert_sentence(alert, first=FIRST, chinese=chinese)
        assert f"{alert.probability:.0%}" in said
        assert all(WHY[name][0 if chinese else 1] in said for name, _ in alert.why)


def test_an_alert_offers_a_report_with_the_fields_filled():
    days = mornings(diary(until=30), last=DAYS[29])
    alert = solve(days, WarningParams(threshold=0.2)).alerts[-1]
    draft = surplus_draft(alert, days, PLAN, first=FIRST, window_days=10)
    assert (draft.to_day - draft.from_day).days == 9
    assert 0 < draft.kg <= 20_000
    assert draft.floor_yuan_kg == pytest.approx(days.price_yuan_kg[alert.day])


def test_every_term_has_its_words():
    assert set(WHY) == set(FEATURES)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"harvest_kg": {}}, "harvest_kg"),
        ({"harvest_kg": {FIRST: 0.0}}, "harvest_kg"),
        ({"usual_share": 1.5}, "usual_share"),
        ({"norm_yuan_kg": 0.0}, "norm_yuan_kg"),
    ],
)
def test_an_impossible_plan_is_refused(change, field):
    with pytest.raises(InvalidInput) as refused:
        mornings(diary(), plan=replace(PLAN, **change))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (DiaryEntry(day=DAYS[0], bought_kg=1.0, price_yuan_kg=1.0), "twice"),
        (DiaryEntry(day=DAYS[60], bought_kg=-1.0, price_yuan_kg=1.0), "0 or more"),
        (DiaryEntry(day=DAYS[60], bought_kg=1.0, price_yuan_kg=0.0), "above 0"),
    ],
)
def test_an_impossible_entry_is_named(entry, says):
    with pytest.raises(InvalidInput, match="entry 41") as refused:
        mornings([*diary(), entry])
    assert says in refused.value.detail


def test_an_endless_or_reversed_span_is_refused():
    with pytest.raises(InvalidInput, match="last"):
        mornings(diary(), last=FIRST - timedelta(days=1))
