"""The paths that the national simulator drew, kept beside what was measured."""

import json
from datetime import datetime
from typing import Any

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.decisions.measures.actions import folder

SCHEMA = "postharvest.nation/1"
FILE = "nation.json"
Document = dict[str, Any]


def keep_paths(*, raw: bytes, actor: Actor, now: datetime) -> Document:
    """Keep a run of `postharvest simulate nation --json`; the one before goes.

    Raises
    ------
    InvalidInput
        The file is none of the simulator's.
    NotAllowed
        The actor does not plan for the country.
    """
    actor.require(Role.PLANNER)
    try:
        document = json.loads(raw)
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InvalidInput(
            "file", f"this is no {SCHEMA}; make one with `postharvest simulate nation --json FILE`"
        )
    if not all(isinstance(document.get(name), dict) for name in ("paths", "by_year")):
        raise InvalidInput("file", "it has no paths; make it again")
    folder().mkdir(parents=True, exist_ok=True)
    new = folder() / f"{FILE}.new"
    new.write_bytes(raw)
    new.replace(folder() / FILE)
    audit.write(
        actor, "measures.keep_paths", "nation", now=now,
        after={"seed": document.get("seed"), "inputs_hash": document.get("inputs_hash")},
    )  # fmt: skip
    return document


def kept_paths() -> Document | None:
    """Return the run that is kept, or none."""
    file = folder() / FILE
    if not file.is_file():
        return None
    document: Document = json.loads(file.read_bytes())
    return document
