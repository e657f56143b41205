"""The demo's time: one row that says where it stands and how fast it runs."""

from django.db import models


class DemoClock(models.Model):
    """Demo time is ``shown_at + (real − set_at) × pace``; pace 0 is a pause."""

    shown_at = models.DateTimeField()
    set_at = models.DateTimeField()
    pace = models.FloatField(default=0.0)

    def __str__(self) -> str:
        return f"{self.shown_at} × {self.pace}"
