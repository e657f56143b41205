"""When parcels were expected to arrive: every window that was ever given, to be held to it."""

from django.db import models
from django.db.models import Q

from postharvest.operations.network.models import Base
from postharvest.operations.parcels.models import Parcel


class EtaWindow(models.Model):
    """One window for one parcel; ``is_first`` marks the one given when it was accepted."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    parcel = models.ForeignKey(
        Parcel, on_delete=models.CASCADE, related_name="eta_windows", db_index=False
    )
    is_first = models.BooleanField()
    earliest_at = models.DateTimeField()
    p50_at = models.DateTimeField()
    latest_at = models.DateTimeField()
    log_centre = models.FloatField(help_text="of the log hours, as the model saw them")
    log_spread = models.FloatField()
    model = models.CharField(max_length=20)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parcel", "made_at"], name="eta_once_per_instant"),
            models.UniqueConstraint(
                fields=["parcel"], condition=Q(is_first=True), name="eta_one_first"
            ),
        ]
        indexes = [
            models.Index(
                fields=["base", "parcel"], name="eta_first_of_base", condition=Q(is_first=True)
            )
        ]

    def __str__(self) -> str:
        return f"window of parcel {self.parcel_id} made {self.made_at:%F %T}"


class LearntLanes(models.Model):
    """What a night's look at the scans taught of a base's lanes, and how windows had done so far.

    Every night's row is kept, so that the error can be followed over time.
    """

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    learnt_at = models.DateTimeField()
    lane_ids = models.JSONField()
    model = models.JSONField(help_text="the engine's fields")
    departures = models.PositiveIntegerField(help_text="it was learnt from")
    arrived = models.PositiveIntegerField(help_text="parcels whose first window could be checked")
    covered_share = models.FloatField(null=True)
    error_hours = models.FloatField(null=True, help_text="mean absolute, of the middle")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "learnt_at"], name="lanes_learnt_once")
        ]

    def __str__(self) -> str:
        return f"lanes of base {self.base_id} as of {self.learnt_at:%F %T}"
