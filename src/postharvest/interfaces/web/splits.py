"""Where the money of a box goes, before it is ordered: what stands on the listing and the lane."""

from django.utils.translation import gettext as _

from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Split, split_of
from postharvest.operations.campaigns import queries as campaigns

GROWER, PACKER, BOX, POSTAGE, FEE, FUND = 1, 2, 3, 4, 5, 6
"""Colours of the shares; the same on every page."""
BASIS_POINTS = 10_000


def split_of_price(
    price_fen: int, *, sale: Row, listing: Row, lane_id: int | None = None
) -> Split | None:
    """Split the price of a box over a lane (the first that is offered, if none is known)."""
    lanes = [one for one in campaigns.lanes_of(sale.pk) if one.offered]
    lane = next((one for one in lanes if one.lane_id == lane_id), lanes[0] if lanes else None)
    if lane is None:
        return None
    postage = int(lane.lane.postage_fen.get(str(listing.net_g), 0))
    fee = price_fen * sale.fee_bp // BASIS_POINTS
    rest = price_fen - postage - fee - listing.material_fen
    if rest <= 0:
        return None
    return split_of(
        [
            (_("Growers and packers"), rest, GROWER),
            (_("Box"), listing.material_fen, BOX),
            (_("Postage"), postage, POSTAGE),
            (_("Fees"), fee, FEE),
        ]
    )
