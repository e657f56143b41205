"""Whose an object in an address is: everything belongs to a base, and a base to a county.

`access.only_for` asks here before a page sees the address, so that a desk, a packing point or a
village reads and changes nothing of the next one, whatever number somebody types.
"""

from collections.abc import Callable, Mapping

from django.http import Http404

from postharvest.core.audit.actor import Actor
from postharvest.decisions.planning import queries as planning
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.diary import queries as diary
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.network import queries as network
from postharvest.operations.orders import queries as orders
from postharvest.operations.packing import queries as packing
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.settlement import queries as settlement

BASE_OF: Mapping[str, Callable[[int], int | None]] = {
    "batch_id": settlement.base_of_batch,
    "base_id": lambda pk: pk,
    "bulk_order_id": orders.base_of_bulk_order,
    "channel_id": campaigns.base_of_channel,
    "claim_id": orders.base_of_claim,
    "contract_id": harvest.base_of_contract,
    "copied_id": planning.base_of_copied,
    "despatch_id": parcels.base_of_despatch,
    "grower_id": harvest.base_of_grower,
    "line_id": diary.base_of_line,
    "payout_id": settlement.base_of_payout,
    "plan_id": planning.base_of_plan,
    "request_id": settlement.base_of_invoice_request,
    "sale_id": campaigns.base_of_sale,
    "shift_id": packing.base_of_shift,
    "stock_id": packing.base_of_stock,
    "surplus_id": harvest.base_of_surplus,
    "voucher_id": settlement.base_of_voucher,
}
"""By the name an address gives to a number: the base of the object."""
NATIONAL = frozenset({"delivery_id", "notice_id", "scenario_id"})
"""Numbers of what belongs to the whole country."""


def check_region(actor: Actor, numbers: Mapping[str, object]) -> None:
    """Find nothing that lies outside the actor's region.

    Raises
    ------
    Http404
        An object is another region's, or is not there: the answer does not tell which.
    """
    if not actor.scope:
        return
    for name, number in numbers.items():
        if name in BASE_OF:
            base_id = BASE_OF[name](int(str(number)))
            if base_id is None or not network.county_of_base(base_id).startswith(actor.scope):
                raise Http404
