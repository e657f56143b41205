"""The run that headquarters' page shows: one file under the home folder."""

import json
from pathlib import Path
from typing import Any

from postharvest.decisions.nation.document import SCHEMA


def kept_at(home: Path) -> Path:
    """Return where `simulate nation --keep` writes: where an uploaded run is kept, too."""
    return home / "measures" / "nation.json"


def latest_run(home: Path) -> dict[str, Any] | None:
    """Return the kept run's document; none where nothing of this schema was kept."""
    try:
        document = json.loads(kept_at(home).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    known = isinstance(document, dict) and document.get("schema") == SCHEMA
    return document if known else None
