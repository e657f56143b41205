"""The demo's own database: made fresh each time from a template that holds the reference tables."""

import hashlib
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from postharvest.core.audit.actor import SYSTEM

TEMPLATE_DAY = datetime(2016, 1, 1, tzinfo=UTC)
Say = Callable[[str], None]


def open_demo_django(home: Path, *, durable: bool) -> None:
    """Point Django at the demo's database in a home folder; call it before any model is loaded."""
    home.mkdir(parents=True, exist_ok=True)
    os.environ["POSTHARVEST_DEMO"] = "1"
    os.environ["POSTHARVEST_HOME"] = str(home)
    os.environ.pop("POSTHARVEST_DATABASE_URL", None)
    os.environ["POSTHARVEST_SQLITE_SYNCHRONOUS"] = "FULL" if durable else "OFF"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postharvest.settings")
    django.setup()


def open_practice_django(home: Path) -> None:
    """Point Django at the practice database in the home's own folder, before models are loaded."""
    (home / "practice").mkdir(parents=True, exist_ok=True)
    os.environ["POSTHARVEST_PRACTICE"] = "1"
    os.environ["POSTHARVEST_HOME"] = str(home)
    for books in ("POSTHARVEST_DATABASE_URL", "POSTHARVEST_DEMO"):
        os.environ.pop(books, None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postharvest.settings")
    django.setup()


def make_fresh_database(say: Say) -> None:
    """Replace the demo's database by a copy of the template, which is made when it is missing."""
    target = Path(str(settings.DATABASES["default"]["NAME"]))
    template = settings.HOME / "cache" / f"reference-{_fingerprint()}.sqlite3"
    if not template.exists():
        say("loading the reference tables (once)")
        _make_template(template)
    connections["default"].close()
    for suffix in ("", "-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(template, target)


def _make_template(template: Path) -> None:
    from postharvest.operations.harvest.actions.produce import load_produce  # noqa: PLC0415
    from postharvest.operations.network.actions.tables import (  # noqa: PLC0415
        load_shipped_tables,
    )

    template.parent.mkdir(parents=True, exist_ok=True)
    making = template.with_suffix(f".{os.getpid()}.part")
    connection = connections["default"]
    connection.close()
    kept = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(making)
    try:
        call_command("migrate", verbosity=0, interactive=False)
        load_shipped_tables(now=TEMPLATE_DAY, actor=SYSTEM)
        load_produce()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute("PRAGMA journal_mode=DELETE")
        connection.close()
        making.replace(template)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = kept
        making.unlink(missing_ok=True)


def _fingerprint() -> str:
    """Return a digest of everything a template depends on: migrations and shipped tables."""
    package = Path(str(settings.PACKAGE))
    files = sorted(package.rglob("migrations/*.py")) + sorted(
        p for p in (package / "data").rglob("*") if p.is_file()
    )
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
