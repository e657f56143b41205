"""Orders in JSON: what comes in, what goes out; one place for the front and for plain Django."""

from typing import Annotated, Any

import msgspec

from postharvest.core.audit.actor import Actor, Role
from postharvest.core.play import all_is_play
from postharvest.interfaces.api.problems import Problem
from postharvest.operations.orders.access import (
    access_token,
    may_see,
    order_id_of,
    order_number,
)
from postharvest.operations.orders.requests import Answer, Declined, OrderRequest, Placed

BUYERS = Actor(party="api", role=Role.BUYER)
LARGEST_BODY_BYTES = 16 * 1024
Whole = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class BuyerIn(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    phone: str


class AddressIn(msgspec.Struct, forbid_unknown_fields=True):
    county: Annotated[str, msgspec.Meta(pattern="^[0-9]{6}$")]
    line: str


class OrderIn(msgspec.Struct, forbid_unknown_fields=True):
    """The body of ``POST /api/v1/orders``."""

    listing: Whole
    quantity: Annotated[int, msgspec.Meta(ge=1, le=200)]
    buyer: BuyerIn
    address: AddressIn
    offer: Annotated[str, msgspec.Meta(pattern="^(solo|team)$")] = "solo"
    team: Whole | None = None
    unit_fen: Whole | None = None
    payment: Annotated[str, msgspec.Meta(pattern="^(sandbox|cashier|cod|bank)$")] = "sandbox"


_decode = msgspec.json.Decoder(OrderIn).decode


def read_order(body: bytes, key: str) -> OrderRequest | Problem:
    """Read a request; a bad one is answered with the field that is wrong."""
    if not key:
        return Problem(
            code="idempotency_key_missing",
            detail="send an Idempotency-Key header of 8 to 80 characters, new for every order",
        )
    try:
        order = _decode(body)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        return Problem(
            code="invalid", detail=what, facts={"field": where.strip("`.").replace(".", "/")}
        )
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Problem(code="malformed", detail=str(error))
    return OrderRequest(
        key=key,
        listing_id=order.listing,
        quantity=order.quantity,
        wants_team=order.offer == "team",
        team_id=order.team,
        name=order.buyer.name,
        phone=order.buyer.phone,
        county_code=order.address.county,
        line=order.address.line,
        payment=order.payment,
        unit_fen=order.unit_fen,
    )


def own_order(number: str, token: str) -> int | None:
    """Return the id of an order if the token opens it, else none."""
    order_id = order_id_of(number)
    return order_id if order_id is not None and may_see(order_id, token) else None


def told(answer: Answer) -> tuple[int, dict[str, Any], bool] | Problem:
    """Turn an answer into (status, document, replayed), or the problem it is."""
    if isinstance(answer, Declined):
        return Problem(code=answer.code, detail=answer.message, facts=answer.facts)
    return (200 if answer.replayed else 201), document(answer), answer.replayed


def document(placed: Placed) -> dict[str, Any]:
    """Return the order as the buyer may see it."""
    order = placed.order
    return {
        "order": order_number(order.pk),
        "access": access_token(order.pk),
        "status": str(order.state),
        "team": order.team_id,
        "quantity": order.quantity,
        "total_fen": order.total_fen,
        "arrives": {
            "earliest": order.arrives_earliest.isoformat(),
            "latest": order.arrives_latest.isoformat(),
        },
        **simulated(),
    }


def simulated() -> dict[str, bool]:
    """Return the mark that stands on every document where all is play, and on no other."""
    return {"simulated": True} if all_is_play() else {}
