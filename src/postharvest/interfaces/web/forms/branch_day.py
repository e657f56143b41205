"""What the desk types on a branch's day: trouble, payouts, papers."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy

from postharvest.interfaces.web.forms.fields import AmountField, PhotosField

CAUSES = [
    ("grower", gettext_lazy("grower")),
    ("packer", gettext_lazy("packing point")),
    ("carrier", gettext_lazy("carrier")),
    ("platform", gettext_lazy("platform")),
]
WAYS = [
    ("bank", gettext_lazy("bank")),
    ("postal_order", gettext_lazy("postal order")),
    ("cash", gettext_lazy("cash")),
]
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_MOST_YUAN = 10_000_000


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class StateForm(forms.Form):
    """Whether a sale takes orders."""

    sale = forms.TypedChoiceField(label=gettext_lazy("Sale"), coerce=int)
    state = forms.ChoiceField(
        label=gettext_lazy("From now on it"),
        choices=[
            ("pause", gettext_lazy("takes no orders")),
            ("resume", gettext_lazy("takes orders again")),
            ("stop", gettext_lazy("is over for good")),
        ],
        widget=forms.RadioSelect,
        initial="pause",
    )


class StopForm(forms.Form):
    """A lot that may be bad."""

    lot = forms.TypedChoiceField(label=gettext_lazy("Lot"), coerce=int)
    reason = forms.CharField(label=gettext_lazy("What is wrong with it"), max_length=200)


class WithdrawForm(forms.Form):
    """A stopped lot: bad after all, or a false alarm."""

    lot = forms.TypedChoiceField(label=gettext_lazy("Lot"), coerce=int)
    verdict = forms.ChoiceField(
        label=gettext_lazy("The lot is"),
        choices=[
            ("bad", gettext_lazy("bad: pay its boxes back")),
            ("good", gettext_lazy("good: let it go on")),
        ],
        widget=forms.RadioSelect,
        initial="bad",
    )
    cause = forms.ChoiceField(label=gettext_lazy("Who caused it"), choices=CAUSES)
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200)


class LostForm(forms.Form):
    """A point that failed."""

    shift = forms.TypedChoiceField(label=gettext_lazy("Packing point"), coerce=int)
    reason = forms.CharField(label=gettext_lazy("What happened"), max_length=200)


class DelayForm(forms.Form):
    """What buyers are told of a delay."""

    sale = forms.TypedChoiceField(label=gettext_lazy("Sale"), coerce=int)
    lane = forms.TypedChoiceField(label=gettext_lazy("Which parcels"), coerce=int)
    reason = forms.CharField(label=gettext_lazy("Why it comes later"), max_length=200)
    cause = forms.ChoiceField(
        label=gettext_lazy("Who caused it"), choices=CAUSES, initial="carrier"
    )
    arrives_earliest = forms.DateField(label=gettext_lazy("Arrives from"), widget=_DAY)
    arrives_latest = forms.DateField(label=gettext_lazy("Arrives by"), widget=_DAY)
    answer_by = forms.DateTimeField(label=gettext_lazy("Buyers answer until"), widget=_moment())
    default = forms.ChoiceField(
        label=gettext_lazy("Who does not answer"),
        choices=[("wait", gettext_lazy("waits")), ("refund", gettext_lazy("gets the money back"))],
        widget=forms.RadioSelect,
        initial="wait",
    )


class ReturnedParcelForm(forms.Form):
    """A parcel that came back."""

    parcel = forms.TypedChoiceField(label=gettext_lazy("Parcel"), coerce=int)
    deed = forms.ChoiceField(
        label=gettext_lazy("What now"),
        choices=[
            ("refund", gettext_lazy("pay it back")),
            ("resend", gettext_lazy("send it again")),
        ],
        widget=forms.RadioSelect,
        initial="refund",
    )
    cause = forms.ChoiceField(
        label=gettext_lazy("Who caused it"), choices=CAUSES, initial="carrier"
    )
    line = forms.CharField(
        label=gettext_lazy("Corrected street and number"), max_length=200, required=False
    )


class WagesForm(forms.Form):
    """Whose day's wages are worked out."""

    sale = forms.TypedChoiceField(label=gettext_lazy("Sale"), coerce=int)
    day = forms.DateField(label=gettext_lazy("Day"), widget=_DAY)


class ApproveForm(forms.Form):
    """A second person's word."""

    way = forms.ChoiceField(label=gettext_lazy("Payouts by"), choices=WAYS)


class BatchForm(forms.Form):
    """Approved payouts of one way."""

    way = forms.ChoiceField(label=gettext_lazy("Payouts by"), choices=WAYS)


class BackForm(forms.Form):
    """A payout that failed or came back."""

    payout = forms.TypedChoiceField(label=gettext_lazy("Payout"), coerce=int)
    reason = forms.CharField(label=gettext_lazy("Why it came back"), max_length=200)


class PayeeForm(forms.Form):
    """Who is paid for a party."""

    account = forms.ChoiceField(label=gettext_lazy("For whom"))
    kind = forms.ChoiceField(
        label=gettext_lazy("Paid to"),
        choices=[
            ("self", gettext_lazy("the party")),
            ("proxy", gettext_lazy("a proxy")),
            ("heir", gettext_lazy("an heir")),
        ],
    )
    proof = forms.CharField(
        label=gettext_lazy("Slip or certificate of proxy or heir"), max_length=120, required=False
    )
    way = forms.ChoiceField(label=gettext_lazy("By"), choices=WAYS)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=20, required=False)
    bank_account = forms.CharField(
        label=gettext_lazy("Bank account"), max_length=30, required=False
    )
    line = forms.CharField(
        label=gettext_lazy("Address, for a postal order"), max_length=200, required=False
    )


class BankFormatForm(forms.Form):
    """The bank's columns, one a line: title=field."""

    columns = forms.CharField(label=gettext_lazy("Columns, one a line"), widget=forms.Textarea)
    delimiter = forms.ChoiceField(
        label=gettext_lazy("Between them"),
        choices=[(",", ","), (";", ";"), ("|", "|"), ("\t", gettext_lazy("tab"))],
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"),
        choices=[("utf-8-sig", "UTF-8 BOM"), ("utf-8", "UTF-8"), ("gb18030", "GB18030")],
    )
    with_titles = forms.BooleanField(label=gettext_lazy("With a line of titles"), required=False)


class VoucherForm(forms.Form):
    """A settled sale."""

    sale = forms.TypedChoiceField(label=gettext_lazy("Sale"), coerce=int)


class InvoiceForm(forms.Form):
    """What became of a buyer's request."""

    request = forms.TypedChoiceField(label=gettext_lazy("Request"), coerce=int)
    number = forms.CharField(
        label=gettext_lazy("Number of the invoice"), max_length=40, required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("Or why there is none"), max_length=200, required=False
    )


class CertificateForm(forms.Form):
    """A lot's conformity certificate."""

    lot = forms.TypedChoiceField(label=gettext_lazy("Lot"), coerce=int)
    certificate = forms.CharField(label=gettext_lazy("Number of the certificate"), max_length=60)


class TaxForm(forms.Form):
    """A rate from a day on."""

    kind = forms.ChoiceField(label=gettext_lazy("Service"))
    rate = AmountField(label=gettext_lazy("Rate, %"), most=99, places=2)
    from_day = forms.DateField(label=gettext_lazy("From"), widget=_DAY)
    source = forms.CharField(label=gettext_lazy("Where it stands"), max_length=120)


class CloseForm(forms.Form):
    """Days whose books are closed."""

    through = forms.DateField(label=gettext_lazy("Through"), widget=_DAY)


class CorrectionForm(forms.Form):
    """An entry that corrects others."""

    key = forms.CharField(widget=forms.HiddenInput, initial=uuid.uuid4, max_length=60)
    sale = forms.TypedChoiceField(label=gettext_lazy("Sale"), coerce=int)
    debit = forms.CharField(label=gettext_lazy("Account that gains (debit)"), max_length=40)
    credit = forms.CharField(label=gettext_lazy("Account that loses (credit)"), max_length=40)
    amount = AmountField(label=gettext_lazy("Amount, yuan"), most=_MOST_YUAN, places=2)
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200)


class ClaimRuleForm(forms.Form):
    """Up to what claims are paid back by rule."""

    most_yuan = AmountField(label=gettext_lazy("Of one claim, yuan"), most=10_000, places=2)
    most_percent = AmountField(label=gettext_lazy("Bad share of one claim, %"), most=100)
    buyer_claims = forms.IntegerField(
        label=gettext_lazy("Claims of one buyer in a sale"), min_value=0, max_value=1000
    )
    buyer_yuan = AmountField(
        label=gettext_lazy("To one buyer in a sale, yuan"), most=100_000, places=2
    )


class InvoiceRequestForm(forms.Form):
    """What a buyer wants on his invoice."""

    title = forms.CharField(label=gettext_lazy("Made out to"), max_length=100)
    tax_number = forms.CharField(
        label=gettext_lazy("Tax number, for a company"), max_length=20, required=False
    )
    email = forms.EmailField(label=gettext_lazy("Sent to"), max_length=100)


class GradeForm(forms.Form):
    """What was sorted out of a stock, or what it weighs now."""

    stock = forms.TypedChoiceField(label=gettext_lazy("Which lot"), coerce=int)
    downgraded_kg = AmountField(label=gettext_lazy("A lower grade, kg"), most=9_999, required=False)
    rejected_kg = AmountField(label=gettext_lazy("Rejected, kg"), most=9_999, required=False)
    photo = PhotosField(label=gettext_lazy("Photo of what is rejected"), most=1, required=False)


class RecountForm(forms.Form):
    """A stock on the scale again."""

    stock = forms.TypedChoiceField(label=gettext_lazy("Which lot"), coerce=int)
    found_kg = AmountField(label=gettext_lazy("On the scale now, kg"), most=9_999)
    reason = forms.CharField(
        label=gettext_lazy("Where more than drying went"), max_length=200, required=False
    )


class BoxWeightForm(forms.Form):
    """A box on the scale."""

    parcel = forms.CharField(label=gettext_lazy("Parcel number"), max_length=40)
    weighed_kg = AmountField(label=gettext_lazy("It weighs, kg"), most=60, places=3)
