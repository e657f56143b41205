"""Which of the branch's own tables a file is."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postharvest.interfaces.own_data.shapes import SHAPES
from postharvest.interfaces.web.forms.files import TableFileForm


class OwnDataForm(TableFileForm):
    """A file and what it holds."""

    kind = forms.ChoiceField(label=gettext_lazy("What it holds"))
    field_order = ("kind", "file", "dry_run")

    def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **more)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = [(kind, kind_name(kind)) for kind in SHAPES]


def kind_name(kind: str) -> str:
    """Name a kind of own data."""
    return {
        "growers": _("Growers"),
        "payees": _("Payees"),
        "staff": _("Staff"),
        "points": _("Packing points"),
        "labour": _("Villages' labour"),
        "people": _("People who pack"),
        "packs": _("Box sizes"),
        "prices": _("Prices"),
        "contracts": _("Contracts"),
        "calendar": _("Calendar"),
    }[kind]
