"""Bases move along, post offices get their lanes, and every market is on one of them."""

import pytest
from tests.operations.network.conftest import NOW

from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.audit.models import AuditEntry
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox.models import Event
from postharvest.operations.network import actions, queries
from postharvest.operations.network.models import Base, LaneMarket, PlanningDefault, Tariff

pytestmark = pytest.mark.django_db
STATES = Base.State.values
LEGAL = {
    ("candidate", "agreed"),
    ("agreed", "fitted_out"),
    ("fitted_out", "open"),
    ("closed", "open"),
    ("candidate", "closed"),
    ("agreed", "closed"),
    ("fitted_out", "closed"),
    ("open", "closed"),
}


def test_an_opened_base_stands_at_its_countys_seat_is_audited_and_is_news(base):
    assert (base.state, base.lat, base.lon) == ("open", base.county.lat, base.county.lon)
    assert AuditEntry.objects.get(action="network.open_base").after["code"] == "fuping-1"
    assert Event.objects.get(kind="network.base_opened").body == {"base_id": base.pk}


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_every_move_of_a_base_is_either_legal_or_refused(base, before, after):
    Base.objects.filter(pk=base.pk).update(state=before)
    if (before, after) in LEGAL:
        actions.advance_base(base_id=base.pk, state=after, actor=SYSTEM, now=NOW)
        expected = after
    else:
        with pytest.raises(actions.IllegalMove):
            actions.advance_base(base_id=base.pk, state=after, actor=SYSTEM, now=NOW)
        expected = before
    base.refresh_from_db()
    assert base.state == expected


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"code": "fuping-1"}, actions.AlreadyOpen),
        ({"county_code": "999999"}, InvalidInput),
        ({"state": "dreamt"}, InvalidInput),
        ({"actor": Actor(party="p", role=Role.PLANNER, scope="45")}, NotAllowed),
        ({"actor": Actor(party="p", role=Role.DESK)}, NotAllowed),
    ],
)
def test_a_base_that_cannot_be_is_refused_and_not_written(base, change, refusal):
    wanted = {
        "code": "other",
        "name_zh": "基地",
        "name_en": "base",
        "county_code": "610528",
        "actor": SYSTEM,
        "now": NOW,
    }
    with pytest.raises(refusal):
        actions.open_base(**{**wanted, **change})
    assert Base.objects.count() == 1


def test_a_post_office_has_its_bases_county_and_place_unless_told(branch, base):
    assert (branch.county_id, branch.lat, branch.kind) == ("610528", base.lat, "county")
    with pytest.raises(actions.AlreadyOpen):
        actions.open_branch(
            base_id=base.pk, code="fuping-post", name_zh="x", name_en="x", actor=SYSTEM, now=NOW
        )


def test_six_lanes_carry_every_market_once(lanes, branch):
    assert [lane.zone for lane in lanes] == [f"zone_{n}" for n in range(1, 7)]
    served = LaneMarket.objects.filter(origin=branch)
    assert served.count() == len(set(served.values_list("prefecture_id", flat=True))) == 369
    assert all(lane.base_id == branch.base_id for lane in lanes)


@pytest.mark.parametrize(
    ("county", "zone"),
    [
        ("610528", "zone_1"),
        ("610102", "zone_1"),
        ("110105", "zone_3"),
        ("440305", "zone_4"),
        ("650102", "zone_6"),
        ("540102", "zone_6"),
    ],
)
def test_a_county_is_reached_by_the_lane_of_its_distance(lanes, branch, county, zone):
    assert queries.lane_for_county(branch.pk, county).zone == zone


def test_from_xinjiang_its_own_markets_are_near(places):
    base = actions.open_base(
        code="korla", name_zh="库尔勒", name_en="Korla", county_code="652801", actor=SYSTEM, now=NOW
    )
    branch = actions.open_branch(
        base_id=base.pk, code="korla-post", name_zh="局", name_en="post", actor=SYSTEM, now=NOW
    )
    actions.build_lanes(branch_id=branch.pk, actor=SYSTEM, now=NOW)
    assert queries.lane_for_county(branch.pk, "652801").zone == "zone_1"
    assert queries.lane_for_county(branch.pk, "540102").zone == "zone_6"


def test_lanes_carry_the_example_cases_postage_and_say_that_it_is_assumed(lanes):
    by_zone = {lane.zone: lane.postage_fen for lane in lanes}
    assert [by_zone[f"zone_{n}"]["4500"] for n in range(1, 7)] == [400, 500, 550, 650, 800, 1800]
    assert [by_zone[f"zone_{n}"]["2500"] for n in range(1, 7)] == [300, 360, 390, 450, 550, 1100]
    assert all("assumption" in lane.status_note for lane in lanes)


def test_building_lanes_again_keeps_the_lanes_and_takes_new_figures(lanes, branch):
    Tariff.objects.filter(product=queries.CONTRACT_PARCEL, zone=1).update(first_yuan=9.0)
    again = actions.build_lanes(branch_id=branch.pk, actor=SYSTEM, now=NOW)
    assert [lane.pk for lane in again] == [lane.pk for lane in lanes]
    assert again[0].postage_fen["4500"] == 1100
    assert LaneMarket.objects.filter(origin=branch).count() == 369


def test_a_tariff_of_five_zones_makes_five_lanes(branch):
    lanes = actions.build_lanes(
        branch_id=branch.pk, product="EMS public tariff", actor=SYSTEM, now=NOW
    )
    assert len(lanes) == 5
    assert queries.lane_for_county(branch.pk, "650102").zone == "zone_5"


def test_lanes_need_a_tariff_and_days_on_the_road(branch):
    with pytest.raises(InvalidInput, match="no tariff"):
        actions.build_lanes(branch_id=branch.pk, product="balloon", actor=SYSTEM, now=NOW)
    PlanningDefault.objects.filter(field="transit_median_days_zone_4").delete()
    with pytest.raises(InvalidInput, match="zone 4"):
        actions.build_lanes(branch_id=branch.pk, actor=SYSTEM, now=NOW)
    assert not queries.lanes_for_origin(branch.pk).exists()


def test_days_on_the_road_sum_to_one_and_start_a_day_before_the_middle():
    pmf = actions.transit_pmf(median_days=3.5, sd_days=1.0)
    assert sum(pmf) == pytest.approx(1)
    assert [round(chance, 4) for chance in pmf[:6]] == [0, 0, 0.4132, 0.4132, 0.152, 0.0206]
    assert actions.transit_pmf(median_days=1, sd_days=0.5)[0] > 0.8


def test_a_market_that_a_lane_takes_over_leaves_its_old_lane(lanes, branch):
    special = actions.set_lane(
        branch_id=branch.pk,
        zone="beijing_air",
        name_zh="北京航空",
        name_en="Beijing by air",
        transit_pmf=[0.8, 0.2],
        postage_fen={2500: 900},
        prefecture_codes=["110000"],
        actor=SYSTEM,
        now=NOW,
    )
    assert queries.lane_for_county(branch.pk, "110105") == special
    assert LaneMarket.objects.filter(origin=branch).count() == 369


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"transit_pmf": [0.5, 0.4]}, "transit_pmf"),
        ({"transit_pmf": []}, "transit_pmf"),
        ({"transit_pmf": [1.5, -0.5]}, "transit_pmf"),
        ({"postage_fen": {}}, "postage_fen"),
        ({"postage_fen": {2500: -1}}, "postage_fen"),
        ({"prefecture_codes": ["999999"]}, "prefecture_codes"),
        ({"prefecture_codes": ["110000", "110000"]}, "prefecture_codes"),
        ({"hub_code": "999999"}, "hub_code"),
    ],
)
def test_a_lane_that_cannot_be_is_refused_naming_the_field(lanes, branch, change, field):
    wanted = {
        "branch_id": branch.pk,
        "zone": "zone_1",
        "name_zh": "一",
        "name_en": "one",
        "transit_pmf": [1.0],
        "postage_fen": {2500: 300},
        "prefecture_codes": [],
        "actor": SYSTEM,
        "now": NOW,
    }
    with pytest.raises(InvalidInput) as refusal:
        actions.set_lane(**{**wanted, **change})
    assert refusal.value.field == field
    assert LaneMarket.objects.filter(origin=branch).count() == 369


@pytest.mark.parametrize(
    ("pack_g", "fen"), [(1, 300), (1000, 300), (1001, 320), (1100, 320), (1300, 360), (2200, 540)]
)
def test_postage_is_the_first_weight_and_every_step_begun(pack_g, fen):
    tariff = Tariff(zone=1, first_kg=1.0, first_yuan=3.0, step_kg=0.1, step_yuan=0.2)
    assert queries.postage_fen(tariff, pack_g) == fen


def test_a_distance_on_the_border_is_in_the_farther_zone_and_the_last_has_no_end(places):
    zones = queries.tariff_zones()
    found = [queries.tariff_zone(km, zones) for km in (0, 149.9, 150, 2499, 2500, 20_000)]
    assert found == [1, 1, 2, 5, 6, 6]
