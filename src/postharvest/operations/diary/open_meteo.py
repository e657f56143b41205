"""Rain from Open-Meteo or a server of one's own that answers alike; used only where it is named.

Set ``POSTHARVEST_WEATHER=postharvest.operations.diary.open_meteo.OpenMeteo``; the public server is
free for non-commercial use, so an operator runs or rents his own and names it in
``POSTHARVEST_WEATHER_URL``.
"""

import json
import urllib.parse
import urllib.request
from collections.abc import Sequence
from datetime import date

from django.conf import settings

_WAIT_S = 10
_DAYS = 8


class OpenMeteo:
    """Asks ``/v1/forecast`` for the daily sum of rain."""

    name = "Open-Meteo"

    def rain_ahead(self, *, lat: float, lon: float, today: date) -> Sequence[tuple[date, float]]:
        """Return (day, millimetres) from today on.

        Raises
        ------
        OSError
            The server can't be reached.
        ValueError
            It answers with something else than days and sums.
        """
        asked = {
            "latitude": f"{lat:.4f}",
            "longitude": f"{lon:.4f}",
            "daily": "precipitation_sum",
            "timezone": "Asia/Shanghai",
            "forecast_days": str(_DAYS),
        }
        url = f"{settings.POSTHARVEST_WEATHER_URL}/v1/forecast?{urllib.parse.urlencode(asked)}"
        with urllib.request.urlopen(url, timeout=_WAIT_S) as answer:  # noqa: S310  (the operator's)
            return rain_of_answer(answer.read())


def rain_of_answer(body: bytes) -> list[tuple[date, float]]:
    """Read the service's answer; a day without a figure is left out.

    Raises
    ------
    ValueError
        The answer lacks the days or their sums.
    """
    try:
        daily = json.loads(body)["daily"]
        told = zip(daily["time"], daily["precipitation_sum"], strict=True)
        return [(date.fromisoformat(day), float(mm)) for day, mm in told if mm is not None]
    except (KeyError, TypeError) as error:
        raise ValueError(f"the weather service's answer lacks {error}") from error
