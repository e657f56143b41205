"""Where the money of a box goes, named and coloured; the books reckon it."""

from django.utils.translation import gettext as _

from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Split, split_of
from postharvest.operations.settlement import splits as settlement
from postharvest.operations.settlement.splits import MoneySplit

GROWER, PACKER, BOX, POSTAGE, FEE = 1, 2, 3, 4, 5
"""Colours of the shares; the same on every page."""


def split_of_price(*, listing: Row, lane_id: int | None = None) -> Split | None:
    """Split the team price of a box; without a lane, by the first one on offer."""
    found = settlement.split_of_price(listing=listing, price_fen=listing.team_fen, lane_id=lane_id)
    return _named(found) if found else None


def split_of_order(order: Row) -> Split | None:
    """Split an order as the books do, or will on its arrival."""
    found = settlement.split_of_order(order.pk)
    return _named(found) if found else None


def _named(money: MoneySplit) -> Split:
    return split_of(
        [
            (_("Growers"), money.growers, GROWER),
            (_("Packers"), money.packers, PACKER),
            (_("Box"), money.packaging, BOX),
            (_("Postage"), money.postage, POSTAGE),
            (_("Fees"), money.fee, FEE),
        ]
    )
