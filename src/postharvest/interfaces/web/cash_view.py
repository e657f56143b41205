"""How much cash a plan needs on which day, as its page shows it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from postharvest.interfaces.web import charts
from postharvest.interfaces.web.formats import day, short_money


@dataclass(frozen=True, slots=True, kw_only=True)
class CashView:
    """The figure, its table and two sentences."""

    figure: charts.Figure
    days: list[Any]
    sentence: str
    terms: str


def cash_view(need: Any) -> CashView:  # noqa: ANN401  (a row of planning)
    """Write a plan's cash need for people."""
    peak = short_money(need.peak_fen)
    sentence = _("No money of ours is needed before buyers' money comes.")
    if need.peak_day:
        sentence = _("Keep %(y)s ready; most is out on %(d)s.") % {
            "y": peak,
            "d": day(need.peak_day),
        }
    return CashView(
        figure=charts.bars(
            values=[row.need_fen / 100 for row in need.days],
            labels=[day(row.day) for row in need.days],
            desk=charts.FULL,
            caption=_("Yuan that the branch has laid out and not got back, by day"),
            sentence=sentence,
        ),
        days=need.days,
        sentence=sentence,
        terms=_(
            "%(n)s of %(m)s growers have written terms; the others are counted as paid at the end."
        )
        % {"n": need.under_contract, "m": need.growers},
    )
