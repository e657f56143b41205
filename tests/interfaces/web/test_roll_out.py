"""The roll-out page: switching, what is wrong beside its field, flags taken off."""

import pytest

from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.clock import time
from postharvest.decisions.planning import copying
from postharvest.decisions.planning.models import CopiedFigure
from postharvest.operations.network import roll_out
from postharvest.operations.network.actions import open_base, open_branch
from postharvest.operations.packing.actions.places import PointEntry, register_points

pytestmark = pytest.mark.django_db
PAGE = "/network/roll-out/"


def switch(client, **given):
    return client.post(f"{PAGE}switch/", {"region": "610528", "on": "on", "note": "", **given})


def test_a_region_is_switched_by_name_or_code_and_stands_in_the_history(as_, branch):
    client = as_("headquarters")
    assert "Everywhere" in client.get(PAGE).content.decode()
    name = branch.county.name_zh
    assert switch(client, region=name, pilot="on", note="first").status_code == 302
    page = client.get(PAGE).content.decode()
    assert "Everywhere" not in page
    assert "first" in page
    assert roll_out.is_on(branch.county_id, roll_out.switches())
    switch(client, region=branch.county_id, on="off")
    assert not roll_out.is_on(branch.county_id, roll_out.switches())


def test_an_unknown_region_is_named_beside_its_field_and_kept(as_, branch):
    answer = switch(as_("headquarters"), region="Atlantis")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "we know no region “Atlantis”" in page
    assert 'value="Atlantis"' in page
    assert not roll_out.switches()


def test_a_desk_reads_but_does_not_switch(as_, branch):
    client = as_("desk")
    assert client.get(PAGE).status_code == 200
    assert switch(client).status_code == 403


@pytest.fixture
def other(branch):
    base = open_base(
        code="other", name_zh="别处", name_en="Elsewhere", county_code=branch.county_id,
        actor=SYSTEM, now=time.now(),
    )  # fmt: skip
    return open_branch(
        base_id=base.pk, code="other-post", name_zh="别处邮政", name_en="Elsewhere post office",
        actor=SYSTEM, now=time.now(),
    )  # fmt: skip


def test_a_set_up_is_copied_and_its_flags_are_taken_off(as_, branch, other, planning_tables):
    entry = PointEntry(
        branch_id=branch.pk, code="P1", name="yard", lat=branch.lat, lon=branch.lon, stations=4,
        min_crew=0, setup_fen=0, day_fen=0, haul_fen_per_t=0,
    )  # fmt: skip
    register_points(base_id=branch.base_id, entries=[entry], actor=SYSTEM, now=time.now())
    client = as_("headquarters")
    answer = client.post(f"{PAGE}copy/", {"origin": branch.base_id, "branch": other.pk})
    assert answer.status_code == 302, answer.content.decode()
    page = client.get(PAGE).content.decode()
    assert "they lie as around the old seat" in page
    flag = CopiedFigure.objects.get(what="points")
    assert client.post(f"{PAGE}estimated/{flag.pk}/").status_code == 302
    assert "they lie as around the old seat" not in client.get(PAGE).content.decode()
    again = client.post(f"{PAGE}copy/", {"origin": branch.base_id, "branch": other.pk})
    assert again.status_code == 422
    assert "nothing is overwritten" in again.content.decode()


def test_flags_of_the_next_county_are_nobody_elses(branch):
    stranger = Actor(party="desk:9", role=Role.DESK, scope="45")
    row = CopiedFigure.objects.create(
        base=branch.base, origin=branch.base, what="hub", copied_at=time.now(), copied_by="x"
    )
    with pytest.raises(NotAllowed):
        copying.mark_estimated(copied_id=row.pk, actor=stranger, now=time.now())
