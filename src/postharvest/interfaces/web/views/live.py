"""The sales of a branch, and one of them as it runs."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from postharvest.core.clock import time
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.live_view import LiveView, live_view, sale_line
from postharvest.operations.campaigns import queries as campaigns

MOST_SALES = 40


@require_GET
@only_for(*DESK)
def sales(request: HttpRequest) -> HttpResponse:
    """List the sales, the newest first."""
    now = time.now()
    rows = [
        sale_line(one, now=now) for one in campaigns.sales(actor_of(request).scope)[:MOST_SALES]
    ]
    return render(request, "web/desk/sales.html", {"rows": rows})


@require_GET
@only_for(*DESK)
def live(request: HttpRequest, sale_id: int) -> HttpResponse:
    """Show whether the sale will clear on time."""
    return render(request, "web/desk/live.html", {"view": _view(sale_id)})


@require_GET
@only_for(*DESK)
def live_now(request: HttpRequest, sale_id: int) -> HttpResponse:
    """Give the moving part of the page anew."""
    return render(request, "web/desk/live_now.html", {"view": _view(sale_id)})


def _view(sale_id: int) -> LiveView:
    sale = campaigns.sale(sale_id)
    if sale is None:
        raise Http404(_("there is no such sale"))
    return live_view(sale, now=time.now())
