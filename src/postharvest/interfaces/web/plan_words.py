"""Why a plan is as it is and how sure it is, in sentences: the file has the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from postharvest.interfaces.web.formats import number, percent, yuan

Row = Mapping[str, Any]
LARGE_FACTOR = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence with its icon."""

    icon: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What people should expect: the mean of many drawn worlds, nine in ten, and clearing."""

    mean_yuan: float
    low_yuan: float
    high_yuan: float
    p_clear: float
    clear_share: float
    scenarios: int


def risk_of(plan: Row) -> Risk | None:
    """Read the risk block of a plan, if it was played through."""
    found = plan.get("risk")
    if not found:
        return None
    return Risk(
        mean_yuan=float(found["mean"]),
        low_yuan=float(found["p5"]),
        high_yuan=float(found["p95"]),
        p_clear=float(found["p_clear"]),
        clear_share=float(found["clear_share"]),
        scenarios=int(found["scenarios"]),
    )


def honest(plan: Row, risk: Risk | None) -> list[Sentence]:
    """Say how good the plan is under its numbers, and how wrong they may be."""
    lines = []
    if risk:
        lines.append(
            Sentence(
                icon="rain",
                text=_(
                    "Played through %(n)s worlds with rain, absent packers and moody buyers: "
                    "growers keep %(mean)s on average, in nine of ten %(low)s–%(high)s."
                )
                % {
                    "n": number(risk.scenarios),
                    "mean": yuan(risk.mean_yuan, 0),
                    "low": yuan(risk.low_yuan, 0),
                    "high": yuan(risk.high_yuan, 0),
                },
            )
        )
    if (gap := plan.get("gap")) is not None:
        lines.append(
            Sentence(
                icon="check",
                text=_("No plan can earn more than %(gap)s over this one under these numbers.")
                % {"gap": percent(max(0.0, float(gap)), 2)},
            )
        )
    if (nothing := (plan.get("baseline") or {}).get("nothing_online_yuan")) is not None:
        lines.append(
            Sentence(
                icon="yuan",
                text=_("Selling nothing online would leave growers %(y)s.")
                % {"y": yuan(float(nothing), 0)},
            )
        )
    lines.extend(_flips(plan))
    return lines


def helps(plan: Row, *, point_names: Mapping[str, str]) -> list[Sentence]:
    """Say what more would be worth: people, room, buyers, cheaper postage."""
    found: Sequence[Row] = (plan.get("why") or {}).get("relaxations", ())
    return [_help(row, point_names) for row in found]


def _help(row: Row, point_names: Mapping[str, str]) -> Sentence:
    worth = yuan(float(row["worth_yuan"]), 0)
    facts = {
        "y": worth,
        "n": number(abs(float(row["amount"]))),
        "share": percent(abs(float(row["amount"]))),
        "day": row.get("day", ""),
        "where": point_names.get(str(row.get("where", "")), row.get("where", "")),
    }
    known = {
        "people": ("people", _("%(n)s more packers at %(where)s on day %(day)s: %(y)s")),
        "hub": ("truck", _("%(n)s more parcels at the post office on day %(day)s: %(y)s")),
        "zone_parcels": ("truck", _("%(n)s more parcels to %(where)s on day %(day)s: %(y)s")),
        "point_parcels": ("box", _("%(n)s more parcels at %(where)s on day %(day)s: %(y)s")),
        "demand": ("people", _("%(share)s more buyers: %(y)s")),
        "postage": ("truck", _("postage %(share)s cheaper: %(y)s")),
        "surplus_kg": ("leaf", _("%(n)s kg more to sell: %(y)s")),
    }
    icon, words = known.get(str(row["kind"]), ("plan", _("%(n)s more: %(y)s")))
    return Sentence(icon=icon, text=words % facts)


def _flips(plan: Row) -> list[Sentence]:
    """Say how far an assumption may be off before selling online stops paying."""
    why = plan.get("why") or {}
    found = {row["assumption"]: row["factor"] for row in why.get("flips", ())}
    factors = plan.get("break_even") or {}
    postage = found.get("postage", factors.get("postage_factor"))
    demand = found.get("demand", factors.get("demand_factor"))
    lines = []
    if postage is not None and float(postage) < LARGE_FACTOR:
        text = _("It still pays while postage is below %(n)s times what is assumed.")
        lines.append(Sentence(icon="truck", text=text % {"n": number(float(postage), 2)}))
    if demand is not None:
        text = _("It still pays while at least %(share)s of the assumed buyers come.")
        lines.append(Sentence(icon="people", text=text % {"share": percent(float(demand))}))
    if (wages := found.get("wages")) is not None and float(wages) < LARGE_FACTOR:
        text = _("It still pays while wages are below %(n)s times what is assumed.")
        lines.append(Sentence(icon="yuan", text=text % {"n": number(float(wages), 2)}))
    return lines
