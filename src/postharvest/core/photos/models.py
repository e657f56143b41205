"""What photos look like, so that one that was sent before is known again."""

from django.db import models


class PhotoPrint(models.Model):
    """A photo's print (64 bits in four bands) and what it was sent for, "order 12"."""

    name = models.CharField(max_length=200, db_index=True)
    subject = models.CharField(max_length=80)
    band_0 = models.PositiveIntegerField(null=True, db_index=True)
    band_1 = models.PositiveIntegerField(null=True, db_index=True)
    band_2 = models.PositiveIntegerField(null=True, db_index=True)
    band_3 = models.PositiveIntegerField(null=True, db_index=True)
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "name"], name="photo_print_once")]

    def __str__(self) -> str:
        return f"print of {self.name} for {self.subject}"
