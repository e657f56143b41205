"""Capture: what is valid comes back equal, what is not is refused by its pointer."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PLACE = {"id": "https://id.post.example/place/1"}


def changed(events: list[dict[str, Any]], place: int, **fields: Any) -> list[dict[str, Any]]:
    copy = json.loads(json.dumps(events))
    copy[place] |= fields
    return [{k: v for k, v in one.items() if v is not None} for one in copy]


def test_a_chain_from_harvest_to_claim_comes_back_equal(partner: Any, chain: Any) -> None:
    for sent in chain:
        response = partner.ask(f"/events/{quote(sent['eventID'], safe='')}")
        assert response.status_code == 200
        back = response.json()
        assert {name: back[name] for name in sent} == sent
        assert back["recordTime"]
        assert back["@context"][1]["ph"] == "https://post.example/voc/"


def test_the_job_tells_what_became_of_the_capture(partner: Any, chain_document: Any) -> None:
    response = partner.send("/capture", chain_document)
    job = partner.ask(response.headers["Location"]).json()
    assert job["success"]
    assert not job["running"]
    assert job["errors"] == []
    assert partner.ask("/capture").json() == [job]
    assert partner.ask("/capture/nonsense").status_code == 404


@pytest.fixture
def chain_document(make_document: Any, story: Any) -> Any:
    return make_document(*story)


def test_one_event_of_ones_own_is_created(partner: Any, story: Any, make_document: Any) -> None:
    one = story[0] | {"@context": make_document()["@context"]}
    response = partner.send("/events", one)
    assert response.status_code == 201
    assert partner.ask(response.headers["Location"]).json()["ilmd"] == one["ilmd"]
    assert partner.send("/events", story[1]).status_code == 400


def test_an_event_without_identifier_is_given_one_and_known_again(
    partner: Any, story: Any, make_document: Any
) -> None:
    nameless = changed(story, 1, eventID=None)[1]
    for _ in range(2):
        assert partner.send("/capture", make_document(nameless)).status_code == 202
    [found] = partner.found("EQ_bizStep=receiving")
    assert found["eventID"].startswith("urn:uuid:")
    assert {name: found[name] for name in nameless} == nameless


@pytest.mark.parametrize(
    ("place", "fields", "pointer"),
    [
        (0, {"action": None}, "/epcisBody/eventList/0"),
        (0, {"action": "OBSERVE"}, "/epcisBody/eventList/0/action"),
        (0, {"ilmd": {"variety": "尖柿"}}, "/epcisBody/eventList/0/ilmd"),
        (0, {"quantityList": None}, "/epcisBody/eventList/0"),
        (0, {"quantityList": [{"epcClass": "x:1", "weight": 5}]}, "/quantityList/0"),
        (0, {"bizStep": "transforming"}, "/epcisBody/eventList/0/bizStep"),
        (1, {"disposition": "in_transport"}, "/epcisBody/eventList/1/disposition"),
        (1, {"eventTimeZoneOffset": None}, "/epcisBody/eventList/1"),
        (1, {"eventTimeZoneOffset": "+15:00"}, "/eventTimeZoneOffset"),
        (1, {"eventTime": "2026-10-08T06:00:00"}, "/eventTime"),
        (1, {"eventTime": "2026-02-30T06:00:00Z"}, "/eventTime"),
        (1, {"quantityList": [{"epcClass": "a lot"}]}, "/quantityList/0/epcClass"),
        (1, {"quantityList": [{"epcClass": "x:1", "uom": "kg"}]}, "/quantityList/0/uom"),
        (1, {"bizTransactionList": [{"type": "bill"}]}, "/bizTransactionList/0"),
        (1, {"sourceList": [{"source": "x:1"}]}, "/sourceList/0"),
        (1, {"certificationInfo": [{"agency": "x"}]}, "/certificationInfo"),
        (1, {"note": "no namespace"}, "/epcisBody/eventList/1"),
        (2, {"sensorElementList": [{"sensorReport": []}]}, "/sensorReport"),
        (2, {"sensorElementList": [{"sensorReport": [{"type": "Warmth"}]}]}, "/type"),
        (3, {"inputQuantityList": None, "transformationID": None}, "/epcisBody/eventList/3"),
        (3, {"action": "ADD"}, "/epcisBody/eventList/3"),
        (4, {"childQuantityList": []}, "/epcisBody/eventList/4"),
        (6, {"bizTransactionList": []}, "/bizTransactionList"),
        (7, {"parentID": None}, "/epcisBody/eventList/7"),
        (9, {"persistentDisposition": {}}, "/persistentDisposition"),
        (9, {"errorDeclaration": {"reason": "oops"}}, "/errorDeclaration"),
        (9, {"type": "ParcelEvent"}, "/type"),
    ],
)
def test_an_invalid_event_is_refused_by_its_pointer_and_nothing_is_stored(
    *,
    partner: Any,
    story: Any,
    make_document: Any,
    place: int,
    fields: dict[str, Any],
    pointer: str,
) -> None:
    response = partner.send("/capture", make_document(*changed(story, place, **fields)))
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == "epcisException:ValidationException"
    assert any(pointer in fault["pointer"] for fault in problem["errors"])
    assert partner.found("") == []


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"schemaVersion": "two"}, "/schemaVersion"),
        ({"creationDate": "yesterday"}, "/creationDate"),
        ({"type": "EPCISQueryDocument"}, "/type"),
        ({"epcisBody": {"eventList": {}}}, "/epcisBody/eventList"),
        ({"epcisBody": {}}, "/epcisBody"),
        ({"note": 1}, ""),
        ({"@context": 3}, "/@context"),
    ],
)
def test_an_invalid_frame_is_refused(
    partner: Any, make_document: Any, fields: dict[str, Any], pointer: str
) -> None:
    response = partner.send("/capture", make_document(**fields))
    assert response.status_code == 400
    assert pointer in [fault["pointer"] for fault in response.json()["errors"]]


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"<epcis/>", b'{"a":NaN}', b"[" * 100_000],
)
def test_what_is_not_a_json_object_is_refused(partner: Any, raw: bytes) -> None:
    assert partner.send("/capture", raw).status_code == 400
    assert partner.send("/events", raw).status_code == 400


def test_the_same_event_again_is_accepted_once(
    partner: Any, chain: Any, make_document: Any
) -> None:
    turned = [dict(reversed(one.items())) for one in chain]
    turned[0]["quantityList"] = [dict(turned[0]["quantityList"][0], quantity=1000)]
    assert partner.send("/capture", make_document(*turned, *chain)).status_code == 202
    assert len(partner.found("perPage=100")) == len(chain)


def test_the_same_identifier_with_other_content_is_refused_and_nothing_is_stored(
    partner: Any, chain: Any, make_document: Any
) -> None:
    fresh = chain[1] | {"eventID": "urn:uuid:11111111-1111-4111-8111-111111111111"}
    other = chain[0] | {"disposition": "unknown"}
    response = partner.send("/capture", make_document(fresh, other))
    assert response.status_code == 409
    [fault] = response.json()["errors"]
    assert fault["pointer"] == "/epcisBody/eventList/1/eventID"
    assert len(partner.found("perPage=100")) == len(chain)
    twins = changed([fresh, fresh], 1, disposition="unknown")
    assert partner.send("/capture", make_document(*twins)).status_code == 409


def test_an_error_declaration_bears_the_identifier_of_what_it_takes_back(
    partner: Any, chain: Any, make_document: Any
) -> None:
    declared = chain[3] | {
        "errorDeclaration": {
            "declarationTime": "2026-10-10T08:00:00+08:00",
            "reason": "incorrect_data",
            "correctiveEventIDs": ["urn:uuid:22222222-2222-4222-8222-222222222222"],
        }
    }
    for _ in range(2):
        assert partner.send("/capture", make_document(declared)).status_code == 202
    assert len(partner.found("EXISTS_errorDeclaration")) == 1
    assert len(partner.found(f"EQ_eventID={chain[3]['eventID']}")) == 2
    original = partner.ask(f"/events/{quote(chain[3]['eventID'], safe='')}")
    assert "errorDeclaration" not in original.json()
    assert 'rel="related"' in original.headers["Link"]


def test_with_proceed_the_right_events_are_stored_and_the_wrong_ones_told(
    partner: Any, story: Any, make_document: Any
) -> None:
    mixed = changed(story, 1, action="LOOK")
    header = {"GS1-Capture-Error-Behaviour": "proceed"}
    response = partner.send("/capture", make_document(*mixed), **header)
    assert response.status_code == 202
    job = partner.ask(response.headers["Location"]).json()
    assert not job["success"]
    assert job["captureErrorBehaviour"] == "proceed"
    assert [fault["pointer"] for fault in job["errors"]] == ["/epcisBody/eventList/1/action"]
    assert len(partner.found("perPage=100")) == len(story) - 1
    assert (
        partner.send("/capture", b"{}", **{"GS1-Capture-Error-Behaviour": "x"}).status_code == 400
    )


def test_too_much_at_once_is_refused_with_the_limits(
    partner: Any, story: Any, make_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from postharvest.core.epcis import actions

    monkeypatch.setattr(actions, "CAPTURE_LIMIT_EVENTS", len(story) - 1)
    response = partner.send("/capture", make_document(*story))
    assert response.status_code == 413
    assert response.headers["GS1-EPCIS-Capture-Limit"]
    huge = b'{"a":"' + b"x" * (actions.CAPTURE_LIMIT_BYTES + 1) + b'"}'
    assert partner.send("/capture", huge).status_code == 413


def test_a_key_is_needed_and_must_cover_the_deed(
    partner: Any, partner_with: Callable[..., Any], make_document: Any
) -> None:
    reader = partner_with("epcis:query")
    assert reader.send("/capture", make_document()).status_code == 403
    assert partner_with("epcis:capture").ask("/events").status_code == 403
    partner.key = "wrong"
    response = partner.send("/capture", make_document())
    assert response.status_code == 401
    assert "Bearer" in response.headers["WWW-Authenticate"]


def test_versions_and_limits_are_told_beforehand(partner: Any) -> None:
    for path in ("/capture", "/events"):
        response = partner.client.options(f"/epcis/v2{path}")
        assert response.status_code == 204
        assert response.headers["GS1-EPCIS-Min"] == "2.0.0"
        assert "POST" in response.headers["Allow"]
        assert int(response.headers["GS1-EPCIS-Capture-Limit"]) > 0
    assert partner.ask("/events", **{"GS1-EPCIS-Version": "1.2"}).status_code == 406
    assert partner.ask("/events", Accept="application/xml").status_code == 406
    assert partner.client.delete("/epcis/v2/events").status_code == 405


def test_refusals_speak_the_readers_language(partner: Any) -> None:
    chinese = partner.ask("/events?EQ_x=1", **{"Accept-Language": "zh-CN"}).json()
    english = partner.ask("/events?EQ_x=1", **{"Accept-Language": "en"}).json()
    assert (chinese["title"], english["title"]) == ("查询参数有误", "A query parameter is wrong")
    assert chinese["code"] == english["code"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_sent_is_captured_or_refused_never_a_fault_of_ours(
    partner: Any, story: Any, make_document: Any, data: st.DataObject
) -> None:
    document = make_document(*json.loads(json.dumps(story)))
    for _ in range(data.draw(st.integers(1, 3))):
        node: Any = document
        while isinstance(node, dict | list) and node:
            keys = sorted(node) if isinstance(node, dict) else list(range(len(node)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(node[key], dict | list) or data.draw(st.integers(0, 3)) == 0:
                node[key] = data.draw(json_values)
                break
            node = node[key]
    response = partner.send("/capture", document)
    assert response.status_code in {202, 400, 409}
