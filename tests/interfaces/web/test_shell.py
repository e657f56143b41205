import re

import pytest
from django.test import Client

from postharvest.core.clock import time
from postharvest.core.clock.disturbances import disturbances

pytestmark = pytest.mark.django_db


def test_nothing_on_a_page_is_inline_or_from_elsewhere(as_, surplus):
    browser = as_("desk")
    for url in ("/", "/desk/", "/my-surplus/", "/village/report/", "/packing/"):
        answer = browser.get(url)
        page = answer.content.decode()
        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), url
        assert not re.search(r"\sstyle=", page), url
        assert not re.search(r"\son\w+=", page), url
        assert not re.search(r"(src|href)=\"(https?:)?//", page), url


def test_language_and_theme_are_remembered(client, db):
    assert 'lang="zh-CN"' in client.get("/").content.decode()
    client.post("/language/", {"language": "en", "next": "/"})
    client.post("/theme/", {"theme": "dark", "next": "/"})
    page = client.get("/").content.decode()
    assert '<html lang="en" data-theme="dark">' in page
    assert "No sale is open today." in page


def test_a_switch_never_leads_to_another_site(client, db):
    answer = client.post("/theme/", {"theme": "dark", "next": "https://example.org/"})
    assert answer["Location"] == "/"


def test_the_land_is_served_for_a_year_under_its_own_name(client, db):
    page = client.get("/land/nonsense.svg")
    assert page.status_code == 404
    from postharvest.interfaces.web import maps

    answer = client.get(f"/land/{maps.land_version()}.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert "immutable" in answer["Cache-Control"]


def test_the_demo_s_clock_stops_runs_and_jumps_to_the_morning(as_):
    browser = as_("desk")
    browser.post("/demo/clock/", {"clock": "next-day", "next": "/"})
    assert f"{time.now().astimezone(time.CHINA):%F %H:%M}" == "2026-10-21 08:00"
    browser.post("/demo/clock/", {"clock": "run", "next": "/"})
    assert time.pace() == 24 * 3600 / 30
    browser.post("/demo/clock/", {"clock": "pause", "next": "/"})
    assert time.pace() == 0


def test_a_disturbance_pressed_twice_is_over(as_):
    browser = as_("desk")
    browser.post("/demo/event/", {"event": "rain", "next": "/"})
    assert disturbances() == {"rain"}
    assert 'value="rain" aria-pressed="true"' in browser.get("/").content.decode()
    browser.post("/demo/event/", {"event": "rain", "next": "/"})
    assert disturbances() == frozenset()


def test_outside_a_demo_there_are_no_demo_controls(client, db):
    assert "demobar" not in client.get("/").content.decode()
    for url in ("/demo/clock/", "/demo/event/", "/demo/role/"):
        assert client.post(url, {"area": "desk"}).status_code == 404


def test_outside_a_demo_the_desk_asks_who_it_is(client, db):
    answer = client.get("/desk/")
    assert answer["Location"] == "/login/?next=/desk/"


def test_a_group_gives_a_role_and_its_region(client, django_user_model, db):
    from django.contrib.auth.models import Group

    user = django_user_model.objects.create_user("li", password="a long enough phrase")
    user.groups.add(Group.objects.create(name="desk 610528"))
    client.force_login(user)
    assert client.get("/desk/").status_code == 200
    assert client.get("/village/report/").status_code == 200


def test_every_form_carries_its_token(as_, surplus):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/theme/", {"theme": "dark"}).status_code == 403
    page = as_("desk").get("/desk/").content.decode()
    assert page.count('method="post"') == page.count("csrfmiddlewaretoken")


def test_a_page_that_is_not_there_says_so_in_words(client, db, settings):
    answer = client.get("/nothing/here/")
    assert answer.status_code == 404
    assert "这里没有东西" in answer.content.decode()
