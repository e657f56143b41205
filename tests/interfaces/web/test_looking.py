"""People stand masked; who wants to see one in full says why, and the auditor sees who did."""

import pytest
from django.contrib.auth.models import Group, User

from postharvest.core.audit import queries as audit
from postharvest.core.audit.actor import Actor, NotAllowed, Role
from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput
from postharvest.interfaces.web.order_refs import order_ref
from postharvest.operations.members.looking import NobodyThere, look_at, looks

pytestmark = pytest.mark.django_db
URL = "/desk/person/"
DESK = Actor(party="user-7", role=Role.DESK, scope="610528")


def look(number, *, reason="the parcel came back", actor=DESK):
    return look_at(number=number, reason=reason, actor=actor, now=time.now())


def test_a_person_is_shown_with_a_reason_and_it_is_written_down(as_, delivered):
    number = order_ref(delivered.pk).partition("-")[0]
    desk = as_("desk")
    page = desk.post(URL, {"number": number, "reason": "x"})
    assert page.status_code == 422
    assert "13800138000" not in page.content.decode()
    assert not looks().exists()
    page = desk.post(URL, {"number": number, "reason": "the parcel came back"})
    assert "13800138000" in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    [row] = looks("610528")
    assert (row.party, row.subject) == ("demo-visitor", f"order {delivered.pk}")
    assert row.after == {"reason": "the parcel came back"}
    assert "13800138000" not in str(list(audit.entries().values()))
    assert "13800138000" not in desk.get(URL).content.decode()


def test_growers_and_packers_are_found_by_their_code(shift):
    assert look("K1").phone == "13900001000"
    assert {row.subject.split()[0] for row in looks()} == {"packer"}


def test_nobody_is_shown_without_a_reason_to_the_wrong_role_or_from_the_next_county(shift):
    with pytest.raises(InvalidInput, match="reason"):
        look("K1", reason="  me ")
    with pytest.raises(NobodyThere):
        look("K1", actor=Actor(party="user-8", role=Role.DESK, scope="450000"))
    with pytest.raises(NobodyThere):
        look("K999")
    with pytest.raises(NotAllowed):
        look("K1", actor=Actor(party="user-9", role=Role.AUDITOR))
    assert not looks().exists()


def test_the_auditor_sees_who_looked_in_his_region_and_nobody_else_does(client, shift, settings):
    settings.POSTHARVEST_DEMO = False
    look("K1", reason="she called about her wage")
    for role, scope, expected in (
        ("auditor", "610528", True), ("auditor", "", True), ("auditor", "450000", False),
        ("desk", "610528", None),
    ):  # fmt: skip
        user, _ = User.objects.get_or_create(username=f"{role}-{scope}")
        user.groups.set([Group.objects.get_or_create(name=f"{role} {scope}".strip())[0]])
        client.force_login(user)
        answer = client.get("/network/looks/")
        if expected is None:
            assert answer.status_code == 403
        else:
            assert ("she called about her wage" in answer.content.decode()) is expected


def test_the_desk_s_lists_show_packers_masked(as_, shift):
    page = as_("desk").get("/desk/payouts/").content.decode()
    assert "韦桂芳" not in page
    assert "韦**" in page
