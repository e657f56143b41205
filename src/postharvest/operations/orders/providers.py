"""Ways to pay: what each can do, behind one protocol."""

from functools import cache
from typing import Protocol

from django.conf import settings

from postharvest.operations.orders.access import payment_reference
from postharvest.operations.orders.models import Order


class PaymentProvider(Protocol):
    """Takes money for an order and gives it back.

    A provider must treat ``key`` as idempotent: the same key refunds once.
    """

    name: str

    def reference(self, order_id: int) -> str:
        """Return the reference under which the provider will report this order's money."""
        ...

    def refund(self, *, key: str, reference: str, amount_fen: int) -> None:
        """Send money back to where it came from.

        Raises
        ------
        OSError
            The provider can't be reached; the refund stays due.
        """
        ...


class Sandbox:
    """Play money: nothing leaves the house, notices come from the cashier page or the world."""

    def __init__(self, name: str) -> None:
        self.name = name

    def reference(self, order_id: int) -> str:
        return payment_reference(self.name, order_id)

    def refund(self, *, key: str, reference: str, amount_fen: int) -> None:
        return None


class CashOnDelivery:
    """The carrier takes the money at the door and owes it to us."""

    name = "cod"

    def reference(self, order_id: int) -> str:
        return f"cod-{order_id}"

    def refund(self, *, key: str, reference: str, amount_fen: int) -> None:
        return None  # paid out by the desk in the next payout run; the books carry it


class BankTransfer:
    """The buyer transfers and names the reference; the desk matches the statement."""

    name = "bank"

    def reference(self, order_id: int) -> str:
        return f"bank-{order_id}"

    def refund(self, *, key: str, reference: str, amount_fen: int) -> None:
        return None  # a line of the next bank file; the books carry it


class PaidElsewhere:
    """A marketplace has the money, owes it to us, and takes off what it gives back."""

    name = "channel"

    def reference(self, order_id: int) -> str:
        return f"channel-{order_id}"

    def refund(self, *, key: str, reference: str, amount_fen: int) -> None:
        return None  # the marketplace gives it back; the books carry it until it settles


_PROVIDERS: dict[str, PaymentProvider] = {
    Order.Payment.SANDBOX: Sandbox("sandbox"),
    Order.Payment.CASHIER: Sandbox("cashier"),
    Order.Payment.CASH_ON_DELIVERY: CashOnDelivery(),
    Order.Payment.BANK: BankTransfer(),
    Order.Payment.CHANNEL: PaidElsewhere(),
}


def offered() -> tuple[str, ...]:
    """Return the ways to pay that buyers may take here, by the setting POSTHARVEST_PAYMENTS."""
    return _known(settings.POSTHARVEST_PAYMENTS)


@cache
def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(name) for name in _PROVIDERS if name in names)


def provider_of(name: str) -> PaymentProvider:
    """Return the provider behind a way to pay."""
    return _PROVIDERS[name]
