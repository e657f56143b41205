"""A village agent's PIN opens his phone and no other; the desk gives codes, takes phones away."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from postharvest.core.audit.actor import Actor, NotAllowed, Role
from postharvest.core.audit.models import AuditEntry
from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput
from postharvest.core.signin import devices
from postharvest.core.signin.actions import LOCKED_FOR, MOST_TRIES, Locked
from postharvest.core.signin.models import Device, DeviceCode

pytestmark = pytest.mark.django_db
DESK = Actor(party="desk:1", role=Role.DESK, scope="610528")
PIN = "402713"
VILLAGE = "/village/reports/"


def person(name, group):
    user = User.objects.create_user(name)
    user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user


@pytest.fixture
def agent(branch):
    return person("zhao", "village_agent 610528")


def code_of(user, actor=DESK, now=None):
    return devices.make_device_code(user_id=user.pk, actor=actor, now=now or time.now())


def enrol(client, code, pin=PIN):
    return client.post("/phone/", {"code": code.lower(), "pin": pin, "again": pin})


def test_a_phone_is_enrolled_once_and_opens_with_its_pin_alone(client, agent):
    code = code_of(agent)
    assert client.get(VILLAGE).status_code == 302
    assert enrol(client, code)["Location"] == "/village/report/"
    assert client.get(VILLAGE).status_code == 200
    cookie = client.cookies["device"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    device = Device.objects.get()
    assert cookie.value not in (device.key_hash, device.pin)
    assert PIN not in device.pin
    client.post("/logout/")
    assert client.get(VILLAGE)["Location"] == f"/pin/?next={VILLAGE}"
    assert client.post("/pin/", {"pin": "111111", "next": VILLAGE}).status_code == 422
    assert client.post("/pin/", {"pin": PIN, "next": VILLAGE})["Location"] == VILLAGE
    assert client.get(VILLAGE).status_code == 200
    other = Client()  # the same code, the same PIN, another phone
    assert enrol(other, code).status_code == 422
    assert other.post("/pin/", {"pin": PIN})["Location"] == "/phone/"
    assert other.get(VILLAGE).status_code == 302


def test_pin_and_code_stand_nowhere_in_the_clear(client, agent):
    code = code_of(agent).replace("-", "")
    enrol(client, code)
    told = str(list(DeviceCode.objects.values()) + list(Device.objects.values()))
    told += str(list(AuditEntry.objects.values()))
    assert code not in told
    assert PIN not in told
    assert client.cookies["device"].value not in told


def test_after_five_wrong_pins_the_phone_waits_and_after_twenty_it_is_out(client, agent):
    enrol(client, code_of(agent))
    key, now = client.cookies["device"].value, time.now()
    for _ in range(MOST_TRIES):
        with pytest.raises(devices.PinWrong):
            devices.sign_in_by_pin(key=key, pin="000001", now=now)
    with pytest.raises(Locked):
        devices.sign_in_by_pin(key=key, pin=PIN, now=now)
    now += LOCKED_FOR
    assert devices.sign_in_by_pin(key=key, pin=PIN, now=now).user == agent
    for n in range(devices.MOST_WRONG):
        now += LOCKED_FOR
        with pytest.raises(devices.PinWrong):
            devices.sign_in_by_pin(key=key, pin=f"00000{n % 10}", now=now)
    with pytest.raises(devices.NotEnrolled):
        devices.sign_in_by_pin(key=key, pin=PIN, now=now + LOCKED_FOR)
    assert client.get(VILLAGE).status_code == 302


def test_a_phone_that_is_taken_away_is_out_with_the_next_page(client, agent):
    enrol(client, code_of(agent))
    assert client.get(VILLAGE).status_code == 200
    devices.revoke_device(device_id=Device.objects.get().pk, actor=DESK, now=time.now())
    assert client.get(VILLAGE).status_code == 302
    page = client.post("/pin/", {"pin": PIN})
    assert page["Location"] == "/phone/"


def test_a_code_ends_after_a_day_after_use_and_with_the_next_one(client, agent):
    first = code_of(agent)
    second = code_of(agent)
    assert enrol(client, first).status_code == 422
    now = time.now()
    with pytest.raises(devices.CodeWrong):
        devices.enrol_device(code=second, pin=PIN, label="", now=now + timedelta(hours=25))
    devices.enrol_device(code=second, pin=PIN, label="", now=now)
    with pytest.raises(devices.CodeWrong):
        devices.enrol_device(code=second, pin=PIN, label="", now=now)


@pytest.mark.parametrize(
    "pin", ["12345", "1234567", "111111", "123456", "987654", "121212", "12 456"]
)
def test_a_pin_that_many_people_choose_is_none(agent, pin):
    code = code_of(agent)
    with pytest.raises(InvalidInput):
        devices.enrol_device(code=code, pin=pin, label="", now=time.now())
    assert not Device.objects.exists()


def test_a_phone_never_opens_the_desk_and_follows_its_owner_s_role(client, agent):
    with pytest.raises(NotAllowed):
        code_of(person("li", "desk 610528"))
    enrol(client, code_of(agent))
    assert client.get("/desk/payouts/").status_code == 403
    agent.groups.set([Group.objects.get_or_create(name="desk 610528")[0]])
    assert client.get("/desk/payouts/").status_code == 302  # a phone is no desk
    assert client.post("/pin/", {"pin": PIN}).status_code == 422


def test_the_next_county_s_desk_gives_no_codes_and_takes_no_phones(client, agent):
    stranger = Actor(party="desk:9", role=Role.DESK, scope="450000")
    with pytest.raises(NotAllowed):
        code_of(agent, actor=stranger)
    enrol(client, code_of(agent))
    with pytest.raises(NotAllowed):
        devices.revoke_device(device_id=Device.objects.get().pk, actor=stranger, now=time.now())
    assert devices.people("450000") == []
    agent_himself = Actor(party="user-1", role=Role.VILLAGE_AGENT, scope="610528")
    with pytest.raises(NotAllowed):
        code_of(agent, actor=agent_himself)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_desk_s_page_gives_a_code_and_takes_a_phone_away(as_, agent, language):
    desk = as_("desk", language)
    page = desk.post("/desk/phones/", {"step": "code", "person": agent.pk}, follow=True)
    code = re.search(r"[2-9A-Z]{5}-[2-9A-Z]{5}", page.content.decode())[0]
    phone = Client()
    assert enrol(phone, code).status_code == 302
    device = Device.objects.get()
    assert "zhao" in desk.get("/desk/phones/").content.decode()
    desk.post("/desk/phones/", {"step": "away", "phone": device.pk})
    assert not devices.is_in_use(device.pk)


def test_two_different_pins_are_said_beside_the_field(client, agent):
    client.cookies["django_language"] = "en"
    sent = {"code": code_of(agent), "pin": PIN, "again": "402714"}
    page = client.post("/phone/", sent)
    assert page.status_code == 422
    assert "is not the same PIN" in page.content.decode()
    assert DeviceCode.objects.get().used_at is None
