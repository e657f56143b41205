"""What a postal worker types about a surplus, and the twelve questions of *my own surplus*."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postharvest.interfaces.web.forms.fields import (
    UNITS,
    AmountField,
    CountyField,
    PhotosField,
    grams,
)

MOST_WEIGHT = 100_000_000
MOST_PRICE = 1000
LONGEST_WINDOW_DAYS = 60
MOST_PHOTOS = 3
LONGEST_SHELF_LIFE_DAYS = 365
GRADES = [
    ("first", gettext_lazy("First: large, no marks")),
    ("second", gettext_lazy("Second: small or marked")),
    ("mixed", gettext_lazy("Mixed: not sorted")),
]
_DAY = {"type": "date"}


class SurplusForm(forms.Form):
    """The questions that a report and a plan have in common."""

    village = forms.CharField(label=gettext_lazy("Which village"), max_length=80)
    produce = forms.ChoiceField(label=gettext_lazy("Which crop"))
    amount = AmountField(label=gettext_lazy("About how much"), most=MOST_WEIGHT)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNITS, initial="jin")
    harvest_from = forms.DateField(
        label=gettext_lazy("Can be cut from"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )
    harvest_to = forms.DateField(
        label=gettext_lazy("until"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )
    shelf_life_days = AmountField(
        label=gettext_lazy("Keeps how many days after cutting"),
        most=LONGEST_SHELF_LIFE_DAYS,
        required=False,
    )
    floor_price = AmountField(
        label=gettext_lazy("Lowest price the grower accepts"), most=MOST_PRICE, places=2,
        required=False,
    )  # fmt: skip
    wholesale_price = AmountField(
        label=gettext_lazy("What the local buyer pays today"), most=MOST_PRICE, places=2,
        required=False,
    )  # fmt: skip
    wholesale_per_day = AmountField(
        label=gettext_lazy("How much he takes a day"), most=MOST_WEIGHT, required=False
    )

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        produce: Sequence[tuple[str, str]],
        today: date,
        **more: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **more)
        self.today = today
        field = self.fields["produce"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = [("", _("choose …")), *produce]
        self.fields["harvest_from"].initial = today
        self.fields["harvest_to"].initial = today + timedelta(days=9)

    def clean(self) -> dict[str, Any]:
        """Check that the days run forward from today."""
        data = super().clean() or {}
        first, last = data.get("harvest_from"), data.get("harvest_to")
        if first and first < self.today:
            self.add_error("harvest_from", _("is in the past; today is the earliest"))
        if first and last and last < first:
            self.add_error("harvest_to", _("lies before the first day"))
        elif first and last and (last - first).days > LONGEST_WINDOW_DAYS:
            self.add_error("harvest_to", _("is more than 60 days later; report what is ripe now"))
        return data

    @property
    def weight_g(self) -> int:
        """Return the amount in grams."""
        return grams(self.cleaned_data["amount"], self.cleaned_data["unit"])


class ReportForm(SurplusForm):
    """A report of a postal worker, sent as often as the signal needs."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    branch = forms.TypedChoiceField(label=gettext_lazy("Your post office"), coerce=int)
    grade = forms.ChoiceField(
        label=gettext_lazy("Grade"), choices=GRADES, initial="first", widget=forms.RadioSelect
    )
    photos = PhotosField(
        label=gettext_lazy("Photos"),
        most=MOST_PHOTOS,
        required=False,
        help_text=gettext_lazy("Up to three; they are made small on this phone first."),
    )

    def __init__(self, *args: Any, branches: Sequence[tuple[int, str]], **more: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **more)
        field = self.fields["branch"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = [(str(pk), name) for pk, name in branches]


class OwnSurplusForm(SurplusForm):
    """The same, and who can pack: enough for a plan of one's own."""

    county = CountyField(label=gettext_lazy("Which county"))
    growers = forms.IntegerField(
        label=gettext_lazy("How many homes"), min_value=1, max_value=100_000, initial=1
    )
    packers = forms.IntegerField(
        label=gettext_lazy("How many people can pack on a day"),
        min_value=1,
        max_value=100_000,
        required=False,
    )
    goal = forms.ChoiceField(
        label=gettext_lazy("What matters most"),
        choices=[
            ("income", gettext_lazy("Most income")),
            ("clear", gettext_lazy("Nothing rots: clear at least 95%")),
        ],
        initial="income",
        widget=forms.RadioSelect,
    )


class SheetForm(forms.Form):
    """The same questions answered on one sheet."""

    sheet = forms.FileField(
        label=gettext_lazy("Your filled-in sheet (.xlsx)"),
        widget=forms.FileInput(
            attrs={
                "accept": ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
        ),
    )
