"""`postharvest doctor`: what is installed, what is missing, and what to do about it."""

import argparse
import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from postharvest.core.errors import Refused

SUMMARY = "what is installed, what is missing, what to do"
SCHEMA = "postharvest.doctor/1"
OLDEST_PYTHON = (3, 11)
NEEDED_GIB = 2
"""A million kilograms as a demo, with its database and reports, take about this."""
_MARKS = {"ok": "✓", "optional": "·", "missing": "✗"}
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; ``state`` is ok, optional (absent, the rest works) or missing."""

    name: str
    state: str
    found: str
    fix: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options: argparse.Namespace) -> int:
    findings = [look() for look in LOOKS]
    healthy = all(finding.state != "missing" for finding in findings)
    if options.json:
        report = {
            "schema": SCHEMA,
            "healthy": healthy,
            "findings": [asdict(finding) for finding in findings],
        }
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            print(f"{_MARKS[finding.state]} {finding.name}: {finding.found}")
            if finding.fix:
                print(f"    {finding.fix}")
    return 0 if healthy else 1


def python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Finding(name="Python", state="ok", found=version)
    return Finding(
        name="Python", state="missing", found=version, fix="install Python 3.11 or newer"
    )


def packages() -> Finding:
    fix = "run `make demo`, or `pip install -r requirements/run.lock`"
    try:
        wanted = metadata.requires("postharvest") or []
    except metadata.PackageNotFoundError:
        return Finding(
            name="packages", state="missing", found="postharvest is not installed", fix=fix
        )
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in wanted if "extra ==" not in line]
    absent = [name for name in names if not _is_installed(name)]
    if absent:
        return Finding(
            name="packages", state="missing", found=f"not there: {', '.join(absent)}", fix=fix
        )
    return Finding(name="packages", state="ok", found=f"all {len(names)}")


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def chromium() -> Finding:
    found = next((path for name in _CHROMIUM if (path := shutil.which(name))), "")
    if found:
        return Finding(name="Chromium", state="ok", found=found)
    return Finding(
        name="Chromium",
        state="optional",
        found="not found; browser tests are skipped",
        fix="sudo apt-get install chromium",
    )


def postgresql() -> Finding:
    places = [shutil.which("initdb"), *map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    found = next((place for place in places if place), "")
    if found:
        return Finding(name="PostgreSQL programs", state="ok", found=found)
    return Finding(
        name="PostgreSQL programs",
        state="optional",
        found="not found; SQLite serves one machine, race tests on PostgreSQL are skipped",
        fix="sudo apt-get install postgresql",
    )


def chinese_font() -> Finding:
    from postharvest.operations.parcels import fonts

    try:
        return Finding(name="Chinese font", state="ok", found=str(fonts.chinese_font()))
    except Refused as refusal:
        return Finding(
            name="Chinese font",
            state="optional",
            found=f"not found; labels can't be printed ({refusal})",
            fix=f"sudo {fonts.INSTALL}",
        )


def disk() -> Finding:
    from django.conf import settings

    home: Path = settings.HOME
    standing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(standing).free / 2**30
    found = f"{free:.1f} GiB free for {home}"
    if free >= NEEDED_GIB:
        return Finding(name="disk", state="ok", found=found)
    return Finding(
        name="disk",
        state="missing",
        found=found,
        fix=f"free {NEEDED_GIB} GiB, or set POSTHARVEST_HOME to a folder on another disk",
    )


def database_tables() -> Finding:
    from django.db import DatabaseError, connection

    from postharvest.interfaces.cli import database

    name = f"{connection.vendor} {connection.settings_dict['NAME']}"
    try:
        if not database.database_exists():
            return Finding(
                name="database",
                state="optional",
                found=f"{name} is not there yet",
                fix="`postharvest serve` or `postharvest demo` makes it",
            )
        absent = database.missing_migrations()
    except DatabaseError as error:
        return Finding(
            name="database",
            state="missing",
            found=f"{name} can't be reached: {str(error).splitlines()[0]}",
            fix="start the server, or correct POSTHARVEST_DATABASE_URL",
        )
    if absent:
        return Finding(
            name="database",
            state="missing",
            found=f"{name} lacks {len(absent)} migrations, first {absent[0]}",
            fix="`postharvest serve` brings it up to date; keep a copy first",
        )
    return Finding(name="database", state="ok", found=f"{name}, up to date")


def data() -> Finding:
    from django.db import DatabaseError

    from postharvest.core.tables.catalogue import shapes
    from postharvest.interfaces.cli import database
    from postharvest.operations.network import queries

    try:
        loaded = queries.tables().count() if database.is_ready() else 0
    except DatabaseError:
        loaded = 0
    if loaded >= len(shapes()):
        own = queries.tables().filter(is_operator=True).count()
        return Finding(name="data", state="ok", found=f"{loaded} tables, {own} the operator's own")
    return Finding(
        name="data",
        state="optional",
        found=f"{loaded} of {len(shapes())} tables loaded",
        fix="`postharvest serve` or `postharvest demo` loads what ships",
    )


def _with_django(name: str, look: Callable[[], Finding]) -> Callable[[], Finding]:
    """Look with Django loaded; if that fails, the failure is the finding."""

    def looked() -> Finding:
        try:
            from postharvest.interfaces.cli import database

            database.load_django()
            return look()
        except (ImportError, AttributeError, ValueError, OSError) as error:
            return Finding(
                name=name,
                state="missing",
                found=f"the program can't start: {error}",
                fix="run `make clean demo`; if it stays, the installation is damaged",
            )

    return looked


LOOKS: tuple[Callable[[], Finding], ...] = (
    python,
    packages,
    chromium,
    postgresql,
    _with_django("Chinese font", chinese_font),
    _with_django("disk", disk),
    _with_django("database", database_tables),
    _with_django("data", data),
)
