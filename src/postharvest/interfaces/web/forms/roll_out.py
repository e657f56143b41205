"""What headquarters type to roll the programme out: a region to switch, a set-up to copy."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postharvest.interfaces.web.cards import name_of, produce_name
from postharvest.operations.network import queries as network
from postharvest.operations.network import roll_out

CODE_DIGITS = 6


class SwitchForm(forms.Form):
    """A region, whether the programme runs there, and why."""

    region = forms.CharField(label=gettext_lazy("Province, prefecture or county"), max_length=60)
    on = forms.ChoiceField(
        label=gettext_lazy("The programme"),
        choices=(("on", gettext_lazy("runs there")), ("off", gettext_lazy("does not run there"))),
    )
    pilot = forms.BooleanField(label=gettext_lazy("It is a pilot"), required=False)
    note = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)

    def clean_region(self) -> str:
        """Return a region's code, found by code or by name."""
        text = str(self.cleaned_data["region"]).strip()
        code = text.rsplit(" ", 1)[-1]
        if len(code) == CODE_DIGITS and code.isdigit() and roll_out.region_names(code):
            return code
        found = roll_out.regions_by_name(text)
        if not found:
            raise forms.ValidationError(
                _("we know no region “%(text)s”; try its name or its code of six digits")
                % {"text": text}
            )
        if len(found) > 1:
            raise forms.ValidationError(
                _("that could be %(names)s; give the code")
                % {"names": ", ".join(f"{name} {code}" for code, name in found[:6])}
            )
        return found[0][0]


class CopyForm(forms.Form):
    """Whose set-up goes to which post office, for which crops."""

    origin = forms.TypedChoiceField(label=gettext_lazy("Copy the set-up of"), coerce=int)
    branch = forms.TypedChoiceField(label=gettext_lazy("To the post office"), coerce=int)
    produce = forms.MultipleChoiceField(
        label=gettext_lazy("Box sizes for"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, produce: list[Any], **more: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **more)
        bases = list(network.bases())
        self.fields["origin"].choices = [(row.pk, name_of(row)) for row in bases]  # type: ignore[attr-defined]
        self.fields["branch"].choices = [  # type: ignore[attr-defined]
            (row.pk, f"{name_of(row)} ({name_of(row.base)})") for row in network.branches_in("")
        ]
        self.fields["produce"].choices = [(row.pk, produce_name(row)) for row in produce]  # type: ignore[attr-defined]
