"""A finished sale teaches the next plan what buyers wanted at which price."""

from datetime import timedelta

import pytest
from tests.operations.conftest import OPENS, make_stall

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.outbox import log as outbox
from postharvest.decisions.insight.finished_sales import learn_from_sale, learnt_for
from postharvest.decisions.insight.models import LearntDemand
from postharvest.decisions.insight.queries import demands, demands_foretold
from postharvest.decisions.planning.assumed import Assumptions
from postharvest.decisions.planning.learnt import learnt_demand
from postharvest.operations.campaigns.actions import close_sale
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.orders.models import Order
from postharvest.operations.orders.queries import sold_by_day

SLOPE = -2.0


@pytest.fixture
def stall(db):
    return make_stall()


def sell(stall, *, days, boxes=20):
    """Let a sale have sold more on its cheap days than on its dear ones, as buyers do."""
    first = stall.place()
    rows, fen = [], first.unit_fen
    for n in range(days):
        factor = (0.8, 1.0, 1.25)[n % 3]
        wanted = round(boxes * factor**SLOPE) + n % 2
        row = Order.objects.get(pk=first.pk)
        row.pk, row.key, row.quantity = None, f"day-{n}", wanted
        row.unit_fen = round(fen * factor)
        row.total_fen = row.unit_fen * wanted
        row.placed_at = OPENS + timedelta(days=n)
        rows.append(row)
    Order.objects.filter(pk=first.pk).update(state="cancelled")
    Order.objects.bulk_create(rows)
    Sale.objects.filter(pk=stall.sale.pk).update(capacity_g=10**9)
    return rows


def close(stall, *, days):
    at = OPENS + timedelta(days=days)
    close_sale(sale_id=stall.sale.pk, actor=SYSTEM, now=at)
    return at


def test_grams_and_money_by_day_leave_out_what_was_cancelled(stall):
    rows = sell(stall, days=3)
    Order.objects.filter(key="day-1").update(state="cancelled")
    found = sold_by_day(stall.sale.pk)
    net_g = stall.listing.net_g
    assert [grams for grams, _ in found.values()] == [rows[n].quantity * net_g for n in (0, 2)]
    assert sum(fen for _, fen in found.values()) == rows[0].total_fen + rows[2].total_fen


def test_the_news_of_a_closed_sale_is_learnt_from(stall):
    rows = sell(stall, days=24)
    at = close(stall, days=24)
    outbox.drain_all(now=at)
    learnt = learnt_for(base_id=stall.sale.base_id, produce_id=stall.sale.surplus.produce_id)
    assert learnt.sale_id == stall.sale.pk
    assert (learnt.sales, learnt.rows) == (1, 24)
    assert learnt.elasticity == pytest.approx(SLOPE, abs=0.3)
    assert learnt.kg_per_day_low < learnt.kg_per_day < learnt.kg_per_day_high
    kg = 20 * stall.listing.net_g / 1000
    assert learnt.kg_per_day == pytest.approx(kg, rel=0.15)
    assert learnt.sold_kg == sum(row.quantity for row in rows) * stall.listing.net_g / 1000
    assert learnt.foretold is None
    assert demands("610528") == [learnt]
    assert demands("45") == []
    outbox.drain_all(now=at)
    assert LearntDemand.objects.count() == 1


def test_a_short_or_an_open_sale_teaches_nothing_and_the_plan_keeps_its_assumption(stall):
    sell(stall, days=5)
    assert learn_from_sale(sale_id=stall.sale.pk, now=OPENS) is None
    at = close(stall, days=5)
    assert learn_from_sale(sale_id=stall.sale.pk, now=at) is None
    assert not LearntDemand.objects.exists()


def test_days_that_sold_out_show_the_stock_and_are_not_learnt_from(stall):
    sell(stall, days=24)
    sold_g = sum(grams for grams, _ in sold_by_day(stall.sale.pk).values())
    Sale.objects.filter(pk=stall.sale.pk).update(capacity_g=sold_g)
    at = close(stall, days=24)
    assert learn_from_sale(sale_id=stall.sale.pk, now=at).rows < 24


def test_a_later_sale_is_held_to_what_was_foretold(stall):
    sell(stall, days=24)
    learn_from_sale(sale_id=stall.sale.pk, now=close(stall, days=24))
    earlier = LearntDemand.objects.get()
    sale = Sale.objects.get(pk=stall.sale.pk)
    surplus = sale.surplus
    surplus.pk, surplus.key = None, "00000000-0000-0000-0000-0000000000ff"
    surplus.save()
    sale.pk, sale.surplus = None, surplus
    sale.opens_at = OPENS + timedelta(days=30)
    sale.save()
    orders = list(Order.objects.exclude(state="cancelled"))
    for order in orders:
        order.pk, order.sale, order.key = None, sale, f"again-{order.key}"
        order.placed_at += timedelta(days=30)
    Order.objects.bulk_create(orders)
    later = learn_from_sale(sale_id=sale.pk, now=OPENS + timedelta(days=60))
    assert (later.sales, later.rows) == (2, 48)
    assert later.foretold["low"] < later.foretold["kg"] < later.foretold["high"]
    answered = later.foretold["kg"] / earlier.kg_per_day
    assert answered == pytest.approx(
        sum(
            (order.unit_fen / stall.listing.net_g * 10 / earlier.yuan_per_kg) ** earlier.elasticity
            for order in orders
        ),
        rel=1e-3,
    )
    assert demands_foretold("610528") == (1, 1)


def test_the_case_takes_what_was_learnt_with_its_band(stall):
    sell(stall, days=24)
    learnt = learn_from_sale(sale_id=stall.sale.pk, now=close(stall, days=24))
    known = Assumptions({}, {})
    demand = learnt_demand(
        learnt, reference={"id": "5kg", "net_kg": 5.0}, days=10, ladder=(0.8, 1.0), known=known
    )
    assert demand["reference_kg"] == pytest.approx(10 * learnt.kg_per_day, rel=1e-3)
    assert demand["elasticity"] == pytest.approx(-learnt.elasticity)
    assert 0 < demand["kg_cv"] <= 1
    assert demand["elasticity_sd"] > 0
    noted = {one["field"]: one for one in known.listed()}
    assert noted["demand.reference_kg"]["low"] < demand["reference_kg"]
    assert noted["demand.elasticity"]["high"] > demand["elasticity"]
    assert all(one["status"] == "learnt" for one in noted.values())
    assert "1 finished sales, 24 days" in noted["demand.elasticity"]["source"]
