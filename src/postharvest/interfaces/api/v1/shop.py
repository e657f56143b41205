"""For buyers and those who build shops: one sale, and a parcel by its number."""

from typing import Annotated

import msgspec

from postharvest.interfaces.api.v1.resource import Call, NotFound, Operation, Reply, instant
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.parcels.emsevt import EVENTS

LAST_DIGITS = 4


class ListingOut(msgspec.Struct, kw_only=True):
    id: int
    pack_g: int
    left: int
    solo_fen: int
    team_fen: int


class SaleOut(msgspec.Struct, kw_only=True):
    """A sale that anybody may see."""

    id: int
    produce: str
    village: str
    county: str
    state: str
    opens_at: str
    closes_at: str
    left_g: int
    team_size: int
    team_hours: int
    listings: list[ListingOut]


class PhoneIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The last four digits of the phone that the parcel goes to."""

    phone: Annotated[str, msgspec.Meta(pattern="^[0-9]{4}$")]


class ScanOut(msgspec.Struct, kw_only=True):
    code: str
    event_zh: str
    event_en: str
    place: str
    at: str


class WindowOut(msgspec.Struct, kw_only=True):
    """Days in postal time, both included."""

    earliest: str
    latest: str


class TrackingOut(msgspec.Struct, kw_only=True):
    """Where a parcel is; nothing about who gets it."""

    number: str
    status: str
    arrives: WindowOut
    promised_by: str
    action_required: str
    events: list[ScanOut]


def sale(call: Call) -> Reply:
    row = campaigns.sale(call.path["sale_id"])
    if row is None:
        raise NotFound("there is no such sale")
    left_g = campaigns.left_g(row)
    return Reply(
        content=SaleOut(
            id=row.pk,
            produce=row.surplus.produce_id,
            village=row.surplus.village,
            county=row.branch.county_id,
            state=str(row.state),
            opens_at=instant(row.opens_at),
            closes_at=instant(row.closes_at),
            left_g=left_g,
            team_size=row.team_size,
            team_hours=row.team_hours,
            listings=[
                ListingOut(
                    id=one.pk,
                    pack_g=one.net_g,
                    left=left_g // one.net_g,
                    solo_fen=one.solo_fen,
                    team_fen=one.team_fen,
                )
                for one in campaigns.shop_listings(row.pk)
            ],
        )
    )


def tracking(call: Call) -> Reply:
    """A wrong number and a wrong phone look the same: numbers can be counted through."""
    digits = call.query(PhoneIn).phone
    parcel = parcels.parcel_by_number(call.path["number"])
    if parcel is None or not parcels.goes_to_phone(parcel.pk, last_digits=digits):
        raise NotFound("no parcel of this number goes to a phone with these digits")
    return Reply(
        content=TrackingOut(
            number=parcel.number,
            status=str(parcel.status),
            arrives=WindowOut(
                earliest=parcel.eta_earliest.isoformat(), latest=parcel.eta_latest.isoformat()
            ),
            promised_by=parcel.promised_by.isoformat(),
            action_required=parcel.action_required,
            events=[
                ScanOut(
                    code=scan.code,
                    event_zh=EVENTS[scan.code].zh,
                    event_en=EVENTS[scan.code].en,
                    place=scan.place,
                    at=instant(scan.at),
                )
                for scan in parcels.scans_of(parcel.pk)
            ],
        )
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="sales/{sale_id}",
        summary="One sale with its box sizes and what is left",
        audience="shop",
        handler=sale,
        answer=SaleOut,
    ),
    Operation(
        method="GET",
        path="tracking/{number}",
        summary="Where a parcel is, for whoever knows its number and the phone's last four digits",
        audience="shop",
        handler=tracking,
        query=PhoneIn,
        answer=TrackingOut,
        is_lookup=True,
    ),
)
