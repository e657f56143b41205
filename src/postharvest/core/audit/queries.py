"""What the rest of the house may ask of audit rows."""

from django.db.models import QuerySet

from postharvest.core.audit.models import AuditEntry


def unsealed() -> QuerySet[AuditEntry]:
    """Rows that the chain does not hold yet."""
    return AuditEntry.objects.filter(seal=None)


def entries(*, subject: str = "", party: str = "") -> QuerySet[AuditEntry]:
    """Rows about a subject or by somebody, the newest first."""
    rows = AuditEntry.objects.order_by("-pk")
    rows = rows.filter(subject=subject) if subject else rows
    return rows.filter(party=party) if party else rows
