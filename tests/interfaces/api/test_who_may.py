"""Every route is asked with every scope, by nobody, by people signed in, and from the next county.

The routes come from the site's own addresses, so none can be forgotten.
"""

import json
import re
import uuid

import pytest
from django.contrib.auth.models import Group, User
from tests.operations.conftest import OPENS

from postharvest.core.audit.actor import Role
from postharvest.core.tokens.actions import create_token
from postharvest.core.tokens.scopes import SCOPES
from postharvest.interfaces.web.who_may import SPECIAL, routes

HERE, ELSEWHERE = "610528", "450000"
NATIONAL = ("/api/v1/scans", "/api/v1/tables", "/epcis/", "/metrics")
"""The whole country's, without a person in it; what is written there asks for no region."""
CLOSED = [one for one in routes() if one.opens_to]


class Asker:
    """Asks a route with a token, or with none."""

    def __init__(self, client, there):
        self.client, self.there = client, there
        self.serial = 0

    def __call__(self, route, token="", *, body=b"{}"):
        self.serial += 1
        headers = {"Idempotency-Key": f"asked-{self.serial:06d}", "If-Match": "*"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        kind = "application/json" if "timetable" not in route.path else "application/zip"
        return self.client.generic(
            route.method, self.address(route), body, content_type=kind, headers=headers
        )

    def address(self, route):
        path = re.sub(r"\{(\w+)\}", lambda found: str(self.there[found[1]]), route.path)
        query = self.there["queries"].get(route.path, "")
        return f"{path}?{query}" if query and route.method == "GET" else path


@pytest.fixture
def there(stall):
    """Numbers of real objects of one county, by the name that addresses give them."""
    from postharvest.core.webhooks.actions import subscribe
    from postharvest.decisions.planning.models import RescuePlan
    from postharvest.operations.orders.access import order_number
    from postharvest.operations.parcels.models import Despatch

    shift = stall.shift_at_work(kg=40)
    order = stall.place(quantity=1)
    boxes = stall.pack(shift, 1)
    (parcel,) = stall.post(boxes, now=OPENS)
    plan = RescuePlan.objects.create(
        surplus=stall.sale.surplus, goal="income", case={}, case_hash="x", assumptions=[],
        plan={"sells_online": False}, net_fen=1, cleared_share=1.0, seed=1, version="1",
        made_at=OPENS,
    )  # fmt: skip
    hook, _ = subscribe(
        party="token:owner", url="https://example.org/hook", kinds=["orders.confirmed"],
        region=HERE, allow_private=False, now=OPENS,
    )  # fmt: skip
    return {
        "stall": stall,
        "number": order_number(order.pk),
        "parcel": parcel.number,
        "sale_id": stall.sale.pk,
        "surplus_id": stall.sale.surplus_id,
        "shift_id": shift.pk,
        "plan_id": plan.pk,
        "despatch_id": Despatch.objects.get().pk,
        "webhook_id": hook.pk,
        "name": "counties",
        "provider": "bank",
        "capture_id": uuid.UUID(int=1),
        "event_id": "urn:uuid:none",
        "direction": "forward",
        "resource": "queries",
        "queries": {
            "/api/v1/plans": f"surplus={stall.sale.surplus_id}",
            "/api/v1/parcels": f"sale={stall.sale.pk}",
            "/api/v1/payouts": f"sale={stall.sale.pk}",
            "/api/v1/shifts": f"sale={stall.sale.pk}",
        },
    }


@pytest.fixture
def ask(client, there):
    return Asker(client, there)


def token(*scopes, region=""):
    return create_token(name=f"of {scopes[0]} {region}", scopes=scopes, now=OPENS, region=region)


def test_every_route_is_opened_by_scopes_that_exist():
    known = {*SCOPES, *SPECIAL}
    assert {scope for one in routes() for scope in one.opens_to} <= known
    assert {scope for one in CLOSED for scope in one.opens_to} == known


@pytest.mark.slow
def test_each_scope_opens_what_the_table_says_and_nothing_else(ask):
    for scope in SCOPES:
        key = token(scope)
        for route in CLOSED:
            status = ask(route, key).status_code
            if scope in route.opens_to:
                assert status not in (401, 403), (scope, route.method, route.path, status)
                assert status < 500 or status == 501, (scope, route.path)
            else:
                assert status in (401, 403, 404), (scope, route.method, route.path, status)
                own = {"order", "signature"} & set(route.opens_to)
                assert own or status == 403, (scope, route.method, route.path, status)


@pytest.mark.slow
def test_nobody_and_no_signed_in_person_gets_in_without_a_token(ask, settings):
    settings.POSTHARVEST_PAYMENT_SECRETS = {"bank": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"}
    for role in (None, *Role):
        ask.client.logout()
        if role is not None:
            user, _ = User.objects.get_or_create(username=role)
            user.groups.set([Group.objects.get_or_create(name=f"{role} {HERE}")[0]])
            user.is_superuser = role is Role.ADMINISTRATOR
            user.save()
            ask.client.force_login(user)
        for route in CLOSED:
            status = ask(route).status_code
            assert status == 401, (role, route.method, route.path, status)


def test_a_token_that_ended_or_was_revoked_opens_nothing(ask):
    from datetime import timedelta

    from postharvest.core.tokens.actions import revoke_tokens
    from postharvest.core.tokens.models import AccessToken

    ended, revoked = token("api:read"), token("api:read", region=HERE)
    AccessToken.objects.filter(region="").update(expires_at=OPENS - timedelta(seconds=1))
    revoke_tokens(name=f"of api:read {HERE}", now=OPENS)
    for route in CLOSED:
        if "api:read" in route.opens_to:
            for key in (ended, revoked):
                assert ask(route, key).status_code == 401, route.path


def bodies(there):
    """What would be acted on if it came from the right county."""
    stall, packer = there["stall"], there["stall"].packers[0]
    lot = stall.sale.surplus
    return {
        "/api/v1/surpluses": {
            "key": str(uuid.uuid4()), "branch": stall.sale.branch_id, "produce": lot.produce_id,
            "grade": "1", "weight_g": 25_000_000, "harvest_from": "2026-11-05",
            "harvest_to": "2026-11-12", "floor_fen_per_kg": 200, "wholesale_fen_per_kg": 180,
            "wholesale_g_per_day": 1_000_000, "wholesale_source": "market", "village": "曹村",
        },
        "/api/v1/shifts/{shift_id}/sign-ins": {"packers": [packer]},
        "/api/v1/shifts/{shift_id}/intakes": {"lots": [{"lot": 1, "received_g": 1000}]},
        "/api/v1/shifts/{shift_id}/boxes": {
            "tallies": [{"packer": packer, "listing": stall.listing.pk, "boxes": 1}]
        },
        "/api/v1/plans/{plan_id}/approve": {},
        "/api/v1/despatches/{despatch_id}/acceptance": {"numbers": [there["parcel"]]},
        "/api/v1/webhooks/{webhook_id}": {"paused": True},
        "/api/v1/webhooks/{webhook_id}/replay": {"since": "2026-11-01T00:00:00Z"},
        "/api/v1/network/timetable.zip": {},
        "/api/v1/webhooks": {"url": "https://example.org/a", "kinds": ["orders.confirmed"]},
    }  # fmt: skip


@pytest.mark.slow
def test_a_token_of_the_next_county_finds_and_changes_nothing_of_ours(ask, there):
    # Seen to fail with the region taken out of any one handler.
    key, told = token(*SCOPES, region=ELSEWHERE), bodies(there)
    ours = {str(there[name]) for name in ("parcel", "number")}
    regional = [one for one in CLOSED if not one.path.startswith(NATIONAL)]
    asked = 0
    for route in regional:
        if set(route.opens_to) & SPECIAL.keys():
            continue
        body = json.dumps(told.get(route.path, {})).encode()
        if route.method in ("POST", "PUT", "PATCH"):
            assert route.path in told, f"say what a right {route.method} {route.path} would send"
        answer = ask(route, key, body=body)
        asked += 1
        if "_id}" in route.path:
            assert answer.status_code == 404, (route.method, route.path, answer.content)
        elif answer.status_code == 200 and answer["Content-Type"] == "application/json":
            assert answer.json().get("items", []) == [], (route.path, answer.content)
        assert not any(one in answer.content.decode("utf-8", "replace") for one in ours)
    assert asked > 20
    refused = ask(next(one for one in regional if one.path == "/api/v1/surpluses"
                       and one.method == "POST"), key,
                  body=json.dumps(told["/api/v1/surpluses"]).encode())  # fmt: skip
    assert refused.status_code == 403


@pytest.mark.slow
def test_the_same_requests_from_the_right_county_are_understood(ask, there):
    # Else the test above would be content with requests that are refused for another reason.
    told, owner = bodies(there), create_token(name="owner", scopes=SCOPES, now=OPENS, region=HERE)
    last = [one for one in CLOSED if one.method == "DELETE"]
    for route in [one for one in CLOSED if one.method != "DELETE"] + last:
        if "_id}" in route.path and not route.path.startswith(NATIONAL):
            body = json.dumps(told.get(route.path, {})).encode()
            status = ask(route, owner, body=body).status_code
            assert status in (200, 201, 204, 409, 422), (route.method, route.path, status)
            assert status != 422 or route.path.endswith("/intakes"), (route.method, route.path)
