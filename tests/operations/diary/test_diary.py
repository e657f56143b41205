"""A line a day, sent as often as the signal needs; rain by form, file or service."""

import threading
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from postharvest.core.audit.actor import Actor, NotAllowed, Role
from postharvest.core.errors import InvalidInput
from postharvest.operations.diary import queries as diary
from postharvest.operations.diary.actions import (
    KeyReused,
    Line,
    OwnSeason,
    Planting,
    Season,
    expect_season,
    record_crop,
    register_planting,
    write_diary,
)
from postharvest.operations.diary.models import CropRecord, DiaryLine, WeatherDay
from postharvest.operations.diary.open_meteo import OpenMeteo, rain_of_answer
from postharvest.operations.diary.weather import Rain, ask_service, rain_of_text, take_weather

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
TODAY = date(2026, 11, 2)
AGENT = Actor(party="agent:1", role=Role.VILLAGE_AGENT, scope="610528")
ELSEWHERE = Actor(party="agent:2", role=Role.VILLAGE_AGENT, scope="450803")


@pytest.fixture
def office(stall):
    return stall.sale.branch


@pytest.fixture
def line(office, stall):
    return Line(
        key=uuid.UUID(int=1), branch_id=office.pk, produce_id=stall.sale.surplus.produce_id,
        village="窦村", day=TODAY, came=True, bought_g=900_000, fen_per_kg=120,
    )  # fmt: skip


def test_a_line_sent_three_times_is_one(line):
    rows = {write_diary(line=line, actor=AGENT, now=NOW).pk for _ in range(3)}
    assert len(rows) == DiaryLine.objects.count() == 1


def test_a_key_that_comes_with_other_figures_is_refused(line):
    write_diary(line=line, actor=AGENT, now=NOW)
    with pytest.raises(KeyReused):
        write_diary(line=replace(line, bought_g=1), actor=AGENT, now=NOW)
    assert DiaryLine.objects.get().bought_g == 900_000


def test_a_correction_is_another_line_and_the_latest_counts(line):
    write_diary(line=line, actor=AGENT, now=NOW)
    write_diary(line=replace(line, key=uuid.UUID(int=2), bought_g=5_000), actor=AGENT, now=NOW)
    [counted] = diary.lines_that_count(
        branch_id=line.branch_id, produce_id=line.produce_id, since=TODAY, until=TODAY
    )
    assert counted.bought_g == 5_000
    assert diary.lines("610528").count() == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"day": TODAY + timedelta(days=1)}, "day"),
        ({"day": TODAY - timedelta(days=61)}, "day"),
        ({"came": False}, "bought"),
        ({"bought_g": -1}, "bought"),
        ({"fen_per_kg": 0}, "price"),
        ({"produce_id": "unobtainium"}, "produce"),
        ({"branch_id": 999}, "branch"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_written(line, changed, field):
    with pytest.raises(InvalidInput) as refused:
        write_diary(line=replace(line, **changed), actor=AGENT, now=NOW)
    assert refused.value.field == field
    assert not DiaryLine.objects.exists()


def test_another_county_s_agent_writes_nothing_here(line):
    with pytest.raises(NotAllowed):
        write_diary(line=line, actor=ELSEWHERE, now=NOW)
    write_diary(line=line, actor=AGENT, now=NOW)
    with pytest.raises(NotAllowed):
        write_diary(line=line, actor=ELSEWHERE, now=NOW)


def test_seasons_of_a_place_do_not_overlap(line):
    season = Season(
        branch_id=line.branch_id, produce_id=line.produce_id, first_day=TODAY,
        last_day=TODAY + timedelta(days=60), expected_g=9_000_000, usual_share=0.9,
        usual_fen_per_kg=120,
    )  # fmt: skip
    expect_season(season=season, actor=AGENT, now=NOW)
    changed = expect_season(season=replace(season, expected_g=1), actor=AGENT, now=NOW)
    assert changed.expected_g == 1
    with pytest.raises(InvalidInput, match="first day to change it"):
        expect_season(
            season=replace(season, first_day=TODAY + timedelta(days=9)), actor=AGENT, now=NOW
        )


def test_a_season_recorded_again_is_corrected_and_keeps_what_was_foretold(line, office):
    season = OwnSeason(
        base_id=office.base_id, produce_id=line.produce_id, year=2025, yield_kg_mu=2000,
        cost_fen_mu=300_000, fen_per_kg=250, foretold={"mean": 1, "p10": 0, "p90": 2},
    )  # fmt: skip
    record_crop(season=season, actor=AGENT, now=NOW)
    record_crop(season=replace(season, yield_kg_mu=1500, foretold=None), actor=AGENT, now=NOW)
    row = CropRecord.objects.get()
    assert (row.yield_kg_mu, row.foretold["p90"]) == (1500, 2)
    with pytest.raises(InvalidInput, match="this year"):
        record_crop(season=replace(season, year=2027), actor=AGENT, now=NOW)


def test_plantings_add_up_by_crop_and_year(line, office):
    planting = Planting(
        key=uuid.UUID(int=5), base_id=office.base_id, produce_id=line.produce_id,
        village="窦村", year=2027, mu=4.5,
    )  # fmt: skip
    for key in (5, 5, 6):
        register_planting(planting=replace(planting, key=uuid.UUID(int=key)), actor=AGENT, now=NOW)
    assert diary.intended_mu(office.base_id, year=2027) == {line.produce_id: 9.0}
    assert diary.intended_mu(office.base_id, year=2026) == {}
    assert diary.published_mu(office.base_id, year=2027) == {}  # two people's word stays theirs
    for key in (7, 8, 9):
        register_planting(planting=replace(planting, key=uuid.UUID(int=key)), actor=AGENT, now=NOW)
    assert diary.published_mu(office.base_id, year=2027) == {line.produce_id: 22.5}


def test_rain_told_again_replaces_and_today_s_own_rain_is_no_forecast(office):
    county = office.county_id
    for mm in (4.0, 7.0):
        take_weather(
            rain=[
                Rain(county_code=county, told_on=TODAY, day=TODAY + timedelta(days=n), rain_mm=mm)
                for n in (0, 1, 2)
            ],
            source="typed", actor=AGENT, now=NOW,
        )  # fmt: skip
    told = diary.rain_told(county_code=county, since=TODAY, until=TODAY)
    assert told == {TODAY: [7.0, 7.0]}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("610528,2026-11-02,2026-11-03", "row 2: has 3 cells"),
        ("610528,2026-11-02,soon,3", "row 2: day 'soon'"),
        ("610528,2026-11-02,2026-11-03,wet", "row 2: rain_mm 'wet'"),
        ("610528,2026-11-02,2026-11-03,1\n610528,2026-11-02,2026-11-03,2", "row 3: 2026-11-03 is"),
        ("", "file: has a header but no rows"),
    ],
)
def test_a_faulty_weather_file_is_named_by_row(row, says):
    with pytest.raises(InvalidInput, match=says.replace("(", r"\(")):
        rain_of_text(f"county,told_on,day,rain_mm\n{row}\n")


def test_rain_of_a_strange_county_or_day_is_refused_whole(office):
    good = Rain(county_code=office.county_id, told_on=TODAY, day=TODAY, rain_mm=1)
    for bad in (
        replace(good, county_code="999999"),
        replace(good, rain_mm=-1),
        replace(good, day=TODAY - timedelta(days=1)),
        replace(good, told_on=TODAY + timedelta(days=1)),
    ):
        with pytest.raises(InvalidInput, match="row 2"):
            take_weather(rain=[good, bad], source="file", actor=AGENT, now=NOW)
    assert not WeatherDay.objects.exists()


def test_the_open_service_is_asked_once_a_day_for_each_county(office, settings):
    asked = []

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = (
                b'{"daily": {"time": ["2026-11-02", "2026-11-03", "2026-11-04"],'
                b' "precipitation_sum": [0.0, 12.5, null]}}'
            )
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        settings.POSTHARVEST_WEATHER_URL = f"http://127.0.0.1:{server.server_port}"
        first = ask_service(service=OpenMeteo(), now=NOW)
        again = ask_service(service=OpenMeteo(), now=NOW)
        server.shutdown()
        thread.join()
    assert (first, again, len(asked)) == (2, 0, 1)
    assert "latitude=" in asked[0]
    told = diary.rain_told(county_code=office.county_id, since=TODAY, until=TODAY)
    assert told == {TODAY: [12.5]}


def test_a_service_out_of_reach_or_with_a_strange_answer_writes_nothing(office, settings, caplog):
    settings.POSTHARVEST_WEATHER_URL = "http://127.0.0.1:9"
    assert ask_service(service=OpenMeteo(), now=NOW) == 0
    assert "did not tell the weather" in caplog.text
    with pytest.raises(ValueError, match="lacks"):
        rain_of_answer(b'{"error": true}')
    assert not WeatherDay.objects.exists()
