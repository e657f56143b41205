"""Reference tables: loaded once, replaced whole or not at all, and not lost by loading again."""

import pytest
from tests.operations.network.conftest import NOW

from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.audit.models import AuditEntry
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox.models import Event
from postharvest.core.tables.catalogue import shape, shapes
from postharvest.core.tables.shipped import shipped_rows
from postharvest.core.tables.writing import csv_bytes
from postharvest.operations.network import actions, queries
from postharvest.operations.network.actions import places as actions_places
from postharvest.operations.network.models import (
    County,
    Hub,
    PlanningDefault,
    Prefecture,
    Table,
    TableText,
    Tariff,
    Township,
    Village,
)

pytestmark = pytest.mark.django_db
PLANNER = Actor(party="headquarters", role=Role.PLANNER)


@pytest.fixture
def replace(places, tmp_path):
    def run(name, content, *, dry_run=False, actor=PLANNER, **more):
        file = tmp_path / "own.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return actions.import_table(
            name=name, path=file, dry_run=dry_run, actor=actor, now=NOW, **more
        )

    return run


def own(name, change, where=lambda row: True):
    """The shipped table as CSV, with some rows changed."""
    rows = [{**row, **(change if where(row) else {})} for row in shipped_rows(name)]
    return csv_bytes(shape(name), rows)


def test_everything_that_ships_is_loaded_with_its_provenance(places):
    assert set(Table.objects.values_list("name", flat=True)) == set(shapes())
    counties = Table.objects.get(name="counties")
    assert (counties.rows, counties.is_operator, counties.loaded_by) == (2854, False, "system")
    assert "GeoNames" in counties.licence
    assert "modelled" in counties.status
    assert County.objects.count() == 2854
    assert Prefecture.objects.count() == Hub.objects.count() == 369
    assert Township.objects.count() == 41_352
    assert Village.objects.count() == 37_037
    assert PlanningDefault.objects.count() == 47
    assert Tariff.objects.count() == 22


def test_loading_again_changes_nothing_and_says_so(places):
    before = list(Table.objects.order_by("name").values_list("name", "content_hash", "loaded_at"))
    assert actions.load_shipped_tables(now=NOW.replace(year=2027)) == []
    assert before == list(
        Table.objects.order_by("name").values_list("name", "content_hash", "loaded_at")
    )


def test_a_shipped_table_that_changed_is_loaded_anew_and_the_places_keep_what_points_at_them(base):
    Table.objects.filter(name="counties").update(content_hash="of an older release")
    County.objects.filter(code="610528").update(name_en="Old name")
    assert actions.load_shipped_tables(now=NOW) == ["counties"]
    base.county.refresh_from_db()
    assert base.county.name_en == "Fuping County"


def test_progress_names_every_table(places):
    Table.objects.filter(name__in=["hubs", "provinces"]).update(content_hash="old")
    told = []
    actions.load_shipped_tables(now=NOW, progress=lambda *step: told.append(step))
    assert told == [("Provinces", 0, 2), ("Mail-centre hubs", 1, 2)]


def test_a_village_of_the_pilots_knows_its_kind_and_township_and_others_theirs_by_code(places):
    pilot = Village.objects.get(code="450803001001")
    assert (pilot.kind, pilot.township_code, pilot.county_id) == (
        "community",
        "450803001",
        "450803",
    )
    other = Village.objects.filter(county_id="610102", code__endswith="001").first()
    assert (other.kind, other.township_code) == ("community", other.code[:9])


def test_a_replaced_table_is_in_force_and_survives_loading_again(replace):
    mine = own("counties", {"rural_pop_est": 650_000}, lambda row: row["code"] == "610528")
    outcome = replace("counties", mine, source="county yearbook 2025")
    assert (outcome.added, outcome.changed, outcome.removed) == (0, 1, 0)
    assert outcome.is_committed
    assert actions.load_shipped_tables(now=NOW) == []
    Table.objects.filter(name="provinces").update(content_hash="old")
    assert actions.load_shipped_tables(now=NOW) == ["provinces"]
    assert County.objects.get(code="610528").rural_population == 650_000
    table = Table.objects.get(name="counties")
    assert (table.is_operator, table.source) == (True, "county yearbook 2025")
    assert table.loaded_by == "headquarters"
    by_code = {row["code"]: row for row in queries.table_rows("counties")}
    assert by_code["610528"]["rural_pop_est"] == 650_000


def test_a_table_without_a_model_is_replaced_where_it_is_read(replace):
    replace(
        "produce", own("produce", {"shelf_ambient_days_hi": 77.0, "shelf_ambient_days_lo": 7.0})
    )
    assert {row["shelf_ambient_days_hi"] for row in queries.table_rows("produce")} == {77.0}
    assert shipped_rows("produce")[0]["shelf_ambient_days_hi"] != 77.0


def test_a_replacement_is_audited_and_is_news(replace):
    replace("planning_defaults", own("planning_defaults", {"source": "our own"}))
    entry = AuditEntry.objects.get(action="network.import_table")
    assert (entry.party, entry.subject, entry.after["changed"]) == (
        "headquarters",
        "table planning_defaults",
        47,
    )
    news = Event.objects.get(kind="network.table_replaced")
    assert news.body["table"] == "planning_defaults"


def test_a_dry_run_says_the_same_and_writes_nothing(replace):
    mine = own("counties", {"rural_pop_est": 1})
    before = Table.objects.get(name="counties").content_hash
    outcome = replace("counties", mine, dry_run=True)
    assert outcome.changed > 2800
    assert not outcome.is_committed
    assert Table.objects.get(name="counties").content_hash == before
    assert County.objects.get(code="610528").rural_population != 1
    assert not TableText.objects.exists()
    assert not AuditEntry.objects.filter(action="network.import_table").exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize("dry_run", [True, False])
def test_one_bad_row_among_thousands_keeps_the_whole_table_out(replace, dry_run):
    mine = own("counties", {"lat": 134.75}, lambda row: row["code"] == "610528")
    outcome = replace("counties", mine, dry_run=dry_run)
    assert [(fault.column, fault.value) for fault in outcome.faults] == [("lat", "134.75")]
    assert not outcome.is_committed
    assert not Table.objects.get(name="counties").is_operator
    assert not TableText.objects.exists()


def test_a_key_that_another_table_names_may_not_go(replace):
    rows = [row for row in shipped_rows("produce") if row["id"] != "persimmon_crisp"]
    outcome = replace("produce", csv_bytes(shape("produce"), rows))
    assert {fault.value for fault in outcome.faults} == {"persimmon_crisp"}
    named = " ".join(fault.rule for fault in outcome.faults)
    assert "produce_regions.produce_id" in named
    assert "crops_economics.produce_id" in named


def test_a_row_in_use_may_not_go_even_if_no_table_names_it(replace, lanes):
    mine = [row for row in shipped_rows("hubs") if row["code"] != lanes[0].hub_id]
    with pytest.raises(InvalidInput, match="still used by lane"):
        replace("hubs", csv_bytes(shape("hubs"), mine))
    assert Hub.objects.count() == 369
    assert not Table.objects.get(name="hubs").is_operator


def test_an_unknown_place_is_a_fault(replace):
    row = "450803001999,新村,village,450803001,江南街道,999999\n"
    heads = "code,name_zh,kind,township_code,township_zh,county_code\n"
    outcome = replace("villages_pilot", heads + row)
    assert [fault.column for fault in outcome.faults] == ["county_code"]


def test_merging_changes_and_adds_rows_and_keeps_the_rest(replace):
    heads = "field,value,unit,low,high,status,source\n"
    rows = "carton_2_5kg,1.05,yuan,,,own,our supplier\nnew_field,3,days,,,own,us\n"
    outcome = replace("planning_defaults", heads + rows, merge=True)
    assert (outcome.added, outcome.changed, outcome.removed, outcome.rows) == (1, 1, 0, 48)
    assert PlanningDefault.objects.get(field="carton_2_5kg").value == "1.05"
    assert PlanningDefault.objects.get(field="hold_days").value == "1"


def test_a_village_can_be_added(replace):
    heads = "code,name_zh,kind,township_code,county_code\n"
    replace("villages_pilot", heads + "450803001999,新村,village,450803001,450803\n", merge=True)
    assert Village.objects.get(code="450803001999").name_zh == "新村"
    assert Village.objects.count() == 37_038


def test_rows_without_a_key_cannot_be_merged(replace):
    with pytest.raises(InvalidInput, match="import the whole table"):
        replace("postal_facts", "fact,value,status\na,b,own\n", merge=True)


def test_a_restored_table_is_what_ships(replace):
    replace("postal_tariffs", own("postal_tariffs", {"first_yuan": 99.0}))
    assert set(Tariff.objects.values_list("first_yuan", flat=True)) == {99.0}
    actions.restore_table(name="postal_tariffs", actor=PLANNER, now=NOW)
    assert Tariff.objects.filter(first_yuan=99.0).count() == 0
    assert not Table.objects.get(name="postal_tariffs").is_operator
    assert queries.table_rows("postal_tariffs") == shipped_rows("postal_tariffs")


def test_only_planners_of_the_whole_country_replace_a_table(replace):
    content = own("planning_defaults", {})
    for actor in (
        Actor(party="a", role=Role.DESK),
        Actor(party="b", role=Role.PLANNER, scope="61"),
    ):
        with pytest.raises(NotAllowed):
            replace("planning_defaults", content, actor=actor)
    assert not Table.objects.get(name="planning_defaults").is_operator


def test_what_is_no_table_cannot_be_replaced(replace):
    with pytest.raises(InvalidInput, match="there is no table"):
        replace("nowhere", "a,b\n1,2\n", actor=SYSTEM)


def test_a_map_is_replaced_whole_or_not_at_all(replace):
    before = queries.table_version("county_cells")
    assert replace("county_cells", "a,b\n1,2\n", actor=SYSTEM).faults
    with pytest.raises(InvalidInput, match="import the whole"):
        replace("county_cells", '{"features": []}', actor=SYSTEM, merge=True)
    assert queries.table_version("county_cells") == before


@pytest.mark.parametrize("table", sorted(actions_places._MADE_OF))
def test_no_text_that_passes_the_check_is_too_long_for_its_column(table):
    model, columns = actions_places._MADE_OF[table]
    longest = {column.name: column.longest for column in shape(table).columns}
    for field, column in columns.items():
        limit = model._meta.get_field(field.removesuffix("_id")).max_length
        code = any(c.name == column and c.kind.startswith("code") for c in shape(table).columns)
        assert limit is None or code or longest[column] <= limit
