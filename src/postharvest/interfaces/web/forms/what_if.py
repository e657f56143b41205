"""What the desk asks of a plan: other people, buyers and postage; a price, points or days fixed."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from postharvest.decisions.planning.gather import LONGEST_PLAN_DAYS
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
    """Three in per cent of what the plan assumes; three that are left to the plan while empty."""

    people = _slider(gettext_lazy("People who come"))
    demand = _slider(gettext_lazy("Buyers who come"))
    postage = _slider(gettext_lazy("Postage"))
    price = forms.FloatField(
        label=gettext_lazy("Team price of the usual box, yuan"),
        required=False,
        min_value=0.1,
        widget=forms.NumberInput(attrs={"step": "0.1", "inputmode": "decimal"}),
    )
    points = forms.IntegerField(
        label=gettext_lazy("Packing points at most"), required=False, min_value=1
    )
    days = forms.IntegerField(
        label=gettext_lazy("Only the first days"),
        required=False,
        min_value=1,
        max_value=LONGEST_PLAN_DAYS,
    )

    @property
    def sliders(self) -> list[forms.BoundField]:
        """The three in per cent."""
        return [self[name] for name in ("people", "demand", "postage")]

    @property
    def fixed(self) -> list[forms.BoundField]:
        """The three that may stay empty."""
        return [self[name] for name in ("price", "points", "days")]

    @property
    def otherwise(self) -> Otherwise:
        """Return the factors."""
        data = self.cleaned_data
        return Otherwise(
            people=data["people"] / PER_CENT,
            demand=data["demand"] / PER_CENT,
            postage=data["postage"] / PER_CENT,
            price_yuan=data["price"],
            points=data["points"],
            days=data["days"],
        )


class RulesForm(forms.Form):
    """The house's choices about growers and packers; empty is none."""

    fair = forms.IntegerField(
        label=gettext_lazy("Nobody's unsold share above the average by more than, %"),
        required=False,
        min_value=0,
        max_value=PER_CENT,
    )
    wages = forms.IntegerField(
        label=gettext_lazy("Weight on packers' wages, %"),
        required=False,
        min_value=0,
        max_value=PER_CENT,
    )

    @classmethod
    def of_plan(cls, plan: Mapping[str, Any]) -> "RulesForm":
        """Return the form with the rules a plan was made under."""
        made = plan.get("objective", {})
        spread, weight = made.get("max_unsold_spread", 1.0), made.get("wage_weight", 0.0)
        return cls(
            initial={
                "fair": round(PER_CENT * spread) if spread < 1 else None,
                "wages": round(PER_CENT * weight) or None,
            }
        )

    @property
    def spread(self) -> float:
        """Return the fairness rule as a share; 1 is none."""
        given = self.cleaned_data["fair"]
        return 1.0 if given is None else given / PER_CENT

    @property
    def wage_weight(self) -> float:
        """Return the weight on wages; 0 is none."""
        return (self.cleaned_data["wages"] or 0) / PER_CENT
