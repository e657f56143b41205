"""News from the books."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutsApproved:
    """Two people agreed; the money is on its way to these parties."""

    kind: ClassVar[str] = "settlement.payouts_approved"
    base_id: int
    payout_ids: list[int]
