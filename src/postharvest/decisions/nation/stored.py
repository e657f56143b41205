"""The run that headquarters' pages show: one file beside the measures."""

import json
from pathlib import Path
from typing import Any

from postharvest.decisions.nation.document import SCHEMA


def kept_at(home: Path, *, demo: bool) -> Path:
    """Return where `simulate nation --keep` writes: where an uploaded run is kept, too."""
    return home / "measures" / ("demo" if demo else "own") / "nation.json"


def latest_run(file: Path) -> dict[str, Any] | None:
    """Return the kept run's document; none where nothing of this schema was kept."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    known = isinstance(document, dict) and document.get("schema") == SCHEMA
    return document if known else None
