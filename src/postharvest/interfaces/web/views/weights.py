"""The point's weights: sorted out with a photo, weighed again, a box on the scale."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput
from postharvest.core.units import GRAMS_PER_KG
from postharvest.interfaces.web import photos
from postharvest.interfaces.web.access import PACKING, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.formats import kilograms
from postharvest.interfaces.web.forms import branch_day as forms
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tasks import Table, Task, TaskPage, figure, form_for, serve, text
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions.weights import grade_stock, weigh_again, weigh_box
from postharvest.operations.parcels import queries as parcels

Data = Mapping[str, Any]


@require_http_methods(["GET", "POST"])
@only_for(*PACKING)
def weights(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Show what lies at a point, and take what was sorted out or weighed again."""
    shift = packing.shift(shift_id)
    if shift is None or not shift.sale.branch.county_id.startswith(actor_of(request).scope):
        raise Http404(_("there is no such shift"))
    page = _Weights(request, shift_id).page(shift.point.name)
    return serve(request, page, back=reverse("web:packing-weights", args=[shift_id]))


class _Weights:
    def __init__(self, request: HttpRequest, shift_id: int) -> None:
        self.request = request
        self.by: dict[str, Any] = {"actor": actor_of(request), "now": time.now()}
        self.stocks: list[Row] = list(packing.stocks_of_point(shift_id))
        self.options = [
            (one.pk, f"{one.lot.grower.village} {one.lot.grower.code} · {kilograms(one.free_g)}")
            for one in self.stocks
        ]

    def page(self, point: str) -> TaskPage:
        return TaskPage(
            title=_("What lies here, and what is it fit for?"),
            tables=[self._table(point)],
            tasks=self._tasks(),
        )

    def _table(self, point: str) -> Table:
        return Table(
            title=point,
            columns=[
                _("From whom"),
                _("Gross"),
                _("Tare"),
                _("Net"),
                _("Boxed"),
                _("Lower grade"),
                _("Rejected"),
                _("Dried"),
                _("Left"),
            ],
            rows=[
                [
                    text(f"{one.lot.grower.village} {one.lot.grower.code}"),
                    figure(kilograms(one.gross_g or one.received_g)),
                    figure(kilograms(one.tare_g)),
                    *(
                        figure(kilograms(getattr(one, name)))
                        for name in (
                            "received_g", "boxed_g", "downgraded_g", "culled_g", "shrunk_g",
                            "free_g",
                        )
                    ),
                ]
                for one in self.stocks
            ],
            empty=_("Nothing lies here."),
        )  # fmt: skip

    def _tasks(self) -> list[Task]:
        box = Task(
            step="box",
            title=_("A box on the scale"),
            button=_("Check it"),
            form=form_for(self.request, "box", forms.BoxWeightForm),
            act=self._box,
        )
        if not self.options:
            return [box]
        stock = {"stock": self.options}
        return [
            Task(
                step="grade",
                title=_("Sort out"),
                button=_("Take it out"),
                form=form_for(self.request, "grade", forms.GradeForm, choices=stock),
                act=self._grade,
                note=_("What is rejected needs a photo, so that its grower can see it."),
            ),
            Task(
                step="recount",
                title=_("Weigh again"),
                button=_("Enter"),
                form=form_for(self.request, "recount", forms.RecountForm, choices=stock),
                act=self._recount,
                note=_("Up to 3% may be missing: fruit dries."),
            ),
            box,
        ]

    def _grade(self, data: Data) -> str:
        rejected = _grams(data["rejected_kg"])
        kept = photos.keep(data["photo"], folder="gradings") if rejected else []
        grade_stock(
            stock_id=data["stock"],
            downgraded_g=_grams(data["downgraded_kg"]),
            rejected_g=rejected,
            photo=kept[0] if kept else "",
            **self.by,
        )
        return _("It is sorted out.")

    def _recount(self, data: Data) -> str:
        missing = weigh_again(
            stock_id=data["stock"],
            found_g=_grams(data["found_kg"]),
            reason=data["reason"],
            **self.by,
        )
        return _("%(kg)s have dried away.") % {"kg": kilograms(missing)}

    def _box(self, data: Data) -> str:
        found = parcels.parcel_by_number(data["parcel"])
        if found is None:
            raise InvalidInput("parcel", _("there is no such parcel"))
        weigh_box(box_id=found.box_id, weighed_g=_grams(data["weighed_kg"]), **self.by)
        return _("The box weighs what it should.")


def _grams(amount: Decimal | None) -> int:
    return round((amount or 0) * GRAMS_PER_KG)
