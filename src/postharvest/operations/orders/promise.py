"""What an address may be promised now: when a box would arrive, or why it is not offered there."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.campaigns.models import Listing, Sale, SaleLane
from postharvest.operations.network import queries as network
from postharvest.operations.orders.shelf import pack_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A window of arrival for one box ordered now, or the code of what stands against it.

    ``why_not`` is "", "closed", "no_lane", "needs_cold", "not_fresh", "day_full" or
    "sold_out".
    """

    why_not: str = ""
    detail: str = ""
    pack_day: date | None = None
    earliest: date | None = None
    latest: date | None = None
    lane_id: int | None = None
    postage_fen: int = 0


def promise(*, listing: Listing, county_code: str, now: datetime) -> Promise:
    """Say when one box of a listing would reach a county if it were ordered and paid now.

    It reads what placing an order guards, without locks: the order decides again.
    """
    sale = listing.sale
    if sale.state != Sale.State.OPEN or not sale.opens_at <= now < sale.closes_at:
        return Promise(why_not="closed")
    if campaigns.left_g(sale, listing.channel_id) < listing.net_g:
        return Promise(why_not="sold_out")
    terms = _terms(sale, county_code)
    if terms is None:
        return Promise(why_not="no_lane")
    return _on_lane(terms, sale=sale, listing=listing, now=now)


def _on_lane(terms: SaleLane, *, sale: Sale, listing: Listing, now: datetime) -> Promise:
    if sale.surplus.produce.needs_cold and not terms.lane.cold:
        return Promise(why_not="needs_cold", lane_id=terms.lane_id)
    if not terms.offered:
        return Promise(why_not="not_fresh", detail=terms.why_not, lane_id=terms.lane_id)
    day = _first_day_with_room(sale, listing, terms.lane_id, now=now)
    if day is None:
        return Promise(why_not="day_full", lane_id=terms.lane_id)
    return Promise(
        pack_day=day,
        earliest=day + timedelta(days=terms.earliest_days),
        latest=day + timedelta(days=terms.latest_days),
        lane_id=terms.lane_id,
        postage_fen=int(terms.lane.postage_fen.get(str(listing.net_g), 0)),
    )


def _terms(sale: Sale, county_code: str) -> SaleLane | None:
    lane = network.lane_for_county(sale.branch_id, county_code)
    if lane is None:
        return None
    return next((one for one in campaigns.lanes_of(sale.pk) if one.lane_id == lane.pk), None)


def _first_day_with_room(
    sale: Sale, listing: Listing, lane_id: int, *, now: datetime
) -> date | None:
    days = pack_days(sale, ready_at=now)
    packing = campaigns.left_crew_s(sale, listing.channel_id)
    by_lane = {
        one.day: one.capacity_parcels - one.reserved_parcels
        for one in network.lane_days([lane_id], days)
    }
    by_hub = {
        one.day: one.capacity_parcels - one.reserved_parcels
        for one in network.hub_days([sale.branch_id], days)
    }
    for day in days:
        if day > sale.last_day:
            return None
        room = packing.get(day, 0) >= listing.box_crew_s
        if room and by_lane.get(day, 0) > 0 and by_hub.get(day, 0) > 0:
            return day
    return None
