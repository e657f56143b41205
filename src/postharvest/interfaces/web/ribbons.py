"""What papers say across them when their money is not real."""

from django.conf import settings


def paper_ribbon() -> str:
    """Return the ribbon for a paper: simulated in a demo, practice in practice, else none."""
    if settings.POSTHARVEST_PRACTICE:
        return "练习 PRACTICE"
    return "模拟 SIMULATED" if settings.POSTHARVEST_DEMO else ""
