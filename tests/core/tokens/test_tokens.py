"""Keys open what they were made for, until they end, and are stored only as a hash."""

from datetime import UTC, datetime, timedelta

import pytest

from postharvest.core.errors import InvalidInput
from postharvest.core.tokens.actions import create_token, revoke_tokens
from postharvest.core.tokens.models import AccessToken
from postharvest.core.tokens.queries import bearer_of

NOW = datetime(2026, 10, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def database(db: None) -> None:
    """Every test here needs the database."""


def test_a_key_speaks_for_its_scopes_only() -> None:
    key = create_token(name="carrier", scopes=["epcis:query"], now=NOW, region="610528")
    bearer = bearer_of(f"Bearer {key}", now=NOW)
    assert bearer is not None
    assert bearer.may("epcis:query")
    assert not bearer.may("epcis:capture")
    assert (bearer.name, bearer.region) == ("carrier", "610528")


def test_the_key_itself_is_nowhere_in_the_database() -> None:
    key = create_token(name="carrier", scopes=["epcis:query"], now=NOW)
    row = AccessToken.objects.get()
    stored = [str(getattr(row, field.name)) for field in AccessToken._meta.fields]
    assert all(key.removeprefix("ph_")[:8] not in text for text in stored)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic x", "bearer\tx"]
)
def test_nobody_is_let_in_without_a_key(header: str) -> None:
    create_token(name="carrier", scopes=["epcis:query"], now=NOW)
    assert bearer_of(header, now=NOW) is None


def test_a_key_ends_and_can_be_revoked() -> None:
    ending = create_token(
        name="guest", scopes=["api:read"], now=NOW, expires_at=NOW + timedelta(days=1)
    )
    lasting = create_token(name="partner", scopes=["api:read"], now=NOW)
    later = NOW + timedelta(days=1)
    assert bearer_of(f"Bearer {ending}", now=NOW)
    assert bearer_of(f"Bearer {ending}", now=later) is None
    assert bearer_of(f"Bearer {lasting}", now=later)
    assert revoke_tokens(name="partner", now=later) == 1
    assert bearer_of(f"Bearer {lasting}", now=later) is None


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"scopes": []}, "scope"),
        ({"scopes": ["epcis:everything"]}, "scope"),
        ({"name": " "}, "NAME"),
        ({"name": "x" * 81}, "NAME"),
        ({"expires_at": NOW}, "expires"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(terms: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        create_token(**({"name": "x", "scopes": ["api:read"], "now": NOW} | terms))  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert not AccessToken.objects.exists()
