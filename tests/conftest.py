"""Shared by all tests: a fixed clock, Hypothesis profiles, and what a missing program means."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci",
    max_examples=100,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

NO_SKIPS = os.environ.get("POSTHARVEST_NO_SKIPS") == "1"
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


@pytest.fixture
def now():
    return datetime(2020, 11, 1, 8, tzinfo=UTC)


def pytest_runtest_setup(item):
    """Skip what lacks its system program; where everything is installed a skip is a failure."""
    for marker, found in (
        ("browser", shutil.which("chromium") or shutil.which("google-chrome")),
        ("postgres", any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))),
        ("font", _has_font()),
    ):
        if item.get_closest_marker(marker) and not found:
            if NO_SKIPS:
                pytest.fail(f"{marker}: its system program is missing", pytrace=False)
            pytest.skip(f"{marker}: its system program is missing")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn every other skip into a failure, too, in the mode that allows none."""
    outcome = yield
    report = outcome.get_result()
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"


def _has_font():
    return any(
        any(folder.rglob(pattern))
        for folder in FONT_FOLDERS
        for pattern in ("*wqy*", "*CJK*")
        if folder.exists()
    )
