"""From the reference tables to the national simulator's provinces and produce."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Row
from postharvest.decisions.nation.seasons import week_shares
from postharvest.decisions.planning.base_tables import LEFT_OUT, Tables
from postharvest.engines.nation.paths import Destinations
from postharvest.engines.nation.problem import Floats, Ints, Produce, Province
from postharvest.engines.travel import great_circle_km

PARCEL = "agricultural contract parcel (planning assumption)"
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
    harvest = _Harvest.of(tables, counties, crops, produce)
    zones = _ZoneTable.of(tables)
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
            (_numbers(counties, "rural_pop_est") + _numbers(counties, "urban_pop_est")).sum()
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


def _numbers(rows: Sequence[Row], name: str) -> Floats:
    return np.array([float(row[name] or 0) for row in rows])


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
    zones = _ZoneTable.of(tables)
    return Produce(
        retail=(_numbers(rows, "retail_lo_yuan_kg") + _numbers(rows, "retail_hi_yuan_kg")) / 2,
        farm_gate=(_numbers(rows, "farmgate_lo_yuan_kg") + _numbers(rows, "farmgate_hi_yuan_kg"))
        / 2,
        shelf_days=_numbers(rows, "shelf_ambient_days_hi"),
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


@dataclass(frozen=True, slots=True)
class _ZoneTable:
    """The postage zones of the farm parcel by distance."""

    ends_km: Floats
    rows: Sequence[Row]

    @classmethod
    def of(cls, tables: Tables) -> "_ZoneTable":
        rows = [row for row in tables("postal_tariffs") if row["product"] == PARCEL]
        if not rows:
            raise InvalidInput("postal_tariffs", f"has no rows of {PARCEL!r}; restore the table")
        return cls(_numbers(rows, "km_to"), rows)

    def all(self) -> range:
        return range(len(self.rows))

    def zone(self, km: Floats) -> Ints:
        found: Ints = np.minimum(np.searchsorted(self.ends_km, km), len(self.rows) - 1)
        return found

    def postage(self, zone: int, kg: float) -> float:
        row = self.rows[zone]
        steps = ceil(max(0.0, kg - float(row["first_kg"] or 0)) / float(row["step_kg"] or 1))
        return float(row["first_yuan"] or 0) + steps * float(row["step_yuan"] or 0)


@dataclass(frozen=True, slots=True)
class _Harvest:
    """Harvest a year by county and crop, and the weeks it falls in by province and crop."""

    county_kg: Mapping[int, list[tuple[int, float]]]
    season: Mapping[str, Floats]
    cited: list[tuple[str, str, float, float]]

    @classmethod
    def of(
        cls, tables: Tables, counties: Sequence[Row], crops: Sequence[str], produce: Produce
    ) -> "_Harvest":
        crop_at = {name: k for k, name in enumerate(crops)}
        members: dict[str, list[int]] = defaultdict(list)
        for k, county in enumerate(counties):
            members[str(county["province_code"])].append(k)
        rural = _numbers(counties, "rural_pop_est")
        rows = tables("produce_regions")
        season: dict[str, Floats] = defaultdict(lambda: np.zeros((len(crops), 52)))
        kg: dict[tuple[int, int], float] = {}
        ranks: dict[str, float] = defaultdict(float)
        leading = [row for row in rows if not row["area_code"]]
        for row in leading:
            ranks[str(row["produce_id"])] += 1 / int(row["rank"] or 1)
        for row in leading:
            crop, province = crop_at[str(row["produce_id"])], str(row["province_code"])
            season[province][crop] = week_shares(row)
            part = produce.output_kg[crop] / int(row["rank"] or 1) / ranks[str(row["produce_id"])]
            people = rural[members[province]].sum()
            for k in members[province]:
                if rural[k] > 0:
                    kg[k, crop] = part * rural[k] / people
        cited = _cite(rows, counties, crop_at, season, kg)
        _keep_totals(kg, {(area, crop_at[name]) for area, name, *_ in cited}, counties, produce)
        by: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for (county_at, crop), amount in sorted(kg.items()):
            by[county_at].append((crop, amount))
        return cls(by, season, cited)


def _cite(
    rows: Sequence[Row],
    counties: Sequence[Row],
    crop_at: Mapping[str, int],
    season: dict[str, Floats],
    kg: dict[tuple[int, int], float],
) -> list[tuple[str, str, float, float]]:
    """Let a harvest that a source names stand for the rule's; of several years the last."""
    at = {str(row["code"]): k for k, row in enumerate(counties)}
    told = sorted(
        (row for row in rows if row["area_code"] and row["output_t"]),
        key=lambda row: int(row["year"] or 0),
    )
    last = {(str(row["area_code"]), str(row["produce_id"])): row for row in told}
    cited = []
    for (area, name), row in sorted(last.items()):
        if area not in at:
            continue
        crop, amount = crop_at[name], float(row["output_t"] or 0) * 1000
        cited.append((area, name, amount, float(kg.get((at[area], crop), 0.0))))
        kg[at[area], crop] = amount
        province = str(row["province_code"])
        if not season[province][crop].any():
            season[province][crop] = week_shares(row)
    return cited


def _keep_totals(
    kg: dict[tuple[int, int], float],
    fixed: set[tuple[str, int]],
    counties: Sequence[Row],
    produce: Produce,
) -> None:
    """Scale the other counties so that cited harvests don't add to a crop's national output."""
    for crop in sorted({crop for _, crop in fixed}):
        cells = [cell for cell in kg if cell[1] == crop]
        named = {cell for cell in cells if (str(counties[cell[0]]["code"]), crop) in fixed}
        rest = sum(kg[cell] for cell in cells if cell not in named)
        left = max(0.0, float(produce.output_kg[crop]) - sum(kg[cell] for cell in named))
        for cell in cells:
            if cell not in named and rest > 0:
                kg[cell] *= left / rest


def _province(  # noqa: PLR0917
    code: str,
    counties: Sequence[Row],
    at: Mapping[str, int],
    prefectures: Sequence[Row],
    zones: _ZoneTable,
    harvest: _Harvest,
    tables: Tables,
    base_places: Sequence[str],
) -> Province:
    mine = [k for k, row in enumerate(counties) if row["province_code"] == code]
    rows = [counties[k] for k in mine]
    hubs = sorted({str(row["prefecture_code"]) for row in rows})
    hub_at = {name: k for k, name in enumerate(hubs)}
    hub_rows = {str(row["code"]): row for row in prefectures}
    climate = {str(row["code"]): row for row in tables("climate")}
    rural, urban = _numbers(rows, "rural_pop_est"), _numbers(rows, "urban_pop_est")
    bases = [counties[at[name]] for name in base_places]
    lat, lon = _numbers(rows, "lat"), _numbers(rows, "lon")
    hub = np.array([hub_at[str(row["prefecture_code"])] for row in rows], dtype=np.int64)
    pairs = [(k, crop, kg) for k, n in enumerate(mine) for crop, kg in harvest.county_kg.get(n, [])]
    return Province(
        code=int(code),
        rural_people=rural,
        households=_numbers(rows, "households_est") * rural / np.maximum(1.0, rural + urban),
        villages=_numbers(rows, "n_villages"),
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
            lat[:, None], lon[:, None], _numbers(bases, "lat")[None], _numbers(bases, "lon")[None]
        ).reshape(len(rows), len(bases)),
        base_hub=np.array(
            [
                hub_at.get(str(row["prefecture_code"]), -1) if row["province_code"] == code else -1
                for row in bases
            ],
            dtype=np.int64,
        ),
    )


def _zone_shares(hubs: Sequence[Row], prefectures: Sequence[Row], zones: _ZoneTable) -> Floats:
    weight = _numbers(prefectures, "online_demand_weight")
    km = great_circle_km(
        _numbers(hubs, "lat")[:, None],
        _numbers(hubs, "lon")[:, None],
        _numbers(prefectures, "lat")[None],
        _numbers(prefectures, "lon")[None],
    )
    zone = zones.zone(km)
    return np.stack(
        [(weight / weight.sum() * (zone == k)).sum(axis=1) for k in zones.all()], axis=1
    )


def _destinations(
    provinces: Sequence[Province],
    counties: Sequence[Row],
    prefectures: Sequence[Row],
    zones: _ZoneTable,
) -> Destinations:
    """Return zones from each province's middle (weighted by rural people) to every prefecture."""
    middles = []
    for province in provinces:
        rows = [row for row in counties if row["province_code"] == str(province.code)]
        weight = province.rural_people + 1
        middles.append(
            (
                float(weight @ _numbers(rows, "lat") / weight.sum()),
                float(weight @ _numbers(rows, "lon") / weight.sum()),
            )
        )
    lat, lon = np.array(middles).T
    km = great_circle_km(
        lat[:, None],
        lon[:, None],
        _numbers(prefectures, "lat")[None],
        _numbers(prefectures, "lon")[None],
    )
    return Destinations(zone=zones.zone(km), counties=_numbers(prefectures, "counties"))
