"""Queries: every parameter finds what it says, and nothing is silently ignored."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postharvest.core.epcis import actions, queries

BASE = "https://id.post.example"
PARCEL = f"{BASE}/parcel/PA000000014CN"


@pytest.mark.parametrize(
    ("query", "hours"),
    [
        ("eventType=AggregationEvent", [11, 12, 20]),
        ("eventType=AggregationEvent,AssociationEvent", [11, 12, 14, 20]),
        ("eventType=AggregationEvent&eventType=AssociationEvent", [11, 12, 14, 20]),
        ("eventType=AggregationEvent|AssociationEvent", [11, 12, 14, 20]),
        ("GE_eventTime=2026-10-08T14:00:00%2B08:00", [14, 20, 22]),
        ("GE_eventTime=2026-10-08T14:00:00+08:00", [14, 20, 22]),
        ("GE_eventTime=2026-10-08T06:00:00Z&LT_eventTime=2026-10-08T12:00:00Z", [14]),
        ("LT_eventTime=2026-10-08T08:00:00%2B08:00", [6]),
        ("GE_recordTime=2020-01-01T00:00:00Z&EQ_action=DELETE", [20]),
        ("LT_recordTime=2020-01-01T00:00:00Z", []),
        ("EQ_action=ADD&EQ_bizStep=packing", [11, 12]),
        ("EQ_bizStep=urn:epcglobal:cbv:bizstep:receiving", [8]),
        ("EQ_bizStep=https://ref.gs1.org/cbv/BizStep-receiving,storing", [8, 9]),
        ("EQ_disposition=damaged", [22]),
        ("EQ_persistentDisposition_set=damaged", [22]),
        ("EQ_persistentDisposition_unset=damaged", []),
        (f"EQ_readPoint={BASE}/place/hub-xian", [14, 20, 22]),
        (f"EQ_bizLocation={BASE}/place/point-2", [8]),
        (f"MATCH_epc={PARCEL}", [12, 20, 22]),
        (f"MATCH_epc={BASE}/parcel/*", [12, 20, 22]),
        (f"MATCH_parentID={PARCEL}", [11]),
        (f"MATCH_anyEPC={PARCEL}", [11, 12, 20, 22]),
        (f"MATCH_inputEPC={PARCEL}", []),
        (f"MATCH_outputEPC={PARCEL}", []),
        (f"MATCH_epcClass={BASE}/lot/FP-20261008-A", [11]),
        (f"MATCH_inputEPCClass={BASE}/lot/FP-20261008-raw-1", [10]),
        (f"MATCH_outputEPCClass={BASE}/lot/FP-20261008-A", [10]),
        (f"MATCH_anyEPCClass={BASE}/lot/FP-20261008-A", [10, 11]),
        (f"MATCH_anyEPCClass={BASE}/lot/FP-20261008-*", [6, 8, 9, 10, 11]),
        (f"EQ_transformationID={BASE}/grading/1", [10]),
        (f"EQ_bizTransaction_desadv={BASE}/despatch/5", [13]),
        (f"EQ_bizTransaction_po={BASE}/despatch/5", []),
        (f"EQ_source_possessing_party={BASE}/party/grower-104", [8]),
        (f"EQ_destination_possessing_party={BASE}/party/branch", [8]),
        ("EXISTS_errorDeclaration=false&EQ_action=DELETE", [20]),
        ("EXISTS_errorDeclaration", []),
        ("EQ_eventID=urn:uuid:00000000-0000-4000-8000-000000000022", [22]),
        ("orderBy=eventTime&orderDirection=ASC&eventCountLimit=2", [6, 8]),
        ("orderBy=recordTime&orderDirection=DESC&eventCountLimit=1", [22]),
        ("maxEventCount=1&EQ_action=DELETE", [20]),
    ],
)
def test_each_parameter_finds_what_it_says(
    partner: Any, chain: Any, query: str, hours: list[int]
) -> None:
    found = partner.found(f"{query}&perPage=100")
    assert sorted(int(one["eventTime"][11:13]) for one in found) == hours


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("EQ_nonsense=1", 400),
        ("eq_bizStep=receiving", 400),
        ("EQ_action=LOOK", 400),
        ("GE_eventTime=yesterday", 400),
        ("GE_eventTime=2026-10-08T14:00:00", 400),
        ("GE_eventTime=0001-01-01T00:00:00%2B14:00", 200),
        ("perPage=0", 400),
        ("perPage=1001", 400),
        ("perPage=-1", 400),
        ("perPage=٣", 400),
        ("eventCountLimit=x", 400),
        ("eventCountLimit=1&maxEventCount=2", 400),
        ("orderDirection=UP", 400),
        ("nextPageToken=x", 400),
        ("nextPageToken=1.2.99999999999999999999999", 400),
        ("perPage=2&perPage=3", 400),
        ("MATCH_epc=*", 400),
        ("EQ_bizStep=%00", 400),
        ("EQ_bizStep", 400),
        ("WD_readPoint=x:1", 501),
        ("EQ_ILMD_https://post.example/voc/variety=x", 501),
        ("GE_value_CEL=5", 501),
        ("EQ_ph:kind=x", 501),
        ("EXISTS_ilmd", 501),
        ("HASATTR_readPoint=x", 501),
        ("orderBy=bizStep", 501),
        ("MATCH_epc=urn:epc:idpat:sgtin:*.5.7", 501),
        ("maxEventCount=3", 413),
    ],
)
def test_what_cannot_be_asked_is_refused_never_ignored(
    partner: Any, chain: Any, query: str, status: int
) -> None:
    response = partner.ask(f"/events?{query}")
    assert response.status_code == status
    if status != 200:
        assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("order", ["eventTime", "recordTime"])
@pytest.mark.parametrize("limit", ["", "&eventCountLimit=7"])
def test_pages_tell_the_whole_answer_once(
    partner: Any, chain: Any, order: str, direction: str, limit: str
) -> None:
    url: str | None = f"/events?perPage=3&orderBy={order}&orderDirection={direction}{limit}"
    hours: list[int] = []
    while url:
        response = partner.ask(url)
        page = response.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        hours += [int(one["eventTime"][11:13]) for one in page]
        link = response.headers.get("Link", "")
        url = link[1 : link.index(">")] if link else None
    wanted = [6, 8, 9, 10, 11, 12, 13, 14, 20, 22]
    wanted = wanted if direction == "ASC" else wanted[::-1]
    assert hours == (wanted[:7] if limit else wanted)


def test_the_answer_is_a_query_document_with_its_namespaces(partner: Any, chain: Any) -> None:
    answer = partner.ask("/events?EQ_bizStep=commissioning", Accept="application/ld+json")
    assert answer["Content-Type"] == "application/ld+json"
    body = answer.json()
    assert body["type"] == "EPCISQueryDocument"
    assert body["epcisBody"]["queryResults"]["queryName"] == "SimpleEventQuery"
    assert body["@context"][1]["ph"] == "https://post.example/voc/"


def test_one_prefix_with_two_meanings_is_kept_apart(
    partner: Any, story: Any, make_document: Any
) -> None:
    other = story[0] | {"eventID": "urn:uuid:33333333-3333-4333-8333-333333333333"}
    stranger = make_document(other)
    stranger["@context"] = [stranger["@context"][0], {"ph": "https://other.example/"}]
    for sent in (make_document(story[0]), stranger):
        assert partner.send("/capture", sent).status_code == 202
    answer = partner.ask("/events").json()
    own = [
        one.get("@context")
        for one in answer["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    ]
    meanings = {answer["@context"][1]["ph"], *(c[1]["ph"] for c in own if c)}
    assert meanings == {"https://post.example/voc/", "https://other.example/"}


def test_a_recall_goes_forward_and_a_claim_goes_back(partner: Any, chain: Any) -> None:
    raw, bag = f"{BASE}/lot/FP-20261008-raw-1", f"{BASE}/bag/B-77"
    forward = partner.ask(f"/traces/forward?identifier={quote(raw)}").json()
    reached = {step["identifier"] for step in forward["steps"]}
    assert {f"{BASE}/lot/FP-20261008-A", f"{BASE}/lot/FP-20261008-culls", PARCEL, bag} <= reached
    back = partner.ask(f"/traces/back?identifier={quote(PARCEL)}").json()
    reached = {step["identifier"] for step in back["steps"]}
    assert raw in reached
    assert bag not in reached
    steps = back["events"]["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert {one["bizStep"] for one in steps} == {"packing", "creating_class_instance"}
    assert partner.ask("/traces/back").status_code == 400
    assert partner.ask("/traces/back?identifier=x:unknown").json()["steps"] == []


@pytest.mark.parametrize("declaration_first", [False, True])
def test_what_was_declared_wrong_leaves_the_traces(
    partner: Any, story: Any, make_document: Any, declaration_first: bool
) -> None:
    packed = story[4]
    wrong = packed | {
        "errorDeclaration": {
            "declarationTime": "2026-10-10T08:00:00+08:00",
            "reason": "did_not_occur",
        }
    }
    for one in (wrong, packed) if declaration_first else (packed, wrong):
        assert partner.send("/capture", make_document(one)).status_code == 202
    back = partner.ask(f"/traces/back?identifier={quote(PARCEL)}").json()
    assert back["steps"] == []


def test_a_transformation_told_in_two_events_is_one_step(
    partner: Any, story: Any, make_document: Any
) -> None:
    whole = story[3]
    first = {k: v for k, v in whole.items() if k != "outputQuantityList"}
    second = {k: v for k, v in whole.items() if k != "inputQuantityList"} | {
        "eventID": "urn:uuid:44444444-4444-4444-8444-444444444444"
    }
    assert partner.send("/capture", make_document(first, second)).status_code == 202
    raw = quote(f"{BASE}/lot/FP-20261008-raw-1")
    steps = partner.ask(f"/traces/forward?identifier={raw}").json()["steps"]
    assert f"{BASE}/lot/FP-20261008-A" in {step["identifier"] for step in steps}


@pytest.mark.parametrize(
    "path", ["/queries", "/eventTypes/ObjectEvent/events", "/epcs", "/bizSteps", "/readPoints/x"]
)
def test_resources_we_do_not_offer_say_so(partner: Any, path: str) -> None:
    assert partner.ask(path).status_code == 501


def test_an_unknown_event_is_not_found(partner: Any) -> None:
    assert partner.ask("/events/urn:uuid:nobody").status_code == 404
    assert partner.ask("/events/a%00b").status_code == 404


@pytest.mark.parametrize("path", ["/events/", "/nowhere", "/", "/traces/sideways", "/capture/"])
def test_what_is_nowhere_is_told_in_a_problem_document(partner: Any, path: str) -> None:
    response = partner.ask(path)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_a_wrong_method_is_told_the_right_ones(partner: Any) -> None:
    response = partner.client.put("/epcis/v2/events")
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    assert response.headers["Allow"] == "GET, POST, OPTIONS"


def test_our_own_events_keep_the_same_rules(db: None, story: Any) -> None:
    now = datetime(2026, 10, 9, tzinfo=UTC)
    captured = actions.record_events(
        story, namespaces={"ph": "https://post.example/voc/"}, party="packing", now=now
    )
    assert captured.stored == len(story)
    found = queries.event_by_id(story[0]["eventID"])
    assert found is not None
    assert found.body["recordTime"] == "2026-10-09T00:00:00.000Z"
    with pytest.raises(queries.documents.InvalidDocument):
        actions.record_events([{"type": "ObjectEvent"}], namespaces={}, party="x", now=now)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(
        [
            "eventType",
            "GE_eventTime",
            "MATCH_epc",
            "EQ_source_",
            "perPage",
            "nextPageToken",
            "orderBy",
            "EXISTS_errorDeclaration",
            "EQ_bizTransaction_po",
            "EQ_eventID",
        ]
    )
    | st.text(max_size=12),
    value=st.text(max_size=12),
)
def test_no_question_is_a_fault_of_ours(partner: Any, chain: Any, name: str, value: str) -> None:
    response = partner.client.get(
        "/epcis/v2/events",
        data={name: value},
        headers={"Authorization": f"Bearer {partner.key}"},
    )
    assert response.status_code in {200, 400, 413, 501}
