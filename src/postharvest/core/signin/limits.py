"""So many tries a minute, whichever process of however many is asked: counted in the database."""

from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.db.models import F

from postharvest.core.signin.models import Hits

WINDOW_S = 60


@transaction.atomic
def admits(who: str, *, largest: int, now: datetime) -> bool:
    """Count a try of somebody in this minute, and say whether it may go on."""
    minute = int(now.timestamp()) // WINDOW_S
    row, _ = Hits.objects.get_or_create(
        who_hash=sha256(who.encode()).hexdigest(), minute=minute, defaults={"count": 0}
    )
    return bool(Hits.objects.filter(pk=row.pk, count__lt=largest).update(count=F("count") + 1))


def forget_hits(*, now: datetime) -> int:
    """Drop the counts of minutes that have passed."""
    return Hits.objects.filter(minute__lt=int(now.timestamp()) // WINDOW_S - 1).delete()[0]
