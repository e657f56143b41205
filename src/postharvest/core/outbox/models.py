"""What happened, and who has yet to hear of it."""

from django.db import models


class Event(models.Model):
    """One piece of news.  Read it by id for a live feed only up to what has settled (see log)."""

    kind = models.CharField(max_length=80)
    base_id = models.BigIntegerField(null=True)
    body = models.JSONField()
    occurred_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["base_id", "id"], name="event_of_base")]

    def __str__(self) -> str:
        return f"event {self.pk} {self.kind}"


class Delivery(models.Model):
    """One event for one reaction: done once, retried when due, parked after too many tries."""

    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    base_id = models.BigIntegerField(null=True)
    reaction = models.CharField(max_length=120)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "reaction"], name="delivery_once_per_reaction")
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="delivery_due", condition=models.Q(done_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk} of {self.event_id} to {self.reaction}"


class Reader(models.Model):
    """Somebody who reads all news in order, and how far he has come."""

    name = models.CharField(max_length=40, unique=True)
    after_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} has read up to {self.after_id}"
