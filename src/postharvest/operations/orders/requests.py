"""What a buyer asks for, and the answers he may get."""

import hashlib
import re
from dataclasses import dataclass, field

from postharvest.operations.orders.models import Order
from postharvest.operations.orders.providers import offered
from postharvest.operations.orders.rows import FreshOrder

LARGEST_QUANTITY = 200
LONGEST_NAME = 60
LONGEST_LINE = 200
_PAID_THERE = str(Order.Payment.CHANNEL)
"""Taken from the desk only, for a marketplace's listings: no buyer is offered it."""
_PHONE = re.compile(r"\+?[0-9][0-9 \-]{4,18}[0-9]")
_KEY = re.compile(r"[\x21-\x7e]{8,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """One order as it is asked for.  ``key`` makes asking again harmless.

    ``unit_fen`` is the price of a box that the buyer was shown, where he says it.
    """

    key: str
    listing_id: int
    quantity: int
    wants_team: bool
    team_id: int | None
    name: str
    phone: str
    county_code: str
    line: str
    payment: str
    unit_fen: int | None = None

    def body_hash(self) -> str:
        """Return a digest of everything but the key: the same request has the same digest."""
        parts: tuple[object, ...] = (
            self.listing_id,
            self.quantity,
            self.wants_team,
            self.team_id,
            self.name,
            self.phone,
            self.county_code,
            self.line,
            self.payment,
        )
        if self.unit_fen is not None:
            parts = (*parts, self.unit_fen)
        return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The order stands; ``replayed`` says that it stood already."""

    order: Order | FreshOrder
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The order was not taken, for this reason; nothing was written for it."""

    code: str
    message: str
    facts: dict[str, object] = field(default_factory=dict)


Answer = Placed | Declined


def fault_of(request: OrderRequest) -> Declined | None:
    """Return what is wrong with a request's shape, or none."""
    ways = offered()
    checks = (
        (_KEY.fullmatch(request.key), "key", "needs 8 to 80 visible characters"),
        (0 < request.quantity <= LARGEST_QUANTITY, "quantity", _QUANTITY),
        (_is_text(request.name, LONGEST_NAME), "buyer.name", _NAME),
        (_PHONE.fullmatch(request.phone), "buyer.phone", "is no phone number"),
        (_is_text(request.line, LONGEST_LINE), "address.line", _LINE),
        (
            request.payment in (*ways, _PAID_THERE),
            "payment",
            "is no way to pay here; take " + " or ".join(ways[:-1]),
        ),
        (
            not (request.wants_team and request.payment == "cod"),
            "payment",
            "a team counts paid members, so cash on delivery is for solo orders only",
        ),
        (request.wants_team or request.team_id is None, "team", "is for team orders only"),
    )
    for fine, pointer, message in checks:
        if not fine:
            return Declined(
                code="invalid", message=f"{pointer} {message}", facts={"field": pointer}
            )
    return None


def _is_text(text: str, longest: int) -> bool:
    return 0 < len(text.strip()) <= longest and text.isprintable()


_QUANTITY = f"must be between 1 and {LARGEST_QUANTITY}"
_NAME = f"is missing, unprintable or over {LONGEST_NAME} characters"
_LINE = f"is missing, unprintable or over {LONGEST_LINE} characters"
