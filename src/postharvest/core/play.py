"""Whether all is play: a demo, or practice."""

from django.conf import settings


def all_is_play() -> bool:
    """Whether visitors pick a role instead of signing in, and pay with play money."""
    return bool(settings.POSTHARVEST_DEMO or settings.POSTHARVEST_PRACTICE)
