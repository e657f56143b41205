"""`postharvest restore FILE`: put a backup in the database's place; the old one is kept beside."""

import argparse
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from postharvest.core.errors import InvalidInput

SUMMARY = "put a backup in the database's place, once it is verified"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a file that `postharvest backup` wrote")
    parser.add_argument(
        "--replace",
        action="store_true",
        help="although there is a database: stop site and worker first",
    )


def run(options: argparse.Namespace) -> int:
    from postharvest.interfaces.cli import database

    if not options.file.is_file():
        raise InvalidInput("file", f"there is no file {options.file}")
    database.load_django()
    from postharvest.core.backup import archive
    from postharvest.core.backup import database as copies

    with archive.opened(options.file) as (manifest, root):
        if manifest.database != copies.member_name():
            raise InvalidInput(
                "file", f"holds {manifest.database}; set POSTHARVEST_DATABASE_URL to that kind"
            )
        if _holds_something() and not options.replace:
            raise InvalidInput("database", "is not empty; stop site and worker, then add --replace")
        _take_key(root / archive.KEY_FILE, wanted=manifest.key_fingerprint)
        now = datetime.now(UTC)  # noqa: TID251 (an interface reads the clock)
        kept = copies.put_in_place(root / manifest.database, now=now)
        _put_media(root / "media")
    if missing := database.missing_migrations():
        print(f"bringing {len(missing)} migrations of this version in …")
        database.migrate()
    rows = sum(copies.row_counts().values())
    print(f"restored what was there at {manifest.taken_at}: {rows:,} rows")
    if kept:
        print(f"what was there before lies in {kept}")
    return 0


def _holds_something() -> bool:
    from django.db import connection

    from postharvest.interfaces.cli import database

    return database.database_exists() and bool(connection.introspection.table_names())


def _take_key(packed: Path, *, wanted: str) -> None:
    """Make sure that this home can open the contacts of the backup."""
    from django.conf import settings

    from postharvest.core.backup.archive import fingerprint
    from postharvest.core.vault.seal import vault_secret

    if fingerprint(vault_secret()) == wanted:
        return
    if not packed.is_file():
        raise InvalidInput(
            "key",
            "this home's key can't open the contacts in it; put the secret-key of that time into "
            f"{settings.HOME}, or set POSTHARVEST_VAULT_KEY",
        )
    if "POSTHARVEST_VAULT_KEY" in os.environ or "POSTHARVEST_SECRET_KEY" in os.environ:
        raise InvalidInput(
            "key", "the environment names another key than the backup's; take it out"
        )
    target = Path(settings.HOME) / "secret-key"
    target.touch(mode=0o600)
    target.write_text(packed.read_text())


def _put_media(packed: Path) -> None:
    from django.conf import settings

    if packed.is_dir():
        shutil.copytree(packed, settings.MEDIA_ROOT, dirs_exist_ok=True)
