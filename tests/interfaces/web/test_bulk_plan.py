"""A rescue plan sells in bulk where that is best, and its approval sets the kilograms aside."""

import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.decisions.planning.actions import approve_plan, propose_rescue
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.campaigns.channels import (
    BulkTermsEntry,
    ChannelEntry,
    set_bulk_terms,
    set_channel,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def canteens(apples):
    channel = set_channel(
        base_id=apples.base_id,
        entry=ChannelEntry(code="canteens", name="Canteens", kind="bulk"),
        actor=SYSTEM, now=time.now(),
    )  # fmt: skip
    set_bulk_terms(
        channel_id=channel.pk, produce_id="apple",
        terms=BulkTermsEntry(
            fen_per_kg=600, g_per_day=500_000, least_g=400_000, freight_fen_per_kg=20
        ),
        actor=SYSTEM, now=time.now(),
    )  # fmt: skip
    return channel


def test_what_a_plan_sells_in_bulk_is_set_aside_for_that_channel(apples, canteens):
    now = time.now()
    plan = propose_rescue(surplus_id=apples.pk, actor=SYSTEM, now=now, cpu_seconds=0.1)
    assert {row["id"] for row in plan.case["outlets"]} == {"merchant", "bulk-canteens"}
    sold = [row["kg"] for row in plan.plan["outlet"] if row["outlet"] == "bulk-canteens"]
    assert sum(sold) >= 400
    sale = approve_plan(plan_id=plan.pk, actor=SYSTEM, now=now)
    [bundles] = [row for row in campaigns.listings_of(sale.pk) if row.channel.kind == "bulk"]
    assert (bundles.net_g, bundles.solo_fen, bundles.least_quantity) == (20_000, 12_000, 20)
    [share] = campaigns.shares_of(sale.pk)
    assert share.channel_id == canteens.pk
    assert share.capacity_g >= 1000 * min(sum(sold), sale.capacity_g / 1000) * 0.999
    assert campaigns.left_g(campaigns.sale(sale.pk)) == sale.capacity_g - share.capacity_g
    assert bundles not in campaigns.shop_listings(sale.pk)
