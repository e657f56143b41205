"""The accounts of the books, and what each means (docs/pricing.md says it in prose)."""

from django.db.models import Q

OF_PEOPLE = Q(account__startswith="grower:") | Q(account__startswith="packer:")
"""Accounts of those who are paid."""
DEPOSIT = "deposit"
"""What buyers have paid for goods that have not arrived: ours to give back (credit)."""
CARRIER = "carrier"
"""What the carrier owes us: cash taken at doors, damage it caused (debit)."""
POSTAGE = "postage"
"""What the post earns for carrying (credit)."""
PACKAGING = "packaging"
"""Cartons and cushions (credit)."""
FEE = "fee"
"""What platform and payment cost (credit)."""
FREIGHT = "freight"
"""Carrying and loading for wholesale buyers (credit)."""
POINTS = "points"
"""Setting up and running packing points, travel of packers (credit)."""
TEAM_PLACES = "team_places"
"""What the platform pays for places of a team that stayed empty (debit)."""
SHORTFALL = "shortfall"
"""What the platform adds to a sale whose pool ended below zero (debit)."""
PLATFORM_LOSS = "platform_loss"
"""Refunds and lost boxes that nobody else caused; the platform bears them (debit)."""
PACKING_LOSS = "packing_loss"
"""Refunds and lost boxes for what was packed badly; the branch bears them (debit)."""
BANK = "cash:bank"
"""The branch's bank account."""


def bearer_of(cause: str) -> str:
    """Return the account that bears what somebody caused; a grower's own account is not known."""
    return {"carrier": CARRIER, "packer": PACKING_LOSS, "platform": PLATFORM_LOSS}.get(cause, "")


def kind_of(account: str) -> str:
    """Return an account's kind: what stands before the party."""
    return account.partition(":")[0]


def cash(provider: str, channel_id: int) -> str:
    """What a payment provider holds for us (debit).

    Cash at the door is the carrier's to bring, a marketplace's money is the marketplace's.
    """
    if provider == "cod":
        return CARRIER
    return channel(channel_id) if provider == "channel" else f"cash:{provider}"


def channel(channel_id: int) -> str:
    """What a marketplace has taken for us, or wholesale buyers owe us, until they pay (debit)."""
    return f"channel:{channel_id}"


def channel_fee(channel_id: int) -> str:
    """What a channel keeps of the orders that came through it, until it settles (credit)."""
    return f"fee:{channel_id}"


def pool(sale_id: int) -> str:
    """What growers of a sale have earned and not been credited yet (credit)."""
    return f"pool:{sale_id}"


def goods(sale_id: int) -> str:
    """What the branch paid growers for fruit it bought and has not sold yet (debit)."""
    return f"goods:{sale_id}"


def advances(sale_id: int) -> str:
    """What growers got at hand-over on account of their share (debit)."""
    return f"advances:{sale_id}"


def margin(sale_id: int) -> str:
    """What the branch wins (credit) or loses (debit) on fruit it bought: the price was its risk."""
    return f"margin:{sale_id}"


def floor(sale_id: int) -> str:
    """What the branch adds so that no grower gets less than his floor (debit)."""
    return f"floor:{sale_id}"


def wages(sale_id: int) -> str:
    """What orders of a sale have set aside for packing, less what packers were credited."""
    return f"wages:{sale_id}"


def grower(grower_id: int) -> str:
    """What is owed to a grower (credit)."""
    return f"grower:{grower_id}"


def packer(packer_id: int) -> str:
    """What is owed to a packer (credit)."""
    return f"packer:{packer_id}"


def grower_id_of(account: str) -> int | None:
    """Return the grower an account belongs to, or none where it is nobody's or a packer's."""
    kind, _colon, number = account.partition(":")
    return int(number) if kind == "grower" and number.isdigit() else None
