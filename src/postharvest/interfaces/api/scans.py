"""Scans in JSON lines: what comes in, what goes out; one place for the front and plain Django."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from postharvest.core.tokens.queries import bearer_of
from postharvest.interfaces.api.problems import Problem
from postharvest.operations.parcels.actions.scanning import ScanAnswer, ScanEntry

MOST_LINES = 5000
LARGEST_BODY_BYTES = MOST_LINES * 400
SCOPES = ("scans:write", "api:write")
NO_TOKEN = Problem(code="unauthorised", detail="needs a token with scans:write")
Word = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]


class ScanIn(msgspec.Struct):
    """One line of ``POST /api/v1/scans``."""

    parcel: Word
    code: Word
    at: datetime
    place: Word
    source: Word
    reason: Word = ""


_decode = msgspec.json.Decoder(ScanIn).decode


def may_scan(authorization: str, *, now: datetime) -> bool:
    """Whether a header holds a token that lets scans in; an expired one does not."""
    bearer = bearer_of(authorization, now=now)
    return bearer is not None and any(bearer.may(scope) for scope in SCOPES)


def read_lines(body: bytes) -> list[ScanEntry | str] | Problem:
    """Read a body line by line; a bad line is a text that says what is wrong with it."""
    lines = [line for line in body.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        return Problem(code="invalid", detail=f"at most {MOST_LINES} lines a request")
    return [_read(line) for line in lines]


def lines_told(read: Sequence[ScanEntry | str], answers: Sequence[ScanAnswer]) -> dict[str, Any]:
    """Return what became of each line."""
    left = iter(answers)
    out = []
    for number, one in enumerate(read, 1):
        told = ScanAnswer(stored=False, problem=one) if isinstance(one, str) else next(left)
        out.append({"line": number, "stored": told.stored, "problem": told.problem or None})
    return {"lines": out}


def _read(line: bytes) -> ScanEntry | str:
    try:
        scan = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # a wrong type is one, too
        return f"not a scan: {error}"
    return ScanEntry(
        parcel=scan.parcel,
        code=scan.code,
        at=scan.at,
        place=scan.place[:80],
        source=scan.source[:40],
        reason=scan.reason[:40],
    )
