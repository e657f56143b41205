"""`postharvest backup FILE`: one verified file with everything, taken while work goes on."""

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from postharvest.core.errors import InvalidInput

SUMMARY = "write everything into one verified file, while work goes on"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="FILE.tar")
    parser.add_argument(
        "--with-key",
        action="store_true",
        help="put the vault's key in as well: whoever has the file then reads every name",
    )


def run(options: argparse.Namespace) -> int:
    from postharvest.interfaces.cli import database

    database.load_django()
    if not database.is_ready():
        raise InvalidInput("database", "there is none yet, or it needs `postharvest serve` first")
    from postharvest.core.backup.archive import opened
    from postharvest.core.backup.database import check_copy

    now = datetime.now(UTC)  # noqa: TID251 (an interface reads the clock)
    print("copying the database …", file=sys.stderr)
    _write(options.file, with_key=options.with_key, now=now)
    print("reading it back …", file=sys.stderr)
    with opened(options.file) as (manifest, root):
        check_copy(root / manifest.database)
    size = options.file.stat().st_size
    print(f"{options.file}: {size:,} bytes, {len(manifest.members)} files, read back and whole")
    if not options.with_key:
        print("The vault's key is not in it. Keep POSTHARVEST_HOME/secret-key somewhere else.")
    return 0


def _write(out: Path, *, with_key: bool, now: datetime) -> None:
    from postharvest.core.backup import archive, database
    from postharvest.core.vault.seal import vault_secret

    with tempfile.TemporaryDirectory(prefix="postharvest-backup-", dir=out.parent) as folder:
        copy = Path(folder) / database.member_name()
        database.copy_to(copy)
        members = {copy.name: copy, **_media()}
        if with_key:
            key = Path(folder) / archive.KEY_FILE
            key.touch(mode=0o600)
            key.write_text(vault_secret())
            members[key.name] = key
        manifest = archive.Manifest(
            taken_at=now.isoformat(timespec="seconds"),
            version=version("postharvest"),
            database=copy.name,
            key_fingerprint=archive.fingerprint(vault_secret()),
            members={name: archive.sha256_of(path) for name, path in members.items()},
        )
        archive.write_archive(out, members=members, manifest=manifest)


def _media() -> dict[str, Path]:
    """Return the photos that people sent, by their name in the archive."""
    from django.conf import settings

    root = Path(settings.MEDIA_ROOT)
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {f"media/{path.relative_to(root).as_posix()}": path for path in files}
