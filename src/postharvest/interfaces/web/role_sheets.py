"""One sheet of paper for each role: the day in a few steps, and what to do when it goes wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands on the wall: who it is for, where to start, the steps, the troubles."""

    title: Promise
    route: str
    steps: Sequence[Promise]
    troubles: Sequence[tuple[Promise, Promise]]


SHEETS = {
    "village": Sheet(
        title=_("For the village's postal worker"),
        route="village-report",
        steps=(
            _("Open the page once where there is signal and put it on the home screen."),
            _("Something is over: Report. Crop, amount in jin, from when to when; a photo helps."),
            _("Save works without signal. The bar on top counts what still waits on the phone."),
            _("In the afternoon look at Harvest: whom to call for tomorrow, how much, whereto."),
            _("After the sale look at Payouts: read each home its statement, hand over cash."),
        ),
        troubles=(
            (_("No signal"), _("Go on. Reports leave by themselves, each once.")),
            (_("“Needs a look”"), _("Tap Change, put right what the line says, save again.")),
            (_("Asked to sign in"), _("Sign in; what waits on the phone is still there.")),
        ),
    ),
    "packing": Sheet(
        title=_("For the leader of a packing point"),
        route="packing",
        steps=(
            _("Sign in whoever comes: name from the list, one tap."),
            _("Weigh in what each grower brings; write down what was sorted out."),
            _("Print the labels. Whoever fills a box scans it or counts it."),
            _("Watch the bar: the tick is where you should be by now."),
            _("Before the truck leaves: label and hand over what is packed."),
            _("In the evening close the day: everybody sees count and wage."),
        ),
        troubles=(
            (_("Too few people"), _("The desk sees it and moves boxes or calls others.")),
            (_("Rain"), _("Cut fruit under cover first. Wet boxes do not travel.")),
            (_("Wrong label"), _("Put the box on the other point's stack; count nothing.")),
        ),
    ),
    "desk": Sheet(
        title=_("For the branch desk"),
        route="desk",
        steps=(
            _("What is most urgent stands on top. Make a plan."),
            _("Compare the plans by chance to clear and by what growers keep; try what-if."),
            _("Approve: the sale opens, points and people are called."),
            _("While it runs: is it ahead of the tick? Open the latest trouble."),
            _("Something changed: Decide again. Read what changes and why, then carry it out."),
            _("Claims: look at the photo, take the rule's amount or say why not."),
            _("Settlement: one proposes, another approves. Books that do not balance pay nobody."),
        ),
        troubles=(
            (_("It will not clear"), _("The plan names what binds; get more of that.")),
            (_("A point is lost"), _("Decide again; its orders move to other points.")),
            (_("Money that fits no order"), _("Money coming in: match it or send it back.")),
        ),
    ),
    "shop": Sheet(
        title=_("For buyers"),
        route="front",
        steps=(
            _("Say where you live: the page tells when it arrives, before you pay."),
            _("Join a team that lacks one or two, or start your own and share the page."),
            _("If the team does not fill, everything is paid back to where it came from."),
            _("Your order page shows the journey and where your money went."),
        ),
        troubles=(
            (_("Late"), _("The page says the new day first, then why.")),
            (_("Something is bad"), _("Send a photo within two days; the rule pays it back.")),
        ),
    ),
    "headquarters": Sheet(
        title=_("For headquarters"),
        route="bases",
        steps=(
            _("Bases: how many are open, whom they reach, how fast, what growers gained."),
            _("Needs somebody: what stands in a coloured box waits for a person."),
            _("Every figure leads to its rows; sources say what is measured and what assumed."),
        ),
        troubles=((_("A figure looks wrong"), _("Sources: a branch can replace any table.")),),
    ),
}
