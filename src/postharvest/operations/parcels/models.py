"""Parcels on their way: numbers, despatches, scans and what they say."""

from django.db import models
from django.db.models import F, Q

from postharvest.operations.network.models import Base, Branch, Lane
from postharvest.operations.orders.models import Order
from postharvest.operations.packing.models import Box


class Carrier(models.Model):
    """Who carries, and how his numbers look: a pattern, or UPU S10 without one."""

    code = models.SlugField(max_length=20, primary_key=True)
    name = models.CharField(max_length=80)
    number_pattern = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"carrier {self.code}"


class CollectionTime(models.Model):
    """Until when a carrier collects at a post office on a weekday (0 is Monday)."""

    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, related_name="collections")
    carrier = models.CharField(max_length=20, default="post")
    weekday = models.PositiveSmallIntegerField()
    cut_off = models.TimeField(help_text="postal time")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "carrier", "weekday"], name="collection_once_a_weekday"
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekday_is_one"),
        ]

    def __str__(self) -> str:
        return f"collection at branch {self.branch_id} on weekday {self.weekday}"


class NumberRange(models.Model):
    """Serial numbers that the carrier allotted; each is given once.

    Without ``digits`` the numbers are S10; else ``prefix`` and that many digits.
    """

    carrier = models.CharField(max_length=20, default="post")
    prefix = models.CharField(max_length=20, blank=True)
    digits = models.PositiveSmallIntegerField(default=0)
    indicator = models.CharField(max_length=2)
    country = models.CharField(max_length=2)
    first_serial = models.PositiveBigIntegerField()
    next_serial = models.PositiveBigIntegerField()
    last_serial = models.PositiveBigIntegerField()
    allotted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(next_serial__lte=F("last_serial") + 1), name="range_not_overrun"
            ),
            models.UniqueConstraint(
                fields=["carrier", "prefix", "indicator", "country", "last_serial"],
                name="range_once",
            ),
        ]

    def __str__(self) -> str:
        head = self.prefix or self.indicator
        return f"{head} {self.next_serial}–{self.last_serial} {self.country}".rstrip()


class Despatch(models.Model):
    """Parcels of one lane that leave together."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="despatches")
    day = models.DateField()
    closed_at = models.DateTimeField()
    parcels_count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "lane", "closed_at"], name="despatch_once")
        ]

    def __str__(self) -> str:
        return f"despatch {self.pk}"


class Acceptance(models.Model):
    """What the carrier counted of a despatch, held against what we gave him."""

    despatch = models.OneToOneField(Despatch, on_delete=models.PROTECT, related_name="acceptance")
    counted_at = models.DateTimeField()
    party = models.CharField(max_length=80)
    agreed = models.PositiveIntegerField()
    missing = models.JSONField()
    surplus = models.JSONField()
    doubled = models.JSONField()

    def __str__(self) -> str:
        return f"acceptance of despatch {self.despatch_id}"

    @property
    def is_complete(self) -> bool:
        return not (self.missing or self.surplus or self.doubled)


class PostageInvoice(models.Model):
    """A carrier's invoice held against our scales and his tariff, to the fen."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    carrier = models.CharField(max_length=20)
    number = models.CharField(max_length=60)
    taken_at = models.DateTimeField()
    party = models.CharField(max_length=80)
    billed_g = models.PositiveBigIntegerField()
    weighed_g = models.PositiveBigIntegerField(help_text="of the lines that are ours")
    billed_fen = models.BigIntegerField()
    too_much_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "carrier", "number"], name="postage_invoice_once"
            )
        ]

    def __str__(self) -> str:
        return f"postage invoice {self.number}"


class InvoiceLine(models.Model):
    """One line of a carrier's invoice; without a reason it is paid as it stands."""

    invoice = models.ForeignKey(PostageInvoice, on_delete=models.CASCADE, related_name="lines")
    number = models.CharField(max_length=40, db_index=True)
    weight_g = models.PositiveIntegerField()
    postage_fen = models.BigIntegerField()
    reason = models.CharField(max_length=20, blank=True)
    too_much_fen = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"line {self.number} of invoice {self.invoice_id}"


class Parcel(models.Model):
    """One box in the post.  Its state is derived from its scans by event time."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=40, unique=True)
    carrier = models.CharField(max_length=20, default="post")
    box = models.OneToOneField(Box, on_delete=models.PROTECT, related_name="parcel")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="parcels")
    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="+", db_index=False)
    despatch = models.ForeignKey(
        Despatch, on_delete=models.PROTECT, null=True, related_name="parcels"
    )
    registered_at = models.DateTimeField()
    status = models.CharField(max_length=20, default="registered")
    status_at = models.DateTimeField()
    last_place = models.CharField(max_length=80, blank=True)
    action_required = models.CharField(max_length=120, blank=True)
    damaged = models.BooleanField(default=False)
    accepted_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    eta_earliest = models.DateField()
    eta_latest = models.DateField()
    promised_by = models.DateField()
    sell_by = models.DateField()
    flagged = models.CharField(max_length=20, blank=True, help_text="late or silent, once noticed")
    resent_at = models.DateTimeField(null=True, help_text="came back and was sent again")

    class Meta:
        indexes = [
            models.Index(fields=["base", "status", "status_at"], name="parcel_status"),
        ]

    def __str__(self) -> str:
        return f"parcel {self.number}"


class Scan(models.Model):
    """What a carrier says happened to a parcel; never changed, never deleted."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    parcel = models.ForeignKey(
        Parcel, on_delete=models.PROTECT, related_name="scans", db_index=False
    )
    code = models.CharField(max_length=3)
    place = models.CharField(max_length=80)
    at = models.DateTimeField()
    reason = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=40)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parcel", "code", "place", "at"], name="scan_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} of parcel {self.parcel_id}"
