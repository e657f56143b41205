"""The simulator against what is known: two stories, express transit, official totals."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from postharvest.decisions.nation.gather import Nation
from postharvest.decisions.planning.base_tables import Tables
from postharvest.engines.nation.assumptions import Assumptions
from postharvest.engines.nation.express import Flows, fitted, mean_to, share_within
from postharvest.engines.nation.story import Story, told
from postharvest.engines.travel import great_circle_km

STORY_WORLDS = 2000
KEY_CITIES = 50
SPEEDS_KM_H = (45.0, 60.0, 80.0)
SPB = "SPB measured, key areas"
CENTRAL = ("14", "22", "23", "34", "36", "41", "42", "43")
EAST = ("11", "12", "13", "21", "31", "32", "33", "35", "37", "44", "46")
MUGE_PEOPLE = 108_000.0
EVENLY = 0.02
"""Totals may differ by this share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One figure: what the simulator says (5 %, middle, 95 %), what is known, and whether it holds.

    ``kind`` is story, transit, total; ``given`` marks figures the model was fitted to.
    """

    kind: str
    name: str
    unit: str
    low: float
    middle: float
    high: float
    known: float
    source: str
    holds: bool
    given: bool = False
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return plain values for the document."""
        return asdict(self)


def checks(
    tables: Tables, nation: Nation, worlds: Sequence[Assumptions], *, seed: int
) -> tuple[Check, ...]:
    """Hold the simulator against every figure that ships; ``worlds`` carry its uncertainty."""
    return (
        *_stories(tables, nation, worlds, seed=seed),
        *_express(tables),
        *_totals(tables, nation, worlds),
    )


def _stories(
    tables: Tables, nation: Nation, worlds: Sequence[Assumptions], *, seed: int
) -> list[Check]:
    counties = {str(row["code"]): row for row in tables("counties")}
    fuping = counties["610528"]
    prefecture = {str(row["code"]): _people(row, "pop_est") for row in tables("prefectures")}
    per_village = _people(fuping, "rural_pop_est") / max(1.0, float(fuping["n_villages"] or 1))
    found = []
    for name, code, crop, kg, wet, people in (
        ("persimmons", "610528", "persimmon_soft", 25_000.0, False, 3 * per_village),
        ("cane", "450803", "sugarcane_fresh", 1_000_000.0, True, MUGE_PEOPLE),
    ):
        row = counties[code]
        story = Story(
            kg=kg,
            days=10.0,
            wet=wet,
            crop=nation.crops.index(crop),
            people=people,
            hub_people=prefecture[str(row["prefecture_code"])],
            zone_share=nation.zone_share_of[code],
        )
        answer = told(story, nation.produce, worlds, seed=seed)
        sold = answer.online_kg + answer.merchant_kg if wet else answer.online_kg
        what = "kg sold in 10 days" if wet else "kg sold online in 10 days"
        found.append(_in_band(name, what, sold, kg))
        if wet:
            found.append(_in_band(name, "packers a day", answer.packers, 500.0))
            share = answer.online_kg / kg
            found.append(_majority(share))
    return found


def _people(row: Mapping[str, Any], name: str) -> float:
    return float(row[name] or 0)


def _in_band(story: str, what: str, values: Any, known: float) -> Check:  # noqa: ANN401
    low, middle, high = (float(one) for one in np.percentile(values, (5, 50, 95)))
    return Check(
        kind="story",
        name=f"{story}: {what}",
        unit="kg" if "kg" in what else "people",
        low=low,
        middle=middle,
        high=high,
        known=known,
        source="the story",
        holds=bool(low <= known <= high * (1 + 1e-9)),
    )


def _majority(share: Any) -> Check:  # noqa: ANN401
    low, middle, high = (float(one) for one in np.percentile(share, (5, 50, 95)))
    return Check(
        kind="story",
        name="cane: share sold online",
        unit="share",
        low=low,
        middle=middle,
        high=high,
        known=0.5,
        source="the story: the majority through the platform (more than a half)",
        holds=high > 0.5 and middle > 0.5,  # noqa: PLR2004  (the majority)
    )


def _express(tables: Tables) -> list[Check]:
    known = {
        str(row["measure"]): (float(row["value"] or 0), str(row["source"]))
        for row in tables("postal_transit")
        if row["kind"] == SPB and str(row["year"]) == "2020"
    }
    mean, on_time = known["all, mean hours"], known["72-hour on-time rate, %"]
    flows = {speed: _flows(tables, speed) for speed in SPEEDS_KM_H}
    fits = {
        speed: fitted(flow, mean_hours=mean[0], share_in_72=on_time[0] / 100)
        for speed, (flow, _) in flows.items()
    }
    rows = []
    for name, measure in (("all", "all, mean hours"), *_regions()):
        values = []
        for speed, (flow, province) in flows.items():
            inside = _inside(name, province)
            values.append(mean_to(flow, fits[speed], inside))
        value, source = known[measure]
        rows.append(_transit(f"mean hours, {name}", "hours", values, value, source, name == "all"))
    shares = [100 * share_within(flow, fits[speed]) for speed, (flow, _) in flows.items()]
    rows.append(_transit("within 72 hours", "%", shares, on_time[0], on_time[1], given=True))
    return rows


def _regions() -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, f"to {name}ern destinations, mean hours" if name != "central" else
         "to central destinations, mean hours")
        for name in ("east", "central", "west")
    )  # fmt: skip


def _inside(name: str, province: Sequence[str]) -> Any:  # noqa: ANN401
    region = [
        "east" if code in EAST else "central" if code in CENTRAL else "west" for code in province
    ]
    return np.array([name in ("all", one) for one in region], dtype=np.float64)


def _transit(  # noqa: PLR0917
    name: str,
    unit: str,
    values: Sequence[float],
    known: float,
    source: str,
    given: bool,
) -> Check:
    low, _, high = sorted(values)
    slack = 1e-6 * known
    return Check(
        kind="transit",
        name=name,
        unit=unit,
        low=low,
        middle=values[1],
        high=high,
        known=known,
        source=source,
        holds=low - slack <= known <= high + slack,
        given=given,
        note="agrees by construction" if given else f"line haul at {SPEEDS_KM_H} km/h",
    )


def _flows(tables: Tables, speed: float) -> tuple[Flows, tuple[str, ...]]:
    rows = sorted(tables("prefectures"), key=lambda row: -float(row["online_demand_weight"] or 0))[
        :KEY_CITIES
    ]
    lat, lon, weight = (
        np.array([float(row[name] or 0) for row in rows])
        for name in ("lat", "lon", "online_demand_weight")
    )
    pairs = weight[:, None] * weight[None]
    km = great_circle_km(lat[:, None], lon[:, None], lat[None], lon[None])
    return (
        Flows(km=km, weight=pairs / pairs.sum(), km_h=speed),
        tuple(str(row["province_code"])[:2] for row in rows),
    )


def _totals(tables: Tables, nation: Nation, worlds: Sequence[Assumptions]) -> list[Check]:
    provinces = tables("provinces")
    people = sum(float(row["pop_2020"] or 0) for row in provinces)
    rural = sum(float(row["rural_pop"] or 0) for row in provinces)
    simulated = sum(float(one.rural_people.sum()) for one in nation.provinces)
    census = "provinces: 7th census"
    found = [
        _even("population of the counties", "people", nation.people, people, census),
        _even("rural population", "people", simulated, rural, census),
    ]
    spare = [nation.people * w.hub_parcels_per_day_per_1000_people / 1000 * 365 for w in worlds]
    found.append(
        _below(
            "spare parcels a year of all post offices", "parcels", spare, 10e9,
            "postal_facts: China Post express and parcels, 10 billion items in 2021",
            "spare capacity should not exceed all that was carried",
        )
    )  # fmt: skip
    produce = nation.produce
    market = [float(w.online_share * (produce.output_kg * produce.retail).sum()) for w in worlds]
    found.append(
        _below(
            "online market of fresh produce a year", "yuan", market, 2 * 777.1e9,
            "postal_facts: rural online retail 777.1 billion yuan in H1 2019, twice",
            "all rural online retail, of which fresh produce is a part",
        )
    )  # fmt: skip
    found += [_cited(area, crop, kg, rule) for area, crop, kg, rule in nation.cited]
    return found


def _even(name: str, unit: str, value: float, known: float, source: str) -> Check:
    return Check(
        kind="total",
        name=name,
        unit=unit,
        low=value,
        middle=value,
        high=value,
        known=known,
        source=source,
        holds=abs(value / known - 1) <= EVENLY,
        note=f"{100 * (value / known - 1):+.2f} %",
    )


def _below(  # noqa: PLR0917
    name: str, unit: str, values: Sequence[float], known: float, source: str, note: str
) -> Check:
    low, middle, high = (float(one) for one in np.percentile(values, (5, 50, 95)))
    return Check(
        kind="total",
        name=name,
        unit=unit,
        low=low,
        middle=middle,
        high=high,
        known=known,
        source=source,
        holds=middle <= known,
        note=note,
    )


def _cited(area: str, crop: str, kg: float, rule: float) -> Check:
    return Check(
        kind="total",
        name=f"harvest of {crop} in {area} by the rule",
        unit="kg",
        low=rule,
        middle=rule,
        high=rule,
        known=kg,
        source="produce_regions, cited",
        holds=rule > 0 and 0.5 <= rule / kg <= 2,  # noqa: PLR2004  (within a factor of two)
        note="the rule spreads a province's harvest over its rural people; the cited one is used",
    )
