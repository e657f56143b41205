"""What the rest of the house may ask of sales."""

from datetime import date, datetime

from django.db.models import QuerySet

from postharvest.operations.campaigns.models import (
    Listing,
    Pack,
    PackingDay,
    PriceShown,
    Sale,
    SaleLane,
)


def sales(scope: str = "") -> QuerySet[Sale]:
    """Sales of a region with their produce and place, newest first."""
    rows = Sale.objects.select_related("surplus__produce", "branch__county", "base")
    return rows.filter(branch__county__code__startswith=scope).order_by("-opens_at", "-id")


def sales_open(now: datetime) -> QuerySet[Sale]:
    """Sales that take orders now."""
    return sales().filter(state=Sale.State.OPEN, opens_at__lte=now, closes_at__gt=now)


def sale(sale_id: int) -> Sale | None:
    """One sale with its produce and place, or none."""
    return sales().filter(pk=sale_id).first()


def sale_of_surplus(surplus_id: int) -> Sale | None:
    """The sale of a surplus, or none."""
    return sales().filter(surplus_id=surplus_id).first()


def listings_of(sale_id: int) -> list[Listing]:
    """The box sizes of a sale, smallest first."""
    return list(Listing.objects.filter(sale_id=sale_id).order_by("net_g", "id"))


def listing(listing_id: int) -> Listing | None:
    """One listing with its sale, or none."""
    return Listing.objects.select_related("sale__surplus__produce").filter(pk=listing_id).first()


def packing_days(sale_id: int) -> list[PackingDay]:
    """The days of a sale in order, with what they hold and what is claimed."""
    return list(PackingDay.objects.filter(sale_id=sale_id).order_by("day"))


def packing_day(sale_id: int, day: date) -> PackingDay | None:
    """One day of a sale, or none."""
    return PackingDay.objects.filter(sale_id=sale_id, day=day).first()


def lanes_of(sale_id: int) -> list[SaleLane]:
    """The lanes of a sale, offered or not, by zone."""
    rows = SaleLane.objects.filter(sale_id=sale_id).select_related("lane")
    return list(rows.order_by("lane__zone"))


def packs_of(base_id: int, produce_id: str) -> list[Pack]:
    """The box sizes a base packs of a kind of produce, smallest first."""
    return list(Pack.objects.filter(base_id=base_id, produce_id=produce_id).order_by("net_g"))


def prices_shown(sale_id: int) -> QuerySet[PriceShown]:
    """Every price a sale has shown, in time."""
    rows = PriceShown.objects.filter(listing__sale_id=sale_id).select_related("listing")
    return rows.order_by("shown_from", "id")
