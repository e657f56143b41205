"""Fields as people fill them: weights in jin or kilograms, prices in yuan, counties by name."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postharvest.core.units import FEN_PER_YUAN, GRAMS_PER_JIN, GRAMS_PER_KG
from postharvest.interfaces.web import photos
from postharvest.interfaces.web.formats import in_chinese, number
from postharvest.operations.network import queries as network

GRAMS_PER_UNIT = {"jin": GRAMS_PER_JIN, "kg": GRAMS_PER_KG}
UNITS = [("jin", gettext_lazy("jin")), ("kg", gettext_lazy("kg"))]
_COUNTY_DIGITS = 6
_TOO_MANY = 12


class AmountField(forms.DecimalField):
    """A positive number; thousands separators, full-width digits and spaces are fine."""

    def __init__(self, *, most: int, places: int = 1, **more: Any) -> None:  # noqa: ANN401
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(
            max_value=most, decimal_places=places, max_digits=12, widget=widget, **more
        )
        self.most = most

    def to_python(self, value: object) -> Decimal | None:  # type: ignore[override]
        """Read the number as it was typed."""
        text = str(value if value is not None else "").strip()
        plain = text.translate(_PLAIN)
        try:
            amount = super().to_python(plain)
        except forms.ValidationError:
            raise forms.ValidationError(
                _("“%(text)s” is not a number; write it like 5000") % {"text": text}
            ) from None
        if amount is not None and amount <= 0:
            raise forms.ValidationError(_("must be more than zero"))
        if amount is not None and amount > self.most:
            raise forms.ValidationError(
                _("is more than %(most)s; please check the zeros") % {"most": number(self.most)}
            )
        return amount


_PLAIN = str.maketrans("０１２３４５６７８９．", "0123456789.", ",， _")


class PhotosInput(forms.FileInput):
    """The phone's camera or its album; the page's script makes pictures small before they go."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(
            attrs={"accept": "image/jpeg,image/png,image/webp", "multiple": True, "data-shrink": ""}
        )

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:  # noqa: ANN401
        """Return every file, not the last."""
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class PhotosField(forms.FileField):
    """Some photos, each judged by its contents; cleans to their bytes."""

    def __init__(self, *, most: int, **more: Any) -> None:  # noqa: ANN401
        super().__init__(widget=PhotosInput(), **more)
        self.most = most

    def clean(self, value: Any, initial: Any = None) -> Any:  # noqa: ANN401
        """Return each photo as a small JPEG without metadata."""
        uploads = [one for one in (value or []) if one]
        if not uploads:
            if self.required:
                raise forms.ValidationError(self.error_messages["required"])
            return []
        if len(uploads) > self.most:
            raise forms.ValidationError(
                _("are more than %(most)s; send the best ones") % {"most": self.most}
            )
        try:
            return [photos.clean(super(PhotosField, self).clean(one, initial)) for one in uploads]
        except photos.BadPhoto as error:
            raise forms.ValidationError(str(error)) from None


class CountyField(forms.CharField):
    """A county or district: its code, or enough of its name to know which.

    ``choices`` holds what the name could mean when it is not clear, ``county`` the row when it is.
    """

    choices: list[tuple[str, str]]
    county: Any

    def __init__(self, **more: Any) -> None:  # noqa: ANN401
        super().__init__(max_length=60, **more)
        self.choices = []
        self.county = None

    def clean(self, value: object) -> str:
        """Return the county's code."""
        text = str(super().clean(value))
        if not text:
            return ""
        code = text.rsplit(" ", 1)[-1]
        if len(code) == _COUNTY_DIGITS and code.isdigit():
            text = code
        found = network.counties_by_name(text)
        if not found:
            raise forms.ValidationError(
                _("we know no county “%(text)s”; try its name without the province")
                % {"text": text}
            )
        exact = [c for c in found if text in (c.code, c.name_zh, c.name_en)]
        if len(exact or found) == 1:
            self.county = (exact or found)[0]
            return str(self.county.code)
        self.choices = [
            (c.code, county_label(county=c, prefecture=c.prefecture)) for c in found[:_TOO_MANY]
        ]
        raise forms.ValidationError(_("which one do you mean? Pick it below"))


class Named(Protocol):
    """Anything with its two names."""

    @property
    def name_zh(self) -> str: ...
    @property
    def name_en(self) -> str: ...


def county_label(*, county: Named, prefecture: Named | None) -> str:
    """Write a county with its prefecture, so that namesakes differ."""
    if in_chinese():
        return f"{prefecture.name_zh if prefecture else ''}{county.name_zh}"
    return f"{county.name_en}, {prefecture.name_en}" if prefecture else county.name_en


def fen(amount: Decimal) -> int:
    """Return typed yuan as whole fen."""
    return round(amount * FEN_PER_YUAN)


def fen_per_kg(price: Decimal, unit: str) -> int:
    """Return typed yuan per jin or kilogram as whole fen per kilogram."""
    return round(price * FEN_PER_YUAN * GRAMS_PER_KG / GRAMS_PER_UNIT[unit])


def grams(amount: Decimal, unit: str) -> int:
    """Return a typed weight in whole grams."""
    return round(amount * GRAMS_PER_UNIT[unit])
