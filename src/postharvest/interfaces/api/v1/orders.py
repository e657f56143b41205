"""For buyers: sales that are open, and one's own order."""

from typing import Literal

import msgspec

from postharvest.interfaces.api import orders as json_orders
from postharvest.interfaces.api.problems import Problem
from postharvest.interfaces.api.v1.resource import (
    Blocked,
    Call,
    Operation,
    Reply,
    instant,
    refusal_of,
)
from postharvest.interfaces.api.v1.shop import ListingOut, WindowOut
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.ending import cancel_order
from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.orders.requests import Placed


class OpenSaleOut(msgspec.Struct, kw_only=True):
    id: int
    produce: str
    left_g: int
    closes_at: str
    listings: list[ListingOut]


class SalesOut(msgspec.Struct, kw_only=True):
    sales: list[OpenSaleOut]


class OrderOut(msgspec.Struct, kw_only=True):
    """An order as its buyer may see it; ``access`` is the bearer token that shows it again."""

    order: str
    access: str
    status: Literal["held", "confirmed", "packed", "posted", "delivered", "cancelled", "refunded"]
    team: int | None
    quantity: int
    total_fen: int
    arrives: WindowOut


def sales(call: Call) -> Reply:
    """List the sales that take orders now, with what is left."""
    rows = []
    for sale in campaigns.sales_open(call.now):
        left_g = campaigns.left_g(sale)
        rows.append(
            OpenSaleOut(
                id=sale.pk,
                produce=sale.surplus.produce_id,
                left_g=left_g,
                closes_at=instant(sale.closes_at),
                listings=[
                    ListingOut(
                        id=one.pk,
                        pack_g=one.net_g,
                        left=left_g // one.net_g,
                        solo_fen=one.solo_fen,
                        team_fen=one.team_fen,
                    )
                    for one in campaigns.shop_listings(sale.pk)
                ],
            )
        )
    return Reply(content=SalesOut(sales=rows))


def place(call: Call) -> Reply:
    """Take one order where no front stands before Django (tests, WSGI)."""
    key = call.request.headers.get("Idempotency-Key", "")
    asked = json_orders.read_order(call.request.body, key)
    if isinstance(asked, Problem):
        raise refusal_of(asked)
    answer = place_orders(requests=[asked], actor=json_orders.BUYERS, now=call.now)[0]
    told = json_orders.told(answer)
    if isinstance(told, Problem):
        raise refusal_of(told)
    status, document, replayed = told
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    return Reply(content=msgspec.convert(document, OrderOut), status=status, headers=headers)


def one_order(call: Call) -> Reply:
    """Show an order to whoever holds its access token."""
    return _shown(_own(call))


def cancel(call: Call) -> Reply:
    """Cancel one's own order before it is packed; again changes nothing."""
    order_id = _own(call)
    cancel_order(order_id=order_id, actor=json_orders.BUYERS, now=call.now)
    return _shown(order_id)


def _own(call: Call) -> int:
    kind, _, token = call.request.headers.get("Authorization", "").partition(" ")
    given = token.strip() if kind.lower() == "bearer" else ""
    order_id = json_orders.own_order(call.path["number"], given)
    if order_id is None:
        raise Blocked("unauthorised", "send the order's own access token as Bearer")
    return order_id


def _shown(order_id: int) -> Reply:
    found = orders.order(order_id)
    if found is None:
        raise Blocked("unauthorised", "send the order's own access token as Bearer")
    return Reply(content=msgspec.convert(json_orders.document(Placed(order=found)), OrderOut))


OPERATIONS = (
    Operation(
        method="GET",
        path="sales",
        summary="Open sales",
        audience="shop",
        handler=sales,
        answer=SalesOut,
    ),
    Operation(
        method="POST",
        path="orders",
        summary="Place an order; the same key and body again answer 200 with the same order",
        audience="shop",
        handler=place,
        takes=json_orders.OrderIn,
        needs_key=True,
        answer=OrderOut,
        status=201,
    ),
    Operation(
        method="GET",
        path="orders/{number}",
        summary="One's own order",
        audience="shop",
        handler=one_order,
        security="order",
        answer=OrderOut,
    ),
    Operation(
        method="POST",
        path="orders/{number}/cancel",
        summary="Cancel one's own order before it is packed",
        audience="shop",
        handler=cancel,
        security="order",
        answer=OrderOut,
    ),
)
