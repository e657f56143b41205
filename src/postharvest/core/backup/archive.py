"""One file that holds a branch: database, media and a manifest that proves them.

The archive is a plain tar of ``manifest.json``, the database (an SQLite file, or what ``pg_dump``
writes) and ``media/``.  Sealed contacts open only with the vault's key, which is left out unless it
is asked for: who steals the backup then has no names.
"""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from postharvest.core.errors import InvalidInput

SCHEMA = "postharvest.backup/1"
MANIFEST = "manifest.json"
KEY_FILE = "secret-key"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is in an archive: SHA-256 by member, and what the database must be able to open."""

    taken_at: str
    version: str
    database: str
    key_fingerprint: str
    members: dict[str, str]
    schema: str = SCHEMA


def fingerprint(secret: str) -> str:
    """Return what tells two vault keys apart without giving either away."""
    return hashlib.sha256(f"postharvest backup {secret}".encode()).hexdigest()[:16]


def write_archive(out: Path, *, members: Mapping[str, Path], manifest: Manifest) -> None:
    """Write beside and put in place at the end, so that a full disk leaves the old copy whole."""
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            with tarfile.open(fileobj=stream, mode="w") as tar:
                _add_text(tar, MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
                for member, path in members.items():
                    tar.add(path, arcname=member, recursive=False)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, out)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def opened(archive: Path) -> Iterator[tuple[Manifest, Path]]:
    """Unpack an archive into a folder of its own, every member checked; the folder goes at the end.

    Raises
    ------
    InvalidInput
        It is no archive of ours, lacks a member, holds a strange one, or a byte has changed.
    """
    with tempfile.TemporaryDirectory(prefix="postharvest-restore-") as folder:
        root = Path(folder)
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(root, filter="data")
            manifest = Manifest(**json.loads((root / MANIFEST).read_text("utf-8")))
        except (tarfile.TarError, OSError, ValueError, TypeError, KeyError) as error:
            raise InvalidInput("archive", f"{archive} is no backup of ours ({error})") from None
        _check(root, manifest)
        yield manifest, root


def sha256_of(path: Path) -> str:
    """Return the hash of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _check(root: Path, manifest: Manifest) -> None:
    if manifest.schema != SCHEMA:
        raise InvalidInput("archive", f"is {manifest.schema}, this version reads {SCHEMA}")
    there = {
        PurePosixPath(path.relative_to(root)).as_posix()
        for path in root.rglob("*")
        if path.is_file()
    } - {MANIFEST}
    if missing := sorted(manifest.members.keys() - there):
        raise InvalidInput("archive", f"{missing[0]} is missing; take an older backup")
    if strange := sorted(there - manifest.members.keys()):
        raise InvalidInput("archive", f"{strange[0]} is not in its manifest; do not trust it")
    for member, digest in manifest.members.items():
        if sha256_of(root / member) != digest:
            raise InvalidInput("archive", f"{member} has changed since; take an older backup")


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))
