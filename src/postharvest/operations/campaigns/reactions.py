"""What sales do when they hear of something."""

from datetime import datetime
from typing import Any

from postharvest.core.outbox.log import reacts_to
from postharvest.operations.campaigns.actions import follow_calendar
from postharvest.operations.network.events import CalendarLoaded


@reacts_to(CalendarLoaded, "campaigns.calendar")
def follow(body: dict[str, Any], now: datetime) -> None:
    """Let running sales of the county, or of the country, keep to their new days."""
    follow_calendar(county_code=body["county"], now=now)
