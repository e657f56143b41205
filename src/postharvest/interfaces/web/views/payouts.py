"""The desk's payouts: wages by the day, batches to hand over, what came back, who is paid."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput
from postharvest.core.vault.seal import Person
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.branch_page import base_of, bases_of
from postharvest.interfaces.web.cards import produce_name
from postharvest.interfaces.web.formats import moment, money, number
from postharvest.interfaces.web.forms import branch_day as forms
from postharvest.interfaces.web.packing_view import masked_name
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
from postharvest.interfaces.web.views.settlement import second_person
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.packing import queries as packing
from postharvest.operations.settlement import papers
from postharvest.operations.settlement import queries as settlement
from postharvest.operations.settlement.actions import approve_payouts
from postharvest.operations.settlement.payees import PayeeEntry, set_payee
from postharvest.operations.settlement.payouts import (
    BANK_FIELDS,
    bank_file,
    bank_format_of,
    batch,
    batches,
    lines_of_batch,
    make_batch,
    propose_wages,
    return_payout,
    set_bank_format,
)

MOST = 100
Data = Mapping[str, Any]


@require_http_methods(["GET", "POST"])
@only_for(*DESK)
def payouts(request: HttpRequest) -> HttpResponse:
    """Show who waits for money, and hand it over."""
    base = base_of(request)
    back = f"{reverse('web:desk-payouts')}?base={base.pk}"
    return serve(request, _Payouts(request, base).page(), back=back)


@require_GET
@only_for(*DESK)
def batch_file(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Give a batch as its way wants it: the bank's file, the list, the signature sheet."""
    row = batch(batch_id)
    if row is None or not row.base.county_id.startswith(actor_of(request).scope):
        raise Http404(_("there is no such batch"))
    by: dict[str, Any] = {"actor": actor_of(request), "now": time.now()}
    if row.way == "bank":
        name, content = bank_file(batch_id=batch_id, **by)
        response = HttpResponse(content, content_type="text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    lines = lines_of_batch(batch_id=batch_id, **by)
    return sent_pdf(papers.batch_pdf(row, lines, ribbon=paper_ribbon()), name=f"batch-{batch_id}")


class _Payouts:
    """The page of one base."""

    def __init__(self, request: HttpRequest, base: Row) -> None:
        self.request, self.base, self.now = request, base, time.now()
        self.by: dict[str, Any] = {"actor": actor_of(request), "now": self.now}
        self.rows = list(settlement.payouts_of_base(base.pk)[:2000])
        self.sales = [one for one in campaigns.sales() if one.base_id == base.pk]
        self.names = {
            f"grower:{one.pk}": f"{one.village} {one.code}"
            for one in harvest.growers_of_base(base.pk)
        } | {
            f"packer:{one.pk}": masked_name(one)
            for one in packing.packers_of_base(base.pk).select_related("contact")
        }

    def page(self) -> TaskPage:
        return TaskPage(
            title=_("Who waits for money?"),
            stats=self._stats(),
            tables=[self._batches(), self._rows()],
            tasks=[task for task in self._tasks() if task is not None],
            more={"base": self.base, "bases": bases_of(self.request)},
        )

    def _stats(self) -> list[Stat]:
        def summed(rows: list[Row]) -> str:
            return money(sum(one.amount_fen for one in rows))

        proposed = [one for one in self.rows if one.state == "proposed"]
        ready = [one for one in self.rows if one.state == "paid" and one.batch_id is None]
        back = [one for one in self.rows if one.state == "returned"]
        return [
            Stat(label=_("To be approved"), value=summed(proposed), note=number(len(proposed))),
            Stat(label=_("To be handed over"), value=summed(ready), note=number(len(ready))),
            Stat(label=_("Came back"), value=summed(back), note=number(len(back))),
        ]

    def _batches(self) -> Table:
        words = {
            "bank": _("Bank file"),
            "cash": _("Signature sheet"),
            "postal_order": _("List of postal orders"),
        }
        return Table(
            title=_("Handed over"),
            columns=[_("When"), _("By"), _("To print or take along")],
            rows=[
                [
                    text(moment(one.made_at)),
                    text(_ways()[one.way]),
                    Cell(text=words[one.way], url=reverse("web:desk-batch", args=[one.pk])),
                ]
                for one in batches(self.base.county_id)[:30]
            ],
            empty=_("Nothing was handed over yet."),
        )

    def _rows(self) -> Table:
        states = {
            "proposed": (_("proposed"), "warn"),
            "paid": (_("paid"), "ok"),
            "returned": (_("came back"), "bad"),
        }
        rows = [
            [
                text(self.names.get(one.account, one.account)),
                figure(money(one.amount_fen)),
                text(_ways().get(one.way, one.way)),
                Cell(text=states[one.state][0], chip=states[one.state][1]),
            ]
            for one in self.rows[:MOST]
        ]
        return Table(
            title=_("Payouts"),
            columns=[_("To"), _("Amount"), _("By"), _("State")],
            rows=rows,
            empty=_("Nothing is proposed yet."),
        )

    def _tasks(self) -> list[Task | None]:
        return [
            self._wages_task(),
            self._approve_task(),
            self._batch_task(),
            self._back_task(),
            self._payee_task(),
            self._format_task(),
        ]

    def _wages_task(self) -> Task | None:
        if not self.sales:
            return None
        options = [
            (one.pk, f"{produce_name(one.surplus.produce)} · {one.surplus.village}")
            for one in self.sales
        ]
        form = form_for(
            self.request,
            "wages",
            forms.WagesForm,
            choices={"sale": options},
            initial={"day": time.local_day(self.now)},
        )
        return Task(
            step="wages",
            title=_("Packers' day"),
            button=_("Work out wages"),
            form=form,
            act=self._wages,
            note=_("By the piece, never less than the day's wage."),
        )

    def _wages(self, data: Data) -> str:
        rows = propose_wages(sale_id=data["sale"], day=data["day"], **self.by)
        return _("%(n)s payouts wait for a second person.") % {"n": number(len(rows))}

    def _approve_task(self) -> Task | None:
        if not any(one.state == "proposed" for one in self.rows):
            return None
        form = form_for(self.request, "approve", forms.ApproveForm)
        return Task(
            step="approve",
            title=_("Approve payouts"),
            button=_("Approve"),
            form=form,
            act=self._approve,
            note=_("Whoever proposed them may not approve them."),
        )

    def _approve(self, data: Data) -> str:
        waiting = settlement.payouts_of_base(self.base.pk, "proposed").filter(way=data["way"])
        paid = approve_payouts(
            payout_ids=list(waiting.values_list("pk", flat=True)),
            actor=second_person(self.request),
            now=self.now,
        )
        return _("%(n)s payouts are on their way.") % {"n": number(paid)}

    def _batch_task(self) -> Task:
        form = form_for(self.request, "batch", forms.BatchForm)
        return Task(
            step="batch",
            title=_("Hand over what is approved"),
            button=_("Put together"),
            form=form,
            act=self._batch,
            note=_("A payout is in one file or list for good, so that none is paid twice."),
        )

    def _batch(self, data: Data) -> str:
        row = make_batch(base_id=self.base.pk, way=data["way"], **self.by)
        return _("%(n)s payouts are put together.") % {"n": number(row.payouts.count())}

    def _back_task(self) -> Task | None:
        paid = [one for one in self.rows if one.state == "paid" and one.amount_fen]
        if not paid:
            return None
        options = [
            (one.pk, f"{self.names.get(one.account, one.account)} · {money(one.amount_fen)}")
            for one in paid
        ]
        form = form_for(self.request, "back", forms.BackForm, choices={"payout": options})
        return Task(
            step="back",
            title=_("A payout failed or came back"),
            button=_("Note it"),
            form=form,
            act=self._back,
            note=_("The money is owed again; settle the sale to propose it anew."),
        )

    def _back(self, data: Data) -> str:
        return_payout(payout_id=data["payout"], reason=data["reason"], **self.by)
        return _("It is owed again.")

    def _payee_task(self) -> Task | None:
        if not self.names:
            return None
        options = sorted(self.names.items(), key=lambda one: one[1])
        form = form_for(self.request, "payee", forms.PayeeForm, choices={"account": options})
        return Task(
            step="payee",
            title=_("Who is paid"),
            button=_("Enter"),
            form=form,
            act=self._payee,
            note=_("A proxy or heir needs a slip or certificate."),
        )

    def _payee(self, data: Data) -> str:
        person = Person(
            name=data["name"], phone=data["phone"], line=data["line"], payee=data["bank_account"]
        )
        entry = PayeeEntry(
            account=data["account"],
            way=data["way"],
            person=person,
            kind=data["kind"],
            proof=data["proof"],
        )
        set_payee(base_id=self.base.pk, entry=entry, **self.by)
        return _("It is entered.")

    def _format_task(self) -> Task:
        known = bank_format_of(self.base.pk)
        form = form_for(
            self.request,
            "format",
            forms.BankFormatForm,
            initial={
                "columns": "\n".join(f"{one['title']}={one['field']}" for one in known.columns),
                "delimiter": known.delimiter,
                "encoding": known.encoding,
                "with_titles": known.with_titles,
            },
        )
        return Task(
            step="format",
            title=_("The bank's file"),
            button=_("Change"),
            form=form,
            act=self._format,
            note=_("A line is title=field; fields are %(all)s.") % {"all": ", ".join(BANK_FIELDS)},
        )

    def _format(self, data: Data) -> str:
        columns = []
        for line in data["columns"].splitlines():
            title, sign, name = line.rpartition("=")
            if not line.strip():
                continue
            if not sign:
                raise InvalidInput("columns", _("a line is title=field, not %(x)s") % {"x": line})
            columns.append({"title": title.strip(), "field": name.strip()})
        set_bank_format(
            base_id=self.base.pk,
            columns=columns,
            delimiter=data["delimiter"],
            encoding=data["encoding"],
            with_titles=data["with_titles"],
            **self.by,
        )
        return _("It is entered.")


def _ways() -> dict[str, str]:
    return {"bank": _("bank"), "postal_order": _("postal order"), "cash": _("cash")}
