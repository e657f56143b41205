"""Which value-added tax an amount contains, by its account: every line carries its rate.

Growers sell what they grew themselves: that is free of the tax (rate 0), as are wages, deposits
and what is only passed on.  The rates of the others start as assumptions and are the branch's to
enter (`set_tax_rate`).
"""

from datetime import date, datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.operations.settlement import accounts
from postharvest.operations.settlement.models import TaxRate

ASSUMED_BP = {accounts.POSTAGE: 600, accounts.PACKAGING: 1300, accounts.FEE: 600}
"""Delivery services 6 %, goods 13 %, platform services 6 %: the usual rates, until entered."""
UNTAXED = ("grower", "packer", "pool", "wages", "deposit", "cash")
"""Kinds that never bear the tax: growers' own produce, wages, and money that only passes."""
_BP = 10_000


def rates(day: date) -> dict[str, int]:
    """Return the rate of every taxed kind of account on a day, 1/10,000."""
    rows = TaxRate.objects.filter(from_day__lte=day).order_by("from_day")
    return ASSUMED_BP | dict(rows.values_list("kind", "rate_bp"))


def contained_fen(amount_fen: int, rate_bp: int) -> int:
    """Return the tax that an amount contains, rounded half up to the fen."""
    sign = -1 if amount_fen < 0 else 1
    whole = abs(amount_fen) * rate_bp
    return sign * ((2 * whole + _BP + rate_bp) // (2 * (_BP + rate_bp)))


@transaction.atomic
def set_tax_rate(
    *, kind: str, from_day: date, rate_bp: int, source: str, actor: Actor, now: datetime
) -> TaxRate:
    """Enter a rate from a day on; what is posted keeps the rate it was posted with.

    Raises
    ------
    InvalidInput
        A kind that bears no tax, a rate that can't be, or no word on where it stands.
    """
    actor.require(Role.DESK, Role.PLANNER)
    if kind in UNTAXED:
        raise InvalidInput("kind", f"{kind} bears no tax: growers' own produce and wages are free")
    if not 0 <= rate_bp < _BP:
        raise InvalidInput("rate", "must lie between 0 and 100 %")
    if not source.strip():
        raise InvalidInput("source", "say where the rate stands, such as a notice's number")
    row, _ = TaxRate.objects.update_or_create(
        kind=kind, from_day=from_day, defaults={"rate_bp": rate_bp, "source": source.strip()[:120]}
    )
    audit.write(
        actor,
        "settlement.set_tax_rate",
        f"tax {kind}",
        now=now,
        after={"from": str(from_day), "rate_bp": rate_bp, "source": row.source},
    )
    return row
