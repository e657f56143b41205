"""What boxes cost that never arrived: carton, work and postage were spent all the same."""

from collections.abc import Collection, Iterator

from postharvest.operations.packing.models import Box
from postharvest.operations.parcels.models import Parcel
from postharvest.operations.settlement import accounts
from postharvest.operations.settlement.bookings import wage_of_box_fen
from postharvest.operations.settlement.ledger import Draft

_CHUNK = 5000


def boxes_withdrawn(box_ids: Collection[int]) -> Iterator[Draft]:
    """Whoever caused it bears the cost of a box that came out of the chain.

    A grower loses the price of his bad fruit, never the cost of packing and sending it: that is
    the platform's.  Postage is owed from the moment the parcel left.
    """
    ids = sorted(box_ids)
    for start in range(0, len(ids), _CHUNK):
        rows = Box.objects.filter(pk__in=ids[start : start + _CHUNK]).exclude(withdrawn_at=None)
        for box in rows.select_related("shift", "listing", "order__lane", "parcel").order_by("pk"):
            yield _draft(box)


def parcel_resent(parcel_id: int, *, cause: str) -> Iterator[Draft]:
    """A second journey costs a second postage."""
    parcel = Parcel.objects.select_related("box", "lane", "order").get(pk=parcel_id)
    assert parcel.resent_at is not None  # noqa: S101  (the news says so)
    fen = int(parcel.lane.postage_fen[str(parcel.box.net_g)])
    yield Draft(
        key=f"resent:{parcel_id}:{parcel.resent_at.timestamp():.0f}",
        kind="resent",
        base_id=parcel.base_id,
        sale_id=parcel.order.sale_id,
        lines=[(_bearer(cause), fen), (accounts.POSTAGE, -fen)],
    )


def _draft(box: Box) -> Draft:
    sale_id = box.shift.sale_id
    wage = wage_of_box_fen(box_crew_s=box.listing.box_crew_s, day_wage_fen=box.shift.day_wage_fen)
    left = hasattr(box, "parcel") and bool(box.parcel.despatch_id or box.parcel.resent_at)
    postage = int(box.order.lane.postage_fen[str(box.net_g)]) if left else 0
    material = box.listing.material_fen
    return Draft(
        key=f"withdrawn:{box.pk}",
        kind="withdrawn",
        base_id=box.base_id,
        sale_id=sale_id,
        lines=[
            (_bearer(box.withdrawn_cause), material + wage + postage),
            (accounts.PACKAGING, -material),
            (accounts.wages(sale_id), -wage),
            (accounts.POSTAGE, -postage),
        ],
    )


def _bearer(cause: str) -> str:
    return accounts.bearer_of(cause) or accounts.PLATFORM_LOSS
