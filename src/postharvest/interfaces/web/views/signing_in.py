"""Signing in, and the second factor that staff must have."""

import base64
import io
from datetime import timedelta

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from postharvest.core.clock import time
from postharvest.core.errors import Refused
from postharvest.core.signin import actions
from postharvest.interfaces.web.actors import NEEDS_FACTOR, works_here
from postharvest.interfaces.web.branch_page import attempt
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.interfaces.web.views.shell import safe_next

STAFF_SESSION = timedelta(hours=12)
"""A working day; buyers stay signed in for two weeks."""


class SignInForm(forms.Form):
    username = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label=gettext_lazy("Code from the app"),
        required=False,
        max_length=10,
        help_text=gettext_lazy("Only for those who work here."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code from the app"),
        max_length=10,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for name, password and code; staff without a second factor get one first."""
    form = SignInForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.sign_in(**form.cleaned_data, now=time.now())
        except Refused as refusal:
            form.add_error(None, sentence_of(refusal))
        else:
            login(request, user)
            if works_here(user):
                request.session.set_expiry(STAFF_SESSION)
            if works_here(user) and not actions.has_second_factor(user.pk):
                request.session[NEEDS_FACTOR] = True
                return redirect("web:second-factor")
            return HttpResponseRedirect(safe_next(request))
    return render(
        request,
        "web/login.html",
        {"form": form, "next": request.POST.get("next") or request.GET.get("next", "/")},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Show the code that an authenticator app scans, and take its first answer."""
    user = request.user
    if not isinstance(user, User):
        return redirect("web:login")
    if actions.has_second_factor(user.pk):
        return redirect("web:front")
    form = CodeForm(request.POST if request.method == "POST" else None)
    uri = actions.begin_second_factor(user=user)
    if request.method == "POST" and form.is_valid():
        try:
            code = form.cleaned_data["code"]
            actions.confirm_second_factor(user=user, code=code, now=time.now())
        except Refused:
            form.add_error("code", _("The code is wrong; look at the app again."))
        else:
            request.session.pop(NEEDS_FACTOR, None)
            return redirect("web:front")
    return render(
        request,
        "web/second_factor.html",
        {"form": form, "picture": _picture(uri), "secret": uri.split("secret=")[1].split("&")[0]},
        status=422 if form.errors else 200,
    )


class PasswordForm(forms.Form):
    """The old password and the new one."""

    old = forms.CharField(
        label=gettext_lazy("Old password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=gettext_lazy("New password"),
        max_length=200,
        strip=False,
        help_text=gettext_lazy("At least 8 characters; a sentence is easy to remember."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Let somebody who is signed in choose another password; elsewhere he is signed out."""
    user = request.user
    if not isinstance(user, User):
        return redirect("web:login")
    form = PasswordForm(request.POST if request.method == "POST" else None)

    def act() -> None:
        data = form.cleaned_data
        actions.change_password(user=user, old=data["old"], new=data["new"], now=time.now())

    if request.method == "POST" and attempt(form, act):
        update_session_auth_hash(request, user)
        messages.success(request, _("Changed. Other devices have to sign in again."))
        return redirect("web:front")
    return render(request, "web/password.html", {"form": form}, status=422 if form.errors else 200)


def _picture(uri: str) -> str:
    """Draw a QR code as a data address: it must lie in no file and no log."""
    out = io.BytesIO()
    segno.make(uri, error="m").save(out, kind="svg", scale=5, border=2)
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()
