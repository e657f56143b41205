"""The published profile says what the repository does."""

import re
from pathlib import Path

import pytest
from django.test import Client

from postharvest.core.epcis import question, vocabulary
from postharvest.core.epcis.actions import CAPTURE_LIMIT_BYTES, CAPTURE_LIMIT_EVENTS
from postharvest.interfaces.api.epcis.exchange import VERSION_HEADERS
from postharvest.interfaces.api.epcis.urls import urlpatterns

PROFILE = (Path(__file__).parents[4] / "docs" / "epcis.md").read_text()
FLOW = PROFILE[PROFILE.index("## Our own flow") : PROFILE.index("Rules that a schema")]
STEPS = re.findall(r"\| ([a-z_, ]+) \|$", FLOW, re.MULTILINE)[1:]


def test_every_parameter_is_published() -> None:
    for name in question._PARAMETERS:
        comparison, _, field = name.partition("_")
        assert (
            name in PROFILE
            or (f"`{comparison}_`" in PROFILE and f"`{field}`" in PROFILE)
            or (name.startswith("EQ_persistentDisposition") or name == "EQ_eventType")
        ), name
    for prefix in question._TYPED:
        assert f"{prefix}<type>" in PROFILE


def test_limits_and_versions_are_the_published_ones() -> None:
    assert f"{CAPTURE_LIMIT_EVENTS:,} events" in PROFILE
    assert f"{CAPTURE_LIMIT_BYTES:,} bytes" in PROFILE
    for name in ("GS1-EPCIS-Version", "GS1-EPCIS-Min", "GS1-EPCIS-Max", "GS1-CBV-Version"):
        assert f"`{name}` {VERSION_HEADERS[name]}" in PROFILE


def test_every_published_resource_answers() -> None:
    published = set(re.findall(r"^\| `(/[a-z]+)", PROFILE, re.MULTILINE))
    assert published == {"/capture", "/events", "/traces"}
    offered = " ".join(str(pattern.pattern) for pattern in urlpatterns)
    assert all(path.strip("/") in offered for path in published)


@pytest.mark.parametrize("step", STEPS)
def test_business_steps_of_our_flow_are_words_of_the_vocabulary(step: str) -> None:
    for word in step.split(", "):
        assert word in vocabulary.BUSINESS_STEPS


def test_it_claims_no_certificate(client: Client) -> None:
    assert "EPCIS 2.0 JSON/JSON-LD capture and query" in PROFILE
    assert "has not been certified" in PROFILE
