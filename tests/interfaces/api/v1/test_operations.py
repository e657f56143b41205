"""The API as each audience uses it: keys, ETags, pages, scopes, regions, limits, languages."""

import json
import uuid
from datetime import timedelta

import pytest
from tests.operations.conftest import DESK, NEAR, OPENS

from postharvest.core.errors import Refused
from postharvest.core.tokens.actions import create_token
from postharvest.core.webhooks.models import Subscription
from postharvest.decisions.planning.models import RescuePlan
from postharvest.interfaces.api import problems
from postharvest.interfaces.api.v1 import resource
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.harvest.models import Surplus
from postharvest.operations.packing.models import Box, PointStock
from postharvest.operations.parcels.models import Parcel


class Api:
    """A program with a token."""

    def __init__(self, client, *scopes, region=""):
        self.client = client
        token = create_token(name="program", scopes=scopes, now=OPENS, region=region)
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    def __call__(self, method, path, body=None, **headers):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(
            method,
            f"/api/v1/{path}",
            b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers={**self.headers, **given},
        )


@pytest.fixture
def api(client, stall):
    return Api(client, "api:read", "api:write", "webhooks:manage")


@pytest.fixture
def report(stall):
    surplus = stall.sale.surplus
    return {
        "key": str(uuid.uuid4()), "branch": stall.sale.branch_id, "produce": surplus.produce_id,
        "grade": "1", "weight_g": 25_000_000, "harvest_from": "2026-11-05",
        "harvest_to": "2026-11-12", "floor_fen_per_kg": 200, "wholesale_fen_per_kg": 180,
        "wholesale_g_per_day": 1_000_000, "wholesale_source": "market", "village": "曹村",
    }  # fmt: skip


def test_a_village_reports_once_and_pages_through_its_reports(api, report):
    first = api("POST", "surpluses", report, Idempotency_Key="report-0001")
    assert first.status_code == 201
    again = api("POST", "surpluses", report, Idempotency_Key="report-0001")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert api("GET", f"surpluses/{first.json()['id']}").json() == first.json()
    for n in range(4):
        told = {**report, "key": str(uuid.uuid4())}
        api("POST", "surpluses", told, Idempotency_Key=f"report-1{n:03d}")
    seen, path = [], "surpluses?limit=2"
    while path:
        page = api("GET", path).json()
        seen += [row["id"] for row in page["items"]]
        path = f"surpluses?limit=2&cursor={page['next']}" if page["next"] else ""
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == Surplus.objects.count() == 6


def test_a_key_with_another_body_is_refused_and_a_refusal_keeps_no_key(api, report):
    bad = api("POST", "surpluses", {**report, "produce": "gold"}, Idempotency_Key="report-0001")
    assert (bad.status_code, bad.json()["pointer"]) == (422, "/produce")
    assert api("POST", "surpluses", report, Idempotency_Key="report-0001").status_code == 201
    other = api("POST", "surpluses", {**report, "grade": "2"}, Idempotency_Key="report-0001")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    none = api("POST", "surpluses", report)
    assert (none.status_code, none.json()["code"]) == (400, "idempotency_key_missing")


def test_a_point_signs_in_weighs_and_packs(api, stall):
    shift = stall.shift_at_work(kg=10)
    stall.place(quantity=2)
    path = f"shifts/{shift.pk}"
    [listed] = api("GET", f"shifts?sale={stall.sale.pk}").json()["items"]
    assert listed == api("GET", path).json()
    packer = stall.packers[0]
    assert api("POST", f"{path}/sign-ins", {"packers": [packer]}).json()["people"] >= 1
    tally = {"tallies": [{"packer": packer, "listing": stall.listing.pk, "boxes": 2}]}
    made = [api("POST", f"{path}/boxes", tally, Idempotency_Key="tally-0001") for _ in range(2)]
    assert made[0].status_code == 201
    assert made[0].content == made[1].content
    assert Box.objects.count() == 2
    before = PointStock.objects.count()
    lot = PointStock.objects.first().lot
    over = {"lots": [{"lot": lot.pk, "received_g": 10**10}]}
    refused = api("POST", f"{path}/intakes", over, Idempotency_Key="intake-001")
    assert refused.status_code in (409, 422)
    assert PointStock.objects.count() == before


def test_a_plan_is_approved_by_whoever_saw_it_as_it_is(api, stall):
    plan = RescuePlan.objects.create(
        surplus=stall.sale.surplus, goal="income", case={}, case_hash="x", assumptions=[],
        plan={"sells_online": False}, net_fen=1, cleared_share=1.0, seed=1, version="1",
        made_at=OPENS,
    )  # fmt: skip
    path = f"plans/{plan.pk}/approve"
    key = {"Idempotency_Key": "approve-001"}
    assert api("POST", path, **key).status_code == 428
    seen = api("GET", f"plans/{plan.pk}")
    RescuePlan.objects.update(net_fen=2)
    stale = api("POST", path, If_Match=seen.headers["ETag"], **key)
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    fresh = api("GET", f"plans/{plan.pk}").headers["ETag"]
    answer = api("POST", path, If_Match=fresh, **key)
    assert (answer.status_code, answer.json()["code"]) == (409, "planning.nothing_to_sell")


def test_what_is_known_already_is_not_sent_again(api, stall):
    path = f"sales/{stall.sale.pk}"
    first = api("GET", path)
    assert api("GET", path, If_None_Match=first.headers["ETag"]).status_code == 304
    Sale.objects.update(closes_at=OPENS + timedelta(days=1))
    assert api("GET", path, If_None_Match=first.headers["ETag"]).status_code == 200


def test_a_parcel_is_shown_to_whoever_knows_number_and_phone(client, stall):
    shift = stall.shift_at_work(kg=40)
    stall.place(quantity=1)
    (parcel,) = stall.post(stall.pack(shift, 1), now=OPENS)
    from postharvest.core.vault.seal import unseal

    phone = unseal(bytes(parcel.order.contact.sealed)).phone
    wrong = f"{(int(phone[-4:]) + 1) % 10_000:04d}"
    path = f"/api/v1/tracking/{parcel.number}"
    found = client.get(path, {"phone": phone[-4:]})
    assert found.json()["number"] == parcel.number
    assert phone not in found.content.decode()
    for other in (client.get(path, {"phone": wrong}),
                  client.get("/api/v1/tracking/PA000000000CN", {"phone": wrong})):  # fmt: skip
        assert (other.status_code, other.json()["detail"]) == (
            404, "no parcel of this number goes to a phone with these digits",
        )  # fmt: skip
    codes = [client.get(path, {"phone": wrong}).status_code for _ in range(40)]
    assert codes[-1] == 429
    assert client.get(path, {"phone": wrong}).headers["Retry-After"] == "60"


def test_scopes_and_regions_hold(client, stall):
    reader = Api(client, "api:read", region="45")
    assert reader("GET", "surpluses").json()["items"] == []
    assert reader("GET", f"surpluses/{stall.sale.surplus_id}").status_code == 404
    assert reader("GET", f"payouts?sale={stall.sale.pk}").status_code == 404
    assert reader("POST", "surpluses", {}, Idempotency_Key="k" * 8).status_code == 403
    assert client.get("/api/v1/surpluses").status_code == 401
    assert "WWW-Authenticate" in client.get("/api/v1/surpluses").headers


def test_a_token_is_asked_to_wait_when_it_asks_too_often(api, monkeypatch):
    monkeypatch.setattr(resource, "_REQUESTS", resource.Throttle(largest=3))
    codes = [api("GET", "surpluses").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]


def test_parcels_of_a_sale_by_status_and_flag(api, stall):
    shift = stall.shift_at_work(kg=40)
    stall.place(quantity=2)
    parcels = stall.post(stall.pack(shift, 2), now=OPENS)
    Parcel.objects.filter(pk=parcels[0].pk).update(flagged="late")
    every = api("GET", f"parcels?sale={stall.sale.pk}").json()["items"]
    assert {row["number"] for row in every} == {parcel.number for parcel in parcels}
    [late] = api("GET", f"parcels?sale={stall.sale.pk}&flag=late").json()["items"]
    assert late["number"] == parcels[0].number
    assert api("GET", f"parcels?sale={stall.sale.pk}&status=nowhere").json()["items"] == []
    assert api("GET", "parcels").status_code == 422
    assert api("GET", f"parcels?sale={stall.sale.pk}&flag=lost").json()["pointer"] == "/flag"


def test_a_subscription_is_made_shown_paused_and_ended(api):
    asked = {"url": "https://example.org/hook", "kinds": ["parcels.posted"]}
    made = api("POST", "webhooks", asked, Idempotency_Key="hook-0001")
    assert made.json()["secret"].startswith("whsec_")
    path = f"webhooks/{made.json()['id']}"
    shown = api("GET", path)
    assert shown.json()["secret"] is None
    assert api("PATCH", path, {"paused": True}).status_code == 428
    paused = api("PATCH", path, {"paused": True}, If_Match=shown.headers["ETag"])
    assert paused.json()["paused_at"]
    stale = api("PATCH", path, {"paused": False}, If_Match=shown.headers["ETag"])
    assert stale.status_code == 412
    since = {"since": "2026-11-01T00:00:00Z"}
    assert api("POST", f"{path}/replay", since).json() == {"messages": 0}
    assert api("GET", f"{path}/messages").json() == {"items": [], "next": None}
    tag = api("GET", path).headers["ETag"]
    assert api("DELETE", path, If_Match=tag).status_code == 204
    assert not Subscription.objects.exists()
    inward = {**asked, "url": "https://127.0.0.1/"}
    refused = api("POST", "webhooks", inward, Idempotency_Key="hook-0002")
    assert (refused.status_code, refused.json()["pointer"]) == (422, "/url")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing/here", 404), ("PUT", "surpluses", 405), ("GET", "scans", 405),
        ("GET", "surpluses?colour=red", 422), ("GET", "surpluses?limit=0", 422),
        ("GET", "surpluses?limit=many", 422), ("GET", "surpluses?cursor=%00", 422),
        ("GET", "surpluses?cursor=zzz", 422), ("GET", "surpluses?limit=1&limit=2", 422),
        ("GET", f"surpluses/{2**63}", 404), ("GET", "tracking/%00?phone=1234", 404),
        ("GET", "sales/99999999999999999999", 404),
    ],
)  # fmt: skip
def test_what_can_not_be_is_a_problem_document(api, method, path, status):
    answer = api(method, path)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_a_body_of_another_kind_is_refused(client, api):
    answer = client.post(
        "/api/v1/surpluses", "<a/>", content_type="text/xml",
        headers={**api.headers, "Idempotency-Key": "k" * 8},
    )  # fmt: skip
    assert answer.status_code == 415
    nul = {"url": "https://a.example/\x00", "kinds": ["parcels.posted"]}
    assert api("POST", "webhooks", nul, Idempotency_Key="k" * 9).status_code == 422


def refusals(kind=Refused):
    for one in kind.__subclasses__():
        yield one
        yield from refusals(one)


def test_every_refusal_has_a_title_in_both_languages():
    codes = {one.code for one in refusals() if one.__module__.startswith("postharvest")}
    assert len(codes) > 20
    for code in codes:
        problem = problems.Problem(code=code, detail="why")
        assert any("\u4e00" <= c <= "\u9fff" for c in problem.document(chinese=True)["title"])
        assert problem.document(chinese=False)["title"]


def test_a_desk_of_another_county_may_not_write(client, stall, report):
    assert NEAR
    assert DESK
    other = Api(client, "api:write", region="45")
    answer = other("POST", "surpluses", report, Idempotency_Key="k" * 8)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_every_answer_of_a_demo_says_that_it_is_simulated(api, stall, settings):
    path = f"sales/{stall.sale.pk}"
    assert "simulated" not in api("GET", path).json()
    settings.POSTHARVEST_DEMO = True
    assert api("GET", path).json()["simulated"] is True


def test_a_carrier_reads_what_comes_and_tells_what_he_counted(api, stall):
    shift = stall.shift_at_work(kg=40)
    stall.place(quantity=2)
    parcels = stall.post(stall.pack(shift, 2), now=OPENS)
    [load] = api("GET", "despatches").json()["items"]
    assert (load["parcels"], load["acceptance"]) == (2, None)
    path = f"despatches/{load['id']}"
    announced = api("GET", f"{path}/pre-advice")
    assert announced["Content-Type"] == "text/csv"
    lines = announced.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("number,despatch,")
    assert {line.split(",")[0] for line in lines[1:]} == {parcel.number for parcel in parcels}
    counted = [parcels[0].number, "PA999999999CN", parcels[0].number]
    told = api("PUT", f"{path}/acceptance", {"numbers": counted}).json()
    assert told == {
        "agreed": 1, "missing": [parcels[1].number], "surplus": ["PA999999999CN"],
        "doubled": [parcels[0].number],
    }  # fmt: skip
    assert api("GET", path).json()["acceptance"] == told
