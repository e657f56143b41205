"""What a village types of its day, of its season, of what it plants and of the rain to come."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postharvest.interfaces.web.forms.fields import UNITS, AmountField, PhotosField, grams

MOST_WEIGHT = 100_000_000
MOST_PRICE = 1000
MOST_PHOTOS = 2
OLDEST_DAYS = 60
LONGEST_SEASON_DAYS = 300
MOST_MU = 1_000_000
_DAY = {"type": "date"}
CAME = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No, nobody"))]


class _PlaceForm(forms.Form):
    """Whose post office and which crop."""

    branch = forms.TypedChoiceField(label=gettext_lazy("Your post office"), coerce=int)
    produce = forms.ChoiceField(label=gettext_lazy("Which crop"))

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        branches: Sequence[tuple[int, str]],
        produce: Sequence[tuple[str, str]],
        **more: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **more)
        for name, choices in (("branch", branches), ("produce", produce)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
            field.choices = [(str(pk), label) for pk, label in choices]


class DiaryForm(_PlaceForm):
    """Did the merchant come, how much did he take, at what price."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    village = forms.CharField(label=gettext_lazy("Which village"), max_length=80)
    day = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )
    came = forms.ChoiceField(
        label=gettext_lazy("Did the merchant come"), choices=CAME, widget=forms.RadioSelect
    )
    amount = AmountField(label=gettext_lazy("How much he took"), most=MOST_WEIGHT, required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNITS, initial="jin")
    price = AmountField(
        label=gettext_lazy("At what price"), most=MOST_PRICE, places=2, required=False
    )
    witness = forms.CharField(
        label=gettext_lazy("Who saw it, too"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("The office, not the name: village accountant"),
    )
    photos = PhotosField(
        label=gettext_lazy("Photo of the slip or the scales"), most=MOST_PHOTOS, required=False
    )

    def __init__(self, *args: Any, today: date, **more: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **more)
        self.today = today
        self.fields["day"].initial = today

    def clean(self) -> dict[str, Any]:
        """Ask how much where a merchant came, and for a day that can be remembered."""
        data = super().clean() or {}
        day = data.get("day")
        if day and day > self.today:
            self.add_error("day", _("has not come yet"))
        if day and day < self.today - timedelta(days=OLDEST_DAYS):
            self.add_error("day", _("is more than 60 days ago"))
        if data.get("came") == "no" and data.get("amount"):
            self.add_error("amount", _("leave it empty: the merchant did not come"))
        if data.get("came") == "yes" and "amount" in data and data["amount"] is None:
            self.add_error("amount", _("how much did he take? 1 if it was next to nothing"))
        return data

    @property
    def bought_g(self) -> int:
        """Return what was bought in grams."""
        amount = self.cleaned_data["amount"]
        return grams(amount, self.cleaned_data["unit"]) if amount else 0


class SeasonForm(_PlaceForm):
    """What the season should bring: what a merchant's absence is measured against."""

    first_day = forms.DateField(
        label=gettext_lazy("Harvest from"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=gettext_lazy("until"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )
    amount = AmountField(label=gettext_lazy("About how much in all"), most=MOST_WEIGHT)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNITS, initial="jin")
    usual_share = forms.IntegerField(
        label=gettext_lazy("Of which merchants usually take"), min_value=1, max_value=100,
        initial=95,
    )  # fmt: skip
    usual_price = AmountField(label=gettext_lazy("Usual price"), most=MOST_PRICE, places=2)

    def clean(self) -> dict[str, Any]:
        """Check that the season runs forward."""
        data = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and last <= first:
            self.add_error("last_day", _("lies before the first day"))
        elif first and last and (last - first).days > LONGEST_SEASON_DAYS:
            self.add_error("last_day", _("is more than 300 days after the first"))
        return data


class RainForm(forms.Form):
    """The coming days' rain, typed from any forecast, or a file of many days."""

    branch = forms.TypedChoiceField(label=gettext_lazy("Your post office"), coerce=int)
    rain = forms.CharField(
        label=gettext_lazy("Rain of the coming days, mm"), max_length=120, required=False,
        help_text=gettext_lazy("From tomorrow on, with spaces between: 0 3 12 5 0 0 1"),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("or a file (.csv: county, told_on, day, rain_mm)"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def __init__(self, *args: Any, branches: Sequence[tuple[int, str]], **more: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **more)
        field = self.fields["branch"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = [(str(pk), name) for pk, name in branches]

    def clean_rain(self) -> list[float]:
        """Read the millimetres in order."""
        words = str(self.cleaned_data["rain"]).replace(",", " ").replace("，", " ").split()
        try:
            return [float(word) for word in words]
        except ValueError:
            raise forms.ValidationError(_("write numbers only, like 0 3 12 5 0 0 1")) from None

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        data = super().clean() or {}
        if not self.errors and not data.get("rain") and not data.get("file"):
            self.add_error("rain", _("write the millimetres, or choose a file"))
        return data


class OutlookForm(forms.Form):
    """For how much land, how careful, how many growers with the same advice."""

    mu = AmountField(label=gettext_lazy("Land"), most=MOST_MU)
    risk = forms.ChoiceField(
        label=gettext_lazy("What matters"),
        choices=[
            ("0", gettext_lazy("Most on average")),
            ("0.6", gettext_lazy("Both")),
            ("1", gettext_lazy("No bad year")),
        ],
        widget=forms.RadioSelect,
    )
    growers = forms.IntegerField(
        label=gettext_lazy("Growers who follow it"), min_value=1, max_value=100_000
    )


class CropForm(forms.Form):
    """Which crop: what both forms of the what-to-grow page ask."""

    produce = forms.ChoiceField(label=gettext_lazy("Which crop"))
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=1980, max_value=2200)

    def __init__(self, *args: Any, produce: Sequence[tuple[str, str]], **more: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **more)
        field = self.fields["produce"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = list(produce)


class RecordForm(CropForm):
    """A season of one's own."""

    yield_kg_mu = AmountField(label=gettext_lazy("A mu bore"), most=100_000)
    cost = AmountField(label=gettext_lazy("A mu cost"), most=1_000_000, places=2)
    price = AmountField(label=gettext_lazy("A kilogram fetched"), most=MOST_PRICE, places=2)


class PlantingForm(CropForm):
    """What will be planted."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    village = forms.CharField(label=gettext_lazy("Which village"), max_length=80)
    mu = AmountField(label=gettext_lazy("How many mu"), most=MOST_MU)
