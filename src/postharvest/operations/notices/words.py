"""The sentences of the notices, in the language of the one who is told."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from babel.dates import format_date
from django.utils import translation
from django.utils.translation import gettext as _

from postharvest.operations.notices.models import Kind
from postharvest.operations.notices.providers import Text

_LOCALES = {"zh-hans": "zh_Hans_CN", "en": "en_GB"}
_PATTERNS = {"zh-hans": "M月d日", "en": "d MMM"}
GRAMS_PER_JIN = 500


def text_of(kind: str, facts: Mapping[str, Any], *, language: str) -> Text:
    """Write a notice: what happened, what is safe, what to do."""
    with translation.override(language):
        return _TEXTS[Kind(kind)](_Facts(facts, language))


class _Facts:
    """The facts of a notice as one language writes them."""

    def __init__(self, facts: Mapping[str, Any], language: str) -> None:
        self.facts = facts
        self.language = language

    def name(self) -> str:
        """Name the crop."""
        return str(self.facts["crop_zh" if self.language == "zh-hans" else "crop_en"])

    def yuan(self, field: str) -> str:
        """Write an amount of money."""
        return f"¥{self.facts[field] / 100:,.2f}"

    def day(self, field: str) -> str:
        """Write a day."""
        day = date.fromisoformat(self.facts[field])
        return format_date(day, _PATTERNS[self.language], locale=_LOCALES[self.language])

    def weight(self, field: str) -> str:
        """Write a weight: jin for Chinese readers, kilograms for others."""
        weight_g = self.facts[field]
        if self.language == "zh-hans":
            return f"{round(weight_g / GRAMS_PER_JIN):,} 斤"
        return f"{weight_g / 1000:,.0f} kg"

    def __getitem__(self, field: str) -> str:
        return str(self.facts[field])


def _team_formed(facts: _Facts) -> Text:
    return Text(
        title=_("Your team is complete"),
        body=_("%(crop)s, order %(order)s: it is packed on %(pack)s and arrives %(a)s–%(b)s.")
        % {
            "crop": facts.name(), "order": facts["order"], "pack": facts.day("pack_day"),
            "a": facts.day("arrives_earliest"), "b": facts.day("arrives_latest"),
        },
    )  # fmt: skip


def _team_failed(facts: _Facts) -> Text:
    return Text(
        title=_("Your team did not fill"),
        body=_("%(crop)s, order %(order)s: %(y)s go back to where they came from.")
        % {"crop": facts.name(), "order": facts["order"], "y": facts.yuan("total_fen")},
    )


def _parcel_late(facts: _Facts) -> Text:
    return Text(
        title=_("Your parcel is late"),
        body=_("%(crop)s, parcel %(number)s: it now comes by %(day)s. We look after it.")
        % {"crop": facts.name(), "number": facts["number"], "day": facts.day("eta_latest")},
    )


def _delay(facts: _Facts) -> Text:
    silent = (
        _("If you say nothing we wait and send it.")
        if facts["default"] == "wait"
        else _("If you say nothing your money goes back.")
    )
    body = _("%(crop)s, order %(order)s would arrive %(a)s–%(b)s. Open your order and choose.") % {
        "crop": facts.name(),
        "order": facts["order"],
        "a": facts.day("arrives_earliest"),
        "b": facts.day("arrives_latest"),
    }
    return Text(title=_("It comes later. Wait, or have the money back?"), body=f"{body} {silent}")


def _payout_ready(facts: _Facts) -> Text:
    return Text(
        title=_("Your money is on its way"),
        body=_("%(y)s for %(crop)s. The statement lies at your post office.")
        % {"crop": facts.name(), "y": facts.yuan("amount_fen")},
    )


def _harvest_call(facts: _Facts) -> Text:
    return Text(
        title=_("Please harvest on %(day)s") % {"day": facts.day("day")},
        body=_("%(weight)s of %(crop)s, to %(point)s.")
        % {
            "crop": facts.name(),
            "weight": facts.weight("weight_g"),
            "point": facts["point"] or _("your packing point"),
        },
    )


def _payee_changed(_facts: _Facts) -> Text:
    return Text(
        title=_("Your payouts would go to another account"),
        body=_("Nothing is paid until the branch has checked it. If it was not you, call them."),
    )


_TEXTS = {
    Kind.TEAM_FORMED: _team_formed,
    Kind.TEAM_FAILED: _team_failed,
    Kind.PARCEL_LATE: _parcel_late,
    Kind.DELAY: _delay,
    Kind.PAYOUT_READY: _payout_ready,
    Kind.HARVEST_CALL: _harvest_call,
    Kind.PAYEE_CHANGED: _payee_changed,
}
