"""The market: what is on sale, and one sale's page."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from postharvest.core.clock import time
from postharvest.interfaces.web import seasons
from postharvest.interfaces.web.cards import SaleCard, card_of, pack_name
from postharvest.interfaces.web.promises import promise_for
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.splits import split_of_price
from postharvest.interfaces.web.teams import open_teams
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.campaigns.calendar import days_of

TO_KEY = "to_county"
MOST_RIPE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PackChoice:
    """A box size to switch to."""

    id: int
    label: str
    team_fen: int
    current: bool


@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """Show what is on sale, all of it or what a search finds."""
    now = time.now()
    query = request.GET.get("q", "").strip()
    cards = [
        card_of(sale, listings[0], now=now)
        for sale in campaigns.sales_open(now)
        if _matches(sale, query) and (listings := campaigns.shop_listings(sale.pk))
    ]
    today = time.local_day(now)
    found = seasons.seasons(today=today, month=today.month, query=query)
    ripe = found if query else list({one.name: one for one in found if one.now}.values())
    return render(
        request,
        "web/shop/front.html",
        {"cards": cards, "query": query, "ripe": ripe[:MOST_RIPE], "month": today.month},
    )


@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Show what is in season when and where, by crop, region and month."""
    today = time.local_day(time.now())
    month = request.GET.get("month", "")
    asked = int(month) if month.isdigit() and int(month) in seasons.EVERY_MONTH else today.month
    query, region = request.GET.get("q", "").strip(), request.GET.get("region", "")
    found = seasons.seasons(today=today, month=asked, query=query, region=region)
    return render(
        request,
        "web/shop/seasons.html",
        {
            "query": query,
            "region": region,
            "regions": seasons.regions(),
            "month": asked,
            "months": seasons.EVERY_MONTH,
            "now": [one for one in found if one.now],
            "later": [one for one in found if not one.now],
        },
    )


@require_GET
def sale(request: HttpRequest, sale_id: int) -> HttpResponse:
    """Show one sale: is it good, when will I have it, who gains."""
    now = time.now()
    found = sale_or_404(sale_id, pack=request.GET.get("pack", ""), now=now)
    listing, card = found.listing, found.card
    asked = request.GET.get("to", request.session.get(TO_KEY, ""))
    promise = promise_for(listing=listing, asked=asked, now=now)
    if promise.county_code and request.session.get(TO_KEY) != promise.county_code:
        request.session[TO_KEY] = promise.county_code
    return render(
        request,
        "web/shop/sale.html",
        {
            "card": card,
            "packs": _packs(found.listings, current=listing.pk),
            "teams": open_teams(listing_id=listing.pk, now=now) if card.is_open else [],
            "promise": promise,
            "split": split_of_price(listing=listing, lane_id=promise.lane_id),
        },
    )


class Found(NamedTuple):
    """A sale, the box size asked for, all its box sizes, and both as a card."""

    sale: Row
    listing: Row
    listings: list[Row]
    card: SaleCard


def sale_or_404(sale_id: int, *, pack: str, now: datetime) -> Found:
    """Return a sale and the box size asked for, or the smallest."""
    row = campaigns.sale(sale_id)
    listings = campaigns.shop_listings(sale_id) if row else []
    if row is None or not listings:
        raise Http404(_("there is no such sale"))
    chosen = next((one for one in listings if str(one.pk) == pack), listings[0])
    chosen.sale = row
    boxes = boxes_left_on(row, chosen, now=now)
    return Found(
        sale=row,
        listing=chosen,
        listings=list(listings),
        card=card_of(row, chosen, now=now, boxes_today=boxes),
    )


def boxes_left_on(sale: Row, listing: Row, *, now: datetime) -> int | None:
    """Count the boxes that today's packers can still take on, while orders still make today."""
    days, day = days_of(sale.calendar), time.local_day(now)
    if now.astimezone(time.CHINA).hour >= days.cutoffs.get(day, sale.cutoff_hour):
        return None
    today = campaigns.packing_day(sale.pk, day)
    if today is None or day in days.closed:
        return None
    return int(
        (today.capacity_crew_s - today.reserved_crew_s - today.set_aside_crew_s)
        // listing.box_crew_s
    )


def _matches(sale: Row, query: str) -> bool:
    """Find two characters of a crop's or a place's name, in either language."""
    if not query:
        return True
    produce, county = sale.surplus.produce, sale.branch.county
    words = (produce.name_zh, produce.name_en, county.name_zh, county.name_en, sale.surplus.village)
    return any(query.casefold() in str(word).casefold() for word in words)


def _packs(listings: list[Row], *, current: int) -> list[PackChoice]:
    return [
        PackChoice(
            id=one.pk,
            label=pack_name(one.net_g),
            team_fen=one.team_fen,
            current=one.pk == current,
        )
        for one in listings
    ]
