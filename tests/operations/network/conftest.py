from datetime import UTC, datetime

import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.operations.network import actions

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def places(django_db_setup, django_db_blocker):
    """Every shipped table, loaded once for a module and taken away after it."""
    from django.db import transaction

    with django_db_blocker.unblock():
        loading = transaction.atomic()
        loading.__enter__()
        actions.load_shipped_tables(now=NOW)
        yield
        transaction.set_rollback(True)
        loading.__exit__(None, None, None)


@pytest.fixture
def base(places, db):
    return actions.open_base(
        code="fuping-1",
        name_zh="富平基地",
        name_en="Fuping base",
        county_code="610528",
        actor=SYSTEM,
        now=NOW,
    )


@pytest.fixture
def branch(base):
    return actions.open_branch(
        base_id=base.pk,
        code="fuping-post",
        name_zh="富平邮政局",
        name_en="Fuping post office",
        actor=SYSTEM,
        now=NOW,
    )


@pytest.fixture
def lanes(branch):
    return actions.build_lanes(branch_id=branch.pk, actor=SYSTEM, now=NOW)
