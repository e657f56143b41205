"""The desk's review list."""

import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.operations.settlement.doubts import Suspicion, doubts, raise_doubts

pytestmark = pytest.mark.django_db
URL = "/desk/doubts/"


@pytest.fixture
def held(branch, demo):
    seen = [
        Suspicion(kind="too_fast", key="a", account="packer:1",
                  facts={"shift": 1, "boxes": 90, "usual_hours": 31.5, "hours": 8.0}),
        Suspicion(kind="too_much", key="b", account="grower:1",
                  facts={"kg": 9000, "most_kg": 4000, "mu": 1.0}),
        Suspicion(kind="shared_account", key="c", account="grower:2", facts={"with": ["grower:1"]}),
        Suspicion(kind="payee_changed", key="d", account="grower:3", facts={}),
    ]  # fmt: skip
    return raise_doubts(seen, base_id=branch.base_id, actor=SYSTEM, now=time.now())


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_holds_a_payout_is_told_and_decided(as_, held, language):
    browser = as_("desk", language)
    page = browser.get(URL).content.decode()
    for words in {"en": ("90 boxes are 31.5 hours", "at most 4,000 kg can grow there"),
                  "zh-hans": ("31.5", "4,000")}[language]:  # fmt: skip
        assert words in page
    one = held[0]
    sent = {"step": "decide", "doubt": one.pk, "verdict": "uphold", "reason": ""}
    refused = browser.post(URL, sent)
    assert refused.status_code == 422
    assert doubts(state="open").count() == 4
    browser.post(URL, {**sent, "reason": "nobody at the point knows her"})
    assert [row.pk for row in doubts(state="upheld")] == [one.pk]
    browser.post(URL, {**sent, "verdict": "clear", "reason": "she came with her papers"})
    assert [row.pk for row in doubts(state="cleared")] == [one.pk]


def test_a_doubt_of_another_county_can_not_be_chosen(as_, held):
    answer = as_("desk").post(URL, {"step": "decide", "doubt": 999, "verdict": "clear",
                                    "reason": "x"})  # fmt: skip
    assert answer.status_code == 422
