"""News of the outbox in a sentence each."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _


def sentence_of_news(kind: str, body: Mapping[str, Any]) -> str:
    """Write one piece of news; what has no sentence of its own is named by its kind."""
    many = _counted(kind, body)
    if many:
        return many
    known = {
        "harvest.surplus_reported": _("A surplus was reported"),
        "campaigns.sale_opened": _("The sale opened"),
        "campaigns.sale_changed": _("Prices or days were changed"),
        "campaigns.sale_closed": _("The sale closed"),
        "packing.shift_closed": _("A point closed its day"),
        "packing.people_missing": _("%(came)s of %(called)s people came")
        % {"came": body.get("came", "?"), "called": body.get("called", "?")},
        "orders.team_completed_by_platform": _("We paid for a missing place in a team"),
        "orders.claims_decided": _("Claims were decided"),
        "parcels.posted": _("A truck took parcels"),
        "parcels.resent": _("A parcel that came back goes out again"),
        "packing.lot_stopped": _("A lot was stopped"),
        "packing.lot_released": _("A stopped lot goes on"),
        "packing.point_lost": _("A packing point was lost"),
        "network.capacity_changed": _("Days of lanes and post office were set"),
        "network.base_opened": _("The base opened"),
    }
    return known.get(kind, kind)


def _counted(kind: str, body: Mapping[str, Any]) -> str:
    """Write news about many things as their number."""
    lists = {
        "orders.confirmed": ("order_ids", _("Orders certain: %(n)s")),
        "orders.released": ("order_ids", _("Orders ended before packing: %(n)s")),
        "orders.delivered": ("order_ids", _("Orders arrived: %(n)s")),
        "orders.payments_captured": ("payment_ids", _("Payments that came in: %(n)s")),
        "orders.refunds_sent": ("refund_ids", _("Refunds sent: %(n)s")),
        "orders.teams_formed": ("team_ids", _("Teams complete: %(n)s")),
        "orders.teams_failed": ("team_ids", _("Teams that did not fill: %(n)s")),
        "orders.delay_announced": ("order_ids", _("Buyers asked to wait: %(n)s")),
        "orders.delay_refused": ("order_ids", _("Buyers who want their money back: %(n)s")),
        "packing.boxes_withdrawn": ("box_ids", _("Boxes taken out and paid back: %(n)s")),
        "harvest.growers_called": ("call_ids", _("Growers called to harvest: %(n)s")),
        "harvest.lots_cut": ("lot_ids", _("Lots cut: %(n)s")),
        "harvest.wholesale_picked_up": ("pickup_ids", _("Growers who sold at the field: %(n)s")),
        "parcels.flagged": ("parcel_ids", _("%(n)s parcels are late or silent")),
    }
    if kind == "packing.boxes_packed":
        return _("Boxes packed: %(n)s") % {"n": body.get("boxes", 0)}
    if kind not in lists:
        return ""
    field, words = lists[kind]
    found = body.get(field, ())
    return words % {"n": len(found) if isinstance(found, list) else found}
