"""The numbers a plan stands on, as people read them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from postharvest.interfaces.web.formats import number

_TONES = {
    "own": "ok",
    "learnt": "ok",
    "assumption": "warn",
    "modelled": "warn",
    "memory": "warn",
    "copied": "warn",
}
LONGEST_SOURCE, LONGEST_VALUE = 120, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumptionRow:
    """One number: what it is, its value, how far it may be trusted, whence and how old it is.

    ``source_lang`` is the language of a source that has no words in the reader's own.
    """

    name: str
    value: str
    status: str
    tone: str
    source: str
    source_lang: str
    as_of: str


def assumption_rows(assumptions: Iterable[Mapping[str, Any]]) -> list[AssumptionRow]:
    """Write every number that a plan used."""
    return [
        AssumptionRow(
            name=_name(str(one["field"])),
            value=_shortened(
                f"{_value(one['value'])} {_unit(str(one['unit']))}".strip() + _band(one)
            ),
            status=_status(str(one["status"])),
            tone=_TONES.get(str(one["status"]).split(":", maxsplit=1)[0], ""),
            source=_source(one)[:LONGEST_SOURCE],
            source_lang="" if _source(one) != one["source"] or _reads_english() else "en",
            as_of=str(one.get("as_of", "")),
        )
        for one in assumptions
    ]


def _reads_english() -> bool:
    return get_language() == "en"


def _source(one: Mapping[str, Any]) -> str:
    """Return where a number comes from in the reader's language, else as the table says it."""
    source = str(one["source"])
    if one.get("source_zh") and not _reads_english():
        return str(one["source_zh"])
    known = {
        "the report": _("the report"),
        "taken over from another base; estimate it for this place": _(
            "taken over from another base; estimate it for this place"
        ),
        "a seat nearby, spread": _("a seat nearby, spread"),
        "lanes of the post office": _("lanes of the post office"),
        "from memory (AH-66 / UC Davis style)": _(
            "from memory (storage tables of AH-66 and others)"
        ),
        "from memory, 2019-20 order of magnitude": _("from memory, 2019-20 order of magnitude"),
    }
    return known.get(source, source)


def _zone(name: str) -> str:
    """Name a zone that has only its number."""
    number_of_zone = name.removeprefix("zone_")
    return _("zone %(n)s") % {"n": number_of_zone} if number_of_zone != name else name


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _value(value: object) -> str:
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int | float):
        return number(value, 4)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(one)}" for key, one in value.items())
    if isinstance(value, Sequence):
        return ", ".join(_value(one) for one in value)
    return str(value)


def _band(one: Mapping[str, Any]) -> str:
    """Write the band of a number that sales taught; what is assumed shows its value alone."""
    if one["status"] != "learnt" or one.get("low") is None:
        return ""
    return f" ({number(one['low'], 2)}–{number(one['high'], 2)})"


def _unit(unit: str) -> str:
    """Write a unit; the table's longer explanations are left to the field's name."""
    known = {
        "": "",
        "days": _("days"),
        "kg": _("kg"),
        "parcels": _("parcels"),
        "people": _("people"),
        "base": "",
        "people at once": _("people at once"),
        "yuan": _("yuan"),
        "yuan once": _("yuan once"),
        "yuan/day": _("yuan a day"),
        "yuan/kg": _("yuan/kg"),
        "yuan/(kg km)": _("yuan/(kg km)"),
        "yuan/person": _("yuan a person"),
        "yuan/(person km)": _("yuan/(person km)"),
        "yuan per parcel": _("yuan a parcel"),
        "yuan per box": _("yuan a box"),
    }
    return known.get(unit, "")


def _status(status: str) -> str:
    known = {
        "own": _("own figure"),
        "learnt": _("learnt from sales"),
        "assumption": _("assumption"),
        "modelled": _("modelled"),
        "memory": _("from memory"),
        "cited": _("cited"),
        "shipped table": _("shipped table"),
        "copied": _("copied: to be estimated here"),
    }
    return known.get(status.split(":", maxsplit=1)[0], _("assumption"))


def _name(field: str) -> str:
    """Name the field; what has no words of its own is shown as it is called in the table."""
    known = {
        "attendance": _("share of the people called who come"),
        "carton_2_5kg": _("carton for 2.5 kg"),
        "carton_4_5kg": _("carton for 4.5 kg"),
        "copied.demand": _("level of demand"),
        "copied.hub": _("parcels a day"),
        "copied.labour": _("people who can pack"),
        "copied.lanes": _("postage and days on the road"),
        "copied.points": _("packing points"),
        "copied.wages": _("wages"),
        "demand": _("demand"),
        "demand.elasticity": _("price elasticity of demand"),
        "demand.reference_kg": _("demand at that price"),
        "demand.reference_price_yuan": _("price at which the demand is stated"),
        "demand.zone_shares": _("share of the buyers by distance"),
        "lots.position": _("positions of the fields"),
        "policy.max_late_share": _("most parcels that may come late"),
        "produce.refund_yuan_per_kg": _("refund for what comes late"),
        "hub.parcels_per_day": _("parcels the post office takes a day"),
        "hub_parcels_per_day_per_1000_people": _("parcels a day per 1,000 people"),
        "labour_share_available": _("share of a village that would pack"),
        "labour_wage_base": _("wage of a day"),
        "labour_wage_step2": _("wage factor for the last 30%"),
        "listing_elasticity": _("price elasticity of demand"),
        "point_day_small": _("cost of a packing point, a day"),
        "point_haul": _("haul from the point to the post office"),
        "point_min_crew": _("least people at a point"),
        "point_setup_small": _("cost of setting up a point"),
        "point_stations_small": _("places at a point"),
        "produce.hold_days": _("days between cutting and packing"),
        "produce.promise_days": _("days of life promised on arrival"),
        "produce.shelf_life_days": _("days it keeps"),
        "reference_demand": _("demand as a multiple of the surplus"),
        "reference_price": _("price as a multiple of the usual retail price"),
        "small_pack_productivity": _("packing rate of small boxes"),
        "plan_buffer": _("share that the people who come get done"),
        "calendar.market_day_absent_share": _("packers at the market on market days"),
        "policy.shift_change": _("calling a packer off or in after the announcement"),
        "demand.kg_cv": _("how far the demand may stray"),
        "transport.haul_yuan_per_kg_km": _("haul from the field"),
        "transport.labour_travel_yuan_per_km": _("travel of packers"),
    }
    if field in known:
        return known[field]
    if field.startswith("lane."):
        return _("postage, %(zone)s") % {"zone": _zone(field.split(".")[1])}
    if field.startswith("kg_per_worker_day"):
        return _("kilograms one person packs a day")
    return field.replace("_", " ").replace(".", ": ")
