"""What a planner types: a new scenario, a name for a change, a county to look for."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.base_gather import Wishes
from postharvest.decisions.planning.base_question import phases_of
from postharvest.decisions.planning.base_tables import weights_of

LARGEST_FILE = 2_000_000
WEIGHTS = [
    ("people", gettext_lazy("Rural people")),
    ("surplus", gettext_lazy("Expected surplus")),
    ("poor", gettext_lazy("Poor counties")),
]
EFFORTS = [
    ("quick", gettext_lazy("Quick: seconds")),
    ("standard", gettext_lazy("Careful: half a minute")),
]
MONTHS = [("", gettext_lazy("all year")), *((str(m), str(m)) for m in range(1, 13))]


class ScenarioForm(forms.Form):
    """A question about where the bases go; everything but the name has a default."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    phases = forms.CharField(
        label=gettext_lazy("Bases at the end of each phase"), initial="50,100,150", max_length=60
    )
    weight = forms.ChoiceField(
        label=gettext_lazy("Near to whom?"), choices=WEIGHTS, initial="people",
        widget=forms.RadioSelect,
    )  # fmt: skip
    month = forms.ChoiceField(
        label=gettext_lazy("Month of the surplus"), choices=MONTHS, required=False
    )
    poor = forms.FileField(
        label=gettext_lazy("Your table of poor counties (CSV: id,weight)"), required=False
    )
    coverage_weight = forms.FloatField(
        label=gettext_lazy("Hours charged for each person beyond 3 hours"), min_value=0,
        max_value=100, initial=0, required=False,
    )  # fmt: skip
    market_weight = forms.FloatField(
        label=gettext_lazy("Weight of the way to the buyers"), min_value=0, max_value=10,
        initial=0, required=False,
    )  # fmt: skip
    region_min = forms.CharField(
        label=gettext_lazy("Bases wanted in a province in phase 1"), max_length=200, required=False
    )
    effort = forms.ChoiceField(
        label=gettext_lazy("How long may it think?"), choices=EFFORTS, initial="quick",
        widget=forms.RadioSelect,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Make the wishes; what can't be stands beside its field."""
        data = super().clean() or {}
        if self.errors:
            return data
        try:
            self.wishes = Wishes(
                phases=phases_of(None, data["phases"]),
                weight=data["weight"],
                month=int(data["month"]) if data["month"] else None,
                poor=_weights(data["poor"]),
                coverage_weight=data["coverage_weight"] or 0.0,
                market_weight=data["market_weight"] or 0.0,
                region_min=_region_min(data["region_min"]),
                effort=data["effort"],
            )
        except InvalidInput as error:
            self.add_error(error.field if error.field in self.fields else None, error.detail)
        return data


class CountyForm(forms.Form):
    """A county by its code or name."""

    county = forms.CharField(label=gettext_lazy("County"), max_length=60)


class NameForm(forms.Form):
    """A name for a scenario with one more wish."""

    name = forms.CharField(label=gettext_lazy("Name of the new scenario"), max_length=80)


def _weights(file: "UploadedFile[bytes] | None") -> dict[str, float]:
    if file is None:
        return {}
    if file.size is not None and file.size > LARGEST_FILE:
        raise InvalidInput("poor", _("is larger than 2 MB"))
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("poor", _("is not UTF-8 text; save it as UTF-8 CSV")) from None
    return weights_of(text, str(file.name), "poor")


def _region_min(text: str) -> dict[str, int]:
    wanted: dict[str, int] = {}
    for part in text.replace("，", ",").split(","):
        if not part.strip():
            continue
        code, equals, count = part.partition("=")
        if not equals or not count.strip().isdecimal():
            raise InvalidInput("region_min", _("%(p)s is not like 610000=1") % {"p": part.strip()})
        wanted[code.strip()] = int(count)
    return wanted
