"""Reads a rescue case (`postharvest.rescue-case/1`): a TOML file, or the same as a dictionary.

Every mistake is refused with the field's full name and what would be right.  Nothing here knows
Django; the command line starts with this module.
"""

import datetime
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.case_fields import Table, refuse
from postharvest.engines.rescue.problem import Floats, Ints, RescueProblem

SCHEMA = "postharvest.rescue-case/1"
EARTH_RADIUS_KM = 6371.0088
SHARE_SLACK = 1e-9
DAY_SHAPE = (0.70, 0.95, 1.10, 1.15, 1.15, 1.10, 1.05, 1.00, 0.95, 0.85)
MOST_TRANSIT_DAYS = 12
_TABLES = "produce lots points labour transport packs zones hub demand outlets policy defaults"
_LISTS = ("lots", "points", "labour", "packs", "zones", "outlets")
_PLACE = "x_km y_km lat lon"
_FIELDS = {
    "case": f"schema name start_date horizon_days {_TABLES}",
    "produce": "id name_en name_zh shelf_life_days promise_days hold_days refund_yuan_per_kg "
    "normal_farm_gate_yuan_per_kg",
    "lots": f"id village kg harvest_from_day harvest_to_day {_PLACE} harvest_cost_yuan_per_kg "
    "growers",
    "points": f"id name {_PLACE} stations min_crew setup_yuan day_cost_yuan haul_yuan_per_kg "
    "parcels_per_day closed_days",
    "labour": f"id village {_PLACE} people_per_day wage_steps",
    "transport": "haul_yuan_per_kg_km labour_travel_yuan_per_km circuity points_per_lot "
    "points_per_labour_pool",
    "packs": "id net_kg material_yuan kg_per_worker_day demand_share price_exponent price_factor",
    "zones": "id name demand_share transit postage_yuan parcels_per_day",
    "hub": "parcels_per_day",
    "demand": "reference_pack reference_price_yuan reference_kg elasticity day_shape ladder_yuan "
    "return_share team_share solo_markup fee_share kg_cv elasticity_sd",
    "outlets": "id name kind yuan_per_kg kg_per_day from_day to_day lots split min_order_kg "
    "freight_yuan_per_kg labour_yuan_per_kg",
    "policy": "ship_within_days max_late_share goal clear_share",
    "defaults": " ".join(_LISTS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueCase:
    """A checked case: its names for people and files, its arrays for the engine."""

    name: str
    start_date: datetime.date
    produce_id: str
    produce_name_en: str
    produce_name_zh: str
    normal_farm_gate_yuan_per_kg: float | None
    lot_ids: tuple[str, ...]
    lot_villages: tuple[str, ...]
    lot_growers: tuple[int, ...]
    point_ids: tuple[str, ...]
    point_names: tuple[str, ...]
    pool_ids: tuple[str, ...]
    pool_villages: tuple[str, ...]
    pack_ids: tuple[str, ...]
    zone_ids: tuple[str, ...]
    zone_names: tuple[str, ...]
    outlet_ids: tuple[str, ...]
    outlet_names: tuple[str, ...]
    outlet_kinds: tuple[str, ...]
    reference_pack: str
    reference_kg: float
    solo_markup: float
    goal_kind: str
    goal_share: float
    transit: tuple[tuple[float, ...], ...]
    shelf_life_days: float
    promise_days: float
    positions: tuple[tuple[float, float], ...]
    raw: Mapping[str, Any]
    problem: RescueProblem

    @property
    def days(self) -> int:
        return self.problem.days


def read_case(path: str | Path) -> RescueCase:
    """Read and check a case file; raises `InvalidInput` naming file or field."""
    try:
        with Path(path).open("rb") as file:
            raw = tomllib.load(file)
    except OSError as error:
        raise InvalidInput(str(path), f"can't be read ({error.strerror or error})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(str(path), f"is not a TOML file: {error}") from None
    return parse_case(raw)


def parse_case(raw: Mapping[str, Any]) -> RescueCase:
    """Check a case given as a dictionary and turn it into arrays."""
    return _Reader(raw).case()


def case_of(raw: Mapping[str, Any]) -> RescueCase:
    """Read a stored case, whose dates are text, as the file's reader does."""
    return parse_case({**raw, "start_date": datetime.date.fromisoformat(raw["start_date"])})


class _Reader:
    """Walks the tables in the order of the format's page."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.top = Table("", raw, _FIELDS["case"])
        schema = raw.get("schema")
        if schema != SCHEMA:
            raise InvalidInput("schema", f"must be {SCHEMA!r}, is {schema!r}")
        self.top.check_names()
        self.days = self.top.whole("horizon_days", low=1)
        self.lists = {name: self._list(name) for name in _LISTS}

    def case(self) -> RescueCase:
        start = self.raw.get("start_date")
        if not isinstance(start, datetime.date):
            raise InvalidInput("start_date", f"must be a date like 2016-10-20, is {start!r}")
        produce, policy = self._table("produce"), self._table("policy")
        packs, demand = self.lists["packs"], self._table("demand")
        ids = {name: tuple(t.text("id") for t in rows) for name, rows in self.lists.items()}
        reference = demand.text("reference_pack")
        if reference not in ids["packs"]:
            refuse("demand.reference_pack", reference, ids["packs"], what="pack")
        goal = policy.choice("goal", ("income", "clear"), default="income")
        transit = tuple(_transit(zone) for zone in self.lists["zones"])
        problem = RescueProblem(
            **self._lots(),
            **self._points(),
            **self._pools(),
            **self._distances(),
            **self._packs(packs, ids["packs"].index(reference)),
            **self._zones(ids["packs"]),
            **self._demand(demand, packs),
            **self._outlets(ids["lots"]),
            late_share=_late_share(transit, produce),
            refund_yuan_per_kg=produce.number("refund_yuan_per_kg", 0.0, low=0),
            max_late_share=policy.number("max_late_share", 0.05, low=0),
            ship_within_days=policy.whole("ship_within_days", 2),
            hub_parcels_per_day=np.array(
                self._table("hub").series("parcels_per_day", self.days, math.inf)
            ),
        )
        return RescueCase(
            name=self.top.text("name"),
            start_date=start,
            produce_id=produce.text("id"),
            produce_name_en=produce.text("name_en", produce.text("id")),
            produce_name_zh=produce.text("name_zh", produce.text("id")),
            normal_farm_gate_yuan_per_kg=produce.optional("normal_farm_gate_yuan_per_kg", low=0),
            lot_ids=ids["lots"],
            lot_villages=tuple(t.text("village", t.text("id")) for t in self.lists["lots"]),
            lot_growers=tuple(t.whole("growers", 1) for t in self.lists["lots"]),
            point_ids=ids["points"],
            point_names=tuple(t.text("name", t.text("id")) for t in self.lists["points"]),
            pool_ids=ids["labour"],
            pool_villages=tuple(t.text("village", t.text("id")) for t in self.lists["labour"]),
            pack_ids=ids["packs"],
            zone_ids=ids["zones"],
            zone_names=tuple(t.text("name", t.text("id")) for t in self.lists["zones"]),
            outlet_ids=ids["outlets"],
            outlet_names=tuple(t.text("name", t.text("id")) for t in self.lists["outlets"]),
            outlet_kinds=tuple(
                t.choice("kind", ("field", "bulk"), default="field") for t in self.lists["outlets"]
            ),
            reference_pack=reference,
            reference_kg=demand.number("reference_kg", low=0),
            solo_markup=demand.number("solo_markup", 0.15),
            goal_kind=goal,
            goal_share=policy.number("clear_share", 0.95, low=0, high=1),
            transit=transit,
            shelf_life_days=produce.number("shelf_life_days", low=0),
            promise_days=produce.number("promise_days", low=0),
            positions=tuple(self._position(t) for t in self.lists["points"]),
            raw=self.raw,
            problem=problem,
        )

    # tables ------------------------------------------------------------------------------

    def _table(self, name: str) -> Table:
        value = self.raw.get(name, {})
        if not isinstance(value, Mapping):
            raise InvalidInput(name, f"must be a table [{name}]")
        table = Table(name, value, _FIELDS[name])
        table.check_names()
        return table

    def _list(self, name: str) -> list[Table]:
        defaults = self._table("defaults").values.get(name, {})
        if not isinstance(defaults, Mapping):
            raise InvalidInput(f"defaults.{name}", "must be a table")
        Table(f"defaults.{name}", defaults, _FIELDS[name]).check_names()
        entries = self.raw.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(e, Mapping) for e in entries):
            raise InvalidInput(name, f"must be a list of tables, [[{name}]]")
        if not entries and name != "outlets":
            raise InvalidInput(name, f"is empty; give at least one [[{name}]]")
        tables, seen = [], set()
        for number, entry in enumerate(entries, 1):
            key = entry.get("id")
            if not isinstance(key, str) or not key:
                raise InvalidInput(f"{name}[{number}].id", "must be a non-empty text")
            if key in seen:
                raise InvalidInput(f"{name}[{number}].id", f"{key!r} is used twice")
            seen.add(key)
            table = Table(f"{name}.{key}", {**defaults, **entry}, _FIELDS[name])
            table.check_names()
            tables.append(table)
        return tables

    # blocks of the problem ---------------------------------------------------------------

    def _lots(self) -> dict[str, Any]:
        lots = self.lists["lots"]
        first = [t.whole("harvest_from_day", 1, low=1, high=self.days) for t in lots]
        last = [t.whole("harvest_to_day", self.days, low=1, high=self.days) for t in lots]
        for table, a, b in zip(lots, first, last, strict=True):
            if a > b:
                raise InvalidInput(
                    f"{table.name}.harvest_to_day", f"{b} lies before harvest_from_day {a}"
                )
        return {
            "lot_kg": np.array([t.number("kg", low=0) for t in lots]),
            "lot_first_day": np.array(first) - 1,
            "lot_last_day": np.array(last) - 1,
            "harvest_cost_yuan_per_kg": np.array(
                [t.number("harvest_cost_yuan_per_kg", low=0) for t in lots]
            ),
        }

    def _points(self) -> dict[str, Any]:
        points = self.lists["points"]
        may_open = np.ones((len(points), self.days), dtype=bool)
        for row, table in enumerate(points):
            for day in table.day_list("closed_days", self.days):
                may_open[row, day - 1] = False
        return {
            "stations": np.array([t.whole("stations") for t in points]),
            "min_crew": np.array([t.whole("min_crew", 0) for t in points]),
            "setup_yuan": np.array([t.number("setup_yuan", 0.0, low=0) for t in points]),
            "day_cost_yuan": np.array([t.number("day_cost_yuan", 0.0, low=0) for t in points]),
            "point_to_post_yuan_per_kg": np.array(
                [t.number("haul_yuan_per_kg", 0.0, low=0) for t in points]
            ),
            "point_parcels_per_day": np.array(
                [t.series("parcels_per_day", self.days, math.inf) for t in points]
            ),
            "point_may_open": may_open,
        }

    def _pools(self) -> dict[str, Any]:
        pools = self.lists["labour"]
        steps = [_wage_steps(table) for table in pools]
        width = max(len(s) for s in steps)
        share, wage = np.zeros((len(pools), width)), np.zeros((len(pools), width))
        for row, pool_steps in enumerate(steps):
            # shorter pools repeat their last wage on an empty step
            padded = pool_steps + [(0.0, pool_steps[-1][1])] * (width - len(pool_steps))
            share[row], wage[row] = zip(*padded, strict=True)
        return {
            "pool_people": np.array([t.series("people_per_day", self.days) for t in pools]),
            "wage_share": share,
            "wage_yuan_per_day": wage,
        }

    def _distances(self) -> dict[str, Any]:
        transport = self._table("transport")
        circuity = transport.number("circuity", 1.3, low=0)
        places = {
            n: [self._position(t) for t in self.lists[n]] for n in ("lots", "points", "labour")
        }
        flat = "x_km" in self.lists["lots"][0].values

        def nearest(name: str, field: str, default: int) -> tuple[Ints, Ints, Floats]:
            keep = min(transport.whole(field, default, low=1), len(places["points"]))
            km = circuity * _straight_km(places[name], places["points"], flat=flat)
            near = np.argsort(km, axis=1, kind="stable")[:, :keep]
            rows = np.repeat(np.arange(len(places[name])), keep)
            return rows, near.ravel(), km[rows, near.ravel()]

        lot, lot_point, lot_km = nearest("lots", "points_per_lot", 6)
        pool, pool_point, pool_km = nearest("labour", "points_per_labour_pool", 5)
        return {
            "haul_lot": lot,
            "haul_point": lot_point,
            "haul_yuan_per_kg": lot_km * transport.number("haul_yuan_per_kg_km", 0.0, low=0),
            "commute_pool": pool,
            "commute_point": pool_point,
            "commute_yuan": pool_km * transport.number("labour_travel_yuan_per_km", 0.0, low=0),
        }

    def _position(self, table: Table) -> tuple[float, float]:
        flat = "x_km" in self.lists["lots"][0].values
        mine = ("x_km", "y_km") if flat else ("lat", "lon")
        other = ("lat", "lon") if flat else ("x_km", "y_km")
        if any(name in table.values for name in other):
            raise InvalidInput(
                f"{table.name}.{other[0]}", f"the file uses {mine[0]} and {mine[1]} elsewhere"
            )
        if flat:
            return table.number("x_km"), table.number("y_km")
        return table.number("lat", low=-90, high=90), table.number("lon", low=-180, high=180)

    def _packs(self, packs: list[Table], reference: int) -> dict[str, Any]:
        kg = np.array([t.number("net_kg", above=0) for t in packs])
        factor = []
        for table, net in zip(packs, kg, strict=True):
            if "price_factor" in table.values and "price_exponent" in table.values:
                raise InvalidInput(
                    f"{table.name}.price_factor", "give price_factor or price_exponent, not both"
                )
            exponent = table.number("price_exponent", 0.85)
            given = table.optional("price_factor", low=0)
            factor.append(given if given is not None else float(net / kg[reference]) ** exponent)
        return {
            "pack_kg": kg,
            "pack_material_yuan": np.array([t.number("material_yuan", low=0) for t in packs]),
            "pack_kg_per_worker_day": np.array(
                [t.number("kg_per_worker_day", above=0) for t in packs]
            ),
            "pack_price_factor": np.array(factor),
        }

    def _zones(self, pack_ids: tuple[str, ...]) -> dict[str, Any]:
        zones = self.lists["zones"]
        return {
            "zone_parcels_per_day": np.array(
                [t.series("parcels_per_day", self.days, math.inf) for t in zones]
            ),
            "postage_yuan": np.array([_postage(t, pack_ids) for t in zones]),
        }

    def _demand(self, demand: Table, packs: list[Table]) -> dict[str, Any]:
        zone_share = _shares(self.lists["zones"], "zones")
        pack_share = _shares(packs, "packs")
        kg = demand.number("reference_kg", low=0)
        shape = _day_shape(demand.numbers("day_shape", list(DAY_SHAPE), low=0), self.days)
        ladder = demand.numbers("ladder_yuan", above=0)
        if len(set(ladder)) != len(ladder):
            raise InvalidInput("demand.ladder_yuan", "has a price twice")
        team, markup = demand.number("team_share", 0.85, low=0), demand.number("solo_markup", 0.15)
        fee = demand.number("fee_share", 0.018, low=0)
        for spread in ("kg_cv", "elasticity_sd"):  # read by the risk figures
            demand.number(spread, 0.25, low=0)
        return {
            "demand_kg": kg
            * zone_share[:, None, None]
            * shape[None, :, None]
            * pack_share[None, None, :],
            "ladder_yuan": np.array(sorted(ladder, reverse=True)),
            "reference_price_yuan": demand.number("reference_price_yuan", above=0),
            "elasticity": demand.number("elasticity", above=0),
            "net_factor": (team + (1 - team) * (1 + markup)) * (1 - fee),
            "return_share": demand.number("return_share", 0.35, low=0),
        }

    def _outlets(self, lot_ids: tuple[str, ...]) -> dict[str, Any]:
        outlets = self.lists["outlets"]
        total = np.full((len(outlets), self.days), math.inf)
        offers: list[tuple[int, int]] = []
        kg_per_day: list[Floats] = []
        for number, table in enumerate(outlets):
            lots = table.ids("lots", lot_ids)
            kg = np.array(table.series("kg_per_day", self.days))
            first = table.whole("from_day", 1, low=1, high=self.days)
            last = table.whole("to_day", self.days, low=1, high=self.days)
            day = np.arange(1, self.days + 1)
            kg = np.where((day >= first) & (day <= last), kg, 0.0)
            split = table.choice("split", ("free", "equal"), default="free")
            if split == "free":
                total[number] = kg
            if not 0 <= table.number("min_order_kg", 0.0, low=0) <= kg.max():
                raise InvalidInput(
                    f"{table.name}.min_order_kg",
                    f"lies above the {kg.max():g} kg that the outlet takes on any day",
                )
            for lot in lots:
                offers.append((number, lot_ids.index(lot)))
                kg_per_day.append(kg / len(lots) if split == "equal" else kg)
        pairs = np.array(offers, dtype=int).reshape(-1, 2)
        return {
            "outlet_yuan_per_kg": np.array(
                [t.number("yuan_per_kg", low=0) for t in outlets], dtype=float
            ),
            "outlet_freight_yuan_per_kg": self._of_outlets("freight_yuan_per_kg"),
            "outlet_labour_yuan_per_kg": self._of_outlets("labour_yuan_per_kg"),
            "outlet_least_kg": self._of_outlets("min_order_kg"),
            "outlet_kg_per_day": total,
            "offer_outlet": pairs[:, 0],
            "offer_lot": pairs[:, 1],
            "offer_kg_per_day": np.array(kg_per_day, dtype=float).reshape(-1, self.days),
        }

    def _of_outlets(self, field: str) -> Floats:
        return np.array([t.number(field, 0.0, low=0) for t in self.lists["outlets"]], dtype=float)


def _straight_km(
    a: list[tuple[float, float]], b: list[tuple[float, float]], *, flat: bool
) -> Floats:
    """(len a, len b) straight-line km: Euclid, or haversine on the mean sphere."""
    first, second = np.array(a)[:, None, :], np.array(b)[None, :, :]
    if flat:
        return np.asarray(np.hypot(first[..., 0] - second[..., 0], first[..., 1] - second[..., 1]))
    first, second = np.radians(first), np.radians(second)
    half = np.sin((first - second) / 2) ** 2
    chord = half[..., 0] + np.cos(first[..., 0]) * np.cos(second[..., 0]) * half[..., 1]
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(1.0, chord))))


def _wage_steps(table: Table) -> list[tuple[float, float]]:
    steps = table.values.get("wage_steps")
    name = f"{table.name}.wage_steps"
    if not isinstance(steps, list) or not steps or not all(isinstance(s, Mapping) for s in steps):
        raise InvalidInput(name, "must be a list of {share, yuan_per_day}")
    pairs = []
    for number, step in enumerate(steps, 1):
        row = Table(f"{name}[{number}]", step, "share yuan_per_day")
        row.check_names()
        pairs.append((row.number("share", low=0), row.number("yuan_per_day", low=0)))
    if abs(sum(share for share, _ in pairs) - 1) > SHARE_SLACK:
        raise InvalidInput(name, f"shares must sum to 1, they sum to {sum(s for s, _ in pairs):g}")
    if any(later <= sooner for (_, sooner), (_, later) in pairwise(pairs)):
        raise InvalidInput(name, "wages must rise from step to step")
    return pairs


def _transit(zone: Table) -> tuple[float, ...]:
    """P(1 day), P(2 days), … of a zone."""
    name = f"{zone.name}.transit"
    given = zone.values.get("transit")
    if not isinstance(given, Mapping) or set(given) not in ({"median_days", "sd_days"}, {"pmf"}):
        raise InvalidInput(name, "needs {median_days, sd_days} or {pmf = [...]}")
    table = Table(name, given, "median_days sd_days pmf")
    if "pmf" in given:
        weights = table.numbers("pmf", low=0)
    else:
        median, sd = table.number("median_days", low=0), table.number("sd_days", above=0)
        weights = [
            math.exp(-(((day - median) / sd) ** 2) / 2) if day >= max(1.0, median - 1) else 0.0
            for day in range(1, MOST_TRANSIT_DAYS + 1)
        ]
    total = math.fsum(weights)
    if total <= 0:
        raise InvalidInput(name, "the probabilities sum to zero")
    return tuple(weight / total for weight in weights)


def _late_share(transit: tuple[tuple[float, ...], ...], produce: Table) -> Floats:
    """Return (A, M): P(transit > shelf life - promise - age)."""
    life = produce.number("shelf_life_days", low=0) - produce.number("promise_days", low=0)
    ages = produce.whole("hold_days", 0) + 1
    return np.array(
        [
            [math.fsum(p for day, p in enumerate(pmf, 1) if day > life - age) for pmf in transit]
            for age in range(ages)
        ]
    )


def _postage(zone: Table, pack_ids: tuple[str, ...]) -> list[float]:
    given = zone.values.get("postage_yuan")
    name = f"{zone.name}.postage_yuan"
    if not isinstance(given, Mapping):
        raise InvalidInput(name, "must be a table of yuan per pack id")
    table = Table(name, given, pack_ids)
    table.check_names()
    return [table.number(pack, low=0) for pack in pack_ids]


def _shares(tables: list[Table], name: str) -> Floats:
    shares = np.array([t.number("demand_share", low=0) for t in tables])
    if shares.sum() <= 0:
        raise InvalidInput(f"{name}.demand_share", "the shares sum to zero")
    return np.asarray(shares / shares.sum())


def _day_shape(shape: list[float], days: int) -> Floats:
    at = np.linspace(0, len(shape) - 1, days)
    values = np.interp(at, np.arange(len(shape)), shape)
    if values.sum() <= 0:
        raise InvalidInput("demand.day_shape", "sums to zero")
    return np.asarray(values / values.sum())
