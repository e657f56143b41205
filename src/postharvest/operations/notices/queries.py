"""What pages may ask about notices."""

from django.db.models import QuerySet

from postharvest.core.vault.seal import unseal_text
from postharvest.operations.notices.models import Notice, Preference


def preference(phone_index: str) -> Preference | None:
    """How the owner of a phone wishes to be told, or none where he never said."""
    return Preference.objects.filter(phone_index=phone_index).first()


def email_of(preference: Preference) -> str:
    """The address he gave, or nothing."""
    return unseal_text(bytes(preference.sealed_email)) if preference.sealed_email else ""


def in_trouble() -> QuerySet[Notice]:
    """Notices that did not go out, or of which nobody knows, the oldest first."""
    stuck = (Notice.State.FAILED, Notice.State.SENDING)
    return Notice.objects.filter(state__in=stuck).order_by("due_at", "pk")
