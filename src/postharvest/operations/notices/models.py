"""What people are told, by which way, and how they wish to be told."""

from django.db import models

from postharvest.core.vault.models import Contact
from postharvest.operations.network.models import Base


class Kind(models.TextChoices):
    """What somebody may be told about."""

    TEAM_FORMED = "team_formed", "team formed"
    TEAM_FAILED = "team_failed", "team not filled, refunded"
    PARCEL_LATE = "parcel_late", "parcel late"
    DELAY = "delay", "order delayed: wait or refund"
    PAYOUT_READY = "payout_ready", "payout ready"
    HARVEST_CALL = "harvest_call", "harvest call"
    PAYEE_CHANGED = "payee_changed", "account for payouts changed"


class Preference(models.Model):
    """How somebody wishes to be told; found by the blind index of his phone."""

    phone_index = models.CharField(max_length=32, unique=True)
    language = models.CharField(max_length=8, default="zh-hans")
    ways = models.JSONField(default=list, help_text="ways he chose; none means nothing is sent")
    muted = models.JSONField(default=list, help_text="kinds he does not wish to hear of")
    sealed_email = models.BinaryField(null=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"preference {self.pk}"


class Notice(models.Model):
    """One message to one person by one way; its key makes it one, however often news is heard.

    Who is meant lies in the vault; ``facts`` hold what the sentence needs and nothing personal.
    """

    class State(models.TextChoices):
        DUE = "due", "due"
        SENDING = "sending", "sending"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"

    key = models.CharField(max_length=100, unique=True)
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    way = models.CharField(max_length=10)
    language = models.CharField(max_length=8)
    facts = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="notice_due", condition=models.Q(state="due"))
        ]

    def __str__(self) -> str:
        return f"notice {self.key}"
