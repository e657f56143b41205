"""Roll-out: the narrowest switch decides, nothing switched is everywhere, the guard holds."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.operations.network.conftest import NOW

from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.audit.models import AuditEntry
from postharvest.core.errors import InvalidInput
from postharvest.operations.network import actions, roll_out
from postharvest.operations.network.models import Base, RegionSwitch

pytestmark = pytest.mark.django_db
FUPING, DALI, PUCHENG = "610528", "610523", "610526"


def switch(code, on=True, **more):
    return actions.switch_region(code=code, on=on, actor=SYSTEM, now=NOW, **more)


def on(county):
    return roll_out.is_on(county, roll_out.switches())


def candidate(code, county):
    return actions.open_base(
        code=code, name_zh=code, name_en=code, county_code=county, state="candidate",
        actor=SYSTEM, now=NOW,
    )  # fmt: skip


def test_with_nothing_switched_the_programme_runs_everywhere(places):
    assert on(FUPING)
    assert on("450803")


def test_the_narrowest_switch_decides_and_the_latest_holds(places):
    switch("610000", pilot=True)
    switch("610500", on=False)
    switch(FUPING)
    assert on(FUPING)
    assert not on(DALI)
    assert on("610102")
    assert not on("450803")
    switch("610500")
    assert on(DALI)


def test_no_base_opens_where_the_programme_does_not_run(places):
    switch("450800")
    with pytest.raises(roll_out.NotSwitchedOn, match=FUPING):
        actions.open_base(
            code="f", name_zh="f", name_en="f", county_code=FUPING, actor=SYSTEM, now=NOW
        )
    base = candidate("f", FUPING)
    for state in ("agreed", "fitted_out"):
        actions.advance_base(base_id=base.pk, state=state, actor=SYSTEM, now=NOW)
    with pytest.raises(roll_out.NotSwitchedOn):
        actions.advance_base(base_id=base.pk, state="open", actor=SYSTEM, now=NOW)
    assert Base.objects.get(pk=base.pk).state == "fitted_out"
    switch("610500")
    actions.advance_base(base_id=base.pk, state="open", actor=SYSTEM, now=NOW)


def test_the_same_switch_again_writes_nothing(places):
    switch("610500", pilot=True, note="first")
    switch("610500", pilot=True, note="first")
    assert RegionSwitch.objects.count() == 1
    assert AuditEntry.objects.filter(action="network.switch_region").count() == 1


def test_an_unknown_region_and_a_stranger_are_refused(places):
    with pytest.raises(InvalidInput, match="region"):
        switch("999999")
    planner = Actor(party="planner:gx", role=Role.PLANNER, scope="45")
    with pytest.raises(NotAllowed):
        actions.switch_region(code="610000", on=True, actor=planner, now=NOW)
    actions.switch_region(code="450000", on=True, actor=planner, now=NOW)
    with pytest.raises(NotAllowed):
        actions.switch_region(
            code="450000", on=True, actor=replace(planner, role=Role.DESK), now=NOW
        )


def test_a_region_is_found_by_name_in_either_language(places):
    assert roll_out.regions_by_name("陕西")[0][0] == "610000"
    assert roll_out.regions_by_name("渭南市")[0][0] == "610500"
    assert roll_out.regions_by_name("富平县") == [(FUPING, "富平县")]
    assert roll_out.regions_by_name("Nowhere") == []


def test_provinces_count_counties_and_bases(base):
    switch("610500", pilot=True)
    candidate("d", DALI)
    shaanxi = next(row for row in roll_out.provinces() if row.code == "610000")
    assert (shaanxi.bases, shaanxi.open_bases, shaanxi.pilot) == (2, 1, True)
    assert 0 < shaanxi.counties_on < shaanxi.counties
    assert roll_out.provinces()[0].code == "610000"


def test_years_hold_planned_against_actual(base):
    year = NOW.year
    for n, county in enumerate((DALI, PUCHENG), 1):
        made = candidate(f"c{n}", county)
        actions.fit_out(
            base_id=made.pk, fitting=actions.Fitting(planned_open_on=date(year + n, 3, 1)),
            actor=SYSTEM, now=NOW,
        )  # fmt: skip
    actions.advance_base(
        base_id=base.pk, state="closed", actor=SYSTEM, now=NOW + timedelta(days=400)
    )
    rows = roll_out.bases_by_year("", today=NOW.date())
    assert [(r.year, r.planned, r.opened, r.closed) for r in rows] == [
        (year, 0, 1, 0), (year + 1, 1, 0, 1), (year + 2, 1, 0, 0),
    ]  # fmt: skip
    assert [r.planned_in_all for r in rows] == [0, 1, 2]
    assert rows[-1].open_in_all == 0
