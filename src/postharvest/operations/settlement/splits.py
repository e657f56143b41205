"""Where the money of a box or an order goes, to the fen: as booked, or as it will be booked."""

from dataclasses import dataclass

from postharvest.operations.campaigns.models import Listing, SaleLane
from postharvest.operations.orders.models import Order
from postharvest.operations.packing.models import Shift
from postharvest.operations.settlement import bookings, queries


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneySplit:
    """Fen by receiver; they sum to the price."""

    growers: int
    packers: int
    packaging: int
    postage: int
    fee: int

    @property
    def total_fen(self) -> int:
        return self.growers + self.packers + self.packaging + self.postage + self.fee


def split_of_price(
    *, listing: Listing, price_fen: int, quantity: int = 1, lane_id: int | None = None
) -> MoneySplit | None:
    """Split what an order of a listing would cost; without a lane, by the first on offer.

    None where the postage is not known, or where nothing would be left for the growers.
    """
    lanes = SaleLane.objects.filter(sale_id=listing.sale_id).select_related("lane")
    wanted = lanes.filter(lane_id=lane_id) if lane_id else lanes.filter(offered=True)
    row = wanted.order_by("lane__zone").first()
    if row is None or str(listing.net_g) not in row.lane.postage_fen:
        return None
    parts = bookings.split_of(
        {
            "quantity": quantity,
            "total_fen": price_fen * quantity,
            "sale__fee_bp": listing.sale.fee_bp,
            "listing__net_g": listing.net_g,
            "listing__material_fen": listing.material_fen,
            "listing__channel__fee_bp": listing.channel.fee_bp,
            "listing__channel__fee_fen": listing.channel.fee_fen,
            "lane__postage_fen": row.lane.postage_fen,
        },
        quantity * _wage_fen(listing),
    )
    return MoneySplit(**parts) if parts["growers"] > 0 else None


def split_of_order(order_id: int) -> MoneySplit | None:
    """Return what the books say of an order that has arrived; before that, what they will say."""
    booked = queries.money_split_of_order(order_id)
    if booked:
        nothing = {"growers": 0, "packers": 0, "packaging": 0, "postage": 0, "fee": 0}
        return MoneySplit(**{**nothing, **booked})
    order = Order.objects.select_related("listing__sale", "listing__channel").get(pk=order_id)
    return split_of_price(
        listing=order.listing,
        price_fen=order.unit_fen,
        quantity=order.quantity,
        lane_id=order.lane_id,
    )


def _wage_fen(listing: Listing) -> int:
    """What a box sets aside for packing, by the wage of the sale's first shift."""
    shift = Shift.objects.filter(sale_id=listing.sale_id).order_by("day", "point__code").first()
    if shift is None:
        return 0
    return bookings.wage_of_box_fen(box_crew_s=listing.box_crew_s, day_wage_fen=shift.day_wage_fen)
