"""Figures of a sale as they were last added up."""

from django.db import models

from postharvest.operations.campaigns.models import Sale
from postharvest.operations.network.models import Base


class Remembered(models.Model):
    """One part of where a sale stands; adding it up again gives the same or something newer."""

    base = models.ForeignKey(Base, on_delete=models.CASCADE, related_name="+")
    sale = models.ForeignKey(Sale, on_delete=models.CASCADE, related_name="+")
    part = models.CharField(max_length=10)
    body = models.JSONField()
    as_of = models.DateTimeField()
    after_event = models.PositiveBigIntegerField(help_text="the base's last news before it")
    cost_ms = models.PositiveIntegerField(help_text="CPU that adding it up took")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sale", "part"], name="remembered_once_per_sale")
        ]

    def __str__(self) -> str:
        return f"{self.part} of sale {self.sale_id}"
