"""Every night: a winter of rain and absent merchants rings, and is held to what came."""

import uuid
from datetime import date, timedelta

import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock.time import at_hour
from postharvest.decisions.insight import queries
from postharvest.decisions.insight.models import GlutRisk, PriceOutlook, SimulatedBacktest
from postharvest.decisions.insight.watching import watch_base, watch_diaries
from postharvest.engines.warning.village import WarningParams
from postharvest.operations.diary.actions import Line, Season, expect_season, write_diary
from postharvest.operations.diary.weather import Rain, take_weather
from postharvest.operations.harvest.models import Produce
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions.bases import open_base, open_branch
from postharvest.operations.network.models import County, Province

FIRST = date(2018, 12, 1)
DAYS = 96
GUIGANG = "450803"
CANE = "sugarcane_fresh"


@pytest.fixture
def office(db):
    province = Province.objects.create(code="450000", name_zh="广西", name_en="Guangxi")
    County.objects.create(
        code=GUIGANG, name_zh="港南区", name_en="Gangnan", province=province, lat=23.0, lon=109.6,
        rural_population=1, urban_population=1, households=1, n_villages=1, coord_source="test",
    )  # fmt: skip
    Produce.objects.create(
        id=CANE, name_zh="果蔗", name_en="fruit cane", group="other", shelf_ambient_days_lo=20,
        shelf_ambient_days_hi=40, temp_class="a", bruise_class=1, packs_kg=[5],
        farmgate_lo_fen_per_kg=100, farmgate_hi_fen_per_kg=140, retail_lo_fen_per_kg=300,
        retail_hi_fen_per_kg=500,
    )  # fmt: skip
    now = at_hour(FIRST, 8)
    base = open_base(
        code="cane", name_zh="甘蔗", name_en="cane", county_code=GUIGANG, actor=SYSTEM, now=now
    )
    return open_branch(
        base_id=base.pk, code="cane-1", name_zh="甘蔗", name_en="cane", actor=SYSTEM, now=now
    )


def expect(office, *, usual_fen=120):
    expect_season(
        season=Season(
            branch_id=office.pk, produce_id=CANE, first_day=FIRST,
            last_day=FIRST + timedelta(days=DAYS - 1), expected_g=200_000_000, usual_share=0.95,
            usual_fen_per_kg=usual_fen,
        ),
        actor=SYSTEM, now=at_hour(FIRST, 8),
    )  # fmt: skip


def live_through(office, *, wet, days, until_price_falls=999, village="A"):
    """Write what a village saw: on wet days few merchants come, and forecasts say when."""
    total = 200_000.0 / DAYS
    for n in range(days):
        day = FIRST + timedelta(days=n)
        kg = total * (0.3 if wet(n) else 1.15)  # after rain they take what waited
        fen = 120 if n < until_price_falls else max(60, 120 - 5 * (n - until_price_falls))
        write_diary(
            line=Line(
                key=uuid.uuid4(), branch_id=office.pk, produce_id=CANE, village=village, day=day,
                came=True, bought_g=round(kg * 1000), fen_per_kg=fen,
            ),
            actor=SYSTEM, now=at_hour(day, 18),
        )  # fmt: skip
        take_weather(
            rain=[
                Rain(county_code=GUIGANG, told_on=day, day=day + timedelta(days=k),
                     rain_mm=8.0 if wet(n + k) else 0.0)
                for k in range(1, 8)
            ],
            source="test", actor=SYSTEM, now=at_hour(day, 18),
        )  # fmt: skip


def rain_winter(n):
    """45 rain days of 96, the middle of what `rain_case` cites, in spells of about four days."""
    return (n * 45) // 96 != ((n + 1) * 45) // 96 if n % 8 > 4 else n % 8 in (1, 2, 3)


def dry_winter(n):
    return n % 4 == 0


def ring(office, *, days):
    for n in range(0, days, 3):
        watch_base(base_id=office.base_id, now=at_hour(FIRST + timedelta(days=n), 20))
    return list(GlutRisk.objects.filter(rings=True).order_by("day"))


def test_the_rain_winter_of_the_cane_raises_the_alarm(office):
    low, high = _cited_rain_days()
    assert low <= sum(rain_winter(n) for n in range(DAYS)) <= high
    expect(office)
    live_through(office, wet=rain_winter, days=45)
    alarms = ring(office, days=45)
    assert alarms
    first = alarms[0]
    assert {name for name, _ in first.why} & {"merchants", "unsold", "rain"}
    assert first.rain_told_days > 0
    assert first.draft["kg"] > 0
    assert first.draft["from_day"] == first.day.isoformat()
    assert queries.alerts(GUIGANG, today=alarms[-1].day)


def test_a_night_that_was_missed_rings_the_next_night_and_then_is_silent(office):
    expect(office)
    live_through(office, wet=rain_winter, days=45)
    rung_on = ring(office, days=45)[0].day
    GlutRisk.objects.all().delete()
    for n in (1, 2, 3):
        watch_base(base_id=office.base_id, now=at_hour(rung_on + timedelta(days=n), 20))
    [alarm] = GlutRisk.objects.filter(rings=True)
    sure = GlutRisk.objects.filter(probability__gte=WarningParams().threshold)
    assert alarm == sure.earliest("day")


def test_a_usual_winter_stays_silent(office):
    expect(office)
    live_through(office, wet=dry_winter, days=45)
    assert ring(office, days=45) == []
    assert GlutRisk.objects.exists()


def test_a_place_is_foretold_once_a_day_and_not_without_a_season(office):
    live_through(office, wet=dry_winter, days=15)
    now = at_hour(FIRST + timedelta(days=14), 20)
    assert watch_base(base_id=office.base_id, now=now) == 1
    assert not GlutRisk.objects.exists()
    outlook = PriceOutlook.objects.get()
    assert outlook.local["entries"] == 7
    assert outlook.local["yuan_kg"] == pytest.approx(1.2)
    assert len(outlook.weeks) == 4
    assert outlook.weeks[0]["p10"] <= outlook.weeks[0]["p50"] <= outlook.weeks[0]["p90"]
    assert outlook.backtest is None
    assert outlook.method == "constant"
    watch_diaries(now=now)
    assert PriceOutlook.objects.count() == 1


def test_a_longer_diary_is_forecast_with_its_back_test(office):
    start = FIRST - timedelta(days=7 * 40)
    for n in range(40):
        write_diary(
            line=Line(
                key=uuid.uuid4(), branch_id=office.pk, produce_id=CANE, village="A",
                day=start + timedelta(days=7 * n), came=True, bought_g=1000,
                fen_per_kg=100 + (n * 7) % 13,
            ),
            actor=SYSTEM, now=at_hour(start + timedelta(days=7 * n), 9),
        )  # fmt: skip
    watch_base(base_id=office.base_id, now=at_hour(FIRST, 20))
    outlook = PriceOutlook.objects.get()
    assert outlook.written_weeks == 40
    assert outlook.backtest["points"] >= 12
    assert 0 <= outlook.backtest["inside_80"] <= 1


def test_what_was_foretold_is_held_to_what_came(office):
    expect(office)
    live_through(office, wet=rain_winter, days=70, until_price_falls=35)
    for n in (20, 30, 55):
        watch_base(base_id=office.base_id, now=at_hour(FIRST + timedelta(days=n), 20))
    watch_base(base_id=office.base_id, now=at_hour(FIRST + timedelta(days=90), 20))
    came = dict(GlutRisk.objects.values_list("day", "came_true"))
    assert came[FIRST + timedelta(days=20)] is True
    assert came[FIRST + timedelta(days=30)] is True
    assert came[FIRST + timedelta(days=55)] is None  # it had fallen before
    record = queries.warning_record(GUIGANG)
    assert record.mornings == 2
    assert record.brier == pytest.approx(
        sum((1 - risk.probability) ** 2 for risk in GlutRisk.objects.filter(came_true=True)) / 2
    )
    assert queries.warning_record("61").mornings == 0


def test_villages_that_wrote_nothing_are_not_absent_merchants(office):
    live_through(office, wet=dry_winter, days=3)
    line = Line(
        key=uuid.uuid4(), branch_id=office.pk, produce_id=CANE, village="B", day=FIRST, came=True,
        bought_g=2_000_000, fen_per_kg=None,
    )  # fmt: skip
    write_diary(line=line, actor=SYSTEM, now=at_hour(FIRST, 19))
    from postharvest.decisions.insight.place_diary import place_diary

    seen = place_diary(
        branch_id=office.pk, produce_id=CANE, since=FIRST, until=FIRST + timedelta(days=2)
    )
    alone = 200_000 / DAYS * 1.15
    assert seen.entries[1].bought_kg == pytest.approx(2 * alone, rel=1e-3)


def test_the_simulated_back_test_is_stored_once(office):
    expect(office)
    for n in (0, 1):
        watch_base(base_id=office.base_id, now=at_hour(FIRST + timedelta(days=n), 20))
    row = SimulatedBacktest.objects.get()
    assert row.seasons >= 100
    assert row.caught / row.gluts >= 0.8
    assert row.false_alerts / row.seasons <= 1


def test_the_told_price_comes_from_enough_lines_only(office):
    live_through(office, wet=dry_winter, days=1)
    asked = {"branch_id": office.pk, "produce_id": CANE}
    assert queries.told_price(day=FIRST, **asked) is None
    live_through(office, wet=dry_winter, days=4, village="B")
    found = queries.told_price(day=FIRST + timedelta(days=3), **asked)
    assert (found.entries, found.yuan_kg) == (4, pytest.approx(1.2))


def _cited_rain_days():
    row = next(r for r in network.table_rows("rain_case") if "rain days" in str(r["fact"]))
    words = str(row["value"]).split()
    return int(words[0]), int(words[2])
