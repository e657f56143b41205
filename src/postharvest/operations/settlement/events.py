"""News from the books."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeChanged:
    """Money of an account would go elsewhere now; whom it went to before is told."""

    kind: ClassVar[str] = "settlement.payee_changed"
    base_id: int
    payee_id: int
    old_contact_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutsApproved:
    """Two people agreed; the money is on its way to these parties."""

    kind: ClassVar[str] = "settlement.payouts_approved"
    base_id: int
    payout_ids: list[int]
