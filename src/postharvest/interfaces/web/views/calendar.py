"""The branch's calendar: what is special about the days to come, and the file that says so."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.tables.writing import xlsx_bytes
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.branch_page import base_of, bases_of
from postharvest.interfaces.web.formats import day as day_words
from postharvest.interfaces.web.forms.files import TableFileForm
from postharvest.interfaces.web.refusals import detail_of, sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions.calendar import SHAPE, CalendarImport, load_calendar

DAYS_SHOWN = 42
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """A day to come that a calendar names."""

    day: date
    weekday: str
    kind: str
    tone: str
    what: str
    note: str


@require_http_methods(["GET", "POST"])
@only_for(*DESK)
def calendar(request: HttpRequest) -> HttpResponse:
    """Show the days to come, and load a new calendar."""
    base = base_of(request)
    form = TableFileForm(request.POST or None, request.FILES or None)
    outcome = None
    if request.method == "POST" and form.is_valid():
        outcome = _load(request, base, form)
        if outcome is not None and outcome.is_committed:
            messages.success(request, _("The calendar is loaded; running sales keep to it."))
            return redirect(f"{request.path}?base={base.pk}")
    context = {
        "base": base,
        "bases": bases_of(request),
        "form": form,
        "faults": outcome.faults if outcome else (),
        "tried": _tried(outcome),
        "rows": _rows(base.county_id),
        "span": network.calendar_span(base.county_id),
        "columns": SHAPE.columns,
    }
    return render(request, "web/desk/calendar.html", context)


@require_GET
@only_for(*DESK)
def template(_request: HttpRequest) -> HttpResponse:
    """Give a sheet of the days to come to fill in: weekends are rest days, the rest workdays."""
    today = time.local_day(time.now())
    days = [today + timedelta(days=n) for n in range(366)]
    rows: list[Row] = [
        {"day": one.isoformat(), "kind": "rest" if one.weekday() >= 5 else "workday"}  # noqa: PLR2004
        for one in days
    ]
    response = HttpResponse(xlsx_bytes([(SHAPE, rows)]), content_type=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="calendar.xlsx"'
    return response


def _load(request: HttpRequest, base: Row, form: TableFileForm) -> CalendarImport | None:
    try:
        return load_calendar(
            raw=form.cleaned_data["file"].read(),
            county_code=base.county_id,
            dry_run=form.cleaned_data["dry_run"],
            actor=actor_of(request),
            now=time.now(),
        )
    except InvalidInput as error:
        form.add_error("file", detail_of(error))
    except Refused as error:
        form.add_error(None, sentence_of(error))
    return None


def _tried(outcome: CalendarImport | None) -> str:
    if outcome is None or outcome.faults or outcome.first is None or outcome.last is None:
        return ""
    return _("%(n)s days from %(a)s to %(b)s are in order; nothing was written.") % {
        "n": outcome.rows,
        "a": day_words(outcome.first),
        "b": day_words(outcome.last),
    }


def _rows(county_code: str) -> list[DayRow]:
    today = time.local_day(time.now())
    rules = network.day_rules(county_code, today, today + timedelta(days=DAYS_SHOWN))
    return [_row(day, rule) for day, rule in rules.items()]


def _row(day: date, rule: network.DayRule) -> DayRow:
    kinds = {
        "workday": (_("Workday"), ""),
        "rest": (_("Day of rest"), "sky"),
        "holiday": (_("Holiday"), "kaki"),
        "makeup_workday": (_("Make-up workday"), "warn"),
    }
    kind, tone = kinds.get(rule.kind, ("–", ""))
    what = [
        _("nobody packs") if not rule.packs else "",
        _("no collection") if not rule.collects else "",
        _("market") if rule.is_market else "",
        _("orders until %(h)s:00") % {"h": rule.cutoff_hour}
        if rule.cutoff_hour is not None
        else "",
        _("trucks %(t)s") % {"t": rule.truck_times} if rule.truck_times else "",
    ]
    names = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    return DayRow(
        day=day,
        weekday=names[day.weekday()],
        kind=kind,
        tone=tone,
        what=" · ".join(one for one in what if one),
        note=rule.note,
    )
