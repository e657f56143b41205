"""A village agent's or point leader's phone: enrolled by the desk's code, opened by its PIN."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from postharvest.core.audit.actor import Role
from postharvest.core.clock import time
from postharvest.core.privacy import mask_name
from postharvest.core.signin import devices
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import DEVICE, actor_of
from postharvest.interfaces.web.branch_page import attempt
from postharvest.interfaces.web.formats import moment, number
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Stat
from postharvest.interfaces.web.tasks import Cell, Table, Task, TaskPage, form_for, serve, text
from postharvest.interfaces.web.views.shell import safe_next

COOKIE_LIVES = timedelta(days=400)
SESSION_LIVES = timedelta(hours=12)
"""A working day; what was written meanwhile waits on the phone for the next PIN."""
_BACKEND = "django.contrib.auth.backends.ModelBackend"
_PIN = forms.PasswordInput(attrs={"inputmode": "numeric", "maxlength": "6", "autocomplete": "off"})


class EnrolForm(forms.Form):
    """The code that the branch gave, and a PIN of one's own."""

    code = forms.CharField(
        label=gettext_lazy("Code from your branch"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    pin = forms.CharField(
        label=gettext_lazy("Choose a PIN"),
        max_length=6,
        help_text=gettext_lazy("Six digits; no birthday, no row of digits."),
        widget=_PIN,
    )
    again = forms.CharField(label=gettext_lazy("The same PIN again"), max_length=6, widget=_PIN)

    def clean(self) -> dict[str, Any]:
        """Refuse a PIN that was typed in two ways."""
        data = super().clean() or {}
        if data.get("pin") and data.get("again") and data["pin"] != data["again"]:
            self.add_error("again", _("is not the same PIN"))
        return data


class PinForm(forms.Form):
    """What opens this phone."""

    pin = forms.CharField(label=gettext_lazy("PIN"), max_length=6, widget=_PIN)


class CodeFor(forms.Form):
    """Who gets a code."""

    person = forms.TypedChoiceField(label=gettext_lazy("For whom"), coerce=int)


class TakeAway(forms.Form):
    """Which phone."""

    phone = forms.TypedChoiceField(label=gettext_lazy("Which phone"), coerce=int)


@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Bind this phone to somebody, and let him in."""
    form = EnrolForm(request.POST if request.method == "POST" else None)
    made: list[devices.Enrolled] = []

    def act() -> None:
        data = form.cleaned_data
        label = request.headers.get("User-Agent", "").partition("(")[2].partition(")")[0]
        made.append(
            devices.enrol_device(code=data["code"], pin=data["pin"], label=label, now=time.now())
        )

    if request.method == "POST" and attempt(form, act):
        response = _let_in(request, made[0].device, to=reverse("web:village-report"))
        response.set_cookie(
            DEVICE,
            made[0].key,
            max_age=COOKIE_LIVES,
            httponly=True,
            secure=request.is_secure(),
            samesite="Lax",
        )
        return response
    return render(request, "web/enrol.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def pin(request: HttpRequest) -> HttpResponse:
    """Ask for this phone's PIN."""
    key = request.COOKIES.get(DEVICE, "")
    device = devices.device_of(key) if key else None
    if device is None:
        response = redirect("web:enrol")
        response.delete_cookie(DEVICE)
        return response
    form = PinForm(request.POST if request.method == "POST" else None)
    opened: list[Row] = []

    def act() -> None:
        opened.append(devices.sign_in_by_pin(key=key, pin=form.cleaned_data["pin"], now=time.now()))

    if request.method == "POST" and attempt(form, act):
        return _let_in(request, opened[0], to=safe_next(request))
    return render(
        request,
        "web/pin.html",
        {
            "form": form,
            "name": mask_name(device.user.first_name or device.user.username),
            "next": request.POST.get("next") or request.GET.get("next", "/village/report/"),
        },
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
@only_for(*DESK)
def phones(request: HttpRequest) -> HttpResponse:
    """Show who works from which phone; give codes, take phones away."""
    actor = actor_of(request)
    people = devices.people(actor.scope)
    rows = list(devices.devices([user.pk for user, _role, _region in people]))
    in_use = [one for one in rows if one.revoked_at is None]
    page = TaskPage(
        title=_("Who works from a phone?"),
        stats=[
            Stat(label=_("People"), value=number(len(people))),
            Stat(label=_("Phones in use"), value=number(len(in_use))),
        ],
        tables=[_people(people, in_use), _phones(rows)],
        tasks=[one for one in (_code(request, people), _away(request, in_use)) if one],
    )
    return serve(request, page, back=reverse("web:desk-phones"))


def _let_in(request: HttpRequest, device: Row, *, to: str) -> HttpResponse:
    login(request, device.user, backend=_BACKEND)
    request.session[DEVICE] = device.pk
    request.session.set_expiry(SESSION_LIVES)
    return HttpResponseRedirect(to)


def _people(people: list[tuple[Row, Role, str]], in_use: list[Row]) -> Table:
    counted = {one.user_id for one in in_use}
    return Table(
        title=_("People"),
        columns=[_("Name"), _("Role"), _("Region"), _("Phone")],
        rows=[
            [
                text(user.first_name or user.username),
                text(_roles()[role]),
                text(region),
                Cell(text=_("enrolled"), chip="ok")
                if user.pk in counted
                else Cell(text=_("none yet"), chip="warn"),
            ]
            for user, role, region in people
        ],
        empty=_("Nobody yet; enter people under Own data, Staff."),
    )


def _phones(rows: list[Row]) -> Table:
    return Table(
        title=_("Phones"),
        columns=[_("Whose"), _("What"), _("Since"), _("Last used"), _("State")],
        rows=[
            [
                text(one.user.first_name or one.user.username),
                text(one.label or "–"),
                text(moment(one.enrolled_at)),
                text(moment(one.used_at) if one.used_at else "–"),
                Cell(text=_("in use"), chip="ok")
                if one.revoked_at is None
                else Cell(text=_("taken away"), chip="bad"),
            ]
            for one in rows[:200]
        ],
        empty=_("No phone is enrolled yet."),
    )


def _code(request: HttpRequest, people: list[tuple[Row, Role, str]]) -> Task | None:
    if not people:
        return None
    options = [(user.pk, user.first_name or user.username) for user, _role, _region in people]
    form = form_for(request, "code", CodeFor, choices={"person": options})

    def act(data: Mapping[str, Any]) -> str:
        code = devices.make_device_code(
            user_id=data["person"], actor=actor_of(request), now=time.now()
        )
        return _("The code is %(code)s. It works once, until tomorrow; open /phone/ there.") % {
            "code": code
        }

    return Task(
        step="code",
        title=_("Enrol a phone"),
        button=_("Make a code"),
        form=form,
        act=act,
        note=_("Tell it to the person himself. A new code ends the one before."),
    )


def _away(request: HttpRequest, in_use: list[Row]) -> Task | None:
    if not in_use:
        return None
    options = [
        (one.pk, f"{one.user.first_name or one.user.username} · {one.label or one.pk}")
        for one in in_use
    ]
    form = form_for(request, "away", TakeAway, choices={"phone": options})

    def act(data: Mapping[str, Any]) -> str:
        devices.revoke_device(device_id=data["phone"], actor=actor_of(request), now=time.now())
        return _("The phone is out, at once.")

    return Task(
        step="away",
        title=_("A phone is lost or changed hands"),
        button=_("Take it away"),
        form=form,
        act=act,
    )


def _roles() -> dict[Role, str]:
    return {Role.VILLAGE_AGENT: _("village agent"), Role.POINT_LEADER: _("point leader")}
