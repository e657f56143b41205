"""The desk's parcels: which are late or hurt, one parcel's story, a scan by hand."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from postharvest.core.clock import time
from postharvest.decisions.arrivals import queries as arrivals
from postharvest.interfaces.web.access import PACKING, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.cards import name_of, produce_name
from postharvest.interfaces.web.formats import day, in_chinese, number, percent
from postharvest.interfaces.web.journey import Step, readable, scan_steps, status_words
from postharvest.interfaces.web.rows import Row
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.network import queries as network
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.parcels.actions.scanning import ScanEntry, record_scans
from postharvest.operations.parcels.emsevt import EVENTS, REASONS

MOST_SALES = 6
MOST_ROWS = 100
USUAL_EVENTS = ("EMA", "EDD", "EDE", "EMG", "EDG", "EDH", "EMH", "EMI", "EDF")


class ScanForm(forms.Form):
    """One event of one parcel, typed or scanned."""

    number = forms.CharField(label=gettext_lazy("Parcel number"), max_length=40)
    code = forms.ChoiceField(label=gettext_lazy("What happened"))
    place = forms.CharField(label=gettext_lazy("Where"), max_length=80)
    reason = forms.ChoiceField(label=gettext_lazy("Why (if it is held)"), required=False)

    def __init__(self, data: dict[str, str] | None = None, *, number: str = "") -> None:
        super().__init__(data, initial={"number": number})
        code, reason = self.fields["code"], self.fields["reason"]
        assert isinstance(code, forms.ChoiceField)  # noqa: S101  (declared above)
        assert isinstance(reason, forms.ChoiceField)  # noqa: S101  (declared above)
        code.choices = [(key, _word(EVENTS[key])) for key in USUAL_EVENTS]
        reason.choices = [("", "–"), *((key, _word(one)) for key, one in REASONS.items())]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelRow:
    """One parcel in the list of what needs somebody."""

    number: str
    plain: str
    title: str
    lane: str
    due: str
    state: str
    tone: str
    lot: str


@require_GET
@only_for(*PACKING)
def board(request: HttpRequest) -> HttpResponse:
    """Show late and silent parcels, and the story of the one that was asked for."""
    asked = request.GET.get("number", "").strip()
    found = parcels.parcel_by_number(asked) if asked else None
    late = [
        _row(one, crop=produce_name(sale.surplus.produce))
        for sale in campaigns.sales(actor_of(request).scope)[:MOST_SALES]
        for one in parcels.flagged(sale.pk)[:MOST_ROWS]
    ]
    steps: list[Step] = scan_steps(found.pk) if found else []
    return render(
        request,
        "web/desk/parcels.html",
        {
            "asked": asked,
            "found": _row(found, crop="") if found else None,
            "steps": steps,
            "late": late,
            "kept": _kept_words(actor_of(request).scope),
            "form": ScanForm(number=asked),
        },
    )


@require_POST
@only_for(*PACKING)
def scan(request: HttpRequest) -> HttpResponse:
    """Record one scan by hand."""
    form = ScanForm(request.POST.dict())
    if not form.is_valid():
        context = {"form": form, "late": [], "steps": [], "asked": ""}
        return render(request, "web/desk/parcels.html", context, status=422)
    data, now = form.cleaned_data, time.now()
    [answer] = record_scans(
        scans=[
            ScanEntry(
                parcel=data["number"],
                code=data["code"],
                at=now,
                place=data["place"],
                source="desk",
                reason=data["reason"],
            )
        ],
        now=now,
    )
    if answer.problem:
        messages.error(request, _("Not recorded: %(why)s") % {"why": answer.problem})
    else:
        messages.success(request, _("Recorded."))
    return redirect(f"{reverse('web:desk-parcels')}?number={data['number']}")


def _kept_words(scope: str) -> list[str]:
    """Say of each base how well its arrival windows kept their word over the last 30 days."""
    out = []
    for base in network.bases(scope):
        [*nights] = arrivals.nights(base.pk, limit=1)
        if nights and nights[0].arrived:
            out.append(
                _("%(base)s: of %(n)s parcels %(share)s came within their window; off by %(h)s h")
                % {
                    "base": name_of(base),
                    "n": number(nights[0].arrived),
                    "share": percent(nights[0].covered_share or 0.0, 1),
                    "h": number(nights[0].error_hours or 0.0),
                }
            )
    return out


def _word(kind: Row) -> str:
    return str(kind.zh if in_chinese() else kind.en)


def _row(parcel: Row, *, crop: str) -> ParcelRow:
    state = status_words(parcel.status)
    known = {"late": _("late"), "silent": _("no news")}
    return ParcelRow(
        number=readable(parcel.number),
        plain=parcel.number,
        lot=str(parcel.box.lot_id),
        title=crop,
        lane=name_of(parcel.lane),
        due=day(parcel.promised_by),
        state=known.get(parcel.flagged, state),
        tone="bad" if parcel.flagged else "ok",
    )
