from datetime import UTC, datetime

import pytest

from postharvest.core.clock.disturbances import disturb, disturbances

NOW = datetime(2026, 10, 20, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_the_last_wish_about_each_disturbance_counts():
    assert disturbances() == frozenset()
    disturb(what="rain", on=True, now=NOW)
    disturb(what="double", on=True, now=NOW)
    disturb(what="rain", on=False, now=NOW)
    assert disturbances() == {"double"}


def test_an_unknown_disturbance_is_a_fault():
    with pytest.raises(ValueError, match="none of rain"):
        disturb(what="earthquake", on=True, now=NOW)
