"""One order as its buyer sees it: when it comes, what happened, where the money went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from postharvest.core.units import GRAMS_PER_KG
from postharvest.interfaces.web.cards import pack_name, place_of, produce_name
from postharvest.interfaces.web.formats import day, moment, money
from postharvest.interfaces.web.journey import Step, journey_of
from postharvest.interfaces.web.lane_maps import way_map
from postharvest.interfaces.web.order_refs import order_ref
from postharvest.interfaces.web.postmarks import postmark
from postharvest.interfaces.web.promises import county_name
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.splits import split_of_order
from postharvest.interfaces.web.tables import Split
from postharvest.operations.network import queries as network
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.access import order_number
from postharvest.operations.orders.providers import provider_of
from postharvest.operations.settlement import queries as settlement

UNPAID, WAITING = "unpaid", "waiting"
_PAID = ("confirmed", "packed", "posted", "delivered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something the buyer should know now."""

    title: str
    text: str = ""
    tone: str = "sky"
    icon: str = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What a box brought its growers, beside what the town paid that day."""

    title: str
    text: str
    online: str
    town: str
    online_percent: float
    town_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayView:
    """What a buyer is asked while his order is late."""

    text: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """Everything the order page prints."""

    token: str
    number: str
    state: str
    tone: str
    title: str
    quantity: int
    headline: str
    subline: str
    produce_id: str
    county_code: str
    total_fen: int
    pay_url: str
    team_id: int | None
    team_open: bool
    may_claim: bool
    may_cancel: bool
    may_invoice: bool
    delay: DelayView | None
    parcels: Sequence[str]
    notes: Sequence[Note]
    steps: Sequence[Step]
    split: Split | None
    town_note: str
    thanks: str
    thanks_note: str
    map: SafeString | str = ""
    postmark: SafeString | str = ""
    gain: Gain | None = None


def order_view(order: Row) -> OrderView:
    """Write an order for its buyer."""
    sale, surplus = order.sale, order.sale.surplus
    state = _state(order)
    label, tone = _label(state)
    journey = journey_of(order)
    city = county_name(order.county_code)
    return OrderView(
        token=order_ref(order.pk),
        number=order_number(order.pk),
        state=label,
        tone=tone,
        title=f"{produce_name(surplus.produce)} {pack_name(order.listing.net_g)}",
        quantity=order.quantity,
        headline=_headline(order, state, journey.arrives),
        subline=_("%(n)s, %(city)s") % {"n": money(order.total_fen), "city": city},
        produce_id=surplus.produce_id,
        county_code=str(sale.branch.county_id),
        total_fen=order.total_fen,
        pay_url=_pay_url(order) if state == UNPAID else "",
        team_id=order.team_id if order.team and order.paid_at else None,
        team_open=bool(order.team and order.team.state == "open"),
        may_claim=state == "delivered",
        may_invoice=order.paid_at is not None and state in _PAID,
        delay=_delay(order),
        may_cancel=state in (UNPAID, WAITING, "confirmed"),
        parcels=journey.numbers,
        notes=_notes(order, state),
        steps=journey.steps,
        split=split_of_order(order),
        town_note=_("Town buyers paid %(y)s per kg that day.")
        % {"y": money(surplus.wholesale_fen_per_kg)},
        thanks=_("Thank you from %(village)s") % {"village": surplus.village},
        thanks_note=place_of(surplus, county=network.branch(sale.branch_id).county),
        map=_map(order, posted=journey.posted_at is not None),
        postmark=_postmark(order, journey.posted_at),
        gain=_gain(order),
    )


def _delay(order: Row) -> DelayView | None:
    """Return what the buyer is asked while his order is late, and what holds if he is silent."""
    asked = orders.open_delay(order.pk)
    if asked is None:
        return None
    window = {"a": day(asked.arrives_earliest), "b": day(asked.arrives_latest)}
    until = {"t": moment(asked.answer_by)}
    silent = (
        _("Please choose until %(t)s. If you say nothing, we wait and send it.") % until
        if asked.default == "wait"
        else _("Please choose until %(t)s. If you say nothing, your money goes back.") % until
    )
    text = _("It would arrive %(a)s–%(b)s.") % window
    return DelayView(text=f"{asked.reason}: {text}", rule=silent)


def _gain(order: Row) -> Gain | None:
    """Compare what the books credit growers for a box that arrived with the town's price."""
    growers_fen = settlement.money_split_of_order(order.pk).get("growers", 0)
    weight_kg = order.quantity * order.listing.net_g / GRAMS_PER_KG
    town = order.sale.surplus.wholesale_fen_per_kg
    online = round(growers_fen / weight_kg)
    if growers_fen <= 0 or online <= town:
        return None
    more = growers_fen - round(town * weight_kg)
    most = max(online, town)
    village = order.sale.surplus.village
    return Gain(
        title=_("Growers of %(village)s got %(y)s more") % {"village": village, "y": money(more)},
        text=_("From your order they receive %(a)s. Town buyers would have paid %(b)s that day.")
        % {"a": money(growers_fen), "b": money(round(town * weight_kg))},
        online=_("%(y)s/kg") % {"y": money(online)},
        town=_("%(y)s/kg") % {"y": money(town)},
        online_percent=100 * online / most,
        town_percent=100 * town / most,
    )


def _pay_url(order: Row) -> str:
    if order.payment != "cashier":
        return ""
    return reverse("web:cashier", args=[provider_of("cashier").reference(order.pk)])


def _state(order: Row) -> str:
    """Tell apart what "held" may mean for a buyer."""
    if order.state != "held":
        return str(order.state)
    return WAITING if order.paid_at else UNPAID


def _label(state: str) -> tuple[str, str]:
    known = {
        UNPAID: (_("waiting for your payment"), "warn"),
        WAITING: (_("team is filling"), "kaki"),
        "confirmed": (_("will be packed"), "ok"),
        "packed": (_("packed"), "ok"),
        "posted": (_("on its way"), "ok"),
        "delivered": (_("delivered"), "ok"),
        "cancelled": (_("cancelled"), ""),
        "refunded": (_("paid back"), ""),
    }
    return known[state]


def _headline(order: Row, state: str, arrives: tuple[date, date]) -> str:
    window = {"a": day(arrives[0]), "b": day(arrives[1])}
    known = {
        UNPAID: _("Pay until %(t)s") % {"t": moment(order.hold_until) if order.hold_until else ""},
        WAITING: _("The team is filling"),
        "delivered": _("It has arrived"),
        "cancelled": _("Cancelled"),
        "refunded": _("Everything was paid back"),
    }
    return known.get(state) or _("Arrives %(a)s–%(b)s") % window


def _notes(order: Row, state: str) -> list[Note]:
    if state == UNPAID and order.payment == "bank":
        text = _("Transfer %(y)s to %(account)s and name the reference %(r)s.") % {
            "y": money(order.total_fen),
            "account": settings.POSTHARVEST_BANK_ACCOUNT or _("the account of the post branch"),
            "r": provider_of("bank").reference(order.pk),
        }
        return [Note(title=_("Waiting for your bank transfer"), text=text, icon="yuan")]
    if state == WAITING:
        text = _("If it does not fill in time, everything is paid back.")
        return [Note(title=_("Packed as soon as the team is complete"), text=text, icon="people")]
    if state == "cancelled" and order.paid_at:
        return [Note(title=_("Your money is on its way back"), icon="yuan")]
    if order.payment == "cod" and state in ("confirmed", "packed", "posted"):
        title = _("Pay %(y)s at the door") % {"y": money(order.total_fen)}
        return [Note(title=title, icon="yuan")]
    return []


def _map(order: Row, *, posted: bool) -> SafeString | str:
    market = network.market_of_county(order.county_code)
    if market is None:
        return ""
    return way_map(origin=order.sale.branch, market=market, posted=posted)


def _postmark(order: Row, posted_at: datetime | None) -> SafeString | str:
    if posted_at is None:
        return ""
    return postmark(place=order.sale.branch.name_en, at=posted_at, word=_("POSTED"))
