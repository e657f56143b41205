"""What to grow in a county, from the shipped tables and the place's own records."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Row
from postharvest.core.tables.shipped import shipped_rows
from postharvest.decisions.insight.own_records import (
    NO_RECORDS,
    OwnRecords,
    read_intentions,
    read_records,
)
from postharvest.engines.crops.advise import SCENARIOS, CropOutlook, CropPlan, solve
from postharvest.engines.crops.margins import Crop, with_own_records
from postharvest.engines.crops.mix import MixParams, spread_over_growers
from postharvest.engines.crops.suitability import (
    Climate,
    Requirements,
    Suitability,
)
from postharvest.engines.crops.suitability import suitability as suitability_of

ENOUGH_YEARS = 3
"""Seasons of a place's own records that a crop needs before the page recommends."""
MAX_MU = 1e7
MAX_GROWERS = 100_000
_DRY_FLOOR = 0.6
_HAUL_YUAN_KG = 0.1
_PERISHABLE_SATURATION, _KEEPING_SATURATION = 0.5, 0.3
_KEEPS_DAYS = 20.0
_LEADING_PROVINCE, _OTHER_PROVINCE = 4.0, 0.5
_DEFAULT_OUTPUT_MT = 2.0
_KG_PER_MT = 1e9
_WORTH_SAYING = 0.05


@dataclass(frozen=True, slots=True)
class CropPage:
    """The page: who, where, the plan, and what the plan rests on."""

    county: Row
    mu: float
    risk: float
    plan: CropPlan
    growers: Mapping[str, int]
    names: Mapping[str, tuple[str, str]]
    fit: Mapping[str, Suitability]
    own_years: Mapping[str, int]
    intended_share: Mapping[str, float]

    @property
    def recommends(self) -> bool:
        """Whether every crop of the mix rests on the place's own records."""
        chosen = [o.key for o in self.plan.outlooks if o.share > 0]
        return bool(chosen) and all(self.own_years[key] >= ENOUGH_YEARS for key in chosen)


def crop_page(
    county: str,
    *,
    mu: float,
    risk: float,
    seed: int,
    growers: int = 1,
    records: Path | None = None,
    intentions: Path | None = None,
) -> CropPage:
    """Advise for a county, its own records and the plantings registered there read from files.

    Raises
    ------
    InvalidInput
        The county is unknown or ambiguous, a setting is out of range, or a file is faulty.
    """
    known = {str(row["produce_id"]) for row in shipped_rows("crops_economics")}
    return crop_page_of(
        county,
        mu=mu,
        risk=risk,
        seed=seed,
        growers=growers,
        own=read_records(records, known=known) if records else {},
        intended=read_intentions(intentions, known=known) if intentions else {},
    )


def crop_page_of(
    county: str,
    *,
    mu: float,
    risk: float,
    seed: int,
    growers: int,
    own: Mapping[str, OwnRecords],
    intended: Mapping[str, float],
) -> CropPage:
    """Advise for a county given by its six-digit code or its name in Chinese or English.

    Raises
    ------
    InvalidInput
        The county is unknown or ambiguous, or a setting is out of range.
    """
    if not 0 < mu <= MAX_MU:
        raise InvalidInput("mu", f"is {mu:g}; give an area above 0")
    if not 1 <= growers <= MAX_GROWERS:
        raise InvalidInput("growers", f"is {growers}; give 1 to {MAX_GROWERS}")
    if not 0 <= risk <= 1:
        raise InvalidInput("risk", f"is {risk:g}; give 0 (the mean alone) to 1 (the worst fifth)")
    place = find_county(county)
    produce = {str(row["id"]): row for row in shipped_rows("produce")}
    economics = {str(row["produce_id"]): row for row in shipped_rows("crops_economics")}
    climate = _climate(str(place["code"]))
    fit = {
        str(row["produce_id"]): suitability_of(climate, _requirements(row), dry_floor=_DRY_FLOOR)
        for row in shipped_rows("crop_requirements")
        if str(row["produce_id"]) in economics
    }
    usual = _usual_areas_mu(place, produce, economics)
    crops = tuple(
        _crop(
            produce[key],
            economics[key],
            suitability=fit[key].score,
            areas_mu=(usual[key], intended.get(key, 0.0)),
            own=own.get(key, NO_RECORDS),
        )
        for key in sorted(fit)
    )
    plan = solve(crops, MixParams(risk=risk), seed, land_mu=growers * mu)
    return CropPage(
        county=place,
        mu=mu,
        risk=risk,
        plan=plan,
        growers=_growers_of(plan, growers=growers, mu=mu, seed=seed),
        names={key: (str(row["name_en"]), str(row["name_zh"])) for key, row in produce.items()},
        fit=fit,
        own_years={crop.key: crop.own_years for crop in crops},
        intended_share={crop.key: crop.intended_mu / crop.usual_mu for crop in crops},
    )


def _growers_of(plan: CropPlan, *, growers: int, mu: float, seed: int) -> dict[str, int]:
    """Return how many of the growers, each with `mu` of land, are given which crop."""
    if growers == 1:
        return {}
    given = spread_over_growers(
        np.array([o.share for o in plan.outlooks]),
        land_mu=np.full(growers, mu),
        generator=np.random.default_rng(seed),
    )
    counted = Counter(given.tolist())
    return {o.key: counted[i] for i, o in enumerate(plan.outlooks) if counted[i]}


def find_county(asked: str) -> Row:
    """Return the county of a code or a name."""
    wanted = asked.strip().lower()
    rows = shipped_rows("counties")
    found = [row for row in rows if str(row["code"]) == wanted]
    for name in ("name_zh", "name_en"):
        found = found or [row for row in rows if str(row[name]).lower() == wanted]
    found = found or [row for row in rows if _bare(str(row["name_en"])) == _bare(wanted)]
    if not found:
        raise InvalidInput("county", f"{asked!r} is not known; give a code such as 610528 (富平县)")
    if len(found) > 1:
        codes = ", ".join(f"{row['code']} ({row['prefecture_zh']})" for row in found[:6])
        raise InvalidInput("county", f"{asked!r} is several; give one of the codes {codes}")
    return found[0]


def _bare(name: str) -> str:
    """Drop what kind of place an English name says."""
    words = name.lower().split()
    kinds = (["county"], ["district"], ["city"])
    return " ".join(words[:-1] if words[-1:] in kinds else words)


def _number(row: Row, name: str) -> float:
    value = row[name]
    if not isinstance(value, int | float):
        raise TypeError(f"{name} of {row} is not a number")
    return float(value)


def _optional(row: Row, name: str) -> float | None:
    return None if row[name] is None else _number(row, name)


def _climate(code: str) -> Climate:
    for row in shipped_rows("climate"):
        if row["code"] == code:
            return Climate(
                temperature_c=np.array([_number(row, f"t{m:02d}") for m in range(1, 13)]),
                rain_mm=np.array([_number(row, f"p{m:02d}") for m in range(1, 13)]),
            )
    raise InvalidInput("county", f"{code} has no climate normals in the shipped table")


def _requirements(row: Row) -> Requirements:
    rain = [_optional(row, f"rain_{n}") for n in ("abs_min", "opt_min", "opt_max", "abs_max")]
    a, b, c, d = (_number(row, f"t_{n}") for n in ("abs_min", "opt_min", "opt_max", "abs_max"))
    return Requirements(
        life=str(row["life"]),
        temperature_c=(a, b, c, d),
        rain_mm=None if None in rain else (rain[0] or 0, rain[1] or 0, rain[2] or 0, rain[3] or 0),
        kill_growing_c=_optional(row, "kill_growing_c"),
        kill_dormant_c=_optional(row, "kill_dormant_c"),
        cycle_days=(_number(row, "cycle_min_days") + _number(row, "cycle_max_days")) / 2,
        coldest_month_max_c=_optional(row, "coldest_month_max_c"),
        coldest_month_min_c=_optional(row, "coldest_month_min_c"),
    )


def _usual_areas_mu(
    place: Row, produce: Mapping[str, Row], economics: Mapping[str, Row]
) -> dict[str, float]:
    """Area of each crop that the county's outlets are used to.

    National output over the usual yield, by the county's share of the rural population, four-fold
    in a leading province and halved elsewhere: a planning figure until a place enters its own.
    """
    rural = sum(_number(row, "rural_pop_est") for row in shipped_rows("counties"))
    part = max(_number(place, "rural_pop_est"), 1.0) / rural
    leading = {
        str(row["produce_id"])
        for row in shipped_rows("produce_regions")
        if row["province_code"] == place["province_code"]
    }
    areas = {}
    for key, row in economics.items():
        output = _optional(produce[key], "national_output_mt") or _DEFAULT_OUTPUT_MT
        national_mu = output * _KG_PER_MT / _number(row, "yield_kg_mu")
        tilt = _LEADING_PROVINCE if key in leading else _OTHER_PROVINCE
        areas[key] = max(national_mu * part * tilt, 1.0)
    return areas


def _crop(
    produce: Row,
    economics: Row,
    *,
    suitability: float,
    areas_mu: tuple[float, float],
    own: OwnRecords,
) -> Crop:
    low, high = (_number(produce, f"farmgate_{n}_yuan_kg") for n in ("lo", "hi"))
    keeps = _number(produce, "shelf_ambient_days_hi") >= _KEEPS_DAYS
    return Crop(
        key=str(produce["id"]),
        group=str(produce["group"]),
        yield_kg_mu=with_own_records(_range(economics, "yield", "kg_mu"), own.yield_kg_mu),
        cost_yuan_mu=with_own_records(_range(economics, "cost", "yuan_mu"), own.cost_yuan_mu),
        price_yuan_kg=(low, float(np.sqrt(low * high)), high),
        suitability=suitability,
        saturation=_KEEPING_SATURATION if keeps else _PERISHABLE_SATURATION,
        usual_mu=areas_mu[0],
        intended_mu=areas_mu[1],
        haul_yuan_kg=_HAUL_YUAN_KG,
        years_to_first_crop=_number(economics, "years_to_first_crop"),
        own_years=len(own.yield_kg_mu),
        past_prices_yuan_kg=own.price_yuan_kg,
    )


def _range(row: Row, what: str, unit: str) -> tuple[float, float, float]:
    return (
        _number(row, f"{what}_lo_{unit}"),
        _number(row, f"{what}_{unit}"),
        _number(row, f"{what}_hi_{unit}"),
    )


def page_text(page: CropPage, *, rows: int) -> str:
    """Return the page as plain text."""
    place = page.county
    recommends = page.recommends
    kind = "Crop advice" if recommends else "Crop worksheet (ranges, not advice)"
    lines = [
        f"{kind}: {place['name_zh']} {place['name_en']} ({place['code']}),"
        f" {page.mu:g} mu, risk {page.risk:g}",
        "",
        "yuan per mu and year                   suit  mean     P10     P90  loss  mix   own n  why",
    ]
    lines += [_line(page, outlook) for outlook in page.plan.outlooks[:rows]]
    if len(page.plan.outlooks) > rows:
        lines.append(f"… and {len(page.plan.outlooks) - rows} more crops that can grow here")
    mix = page.plan.mix
    lines += [
        "",
        f"The mix: mean {mix.mean:,.0f} yuan/mu, worst fifth {mix.worst_fifth:,.0f},"
        f" chance of a loss {mix.loss_chance:.0%} ({SCENARIOS} futures;"
        " at most 40 % in one crop; own labour not counted).",
    ]
    if page.growers:
        told = ", ".join(f"{count} {key}" for key, count in page.growers.items())
        total = sum(page.growers.values())
        lines.append(f"Spread over {total} growers, so that nobody's crop is everybody's: {told}.")
    lines += _recommendation(page) if recommends else _what_to_record(page)
    lines += [
        "It cannot promise more income than the lucky: in back-tests on producer prices the mix",
        "lowered risk, while last year's best crop paid more on average and lost three times as",
        "often. It knows no soil, no pests, no water rights, and no plan that was not registered.",
    ]
    return "\n".join(lines) + "\n"


def _line(page: CropPage, outlook: CropOutlook) -> str:
    name = f"{outlook.key} {page.names[outlook.key][1]}"
    fit = page.fit[outlook.key]
    why = [f"months {fit.from_month}-{fit.to_month}"]
    why += [fit.limit] if fit.limit else []
    if page.intended_share[outlook.key] > _WORTH_SAYING:
        why.append(f"registered {page.intended_share[outlook.key]:.0%} of the usual area")
    share = f"{outlook.share:4.0%}" if outlook.share > 0 else "   –"
    return (
        f"{name:<32.32} {fit.score:9.2f} {outlook.mean:7,.0f} {outlook.p10:7,.0f}"
        f" {outlook.p90:7,.0f} {outlook.loss_chance:5.0%} {share} {page.own_years[outlook.key]:6d}"
        f"  {', '.join(why)}"
    )


def _recommendation(page: CropPage) -> list[str]:
    chosen = [o for o in page.plan.outlooks if o.share > 0]
    words = ", ".join(f"{o.share * page.mu:.1f} mu {page.names[o.key][0]}" for o in chosen)
    fewest = min(page.own_years[o.key] for o in chosen)
    return [f"Of {page.mu:g} mu plant {words} (own records of {fewest} seasons or more)."]


def _what_to_record(page: CropPage) -> list[str]:
    thin = [o.key for o in page.plan.outlooks if o.share > 0 or page.own_years[o.key] > 0]
    return [
        f"Yields, costs and prices are orders of magnitude from memory (own n = 0 to"
        f" {max(page.own_years.values(), default=0)}), so this page does not recommend.",
        f"Record {ENOUGH_YEARS} seasons of yield_kg_mu, cost_yuan_mu and price_yuan_kg for: "
        + ", ".join(thin)
        + ".",
    ]
