"""The one table that holds who people are; everywhere else stands its id."""

from django.db import models


class Contact(models.Model):
    """Name, phone and address of a person, sealed; blind indexes find it unopened."""

    base_id = models.BigIntegerField(null=True)
    sealed = models.BinaryField()
    phone_index = models.CharField(max_length=32, db_index=True)
    payee_index = models.CharField(max_length=32, blank=True, default="", db_default="")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["payee_index"],
                name="contact_payee",
                condition=~models.Q(payee_index=""),
            )
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"
