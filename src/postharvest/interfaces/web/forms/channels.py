"""What the desk types about channels: fees, shares, wholesale terms and bulk orders."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from postharvest.interfaces.web.forms.fields import AmountField

KINDS = [
    ("marketplace", gettext_lazy("Marketplace")),
    ("bulk", gettext_lazy("Bulk")),
    ("shop", gettext_lazy("Own shop")),
]
MOST_YUAN = 10_000_000
MOST_KG = 10_000_000
_DAY = {"type": "date"}
_MOMENT = {"type": "datetime-local"}


class FeesForm(forms.Form):
    """What a channel keeps of an order."""

    fee_percent = AmountField(
        label=gettext_lazy("It keeps of the price"), most=99, places=2, required=False
    )
    fee_yuan = AmountField(
        label=gettext_lazy("and of each order"), most=1000, places=2, required=False
    )

    @property
    def fee_bp(self) -> int | None:
        """Return the share in 1/10,000, or none: the sale's own fee applies."""
        share = self.cleaned_data["fee_percent"]
        return None if share is None else round(share * 100)


class ChannelForm(FeesForm):
    """A new channel."""

    code = forms.SlugField(label=gettext_lazy("Short name, Latin letters"), max_length=40)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=KINDS[:2], widget=forms.RadioSelect,
        initial="marketplace",
    )  # fmt: skip
    field_order = ("name", "code", "kind", "fee_percent", "fee_yuan")


class SaleForm(forms.Form):
    """A question about one of the sales that run."""

    sale = forms.TypedChoiceField(label=gettext_lazy("Sale"), coerce=int)

    def __init__(self, *args: Any, sales: list[tuple[str, str]], **more: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **more)
        field = self.fields["sale"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = sales


class ShareForm(SaleForm):
    """What is set aside for a channel, and until when."""

    lot_percent = AmountField(
        label=gettext_lazy("Of the kilograms"), most=100, places=2, required=False
    )
    day_percent = AmountField(
        label=gettext_lazy("Of each packing day"), most=100, places=2, required=False
    )
    flows_back_at = forms.DateTimeField(
        label=gettext_lazy("What is unsold is for all from"),
        widget=forms.DateTimeInput(attrs=_MOMENT, format="%Y-%m-%dT%H:%M"),
    )


class ListingForm(SaleForm):
    """A box size of a sale in this channel."""

    net_kg = AmountField(label=gettext_lazy("Net weight"), most=50, places=3)
    price = AmountField(label=gettext_lazy("Price"), most=MOST_YUAN, places=2)
    material = AmountField(label=gettext_lazy("Packaging"), most=1000, places=2, required=False)
    packed_kg = AmountField(label=gettext_lazy("One person packs a day"), most=100_000)
    least_quantity = forms.IntegerField(
        label=gettext_lazy("Least order"), min_value=1, max_value=10_000, initial=1
    )


class TermsForm(forms.Form):
    """What bulk buyers take of a crop."""

    produce = forms.ChoiceField(label=gettext_lazy("Which crop"))
    price = AmountField(label=gettext_lazy("They pay per kg"), most=1000, places=2)
    kg_per_day = AmountField(label=gettext_lazy("Most on a day"), most=MOST_KG)
    least_kg = AmountField(label=gettext_lazy("Least order"), most=MOST_KG, required=False)
    freight = AmountField(
        label=gettext_lazy("Freight that we bear, per kg"), most=100, places=2, required=False
    )
    loading = AmountField(label=gettext_lazy("Loading, per kg"), most=100, places=2, required=False)
    bundle_kg = AmountField(label=gettext_lazy("A bundle holds"), most=50, initial=20)
    bundles_per_pallet = forms.IntegerField(
        label=gettext_lazy("Bundles on a pallet"), min_value=1, max_value=1000, initial=40
    )

    def __init__(self, *args: Any, produce: list[tuple[str, str]], **more: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **more)
        field = self.fields["produce"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = produce


class BulkOrderForm(forms.Form):
    """What a wholesale buyer wants."""

    key = forms.CharField(widget=forms.HiddenInput, initial=uuid.uuid4, max_length=80)
    listing = forms.TypedChoiceField(label=gettext_lazy("Bundle"), coerce=int)
    quantity = forms.IntegerField(label=gettext_lazy("Bundles"), min_value=1, max_value=100_000)
    load_day = forms.DateField(
        label=gettext_lazy("Loaded on"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )
    buyer = forms.CharField(label=gettext_lazy("Buyer"), max_length=60)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=20)
    line = forms.CharField(label=gettext_lazy("Address"), max_length=200)

    def __init__(self, *args: Any, listings: list[tuple[str, str]], **more: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **more)
        field = self.fields["listing"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = listings


class SettlementForm(forms.Form):
    """What a marketplace paid over."""

    reference = forms.CharField(label=gettext_lazy("Number of its statement"), max_length=40)
    received = AmountField(
        label=gettext_lazy("Paid over"), most=MOST_YUAN, places=2, required=False
    )
