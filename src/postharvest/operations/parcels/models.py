"""Parcels on their way: numbers, despatches, scans and what they say."""

from django.db import models
from django.db.models import F, Q

from postharvest.operations.network.models import Base, Branch, Lane
from postharvest.operations.orders.models import Order
from postharvest.operations.packing.models import Box


class NumberRange(models.Model):
    """Serial numbers that the carrier allotted; each is given once."""

    indicator = models.CharField(max_length=2)
    country = models.CharField(max_length=2)
    first_serial = models.PositiveIntegerField()
    next_serial = models.PositiveIntegerField()
    last_serial = models.PositiveIntegerField()
    allotted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(next_serial__lte=F("last_serial") + 1), name="range_not_overrun"
            ),
            models.UniqueConstraint(
                fields=["indicator", "country", "last_serial"], name="range_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.next_serial}–{self.last_serial} {self.country}"


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
