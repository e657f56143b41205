"""What villages have too much of, who grew it, and what was cut."""

from django.db import models

from postharvest.core.vault.models import Contact
from postharvest.operations.network.models import Base, Branch, County

COLD_BELOW_DAYS = 3
"""What keeps fewer days than this without cooling travels on cooled lanes only."""


class Produce(models.Model):
    """A kind of produce with what the shipped table knows of it."""

    id = models.CharField(max_length=40, primary_key=True)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    group = models.CharField(max_length=30)
    shelf_ambient_days_lo = models.FloatField()
    shelf_ambient_days_hi = models.FloatField()
    temp_class = models.CharField(max_length=40)
    bruise_class = models.PositiveSmallIntegerField()
    packs_kg = models.JSONField()
    farmgate_lo_fen_per_kg = models.PositiveIntegerField()
    farmgate_hi_fen_per_kg = models.PositiveIntegerField()
    retail_lo_fen_per_kg = models.PositiveIntegerField()
    retail_hi_fen_per_kg = models.PositiveIntegerField()
    shelf_source = models.CharField(max_length=200)
    price_source = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name_en

    @property
    def needs_cold(self) -> bool:
        """Whether it spoils on an uncooled lane before most parcels could arrive."""
        return self.shelf_ambient_days_lo < COLD_BELOW_DAYS


class Grower(models.Model):
    """A household or a co-operative; its name, phone and account lie in the vault."""

    class Kind(models.TextChoices):
        HOUSEHOLD = "household", "household"
        COOPERATIVE = "cooperative", "co-operative"

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="growers")
    code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.HOUSEHOLD)
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="+")
    village = models.CharField(max_length=80)
    area_mu = models.FloatField(null=True, help_text="land under crops, if it is known")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    registered_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"grower {self.code}"


class Surplus(models.Model):
    """A postal worker's word for what must be sold, and what the wholesaler would give for it."""

    class State(models.TextChoices):
        REPORTED = "reported", "reported"
        PLANNED = "planned", "planned"
        ON_SALE = "on_sale", "on sale"
        CLOSED = "closed", "closed"
        WITHDRAWN = "withdrawn", "withdrawn"

    key = models.UUIDField(unique=True)
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="surpluses")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="surpluses")
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="+")
    village = models.CharField(max_length=80)
    village_code = models.CharField(max_length=12, blank=True)
    position_status = models.CharField(max_length=20)
    produce = models.ForeignKey(Produce, on_delete=models.PROTECT, related_name="surpluses")
    grade = models.CharField(max_length=20)
    reported_g = models.PositiveBigIntegerField()
    harvest_from = models.DateField()
    harvest_to = models.DateField()
    shelf_life_days = models.FloatField()
    shelf_life_status = models.CharField(max_length=20)
    floor_fen_per_kg = models.PositiveIntegerField()
    wholesale_fen_per_kg = models.PositiveIntegerField()
    wholesale_g_per_day = models.PositiveBigIntegerField()
    wholesale_source = models.CharField(max_length=120)
    reported_by = models.CharField(max_length=80)
    reported_at = models.DateTimeField()
    photos = models.JSONField(default=list, help_text="their names in the media folder")
    state = models.CharField(max_length=12, choices=State.choices, default=State.REPORTED)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(reported_g__gt=0), name="surplus_has_weight"),
            models.CheckConstraint(
                condition=models.Q(harvest_to__gte=models.F("harvest_from")),
                name="surplus_window_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"surplus {self.pk} of {self.produce_id}"


class SurplusPart(models.Model):
    """The share of one village group: where it stands, when it can be cut, at what cost."""

    surplus = models.ForeignKey(Surplus, on_delete=models.CASCADE, related_name="parts")
    code = models.CharField(max_length=20)
    village = models.CharField(max_length=80)
    lat = models.FloatField()
    lon = models.FloatField()
    offered_g = models.PositiveBigIntegerField()
    harvest_from = models.DateField()
    harvest_to = models.DateField()
    harvest_fen_per_t = models.PositiveIntegerField(help_text="cost of cutting, fen per tonne")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["surplus", "code"], name="part_once_per_surplus")
        ]

    def __str__(self) -> str:
        return f"part {self.code} of surplus {self.surplus_id}"


class Offer(models.Model):
    """What one grower put into a part."""

    part = models.ForeignKey(SurplusPart, on_delete=models.CASCADE, related_name="offers")
    grower = models.ForeignKey(Grower, on_delete=models.PROTECT, related_name="offers")
    offered_g = models.PositiveBigIntegerField()
    called_g = models.PositiveBigIntegerField(default=0)
    wholesale_g = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["part", "grower"], name="offer_once_per_grower"),
            models.CheckConstraint(
                condition=models.Q(offered_g__gte=models.F("called_g") + models.F("wholesale_g")),
                name="offer_not_exceeded",
            ),
        ]

    def __str__(self) -> str:
        return f"offer of grower {self.grower_id} in part {self.part_id}"


class Lot(models.Model):
    """What one grower cut on one day for one sale: one grade, one sell-by."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="lots")
    grower = models.ForeignKey(Grower, on_delete=models.PROTECT, related_name="lots")
    grade = models.CharField(max_length=20)
    harvested_on = models.DateField()
    sell_by = models.DateField()
    cut_g = models.PositiveBigIntegerField()
    certificate = models.CharField(
        max_length=60, blank=True, help_text="number of its conformity certificate (合格证)"
    )
    stopped_at = models.DateTimeField(null=True, help_text="held until somebody decides")
    stop_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "harvested_on"], name="lot_once_per_day"),
            models.CheckConstraint(condition=models.Q(cut_g__gt=0), name="lot_has_weight"),
        ]

    def __str__(self) -> str:
        return f"lot {self.pk} of {self.harvested_on}"


class HarvestCall(models.Model):
    """What one grower is asked to cut on one day, and where to bring it."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="calls")
    grower = models.ForeignKey(Grower, on_delete=models.PROTECT, related_name="calls")
    day = models.DateField()
    weight_g = models.PositiveBigIntegerField()
    point_name = models.CharField(max_length=80, blank=True)
    called_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "day"], name="call_once_per_day"),
            models.CheckConstraint(condition=models.Q(weight_g__gt=0), name="call_has_weight"),
        ]
        indexes = [models.Index(fields=["base", "day"], name="call_of_day")]

    def __str__(self) -> str:
        return f"call {self.pk} for {self.day}"


class WholesalePickup(models.Model):
    """What a local buyer took at the field, weighed and priced that day."""

    key = models.CharField(max_length=80, unique=True)
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="pickups")
    day = models.DateField()
    weight_g = models.PositiveBigIntegerField()
    fen_per_kg = models.PositiveIntegerField()
    paid_fen = models.PositiveBigIntegerField()
    source = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"pickup {self.key}"


class Contract(models.Model):
    """The written terms on which one grower hands over what he offered.

    *Purchase*: the branch buys at a fixed price and bears every risk of the sale.  *Share of net*:
    the grower gets what is left of the price after the named deductions; the branch pays an
    advance at hand-over, which it does not ask back, and at least the floor.
    """

    class Kind(models.TextChoices):
        PURCHASE = "purchase", "purchase"
        SHARE = "share", "share of net"

    class Unsold(models.TextChoices):
        GROWER = "grower", "the grower takes it back"
        BRANCH = "branch", "the branch pays the floor for it"

    class State(models.TextChoices):
        OFFERED = "offered", "offered"
        SIGNED = "signed", "signed"
        WITHDRAWN = "withdrawn", "withdrawn"

    class Signed(models.TextChoices):
        PAPER = "paper", "signed paper"
        CODE = "code", "confirmation code"
        PROXY = "proxy", "signed by a proxy"

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="contracts")
    offer = models.OneToOneField(Offer, on_delete=models.PROTECT, related_name="contract")
    number = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    weight_g = models.PositiveBigIntegerField()
    grade = models.CharField(max_length=20)
    price_fen_per_kg = models.PositiveIntegerField(default=0, help_text="of a purchase")
    floor_fen_per_kg = models.PositiveIntegerField(default=0, help_text="of a share of net")
    advance_fen_per_kg = models.PositiveIntegerField(default=0, help_text="paid at hand-over")
    deductions = models.JSONField(default=list, help_text="what is taken off the price, named")
    if_unsold = models.CharField(
        max_length=8, choices=Unsold.choices, default=Unsold.GROWER,
        help_text="what becomes of what was handed over and not sold",
    )  # fmt: skip
    state = models.CharField(max_length=10, choices=State.choices, default=State.OFFERED)
    offered_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    signed_how = models.CharField(max_length=8, choices=Signed.choices, blank=True)
    signature_ref = models.CharField(max_length=80, blank=True, help_text="slip, code or proxy")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="purchase", price_fen_per_kg__gt=0)
                | models.Q(kind="share", price_fen_per_kg=0),
                name="contract_has_its_price",
            ),
            models.CheckConstraint(condition=models.Q(weight_g__gt=0), name="contract_has_weight"),
        ]

    def __str__(self) -> str:
        return f"contract {self.number}"
