"""Where the money of a box goes: as the books split it, or as it will be split on arrival."""

from django.utils.translation import gettext as _

from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Split, split_of
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.packing import queries as packing
from postharvest.operations.settlement import queries as settlement
from postharvest.operations.settlement.bookings import wage_of_box_fen

GROWER, PACKER, BOX, POSTAGE, FEE = 1, 2, 3, 4, 5
"""Colours of the shares; the same on every page."""
BASIS_POINTS = 10_000
_NOTHING = {"growers": 0, "packers": 0, "packaging": 0, "postage": 0, "fee": 0}


def split_of_price(
    price_fen: int, *, sale: Row, listing: Row, postage_fen: int | None = None
) -> Split | None:
    """Split the price of a box; without a known postage, that of the first lane on offer."""
    postage = _first_postage_fen(sale, listing) if postage_fen is None else postage_fen
    if not postage:
        return None
    fee = price_fen * sale.fee_bp // BASIS_POINTS
    wage = _wage_fen(sale, listing)
    rest = price_fen - postage - fee - listing.material_fen - wage
    if rest <= 0:
        return None
    return _split(
        growers=rest, packers=wage, packaging=listing.material_fen, postage=postage, fee=fee
    )


def split_of_order(order: Row) -> Split | None:
    """Return what the books say of an order that has arrived; before that, what they will say."""
    booked = settlement.money_split_of_order(order.pk)
    if booked:
        return _split(
            **{"growers": 0, "packers": 0, "packaging": 0, "postage": 0, "fee": 0} | booked
        )
    one = split_of_price(
        order.unit_fen,
        sale=order.sale,
        listing=order.listing,
        postage_fen=int(order.lane.postage_fen.get(str(order.listing.net_g), 0)),
    )
    if one is None or order.quantity == 1:
        return one
    return split_of([(part.label, part.fen * order.quantity, part.tone) for part in one.parts])


def _first_postage_fen(sale: Row, listing: Row) -> int:
    offered = (one for one in campaigns.lanes_of(sale.pk) if one.offered)
    lane = next(offered, None)
    return int(lane.lane.postage_fen.get(str(listing.net_g), 0)) if lane else 0


def _split(*, growers: int, packers: int, packaging: int, postage: int, fee: int) -> Split:
    return split_of(
        [
            (_("Growers"), growers, GROWER),
            (_("Packers"), packers, PACKER),
            (_("Box"), packaging, BOX),
            (_("Postage"), postage, POSTAGE),
            (_("Fees"), fee, FEE),
        ]
    )


def _wage_fen(sale: Row, listing: Row) -> int:
    """What a box sets aside for packing, by the wage of the sale's first shift."""
    shift = packing.shifts_of(sale.pk).first()
    if shift is None:
        return 0
    return wage_of_box_fen(box_crew_s=listing.box_crew_s, day_wage_fen=shift.day_wage_fen)
