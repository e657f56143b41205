"""What only the right person can know of an order: HMACs of its number, never stored."""

import hmac

from django.conf import settings

_PREFIX = "PO"


def order_number(order_id: int) -> str:
    """Return the number people see."""
    return f"{_PREFIX}{order_id:010d}"


def order_id_of(number: str) -> int | None:
    """Return the row's id of a number, or none if it is no order number."""
    digits = number.removeprefix(_PREFIX)
    known = number.startswith(_PREFIX) and digits.isascii() and digits.isdecimal()
    return int(digits) if known else None


def access_token(order_id: int) -> str:
    """Return the bearer token of an order."""
    return _digest("order access", order_id)[:40]


def payment_reference(provider: str, order_id: int) -> str:
    """Return the reference of an order's money at a provider: nobody can guess another's."""
    return f"{provider}-{order_id}-{_digest('payment ' + provider, order_id)[:16]}"


def may_see(order_id: int, token: str) -> bool:
    """Whether the token opens this order."""
    return hmac.compare_digest(access_token(order_id).encode(), token.encode())


def _digest(purpose: str, order_id: int) -> str:
    key = f"{purpose} {settings.SECRET_KEY}".encode()
    return hmac.digest(key, str(order_id).encode(), "sha256").hex()
