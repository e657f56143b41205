"""A file that somebody made in a spreadsheet, tried first or written at once."""

from django import forms
from django.utils.translation import gettext_lazy


class TableFileForm(forms.Form):
    """A CSV or XLSX file."""

    file = forms.FileField(
        label=gettext_lazy("Your file (.xlsx or .csv)"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    dry_run = forms.BooleanField(label=gettext_lazy("Only try, write nothing"), required=False)
