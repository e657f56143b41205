"""What the desk types about contracts with growers."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postharvest.interfaces.web.forms.fields import AmountField

MOST_YUAN = 1000
KINDS = [
    ("purchase", gettext_lazy("Purchase")),
    ("share", gettext_lazy("Share of net")),
]
UNSOLD = [
    ("grower", gettext_lazy("the grower takes it back")),
    ("branch", gettext_lazy("the branch pays the floor for it")),
]
SIGNED = [
    ("paper", gettext_lazy("on paper")),
    ("code", gettext_lazy("by a code on the phone")),
    ("proxy", gettext_lazy("by a proxy")),
]


class ContractForm(forms.Form):
    """The same terms for one grower or for all of a surplus."""

    offer = forms.ChoiceField(label=gettext_lazy("For whom"))
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=KINDS, widget=forms.RadioSelect, initial="share"
    )
    price = AmountField(
        label=gettext_lazy("Price per kg"), most=MOST_YUAN, places=2, required=False
    )
    floor = AmountField(
        label=gettext_lazy("Floor per kg"), most=MOST_YUAN, places=2, required=False
    )
    advance = AmountField(
        label=gettext_lazy("Advance per kg"), most=MOST_YUAN, places=2, required=False
    )
    if_unsold = forms.ChoiceField(
        label=gettext_lazy("What is handed over and not sold"), choices=UNSOLD
    )

    def __init__(self, *args: Any, offers: list[tuple[str, str]], **more: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **more)
        field = self.fields["offer"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = [("", _("all who have no signed terms")), *offers]
        field.required = False
