"""Files that are there whole or not at all."""

import os
import tempfile
from pathlib import Path

READABLE = 0o644


def write_whole(path: str | Path, content: str | bytes) -> None:
    """Write beside and put in place at the end: a full disk leaves the old file, never half of one.

    Text is written as UTF-8.

    Raises
    ------
    OSError
        The folder can't be written to, or is full.
    """
    target = Path(path)
    raw = content.encode("utf-8") if isinstance(content, str) else content
    handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        Path(beside).chmod(READABLE)
        Path(beside).replace(target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
