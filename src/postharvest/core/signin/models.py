"""Who tries to sign in, and the second factor of those who work here."""

from django.conf import settings
from django.db import models


class Tries(models.Model):
    """Failed tries for one name, known or not; the name stands as a hash."""

    name_hash = models.CharField(max_length=64, unique=True)
    failed = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.failed} failed tries"


class SecondFactor(models.Model):
    """A secret shared with an authenticator app (RFC 6238); a step's code counts once."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor"
    )
    sealed_secret = models.BinaryField()
    last_step = models.BigIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"second factor of user {self.user_id}"


class DeviceCode(models.Model):
    """The desk's one-time code for one phone of somebody; kept as a hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    code_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"device code of user {self.user_id}"


class Device(models.Model):
    """A phone that somebody opens with a PIN; its key and the PIN are kept as hashes."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="devices"
    )
    key_hash = models.CharField(max_length=64, unique=True)
    pin = models.CharField(max_length=128)
    label = models.CharField(max_length=40, blank=True)
    enrolled_at = models.DateTimeField()
    enrolled_by = models.CharField(max_length=80)
    used_at = models.DateTimeField(null=True)
    failed = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"device {self.pk} of user {self.user_id}"


class Hits(models.Model):
    """How often somebody tried in one minute; who it was stands as a hash."""

    who_hash = models.CharField(max_length=64)
    minute = models.BigIntegerField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["who_hash", "minute"], name="hits_once_a_minute")
        ]

    def __str__(self) -> str:
        return f"{self.count} in minute {self.minute}"
