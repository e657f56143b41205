"""The postmark: the house mark of a posted parcel."""

from datetime import datetime
from html import escape

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

LONGEST = 14


def postmark(*, place: str, at: datetime, word: str) -> SafeString:
    """Draw place, day and word in two rings with the waves of the canceller."""
    waves = "".join(f'<path d="M82 {40 + i * 9}q7-6 14 0t14 0 14 0"/>' for i in range(4))
    lines = "".join(
        f'<text x="46" y="{y}" font-size="{size}">{escape(text)}</text>'
        for y, size, text in (
            (43, 8.5, place.upper().split(" ", maxsplit=1)[0][:LONGEST]),
            (56, 9.5, f"{timezone.localtime(at):%Y.%m.%d}"),
            (68, 9, word),
        )
    )
    return mark_safe(  # noqa: S308  (our own drawing, and texts that went through escape)
        '<svg class="postmark" viewBox="0 0 128 100" aria-hidden="true">'
        '<g fill="none" stroke="currentColor" stroke-width="2.6"><circle cx="46" cy="50" r="42"/>'
        f'<circle cx="46" cy="50" r="30" stroke-width="1.4"/>{waves}</g>'
        f'<g fill="currentColor" text-anchor="middle" font-weight="700">{lines}</g></svg>'
    )
