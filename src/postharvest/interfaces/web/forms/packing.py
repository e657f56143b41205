"""What a point's leader types: kilograms on the scale."""

from django import forms

from postharvest.core.units import GRAMS_PER_KG
from postharvest.interfaces.web.forms.fields import AmountField

MOST_KG = 20_000


class WeighForm(forms.Form):
    """Fruit that came in: from whom, how much, how much of it was sorted out at once."""

    source = forms.RegexField(regex=r"^(offer|lot):[0-9]+$")
    weight_kg = AmountField(most=MOST_KG)
    culled_kg = AmountField(most=MOST_KG, required=False)

    @property
    def grams(self) -> tuple[int, int]:
        """Return both weights in grams."""
        data = self.cleaned_data
        culled = data["culled_kg"] or 0
        return round(data["weight_kg"] * GRAMS_PER_KG), round(culled * GRAMS_PER_KG)
