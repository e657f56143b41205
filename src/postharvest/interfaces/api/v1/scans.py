"""For carriers: scans, as many as a truck brings, each line answered for itself."""

import msgspec

from postharvest.core.audit.actor import NotAllowed
from postharvest.interfaces.api import scans as json_scans
from postharvest.interfaces.api.problems import Problem
from postharvest.interfaces.api.v1.resource import Blocked, Call, Operation, Reply, refusal_of
from postharvest.operations.parcels.actions.scanning import ScanEntry, record_scans


class LineOut(msgspec.Struct, kw_only=True):
    line: int
    stored: bool
    problem: str | None


class LinesOut(msgspec.Struct, kw_only=True):
    lines: list[LineOut]


def scans(call: Call) -> Reply:
    """Take scans where no front stands before Django; one sent before changes nothing."""
    if call.bearer is None:
        raise Blocked("unauthorised", json_scans.NO_TOKEN.detail)
    if not json_scans.may_scan(call.request.headers.get("Authorization", ""), now=call.now):
        raise NotAllowed(json_scans.NO_TOKEN.detail)
    read = json_scans.read_lines(call.request.body)
    if isinstance(read, Problem):
        raise refusal_of(read)
    good = [one for one in read if isinstance(one, ScanEntry)]
    told = json_scans.lines_told(read, record_scans(scans=good, now=call.now))
    return Reply(content=msgspec.convert(told, LinesOut))


OPERATIONS = (
    Operation(
        method="POST",
        path="scans",
        summary="A carrier's scans, one JSON object a line (at most 5,000)",
        audience="carrier",
        handler=scans,
        security="token",
        any_scope=json_scans.SCOPES,
        takes=json_scans.ScanIn,
        reads="application/jsonl",
        answer=LinesOut,
    ),
)
