"""Who wants to hear of our news, and every message that he is owed."""

from django.db import models
from django.db.models import Q

from postharvest.core.outbox.models import Event


class Subscription(models.Model):
    """An address that gets signed news of some kinds, of the bases of a region."""

    party = models.CharField(max_length=80, help_text="the token's name")
    url = models.CharField(max_length=500)
    kinds = models.JSONField()
    region = models.CharField(max_length=12, blank=True)
    sealed_secret = models.BinaryField()
    created_at = models.DateTimeField()
    starts_after = models.BigIntegerField(help_text="the news that was newest then")
    paused_at = models.DateTimeField(null=True)
    paused_because = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return f"subscription {self.pk} of {self.party}"


class Message(models.Model):
    """One piece of news for one subscription: sent until it is taken, or given up after a day."""

    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+", db_index=False)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "event"], name="message_once_per_subscription"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="message_due",
                condition=Q(taken_at=None, given_up_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"message of event {self.event_id} to subscription {self.subscription_id}"

    @property
    def message_id(self) -> str:
        """The id by which a receiver knows it again, however often it is sent."""
        return f"msg_{self.subscription_id}_{self.event_id}"
