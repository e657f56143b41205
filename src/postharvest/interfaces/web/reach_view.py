"""What headquarters asks of all bases: reach, speed, choice, gain, and what needs somebody now."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from postharvest.core.outbox import log as outbox
from postharvest.interfaces.web.cards import expected_g, place_of, produce_name
from postharvest.interfaces.web.formats import money, number, percent
from postharvest.interfaces.web.order_view import Note
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Stat
from postharvest.operations.network import queries as network
from postharvest.operations.notices import queries as notices
from postharvest.operations.standing.queries import Flow

BEHIND_SHARE = 0.8
MOST_ALERTS = 8


def reach_stats(
    sales: Sequence[Row],
    flows: Mapping[int, Flow],
    uplifts: Sequence[tuple[int, int]],
    *,
    scope: str,
    now: datetime,
) -> list[Stat]:
    """Return reach, days on the road, choice and uplift; ``uplifts`` are (GMV, fen per kg)."""
    reached, everybody = network.people_reached(scope)
    arrived = sum(flow.timed for flow in flows.values())
    days = sum(flow.days_sum for flow in flows.values()) / arrived if arrived else 0.0
    running = [sale for sale in sales if sale.state == "open" and sale.opens_at <= now]
    crops = {sale.surplus.produce_id for sale in running if now < sale.closes_at}
    gmv = sum(weight for weight, _uplift in uplifts)
    uplift = sum(weight * fen for weight, fen in uplifts) / gmv if gmv else None
    return [
        Stat(
            label=_("Coverage"),
            value=percent(reached / everybody) if everybody else "–",
            note=_("of the country's people can order from an open base"),
        ),
        Stat(
            label=_("Delivery time"),
            value=number(days, 1) if arrived else "–",
            unit=_(" days"),
            note=_("mean from the post office to the door, %(n)s parcels") % {"n": number(arrived)},
        ),
        Stat(
            label=_("Choice"),
            value=number(len(crops)),
            unit=_(" crops"),
            note=_("on sale now, in %(n)s sales") % {"n": number(len(running))},
        ),
        Stat(
            label=_("Uplift per kg"),
            value=money(round(uplift)) if uplift is not None else "–",
            note=_("over that day's town price; sales weighted by what they delivered"),
        ),
    ]


def alerts(sales: Sequence[Row], flows: Mapping[int, Flow], *, now: datetime) -> list[Note]:
    """Say what needs somebody: sales behind their pace, late parcels, news that got stuck."""
    notes = []
    for sale in sales:
        expected = expected_g(sale, now=now)
        if sale.state == "open" and expected and sale.reserved_g < BEHIND_SHARE * expected:
            title = _("%(crop)s from %(place)s is behind: %(share)s of an even pace") % {
                "crop": produce_name(sale.surplus.produce),
                "place": place_of(sale.surplus, county=sale.branch.county),
                "share": percent(sale.reserved_g / expected),
            }
            notes.append(Note(title=title, tone="warn", icon="clock"))
        if late := flows[sale.pk].late:
            title = _("%(crop)s: %(n)s parcels are late or silent") % {
                "crop": produce_name(sale.surplus.produce),
                "n": number(late),
            }
            notes.append(Note(title=title, tone="bad", icon="truck"))
    if stuck := outbox.parked().count():
        title = _("%(n)s reactions to news have failed too often") % {"n": number(stuck)}
        notes.append(Note(title=title, text=_("See `postharvest doctor`."), tone="bad"))
    if silent := notices.in_trouble().count():
        title = _("%(n)s messages did not go out") % {"n": number(silent)}
        notes.append(Note(title=title, tone="warn"))
    return notes[:MOST_ALERTS]
