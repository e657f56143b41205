"""What the desk asks of a plan: fewer people, fewer buyers, dearer postage."""

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from postharvest.decisions.planning.what_if import Otherwise

LOWEST, HIGHEST, STEP = 40, 200, 10
PER_CENT = 100


def _slider(label: Promise) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,  # type: ignore[arg-type]  # a lazy word
        min_value=LOWEST,
        max_value=HIGHEST,
        initial=PER_CENT,
        widget=forms.NumberInput(attrs={"type": "range", "step": STEP}),
    )


class WhatIfForm(forms.Form):
    """Each in per cent of what the plan assumes."""

    people = _slider(gettext_lazy("People who come"))
    demand = _slider(gettext_lazy("Buyers who come"))
    postage = _slider(gettext_lazy("Postage"))

    @property
    def otherwise(self) -> Otherwise:
        """Return the factors."""
        data = self.cleaned_data
        return Otherwise(
            people=data["people"] / PER_CENT,
            demand=data["demand"] / PER_CENT,
            postage=data["postage"] / PER_CENT,
        )
