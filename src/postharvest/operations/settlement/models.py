"""The books: a double-entry ledger in whole fen, what is owed to whom, and what was paid out.

Entries and lines are added, never changed: the database itself refuses (see the first migration).
"""

from django.db import models
from django.db.models import Q

from postharvest.core.vault.models import Contact
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.harvest.models import Grower, Surplus
from postharvest.operations.network.models import Base
from postharvest.operations.orders.models import Order


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


class Payee(models.Model):
    """Where an account's money goes: to the party itself, somebody he sent, or his heir.

    Name, phone and bank account lie in the vault.  A payee is never changed: a new one is entered
    and the old one ends.
    """

    class Way(models.TextChoices):
        BANK = "bank", "bank transfer"
        POSTAL_ORDER = "postal_order", "postal order"
        CASH = "cash", "cash against signature"

    class Kind(models.TextChoices):
        SELF = "self", "the party"
        PROXY = "proxy", "a proxy"
        HEIR = "heir", "an heir"

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="payees")
    account = models.CharField(max_length=40)
    way = models.CharField(max_length=12, choices=Way.choices)
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.SELF)
    proof = models.CharField(
        max_length=120, blank=True, help_text="the slip or certificate that names proxy or heir"
    )
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=80)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(ended_at__isnull=True), name="one_payee_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(kind="self") | ~Q(proof=""), name="payee_others_need_proof"
            ),
        ]

    def __str__(self) -> str:
        return f"payee of {self.account}"


class PayoutBatch(models.Model):
    """Payouts of one way that were handed over together: a bank file, a list, a signature sheet."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    way = models.CharField(max_length=12, choices=Payee.Way.choices)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"batch {self.pk} by {self.way}"


class BankFormat(models.Model):
    """The columns of a base's bank file, in order, as its bank wants them."""

    base = models.OneToOneField(Base, on_delete=models.PROTECT, related_name="bank_format")
    columns = models.JSONField(help_text="[{title, field}, …]")
    delimiter = models.CharField(max_length=1, default=",")
    encoding = models.CharField(max_length=12, default="utf-8-sig")
    with_titles = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"bank format of base {self.base_id}"


class InvoiceRequest(models.Model):
    """A buyer wants an invoice for his order; the branch issues it elsewhere and notes its number.

    Title and tax number lie in the vault.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", "requested"
        ISSUED = "issued", "issued"
        REFUSED = "refused", "refused"

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="invoice")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    is_company = models.BooleanField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    number = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="issued") | ~Q(number=""), name="issued_invoice_has_a_number"
            )
        ]

    def __str__(self) -> str:
        return f"invoice request of order {self.order_id}"


class PurchaseVoucher(models.Model):
    """The tax office's purchase voucher (农产品收购凭证) for what a grower sold, numbered."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="vouchers")
    grower = models.ForeignKey(Grower, on_delete=models.PROTECT, related_name="vouchers")
    number = models.CharField(max_length=40, unique=True)
    weight_g = models.PositiveBigIntegerField()
    amount_fen = models.PositiveBigIntegerField()
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sale", "grower"], name="voucher_once_per_sale")
        ]

    def __str__(self) -> str:
        return f"voucher {self.number}"


class Doubt(models.Model):
    """A reason to pay nothing on an account, or for a surplus, until a second person has looked.

    ``key`` makes it one, however often the same is seen; what was cleared is not raised again.
    """

    class Kind(models.TextChoices):
        PAYEE_CHANGED = "payee_changed", "the account was changed"
        SHARED_ACCOUNT = "shared_account", "several are paid to one account"
        SHARED_PHONE = "shared_phone", "several share one phone"
        TOO_FAST = "too_fast", "more boxes than hands can pack"
        TOO_MUCH = "too_much", "more than the land can bear"
        PHOTO_TWICE = "photo_twice", "the photo was sent before"

    class State(models.TextChoices):
        OPEN = "open", "open"
        CLEARED = "cleared", "cleared"
        UPHELD = "upheld", "upheld"

    key = models.CharField(max_length=120, unique=True)
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    account = models.CharField(max_length=40, blank=True)
    surplus = models.ForeignKey(Surplus, on_delete=models.PROTECT, null=True, related_name="+")
    facts = models.JSONField(default=dict, help_text="figures and ids, nothing personal")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    raised_at = models.DateTimeField()
    raised_by = models.CharField(max_length=80)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account"], name="doubt_account")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open") | ~Q(decided_by=models.F("raised_by")),
                name="doubt_takes_two_people",
            )
        ]

    def __str__(self) -> str:
        return f"doubt {self.key}"


class Payout(models.Model):
    """Money to one party for one purpose, once per key."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "proposed"
        PAID = "paid", "paid"
        RETURNED = "returned", "returned"

    key = models.CharField(max_length=80, unique=True)
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="payouts")
    account = models.CharField(max_length=40)
    amount_fen = models.PositiveBigIntegerField()
    way = models.CharField(max_length=20, default="bank")
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, null=True, related_name="payouts")
    batch = models.ForeignKey(
        PayoutBatch, on_delete=models.PROTECT, null=True, related_name="payouts"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.CharField(max_length=80)
    paid_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=80, blank=True)
    returned_at = models.DateTimeField(null=True)
    return_reason = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"payout {self.key}"
