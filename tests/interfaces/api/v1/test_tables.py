"""Tables out with their dictionary and in by two phases; lanes as a timetable and as a map."""

import csv
import io
import zipfile
from datetime import time

import pytest
from openpyxl import load_workbook
from tests.operations.conftest import DESK, OPENS

from postharvest.core.tables import catalogue
from postharvest.core.tokens.actions import create_token
from postharvest.operations.network import queries as network
from postharvest.operations.network.models import CalendarDay, Prefecture
from postharvest.operations.parcels.collecting import set_collections

NAME = "postal_tariffs"


@pytest.fixture
def ask(client, stall):
    token = create_token(name="program", scopes=["api:read", "tables:write"], now=OPENS)
    bearer = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}

    def send(method, path, body=b"", kind="application/octet-stream"):
        return client.generic(method, f"/api/v1/{path}", body, content_type=kind, headers=bearer)

    return send


def test_the_dictionary_names_every_column_of_every_table(ask):
    told = {row["name"]: row for row in ask("GET", "tables").json()["items"]}
    shapes = {name: shape for name, shape in catalogue.shapes().items() if not shape.is_map}
    assert told.keys() == shapes.keys()
    for name, shape in shapes.items():
        assert [one["name"] for one in told[name]["columns"]] == shape.column_names
        assert all(one["zh"] and one["kind"] for one in told[name]["columns"])


def test_a_table_goes_out_and_comes_back_changed_in_two_phases(ask):
    text = ask("GET", f"tables/{NAME}").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    place = rows[0].index("first_yuan")
    rows[1][place] = "99"
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    before = network.read_table(NAME)
    tried = ask("PUT", f"tables/{NAME}", out.getvalue().encode("gb18030"))
    assert tried.json() | {"changed": 1, "committed": False} == tried.json()
    assert network.read_table(NAME) == before
    done = ask("PUT", f"tables/{NAME}?commit=true", out.getvalue().encode("utf-16"))
    assert (done.status_code, done.json()["committed"]) == (200, True)
    assert network.read_table(NAME)[0]["first_yuan"] == 99


def test_every_bad_row_is_named_with_column_rule_and_hint(ask):
    text = ask("GET", f"tables/{NAME}").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    place = rows[0].index("first_yuan")
    rows[1][place], rows[2][place] = "much", ""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    told = ask("PUT", f"tables/{NAME}?commit=true", out.getvalue().encode())
    assert told.status_code == 422
    faults = told.json()["faults"]
    assert [(one["line"], one["column"]) for one in faults] == [
        (2, "first_yuan"),
        (3, "first_yuan"),
    ]
    assert all(one["rule"] and one["hint"] for one in faults)


def test_xlsx_holds_the_same_rows(ask):
    content = ask("GET", f"tables/{NAME}?format=xlsx").content
    sheet = load_workbook(io.BytesIO(content), read_only=True)[NAME]
    assert sum(1 for _ in sheet.iter_rows()) == len(network.read_table(NAME)) + 1


def test_parquet_carries_its_dictionary(ask):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is an extra")
    content = ask("GET", f"tables/{NAME}?format=parquet").content
    table = parquet.read_table(io.BytesIO(content))
    rows = network.read_table(NAME)
    assert table.num_rows == len(rows)
    assert table.column("first_yuan").to_pylist() == [row["first_yuan"] for row in rows]
    field = table.schema.field("first_yuan")
    assert field.metadata[b"unit"] == b"yuan"
    assert table.schema.metadata[b"title_zh"].decode() == catalogue.shape(NAME).title_zh


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("tables/nothing", b"a", 404), (f"tables/{NAME}", b"", 422),
        (f"tables/{NAME}", b"PK\x03\x04 no workbook", 422),
        (f"tables/{NAME}?commit=perhaps", b"a", 422), ("network/timetable.zip", b"no zip", 422),
        ("tables/province_outlines", b"{}", 404),
    ],
)  # fmt: skip
def test_what_is_no_table_is_a_problem(ask, path, body, status):
    answer = ask("PUT", path, body)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def files_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode())))
            for name in archive.namelist()
        }


def test_lanes_are_a_timetable_in_the_shape_of_gtfs(ask, stall):
    set_collections(
        branch_id=stall.sale.branch_id, cut_offs=dict.fromkeys(range(5), time(17, 30)),
        actor=DESK, now=OPENS,
    )  # fmt: skip
    CalendarDay.objects.create(day="2026-11-04", kind="collection_stop")
    content = ask("GET", "network/timetable.zip?first=2026-11-02&days=7").content
    assert content == ask("GET", "network/timetable.zip?first=2026-11-02&days=7").content
    files = files_of(content)
    trips = {row["trip_id"] for row in files["trips.txt"]}
    assert trips
    stops = {row["stop_id"] for row in files["stops.txt"]}
    for row in files["stop_times.txt"]:
        assert row["trip_id"] in trips
        assert row["stop_id"] in stops
    assert {row["departure_time"] for row in files["stop_times.txt"]
            if row["stop_sequence"] == "1"} == {"17:30:00"}  # fmt: skip
    arrivals = {row["arrival_time"] for row in files["stop_times.txt"]
                if row["stop_sequence"] == "2"}  # fmt: skip
    assert all(int(at[:2]) >= 41 for at in arrivals)
    [week] = files["calendar.txt"]
    assert (week["friday"], week["saturday"]) == ("1", "0")
    [stopped] = files["calendar_dates.txt"]
    assert (stopped["date"], stopped["exception_type"]) == ("20261104", "2")


def test_a_timetable_comes_back_in_two_phases(ask, stall):
    place = "network/timetable.zip"
    content = ask("GET", place).content
    set_collections(
        branch_id=stall.sale.branch_id, cut_offs={0: time(8)}, actor=DESK, now=OPENS
    )  # fmt: skip
    sent = ask("GET", place).content
    assert ask("PUT", f"{place}?commit=true", sent, "application/zip").json()["changes"] == []
    set_collections(branch_id=stall.sale.branch_id, cut_offs={}, actor=DESK, now=OPENS)
    tried = ask("PUT", place, sent).json()
    assert tried["changes"] == ["BR1: collections unknown become Mon 08:00"]
    assert not tried["committed"]
    assert ask("GET", place).content == content
    assert ask("PUT", f"{place}?commit=true", sent).json() == {**tried, "committed": True}
    assert ask("GET", place).content == sent


def test_a_bad_row_of_a_timetable_is_named_with_its_file(ask, stall):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, rows in files_of(ask("GET", "network/timetable.zip").content).items():
            lines = [list(rows[0]), *(list(row.values()) for row in rows)] if rows else []
            text = "\n".join(",".join(cells) for cells in lines)
            archive.writestr(name, text.replace("18:00:00", "six", 2) or "service_id")
    told = ask("PUT", "network/timetable.zip?commit=true", out.getvalue())
    assert told.status_code == 422
    [fault] = told.json()["faults"]
    assert (fault["file"], fault["line"], fault["column"]) == (
        "stop_times.txt", 2, "departure_time",
    )  # fmt: skip
    assert fault["rule"]
    assert fault["hint"]


def test_the_map_holds_offices_and_lanes(ask, stall):
    told = ask("GET", "network/map.geojson").json()
    kinds = [one["properties"]["kind"] for one in told["features"]]
    assert kinds.count("branch") == 1
    lines = [one for one in told["features"] if one["properties"]["kind"] == "lane"]
    assert lines
    for line in lines:
        market = Prefecture.objects.get(pk=line["properties"]["market"])
        assert line["geometry"]["coordinates"][1] == [market.lon, market.lat]
