"""The desk's bad day: sales paused, lots stopped, points lost, trucks late, parcels back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.branch_page import base_of, bases_of
from postharvest.interfaces.web.cards import produce_name
from postharvest.interfaces.web.formats import day, kilograms, number
from postharvest.interfaces.web.forms import branch_day as forms
from postharvest.interfaces.web.journey import readable
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
from postharvest.operations.campaigns.actions import close_sale, pause_sale, resume_sale
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.network import queries as network
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.delays import DelayTerms, announce_delay
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions.lost_points import lose_point
from postharvest.operations.packing.actions.stops import release_lot, stop_lot
from postharvest.operations.parcels.actions.recalls import whereabouts, withdraw_lot
from postharvest.operations.parcels.actions.returns import (
    refund_returned,
    resend_parcel,
    returned,
)

MOST = 200
ALL_LANES = 0
Data = Mapping[str, Any]


@require_http_methods(["GET", "POST"])
@only_for(*DESK)
def trouble(request: HttpRequest) -> HttpResponse:
    """Show what goes wrong today, and do what can be done about it."""
    base = base_of(request)
    page = _Trouble(request, base)
    back = f"{reverse('web:desk-trouble')}?base={base.pk}"
    return serve(request, page.page(), back=back)


class _Trouble:
    """The page of one base: every list is read once."""

    def __init__(self, request: HttpRequest, base: Row) -> None:
        self.request, self.base, self.now = request, base, time.now()
        self.by: dict[str, Any] = {"actor": actor_of(request), "now": self.now}
        self.sales = [one for one in campaigns.sales() if one.base_id == base.pk]
        self.running = [one for one in self.sales if one.state != "closed"]
        lots = [
            lot
            for one in self.sales
            for lot in harvest.lots_cut(one.surplus_id).select_related("offer__part")
        ]
        self.lots = sorted(lots, key=lambda lot: -lot.pk)[:MOST]
        self.back = list(returned(base.county_id)[:MOST])
        today = time.local_day(self.now)
        self.shifts = [
            shift
            for one in self.sales
            for shift in packing.shifts_of(one.pk, today)
            if shift.state in ("announced", "running")
        ]

    def page(self) -> TaskPage:
        return TaskPage(
            title=_("What goes wrong today?"),
            stats=self._stats(),
            tables=[self._stopped(), self._returned(), self._delays()],
            tasks=[task for task in self._tasks() if task is not None],
            more={"base": self.base, "bases": bases_of(self.request)},
        )

    def _stats(self) -> list[Stat]:
        stopped = sum(lot.stopped_at is not None for lot in self.lots)
        asked = [orders.delays_of_sale(one.pk).get("", 0) for one in self.sales]
        paused = sum(one.state == "paused" for one in self.sales)
        return [
            Stat(label=_("Sales paused"), value=number(paused)),
            Stat(label=_("Lots stopped"), value=number(stopped)),
            Stat(label=_("Parcels back"), value=number(len(self.back))),
            Stat(label=_("Buyers asked to wait"), value=number(sum(asked))),
        ]

    def _stopped(self) -> Table:
        rows = []
        for lot in self.lots:
            if lot.stopped_at is None:
                continue
            where = whereabouts(lot.pk)
            rows.append(
                [
                    text(self._lot(lot)),
                    text(lot.stop_reason),
                    figure(len(where.at_points)),
                    figure(len(where.on_the_road)),
                    figure(len(where.arrived)),
                    figure(len(where.withdrawn)),
                ]
            )
        return Table(
            title=_("Stopped lots and where their boxes are"),
            columns=[
                _("Lot"),
                _("Why"),
                _("At the point"),
                _("On the road"),
                _("Arrived"),
                _("Withdrawn"),
            ],
            rows=rows,
            empty=_("No lot is stopped."),
        )

    def _returned(self) -> Table:
        return Table(
            title=_("Parcels that came back"),
            columns=[_("Parcel"), _("Crop"), _("Fresh until")],
            rows=[
                [
                    Cell(text=readable(one.number), url=reverse("web:parcel", args=[one.number])),
                    text(produce_name(one.order.sale.surplus.produce)),
                    text(day(one.sell_by)),
                ]
                for one in self.back
            ],
            empty=_("None came back."),
        )

    def _delays(self) -> Table:
        names = [(_("wait"), "wait"), (_("want the money"), "refund"), (_("no answer yet"), "")]
        rows = []
        for one in self.sales:
            counts = orders.delays_of_sale(one.pk)
            if counts:
                rows.append([text(_sale(one)), *(figure(counts.get(key, 0)) for _n, key in names)])
        return Table(
            title=_("What buyers chose"),
            columns=[_("Sale"), *(name for name, _key in names)],
            rows=rows,
            empty=_("Nobody was asked to wait."),
        )

    def _tasks(self) -> list[Task | None]:
        return [
            self._state_task(),
            self._stop_task(),
            self._withdraw_task(),
            self._lost_task(),
            self._delay_task(),
            self._parcel_task(),
        ]

    def _state_task(self) -> Task | None:
        if not self.running:
            return None
        form = form_for(
            self.request, "state", forms.StateForm, choices={"sale": _options(self.running)}
        )
        return Task(
            step="state", title=_("Pause a sale"), button=_("Do it"), form=form, act=self._set_state
        )

    def _set_state(self, data: Data) -> str:
        act = {"pause": pause_sale, "resume": resume_sale, "stop": close_sale}[data["state"]]
        act(sale_id=data["sale"], **self.by)
        return _("Done. What was ordered before is still sent.")

    def _stop_task(self) -> Task | None:
        good = [(lot.pk, self._lot(lot)) for lot in self.lots if lot.stopped_at is None]
        if not good:
            return None
        form = form_for(self.request, "stop", forms.StopForm, choices={"lot": good})
        return Task(
            step="stop",
            title=_("Stop a lot"),
            button=_("Stop it"),
            form=form,
            act=self._stop,
            note=_("Rot, residue: its boxes stand still until you decide."),
        )

    def _stop(self, data: Data) -> str:
        boxes = stop_lot(lot_id=data["lot"], reason=data["reason"], **self.by)
        return _("Stopped: %(n)s boxes hold some of it.") % {"n": number(boxes)}

    def _withdraw_task(self) -> Task | None:
        held = [(lot.pk, self._lot(lot)) for lot in self.lots if lot.stopped_at is not None]
        if not held:
            return None
        form = form_for(self.request, "withdraw", forms.WithdrawForm, choices={"lot": held})
        return Task(
            step="withdraw",
            title=_("Decide about a stopped lot"),
            button=_("Decide"),
            form=form,
            act=self._withdraw,
        )

    def _withdraw(self, data: Data) -> str:
        if data["verdict"] == "good":
            release_lot(lot_id=data["lot"], reason=data["reason"], **self.by)
            return _("The lot goes on.")
        where = withdraw_lot(lot_id=data["lot"], cause=data["cause"], **self.by)
        return _("%(n)s boxes are paid back; the lot came from %(v)s, cut on %(d)s.") % {
            "n": number(where.living),
            "v": where.village,
            "d": where.harvested_on,
        }

    def _lost_task(self) -> Task | None:
        if not self.shifts:
            return None
        points = [(one.pk, one.point.name) for one in self.shifts]
        form = form_for(self.request, "lost", forms.LostForm, choices={"shift": points})
        return Task(
            step="lost",
            title=_("A packing point is lost"),
            button=_("Move what it has"),
            form=form,
            act=self._lose,
            note=_("Fruit, people and boxes go to the points that still work today."),
        )

    def _lose(self, data: Data) -> str:
        lost = lose_point(shift_id=data["shift"], reason=data["reason"], **self.by)
        return _(
            "%(kg)s and %(p)s people moved; %(m)s orders go to later days, %(l)s find no place: "
            "ask their buyers."
        ) % {
            "kg": kilograms(lost.moved_stock_g),
            "p": number(lost.moved_people),
            "m": number(len(lost.moved_orders)),
            "l": number(len(lost.late_orders)),
        }

    def _delay_task(self) -> Task | None:
        if not self.sales:
            return None
        lanes = [
            (lane.pk, _("waiting for the truck: %(lane)s") % {"lane": lane.name_zh})
            for branch_id in sorted({one.branch_id for one in self.sales})
            for lane in network.lanes_for_origin(branch_id)
        ]
        today = time.local_day(self.now)
        form = form_for(
            self.request,
            "delay",
            forms.DelayForm,
            choices={
                "sale": _options(self.sales),
                "lane": [(ALL_LANES, _("all that have not left")), *lanes],
            },
            initial={
                "arrives_earliest": today + timedelta(days=3),
                "arrives_latest": today + timedelta(days=5),
                "answer_by": self.now + timedelta(hours=12),
            },
        )
        return Task(
            step="delay",
            title=_("Tell buyers of a delay"),
            button=_("Ask them"),
            form=form,
            act=self._delay,
            note=_("Each may wait or have the money back until the deadline."),
        )

    def _delay(self, data: Data) -> str:
        late = orders.not_posted(data["sale"], data["lane"] or None)
        if not late:
            raise InvalidInput("lane", _("nothing waits there; everything has left"))
        names = (
            "reason", "cause", "arrives_earliest", "arrives_latest", "answer_by", "default",
        )  # fmt: skip
        terms = DelayTerms(**{name: data[name] for name in names})
        asked = announce_delay(order_ids=late, terms=terms, **self.by)
        return _("%(n)s buyers are asked.") % {"n": number(len(asked))}

    def _parcel_task(self) -> Task | None:
        if not self.back:
            return None
        choices = [(one.pk, readable(one.number)) for one in self.back]
        form = form_for(
            self.request, "parcel", forms.ReturnedParcelForm, choices={"parcel": choices}
        )
        return Task(
            step="parcel",
            title=_("A parcel that came back"),
            button=_("Decide"),
            form=form,
            act=self._decide_parcel,
        )

    def _decide_parcel(self, data: Data) -> str:
        if data["deed"] == "resend":
            sent = resend_parcel(
                parcel_id=data["parcel"], line=data["line"], cause=data["cause"], **self.by
            )
            return _("It goes with the next truck and arrives by %(d)s.") % {
                "d": day(sent.promised_by)
            }
        refund_returned(parcel_ids=[data["parcel"]], cause=data["cause"], **self.by)
        return _("It is paid back.")

    def _lot(self, lot: Row) -> str:
        grower = lot.offer.part.village
        return _("Lot %(n)s · %(v)s · %(d)s") % {
            "n": lot.pk,
            "v": grower,
            "d": day(lot.harvested_on),
        }


def _sale(row: Row) -> str:
    return f"{produce_name(row.surplus.produce)} · {row.surplus.village}"


def _options(sales: list[Row]) -> list[tuple[int, str]]:
    return [(one.pk, _sale(one)) for one in sales]
