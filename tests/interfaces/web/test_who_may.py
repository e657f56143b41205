"""Every page is asked by every role, by nobody in particular, and from the next county."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.urls import resolve

from postharvest.core.audit.actor import SYSTEM, Role
from postharvest.core.clock import time
from postharvest.interfaces.web.regions import BASE_OF, NATIONAL
from postharvest.interfaces.web.urls import urlpatterns
from postharvest.interfaces.web.who_may import pages, table
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.claims import ClaimFiled, file_claims

ROOT = Path(__file__).parents[3]
HERE, ELSEWHERE = "610528", "450000"
NONE_THERE = 999_999
PUBLIC = {
    "front", "seasons", "sale", "checkout", "cashier", "team", "parcel", "orders", "order",
    "cancel", "claim", "order-notices", "delay", "invoice", "join", "second-factor", "authority",
    "sheet", "sources", "language", "login", "logout", "theme", "land", "outline",
    "own-surplus", "own-sheet", "own-template", "village-worker", "village-manifest",
    "enrol", "pin", "password", "packing-worker", "packing-app",
    "demo-clock", "demo-event", "demo-role",
}  # fmt: skip
"""Pages for everybody: the shop, one's own order by its secret address, the demo's controls."""
GUARDED = [page for page in pages() if page.roles]


def test_the_printed_table_is_the_one_in_force():
    assert (ROOT / "docs" / "who-may-what.md").read_text("utf-8") == table()


def test_every_page_names_its_roles_or_is_known_to_be_public():
    unguarded = {page.name for page in pages() if not page.roles}
    assert unguarded - PUBLIC == set()
    assert PUBLIC - {page.name for page in pages()} == set()


def test_every_number_in_an_address_is_known_to_belong_to_a_region():
    # Seen to fail while any desk could open any county's claims by their number.
    numbers = {
        name
        for page in GUARDED
        for name in re.findall(r"\{(\w+)\}", page.path)
        if name.endswith("_id")
    }
    assert numbers - BASE_OF.keys() - NATIONAL == set()


@pytest.fixture
def there(delivered, shift, apples, settings):
    """Numbers of real objects of one county, by the name that addresses give them."""
    now = time.now()
    filed = ClaimFiled(key="claim-here", order_id=delivered.pk, box_no=1, bad_bp=1000, photo="")
    [claim] = file_claims(filed=[filed], actor=SYSTEM, now=now)
    from postharvest.decisions.planning import queries as planning
    from postharvest.operations.packing import queries as packing
    from postharvest.operations.parcels.models import Despatch

    settings.POSTHARVEST_DEMO = False
    return {
        "sale_id": delivered.sale_id,
        "surplus_id": apples.pk,
        "plan_id": planning.approved_plan(apples.pk).pk,
        "shift_id": shift.pk,
        "claim_id": claim.pk,
        "base_id": shift.base_id,
        "channel_id": orders.order(delivered.pk).listing.channel_id,
        "despatch_id": Despatch.objects.get().pk,
        "stock_id": packing.intakes(shift.pk)[0].pk,
    }


def address(page, there) -> str:
    """Return a page's address with the numbers of what is there filled in."""
    kind = "csv" if page.name.endswith("-export") else "packers"
    words = {"code": "610528", "what": "open", "kind": kind}

    def filled(match):
        name = match[1]
        return str(there.get(name, words.get(name, NONE_THERE)))

    path = re.sub(r"\{(\w+)\}", filled, page.path)
    first_choice = re.sub(r"\(([^()|]*)(\|[^()]*)?\)", r"\1", path)
    url = re.sub(r"[\^$\\]", "", first_choice).replace("[/]{1,80}", "X")
    resolve(url)  # an address that is none would be refused for the wrong reason
    return url


def signed_in(client, role: Role, scope: str):
    user, _ = User.objects.get_or_create(username=f"{role}-{scope}")
    user.groups.set([Group.objects.get_or_create(name=f"{role} {scope}".strip())[0]])
    client.force_login(user)
    return client


@pytest.mark.slow
@pytest.mark.django_db
def test_each_role_gets_what_the_table_says_and_nothing_else(client, there):
    for role in (None, *Role):
        if role in (Role.SYSTEM, Role.ADMINISTRATOR):
            continue
        client.logout()
        if role is not None:
            signed_in(client, role, HERE)
        for page in GUARDED:
            url = address(page, there)
            allowed = role in page.roles
            deeds = (client.get,) if allowed else (client.get, client.post)
            for deed in deeds:
                answer = deed(url)
                refused = answer.status_code == 403 or (
                    answer.status_code == 302 and answer["Location"].startswith("/login/")
                )
                fine = not refused if allowed else refused or answer.status_code == 405
                assert fine, (role, url, answer.status_code)
                assert answer.status_code < 500, (role, url)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_next_county_finds_nothing_of_ours(client, there):
    asked = 0
    for role in Role:
        if role in (Role.SYSTEM, Role.ADMINISTRATOR):
            continue
        signed_in(client, role, ELSEWHERE)
        for page in GUARDED:
            names = set(re.findall(r"\{(\w+)\}", page.path)) & there.keys()
            if role not in page.roles or not names:
                continue
            url = address(page, there)
            for deed in (client.get, client.post):
                asked += 1
                assert deed(url).status_code in (404, 405), (role, url)
    assert asked > 50


def test_the_web_addresses_are_all_looked_at():
    assert len(list(pages())) == len(urlpatterns)
