"""Orders, the teams that buy together, payments, refunds and claims."""

from django.db import models
from django.db.models import F, Q

from postharvest.core.vault.models import Contact
from postharvest.operations.campaigns.models import Channel, Listing, Sale
from postharvest.operations.network.models import Base, Lane


class Team(models.Model):
    """People who buy together.  It exists from its leader's payment on and counts paid members."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        FORMED = "formed", "formed"
        FAILED = "failed", "failed"

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="teams")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    size = models.PositiveSmallIntegerField()
    paid_members = models.PositiveSmallIntegerField()
    platform_places = models.PositiveSmallIntegerField(default=0)
    leader_order_id = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(paid_members__lte=F("size") - F("platform_places")),
                name="team_never_overfull",
            ),
            models.CheckConstraint(
                condition=~Q(state="formed")
                | Q(paid_members=F("size") - F("platform_places"))
                | Q(settled_at__isnull=False),
                name="team_formed_is_full",
            ),
        ]
        indexes = [
            models.Index(
                fields=["listing", "deadline_at"], name="team_open", condition=Q(state="open")
            )
        ]

    def __str__(self) -> str:
        return f"team {self.pk}"


class Order(models.Model):
    """Some boxes of one listing for one address.

    ``state`` follows `transitions.ORDER`.  A team order that is paid waits in ``held`` until its
    team forms.
    """

    class State(models.TextChoices):
        HELD = "held", "held"
        CONFIRMED = "confirmed", "confirmed"
        PACKED = "packed", "packed"
        POSTED = "posted", "posted"
        DELIVERED = "delivered", "delivered"
        CANCELLED = "cancelled", "cancelled"
        REFUNDED = "refunded", "refunded"

    class Payment(models.TextChoices):
        SANDBOX = "sandbox", "sandbox"
        CASHIER = "cashier", "sandbox cashier page"
        CASH_ON_DELIVERY = "cod", "cash on delivery"
        BANK = "bank", "bank transfer"
        CHANNEL = "channel", "paid to the marketplace"

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="orders", db_index=False)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="orders")
    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="orders")
    wants_team = models.BooleanField()
    key = models.CharField(max_length=80)
    body_hash = models.CharField(max_length=64)
    buyer = models.CharField(max_length=32, help_text="blind index of the buyer's phone")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    county_code = models.CharField(max_length=6)
    quantity = models.PositiveSmallIntegerField()
    boxes_packed = models.PositiveSmallIntegerField(default=0)
    boxes_posted = models.PositiveSmallIntegerField(default=0)
    boxes_delivered = models.PositiveSmallIntegerField(default=0)
    boxes_withdrawn = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="packed and taken out again; no longer in quantity"
    )
    unit_fen = models.PositiveIntegerField()
    total_fen = models.PositiveIntegerField()
    payment = models.CharField(max_length=8, choices=Payment.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    pack_day = models.DateField()
    arrives_earliest = models.DateField()
    arrives_latest = models.DateField()
    placed_at = models.DateTimeField()
    hold_until = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "key"], name="order_key_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_has_boxes"),
            models.CheckConstraint(
                condition=Q(boxes_packed__lte=F("quantity"))
                & Q(boxes_posted__lte=F("boxes_packed"))
                & Q(boxes_delivered__lte=F("boxes_posted")),
                name="order_boxes_in_sequence",
            ),
        ]
        indexes = [
            models.Index(fields=["sale", "state", "pack_day", "id"], name="order_worklist"),
            models.Index(fields=["sale", "buyer"], name="order_of_buyer"),
            models.Index(
                fields=["hold_until"], name="order_hold", condition=Q(hold_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"order {self.pk}"


class BulkOrder(models.Model):
    """Bundles for a wholesale buyer, fetched by freight on one day; it travels without a parcel."""

    class State(models.TextChoices):
        AGREED = "agreed", "agreed"
        LOADED = "loaded", "loaded"
        PAID = "paid", "paid"
        CANCELLED = "cancelled", "cancelled"

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="bulk_orders")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="bulk_orders")
    key = models.CharField(max_length=80)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(help_text="bundles")
    unit_fen = models.PositiveIntegerField()
    total_fen = models.PositiveBigIntegerField()
    freight_fen = models.PositiveIntegerField(default=0, help_text="what carrying costs us")
    loading_fen = models.PositiveIntegerField(default=0, help_text="what loading costs us")
    load_day = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.AGREED)
    truck = models.CharField(max_length=80, blank=True)
    payment_reference = models.CharField(max_length=60, blank=True)
    agreed_at = models.DateTimeField()
    loaded_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "key"], name="bulk_order_key_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="bulk_order_has_bundles"),
        ]
        indexes = [models.Index(fields=["sale", "state", "load_day"], name="bulk_to_load")]

    def __str__(self) -> str:
        return f"bulk order {self.pk}"


class Payment(models.Model):
    """Money a provider took, or is asked to take, for one order."""

    class State(models.TextChoices):
        PENDING = "pending", "pending"
        CAPTURED = "captured", "captured"
        FAILED = "failed", "failed"

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=12)
    reference = models.CharField(max_length=60, unique=True)
    amount_fen = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    captured_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"payment {self.reference}"


class PaymentNotice(models.Model):
    """A provider's message, kept once however often it comes.

    One that reports money we did not ask for has ``trouble`` until a person has dealt with it.
    """

    class Trouble(models.TextChoices):
        UNKNOWN = "unknown", "no payment has this reference"
        AMOUNT = "amount", "another amount than was asked"

    provider = models.CharField(max_length=12)
    notice_id = models.CharField(max_length=80)
    body = models.JSONField()
    received_at = models.DateTimeField()
    trouble = models.CharField(max_length=12, blank=True, choices=Trouble.choices)
    resolution = models.CharField(max_length=200, blank=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "notice_id"], name="notice_once")
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                name="notice_trouble",
                condition=~Q(trouble="") & Q(resolved_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"notice {self.provider} {self.notice_id}"


class Refund(models.Model):
    """Money that goes back to its source, once per key."""

    class State(models.TextChoices):
        DUE = "due", "due"
        SENT = "sent", "sent"

    key = models.CharField(max_length=80, unique=True)
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_fen = models.PositiveIntegerField()
    reason = models.CharField(max_length=40)
    state = models.CharField(max_length=6, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], name="refund_due", condition=Q(state="due"))]

    def __str__(self) -> str:
        return f"refund {self.key}"


class Claim(models.Model):
    """A buyer says that part of a box was bad; somebody caused it and bears the refund."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        APPROVED = "approved", "approved"
        DENIED = "denied", "denied"

    class Cause(models.TextChoices):
        GROWER = "grower", "grower"
        PACKER = "packer", "packing point"
        CARRIER = "carrier", "carrier"
        PLATFORM = "platform", "platform"

    key = models.CharField(max_length=80, unique=True)
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="claims")
    box_no = models.PositiveSmallIntegerField()
    parcel_number = models.CharField(max_length=40, blank=True)
    bad_bp = models.PositiveSmallIntegerField(help_text="bad pieces, 1/10,000 of the box")
    photo = models.CharField(max_length=200)
    note = models.CharField(max_length=400, blank=True)
    cause = models.CharField(max_length=8, choices=Cause.choices)
    proposed_fen = models.PositiveIntegerField()
    exception = models.CharField(
        max_length=20, blank=True, help_text="why the rule left it to a person"
    )
    decided_fen = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    filed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "box_no"], name="claim_once_per_box"),
            models.CheckConstraint(
                condition=Q(bad_bp__gt=0, bad_bp__lte=10000), name="claim_share"
            ),
        ]

    def __str__(self) -> str:
        return f"claim {self.key}"


class ClaimRule(models.Model):
    """Up to what a base pays claims back without a person looking at each."""

    base = models.OneToOneField(Base, on_delete=models.PROTECT, related_name="claim_rule")
    most_fen = models.PositiveIntegerField(help_text="of one claim")
    most_bad_bp = models.PositiveSmallIntegerField(help_text="bad share of one claim, 1/10,000")
    buyer_claims = models.PositiveSmallIntegerField(help_text="of one buyer in one sale")
    buyer_fen = models.PositiveIntegerField(help_text="to one buyer in one sale")

    def __str__(self) -> str:
        return f"claim rule of base {self.base_id}"


class DelayChoice(models.Model):
    """An order comes later than promised, and its buyer may wait or have his money back."""

    class Choice(models.TextChoices):
        WAIT = "wait", "wait"
        REFUND = "refund", "refund"

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="delays")
    reason = models.CharField(max_length=200)
    arrives_earliest = models.DateField()
    arrives_latest = models.DateField()
    answer_by = models.DateTimeField()
    cause = models.CharField(max_length=8, choices=Claim.Cause.choices)
    default = models.CharField(max_length=6, choices=Choice.choices)
    choice = models.CharField(max_length=6, choices=Choice.choices, blank=True)
    asked_at = models.DateTimeField()
    chosen_at = models.DateTimeField(null=True)
    chosen_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(choice=""), name="one_open_choice_per_order"
            )
        ]
        indexes = [
            models.Index(fields=["answer_by"], name="delay_to_answer", condition=Q(choice=""))
        ]

    def __str__(self) -> str:
        return f"delay of order {self.order_id}"


class MarketMapping(models.Model):
    """How a marketplace writes its orders: its heads for our columns, its codes for our boxes."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="mapping")
    columns = models.JSONField(help_text="{our column: the head in its file}")
    listings = models.JSONField(help_text="{its code of an article: listing id}")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"mapping of channel {self.channel_id}"
