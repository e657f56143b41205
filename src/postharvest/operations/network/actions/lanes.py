"""Lanes: set one by one, or built for a post office from tariff zones and planning defaults."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.geo import great_circle_km
from postharvest.operations.network import queries
from postharvest.operations.network.models import (
    Base,
    Branch,
    Hub,
    Lane,
    LaneMarket,
    PlanningDefault,
    Prefecture,
    Tariff,
)

FAR_WEST = ("54", "65")
"""Tibet and Xinjiang are in the last zone whatever the distance, unless one posts from there."""
LONGEST_TRANSIT_DAYS = 12
_USUAL_PACKS_G = (1000, 1500, 2000, 2500, 3000, 4500, 5000, 10000)
_TOLERANCE = 1e-6
_WITH_LANES = (Base.State.FITTED_OUT, Base.State.OPEN)
"""Lanes are laid while a base is fitted out, and used once it is open."""


@transaction.atomic
def set_lane(
    *,
    branch_id: int,
    zone: str,
    name_zh: str,
    name_en: str,
    transit_pmf: Sequence[float],
    postage_fen: Mapping[int, int],
    prefecture_codes: Sequence[str],
    actor: Actor,
    now: datetime,
    hub_code: str | None = None,
    status_note: str = "",
    cold: bool = False,
) -> Lane:
    """Make or change the lane of a post office to a zone; its markets leave the lane they were on.

    ``transit_pmf`` is [P(1 day), P(2 days), …]; ``postage_fen`` maps a pack's net grams to fen.

    Raises
    ------
    InvalidInput
        The distribution does not sum to 1, a postage is negative, a place is unknown, or the
        base is not fitted out yet, or closed.
    """
    branch = Branch.objects.select_related("base").get(pk=branch_id)
    actor.require(Role.PLANNER, Role.DESK, region=branch.county_id)
    if branch.base.state not in _WITH_LANES:
        raise InvalidInput(
            "base", f"{branch.base.code} is {branch.base.state}: fit it out or open it first"
        )
    _check_pmf(transit_pmf)
    _check_postage(postage_fen)
    _check_places(prefecture_codes, hub_code)
    lane, _ = Lane.objects.update_or_create(
        origin=branch,
        zone=zone,
        defaults={
            "base": branch.base,
            "name_zh": name_zh,
            "name_en": name_en,
            "hub_id": hub_code,
            "transit_pmf": list(transit_pmf),
            "postage_fen": {str(pack_g): fen for pack_g, fen in sorted(postage_fen.items())},
            "status_note": status_note,
            "cold": cold,
        },
    )
    LaneMarket.objects.filter(lane=lane).delete()
    LaneMarket.objects.filter(origin=branch, prefecture__in=prefecture_codes).delete()
    LaneMarket.objects.bulk_create(
        LaneMarket(lane=lane, origin=branch, prefecture_id=code) for code in prefecture_codes
    )
    audit.write(
        actor,
        "network.set_lane",
        f"lane {lane.pk}",
        now=now,
        after={"zone": zone, "markets": len(prefecture_codes), "postage_fen": lane.postage_fen},
    )
    return lane


@transaction.atomic
def set_cooled(*, branch_id: int, lane_ids: Collection[int], actor: Actor, now: datetime) -> None:
    """Say which lanes of a post office are cooled all the way; the others are not.

    Raises
    ------
    InvalidInput
        A lane leaves another post office.
    """
    branch = Branch.objects.get(pk=branch_id)
    actor.require(Role.PLANNER, Role.DESK, region=branch.county_id)
    lanes = Lane.objects.filter(origin=branch)
    if strange := set(lane_ids) - set(lanes.values_list("pk", flat=True)):
        raise InvalidInput("lanes", f"lane {min(strange)} leaves another post office")
    lanes.filter(pk__in=lane_ids).update(cold=True)
    lanes.exclude(pk__in=lane_ids).update(cold=False)
    audit.write(
        actor,
        "network.set_cooled",
        f"branch {branch_id}",
        now=now,
        after={"cooled_lanes": sorted(lane_ids)},
    )


@transaction.atomic
def build_lanes(
    *,
    branch_id: int,
    actor: Actor,
    now: datetime,
    product: str = queries.CONTRACT_PARCEL,
    packs_g: Sequence[int] = _USUAL_PACKS_G,
) -> list[Lane]:
    """Make a lane for every zone of a tariff, each market on the lane of its distance.

    Days on the road come from the planning defaults, postage from the tariff: both stand on the
    lane as assumptions until the branch sets its own.

    Raises
    ------
    InvalidInput
        There is no such tariff, or a planning default is missing.
    """
    branch = Branch.objects.select_related("county").get(pk=branch_id)
    zones = queries.tariff_zones(product)
    if not zones:
        raise InvalidInput("product", f"there is no tariff {product!r}")
    by_zone = _markets_by_zone(branch, zones)
    defaults = queries.planning_defaults()
    hub = Hub.objects.filter(code=branch.county.prefecture_id or "").first()
    return [
        set_lane(
            branch_id=branch_id,
            zone=f"zone_{tariff.zone}",
            name_zh=_name_zh(tariff),
            name_en=_name_en(tariff),
            transit_pmf=_assumed_transit(defaults, tariff.zone).pmf(),
            postage_fen={pack_g: queries.postage_fen(tariff, pack_g) for pack_g in packs_g},
            prefecture_codes=by_zone[tariff.zone],
            hub_code=hub.code if hub else None,
            status_note=f"transit: planning default (assumption); postage: {tariff.product}, "
            f"{tariff.status}",
            actor=actor,
            now=now,
        )
        for tariff in zones
    ]


def transit_pmf(*, median_days: float, sd_days: float) -> list[float]:
    """Return [P(1 day), …, P(12 days)] of a bell cut off a day before its middle.

    A parcel may be late but hardly early, so nothing lies before max(1, median - 1).
    """
    earliest = max(1.0, median_days - 1)
    weights = [
        math.exp(-(((day - median_days) / sd_days) ** 2) / 2) if day >= earliest else 0.0
        for day in range(1, LONGEST_TRANSIT_DAYS + 1)
    ]
    total = sum(weights)
    return [weight / total for weight in weights]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Transit:
    median_days: float
    sd_days: float

    def pmf(self) -> list[float]:
        return transit_pmf(median_days=self.median_days, sd_days=self.sd_days)


def _assumed_transit(defaults: Mapping[str, PlanningDefault], zone: int) -> _Transit:
    try:
        median = defaults[f"transit_median_days_zone_{zone}"].value
        deviations = defaults["transit_sd_days_zone_1_to_6"].value.split()
        return _Transit(median_days=float(median), sd_days=float(deviations[zone - 1]))
    except (KeyError, IndexError):
        raise InvalidInput(
            "planning_defaults", f"no days on the road for zone {zone}; add them to the table"
        ) from None


def _markets_by_zone(branch: Branch, zones: Sequence[Tariff]) -> dict[int, list[str]]:
    by_zone: dict[int, list[str]] = {tariff.zone: [] for tariff in zones}
    for market in queries.markets():
        by_zone[_zone_of(market, branch, zones)].append(market.code)
    return by_zone


def _zone_of(market: Prefecture, branch: Branch, zones: Sequence[Tariff]) -> int:
    province = market.code[:2]
    if province in FAR_WEST and province != branch.county_id[:2]:
        return zones[-1].zone
    km = great_circle_km(lat1=branch.lat, lon1=branch.lon, lat2=market.lat, lon2=market.lon)
    return queries.tariff_zone(km, zones)


def _name_zh(tariff: Tariff) -> str:
    return f"{tariff.zone}区:{tariff.km_from:.0f}至{tariff.km_to:.0f}公里"


def _name_en(tariff: Tariff) -> str:
    return f"Zone {tariff.zone}: {tariff.km_from:.0f} to {tariff.km_to:.0f} km"


def _check_pmf(pmf: Sequence[float]) -> None:
    if not pmf or min(pmf) < 0 or abs(sum(pmf) - 1) > _TOLERANCE:
        raise InvalidInput("transit_pmf", "give chances of 1, 2, … days that sum to 1")


def _check_postage(postage_fen: Mapping[int, int]) -> None:
    if not postage_fen or any(pack_g <= 0 or fen < 0 for pack_g, fen in postage_fen.items()):
        raise InvalidInput("postage_fen", "give 0 fen or more for packs of some weight")


def _check_places(prefecture_codes: Sequence[str], hub_code: str | None) -> None:
    unknown = set(prefecture_codes) - set(
        Prefecture.objects.filter(code__in=prefecture_codes).values_list("code", flat=True)
    )
    if unknown:
        raise InvalidInput("prefecture_codes", f"there is no market {', '.join(sorted(unknown))}")
    if len(set(prefecture_codes)) < len(prefecture_codes):
        raise InvalidInput("prefecture_codes", "a market is named twice")
    if hub_code and not Hub.objects.filter(code=hub_code).exists():
        raise InvalidInput("hub_code", f"there is no hub {hub_code!r}")
