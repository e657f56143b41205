"""What a buyer types: an order, and that something was bad."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postharvest.interfaces.web.forms.fields import CountyField, PhotosField

MOST_BOXES = 20
_PHONE = re.compile(r"\+?[0-9]{7,15}")
_PUNCTUATION = str.maketrans("", "", " -()（）")


class CheckoutForm(forms.Form):
    """One page: who, where to, how many, how to pay."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=80)
    quantity = forms.IntegerField(
        label=gettext_lazy("Boxes"), min_value=1, max_value=MOST_BOXES, initial=1
    )
    recipient = forms.CharField(
        label=gettext_lazy("Who receives it"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    county = CountyField(
        label=gettext_lazy("County or district"),
        widget=forms.TextInput(attrs={"autocomplete": "address-level3"}),
        help_text=gettext_lazy("Type its name, for example 徐汇区 or Xuhui"),
    )
    address = forms.CharField(
        label=gettext_lazy("Street, building, room"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    payment = forms.ChoiceField(label=gettext_lazy("How to pay"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, payments: list[tuple[str, str]], **more: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **more)
        field = self.fields["payment"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = payments
        field.initial = payments[0][0]

    def clean_phone(self) -> str:
        """Return the digits of the phone."""
        phone = str(self.cleaned_data["phone"]).translate(_PUNCTUATION)
        if not _PHONE.fullmatch(phone):
            raise forms.ValidationError(_("is not a phone number; digits only, like 13800138000"))
        return phone


class ClaimForm(forms.Form):
    """How much of which box was bad, with a photo."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=80)
    box = forms.TypedChoiceField(label=gettext_lazy("Which box"), coerce=int)
    bad_percent = forms.IntegerField(
        label=gettext_lazy("How much of it is bad"), min_value=1, max_value=100
    )
    photo = PhotosField(label=gettext_lazy("A photo"), most=1)
    note = forms.CharField(
        label=gettext_lazy("Anything to add"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, boxes: list[int], **more: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **more)
        field = self.fields["box"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = [(str(n), _("Box %(n)s") % {"n": n}) for n in boxes]
