"""A marketplace's orders in by file: its own words, the same guard, twice is once."""

import gzip
import io
from datetime import timedelta

import pytest
from openpyxl import Workbook
from tests.operations.campaigns.test_channels import open_market
from tests.operations.conftest import BUYER, DESK, NEAR, OPENS, make_stall

from postharvest.core.audit.actor import Actor, NotAllowed, Role
from postharvest.core.errors import InvalidInput
from postharvest.operations.campaigns.channels import SHOP, channel_of
from postharvest.operations.network.models import County
from postharvest.operations.orders.actions.marketplace import import_market_orders, save_mapping
from postharvest.operations.orders.models import Order
from postharvest.operations.parcels.market_numbers import market_numbers, market_numbers_csv

pytestmark = pytest.mark.django_db
HEADS = "交易编号,商家编码,件数,收货人,电话,区,地址,买家留言"
MAPPING = {"order": "交易编号", "article": "商家编码", "quantity": "件数", "name": "收货人",
           "phone": "电话", "county": "区", "address": "地址"}  # fmt: skip


@pytest.fixture
def stall(db):
    return make_stall()


@pytest.fixture
def market(stall):
    channel, listing = open_market(stall)
    save_mapping(
        channel_id=channel.pk, columns=MAPPING, listings={"SHI-3": listing.pk}, actor=DESK,
        now=OPENS,
    )  # fmt: skip
    return channel


def row(number, *, article="SHI-3", quantity=1, county=NEAR):
    return f"{number},{article},{quantity},王小明,1380000{number[-4:]},{county},人民路1号,=不要袋子"


def take(channel, *lines, dry_run=False, encode=str.encode, actor=DESK):
    raw = encode("\n".join((HEADS, *lines)))
    return import_market_orders(
        channel_id=channel.pk, raw=raw, dry_run=dry_run, actor=actor, now=OPENS
    )


def workbook(text):
    book, out = Workbook(), io.BytesIO()
    for line in text.splitlines():
        book.active.append(line.split(","))
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "encode",
    [
        str.encode, lambda t: t.encode("utf-16"), lambda t: t.encode("gb18030"),
        lambda t: t.encode("utf-8-sig"), lambda t: gzip.compress(t.encode()), workbook,
    ],
    ids=["utf-8", "utf-16", "gb18030", "bom", "gzip", "xlsx"],
)  # fmt: skip
def test_orders_come_in_by_the_saved_mapping_once(stall, market, encode):
    lines = [row("T-0001"), row("T-0002", quantity=2)]
    tried = take(market, *lines, dry_run=True, encode=encode)
    assert (tried.placed, tried.is_committed, Order.objects.count()) == (2, False, 0)
    assert stall.claimed()["g"] == 0
    first = take(market, *lines, encode=encode)
    assert (first.rows, first.placed, first.faults) == (2, 2, ())
    again = take(market, *lines, row("T-0003"), encode=encode)
    assert (again.placed, again.known) == (1, 2)
    assert stall.claimed() == stall.held()
    assert {order.payment for order in Order.objects.all()} == {"channel"}


def test_every_bad_row_is_named_and_nothing_is_written(market):
    told = take(
        market, row("T-0001"), row("T-0002", quantity="many"), row("T-0003", article="APPLE"),
        row("T-0004", county="neverland"), row("T-0001"),
    )  # fmt: skip
    assert [(f.line, f.column) for f in told.faults] == [(3, "quantity"), (6, "order")]
    told = take(
        market, row("T-0001"), row("T-0003", article="APPLE"), row("T-0004", county="neverland")
    )
    assert [(f.line, f.column) for f in told.faults] == [(3, "article"), (4, "county")]
    assert all(f.rule and f.hint for f in told.faults)
    assert not Order.objects.exists()


def test_the_guard_declines_what_is_not_there_and_the_others_stand(stall, market):
    listing_g = 3000
    most = stall.sale.capacity_g // listing_g
    lines = [row(f"T-{n:04d}", quantity=5) for n in range(most // 5 + 3)]
    told = take(market, *lines)
    assert told.placed + len(told.faults) == len(lines)
    assert 0 < len(told.faults) < len(lines)
    assert stall.claimed()["g"] <= stall.sale.capacity_g
    assert {fault.rule for fault in told.faults} <= {"sold_out", "day_full"}


def test_a_county_by_name_is_taken_if_it_is_clear(market):
    county = County.objects.get(pk=NEAR)
    assert take(market, row("T-0001", county=county.name_zh)).placed == 1
    County.objects.filter(pk=NEAR).update(name_zh="鼓楼区")
    other = County.objects.exclude(pk=NEAR).first()
    other.name_zh = "鼓楼区"
    other.save()
    [fault] = take(market, row("T-0002", county="鼓楼区")).faults
    assert "more than one" in fault.rule
    assert NEAR in fault.hint


def test_parcel_numbers_go_back_under_the_marketplaces_own_numbers(stall, market):
    take(market, row("T-0001", quantity=2), row("T-0002"))
    stall.place()  # of our own shop: none of theirs
    shift = stall.shift_at_work()
    listing = Order.objects.filter(payment="channel").first().listing
    parcels = stall.post(stall.pack(shift, 3, listing=listing), now=OPENS + timedelta(hours=9))
    told = market_numbers(market.pk)
    assert [line["order"] for line in told] == ["T-0001", "T-0001", "T-0002"]
    assert {line["parcel"] for line in told} == {parcel.number for parcel in parcels}
    text = market_numbers_csv(market.pk).decode("utf-8-sig")
    assert text.splitlines()[0] == "order,carrier,parcel,status"


def test_without_a_mapping_or_a_marketplace_nothing_comes_in(stall):
    channel, _ = open_market(stall)
    with pytest.raises(InvalidInput, match="say first"):
        take(channel, row("T-0001"))
    shop = channel_of(base_id=stall.sale.base_id, code=SHOP)
    with pytest.raises(InvalidInput, match="no marketplace"):
        take(shop, row("T-0001"))
    for bad in ({"columns": {"colour": "x"}, "listings": {}},
                {"columns": {}, "listings": {"A": stall.listing.pk}}):  # fmt: skip
        with pytest.raises(InvalidInput):
            save_mapping(channel_id=channel.pk, actor=DESK, now=OPENS, **bad)


def test_only_the_desk_of_the_region_takes_orders_in(market):
    for actor in (BUYER, Actor(party="desk:9", role=Role.DESK, scope="45")):
        with pytest.raises(NotAllowed):
            take(market, row("T-0001"), actor=actor)
