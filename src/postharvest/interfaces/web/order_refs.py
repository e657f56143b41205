"""How a guest finds his order again: its number and its key in one address."""

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from postharvest.interfaces.web.rows import Row
from postharvest.operations.members import queries as members
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.access import access_token, may_see, order_id_of, order_number

MOST_REMEMBERED = 50
_ORDERS_KEY = "orders"


def order_ref(order_id: int) -> str:
    """Return the part of an address that opens this order and no other."""
    return f"{order_number(order_id)}-{access_token(order_id)}"


def order_row(ref: str | int) -> Row:
    """Return the order that a reference opens (or that our own code names by its id).

    Raises
    ------
    Http404
        The reference opens nothing.
    """
    order_id = ref if isinstance(ref, int) else _opened_by(ref)
    row = orders.order(order_id) if order_id is not None else None
    if row is None:
        raise Http404(_("there is no such order"))
    return row


def remember_order(request: HttpRequest, order_id: int) -> None:
    """Keep in the buyer's session which orders are his, the newest first."""
    known = [order_id, *own_orders(request)]
    request.session[_ORDERS_KEY] = list(dict.fromkeys(known))[:MOST_REMEMBERED]


def own_orders(request: HttpRequest) -> list[int]:
    """Return the orders placed in this session and, where somebody is signed in, his others."""
    known: list[int] = list(request.session.get(_ORDERS_KEY, []))
    if request.user.is_authenticated:
        known += members.order_ids(request.user.pk)
    return list(dict.fromkeys(known))


def _opened_by(ref: str) -> int | None:
    number, _dash, token = ref.partition("-")
    order_id = order_id_of(number)
    return order_id if order_id is not None and may_see(order_id, token) else None
