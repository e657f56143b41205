"""Opening a sale, changing it while it runs, and closing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.outbox import log as outbox
from postharvest.core.units import CREW_SECONDS_PER_DAY
from postharvest.operations.campaigns import calendar, channels
from postharvest.operations.campaigns.events import SaleChanged, SaleClosed, SaleOpened
from postharvest.operations.campaigns.models import (
    Channel,
    Listing,
    Pack,
    PackingDay,
    PriceShown,
    Sale,
    SaleLane,
)
from postharvest.operations.harvest.actions import surpluses
from postharvest.operations.harvest.models import Surplus
from postharvest.operations.network import queries as network
from postharvest.operations.network import roll_out
from postharvest.operations.network.models import Base, Lane

NOT_COOLED = "it must stay cold and this lane is not cooled"


class SaleNotOpen(Refused):
    """The sale is closed, or was never opened."""

    code = "campaigns.sale_not_open"


class DayBelowReserved(Refused):
    """A packing day can't shrink below what orders have claimed of it."""

    code = "campaigns.day_below_reserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackEntry:
    """A box size with its costs and rate."""

    net_g: int
    material_fen: int
    packed_g_per_day: int
    demand_share: float
    price_exponent: float = 0.85
    status: str = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingTerms:
    """One box size on sale and its two prices."""

    net_g: int
    team_fen: int
    solo_fen: int
    material_fen: int
    packed_g_per_day: int
    channel: str = channels.SHOP
    least_quantity: int = 1
    bundles_per_pallet: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneTerms:
    """What the sale promises on a lane, or why it does not offer it."""

    lane_id: int
    earliest_days: int
    latest_days: int
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleTerms:
    """Everything a sale is opened with."""

    surplus_id: int
    opens_at: datetime
    closes_at: datetime
    first_day: date
    last_day: date
    capacity_g: int
    promise_days: float
    max_late_share: float
    ship_within_days: int
    fee_bp: int
    refund_fen_per_kg: int
    listings: Sequence[ListingTerms]
    lanes: Sequence[LaneTerms]
    crew_s_by_day: Mapping[date, int]
    team_size: int = 3
    team_hours: int = 24
    limit_per_buyer: int = 20


@transaction.atomic
def set_packs(
    *,
    base_id: int,
    produce_id: str,
    packs: Sequence[PackEntry],
    actor: Actor,
    now: datetime,
) -> None:
    """Enter the box sizes a base packs of one kind of produce; earlier ones are replaced."""
    base = Base.objects.get(pk=base_id)
    actor.require(Role.DESK, Role.PLANNER, region=base.county_id)
    for pack in packs:
        if pack.net_g <= 0 or pack.packed_g_per_day <= 0:
            raise InvalidInput("packs", f"a pack of {pack.net_g} g needs weight and a packing rate")
    Pack.objects.filter(base_id=base_id, produce_id=produce_id).delete()
    Pack.objects.bulk_create(
        Pack(
            base=base,
            produce_id=produce_id,
            net_g=pack.net_g,
            material_fen=pack.material_fen,
            packed_g_per_day=pack.packed_g_per_day,
            demand_share=pack.demand_share,
            price_exponent=pack.price_exponent,
            status=pack.status,
        )
        for pack in packs
    )
    audit.write(
        actor,
        "campaigns.set_packs",
        f"base {base_id}",
        now=now,
        after={"produce": produce_id, "net_g": [pack.net_g for pack in packs]},
    )


@transaction.atomic
def open_sale(*, terms: SaleTerms, actor: Actor, now: datetime) -> Sale:
    """Put a surplus on sale: listings, days, lanes and the guarded kilograms.

    Raises
    ------
    harvest.actions.surpluses.WrongState
        The surplus is on sale already, closed or withdrawn.
    InvalidInput
        No kilograms, no listing, or a sale that ends before it begins.
    NotSwitchedOn
        The programme does not run in the county.
    """
    _check(terms)
    surplus = surpluses.put_on_sale(surplus_id=terms.surplus_id, actor=actor, now=now)
    roll_out.require_on(surplus.branch.county_id)
    sale = Sale.objects.create(
        base_id=surplus.base_id,
        branch_id=surplus.branch_id,
        surplus=surplus,
        opens_at=terms.opens_at,
        closes_at=terms.closes_at,
        first_day=terms.first_day,
        last_day=terms.last_day,
        capacity_g=terms.capacity_g,
        shelf_life_days=surplus.shelf_life_days,
        promise_days=terms.promise_days,
        max_late_share=terms.max_late_share,
        ship_within_days=terms.ship_within_days,
        fee_bp=terms.fee_bp,
        refund_fen_per_kg=terms.refund_fen_per_kg,
        calendar=_calendar(surplus.branch.county_id, terms.first_day, terms.last_day),
        team_size=terms.team_size,
        team_hours=terms.team_hours,
        limit_per_buyer=terms.limit_per_buyer,
    )
    for one in terms.listings:
        _list(sale, one, now=now)
    PackingDay.objects.bulk_create(
        PackingDay(base_id=sale.base_id, sale=sale, day=day, capacity_crew_s=crew_s)
        for day, crew_s in sorted(terms.crew_s_by_day.items())
    )
    too_warm = _too_warm(surplus, [lane.lane_id for lane in terms.lanes])
    SaleLane.objects.bulk_create(
        SaleLane(
            sale=sale,
            lane_id=lane.lane_id,
            offered=not lane.why_not and lane.lane_id not in too_warm,
            why_not=lane.why_not or too_warm.get(lane.lane_id, ""),
            earliest_days=lane.earliest_days,
            latest_days=lane.latest_days,
        )
        for lane in terms.lanes
    )
    audit.write(
        actor,
        "campaigns.open_sale",
        f"sale {sale.pk}",
        now=now,
        after={
            "surplus": surplus.pk,
            "capacity_g": sale.capacity_g,
            "prices_fen": [[one.net_g, one.team_fen, one.solo_fen] for one in terms.listings],
        },
    )
    outbox.record(SaleOpened(base_id=sale.base_id, sale_id=sale.pk), now=now)
    return sale


@transaction.atomic
def change_prices(
    *, sale_id: int, prices_fen: Mapping[int, tuple[int, int]], actor: Actor, now: datetime
) -> None:
    """Set (team, solo) prices by listing from now on; orders placed keep theirs.

    Raises
    ------
    SaleNotOpen
        The sale is closed.
    InvalidInput
        A solo price does not exceed its team price.
    """
    sale = _locked(sale_id, actor)
    listings = {row.pk: row for row in Listing.objects.filter(sale=sale)}
    before = {row.pk: [row.team_fen, row.solo_fen] for row in listings.values()}
    for listing_id, (team_fen, solo_fen) in prices_fen.items():
        row = listings[listing_id]
        if not (0 <= team_fen < solo_fen) or bool(row.team_fen) != bool(team_fen):
            raise InvalidInput("solo price", "must exceed the team price; raise it")
        if (row.team_fen, row.solo_fen) == (team_fen, solo_fen):
            continue
        row.team_fen, row.solo_fen = team_fen, solo_fen
        row.save(update_fields=["team_fen", "solo_fen"])
        _show(row, now=now)
    audit.write(
        actor,
        "campaigns.change_prices",
        f"sale {sale_id}",
        now=now,
        before={"prices_fen": before},
        after={"prices_fen": {k: list(v) for k, v in prices_fen.items()}},
    )
    outbox.record(SaleChanged(base_id=sale.base_id, sale_id=sale_id, what="prices"), now=now)


@transaction.atomic
def set_packing_days(
    *, sale_id: int, crew_s_by_day: Mapping[date, int], actor: Actor, now: datetime
) -> None:
    """Set how much working time the days to come hold; never below what orders have claimed.

    Raises
    ------
    SaleNotOpen
        The sale is closed.
    DayBelowReserved
        A day's orders need more than it would hold.
    """
    sale = _locked(sale_id, actor)
    rows = {r.day: r for r in PackingDay.objects.select_for_update().filter(sale=sale)}
    before = {str(day): row.capacity_crew_s for day, row in rows.items()}
    for day, crew_s in sorted(crew_s_by_day.items()):
        row = rows.get(day) or PackingDay(base_id=sale.base_id, sale=sale, day=day)
        channels.shrink_day(row, crew_s, now=now)
        if row.reserved_crew_s > crew_s:
            raise DayBelowReserved(
                f"orders on {day} need {row.reserved_crew_s} packer seconds, not {crew_s}",
                day=str(day),
            )
        row.capacity_crew_s = crew_s
        row.save()
    audit.write(
        actor,
        "campaigns.set_packing_days",
        f"sale {sale_id}",
        now=now,
        before=before,
        after={str(day): crew_s for day, crew_s in crew_s_by_day.items()},
    )
    outbox.record(SaleChanged(base_id=sale.base_id, sale_id=sale_id, what="days"), now=now)


@transaction.atomic
def set_capacity(*, sale_id: int, capacity_g: int, actor: Actor, now: datetime) -> None:
    """Set how many grams may be sold online in all; never below what is sold.

    Raises
    ------
    SaleNotOpen
        The sale is closed.
    DayBelowReserved
        More is sold already.
    """
    sale = _locked(sale_id, actor)
    channels.shrink_shares(sale, capacity_g, now=now)
    room = Sale.objects.filter(pk=sale_id, reserved_g__lte=capacity_g)
    if not room.update(capacity_g=capacity_g):
        raise DayBelowReserved(f"{sale.reserved_g} g are sold already, not {capacity_g} g")
    audit.write(
        actor,
        "campaigns.set_capacity",
        f"sale {sale_id}",
        now=now,
        before={"capacity_g": sale.capacity_g},
        after={"capacity_g": capacity_g},
    )


@transaction.atomic
def add_listing(*, sale_id: int, terms: ListingTerms, actor: Actor, now: datetime) -> Listing:
    """Offer a running sale in one more box size or channel.

    Raises
    ------
    SaleNotOpen
        The sale is closed.
    InvalidInput
        The channel is unknown, lists this size already, or the prices can't be.
    """
    sale = _locked(sale_id, actor)
    listing = _list(sale, terms, now=now)
    audit.write(
        actor,
        "campaigns.add_listing",
        f"sale {sale_id}",
        now=now,
        after={"channel": terms.channel, "prices_fen": [terms.net_g, terms.solo_fen]},
    )
    outbox.record(SaleChanged(base_id=sale.base_id, sale_id=sale_id, what="listings"), now=now)
    return listing


@transaction.atomic
def pause_sale(*, sale_id: int, actor: Actor, now: datetime) -> None:
    """Take no orders until it is resumed; teams and parcels go on."""
    _set_state(sale_id, Sale.State.PAUSED, actor=actor, now=now)


@transaction.atomic
def resume_sale(*, sale_id: int, actor: Actor, now: datetime) -> None:
    """Take orders again."""
    _set_state(sale_id, Sale.State.OPEN, actor=actor, now=now)


@transaction.atomic
def close_sale(*, sale_id: int, actor: Actor, now: datetime) -> None:
    """End the sale for good; what was ordered is still packed and sent.

    Raises
    ------
    SaleNotOpen
        It is closed already.
    """
    sale = _locked(sale_id, actor)
    Sale.objects.filter(pk=sale_id).update(state=Sale.State.CLOSED, closes_at=now)
    surpluses.close_surplus(surplus_id=sale.surplus_id, actor=actor, now=now)
    audit.write(actor, "campaigns.close_sale", f"sale {sale_id}", now=now)
    outbox.record(SaleClosed(base_id=sale.base_id, sale_id=sale_id), now=now)


@transaction.atomic
def follow_calendar(*, county_code: str, now: datetime) -> int:
    """Let running sales keep to a calendar that was loaded; returns how many changed."""
    rows = Sale.objects.select_for_update(of=("self",)).select_related("branch")
    running = rows.exclude(state=Sale.State.CLOSED).filter(
        branch__county__code__startswith=county_code
    )
    changed = 0
    for sale in running.order_by("pk"):
        text = _calendar(sale.branch.county_id, sale.first_day, sale.last_day)
        if text == sale.calendar:
            continue
        Sale.objects.filter(pk=sale.pk).update(calendar=text)
        news = SaleChanged(base_id=sale.base_id, sale_id=sale.pk, what="calendar")
        outbox.record(news, now=now)
        changed += 1
    return changed


def crew_seconds_of_box(*, net_g: int, packed_g_per_day: int) -> int:
    """Packer seconds that one box takes, rounded up so that a day is never overbooked."""
    return -(-net_g * CREW_SECONDS_PER_DAY // packed_g_per_day)


def _calendar(county_code: str, first: date, last: date) -> str:
    return calendar.written(network.day_rules(county_code, first, last))


def _too_warm(surplus: Surplus, lane_ids: Sequence[int]) -> dict[int, str]:
    """Return the lanes that are not cooled, where the produce must stay cold, and why not."""
    if not surplus.produce.needs_cold:
        return {}
    uncooled = Lane.objects.filter(pk__in=lane_ids, cold=False).values_list("pk", flat=True)
    return dict.fromkeys(uncooled, NOT_COOLED)


def _check(terms: SaleTerms) -> None:
    if terms.capacity_g <= 0:
        raise InvalidInput("capacity", "nothing to sell online; approve a plan that sells some")
    if not terms.listings:
        raise InvalidInput("listings", "a sale needs at least one box size")
    if terms.closes_at <= terms.opens_at or terms.last_day < terms.first_day:
        raise InvalidInput("closes_at", "lies before the sale opens")


def _list(sale: Sale, one: ListingTerms, *, now: datetime) -> Listing:
    channel = channels.channel_of(base_id=sale.base_id, code=one.channel)
    _check_prices(one, channel)
    if Listing.objects.filter(sale=sale, channel=channel, net_g=one.net_g).exists():
        raise InvalidInput("net_g", f"{one.net_g} g are listed in {channel.name}; change its price")
    listing = Listing.objects.create(
        base_id=sale.base_id,
        sale=sale,
        channel=channel,
        least_quantity=one.least_quantity,
        bundles_per_pallet=one.bundles_per_pallet,
        net_g=one.net_g,
        team_fen=one.team_fen,
        solo_fen=one.solo_fen,
        material_fen=one.material_fen,
        box_crew_s=crew_seconds_of_box(net_g=one.net_g, packed_g_per_day=one.packed_g_per_day),
    )
    _show(listing, now=now)
    return listing


def _check_prices(one: ListingTerms, channel: Channel) -> None:
    """A shop has a team price below the solo price; elsewhere there may be one price only."""
    if one.net_g <= 0 or one.packed_g_per_day <= 0 or one.least_quantity <= 0:
        raise InvalidInput("net_g", "weight, packing rate and least quantity must be above 0")
    if channel.kind == Channel.Kind.SHOP and one.team_fen <= 0:
        raise InvalidInput("team price", "the shop sells to teams; enter their price")
    if not 0 <= one.team_fen < one.solo_fen:
        raise InvalidInput("solo price", "must exceed the team price; raise it")


def _show(listing: Listing, *, now: datetime) -> None:
    PriceShown.objects.create(
        listing=listing, team_fen=listing.team_fen, solo_fen=listing.solo_fen, shown_from=now
    )


def _locked(sale_id: int, actor: Actor) -> Sale:
    sale = Sale.objects.select_for_update(of=("self",)).select_related("branch").get(pk=sale_id)
    actor.require(Role.DESK, region=sale.branch.county_id)
    if sale.state == Sale.State.CLOSED:
        raise SaleNotOpen(f"sale {sale_id} is closed", sale_id=sale_id)
    return sale


def _set_state(sale_id: int, state: Sale.State, *, actor: Actor, now: datetime) -> None:
    sale = _locked(sale_id, actor)
    Sale.objects.filter(pk=sale_id).update(state=state)
    audit.write(
        actor,
        f"campaigns.{state}",
        f"sale {sale_id}",
        now=now,
        before={"state": sale.state},
        after={"state": str(state)},
    )
    outbox.record(SaleChanged(base_id=sale.base_id, sale_id=sale_id, what=str(state)), now=now)
