"""Sales of a surplus: what is offered, at which prices, and how much each day can bear."""

from django.db import models
from django.db.models import F, Q

from postharvest.operations.harvest.models import Produce, Surplus
from postharvest.operations.network.models import Base, Branch, Lane


class Pack(models.Model):
    """A box size for a kind of produce, as a base packs it."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="packs")
    produce = models.ForeignKey(Produce, on_delete=models.PROTECT, related_name="packs")
    net_g = models.PositiveIntegerField()
    material_fen = models.PositiveIntegerField()
    packed_g_per_day = models.PositiveIntegerField(help_text="grams one packer packs in a day")
    demand_share = models.FloatField()
    price_exponent = models.FloatField(default=0.85)
    status = models.CharField(max_length=20, default="assumption")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "produce", "net_g"], name="pack_once_per_base")
        ]

    def __str__(self) -> str:
        return f"pack {self.net_g} g"


class Channel(models.Model):
    """A way to sell: the base's own shop, a marketplace elsewhere, or bulk by freight.

    ``fee_bp`` and ``fee_fen`` are what the channel keeps of each order; no ``fee_bp`` means that
    the sale's own platform fee applies.  A marketplace collects the money and owes it to us.
    """

    class Kind(models.TextChoices):
        SHOP = "shop", "own shop"
        MARKETPLACE = "marketplace", "marketplace"
        BULK = "bulk", "bulk"

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="channels")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    fee_bp = models.PositiveSmallIntegerField(null=True, help_text="1/10,000 of the price")
    fee_fen = models.PositiveIntegerField(default=0, help_text="a fixed fee of each order")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "code"], name="channel_once_per_base")
        ]

    def __str__(self) -> str:
        return f"channel {self.code}"


class BulkTerms(models.Model):
    """What the buyers of a bulk channel take of one kind of produce, and at which price.

    ``freight_fen_per_kg`` is what carrying to the buyer costs us; 0 where he fetches it himself.
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="bulk_terms")
    produce = models.ForeignKey(Produce, on_delete=models.PROTECT, related_name="+")
    fen_per_kg = models.PositiveIntegerField()
    g_per_day = models.PositiveBigIntegerField(help_text="most that is taken on a day")
    least_g = models.PositiveBigIntegerField(default=0, help_text="least order")
    freight_fen_per_kg = models.PositiveIntegerField(default=0)
    loading_fen_per_kg = models.PositiveIntegerField(default=0)
    bundle_g = models.PositiveIntegerField(default=20_000)
    bundles_per_pallet = models.PositiveSmallIntegerField(default=40)
    material_fen = models.PositiveIntegerField(default=0, help_text="sacks or crates, a bundle")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "produce"], name="bulk_terms_once")
        ]

    def __str__(self) -> str:
        return f"{self.produce_id} in channel {self.channel_id}"


class Sale(models.Model):
    """One surplus on sale; ``reserved_g`` guards what is scarcest, the lot's kilograms.

    ``set_aside_g`` is what channels still hold for themselves: nobody else may be sold it.
    """

    class State(models.TextChoices):
        OPEN = "open", "open"
        PAUSED = "paused", "paused"
        CLOSED = "closed", "closed"

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="sales")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="sales")
    surplus = models.OneToOneField(Surplus, on_delete=models.PROTECT, related_name="sale")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    first_day = models.DateField()
    last_day = models.DateField()
    capacity_g = models.PositiveBigIntegerField()
    reserved_g = models.PositiveBigIntegerField(default=0)
    set_aside_g = models.PositiveBigIntegerField(default=0)
    has_shares = models.BooleanField(default=False)
    calendar = models.TextField(blank=True, help_text="closed days and cut-offs, see calendar.py")
    shelf_life_days = models.FloatField()
    promise_days = models.FloatField()
    max_late_share = models.FloatField()
    ship_within_days = models.PositiveSmallIntegerField()
    cutoff_hour = models.PositiveSmallIntegerField(default=14)
    team_size = models.PositiveSmallIntegerField(default=3)
    team_hours = models.PositiveSmallIntegerField(default=24)
    limit_per_buyer = models.PositiveSmallIntegerField(default=20)
    fee_bp = models.PositiveSmallIntegerField(help_text="platform fee, 1/10,000 of the price")
    refund_fen_per_kg = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reserved_g__lte=F("capacity_g") - F("set_aside_g")),
                name="sale_never_oversold",
            )
        ]

    def __str__(self) -> str:
        return f"sale {self.pk}"


class Listing(models.Model):
    """One box size of a sale with its two prices, in one channel; no team price is 0.

    In bulk the box is a bundle, sold from ``least_quantity`` on, ``bundles_per_pallet`` together.
    """

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="listings")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="listings")
    net_g = models.PositiveIntegerField()
    team_fen = models.PositiveIntegerField()
    solo_fen = models.PositiveIntegerField()
    material_fen = models.PositiveIntegerField()
    box_crew_s = models.PositiveIntegerField(help_text="packer seconds one box takes")
    least_quantity = models.PositiveSmallIntegerField(default=1)
    bundles_per_pallet = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sale", "channel", "net_g"], name="listing_once_per_channel"
            ),
            models.CheckConstraint(
                condition=Q(solo_fen__gt=F("team_fen")), name="listing_solo_is_dearer"
            ),
        ]

    def __str__(self) -> str:
        return f"listing {self.pk}"


class PriceShown(models.Model):
    """Every price that was ever shown: what elasticities are learnt from."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="prices_shown")
    team_fen = models.PositiveIntegerField()
    solo_fen = models.PositiveIntegerField()
    shown_from = models.DateTimeField()

    def __str__(self) -> str:
        return f"price of listing {self.listing_id} from {self.shown_from}"


class PackingDay(models.Model):
    """The packing points' day: working seconds that orders may still claim."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="packing_days")
    day = models.DateField()
    capacity_crew_s = models.PositiveBigIntegerField()
    reserved_crew_s = models.PositiveBigIntegerField(default=0)
    set_aside_crew_s = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sale", "day"], name="packing_day_once"),
            models.CheckConstraint(
                condition=Q(reserved_crew_s__lte=F("capacity_crew_s") - F("set_aside_crew_s")),
                name="packing_day_never_overbooked",
            ),
        ]

    def __str__(self) -> str:
        return f"packing day {self.day} of sale {self.sale_id}"


class ChannelShare(models.Model):
    """Grams of a sale that one channel has for itself until they flow back.

    ``capacity_g - reserved_g`` is counted in the sale's ``set_aside_g`` until ``flowed_back_at``.
    """

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="shares")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="shares")
    capacity_g = models.PositiveBigIntegerField()
    reserved_g = models.PositiveBigIntegerField(default=0)
    flows_back_at = models.DateTimeField()
    flowed_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sale", "channel"], name="share_once_per_channel"),
            models.CheckConstraint(
                condition=Q(reserved_g__lte=F("capacity_g")), name="share_never_oversold"
            ),
        ]
        indexes = [
            models.Index(
                fields=["flows_back_at"], name="share_held", condition=Q(flowed_back_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"share of channel {self.channel_id} in sale {self.sale_id}"


class ChannelDay(models.Model):
    """Packers' seconds of one day that a channel has for itself until they flow back."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    share = models.ForeignKey(ChannelShare, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    capacity_crew_s = models.PositiveBigIntegerField()
    reserved_crew_s = models.PositiveBigIntegerField(default=0)
    flows_back_at = models.DateTimeField()
    flowed_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["share", "day"], name="channel_day_once"),
            models.CheckConstraint(
                condition=Q(reserved_crew_s__lte=F("capacity_crew_s")),
                name="channel_day_never_overbooked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["flows_back_at"], name="channel_day_held", condition=Q(flowed_back_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"day {self.day} of share {self.share_id}"


class SaleLane(models.Model):
    """A lane the sale uses, with the window it promises, or the reason why it is not offered."""

    sale = models.ForeignKey(Sale, on_delete=models.CASCADE, related_name="lanes")
    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="+")
    offered = models.BooleanField()
    why_not = models.CharField(max_length=120, blank=True)
    earliest_days = models.PositiveSmallIntegerField()
    latest_days = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sale", "lane"], name="sale_lane_once")]

    def __str__(self) -> str:
        return f"lane {self.lane_id} of sale {self.sale_id}"
