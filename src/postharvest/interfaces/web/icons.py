"""Line icons of our own, one path each on a 24 × 24 grid."""

from django.utils.safestring import SafeString, mark_safe

PATHS = {
    "alert": "M12 3l10 18H2zM12 10v5M12 18h.01",
    "box": "M3 8l9-5 9 5v9l-9 5-9-5zM3 8l9 5 9-5M12 13v9",
    "camera": "M4 8h3l2-3h6l2 3h3v11H4zM12 17a3.5 3.5 0 100-7 3.5 3.5 0 000 7z",
    "chart": "M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6",
    "check": "M5 13l4 4L19 7",
    "clock": "M12 21a9 9 0 100-18 9 9 0 000 18zM12 7v5l3 2",
    "cloudoff": "M3 3l18 18M9 6a6 6 0 018 5 4 4 0 013 6M6 9a4.5 4.5 0 00.5 9H15",
    "home": "M3 11l9-8 9 8v10h-6v-6H9v6H3z",
    "leaf": "M5 19c0-10 6-14 15-14 0 9-4 15-13 15M5 21c2-6 5-9 9-11",
    "list": "M8 6h13M8 12h13M8 18h13M3.5 6h.01M3.5 12h.01M3.5 18h.01",
    "live": (
        "M12 14a2 2 0 100-4 2 2 0 000 4zM7 17a7 7 0 010-10M17 7a7 7 0 010 10M4 20a11 11"
        " 0 010-16M20 4a11 11 0 010 16"
    ),
    "map": "M9 4L3 6v14l6-2 6 2 6-2V4l-6 2zM9 4v14M15 6v14",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "moon": "M20 14a8 8 0 01-10-10 8 8 0 1010 10z",
    "next": "M5 4l9 8-9 8zM18 4v16",
    "pause": "M8 5v14M16 5v14",
    "people": (
        "M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM2 20c0-4 3-6 7-6s7 2 7 6M16 4.5a3.5 3.5"
        " 0 010 6.5M18 14c3 .5 4 3 4 6"
    ),
    "pin": (
        "M12 21c5-6 7-9 7-12a7 7 0 10-14 0c0 3 2 6 7 12zM12 11.5a2.5 2.5 0 100-5 2.5 2.5 0 000 5z"
    ),
    "plan": "M4 5h10M4 12h16M4 19h7M18 3v4M8 10v4M15 17v4",
    "play": "M7 4l12 8-12 8z",
    "print": "M7 9V3h10v6M7 18H4v-8h16v8h-3M7 14h10v7H7z",
    "rain": "M7 15a4 4 0 010-8 5 5 0 019.5-1A4 4 0 0117 15M8 18l-1 3M12 18l-1 3M16 18l-1 3",
    "scan": "M4 8V4h4M20 8V4h-4M4 16v4h4M20 16v4h-4M7 12h10",
    "search": "M10.5 17a6.5 6.5 0 100-13 6.5 6.5 0 000 13zM20 20l-5-5",
    "share": "M12 15V3M8 7l4-4 4 4M5 12v8h14v-8",
    "shield": "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM8.5 12l2.5 2.5L16 9.5",
    "sun": (
        "M12 16a4 4 0 100-8 4 4 0 000 8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2"
        " 2M19 5l-2 2M7 17l-2 2"
    ),
    "sync": "M4 12a8 8 0 0114-5l2 2M20 4v5h-5M20 12a8 8 0 01-14 5l-2-2M4 20v-5h5",
    "truck": (
        "M2 6h12v11H2zM14 10h4l4 4v3h-8M6.5 20a2 2 0 100-4 2 2 0 000 4zM17.5 20a2 2 0"
        " 100-4 2 2 0 000 4z"
    ),
    "yuan": "M6 4l6 8 6-8M12 12v9M7 13h10M7 17h10",
}


def icon(name: str) -> SafeString:
    """Return one icon; it says nothing to a screen reader, the word beside it does."""
    return mark_safe(  # noqa: S308  (our own constants)
        f'<svg class="ic" viewBox="0 0 24 24" aria-hidden="true"><path d="{PATHS[name]}"/></svg>'
    )
