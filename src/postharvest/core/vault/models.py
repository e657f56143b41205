"""The one table that holds who people are; everywhere else stands its id."""

from django.db import models


class Contact(models.Model):
    """Name, phone and address of a person, sealed; ``phone_index`` finds it without opening it."""

    base_id = models.BigIntegerField(null=True)
    sealed = models.BinaryField()
    phone_index = models.CharField(max_length=32, db_index=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"contact {self.pk}"
