"""What the branch's set-up pages share: whose base it is, and trying what a form asks for."""

from collections.abc import Callable

from django import forms
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from postharvest.core.errors import InvalidInput, Refused
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.refusals import detail_of, sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.operations.network import queries as network


def base_of(request: HttpRequest) -> Row:
    """Return the base that the page is about: the one asked for, else the region's first."""
    rows = {str(row.pk): row for row in network.bases(actor_of(request).scope)}
    if not rows:
        raise Http404(_("there is no base in your region"))
    asked = request.GET.get("base", "")
    return rows.get(asked) or next(iter(rows.values()))


def bases_of(request: HttpRequest) -> list[Row]:
    """Return the bases that the person may look at."""
    return list(network.bases(actor_of(request).scope))


def attempt(form: forms.Form, act: Callable[[], object]) -> bool:
    """Do what a form asks for; what is wrong is said beside its field."""
    if not form.is_valid():
        return False
    try:
        act()
    except InvalidInput as error:
        form.add_error(error.field if error.field in form.fields else None, detail_of(error))
    except Refused as error:
        form.add_error(None, sentence_of(error))
    return form.is_valid()
