"""Signing up; signing in and out is Django's."""

from django import forms
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput
from postharvest.interfaces.web.refusals import detail_of
from postharvest.interfaces.web.views.shell import safe_next
from postharvest.operations.members.actions import sign_up

SHORTEST_PASSWORD = 8


class SignUpForm(forms.Form):
    """A name and a password; the address is asked for when something is sent there."""

    name = forms.CharField(
        label=gettext_lazy("A name to sign in with"),
        min_length=2,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        min_length=SHORTEST_PASSWORD,
        max_length=200,
        help_text=gettext_lazy("At least 8 characters; a sentence is easy to remember."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Make an account and go on where the person was."""
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            user = sign_up(name=data["name"], password=data["password"], now=time.now())
        except InvalidInput as error:
            known = {"name": _("is taken; choose another one")}
            form.add_error(error.field, known.get(error.field) or detail_of(error))
        else:
            login(request, user)
            return HttpResponseRedirect(safe_next(request))
    return render(
        request,
        "web/join.html",
        {"form": form, "next": request.POST.get("next") or request.GET.get("next", "/")},
        status=422 if form.errors else 200,
    )
