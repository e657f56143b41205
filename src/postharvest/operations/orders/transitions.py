"""Which state may follow which: one table for orders, one for teams, applied inside the UPDATE."""

from collections.abc import Collection, Mapping

from postharvest.core.errors import Refused
from postharvest.operations.orders.models import Order, Team

_O = Order.State
_T = Team.State

ORDER: Mapping[str, Mapping[str, str]] = {
    "confirm": {_O.HELD: _O.CONFIRMED},
    "cancel": {_O.HELD: _O.CANCELLED, _O.CONFIRMED: _O.CANCELLED},
    "expire": {_O.HELD: _O.CANCELLED},
    "fail_team": {_O.HELD: _O.CANCELLED},
    "refund": {_O.CANCELLED: _O.REFUNDED},
    "pack": {_O.CONFIRMED: _O.PACKED},
    "post": {_O.PACKED: _O.POSTED},
    "deliver": {_O.POSTED: _O.DELIVERED},
    "withdraw": {
        _O.CONFIRMED: _O.CANCELLED,
        _O.PACKED: _O.CANCELLED,
        _O.POSTED: _O.CANCELLED,
    },
    "come_back": {_O.PACKED: _O.PACKED, _O.POSTED: _O.PACKED},
}
"""Event → {state before: state after}; an event not listed for a state is illegal there."""

TEAM: Mapping[str, Mapping[str, str]] = {
    "join": {_T.OPEN: _T.OPEN},
    "fill": {_T.OPEN: _T.FORMED},
    "complete": {_T.OPEN: _T.FORMED},
    "leave": {_T.OPEN: _T.OPEN, _T.FORMED: _T.FORMED},
    "empty": {_T.OPEN: _T.FAILED},
    "expire": {_T.OPEN: _T.FAILED},
}


class IllegalTransition(Refused):
    """This can't happen to something in this state."""

    code = "orders.illegal_transition"


def states_before(table: Mapping[str, Mapping[str, str]], event: str) -> Collection[str]:
    """States in which an event may happen."""
    return table[event].keys()


def after(table: Mapping[str, Mapping[str, str]], event: str, state: str) -> str:
    """Return the state that follows.

    Raises
    ------
    IllegalTransition
        The event can't happen in this state.
    """
    following = table[event].get(state)
    if following is None:
        raise IllegalTransition(f"{event} is not possible when {state}", event=event, state=state)
    return following
