"""Where interfaces read the time: the wall's, or in a demo the demo's.

Actions never call this; they are given ``now``.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from postharvest.core.clock.models import DemoClock

CHINA = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present as an aware instant."""
    real = timezone.now()
    if not settings.POSTHARVEST_DEMO:
        return real
    clock = DemoClock.objects.first()
    if clock is None:
        return real
    return clock.shown_at + (real - clock.set_at) * clock.pace


def set_demo_clock(*, shown_at: datetime, pace: float) -> None:
    """Put the demo's clock to an instant and let it run at a pace (0: stopped)."""
    DemoClock.objects.all().delete()
    DemoClock.objects.create(shown_at=shown_at, set_at=timezone.now(), pace=pace)


def pace() -> float:
    """How fast the demo's clock runs: demo seconds per real second."""
    clock = DemoClock.objects.first()
    return 1.0 if clock is None else clock.pace


def local_day(at: datetime) -> date:
    """Return the calendar day in China of an instant."""
    return at.astimezone(CHINA).date()


def at_hour(day: date, hour: float) -> datetime:
    """Return the instant of an hour (0…24+) of a day in China."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(hours=hour)
