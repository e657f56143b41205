"""What an operator knows of incomes: which counties and households count as poor, and by whom."""

from django.db import models

from postharvest.operations.harvest.models import Grower
from postharvest.operations.network.models import County


class CountyGroup(models.Model):
    """The income group of a county, in the words of the list that it was loaded from."""

    county = models.OneToOneField(
        County, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    group = models.CharField(max_length=40)
    source = models.CharField(max_length=200)
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"county {self.county_id}: {self.group}"


class GrowerGroup(models.Model):
    """The income group of one household; it goes before its county's."""

    grower = models.OneToOneField(
        Grower, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    group = models.CharField(max_length=40)
    source = models.CharField(max_length=200)
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"grower {self.grower_id}: {self.group}"
