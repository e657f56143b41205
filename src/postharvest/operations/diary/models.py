"""What a village writes down by the day and by the season, and the weather it is told."""

from django.db import models

from postharvest.operations.harvest.models import Produce
from postharvest.operations.network.models import Base, Branch, County


class DiaryLine(models.Model):
    """One day's line: did the merchant come, how much did he take, at what price.

    Lines are never changed: a correction is another line of the same place, crop and day, and the
    latest written counts.  ``key`` makes a line that is sent twice one line.
    """

    key = models.UUIDField(unique=True)
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+", db_index=False)
    produce = models.ForeignKey(Produce, on_delete=models.PROTECT, related_name="+")
    village = models.CharField(max_length=80)
    day = models.DateField()
    came = models.BooleanField(help_text="did the merchant come")
    bought_g = models.PositiveBigIntegerField()
    fen_per_kg = models.PositiveIntegerField(null=True, help_text="none where nobody named one")
    witness = models.CharField(max_length=80, blank=True, help_text="somebody who saw it, too")
    photos = models.JSONField(default=list, help_text="their names in the media folder")
    written_by = models.CharField(max_length=80)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(came=True) | models.Q(bought_g=0),
                name="diary_nobody_came_nothing_bought",
            ),
            models.CheckConstraint(
                condition=models.Q(fen_per_kg=None) | models.Q(fen_per_kg__gt=0),
                name="diary_price_above_zero",
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "produce", "day"], name="diary_of_place"),
            models.Index(fields=["base", "produce", "day"], name="diary_of_base"),
        ]

    def __str__(self) -> str:
        return f"diary line {self.pk} of {self.day}"


class ExpectedSeason(models.Model):
    """What a place expects of a season: without it no merchant can be said to have stayed away."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    produce = models.ForeignKey(Produce, on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    expected_g = models.PositiveBigIntegerField()
    usual_share = models.FloatField(help_text="of a day's harvest that merchants usually take")
    usual_fen_per_kg = models.PositiveIntegerField(help_text="the usual price in these weeks")
    written_by = models.CharField(max_length=80)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "produce", "first_day"], name="season_once_per_place"
            ),
            models.CheckConstraint(
                condition=models.Q(last_day__gt=models.F("first_day")),
                name="season_runs_forward",
            ),
            models.CheckConstraint(
                condition=models.Q(expected_g__gt=0, usual_fen_per_kg__gt=0),
                name="season_expects_something",
            ),
        ]

    def __str__(self) -> str:
        return f"season of {self.produce_id} from {self.first_day}"


class WeatherDay(models.Model):
    """Rain of a day as it was foretold on another; measured where both days are the same."""

    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="+", db_index=False)
    told_on = models.DateField()
    day = models.DateField()
    rain_mm = models.FloatField()
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county", "told_on", "day"], name="weather_told_once"),
            models.CheckConstraint(condition=models.Q(rain_mm__gte=0), name="rain_not_negative"),
            models.CheckConstraint(
                condition=models.Q(day__gte=models.F("told_on")), name="weather_told_before"
            ),
        ]

    def __str__(self) -> str:
        return f"weather of {self.day} told on {self.told_on}"


class CropRecord(models.Model):
    """One crop's own season at a base: what a mu bore, cost and fetched.

    ``foretold`` is the band of yuan per mu that the page gave without this record, so that the
    page can be held to it.
    """

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    produce = models.ForeignKey(Produce, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    yield_kg_mu = models.FloatField()
    cost_fen_mu = models.PositiveIntegerField()
    fen_per_kg = models.PositiveIntegerField()
    foretold = models.JSONField(null=True, help_text="mean, p10, p90: yuan per mu")
    written_by = models.CharField(max_length=80)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "produce", "year"], name="crop_once_a_year"),
            models.CheckConstraint(
                condition=models.Q(yield_kg_mu__gt=0, cost_fen_mu__gt=0, fen_per_kg__gt=0),
                name="crop_record_above_zero",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.produce_id} of {self.year} at base {self.base_id}"


class PlantingIntention(models.Model):
    """What somebody says he will plant for a year's harvest; ``key`` makes it one however sent."""

    key = models.UUIDField(unique=True)
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="+", db_index=False)
    produce = models.ForeignKey(Produce, on_delete=models.PROTECT, related_name="+")
    village = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField()
    mu = models.FloatField()
    written_by = models.CharField(max_length=80)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(mu__gt=0), name="intention_has_area")
        ]
        indexes = [models.Index(fields=["base", "year"], name="intentions_of_year")]

    def __str__(self) -> str:
        return f"{self.mu:g} mu of {self.produce_id} for {self.year}"
