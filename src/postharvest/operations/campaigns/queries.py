"""What the rest of the house may ask of sales."""

from datetime import date, datetime

from django.db.models import QuerySet

from postharvest.operations.campaigns import set_aside
from postharvest.operations.campaigns.models import (
    BulkTerms,
    Channel,
    ChannelShare,
    Listing,
    Pack,
    PackingDay,
    PriceShown,
    Sale,
    SaleLane,
)
from postharvest.operations.harvest.models import Produce


def sales(scope: str = "") -> QuerySet[Sale]:
    """Sales of a region with their produce and place, newest first."""
    rows = Sale.objects.select_related("surplus__produce", "branch__county", "base")
    return rows.filter(branch__county__code__startswith=scope).order_by("-opens_at", "-id")


def sales_of_base(base_id: int) -> QuerySet[Sale]:
    """Sales of a base, newest first."""
    return Sale.objects.filter(base_id=base_id).order_by("-opens_at", "-id")


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
    """The box sizes of a sale in every channel, smallest first."""
    rows = Listing.objects.filter(sale_id=sale_id).select_related("channel")
    return list(rows.order_by("net_g", "id"))


def shop_listings(sale_id: int) -> list[Listing]:
    """The box sizes that a sale's own shop offers, smallest first."""
    rows = Listing.objects.filter(sale_id=sale_id, channel__kind=Channel.Kind.SHOP)
    rows = rows.select_related("channel")
    return list(rows.order_by("net_g", "id"))


def listings_of_channel(channel_id: int) -> list[Listing]:
    """The boxes that a channel offers in sales that are not closed, by sale and size."""
    rows = Listing.objects.filter(channel_id=channel_id).exclude(sale__state=Sale.State.CLOSED)
    return list(rows.order_by("sale_id", "net_g", "id"))


def listing(listing_id: int) -> Listing | None:
    """One listing with its sale, or none."""
    return (
        Listing.objects.select_related("sale__surplus__produce", "channel")
        .filter(pk=listing_id)
        .first()
    )


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


def left_g(sale: Sale, channel_id: int | None = None) -> int:
    """Grams that a channel may sell now: what is common, and its own share if one is given."""
    common = sale.capacity_g - sale.reserved_g - sale.set_aside_g
    if not sale.has_shares or channel_id is None:
        return common
    return common + set_aside.of_sales([sale], []).own_g(sale.pk, channel_id)


def left_crew_s(sale: Sale, channel_id: int) -> dict[date, int]:
    """Packer seconds that a channel may still claim, by day."""
    rows = packing_days(sale.pk)
    held = set_aside.of_sales([sale], [row.day for row in rows])
    return {
        row.day: row.capacity_crew_s
        - row.reserved_crew_s
        - row.set_aside_crew_s
        + held.own_crew_s(sale.pk, channel_id, row.day)
        for row in rows
    }


def channels_of(base_id: int) -> list[Channel]:
    """The channels of a base, its own shop first."""
    rows = Channel.objects.filter(base_id=base_id)
    return sorted(rows, key=lambda row: (row.code != "shop", row.code))


def channel(channel_id: int) -> Channel | None:
    """One channel with its base, or none."""
    return Channel.objects.select_related("base").filter(pk=channel_id).first()


def shares_of(sale_id: int) -> list[ChannelShare]:
    """What channels have, or had, for themselves of a sale."""
    rows = ChannelShare.objects.filter(sale_id=sale_id).select_related("channel")
    return list(rows.order_by("channel__code"))


def bulk_terms(base_id: int, produce_id: str) -> list[BulkTerms]:
    """What bulk channels of a base take of a kind of produce, the best price first."""
    rows = BulkTerms.objects.select_related("channel").filter(
        channel__base_id=base_id, channel__active=True, produce_id=produce_id
    )
    return list(rows.order_by("-fen_per_kg", "channel__code"))


def bulk_terms_of(channel_id: int) -> list[BulkTerms]:
    """What a bulk channel takes, by produce."""
    rows = BulkTerms.objects.filter(channel_id=channel_id).select_related("produce")
    return list(rows.order_by("produce_id"))


def bulk_terms_in(channel_id: int, produce_id: str) -> BulkTerms | None:
    """What a bulk channel takes of a kind of produce, or none."""
    return BulkTerms.objects.filter(channel_id=channel_id, produce_id=produce_id).first()


def packs_of(base_id: int, produce_id: str) -> list[Pack]:
    """The box sizes a base packs of a kind of produce, smallest first."""
    return list(Pack.objects.filter(base_id=base_id, produce_id=produce_id).order_by("net_g"))


def produce_packed() -> list[Produce]:
    """Kinds of produce for which some base has box sizes, by id."""
    return list(Produce.objects.filter(packs__isnull=False).distinct().order_by("pk"))


def prices_shown(sale_id: int) -> QuerySet[PriceShown]:
    """Every price a sale has shown, in time."""
    rows = PriceShown.objects.filter(listing__sale_id=sale_id).select_related("listing")
    return rows.order_by("shown_from", "id")


def base_of_sale(pk: int) -> int | None:
    """Return the base that a sale belongs to, or none."""
    return Sale.objects.filter(pk=pk).values_list("base_id", flat=True).first()


def base_of_channel(pk: int) -> int | None:
    """Return the base that a channel belongs to, or none."""
    return Channel.objects.filter(pk=pk).values_list("base_id", flat=True).first()
