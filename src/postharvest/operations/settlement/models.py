"""The books: a double-entry ledger in whole fen, what is owed to whom, and what was paid out.

Entries and lines are added, never changed: the database itself refuses (see the first migration).
"""

from django.db import models
from django.db.models import Q

from postharvest.operations.campaigns.models import Sale
from postharvest.operations.network.models import Base


class Entry(models.Model):
    """One thing that happened to money; its lines sum to zero."""

    key = models.CharField(max_length=80, unique=True, help_text="what it is for, posted once")
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, null=True, related_name="entries")
    kind = models.CharField(max_length=30)
    posted_at = models.DateTimeField()
    lines_count = models.PositiveSmallIntegerField(
        default=0, help_text="how many lines it has; the database takes no more"
    )
    note = models.CharField(max_length=200, blank=True, help_text="why, where a person posted it")

    def __str__(self) -> str:
        return f"entry {self.key}"


class Line(models.Model):
    """An amount on one account: positive is debit, negative is credit.

    ``account`` is a kind and, where somebody in particular is meant, a party: "cash:sandbox",
    "grower:17", "packer:203", "postage", "fee".
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lines")
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.CharField(max_length=40)
    amount_fen = models.BigIntegerField()
    tax_bp = models.PositiveSmallIntegerField(
        default=0, help_text="value-added tax contained in the amount, 1/10,000 of what is before"
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount_fen=0), name="line_is_not_zero")]
        indexes = [models.Index(fields=["account", "entry"], name="line_of_account")]

    def __str__(self) -> str:
        return f"{self.amount_fen} fen on {self.account}"


class TaxRate(models.Model):
    """Value-added tax that amounts on accounts of one kind contain, from a day on."""

    kind = models.CharField(max_length=20, help_text="an account's kind, such as postage")
    from_day = models.DateField()
    rate_bp = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "from_day"], name="tax_rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate_bp__lte=10_000), name="tax_rate_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.rate_bp} bp on {self.kind} from {self.from_day}"


class ClosedPeriod(models.Model):
    """Days whose books are closed: what is found later about them is posted on a later day."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    through = models.DateField()
    closed_at = models.DateTimeField()
    closed_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "through"], name="period_closed_once")
        ]

    def __str__(self) -> str:
        return f"base {self.base_id} closed through {self.through}"


class Payout(models.Model):
    """Money to one party for one purpose, once per key."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "proposed"
        PAID = "paid", "paid"

    key = models.CharField(max_length=80, unique=True)
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="payouts")
    account = models.CharField(max_length=40)
    amount_fen = models.PositiveBigIntegerField()
    way = models.CharField(max_length=20, default="bank")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.CharField(max_length=80)
    paid_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"payout {self.key}"
