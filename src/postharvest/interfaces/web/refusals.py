"""A refusal in the reader's language: by its code, or in its own words."""

from django.utils.translation import gettext as _

from postharvest.core.errors import InvalidInput, Refused
from postharvest.interfaces.web.formats import percent
from postharvest.interfaces.web.limit_words import would_do
from postharvest.interfaces.web.rows import Row


def sentence_of(refusal: Refused) -> str:
    """Write why an action said no, and what to do."""
    known = _by_code()
    if refusal.code in known:
        return known[refusal.code]
    return detail_of(refusal) if isinstance(refusal, InvalidInput) else str(refusal)


def detail_of(error: InvalidInput) -> str:
    """Write what is wrong with a field; what has no words here is said in the action's own."""
    if error.field == "goal" and isinstance(share := error.facts.get("most_share"), float):
        most = percent(share, 1)
        said = _("At most %(share)s can be cleared with these numbers.") % {"share": most}
        limits = error.facts.get("limits")
        return " ".join([said, *would_do(limits if isinstance(limits, list) else ())])
    known = {
        "lanes": _("No postal lane leaves this post office yet; build its lanes first."),
        "harvest_to": _("The days to cut have passed, or lie too far away."),
        "first_day": _("A season of other days is noted here; use its first day to change it."),
        "capacity": _("There is nothing to sell online."),
        "weight_g": _("This weight can not be; weigh again."),
        "received_g": _("This weight can not be; weigh again."),
        "culled_g": _("More was sorted out than came in; weigh again."),
        "bad_share": _("The share must lie above 0 and at most 100%."),
        "box": _("The order has no such box."),
        "pin": _("Six digits, and not one that many people choose; mix them."),
        "amount": _("The amount is more than was paid for the box."),
    }
    return known.get(error.field, error.detail)


def _by_code() -> dict[str, str]:
    return {
        "signin.refused": _("Name, password or code is wrong."),
        "signin.locked": _("Too many failed tries. Wait a quarter of an hour."),
        "signin.code_wrong": _("This code is wrong, was used, or is older than a day."),
        "signin.not_enrolled": _(
            "This phone is not enrolled any more. Ask your branch for a code."
        ),
        "signin.pin_wrong": _("The PIN is wrong."),
        "people.nobody_there": _("There is nobody of this number in your region."),
        "not_allowed": _("Your role may not do this. Switch roles or ask the branch."),
        "harvest.key_reused": _("This report was sent before with other figures; start a new one."),
        "key_reused": _("This was sent before with other figures; write it anew."),
        "diary.key_reused": _("This was sent before with other figures; write it anew."),
        "harvest.wrong_state": _("Somebody was faster: it is on sale already, or closed."),
        "campaigns.sale_not_open": _("This sale is closed."),
        "orders.illegal_transition": _("Too late for that: it is packed or on its way."),
        "planning.already_decided": _("This surplus has an approved plan already."),
        "network.not_switched_on": _(
            "The programme does not run in this county. Headquarters switches it on under roll-out."
        ),
        "planning.has_set_up": _(
            "This base has packing points of its own; nothing is overwritten."
        ),
        "planning.nothing_to_copy": _("The base to copy from has no packing points."),
        "planning.nothing_to_sell": _("Under these numbers nothing is worth selling online."),
        "settlement.sale_not_finished": _(
            "Something is not finished: orders on their way, days not closed, claims open."
        ),
        "settlement.owed_less": _("Less is owed by now than was worked out; work it out anew."),
        "settlement.same_person": _("Somebody else must approve what you worked out."),
        "settlement.paid_meanwhile": _("Somebody else pays these right now; look again."),
        "settlement.in_doubt": _(
            "These are on the review list; a second person looks there first."
        ),
        "settlement.same_eyes": _("Somebody else must look at what you changed."),
        "settlement.not_doubted": _("This is decided already."),
        "settlement.not_paid_out": _("This payout was not paid, or came back already."),
        "settlement.wages_not_ready": _(
            "A point has not closed its day, or the wages are not in the books yet."
        ),
        "settlement.period_closed": _("The books of this day are closed."),
        "settlement.invoice_decided": _("This request was decided already."),
        "settlement.nothing_to_invoice": _("There is nothing to write a paper for yet."),
        "packing.lot_stopped": _("This lot is stopped; nothing of it comes in."),
        "packing.shrunk_too_much": _(
            "More is missing than fruit loses by drying; say where it went."
        ),
        "packing.box_weight_off": _(
            "The box is lighter than its label says, or heavier than a carton explains."
        ),
        "parcels.not_fresh_enough": _("Sent again it would arrive spoilt; pay it back."),
        "parcels.not_returned": _("This parcel has not come back, or was dealt with."),
        "parcels.no_place_today": _("Today's truck is full; send it tomorrow or pay it back."),
        "orders.nothing_to_choose": _("There is nothing to choose any more."),
        "packing.already_signed_in": _("Somebody of these works at another point today."),
        "packing.shift_not_open": _("This day is closed, called off, or has begun already."),
        "parcels.numbers_exhausted": _("There are too few parcel numbers left; ask the post."),
        "campaigns.day_below_reserved": _("Orders need more of that day than it would hold."),
        "campaigns.share_taken": _("So much is not free: it is sold, or set aside for others."),
        "orders.bulk_not_possible": _("The kilograms or that day's packers do not reach for this."),
        "harvest.contract_bound": _("It is signed, or fruit was cut before; it is not changed."),
        "network.capacity_below_reserved": _("Parcels are promised for that day already."),
        "packing.not_signed_in": _("This packer has not signed in here."),
        "packing.more_than_cut": _("More would come in than was cut; check the scale."),
        "packing.more_than_there": _("The point holds less than that."),
        "harvest.more_than_offered": _("The grower did not offer that much."),
        "font_missing": _(
            "This machine has no Chinese font for printing; install fonts-wqy-microhei."
        ),
        "orders.claim_impossible": _(
            "A claim can be made once per box, within 7 days of its arrival."
        ),
    }


def declined_sentence(declined: Row) -> str:
    """Write why an order was not taken; nothing was charged."""
    facts = declined.facts
    known = {
        "sale_closed": _("This sale takes no orders now."),
        "limit_reached": _("At most %(n)s boxes for one buyer.") % {"n": facts.get("limit", "")},
        "sold_out": _("Only %(n)s boxes are left.") % {"n": facts.get("left", 0)},
        "wrong_channel": _("This box is sold elsewhere; choose one of the shop's."),
        "no_team_price": _("This box is sold to single buyers only."),
        "unknown_team": _("There is no such team for this box."),
        "team_full": _("This team is full or over. Start your own or join another."),
        "not_fresh_there": _("It would reach this address too late to stay fresh."),
        "day_full": _("The next days are full; ask again tomorrow at 8:00."),
        "key_reused": _("This form was sent before with other answers; open the sale again."),
    }
    return known.get(str(declined.code), str(declined.message))


def state_of_surplus(state: str) -> tuple[str, str]:
    """Name the state of a surplus, and the tone of its chip."""
    known = {
        "reported": (_("received"), "sky"),
        "planned": (_("plan is ready"), "warn"),
        "on_sale": (_("on sale"), "kaki"),
        "closed": (_("done"), "ok"),
        "withdrawn": (_("withdrawn"), ""),
    }
    return known.get(state, (state, ""))
