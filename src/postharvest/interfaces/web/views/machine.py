"""The machine room: what waits, what was parked, and whether the audit chain grows."""

import shutil

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from postharvest.core.audit import queries as audit
from postharvest.core.audit.actor import Role
from postharvest.core.clock import time
from postharvest.core.outbox import log as outbox
from postharvest.interfaces.web.access import only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.formats import number
from postharvest.interfaces.web.tables import Stat
from postharvest.operations.orders import queries as orders

WATCHERS = (Role.PLANNER, Role.AUDITOR)
MOST_ROWS = 100
LONG_WAIT_S = 60


@require_GET
@only_for(*WATCHERS)
def machine(request: HttpRequest) -> HttpResponse:
    """Show the queues."""
    depth = outbox.depth(now=time.now())
    free_gib = shutil.disk_usage(settings.HOME).free / 2**30
    stats = [
        Stat(label=_("News to deliver"), value=number(depth.due)),
        Stat(label=_("Oldest waits"), value=_("%(n)s s") % {"n": number(depth.oldest_seconds)}),
        Stat(label=_("Parked"), value=number(depth.parked)),
        Stat(label=_("Refunds to send"), value=number(orders.refunds_due().count())),
        Stat(label=_("Audit rows to seal"), value=number(audit.unsealed().count())),
        Stat(label=_("Disk free"), value=_("%(n)s GiB") % {"n": number(free_gib, 1)}),
    ]
    return render(
        request,
        "web/network/machine.html",
        {
            "stats": stats,
            "late": depth.oldest_seconds > LONG_WAIT_S,
            "parked": outbox.parked().select_related("event")[:MOST_ROWS],
        },
    )


@require_POST
@only_for(*WATCHERS)
def retry(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Give a parked delivery another chance."""
    outbox.retry(delivery_id=delivery_id, actor=actor_of(request), now=time.now())
    messages.success(request, _("It is tried again within a few seconds."))
    return redirect("web:machine")
