"""What was foretold, kept with what it rested on, so that it can be held to what came."""

from django.db import models

from postharvest.operations.campaigns.models import Sale
from postharvest.operations.harvest.models import Produce
from postharvest.operations.network.models import Base, Branch


class GlutRisk(models.Model):
    """One morning's probability of a glut within four weeks; ``rings`` marks the alerts.

    ``came_true`` is filled in four weeks later from the diary; it stays empty where the price had
    fallen before or nobody wrote down enough prices to tell.
    """

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+", db_index=False)
    produce = models.ForeignKey(Produce, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    probability = models.FloatField()
    written_days = models.PositiveIntegerField(help_text="days of this season with a diary line")
    priced_days = models.PositiveIntegerField()
    rain_told_days = models.PositiveIntegerField(help_text="mornings with a forecast of rain")
    norm_fen_per_kg = models.PositiveIntegerField()
    why = models.JSONField(help_text="terms and the log-odds that they added, the weightiest first")
    rings = models.BooleanField()
    draft = models.JSONField(null=True, help_text="fields of the report that an alert offers")
    had_fallen = models.BooleanField(help_text="the price had been a quarter below before")
    came_true = models.BooleanField(null=True)
    judged = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "produce", "day"], name="risk_once_a_day")
        ]
        indexes = [
            models.Index(fields=["base", "day"], name="risk_of_base"),
            models.Index(fields=["base"], name="risk_to_judge", condition=models.Q(judged=False)),
        ]

    def __str__(self) -> str:
        return f"glut risk of {self.produce_id} on {self.day}"


class PriceOutlook(models.Model):
    """A place's local price on a day and its coming weeks, with how such forecasts did here."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    produce = models.ForeignKey(Produce, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    local = models.JSONField(help_text="yuan_kg, low, high, entries, method")
    weeks = models.JSONField(help_text="of each coming week: day, p10, p50, p90 in yuan per kg")
    written_weeks = models.PositiveIntegerField()
    method = models.CharField(max_length=40)
    note = models.CharField(max_length=300, blank=True)
    backtest = models.JSONField(null=True, help_text="points, errors and coverage; none if short")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "produce", "day"], name="outlook_once_a_day")
        ]
        indexes = [models.Index(fields=["base", "day"], name="outlook_of_base")]

    def __str__(self) -> str:
        return f"outlook of {self.produce_id} on {self.day}"


class LearntDemand(models.Model):
    """What the finished sales of a crop at a base taught, the last one included.

    ``foretold`` is what the sales before it had said of the last one, ``sold`` what it sold: every
    finished sale is a test of what was learnt before.
    """

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    produce = models.ForeignKey(Produce, on_delete=models.PROTECT, related_name="+")
    sale = models.OneToOneField(Sale, on_delete=models.PROTECT, related_name="+")
    yuan_per_kg = models.FloatField(help_text="the median price it was sold at")
    kg_per_day = models.FloatField()
    kg_per_day_low = models.FloatField(help_text="80 % band")
    kg_per_day_high = models.FloatField()
    elasticity = models.FloatField()
    elasticity_low95 = models.FloatField()
    elasticity_high95 = models.FloatField()
    level = models.CharField(max_length=20)
    rows = models.PositiveIntegerField(help_text="days of sale it rests on")
    sales = models.PositiveIntegerField()
    foretold = models.JSONField(null=True, help_text="kg, low, high of the last sale")
    sold_kg = models.FloatField()
    learnt_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["base", "produce"], name="learnt_of_crop")]

    def __str__(self) -> str:
        return f"demand for {self.produce_id} learnt from sale {self.sale_id}"


class SimulatedBacktest(models.Model):
    """How the warning did in simulated seasons, where the truth is known; once per model."""

    model = models.CharField(max_length=40, primary_key=True)
    seasons = models.PositiveIntegerField()
    gluts = models.PositiveIntegerField()
    caught = models.PositiveIntegerField(help_text="three days ahead or more")
    false_alerts = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"simulated back-test of {self.model}"
