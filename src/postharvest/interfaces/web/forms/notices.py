"""How somebody wishes to be told."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

KINDS = {
    "team_formed": gettext_lazy("my team is complete"),
    "team_failed": gettext_lazy("my team did not fill, money comes back"),
    "parcel_late": gettext_lazy("my parcel is late"),
    "delay": gettext_lazy("my order is delayed and I may choose"),
    "payout_ready": gettext_lazy("money for me is on its way"),
    "harvest_call": gettext_lazy("what to harvest tomorrow"),
}
WAYS = {
    "console": gettext_lazy("the office's own log"),
    "email": gettext_lazy("e-mail"),
    "sms": gettext_lazy("short message"),
}


class NoticesForm(forms.Form):
    """Language, ways, and what about."""

    language = forms.ChoiceField(
        label=gettext_lazy("In which language"),
        choices=[("zh-hans", "简体中文"), ("en", "English")],
        widget=forms.RadioSelect,
    )
    ways = forms.MultipleChoiceField(
        label=gettext_lazy("How"), required=False, widget=forms.CheckboxSelectMultiple
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("When"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        offered: tuple[str, ...],
        kinds: tuple[str, ...],
        **more: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **more)
        ways, wishes = self.fields["ways"], self.fields["kinds"]
        assert isinstance(ways, forms.MultipleChoiceField)  # noqa: S101  (declared above)
        assert isinstance(wishes, forms.MultipleChoiceField)  # noqa: S101
        ways.choices = [(way, WAYS.get(way, way)) for way in offered]
        wishes.choices = [(kind, KINDS[kind]) for kind in kinds]

    def clean(self) -> dict[str, Any]:
        """Ask for the address that e-mail needs."""
        data = super().clean() or {}
        if "email" in data.get("ways", []) and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("give an address, or take e-mail away"))
        return data
