"""The log, and those who would rewrite it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from postharvest.core.epcis import actions, documents, queries
from postharvest.core.epcis.models import Event, Reference
from postharvest.core.epcis.references import references
from postharvest.core.epcis.vocabulary import bare

NOW = datetime(2026, 10, 9, tzinfo=UTC)


def observed(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "eventTime": "2026-10-08T10:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "epcList": [f"https://id.post.example/parcel/{number}"],
    } | fields


def document(events: list[dict[str, Any]]) -> bytes:
    return json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-10-09T10:00:00+08:00",
            "epcisBody": {"eventList": events},
        }
    ).encode()


@pytest.mark.django_db
def test_the_database_itself_refuses_to_change_an_event() -> None:
    actions.capture_document(document([observed(1)]), party="partner", now=NOW)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Event.objects.update(body="{}")
    assert Event.objects.get().body != "{}"


@pytest.mark.django_db
def test_a_failed_capture_leaves_nothing_behind() -> None:
    actions.capture_document(document([observed(1)]), party="partner", now=NOW)
    with pytest.raises(actions.ConflictingEvent):
        actions.capture_document(
            document([observed(2), observed(1, disposition="damaged")]), party="partner", now=NOW
        )
    assert Event.objects.count() == Reference.objects.count() == 1
    assert len(queries.capture_jobs(before=None, per_page=9)[0]) == 1


@pytest.mark.django_db
def test_ten_thousand_scans_are_one_batch() -> None:
    raw = document([observed(number) for number in range(10_000)])
    assert actions.capture_document(raw, party="carrier", now=NOW).stored == 10_000
    assert actions.capture_document(raw, party="carrier", now=NOW).stored == 0


def test_the_text_of_an_event_is_kept_to_the_letter() -> None:
    raw = document([observed(1)]).replace(b'"epcList"', b'"x:v" : 1.50e0,\n  "epcList"')
    [event] = documents.read_document(raw).events
    assert '"x:v" : 1.50e0,\n  "epcList"' in event.raw


def test_the_hash_is_of_the_content_not_of_its_order() -> None:
    one = observed(1)
    other = dict(reversed(one.items())) | {"recordTime": "2026-10-08T10:00:00Z"}
    assert documents.content_hash(one) == documents.content_hash(other)
    assert documents.content_hash(one) != documents.content_hash(one | {"action": "ADD"})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 26}, {"a": 26.0}, True),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1.0}], "recordTime": "x"}, True),
        ({"a": 26}, {"a": 27}, False),
        ({"a": 26}, {"a": 26, "b": None}, False),
    ],
)
def test_numbers_are_compared_by_value(one: Any, other: Any, same: bool) -> None:
    assert documents.same_content(one, other) == same


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t08:00:00.000001+08:00", 1),
        ("2026-10-08T00:00:00.123456789+08:00", 1791388800123456),
    ],
)
def test_instants_become_microseconds(text: str, microseconds: int) -> None:
    assert documents.microseconds(text) == microseconds


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        documents.microseconds("2026-10-08T00:00:00")


@pytest.mark.parametrize(
    ("word", "short"),
    [
        ("urn:epcglobal:cbv:bizstep:receiving", "receiving"),
        ("https://ref.gs1.org/cbv/Disp-in_transit", "in_transit"),
        ("cbv:BTT-po", "po"),
        ("https://post.example/steps/weighing", "https://post.example/steps/weighing"),
    ],
)
def test_long_and_short_words_are_one(word: str, short: str) -> None:
    assert bare(word) == short


def test_unpacking_and_retracting_move_no_goods() -> None:
    packed = {
        "type": "AggregationEvent",
        "action": "ADD",
        "parentID": "x:bag",
        "childEPCs": ["x:parcel", "x:parcel"],
    }
    moving = {named.value: named.flow for named in references(packed)}
    assert moving == {"x:parcel": 1, "x:bag": 2}
    for still in (packed | {"action": "DELETE"}, packed | {"errorDeclaration": {}}):
        assert {named.flow for named in references(still)} == {0}
