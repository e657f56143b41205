"""A sale whose boxes are in the post: the rows that parcels' tests stand on."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import Person, seal
from postharvest.operations.campaigns.models import Channel, Listing, Sale
from postharvest.operations.harvest.models import (
    Grower,
    Lot,
    Offer,
    Produce,
    Surplus,
    SurplusPart,
)
from postharvest.operations.network.models import Base, Branch, County, Lane, Province
from postharvest.operations.orders.models import Claim, Order
from postharvest.operations.packing.models import (
    Box,
    LabourPool,
    Packer,
    Point,
    PointStock,
    Shift,
    TopUp,
)
from postharvest.operations.parcels.models import Despatch, Parcel, Scan

NOW = datetime(2026, 10, 12, 2, tzinfo=UTC)
DAY = date(2026, 10, 9)
PACKED_AT = datetime(2026, 10, 9, 3, tzinfo=UTC)
BUYER = Person(name="欧阳小明", phone="13987654321", line="凤山中路127号3号楼501室")


def made(model: Any, **given: Any) -> Any:
    """Add a row; what a test does not care about gets some value that the column takes."""
    for field in model._meta.concrete_fields:
        known = {field.name, field.attname} & given.keys()
        if known or field.has_default() or field.null or field.primary_key or field.is_relation:
            continue
        given[field.name] = {
            "CharField": "x",
            "TextField": "",
            "FloatField": 1.0,
            "JSONField": [],
            "DateField": DAY,
            "DateTimeField": NOW,
            "BooleanField": True,
            "BinaryField": b"",
            "UUIDField": uuid4(),
        }.get(field.get_internal_type(), 1)
    return model.objects.create(**given)


@pytest.fixture
def posted_sale(db: None) -> Sale:
    """Two growers' lots, one closed shift, two boxes in the post, one of them claimed."""
    province = made(Province, code="610000")
    county = made(County, code="610528", province=province)
    base = made(Base, county=county)
    branch = made(Branch, base=base, county=county, code="fuping")
    lane = made(Lane, base=base, origin=branch, zone="south")
    produce = made(Produce, id="persimmon")
    surplus = made(
        Surplus, base=base, branch=branch, county=county, produce=produce, harvest_to=DAY
    )
    part = made(SurplusPart, surplus=surplus, code="group-3")
    sale = made(Sale, base=base, branch=branch, surplus=surplus, capacity_g=9_000_000, state="open")
    channel = made(Channel, base=base, code="shop", kind="shop", fee_bp=None)
    listing = made(Listing, base=base, sale=sale, channel=channel, team_fen=3490, solo_fen=3990)
    lots = []
    for code in ("g-1", "g-2"):
        grower = made(Grower, base=base, county=county, code=code, kind="household")
        offer = made(Offer, part=part, grower=grower, offered_g=900_000)
        lots.append(
            made(Lot, base=base, offer=offer, grower=grower, harvested_on=DAY, cut_g=600_000)
        )
    point = made(Point, base=base, branch=branch, code="yard-2")
    pool = made(LabourPool, base=base)
    packer = made(Packer, base=base, pool=pool)
    shift = made(
        Shift,
        base=base,
        sale=sale,
        point=point,
        day=DAY,
        state="closed",
        closed_at=PACKED_AT + timedelta(hours=6),
    )
    for lot in lots:
        made(
            PointStock,
            base=base,
            shift=shift,
            lot=lot,
            received_g=500_000,
            boxed_g=4_500,
            culled_g=20_000,
            wholesale_g=100_000,
        )
    order = made(
        Order,
        base=base,
        sale=sale,
        listing=listing,
        lane=lane,
        contact=made(Contact, sealed=seal(BUYER)),
        payment="online",
        state="packed",
        county_code="440606",
        wants_team=False,
    )
    despatch = made(Despatch, base=base, branch=branch, lane=lane, closed_at=PACKED_AT)
    for number, name in ((1, "PA000000014CN"), (2, "PA000000028CN")):
        box = made(
            Box,
            base=base,
            shift=shift,
            listing=listing,
            order=order,
            number=number,
            lot=lots[0],
            packer=packer,
            net_g=4500,
            packed_at=PACKED_AT,
        )
        if number == 2:
            made(TopUp, box=box, lot=lots[1], weight_g=1500)
        parcel = made(
            Parcel,
            base=base,
            number=name,
            box=box,
            order=order,
            lane=lane,
            despatch=despatch,
            status="delivered",
        )
        for code, hours in (("EMA", 1), ("EDD", 9), ("EDE", 12), ("EMI", 60)):
            made(
                Scan,
                base=base,
                parcel=parcel,
                code=code,
                place="XI",
                reason="",
                at=PACKED_AT + timedelta(hours=hours),
            )
    made(
        Claim,
        base=base,
        order=order,
        box_no=1,
        parcel_number="PA000000014CN",
        cause="postal",
        state="open",
    )
    return sale
