"""What a point's leader types: kilograms on the scale."""

from django import forms

from postharvest.core.units import GRAMS_PER_KG
from postharvest.interfaces.web.forms.fields import AmountField

MOST_KG = 9_999


class WeighForm(forms.Form):
    """Fruit that came in: from whom, how much, how much of it was sorted out at once."""

    source = forms.RegexField(regex=r"^(offer|lot):[0-9]+$")
    weight_kg = AmountField(most=MOST_KG)
    culled_kg = AmountField(most=MOST_KG, required=False)
    tare_kg = AmountField(most=MOST_KG, required=False)

    @property
    def grams(self) -> tuple[int, int, int]:
        """Return net, sorted out and tare in grams; the scale shows fruit and crates together."""
        data = self.cleaned_data
        gross, tare = data["weight_kg"], data["tare_kg"] or 0
        weights = (gross - tare, data["culled_kg"] or 0, tare)
        net, culled, crates = (round(kg * GRAMS_PER_KG) for kg in weights)
        return net, culled, crates
