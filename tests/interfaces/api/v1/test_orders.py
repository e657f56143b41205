import json

import pytest
from tests.operations.conftest import OPENS

from postharvest.core.tokens.actions import create_token
from postharvest.operations.orders.models import Order


@pytest.fixture
def post(client, body):
    def send(key="key-00000001", raw=None, language="en", **given):
        return client.post(
            "/api/v1/orders",
            raw if raw is not None else body(**given),
            content_type="application/json",
            headers={"Idempotency-Key": key, "Accept-Language": language},
        )

    return send


def test_an_order_is_taken_with_its_token_and_window(post, stall):
    answer = post(quantity=2)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["status"], told["quantity"], told["total_fen"]) == ("confirmed", 2, 5000)
    assert told["arrives"] == {"earliest": "2026-11-04", "latest": "2026-11-05"}
    assert told["access"]


def test_the_same_key_answers_200_with_the_same_order_and_says_so(post):
    first, again = post().json(), post()
    assert again.status_code == 200
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first
    assert Order.objects.count() == 1


def test_the_same_key_with_another_body_is_422(post):
    post()
    answer = post(quantity=2)
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize(
    ("given", "status", "code", "pointer"),
    [
        ({"quantity": -1}, 422, "invalid", "/quantity"),
        ({"quantity": "two"}, 422, "invalid", "/quantity"),
        ({"listing": 999_999}, 404, "unknown_listing", None),
        ({"buyer": {"name": "王", "phone": "call me"}}, 422, "invalid", "/buyer/phone"),
        ({"buyer": {"name": "王"}}, 422, "invalid", "/buyer"),
        ({"offer": "group"}, 422, "invalid", "/offer"),
        ({"colour": "red"}, 422, "invalid", None),
        ({"offer": "team", "payment": "cod"}, 422, "invalid", "/payment"),
        ({"offer": "team", "team": 77}, 404, "unknown_team", None),
        ({"quantity": 11}, 409, "limit_reached", None),
    ],
)
def test_each_fault_is_a_problem_that_names_its_field_and_writes_nothing(
    post, given, status, code, pointer
):
    answer = post(**given)
    told = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, told["code"], told["status"]) == (status, code, status)
    if pointer is not None:
        assert told["pointer"] == pointer
    assert not Order.objects.exists()


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff\xfe", b""])
def test_what_is_no_json_object_is_refused(post, raw):
    answer = post(raw=raw)
    assert answer.status_code in (400, 422)
    assert answer.json()["code"] in ("malformed", "invalid")


def test_an_order_without_a_key_is_refused(client, body):
    answer = client.post("/api/v1/orders", body(), content_type="application/json")
    assert answer.json()["code"] == "idempotency_key_missing"


def test_a_problem_speaks_the_readers_language(post):
    assert post(quantity=11, language="zh-CN,zh;q=0.9").json()["title"] == "已到每人限购数量"
    assert post(quantity=11, language="en").json()["title"] == "limit reached"


def test_an_order_shows_itself_to_its_owner_only(client, post):
    mine = post().json()
    other = post(key="key-00000002", buyer={"name": "李", "phone": "13800000002"}).json()
    path = f"/api/v1/orders/{mine['order']}"
    assert client.get(path).status_code == 401
    stranger = {"Authorization": f"Bearer {other['access']}"}
    assert client.get(path, headers=stranger).status_code == 401
    answer = client.get(path, headers={"Authorization": f"Bearer {mine['access']}"})
    assert (answer.status_code, answer.json()) == (200, mine)


def test_cancelling_ends_the_order_and_again_changes_nothing(client, post, stall):
    mine = post().json()
    bearer = {"Authorization": f"Bearer {mine['access']}"}
    path = f"/api/v1/orders/{mine['order']}/cancel"
    assert client.post(path).status_code == 401
    for _ in range(2):
        assert client.post(path, headers=bearer).json()["status"] == "cancelled"
    assert stall.claimed() == dict.fromkeys(("g", "crew_s", "lane", "hub"), 0)


def test_a_sale_says_what_is_left(client, post, stall):
    post(quantity=2)
    (sale,) = client.get("/api/v1/sales").json()["sales"]
    assert sale["left_g"] == 90_000 - 6_000
    assert [one["left"] for one in sale["listings"]] == [28, 16]


def test_scans_need_a_token_and_are_answered_line_by_line(client, stall):
    assert client.post("/api/v1/scans", "", content_type="application/x-ndjson").status_code == 401
    shift = stall.shift_at_work(kg=40)
    stall.place(quantity=1)
    (parcel,) = stall.post(stall.pack(shift, 1), now=OPENS)
    good = {
        "parcel": parcel.number, "code": "EMC", "at": OPENS.isoformat(), "place": "西安",
        "source": "post",
    }  # fmt: skip
    lines = [json.dumps(good), "{", json.dumps({**good, "parcel": "RR1CN"}), json.dumps(good)]
    token = create_token(name="carrier", scopes=["api:write"], now=OPENS)
    answer = client.post(
        "/api/v1/scans",
        "\n".join(lines),
        content_type="application/x-ndjson",
        headers={"Authorization": f"Bearer {token}"},
    )
    told = answer.json()["lines"]
    assert [line["line"] for line in told] == [1, 2, 3, 4]
    assert [line["stored"] for line in told] == [True, False, False, False]
    assert told[1]["problem"].startswith("not a scan")
    assert told[2]["problem"]


def test_what_a_demo_answers_says_that_it_is_simulated(client, body, settings):
    def answers(key):
        placed = client.post(
            "/api/v1/orders",
            body(),
            content_type="application/json",
            headers={"Idempotency-Key": f"simulated-{key}"},
        )
        return [client.get("/api/v1/sales").json(), placed.json()]

    assert not any("simulated" in one for one in answers(1))
    settings.POSTHARVEST_DEMO = True
    assert all(one["simulated"] is True for one in answers(2))
