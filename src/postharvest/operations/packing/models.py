"""Packing points, the people who pack, and the boxes they make."""

from django.db import models
from django.db.models import F, Q

from postharvest.core.vault.models import Contact
from postharvest.operations.campaigns.models import Listing, Sale
from postharvest.operations.harvest.models import Lot
from postharvest.operations.network.models import Base, Branch
from postharvest.operations.orders.models import BulkOrder, Order


class Point(models.Model):
    """A yard or a room where boxes can be packed."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="points")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="points")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    lat = models.FloatField()
    lon = models.FloatField()
    stations = models.PositiveSmallIntegerField()
    min_crew = models.PositiveSmallIntegerField()
    setup_fen = models.PositiveIntegerField()
    day_fen = models.PositiveIntegerField()
    haul_fen_per_t = models.PositiveIntegerField(help_text="point to post office, fen per tonne")
    status = models.CharField(max_length=20, default="own")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["base", "code"], name="point_once_per_base")]

    def __str__(self) -> str:
        return f"point {self.code}"


class LabourPool(models.Model):
    """The people of one village who can pack, and what a day costs as more of them come."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="labour_pools")
    code = models.CharField(max_length=20)
    village = models.CharField(max_length=80)
    lat = models.FloatField()
    lon = models.FloatField()
    people_per_day = models.PositiveIntegerField()
    wage_steps = models.JSONField(help_text="[{share, fen_per_day}, …], wages rising")
    status = models.CharField(max_length=20, default="own")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["base", "code"], name="pool_once_per_base")]

    def __str__(self) -> str:
        return f"labour pool {self.code}"


class Packer(models.Model):
    """A villager who packs; name and account lie in the vault."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="packers")
    pool = models.ForeignKey(LabourPool, on_delete=models.PROTECT, related_name="packers")
    code = models.CharField(max_length=40, unique=True)
    adult = models.BooleanField(help_text="age checked: 16 or older")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"packer {self.code}"


class Shift(models.Model):
    """One point's day in one sale: how many people are called, for how many boxes."""

    class State(models.TextChoices):
        ANNOUNCED = "announced", "announced"
        RUNNING = "running", "running"
        CLOSED = "closed", "closed"
        CALLED_OFF = "called_off", "called off"

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="shifts")
    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="shifts")
    day = models.DateField()
    planned_people = models.PositiveSmallIntegerField()
    planned_boxes = models.JSONField(help_text="{listing id: boxes}")
    day_wage_fen = models.PositiveIntegerField(help_text="least pay of a day worked in full")
    travel_fen = models.PositiveIntegerField(default=0, help_text="travel of all people called")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ANNOUNCED)
    closed_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True, help_text="the point failed during the day")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sale", "point", "day"], name="shift_once_per_day")
        ]

    def __str__(self) -> str:
        return f"shift {self.point_id} {self.day}"


class SignIn(models.Model):
    """A packer at work on one shift, and what the day's tally came to."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="sign_ins")
    packer = models.ForeignKey(Packer, on_delete=models.PROTECT, related_name="sign_ins")
    day = models.DateField()
    signed_in_at = models.DateTimeField()
    signed_out_at = models.DateTimeField(null=True)
    boxes = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["packer", "day"], name="packer_at_one_point_a_day")
        ]

    def __str__(self) -> str:
        return f"packer {self.packer_id} on shift {self.shift_id}"


TAKEN_G = (
    F("boxed_g")
    + F("culled_g")
    + F("downgraded_g")
    + F("wholesale_g")
    + F("left_g")
    + F("shrunk_g")
)
"""What has gone out of a point's stock, by every way there is."""


class PointStock(models.Model):
    """A lot at a point, and where it went: boxes, culls, a lower grade, or on to the wholesaler.

    Where it was weighed with its crates, ``gross_g - tare_g`` is what was received.
    """

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="stocks")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="stocks")
    received_g = models.PositiveBigIntegerField(help_text="net")
    gross_g = models.PositiveBigIntegerField(default=0, help_text="0: weighed net")
    tare_g = models.PositiveBigIntegerField(default=0)
    boxed_g = models.PositiveBigIntegerField(default=0)
    culled_g = models.PositiveBigIntegerField(default=0, help_text="rejected")
    downgraded_g = models.PositiveBigIntegerField(
        default=0, help_text="not for boxes: sold as a lower grade"
    )
    wholesale_g = models.PositiveBigIntegerField(default=0)
    left_g = models.PositiveBigIntegerField(default=0, help_text="written off as left over")
    shrunk_g = models.PositiveBigIntegerField(default=0, help_text="lost as water, weighed again")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shift", "lot"], name="lot_once_per_shift"),
            models.CheckConstraint(
                condition=Q(received_g__gte=TAKEN_G), name="point_stock_mass_balance"
            ),
            models.CheckConstraint(
                condition=Q(gross_g=0) | Q(gross_g=F("received_g") + F("tare_g")),
                name="point_stock_gross_less_tare",
            ),
        ]

    def __str__(self) -> str:
        return f"lot {self.lot_id} on shift {self.shift_id}"


class Box(models.Model):
    """One packed box of one order, made by one packer from one lot."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="boxes")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="boxes")
    number = models.PositiveSmallIntegerField(help_text="1… within the order")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="boxes")
    packer = models.ForeignKey(Packer, on_delete=models.PROTECT, related_name="+", db_index=False)
    net_g = models.PositiveIntegerField()
    packed_at = models.DateTimeField()
    weighed_g = models.PositiveIntegerField(null=True, help_text="what the scale said, if it did")
    held_at = models.DateTimeField(null=True, help_text="goes nowhere until somebody decides")
    withdrawn_at = models.DateTimeField(null=True, help_text="out of the chain, paid back")
    withdrawn_cause = models.CharField(max_length=8, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="box_once_per_order")
        ]

    def __str__(self) -> str:
        return f"box {self.number} of order {self.order_id}"


class TopUp(models.Model):
    """Grams that a box took from a second lot, when the first did not fill it."""

    box = models.ForeignKey(Box, on_delete=models.PROTECT, related_name="top_ups")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="top_ups")
    weight_g = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.weight_g} g of lot {self.lot_id} in box {self.box_id}"


class BulkLoad(models.Model):
    """Grams of one lot that went from a point onto the truck of a bulk order."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(BulkOrder, on_delete=models.PROTECT, related_name="loads")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="bulk_loads")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="bulk_loads")
    weight_g = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "lot"], name="bulk_load_once_per_lot"),
            models.CheckConstraint(condition=Q(weight_g__gt=0), name="bulk_load_has_weight"),
        ]

    def __str__(self) -> str:
        return f"{self.weight_g} g of lot {self.lot_id} for bulk order {self.order_id}"


class Grading(models.Model):
    """What was sorted out of a stock, with a photo where fruit was rejected."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    stock = models.ForeignKey(PointStock, on_delete=models.PROTECT, related_name="gradings")
    downgraded_g = models.PositiveBigIntegerField()
    rejected_g = models.PositiveBigIntegerField()
    photo = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=200, blank=True)
    graded_at = models.DateTimeField()
    graded_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rejected_g=0) | ~Q(photo=""), name="rejected_has_a_photo"
            )
        ]

    def __str__(self) -> str:
        return f"grading of stock {self.stock_id}"


class WeightCorrection(models.Model):
    """A weight found wrong after the day was closed: an entry of its own, never a change."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=80, unique=True)
    stock = models.ForeignKey(PointStock, on_delete=models.PROTECT, related_name="corrections")
    field = models.CharField(max_length=20)
    delta_g = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(delta_g=0), name="weight_correction_corrects")
        ]

    def __str__(self) -> str:
        return f"{self.delta_g} g of {self.field} of stock {self.stock_id}"
