"""For villages and co-operatives: reporting a surplus and what became of it."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from postharvest.interfaces.api.rows import Row
from postharvest.interfaces.api.v1.paging import Pages, page
from postharvest.interfaces.api.v1.resource import Call, NotFound, Operation, Reply, instant
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.actions.surpluses import (
    PartReport,
    SurplusReport,
    report_surplus,
)

Grams = Annotated[int, msgspec.Meta(ge=1, le=50_000_000_000)]
Fen = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class PartIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One village group's share."""

    code: Code
    village: Name
    offered_g: Grams
    growers: Annotated[list[Id], msgspec.Meta(max_length=2000)] = []
    grower_g: Annotated[list[Grams], msgspec.Meta(max_length=2000)] = []
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None


class SurplusIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What must be sold, when it is ripe, and what the local buyer would give for it."""

    key: UUID
    branch: Id
    produce: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    grade: Code
    weight_g: Grams
    harvest_from: date
    harvest_to: date
    floor_fen_per_kg: Fen
    wholesale_fen_per_kg: Fen
    wholesale_g_per_day: Annotated[int, msgspec.Meta(ge=0, le=50_000_000_000)]
    wholesale_source: Annotated[str, msgspec.Meta(max_length=200)]
    village: Name
    shelf_life_days: Annotated[float, msgspec.Meta(gt=0, le=400)] | None = None
    parts: Annotated[list[PartIn], msgspec.Meta(max_length=500)] = []


class SurplusOut(msgspec.Struct, kw_only=True):
    id: int
    key: str
    state: str
    produce: str
    village: str
    county: str
    weight_g: int
    harvest_from: str
    harvest_to: str
    floor_fen_per_kg: int
    reported_at: str


class SurplusesOut(msgspec.Struct, kw_only=True):
    items: list[SurplusOut]
    next: str | None


def report(call: Call) -> Reply:
    told = call.body(SurplusIn)
    row = report_surplus(
        report=SurplusReport(
            key=told.key,
            branch_id=told.branch,
            produce_id=told.produce,
            grade=told.grade,
            weight_g=told.weight_g,
            harvest_from=told.harvest_from,
            harvest_to=told.harvest_to,
            floor_fen_per_kg=told.floor_fen_per_kg,
            wholesale_fen_per_kg=told.wholesale_fen_per_kg,
            wholesale_g_per_day=told.wholesale_g_per_day,
            wholesale_source=told.wholesale_source,
            village=told.village,
            shelf_life_days=told.shelf_life_days,
            parts=[
                PartReport(
                    code=part.code,
                    village=part.village,
                    offered_g=part.offered_g,
                    grower_ids=part.growers,
                    grower_g=part.grower_g,
                    lat=part.lat,
                    lon=part.lon,
                )
                for part in told.parts
            ],
        ),
        actor=call.actor,
        now=call.now,
    )
    where = {"Location": f"/api/v1/surpluses/{row.pk}"}
    return Reply(content=_shown(row), status=201, headers=where)


def surpluses(call: Call) -> Reply:
    items, more = page(harvest.reports(call.region), call.query(Pages), _shown)
    return Reply(content=SurplusesOut(items=items, next=more))


def surplus(call: Call) -> Reply:
    row = harvest.reports(call.region).filter(pk=call.path["surplus_id"]).first()
    if row is None:
        raise NotFound("there is no such report in your region")
    return Reply(content=_shown(row))


def _shown(row: Row) -> SurplusOut:
    return SurplusOut(
        id=row.pk,
        key=str(row.key),
        state=str(row.state),
        produce=row.produce_id,
        village=row.village,
        county=row.county_id,
        weight_g=row.reported_g,
        harvest_from=row.harvest_from.isoformat(),
        harvest_to=row.harvest_to.isoformat(),
        floor_fen_per_kg=row.floor_fen_per_kg,
        reported_at=instant(row.reported_at),
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="surpluses",
        summary="Reports of the token's region, the newest first",
        audience="village",
        handler=surpluses,
        scope="api:read",
        query=Pages,
        answer=SurplusesOut,
    ),
    Operation(
        method="POST",
        path="surpluses",
        summary="Report a surplus; plans for it are made at once",
        audience="village",
        handler=report,
        scope="api:write",
        body=SurplusIn,
        answer=SurplusOut,
        status=201,
        is_once=True,
    ),
    Operation(
        method="GET",
        path="surpluses/{surplus_id}",
        summary="One report",
        audience="village",
        handler=surplus,
        scope="api:read",
        answer=SurplusOut,
    ),
)
