"""What a desk enters for the hand-over: the carrier's files, number ranges, collection times."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from postharvest.interfaces.web.formats import day, number
from postharvest.interfaces.web.rows import Row

MOST_FILE_BYTES = 8 * 1024 * 1024
WEEKDAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
_TABLE = {"accept": ".csv,.xlsx"}


class _OfBranch(forms.Form):
    branch = forms.TypedChoiceField(label=gettext_lazy("Post office"), coerce=int)

    def __init__(self, data: Any = None, files: Any = None, *, branches: Row) -> None:  # noqa: ANN401
        super().__init__(data, files)
        field = self.fields["branch"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = [(str(pk), name) for pk, name in branches]


class CountForm(forms.Form):
    """The carrier's count of one despatch."""

    despatch = forms.TypedChoiceField(label=gettext_lazy("Despatch"), coerce=int)
    file = forms.FileField(
        label=gettext_lazy("The carrier's count (CSV or XLSX)"),
        widget=forms.FileInput(attrs=_TABLE),
    )

    def __init__(self, data: Any = None, files: Any = None, *, loads: Row) -> None:  # noqa: ANN401
        super().__init__(data, files)
        field = self.fields["despatch"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = [
            (str(one.pk), f"{day(one.day)} · {one.lane.name_zh} · {number(one.parcels_count)}")
            for one in loads
        ]


class InvoiceForm(_OfBranch):
    """A carrier's invoice."""

    carrier = forms.CharField(label=gettext_lazy("Carrier"), max_length=20, initial="post")
    number = forms.CharField(label=gettext_lazy("Number of the invoice"), max_length=60)
    file = forms.FileField(
        label=gettext_lazy("The invoice's lines (CSV or XLSX)"),
        widget=forms.FileInput(attrs=_TABLE),
    )


class NumbersForm(forms.Form):
    """A range of numbers; without a prefix they are S10."""

    carrier = forms.CharField(label=gettext_lazy("Carrier"), max_length=20, initial="post")
    first = forms.CharField(label=gettext_lazy("First number"), max_length=40)
    last = forms.CharField(label=gettext_lazy("Last number"), max_length=40)
    pattern = forms.CharField(
        label=gettext_lazy("How his numbers look (not for the post)"),
        max_length=200,
        required=False,
    )


class TimesForm(_OfBranch):
    """Until when the post collects on each weekday; an empty day has no collection."""

    def __init__(self, data: Any = None, files: Any = None, *, branches: Row) -> None:  # noqa: ANN401
        super().__init__(data, files, branches=branches)
        for weekday, name in enumerate(WEEKDAYS):
            self.fields[f"day{weekday}"] = forms.TimeField(
                label=name, required=False, widget=forms.TimeInput(attrs={"type": "time"})
            )
