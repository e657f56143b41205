"""Who did what, when: rows are added, never changed."""

from django.db import models


class AuditEntry(models.Model):
    base_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    party = models.CharField(max_length=80)
    role = models.CharField(max_length=20)
    action = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "id"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.party} {self.action} {self.subject}"


class AuditSeal(models.Model):
    """A link of the chain over audit rows (`chain`): rows are added, never changed."""

    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="seal")
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"seal {self.pk} {self.digest[:12]}"
