"""From the reference tables to the national simulator's provinces and produce."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Row
from postharvest.decisions.nation.columns import numbers
from postharvest.decisions.nation.harvests import Harvests
from postharvest.decisions.nation.zones import ZoneTable
from postharvest.decisions.planning.base_tables import LEFT_OUT, Tables
from postharvest.engines.nation.paths import Destinations
from postharvest.engines.nation.problem import Floats, Produce, Province
from postharvest.engines.travel import great_circle_km

ORDINARY_YIELD_KG_MU = 1800.0
"""A crop of this yield has the ordinary village surplus; heavier crops have more."""
UNKNOWN_OUTPUT_MT = 1.0
"""National output of crops for which no table gives one."""
SMALL_PACK_KG = 3.0
USUAL_PACK_KG = 4.5
SOFT = 4
"""Bruise classes from here on are packed in cells."""
SOFT_CARTON = 0.5
MT = 1e9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nation:
    """Everything the tables say, as arrays; provinces by rising code.

    ``output_rule_kg`` keeps, for the counties whose harvest a source names, what the rule alone
    would have given: (county, crop, cited, by the rule); ``zone_share_of`` is by county.
    """

    provinces: tuple[Province, ...]
    produce: Produce
    crops: tuple[str, ...]
    names: Mapping[str, tuple[str, str]]
    counties: tuple[str, ...]
    base_places: tuple[str, ...]
    destinations: Destinations
    cited: tuple[tuple[str, str, float, float], ...]
    people: float
    zone_share_of: Mapping[str, Floats]


def gather(tables: Tables, base_places: Sequence[str]) -> Nation:
    """Read the tables in force; ``base_places`` are the counties where a scenario opens a base.

    Raises
    ------
    InvalidInput
        A place is no county of the tables.
    """
    counties = [row for row in tables("counties") if str(row["code"]) not in LEFT_OUT]
    at = {str(row["code"]): k for k, row in enumerate(counties)}
    for code in base_places:
        if code not in at:
            raise InvalidInput(
                "bases", f"{code!r} is no county of the tables; use its 6-digit code"
            )
    crops = [str(row["id"]) for row in tables("produce")]
    produce = _produce(tables)
    prefectures = tables("prefectures")
    harvest = Harvests.of(tables, counties, crops, produce)
    zones = ZoneTable.of(tables)
    provinces = tuple(
        _province(code, counties, at, prefectures, zones, harvest, tables, base_places)
        for code in sorted({str(row["province_code"]) for row in counties})
    )
    return Nation(
        provinces=provinces,
        produce=produce,
        crops=tuple(crops),
        names={
            str(row["code"]): (str(row["name_zh"]), str(row["name_en"]))
            for row in tables("provinces")
        },
        counties=tuple(at),
        base_places=tuple(base_places),
        destinations=_destinations(provinces, counties, prefectures, zones),
        cited=tuple(harvest.cited),
        people=float(
            (numbers(counties, "rural_pop_est") + numbers(counties, "urban_pop_est")).sum()
        ),
        zone_share_of=_zone_share_of(provinces, counties),
    )


def _zone_share_of(provinces: Sequence[Province], counties: Sequence[Row]) -> Mapping[str, Floats]:
    by: dict[str, Floats] = {}
    for province in provinces:
        rows = [row for row in counties if row["province_code"] == str(province.code)]
        for row, hub in zip(rows, province.hub, strict=True):
            by[str(row["code"])] = province.zone_share[hub]
    return by


def _produce(tables: Tables) -> Produce:
    rows = tables("produce")
    defaults = {str(row["field"]): str(row["value"]) for row in tables("planning_defaults")}
    yields = {str(r["produce_id"]): float(r["yield_kg_mu"] or 0) for r in tables("crops_economics")}
    packs = np.array([_pack_kg(str(row["parcel_pack_kg"])) for row in rows])
    bruise = np.array([int(row["bruise_class"] or 1) for row in rows])
    rate = np.array([float(defaults[f"kg_per_worker_day_bruise_{b}"]) for b in bruise])
    rate = np.where(packs < SMALL_PACK_KG, rate * float(defaults["small_pack_productivity"]), rate)
    small, large = float(defaults["carton_2_5kg"]), float(defaults["carton_4_5kg"])
    carton = np.interp(packs, [2.5, 4.5, 9.0], [small, large, 1.6 * large])
    carton += np.where(bruise >= SOFT, SOFT_CARTON, 0.0)
    crop_yield = np.array([yields.get(str(row["id"]), ORDINARY_YIELD_KG_MU) for row in rows])
    zones = ZoneTable.of(tables)
    return Produce(
        retail=(numbers(rows, "retail_lo_yuan_kg") + numbers(rows, "retail_hi_yuan_kg")) / 2,
        farm_gate=(numbers(rows, "farmgate_lo_yuan_kg") + numbers(rows, "farmgate_hi_yuan_kg")) / 2,
        shelf_days=numbers(rows, "shelf_ambient_days_hi"),
        pack_kg=packs,
        carton=carton / packs,
        rate=rate,
        village_factor=crop_yield / ORDINARY_YIELD_KG_MU,
        household_kg=crop_yield,
        output_kg=_outputs_kg(rows),
        postage=np.array([[zones.postage(k, pack) / pack for k in zones.all()] for pack in packs]),
        zone_days=np.array(
            [float(defaults[f"transit_median_days_zone_{k + 1}"]) for k in zones.all()]
        ),
        zone_spread_days=np.array(
            [float(part) for part in defaults["transit_sd_days_zone_1_to_6"].split()]
        ),
    )


def _pack_kg(listed: str) -> float:
    """Return the parcel of a crop: the listed size nearest to the usual one."""
    return min((float(part) for part in listed.split()), key=lambda kg: abs(kg - USUAL_PACK_KG))


def _outputs_kg(rows: Sequence[Row]) -> Floats:
    """Return national outputs; crops that share the figure of a wider group share its kilograms."""
    keys = [_group(row) for row in rows]
    shared = {key: keys.count(key) for key in keys}
    return np.array(
        [
            float(row["national_output_mt"] or UNKNOWN_OUTPUT_MT)
            * MT
            / (shared[key] if key[0] else 1)
            for row, key in zip(rows, keys, strict=True)
        ]
    )


def _group(row: Row) -> tuple[str, str]:
    wider = "wider group" in str(row["output_note"] or "")
    return (str(row["national_output_mt"]), str(row["group"])) if wider else ("", str(row["id"]))


def _province(  # noqa: PLR0917
    code: str,
    counties: Sequence[Row],
    at: Mapping[str, int],
    prefectures: Sequence[Row],
    zones: ZoneTable,
    harvest: Harvests,
    tables: Tables,
    base_places: Sequence[str],
) -> Province:
    mine = [k for k, row in enumerate(counties) if row["province_code"] == code]
    rows = [counties[k] for k in mine]
    hubs = sorted({str(row["prefecture_code"]) for row in rows})
    hub_at = {name: k for k, name in enumerate(hubs)}
    hub_rows = {str(row["code"]): row for row in prefectures}
    climate = {str(row["code"]): row for row in tables("climate")}
    rural, urban = numbers(rows, "rural_pop_est"), numbers(rows, "urban_pop_est")
    bases = [counties[at[name]] for name in base_places]
    lat, lon = numbers(rows, "lat"), numbers(rows, "lon")
    hub = np.array([hub_at[str(row["prefecture_code"])] for row in rows], dtype=np.int64)
    pairs = [(k, crop, kg) for k, n in enumerate(mine) for crop, kg in harvest.county_kg.get(n, [])]
    return Province(
        code=int(code),
        rural_people=rural,
        households=numbers(rows, "households_est") * rural / np.maximum(1.0, rural + urban),
        villages=numbers(rows, "n_villages"),
        hub=hub,
        hub_people=np.bincount(hub, weights=rural + urban, minlength=len(hubs)).astype(np.float64),
        zone_share=_zone_shares([hub_rows[name] for name in hubs], prefectures, zones),
        pair_county=np.array([pair[0] for pair in pairs], dtype=np.int64),
        pair_crop=np.array([pair[1] for pair in pairs], dtype=np.int64),
        pair_kg=np.array([pair[2] for pair in pairs]),
        season=harvest.season[code],
        rain_mm=np.array(
            [
                [float(climate[str(row["code"])][f"p{m:02}"] or 0) for m in range(1, 13)]
                for row in rows
            ]
        ),
        base_km=great_circle_km(
            lat[:, None], lon[:, None], numbers(bases, "lat")[None], numbers(bases, "lon")[None]
        ).reshape(len(rows), len(bases)),
        base_hub=np.array(
            [
                hub_at.get(str(row["prefecture_code"]), -1) if row["province_code"] == code else -1
                for row in bases
            ],
            dtype=np.int64,
        ),
    )


def _zone_shares(hubs: Sequence[Row], prefectures: Sequence[Row], zones: ZoneTable) -> Floats:
    weight = numbers(prefectures, "online_demand_weight")
    km = great_circle_km(
        numbers(hubs, "lat")[:, None],
        numbers(hubs, "lon")[:, None],
        numbers(prefectures, "lat")[None],
        numbers(prefectures, "lon")[None],
    )
    zone = zones.zone(km)
    return np.stack(
        [(weight / weight.sum() * (zone == k)).sum(axis=1) for k in zones.all()], axis=1
    )


def _destinations(
    provinces: Sequence[Province],
    counties: Sequence[Row],
    prefectures: Sequence[Row],
    zones: ZoneTable,
) -> Destinations:
    """Return zones from each province's middle (weighted by rural people) to every prefecture."""
    middles = []
    for province in provinces:
        rows = [row for row in counties if row["province_code"] == str(province.code)]
        weight = province.rural_people + 1
        middles.append(
            (
                float(weight @ numbers(rows, "lat") / weight.sum()),
                float(weight @ numbers(rows, "lon") / weight.sum()),
            )
        )
    lat, lon = np.array(middles).T
    km = great_circle_km(
        lat[:, None],
        lon[:, None],
        numbers(prefectures, "lat")[None],
        numbers(prefectures, "lon")[None],
    )
    return Destinations(zone=zones.zone(km), counties=numbers(prefectures, "counties"))
