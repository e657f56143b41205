"""Plans as the engine made them, with what they were made from, until a person says yes."""

from django.db import models
from django.db.models import Q

from postharvest.operations.campaigns.models import Sale
from postharvest.operations.harvest.models import Surplus
from postharvest.operations.network.models import Base


class Figure(models.Model):
    """A number that a branch entered itself and that stands in for a planning default."""

    base = models.ForeignKey(Base, on_delete=models.CASCADE, related_name="figures")
    field = models.CharField(max_length=80)
    value = models.JSONField()
    source = models.CharField(max_length=300)
    entered_by = models.CharField(max_length=80)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "field"], name="figure_once_per_base")
        ]

    def __str__(self) -> str:
        return f"{self.field} of base {self.base_id}"


class CopiedFigure(models.Model):
    """Something taken over from another base that holds only until it is estimated here."""

    class What(models.TextChoices):
        POINTS = "points", "points"
        LABOUR = "labour", "labour"
        WAGES = "wages", "wages"
        LANES = "lanes", "lanes"
        HUB = "hub", "hub"
        DEMAND = "demand", "demand"

    base = models.ForeignKey(Base, on_delete=models.CASCADE, related_name="copied_figures")
    origin = models.ForeignKey(Base, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=10, choices=What.choices)
    copied_at = models.DateTimeField()
    copied_by = models.CharField(max_length=120)
    estimated_at = models.DateTimeField(null=True, blank=True)
    estimated_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "what"], name="copied_once_per_base")
        ]

    def __str__(self) -> str:
        return f"{self.what} of base {self.base_id}, copied"


class RescuePlan(models.Model):
    """One answer to one surplus.  ``case`` and ``plan`` are the published file formats."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "proposed"
        APPROVED = "approved", "approved"
        SUPERSEDED = "superseded", "superseded"

    surplus = models.ForeignKey(Surplus, on_delete=models.CASCADE, related_name="plans")
    goal = models.CharField(max_length=20, help_text="income or clear:0.95")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    case = models.JSONField()
    case_hash = models.CharField(max_length=64)
    assumptions = models.JSONField()
    plan = models.JSONField()
    on_frontier = models.BooleanField(default=False)
    net_fen = models.BigIntegerField()
    bound_fen = models.BigIntegerField(null=True)
    gap = models.FloatField(null=True)
    cleared_share = models.FloatField()
    seed = models.PositiveIntegerField()
    version = models.CharField(max_length=20)
    made_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["surplus"], condition=Q(state="approved"), name="one_approved_plan"
            )
        ]

    def __str__(self) -> str:
        return f"plan {self.pk} for surplus {self.surplus_id}"


class Replan(models.Model):
    """A proposal for the days to come that news has asked for; one a sale and day.

    ``reasons`` says which news, ``figures`` what would change and what that is worth.
    """

    sale = models.ForeignKey(Sale, on_delete=models.CASCADE, related_name="replans")
    day = models.DateField()
    reasons = models.JSONField()
    figures = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sale", "day"], name="one_replan_a_sale_and_day")
        ]

    def __str__(self) -> str:
        return f"proposal for sale {self.sale_id} of {self.day}"


class BaseScenario(models.Model):
    """A named answer to: where, in which order?  ``wishes`` is what was asked.

    ``document`` is a `postharvest.base-plan/1`, gzipped; ``figures`` its few numbers for lists;
    ``committed`` the counties whose bases were settled when it was asked; ``runs_done`` how many of
    the perturbed runs are in, and ``counts`` in how many of them each base, or a neighbour, was
    chosen.
    """

    class State(models.TextChoices):
        ASKED = "asked", "asked"
        READY = "ready", "ready"
        FAILED = "failed", "failed"

    name = models.CharField(max_length=80)
    state = models.CharField(max_length=6, choices=State.choices, default=State.ASKED)
    wishes = models.JSONField()
    committed = models.JSONField(default=list)
    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, related_name="children", null=True, blank=True
    )
    is_adopted = models.BooleanField(default=False)
    figures = models.JSONField(default=dict)
    document = models.BinaryField(default=b"")
    runs_done = models.PositiveSmallIntegerField(default=0)
    counts = models.JSONField(default=dict)
    refusal = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_adopted"], condition=Q(is_adopted=True), name="one_adopted_scenario"
            )
        ]

    def __str__(self) -> str:
        return f"scenario {self.pk} {self.name}"
