"""A GTFS-shaped timetable: what goes out comes in and changes nothing; another sets the lanes."""

import csv
import io
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from tests.operations.conftest import BUYER, DESK, FAR, NEAR, OPENS, START

from postharvest.core.audit.actor import Actor, NotAllowed, Role
from postharvest.core.audit.models import AuditEntry
from postharvest.core.clock.time import CHINA
from postharvest.core.errors import InvalidInput
from postharvest.interfaces.cli import timetable_export, timetable_import
from postharvest.interfaces.cli.main import main
from postharvest.operations.network import queries as network
from postharvest.operations.network.models import Base, Branch, CalendarDay, Lane, LaneMarket
from postharvest.operations.parcels.collecting import next_collection, set_collections
from postharvest.operations.parcels.models import CollectionTime
from postharvest.operations.parcels.schedules import lane_timetable, median_days
from postharvest.operations.parcels.timetable_files import unpacked
from postharvest.operations.parcels.timetables import take_timetable

WEEK = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
HALF_PAST_FIVE = time(17, 30)


@pytest.fixture
def branch(stall):
    return stall.sale.branch_id


def operators(**changed: str) -> dict[str, bytes]:
    """An operator's own feed: a truck at noon and one at five on weekdays, at noon on Saturday."""
    files = {
        "stops": "stop_id,stop_code,stop_name,wheelchair_boarding\n"
        "s1,BR1,富平,1\ns2,,Xi'an hub,1\ns3,310000,上海,1\n",
        "routes": f"route_id,route_short_name,route_type\nr1,{NEAR},1100\n",
        "calendar": f"service_id,{WEEK},start_date,end_date\n"
        "wk,1,1,1,1,1,0,0,20261101,20261231\nsa,0,0,0,0,0,1,0,20261101,20261231\n",
        "calendar_dates": "service_id,date,exception_type\n"
        "wk,20261111,2\nsa,20261111,2\n",
        "trips": "route_id,service_id,trip_id\nr1,wk,noon\nr1,wk,five\nr1,sa,sat\n",
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "noon,12:00:00,12:00:00,s1,1\nnoon,81:00:00,,s3,9\n"
        "five,17:00:00,17:00:00,s1,1\nfive,20:00:00,20:10:00,s2,5\nfive,83:00:00,,s3,9\n"
        "sat,12:00:00,12:00:00,s1,1\nsat,81:00:00,,s3,9\n",
    }  # fmt: skip
    return {f"{name}.txt": text.encode() for name, text in {**files, **changed}.items()}


def take(files, *, dry_run=False, actor=DESK):
    return take_timetable(files=files, dry_run=dry_run, actor=actor, now=OPENS)


def state():
    return (
        list(Lane.objects.order_by("pk").values()),
        list(LaneMarket.objects.order_by("prefecture_id").values("lane", "prefecture")),
        list(CollectionTime.objects.order_by("pk").values()),
        list(CalendarDay.objects.order_by("pk").values()),
        AuditEntry.objects.count(),
    )


def out(days=30):
    return unpacked(lane_timetable(scope="610528", first=START, days=days))


@pytest.mark.parametrize(
    "cut_offs",
    [{}, dict.fromkeys(range(5), HALF_PAST_FIVE), {0: HALF_PAST_FIVE, 2: time(9, 15), 5: time(12)}],
)
def test_what_goes_out_comes_in_again_and_changes_nothing(branch, cut_offs):
    set_collections(branch_id=branch, cut_offs=cut_offs, actor=DESK, now=OPENS)
    CalendarDay.objects.create(day=START + timedelta(days=2), kind="collection_stop")
    before = state()
    outcome = take(out())
    assert (outcome.faults, outcome.changes, outcome.is_committed) == ((), (), True)
    assert outcome.trips == 2 * max(1, len(set(cut_offs.values())))
    assert state() == before


def test_a_round_trip_puts_back_what_was_changed_in_between(branch):
    times = {0: HALF_PAST_FIVE, 5: time(12)}
    set_collections(branch_id=branch, cut_offs=times, actor=DESK, now=OPENS)
    sent = out()
    set_collections(branch_id=branch, cut_offs={3: time(8)}, actor=DESK, now=OPENS)
    [change] = take(sent).changes
    assert change == "BR1: collections Thu 08:00 become Mon 17:30 Sat 12:00"
    rows = CollectionTime.objects.filter(branch=branch)
    assert dict(rows.values_list("weekday", "cut_off")) == times


def test_an_operators_timetable_sets_days_collections_and_days_without(branch):
    near, far = Lane.objects.get(zone=NEAR), Lane.objects.get(zone=FAR)
    outcome = take(operators())
    assert outcome.faults == ()
    assert len(outcome.changes) == 3
    changed = Lane.objects.get(pk=near.pk)
    assert (median_days(near), median_days(changed)) == (2, 3)
    assert changed.transit_pmf[:4] == [0, 0, 0.5, 0.5]
    assert sum(changed.transit_pmf) == pytest.approx(1)
    assert changed.postage_fen == near.postage_fen
    assert changed.status_note == "transit: the operator's timetable"
    assert [row.prefecture_id for row in changed.markets.all()] == ["310000"]
    assert Lane.objects.get(pk=far.pk).transit_pmf == far.transit_pmf
    rows = CollectionTime.objects.filter(branch=branch)
    assert dict(rows.values_list("weekday", "cut_off")) == {
        **dict.fromkeys(range(5), time(17)),
        5: time(12),
    }
    eve = datetime(2026, 11, 10, 18, tzinfo=CHINA)
    assert next_collection(branch_id=branch, at=eve) == datetime(2026, 11, 12, 17, tzinfo=CHINA)
    assert take(operators()).changes == ()


def test_a_day_without_collection_keeps_what_else_is_special_about_it(branch):
    day = date(2026, 11, 11)
    CalendarDay.objects.create(day=day, kind="holiday", truck_times="09:00", note="fair")
    CalendarDay.objects.create(day=day, kind="packing_stop")
    take(operators())
    rule = network.day_rules("610528", day, day)[day]
    assert (rule.kind, rule.packs, rule.collects) == ("holiday", False, False)
    assert (rule.truck_times, rule.note) == ("09:00", "fair")


def test_a_dry_run_says_the_same_and_writes_nothing(branch):
    before = state()
    tried = take(operators(), dry_run=True)
    assert not tried.is_committed
    assert state() == before
    assert take(operators()).changes == tried.changes


BAD = [
    ("stops", "stop_id,stop_code\ns1,BR1\ns1,BR1\ns3,310000\n", ("stops.txt", 3, "stop_id")),
    ("routes", f"route_id,route_short_name\nr2,{NEAR}\n", ("trips.txt", 2, "route_id")),
    ("routes", "route_id,route_short_name\nr1,north\n", ("trips.txt", 2, "route_id")),
    ("routes", f"route_id,route_short_name\nr1,{FAR}\n", ("stop_times.txt", 3, "stop_id")),
    ("routes", "route_id\nr1\n", ("routes.txt", 0, "")),
    ("calendar", f"service_id,{WEEK},start_date,end_date\nwk,1,1,1,1,1,2,0,20261101,20261231\n",
     ("calendar.txt", 2, "saturday")),
    ("calendar", f"service_id,{WEEK},start_date,end_date\nwk,1,1,1,1,1,0,0,20261131,20261231\n"
     "sa,0,0,0,0,0,1,0,20261101,20261231\n", ("calendar.txt", 2, "start_date")),
    ("calendar", f"service_id,{WEEK},start_date,end_date\nwk,1,1,1,1,1,0,0,20261101,20261231\n"
     "sa,0,0,0,0,0,0,0,20261101,20261231\n", ("calendar.txt", 3, "service_id")),
    ("calendar", f"service_id,{WEEK},start_date,end_date\nwk,1,1,1,1,1,0,0,20261101,20261231\n"
     "sa,0,0,0,0,0,1,0,20270101,20271231\n", ("calendar.txt", 3, "start_date")),
    ("calendar", f"service_id,{WEEK},start_date,end_date\nwk,1,1,1,1,1,0,0,20261231,20261101\n"
     "sa,0,0,0,0,0,1,0,20261101,20261231\n", ("calendar.txt", 2, "end_date")),
    ("calendar_dates", "service_id,date,exception_type\nsu,20261111,2\n",
     ("calendar_dates.txt", 2, "service_id")),
    ("calendar_dates", "service_id,date,exception_type\nwk,20261111,1\n",
     ("calendar_dates.txt", 2, "exception_type")),
    ("calendar_dates", "service_id,date,exception_type\nsa,20261111,2\n",
     ("calendar_dates.txt", 2, "date")),
    ("stop_times", "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
     "noon,,half past,s1,1\nnoon,81:00:00,,s3,9\n", ("stop_times.txt", 2, "departure_time")),
    ("stop_times", "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
     "noon,,25:00:00,s1,1\nnoon,81:00:00,,s3,9\n", ("stop_times.txt", 2, "departure_time")),
    ("stop_times", "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
     "noon,,12:00:00,s1,1\nnoon,20:00:00,,s3,9\n", ("stop_times.txt", 3, "arrival_time")),
    ("stop_times", "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
     "noon,,12:00:00,s1,1\nnoon,81:00:00,,s3,9\nfive,,17:00:00,s1,1\nfive,60:00:00,,s3,9\n",
     ("trips.txt", 3, "trip_id")),
    ("stop_times", "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
     "noon,,12:00:00,s2,1\nnoon,81:00:00,,s3,9\n", ("stop_times.txt", 2, "stop_id")),
    ("stop_times", "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
     "noon,,12:00:00,s1,1\n", ("trips.txt", 2, "trip_id")),
]  # fmt: skip


@pytest.mark.parametrize(("file", "text", "named"), BAD)
def test_a_bad_row_is_named_and_nothing_is_half_loaded(branch, file, text, named):
    before = state()
    outcome = take(operators(**{file: text}))
    assert named in {(one.file, one.fault.line, one.fault.column) for one in outcome.faults}
    assert all(one.fault.rule and one.fault.hint for one in outcome.faults)
    assert not outcome.is_committed
    assert state() == before


def test_every_bad_row_is_named_not_only_the_first(branch):
    times = operators()["stop_times.txt"].decode().replace("12:00:00,s1", "noon,s1")
    faults = take(operators(stop_times=times)).faults
    assert [(one.file, one.fault.line) for one in faults] == [
        ("stop_times.txt", 2),
        ("stop_times.txt", 7),
    ]


def test_a_refusal_half_way_takes_back_what_was_done_before(branch):
    first = Lane.objects.get(zone=NEAR)
    closed = Base.objects.create(
        code="B2", name_zh="旧", name_en="Old", county=first.base.county, lat=34, lon=109,
        state="closed",
    )  # fmt: skip
    old = Branch.objects.create(
        base=closed, code="BR2", name_zh="旧", name_en="Old", county=closed.county, lat=34, lon=109
    )
    lane = Lane.objects.create(
        base=closed, origin=old, zone="z", transit_pmf=[1.0], postage_fen={"3000": 400}
    )
    LaneMarket.objects.create(lane=lane, origin=old, prefecture_id="650000")
    files = operators(
        stops="stop_id,stop_code\ns1,BR1\ns2,\ns3,310000\ns4,BR2\ns5,650000\n",
        routes=f"route_id,route_short_name\nr1,{NEAR}\nr2,z\n",
        trips="route_id,service_id,trip_id\nr1,wk,noon\nr1,sa,sat\nr2,wk,old\n",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "noon,,12:00:00,s1,1\nnoon,81:00:00,,s3,9\nsat,,12:00:00,s1,1\nsat,81:00:00,,s3,9\n"
        "old,,12:00:00,s4,1\nold,81:00:00,,s5,9\n",
    )
    before = state()
    with pytest.raises(InvalidInput, match="B2 is closed"):
        take(files)
    assert state() == before


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=strategies.data())
def test_whatever_stands_in_a_cell_is_a_fault_or_is_understood(branch, data):
    files = operators()
    name = data.draw(strategies.sampled_from(sorted(files)))
    rows = list(csv.reader(io.StringIO(files[name].decode())))
    row = data.draw(strategies.sampled_from(rows))
    place = data.draw(strategies.integers(0, len(row) - 1))
    row[place] = data.draw(
        strategies.text(max_size=12) | strategies.from_regex(r"-?[0-9:]{1,12}", fullmatch=True)
    )
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    files[name] = text.getvalue().encode("utf-8", "replace")
    outcome = take(files, dry_run=True)
    assert all(one.file in files and one.fault.rule and one.fault.hint for one in outcome.faults)


def test_a_missing_file_is_named(branch):
    files = operators()
    del files["trips.txt"], files["calendar_dates.txt"]  # the second one may be
    [fault] = take(files).faults
    assert str(fault) == "trips.txt: the file: it is missing; send it again"


@pytest.mark.parametrize("raw", [b"", b"no zip", b"PK\x03\x04 damaged"])
def test_what_is_no_zip_is_refused(raw):
    with pytest.raises(InvalidInput, match="zip"):
        unpacked(raw)


def test_nobody_sets_another_regions_lanes(branch):
    with pytest.raises(NotAllowed):
        take(operators(), actor=BUYER)
    other = Actor(party="desk:2", role=Role.DESK, scope="45")
    assert {one.fault.column for one in take(operators(), actor=other).faults} == {"stop_id"}


@pytest.fixture
def at_the_keyboard(branch, monkeypatch):
    """The commands on the tests' database."""
    for command in (timetable_export, timetable_import):
        monkeypatch.setattr(command.database, "is_ready", lambda: True)


def test_the_commands_export_try_and_commit(at_the_keyboard, tmp_path, capsys):
    feed = tmp_path / "lanes.zip"
    assert main(["timetable", "export", "--out", str(feed), "--first", "2026-11-02"]) == 0
    assert main(["timetable", "import", str(feed)]) == 0
    assert "2 trips, 0 changes; dry run" in capsys.readouterr().out
    folder = tmp_path / "feed"
    folder.mkdir()
    for name, text in operators().items():
        (folder / name).write_bytes(text)
    assert main(["timetable", "import", str(folder)]) == 0
    assert not CollectionTime.objects.exists()
    assert main(["timetable", "import", str(folder), "--commit"]) == 0
    assert f"BR1 {NEAR}: 2 days become 3" in capsys.readouterr().out
    assert CollectionTime.objects.count() == 6


def test_the_command_names_faults_and_ends_with_2(at_the_keyboard, tmp_path, capsys):
    for name, text in operators(stops="stop_id,stop_code\ns1,BR9\ns2,\ns3,310000\n").items():
        (tmp_path / name).write_bytes(text)
    assert main(["timetable", "import", str(tmp_path), "--commit"]) == 2
    said = capsys.readouterr().err
    assert "stop_times.txt: line 2, stop_id: 's1' 'BR9' is no post office of ours" in said
    assert "3 faults" in said
    assert not CollectionTime.objects.exists()


def test_times_that_are_only_assumed_are_marked_so(branch):
    def exact():
        rows = csv.DictReader(io.StringIO(out()["stop_times.txt"].decode()))
        return {row["timepoint"] for row in rows if row["stop_sequence"] == "1"}

    assert exact() == {"0"}
    set_collections(branch_id=branch, cut_offs={0: HALF_PAST_FIVE}, actor=DESK, now=OPENS)
    assert exact() == {"1"}
