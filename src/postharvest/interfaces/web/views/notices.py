"""How a buyer wishes to be told about his orders."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from postharvest.core.clock import time
from postharvest.interfaces.web.forms.notices import NoticesForm
from postharvest.interfaces.web.order_refs import order_row
from postharvest.operations.notices import queries as notices
from postharvest.operations.notices.actions import set_preference

OF_BUYERS = ("team_formed", "team_failed", "parcel_late", "delay")


@require_http_methods(["GET", "POST"])
def of_order(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask in which language, by which way and about what; it holds for all orders of his phone."""
    phone_index = order_row(ref).buyer
    form = NoticesForm(
        request.POST if request.method == "POST" else None,
        offered=settings.POSTHARVEST_NOTICES,
        kinds=OF_BUYERS,
        initial=_wishes(phone_index),
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        set_preference(
            phone_index=phone_index,
            language=data["language"],
            ways=data["ways"],
            muted=[kind for kind in OF_BUYERS if kind not in data["kinds"]],
            email=data["email"],
            now=time.now(),
        )
        messages.success(request, _("Noted. It holds for all orders of this phone."))
        return redirect("web:order", ref)
    return render(
        request,
        "web/shop/notices.html",
        {"form": form, "token": ref, "offered": settings.POSTHARVEST_NOTICES},
        status=422 if form.errors else 200,
    )


def _wishes(phone_index: str) -> dict[str, Any]:
    wish = notices.preference(phone_index)
    if wish is None:
        first = list(settings.POSTHARVEST_NOTICES[:1])
        return {"language": "zh-hans", "ways": first, "kinds": list(OF_BUYERS)}
    return {
        "language": wish.language,
        "ways": wish.ways,
        "email": notices.email_of(wish),
        "kinds": [kind for kind in OF_BUYERS if kind not in wish.muted],
    }
