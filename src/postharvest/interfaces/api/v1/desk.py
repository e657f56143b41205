"""For the branch's desk: plans and their approval, parcels, payouts."""

from typing import Annotated, Literal

import msgspec

from postharvest.decisions.planning import queries as plans
from postharvest.decisions.planning.actions import approve_plan
from postharvest.interfaces.api.rows import Row
from postharvest.interfaces.api.v1.paging import Pages, page
from postharvest.interfaces.api.v1.resource import Call, NotFound, Operation, Reply, instant
from postharvest.interfaces.api.v1.shop import WindowOut
from postharvest.interfaces.api.v1.village import Id
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.parcels.emsevt import Status
from postharvest.operations.settlement import queries as settlement


class PlansOf(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    surplus: Id


class PlanOut(msgspec.Struct, kw_only=True):
    """``gap`` is how far from the best possible it can be, 0.01 for 1 %."""

    id: int
    surplus: int
    goal: str
    state: str
    growers_net_fen: int
    cleared_share: float
    gap: float | None
    made_at: str


class PlansOut(msgspec.Struct, kw_only=True):
    items: list[PlanOut]


class OpenedOut(msgspec.Struct, kw_only=True):
    """The sale that an approved plan opens."""

    sale: int


class ParcelsOf(Pages, forbid_unknown_fields=True, kw_only=True):
    sale: Id
    status: Annotated[str, msgspec.Meta(max_length=20)] = ""
    flag: Literal["", "late", "silent"] = ""


class ParcelOut(msgspec.Struct, kw_only=True):
    number: str
    carrier: str
    status: str
    flag: str
    damaged: bool
    action_required: str
    net_g: int
    county: str
    arrives: WindowOut
    promised_by: str


class ParcelsOut(msgspec.Struct, kw_only=True):
    items: list[ParcelOut]
    next: str | None


class PayoutsOf(Pages, forbid_unknown_fields=True, kw_only=True):
    sale: Id


class PayoutOut(msgspec.Struct, kw_only=True):
    id: int
    account: str
    amount_fen: int
    way: str
    state: str


class PayoutsOut(msgspec.Struct, kw_only=True):
    items: list[PayoutOut]
    next: str | None


def plans_of(call: Call) -> Reply:
    rows = [
        row
        for row in plans.plans_of(call.query(PlansOf).surplus)
        if _is_in_region(call, row.surplus.county_id)
    ]
    return Reply(content=PlansOut(items=[_plan(row) for row in rows]))


def plan(call: Call) -> Reply:
    row = plans.plan(call.path["plan_id"])
    if row is None or not _is_in_region(call, row.surplus.county_id):
        raise NotFound("there is no such plan in your region")
    return Reply(content=_plan(row))


def approve(call: Call) -> Reply:
    sale = approve_plan(plan_id=call.path["plan_id"], actor=call.actor, now=call.now)
    where = {"Location": f"/api/v1/sales/{sale.pk}"}
    return Reply(content=OpenedOut(sale=sale.pk), status=201, headers=where)


def parcels_of(call: Call) -> Reply:
    asked = call.query(ParcelsOf)
    _require_sale(call, asked.sale)
    rows = parcels.parcels_of_sale(asked.sale)
    if asked.status in set(Status):
        rows = rows.filter(status=asked.status)
    elif asked.status:
        rows = rows.none()
    if asked.flag:
        rows = rows.filter(flagged=asked.flag)
    items, more = page(rows, asked, _parcel)
    return Reply(content=ParcelsOut(items=items, next=more))


def payouts_of(call: Call) -> Reply:
    asked = call.query(PayoutsOf)
    _require_sale(call, asked.sale)
    items, more = page(settlement.payouts_of(asked.sale), asked, _payout)
    return Reply(content=PayoutsOut(items=items, next=more))


def _require_sale(call: Call, sale_id: int) -> None:
    sale = campaigns.sale(sale_id)
    if sale is None or not _is_in_region(call, sale.branch.county_id):
        raise NotFound("there is no such sale in your region")


def _is_in_region(call: Call, county_code: str) -> bool:
    return county_code.startswith(call.region)


def _plan(row: Row) -> PlanOut:
    return PlanOut(
        id=row.pk,
        surplus=row.surplus_id,
        goal=row.goal,
        state=str(row.state),
        growers_net_fen=row.net_fen,
        cleared_share=row.cleared_share,
        gap=row.gap,
        made_at=instant(row.made_at),
    )


def _parcel(row: Row) -> ParcelOut:
    return ParcelOut(
        number=row.number,
        carrier=row.carrier,
        status=str(row.status),
        flag=row.flagged,
        damaged=row.damaged,
        action_required=row.action_required,
        net_g=row.box.net_g,
        county=row.order.county_code,
        arrives=WindowOut(earliest=row.eta_earliest.isoformat(), latest=row.eta_latest.isoformat()),
        promised_by=row.promised_by.isoformat(),
    )


def _payout(row: Row) -> PayoutOut:
    return PayoutOut(
        id=row.pk,
        account=row.account,
        amount_fen=row.amount_fen,
        way=row.way,
        state=str(row.state),
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="plans",
        summary="The plans of a surplus, from most income to most cleared",
        audience="desk",
        handler=plans_of,
        scope="api:read",
        query=PlansOf,
        answer=PlansOut,
    ),
    Operation(
        method="GET",
        path="plans/{plan_id}",
        summary="One plan; its ETag is what an approval must name",
        audience="desk",
        handler=plan,
        scope="api:read",
        answer=PlanOut,
    ),
    Operation(
        method="POST",
        path="plans/{plan_id}/approve",
        summary="Approve a plan and open its sale",
        audience="desk",
        handler=approve,
        scope="api:write",
        answer=OpenedOut,
        status=201,
        is_once=True,
        shown_by=plan,
    ),
    Operation(
        method="GET",
        path="parcels",
        summary="Parcels of a sale, by status or flag",
        audience="desk",
        handler=parcels_of,
        scope="api:read",
        query=ParcelsOf,
        answer=ParcelsOut,
    ),
    Operation(
        method="GET",
        path="payouts",
        summary="What a sale owes and has paid its growers and packers, by pseudonym",
        audience="desk",
        handler=payouts_of,
        scope="api:read",
        query=PayoutsOf,
        answer=PayoutsOut,
    ),
)
