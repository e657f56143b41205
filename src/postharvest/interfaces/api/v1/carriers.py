"""For carriers: what comes with the next truck, and what of it was counted."""

from typing import Annotated

import msgspec

from postharvest.interfaces.api.rows import Row
from postharvest.interfaces.api.v1.paging import Pages, page
from postharvest.interfaces.api.v1.resource import Call, NotFound, Operation, Reply, instant
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.parcels.actions.hand_over import record_acceptance

CSV = "text/csv"
Number = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class AcceptanceOut(msgspec.Struct, kw_only=True):
    agreed: int
    missing: list[str]
    surplus: list[str]
    doubled: list[str]


class DespatchOut(msgspec.Struct, kw_only=True):
    id: int
    branch: str
    lane: str
    day: str
    closed_at: str
    parcels: int
    acceptance: AcceptanceOut | None


class DespatchesOut(msgspec.Struct, kw_only=True):
    items: list[DespatchOut]
    next: str | None


class CountIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The numbers that the carrier counted, in any order."""

    numbers: Annotated[list[Number], msgspec.Meta(max_length=50_000)]


def despatches(call: Call) -> Reply:
    items, more = page(parcels.despatches_in(call.region), call.query(Pages), _shown)
    return Reply(content=DespatchesOut(items=items, next=more))


def despatch(call: Call) -> Reply:
    return Reply(content=_shown(_found(call)))


def pre_advice(call: Call) -> Reply:
    return Reply(content=parcels.pre_advice_of(_found(call).pk), media_type=CSV)


def count(call: Call) -> Reply:
    row = record_acceptance(
        despatch_id=_found(call).pk,
        numbers=call.body(CountIn).numbers,
        actor=call.actor,
        now=call.now,
    )
    return Reply(content=_acceptance(row))


def _found(call: Call) -> Row:
    rows = parcels.despatches_in(call.region)
    row = rows.filter(pk=call.path["despatch_id"]).first()
    if row is None:
        raise NotFound("there is no such despatch in your region")
    return row


def _shown(row: Row) -> DespatchOut:
    counted = getattr(row, "acceptance", None)
    return DespatchOut(
        id=row.pk,
        branch=row.branch.code,
        lane=row.lane.zone,
        day=row.day.isoformat(),
        closed_at=instant(row.closed_at),
        parcels=row.parcels_count,
        acceptance=_acceptance(counted) if counted else None,
    )


def _acceptance(row: Row) -> AcceptanceOut:
    return AcceptanceOut(
        agreed=row.agreed, missing=row.missing, surplus=row.surplus, doubled=row.doubled
    )


_ONE = "despatches/{despatch_id}"
OPERATIONS = (
    Operation(
        method="GET",
        path="despatches",
        summary="Despatches of the token's region, the newest first",
        audience="carrier",
        handler=despatches,
        scope="api:read",
        query=Pages,
        answer=DespatchesOut,
    ),
    Operation(
        method="GET",
        path=_ONE,
        summary="One despatch and what was counted of it",
        audience="carrier",
        handler=despatch,
        scope="api:read",
        answer=DespatchOut,
    ),
    Operation(
        method="GET",
        path=f"{_ONE}/pre-advice",
        summary="The file that announces its parcels before the truck arrives",
        audience="carrier",
        handler=pre_advice,
        scope="api:read",
        answers=CSV,
    ),
    Operation(
        method="PUT",
        path=f"{_ONE}/acceptance",
        summary="What the carrier counted; putting it again replaces it",
        audience="carrier",
        handler=count,
        scope="api:write",
        body=CountIn,
        answer=AcceptanceOut,
    ),
)
