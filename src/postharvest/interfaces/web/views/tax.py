"""Papers and tax: vouchers, invoices, certificates, rates, closed days, the journal."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from postharvest.core.clock import time
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.branch_page import base_of, bases_of
from postharvest.interfaces.web.cards import produce_name
from postharvest.interfaces.web.formats import day, kilograms, money, number
from postharvest.interfaces.web.forms import branch_day as forms
from postharvest.interfaces.web.forms.fields import fen
from postharvest.interfaces.web.printed import sent_pdf
from postharvest.interfaces.web.ribbons import paper_ribbon
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Stat
from postharvest.interfaces.web.tasks import (
    Cell,
    Table,
    Task,
    TaskPage,
    figure,
    form_for,
    serve,
    text,
)
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.actions.lots import set_certificate
from postharvest.operations.members.looking import note_printed
from postharvest.operations.orders.access import order_number
from postharvest.operations.settlement import journal, papers, taxes
from postharvest.operations.settlement.invoices import (
    issue_invoice,
    issue_vouchers,
    refuse_invoice,
    requests,
    voucher,
    vouchers_of,
)
from postharvest.operations.settlement.periods import (
    close_period,
    closed_through,
    post_correction,
)
from postharvest.operations.settlement.reconciliation import reconcile_region

MOST = 100
_COMPARE = "compare"
Data = Mapping[str, Any]


@require_http_methods(["GET", "POST"])
@only_for(*DESK)
def tax(request: HttpRequest) -> HttpResponse:
    """Show what the tax office and the accountant ask for."""
    base = base_of(request)
    back = f"{reverse('web:desk-tax')}?base={base.pk}"
    return serve(request, _Tax(request, base).page(), back=back)


@require_GET
@only_for(*DESK)
def journal_file(request: HttpRequest) -> HttpResponse:
    """Give the journal of some days for the accounting system."""
    first, last = _days(request)
    content = journal.journal_csv(scope=_scope(request), first=first, last=last)
    response = HttpResponse(content, content_type="text/csv")
    name = f"journal-{first:%Y%m%d}-{last:%Y%m%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_GET
@only_for(*DESK)
def totals(request: HttpRequest) -> HttpResponse:
    """Print the totals by account of some days."""
    first, last = _days(request)
    base = base_of(request)
    content = papers.account_totals_pdf(
        title=base.name_zh, scope=_scope(request), first=first, last=last, ribbon=paper_ribbon()
    )
    return sent_pdf(content, name=f"totals-{first:%Y%m%d}-{last:%Y%m%d}")


def _note(request: HttpRequest, what: str, base_id: int) -> None:
    note_printed(what=what, base_id=base_id, actor=actor_of(request), now=time.now())


@require_GET
@only_for(*DESK)
def voucher_paper(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """Print a purchase voucher."""
    row = voucher(voucher_id)
    if row is None or not row.sale.branch.county_id.startswith(actor_of(request).scope):
        raise Http404(_("there is no such voucher"))
    _note(request, f"voucher {voucher_id}", row.base_id)
    return sent_pdf(papers.voucher_pdf(row, ribbon=paper_ribbon()), name=row.number)


@require_GET
@only_for(*DESK)
def invoice_paper(request: HttpRequest, request_id: int) -> HttpResponse:
    """Print a buyer's request for an invoice."""
    row = requests(actor_of(request).scope).filter(pk=request_id).first()
    if row is None:
        raise Http404(_("there is no such request"))
    _note(request, f"invoice request {request_id}", row.base_id)
    content = papers.invoice_request_pdf(row, ribbon=paper_ribbon())
    return sent_pdf(content, name=f"invoice-request-{request_id}")


def _scope(request: HttpRequest) -> str:
    return str(base_of(request).county_id)


def _days(request: HttpRequest) -> tuple[date, date]:
    """Read the days asked for; without any, the last thirty."""
    today = time.local_day(time.now())
    try:
        first = date.fromisoformat(request.GET.get("first", ""))
        last = date.fromisoformat(request.GET.get("last", ""))
    except ValueError:
        return today - timedelta(days=30), today
    return min(first, last), max(first, last)


class _Tax:
    """The page of one base."""

    def __init__(self, request: HttpRequest, base: Row) -> None:
        self.request, self.base, self.now = request, base, time.now()
        self.by: dict[str, Any] = {"actor": actor_of(request), "now": self.now}
        self.sales = [one for one in campaigns.sales() if one.base_id == base.pk]
        self.requests = list(requests(base.county_id)[:MOST])
        self.lots = [
            lot
            for one in self.sales
            for lot in harvest.lots_cut(one.surplus_id).select_related("offer__part")[:MOST]
        ]
        self.rates = taxes.rates(time.local_day(self.now))

    def page(self) -> TaskPage:
        query = f"?base={self.base.pk}"
        return TaskPage(
            title=_("What do tax office and accountant need?"),
            stats=self._stats(),
            tables=[self._invoices(), self._vouchers(), self._certificates(), *self._region()],
            tasks=[task for task in self._tasks() if task is not None],
            papers=[
                (_("Journal of 30 days (CSV)"), reverse("web:desk-journal") + query),
                (_("Totals by account"), reverse("web:desk-totals") + query),
                (_("Compare books and orders"), f"{query}&{_COMPARE}=1"),
            ],
            more={"base": self.base, "bases": bases_of(self.request)},
        )

    def _stats(self) -> list[Stat]:
        waiting = sum(one.state == "requested" for one in self.requests)
        through = closed_through(self.base.pk)
        bare = sum(not lot.certificate for lot in self.lots)
        return [
            Stat(label=_("Invoices asked for"), value=number(waiting)),
            Stat(label=_("Lots without certificate"), value=number(bare)),
            Stat(label=_("Books closed through"), value=day(through) if through else "–"),
        ]

    def _invoices(self) -> Table:
        states = {
            "requested": (_("asked for"), "warn"),
            "issued": (_("issued"), "ok"),
            "refused": (_("refused"), ""),
        }
        return Table(
            title=_("Buyers' invoices"),
            columns=[_("Order"), _("Amount"), _("State"), _("Number or reason")],
            rows=[
                [
                    Cell(
                        text=order_number(one.order_id),
                        url=reverse("web:desk-invoice-paper", args=[one.pk]),
                    ),
                    figure(money(one.order.total_fen)),
                    Cell(text=states[one.state][0], chip=states[one.state][1]),
                    text(one.number or one.reason),
                ]
                for one in self.requests
            ],
            empty=_("Nobody asked for an invoice."),
        )

    def _vouchers(self) -> Table:
        rows = [row for sale in self.sales for row in vouchers_of(sale.pk)[:MOST]]
        return Table(
            title=_("Purchase vouchers"),
            columns=[_("Number"), _("Grower"), _("Weight"), _("Amount")],
            rows=[
                [
                    Cell(text=row.number, url=reverse("web:desk-voucher", args=[row.pk])),
                    text(f"{row.grower.village} {row.grower.code}"),
                    figure(kilograms(row.weight_g)),
                    figure(money(row.amount_fen)),
                ]
                for row in rows
            ],
            empty=_("None is issued yet."),
        )

    def _certificates(self) -> Table:
        return Table(
            title=_("Conformity certificates"),
            columns=[_("Lot"), _("Number")],
            rows=[[text(_lot(lot)), text(lot.certificate or "–")] for lot in self.lots[:MOST]],
            empty=_("No lot was cut yet."),
        )

    def _region(self) -> list[Table]:
        """Compare books and orders where somebody asked for it: it goes through every order."""
        if _COMPARE not in self.request.GET:
            return []
        names = {"postage": _("Postage"), "packaging": _("Packaging"), "fee": _("Fees")}
        table = Table(
            title=_("Do the books say what the orders say?"),
            columns=[_("County"), _("Service"), _("Orders say"), _("Books say"), _("Difference")],
            rows=[
                [
                    text(one.county),
                    text(names[one.account]),
                    figure(money(one.expected_fen)),
                    figure(money(one.booked_fen)),
                    Cell(
                        text=money(one.difference_fen), chip="bad" if one.difference_fen else "ok"
                    ),
                ]
                for one in reconcile_region(self.base.county_id)
            ],
            empty=_("Nothing has arrived yet."),
        )
        return [table]

    def _tasks(self) -> list[Task | None]:
        return [
            self._invoice_task(),
            self._certificate_task(),
            self._voucher_task(),
            self._tax_task(),
            self._close_task(),
            self._correction_task(),
        ]

    def _invoice_task(self) -> Task | None:
        waiting = [one for one in self.requests if one.state == "requested"]
        if not waiting:
            return None
        options = [(one.pk, order_number(one.order_id)) for one in waiting]
        form = form_for(self.request, "invoice", forms.InvoiceForm, choices={"request": options})
        return Task(
            step="invoice",
            title=_("A buyer's invoice"),
            button=_("Enter"),
            form=form,
            act=self._invoice,
        )

    def _invoice(self, data: Data) -> str:
        if data["number"]:
            issue_invoice(request_id=data["request"], number=data["number"], **self.by)
            return _("The invoice is noted.")
        refuse_invoice(request_id=data["request"], reason=data["reason"], **self.by)
        return _("It is refused.")

    def _certificate_task(self) -> Task | None:
        bare = [(lot.pk, _lot(lot)) for lot in self.lots if not lot.certificate]
        if not bare:
            return None
        form = form_for(self.request, "certificate", forms.CertificateForm, choices={"lot": bare})
        return Task(
            step="certificate",
            title=_("Conformity certificate of a lot"),
            button=_("Enter"),
            form=form,
            act=self._certificate,
        )

    def _certificate(self, data: Data) -> str:
        set_certificate(lot_id=data["lot"], number=data["certificate"], **self.by)
        return _("It is entered.")

    def _voucher_task(self) -> Task | None:
        closed = [(one.pk, _sale(one)) for one in self.sales if one.state == "closed"]
        if not closed:
            return None
        form = form_for(self.request, "voucher", forms.VoucherForm, choices={"sale": closed})
        return Task(
            step="voucher",
            title=_("Purchase vouchers"),
            button=_("Issue"),
            form=form,
            act=self._issue,
            note=_("One for every grower of a settled sale; issued once."),
        )

    def _issue(self, data: Data) -> str:
        rows = issue_vouchers(sale_id=data["sale"], **self.by)
        return _("%(n)s vouchers are issued.") % {"n": number(len(rows))}

    def _tax_task(self) -> Task:
        kinds = [
            (kind, f"{journal.NAMES.get(kind, kind)} {kind} ({rate / 100:g} %)")
            for kind, rate in sorted(self.rates.items())
        ]
        form = form_for(
            self.request,
            "tax",
            forms.TaxForm,
            choices={"kind": kinds},
            initial={"from_day": time.local_day(self.now)},
        )
        return Task(
            step="tax",
            title=_("Tax rates"),
            button=_("Enter"),
            form=form,
            act=self._tax,
            note=_("Growers' own produce and wages bear none. What is posted keeps its rate."),
        )

    def _tax(self, data: Data) -> str:
        taxes.set_tax_rate(
            kind=data["kind"],
            from_day=data["from_day"],
            rate_bp=round(data["rate"] * 100),
            source=data["source"],
            **self.by,
        )
        return _("It is entered.")

    def _close_task(self) -> Task:
        form = form_for(
            self.request,
            "close",
            forms.CloseForm,
            initial={"through": time.local_day(self.now) - timedelta(days=1)},
        )
        return Task(
            step="close",
            title=_("Close the books"),
            button=_("Close"),
            form=form,
            act=self._close,
            note=_("Closed days take no entry; what is found later is a new one."),
        )

    def _close(self, data: Data) -> str:
        close_period(base_id=self.base.pk, through=data["through"], **self.by)
        return _("The books are closed through %(d)s.") % {"d": day(data["through"])}

    def _correction_task(self) -> Task | None:
        if not self.sales:
            return None
        options = [(one.pk, _sale(one)) for one in self.sales]
        form = form_for(self.request, "correct", forms.CorrectionForm, choices={"sale": options})
        return Task(
            step="correct",
            title=_("Correct the books"),
            button=_("Post"),
            form=form,
            act=self._correct,
            note=_("Accounts are postage, packaging, fee, platform_loss, grower:17 and so on."),
        )

    def _correct(self, data: Data) -> str:
        amount = fen(data["amount"])
        post_correction(
            key=data["key"],
            base_id=self.base.pk,
            sale_id=data["sale"],
            lines=[(data["debit"], amount), (data["credit"], -amount)],
            reason=data["reason"],
            **self.by,
        )
        return _("It is posted today.")


def _sale(row: Row) -> str:
    return f"{produce_name(row.surplus.produce)} · {row.surplus.village}"


def _lot(lot: Row) -> str:
    return _("Lot %(n)s · %(v)s · %(d)s") % {
        "n": lot.pk,
        "v": lot.offer.part.village,
        "d": day(lot.harvested_on),
    }
