"""The page for carriers lists what the product knows."""

from pathlib import Path

from postharvest.operations.parcels.emsevt import EVENTS, REASONS, Status

PAGE = (Path(__file__).parents[3] / "docs" / "postal.md").read_text()


def test_every_event_reason_and_status_is_on_the_page() -> None:
    for event in EVENTS.values():
        assert f"| `{event.code}` | {event.status} | {event.zh} | {event.en} |" in PAGE
    for reason in REASONS.values():
        assert f"| `{reason.code}` | {reason.cause} | {reason.zh} |" in PAGE
    assert all(status in PAGE for status in Status)
