"""What is read bit by bit is what is read whole; and it is what the books say."""

import random
from datetime import timedelta
from math import isfinite

import pytest
from tests.operations.conftest import BUYER, OPENS, make_stall

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock.time import local_day
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.decisions.measures import actions, queries, reading, sources
from postharvest.decisions.measures.catalogue import MEASURES
from postharvest.decisions.measures.facts import SCHEMAS
from postharvest.decisions.measures.store import opened
from postharvest.operations.network.models import BaseStep
from postharvest.operations.orders.actions.ending import cancel_order
from postharvest.operations.orders.models import Order
from postharvest.operations.packing.models import Box
from postharvest.operations.parcels.models import Parcel
from postharvest.operations.settlement import queries as settlement

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def stall(db, settings, tmp_path, monkeypatch):
    settings.MEASURES_ROOT = tmp_path / "measures"
    monkeypatch.setattr(reading, "OVERLAP", 0)  # else all of so small a market is read again
    made = make_stall()
    BaseStep.objects.create(base=made.sale.base, state="open", at=OPENS, by="test")
    return made


def everything(folder):
    with opened(folder) as store:
        facts = {
            name: store.connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
            for name in SCHEMAS
        }
        cubes = {
            one.name: store.connection.execute(
                f"SELECT * FROM {store.cube_view(one.name)} ORDER BY ALL"
            ).fetchall()
            for one in MEASURES
            if one.cube
        }
    return facts, cubes


def read_whole(folder):
    with opened(folder) as store:
        reading.read_facts(store, now=OPENS)
    return everything(folder)


def live(stall, shift, draw, now):  # noqa: C901
    """Let one thing happen to the sale."""

    def place():
        order = stall.place(now=now)
        if draw.random() < 0.8:
            stall.pay(order, now=now)

    def cancel():
        order = Order.objects.filter(state="confirmed").order_by("?").first()
        if order:
            cancel_order(order_id=order.pk, actor=BUYER, now=now)

    def pack():
        waiting = sum(o.quantity - o.boxes_packed for o in Order.objects.filter(state="confirmed"))
        if waiting:
            stall.pack(shift, min(2, waiting))

    def post():
        boxes = list(Box.objects.filter(parcel=None))
        if boxes:
            stall.post(boxes, now=now)

    def arrive():
        parcels = list(Parcel.objects.filter(delivered_at=None)[: draw.randrange(1, 3)])
        if parcels:
            stall.arrive(parcels, at=now)

    draw.choice([place, place, cancel, pack, post, arrive])()
    outbox.drain_all(now=now)


@pytest.mark.parametrize("seed", range(2))
def test_read_bit_by_bit_is_read_whole(stall, tmp_path, seed):
    draw, now = random.Random(seed), OPENS
    shift = stall.shift_at_work(kg=60)
    for _step in range(24):
        now += timedelta(minutes=37)
        live(stall, shift, draw, now)
        if draw.random() < 0.4:
            actions.refresh(actor=SYSTEM, now=now)
    actions.refresh(actor=SYSTEM, now=now)
    assert everything(actions.folder()) == read_whole(tmp_path / f"whole-{seed}")
    again = actions.refresh(actor=SYSTEM, now=now)
    assert not any(again.months.values())
    assert again.cubes == 0


def one_delivered(stall, *, read_between):
    shift = stall.shift_at_work(kg=40)
    orders = [stall.place(), stall.place()]
    for order in orders:
        stall.pay(order, now=OPENS)
    boxes = stall.pack(shift, 2)
    parcels = stall.post(boxes, now=OPENS)
    outbox.drain_all(now=OPENS)
    if read_between:
        actions.refresh(actor=SYSTEM, now=OPENS)
    at = OPENS + timedelta(hours=50)
    stall.arrive(parcels, at=at)
    outbox.drain_all(now=at)
    actions.refresh(actor=SYSTEM, now=at)
    return at


def test_an_order_that_was_open_is_read_again_and_without_that_it_is_lost(stall, monkeypatch):
    monkeypatch.setitem(sources.STILL_OPEN, "order_lines", "false")
    at = one_delivered(stall, read_between=True)
    question = queries.Question(measure="gmv_yuan", on=local_day(at))
    assert queries.rows_behind(question) == []
    monkeypatch.undo()


def test_the_figures_are_what_the_books_say(stall):
    at = one_delivered(stall, read_between=True)
    totals = settlement.sale_totals(stall.sale.pk)

    def total(measure):
        rows = queries.rows_behind(queries.Question(measure=measure, on=local_day(at)))
        return sum(row.get("n", 0) for row in rows)

    assert totals["gmv_fen"] == total("gmv_yuan") == 5000
    assert total("wages_yuan") == totals["wages_fen"]
    assert round(total("growers_net_yuan") / 1000) == totals["growers_net_fen"]
    rows = queries.rows_behind(queries.Question(measure="uplift_yuan_per_kg", on=local_day(at)))
    grams = sum(row.get("d", 0) for row in rows)
    assert round(sum(row["n"] for row in rows) / grams) == totals["uplift_fen_per_kg"]
    (price,) = queries.witnesses()
    assert (price["local_fen_per_kg"], price["source"]) == (80, "asked")


def test_two_households_are_too_few_to_publish(stall):
    at = one_delivered(stall, read_between=False)
    found = queries.answer(queries.Question(measure="gmv_yuan", on=local_day(at)))
    assert [(row["value"], row["hidden"]) for row in found] == [(None, True)]


def test_a_database_that_begins_anew_is_read_from_nothing(stall, monkeypatch):
    at = one_delivered(stall, read_between=False)
    question = queries.Question(measure="gmv_yuan", on=local_day(at))
    file = actions.folder() / "facts" / "order_lines" / "month=2020-01" / "rows.parquet"
    file.parent.mkdir(parents=True)
    other = next((actions.folder() / "facts" / "order_lines").glob("*/rows.parquet"))
    file.write_bytes(other.read_bytes())
    assert len(queries.rows_behind(question)) == 4
    actions.refresh(actor=SYSTEM, now=at)
    assert len(queries.rows_behind(question)) == 4
    monkeypatch.setattr(sources, "database_name", lambda: "another")
    actions.refresh(actor=SYSTEM, now=at)
    assert len(queries.rows_behind(question)) == 2


def test_with_nothing_sold_no_figure_is_no_number(stall):
    actions.refresh(actor=SYSTEM, now=OPENS)
    questions = [queries.Question(measure=m.name, on=local_day(OPENS)) for m in queries.measures()]
    for question, rows in zip(questions, queries.answers(questions), strict=True):
        assert all(row["value"] is None or isfinite(row["value"]) for row in rows), question


def test_before_the_first_reading_it_is_said_what_to_do(stall):
    with pytest.raises(queries.NothingRead, match="measures refresh"):
        queries.answer(queries.Question(measure="gmv_yuan", on=local_day(OPENS)))


def test_income_groups_come_in_whole_or_not_at_all(stall):
    load = {"source": "list of 2026", "actor": SYSTEM, "now": OPENS}
    with pytest.raises(InvalidInput, match="no grower G9"):
        actions.load_household_groups(groups={"G0": "poor", "G9": "poor"}, **load)
    with pytest.raises(InvalidInput, match="source"):
        actions.load_county_groups(groups={"610528": "poor"}, **{**load, "source": " "})
    assert actions.load_household_groups(groups={"G0": "poor"}, **load) == 1
    assert actions.load_county_groups(groups={"610528": "poor county"}, **load) == 1
    assert [row[2] for row in sources._growers()] == ["poor", None]
    assert ("610528", 200_000, "poor county", local_day(OPENS)) in list(
        sources._counties({stall.sale.base_id: local_day(OPENS)})
    )


def test_what_comes_of_an_orders_state_follows_its_table():
    assert sources.endings() == {
        "held": "open", "confirmed": "open", "packed": "open", "posted": "open",
        "delivered": "delivered", "cancelled": "gone", "refunded": "gone",
    }  # fmt: skip
