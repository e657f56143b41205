"""What headquarters type about a base: where it is, its fitting, counties, suppliers and years."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postharvest.core.units import FEN_PER_YUAN, GRAMS_PER_KG
from postharvest.interfaces.web.forms.fields import AmountField, CountyField, fen
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions import Contract, Fitting

MOST_KG = 1_000_000_000
MOST_YUAN = 1_000_000_000
_DAY = {"type": "date"}


def _day(label: Any, *, required: bool = True) -> forms.DateField:  # noqa: ANN401  (a lazy word)
    return forms.DateField(
        label=label, required=required, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )


class NewBaseForm(forms.Form):
    """A base that somebody thinks of: a candidate until it is agreed."""

    county = CountyField(label=gettext_lazy("County"))
    code = forms.SlugField(label=gettext_lazy("Short code"), max_length=40)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=80)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=80)


class FittingForm(forms.Form):
    """What a base can do on a day."""

    planned_open_on = _day(gettext_lazy("Shall open on"), required=False)
    grading = AmountField(
        label=gettext_lazy("Grading line, kg a day"), most=MOST_KG, required=False
    )
    cold_room = AmountField(label=gettext_lazy("Cold room, kg"), most=MOST_KG, required=False)
    capacity = AmountField(label=gettext_lazy("Takes in, kg a day"), most=MOST_KG, required=False)
    parcels = forms.IntegerField(
        label=gettext_lazy("Sends off, parcels a day"), min_value=0, max_value=10_000_000,
        required=False,
    )  # fmt: skip

    @property
    def fitting(self) -> Fitting:
        """Return the figures; what is empty is not there."""
        data = self.cleaned_data
        return Fitting(
            planned_open_on=data["planned_open_on"],
            grading_g_per_day=_grams(data["grading"]),
            cold_room_g=_grams(data["cold_room"]),
            capacity_g_per_day=_grams(data["capacity"]),
            parcels_per_day=data["parcels"] or 0,
        )

    @staticmethod
    def of(row: Any) -> dict[str, Any]:  # noqa: ANN401  (a row, or none)
        """Return what stands, as the form shows it."""
        if row is None:
            return {}
        return {
            "planned_open_on": row.planned_open_on,
            "grading": _kg(row.grading_g_per_day),
            "cold_room": _kg(row.cold_room_g),
            "capacity": _kg(row.capacity_g_per_day),
            "parcels": row.parcels_per_day or None,
        }


class CatchmentForm(forms.Form):
    """Counties by code or exact name, with commas, spaces or lines between."""

    counties = forms.CharField(
        label=gettext_lazy("Counties it serves"), required=False, widget=forms.Textarea
    )

    def clean_counties(self) -> list[str]:
        """Return their codes."""
        codes = []
        for word in re.split(r"[,，、;；\n]+", str(self.cleaned_data["counties"])):
            name = word.strip()
            if not name:
                continue
            found = [c for c in network.counties_by_name(name)
                     if name in (c.code, c.name_zh, c.name_en)]  # fmt: skip
            if len(found) != 1:
                raise forms.ValidationError(
                    _("“%(n)s” is not exactly one county; give its code") % {"n": name}
                )
            codes.append(str(found[0].code))
        return codes


class SupplierForm(forms.Form):
    """A contract with a supplier."""

    contract_no = forms.CharField(label=gettext_lazy("Contract number"), max_length=40)
    supplier = forms.CharField(
        label=gettext_lazy("Grower, co-operative or village"), max_length=120
    )
    village = forms.CharField(label=gettext_lazy("Village"), max_length=60)
    grower = forms.CharField(
        label=gettext_lazy("Its code in our books, if it has one"), max_length=40, required=False
    )
    produce = forms.ChoiceField(label=gettext_lazy("Crop"))
    yearly = AmountField(label=gettext_lazy("A year, kg"), most=MOST_KG)
    first_month = forms.IntegerField(label=gettext_lazy("From month"), min_value=1, max_value=12)
    last_month = forms.IntegerField(label=gettext_lazy("to month"), min_value=1, max_value=12)
    floor = AmountField(label=gettext_lazy("Floor price, yuan per kg"), most=10_000, places=2)
    signed_on = _day(gettext_lazy("Signed on"))
    ends_on = _day(gettext_lazy("Ends on"))

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        produce: Sequence[tuple[str, str]],
        **more: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **more)
        field = self.fields["produce"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = list(produce)

    @property
    def contract(self) -> Contract:
        """Return the contract in whole grams and fen."""
        data = self.cleaned_data
        return Contract(
            contract_no=data["contract_no"],
            name=data["supplier"],
            village=data["village"],
            grower=data["grower"],
            produce_id=data["produce"],
            yearly_g=_grams(data["yearly"]),
            first_month=data["first_month"],
            last_month=data["last_month"],
            floor_fen_per_kg=fen(data["floor"]),
            signed_on=data["signed_on"],
            ends_on=data["ends_on"],
        )


class YearForm(forms.Form):
    """A year of a base: planned, budgeted, spent."""

    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2000, max_value=2100)
    planned = AmountField(label=gettext_lazy("Planned, kg"), most=MOST_KG)
    budget = AmountField(label=gettext_lazy("Budget, yuan"), most=MOST_YUAN, places=2)
    spent = AmountField(
        label=gettext_lazy("Spent, yuan (once it is known)"), most=MOST_YUAN, places=2,
        required=False,
    )  # fmt: skip

    @property
    def figures(self) -> dict[str, int | None]:
        """Return them in grams and fen."""
        data = self.cleaned_data
        return {
            "planned_g": _grams(data["planned"]),
            "budget_fen": fen(data["budget"]),
            "spent_fen": None if data["spent"] is None else fen(data["spent"]),
        }


def _grams(kg: Any) -> int:  # noqa: ANN401  (a decimal, or none)
    return round((kg or 0) * GRAMS_PER_KG)


def _kg(weight_g: int) -> str:
    return f"{weight_g / GRAMS_PER_KG:g}" if weight_g else ""


def yuan_of(amount_fen: int) -> str:
    """Write fen as a person would type yuan."""
    return f"{amount_fen / FEN_PER_YUAN:.2f}"
