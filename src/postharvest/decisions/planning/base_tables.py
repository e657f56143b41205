"""Tables for base siting: demand, candidates, matrix and wish lists, from CSV or the nation's."""

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Row
from postharvest.core.tables.shipped import shipped_rows
from postharvest.engines.travel import chord_km, unit_vectors

Floats = NDArray[np.float64]
Tables = Callable[[str], Sequence[Row]]
"""The typed rows of a reference table by its name: as shipped, or as the operator replaced it."""

SHIPPED = files("postharvest") / "data" / "tables"
# Outside the outline and without committees: see the data's own caveats.
LEFT_OUT = ("350527", "460321", "460322", "460323", "4603")
TOWNSHIP_SPREAD = 0.6  # of the mean distance to the three nearest other seats
KM_PER_DEGREE = 111.195


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Demand:
    """Demand points: ids, names, positions (degrees) and weights; class "" when there is none."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    lat: Floats
    lon: Floats
    weight: Floats
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """Candidate places; capacity is infinite and region "" where the table says nothing."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    lat: Floats
    lon: Floats
    capacity: Floats
    regions: tuple[str, ...]
    is_open: NDArray[np.bool_]


def read_demand(path: Path, *, located: bool = True) -> Demand:
    """CSV ``id,lat,lon,weight[,class]``; without ``located`` (a matrix is given) lat, lon may lack.

    Raises `InvalidInput` naming the field, line and fix.
    """
    rows = _rows(path, "demand", ("id", "weight", *(("lat", "lon") if located else ())))
    ids = _ids(rows, "demand")
    return Demand(
        ids=ids,
        names=tuple(row.get("name") or row["id"] for row in rows),
        lat=_column(rows, "demand", "lat", low=-90, high=90, needed=located),
        lon=_column(rows, "demand", "lon", low=-180, high=180, needed=located),
        weight=_column(rows, "demand", "weight", low=0, needed=True),
        classes=tuple((row.get("class") or "").strip() for row in rows),
    )


def read_candidates(path: Path, *, located: bool = True) -> Candidates:
    """CSV ``id,lat,lon[,capacity,region,open]``; ``open`` is 1/yes/true for what already runs."""
    rows = _rows(path, "candidates", ("id", *(("lat", "lon") if located else ())))
    capacity = _column(rows, "candidates", "capacity", low=0, needed=False)
    return Candidates(
        ids=_ids(rows, "candidates"),
        names=tuple(row.get("name") or row["id"] for row in rows),
        lat=_column(rows, "candidates", "lat", low=-90, high=90, needed=located),
        lon=_column(rows, "candidates", "lon", low=-180, high=180, needed=located),
        capacity=np.where(np.isnan(capacity), np.inf, capacity),
        regions=tuple((row.get("region") or "").strip() for row in rows),
        is_open=np.array([_yes(row.get("open")) for row in rows], dtype=bool),
    )


def read_matrix(path: Path, demand: tuple[str, ...], candidates: tuple[str, ...]) -> Floats:
    """Hours (n, m) from ``.npy``, or CSV: plain rows, or a header ``id,<candidate ids>``.

    With ids, rows and columns are put in the tables' order.  Empty cells mean: no way.
    """
    if path.suffix == ".npy":
        try:
            loaded: Floats = np.load(path, allow_pickle=False)
        except ValueError as error:
            raise InvalidInput(
                "matrix", f"{path.name} is not an array of hours ({error})"
            ) from None
        if loaded.ndim != len(("demand", "candidates")):
            raise InvalidInput("matrix", f"{path.name} has {loaded.ndim} dimensions, 2 are needed")
        return loaded.astype(np.float64)
    lines = [row for row in csv.reader(io.StringIO(_text(path))) if row]
    if not lines:
        raise InvalidInput("matrix", f"{path.name} is empty")
    if lines[0][0].strip() != "id":
        return _cells(lines, first_line=1)
    rows = {row[0].strip(): row[1:] for row in lines[1:]}
    columns = {name.strip(): at for at, name in enumerate(lines[0][1:])}
    for field, wanted, found in (("row", demand, rows), ("column", candidates, columns)):
        missing = [name for name in wanted if name not in found]
        if missing:
            raise InvalidInput("matrix", f"has no {field} for {missing[0]!r}")
    hours = _cells([rows[name] for name in demand], first_line=2)
    if hours.shape[1] != len(columns):
        raise InvalidInput("matrix", f"rows have {hours.shape[1]} cells for {len(columns)} ids")
    return hours[:, [columns[name] for name in candidates]]


def read_wishes(path: Path, field: str) -> dict[str, int]:
    """CSV ``id[,phase]`` of candidates to pin or ban: id → phase (1 when not given)."""
    rows = _rows(path, field, ("id",))
    phase = _column(rows, field, "phase", low=1, needed=False)
    return {
        row["id"]: 1 if math.isnan(at) else int(at) for row, at in zip(rows, phase, strict=True)
    }


def read_weights(path: Path, field: str) -> dict[str, float]:
    """CSV ``id,weight``, as an operator's own table of poor counties."""
    return weights_of(_text(path), path.name, field)


def weights_of(text: str, label: str, field: str) -> dict[str, float]:
    """The same from text; ``label`` names it when it can't be read."""
    rows = _rows_of(text, label, field, ("id", "weight"))
    weights = _column(rows, field, "weight", low=0, needed=True)
    return dict(zip(_ids(rows, field), weights.tolist(), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Markets:
    """The buyers' prefectures: positions (degrees) and shares of online demand that sum to 1."""

    lat: Floats
    lon: Floats
    share: Floats


def national_counties(tables: Tables = shipped_rows) -> tuple[Demand, Candidates]:
    """All counties as demand (estimated rural people) and as candidates (region: province)."""
    rows = [row for row in tables("counties") if not str(row["code"]).startswith(LEFT_OUT)]
    ids = tuple(str(row["code"]) for row in rows)
    names = tuple(str(row["name_zh"]) for row in rows)
    lat, lon = _numbers(rows, "lat"), _numbers(rows, "lon")
    demand = Demand(
        ids=ids,
        names=names,
        lat=lat,
        lon=lon,
        weight=_numbers(rows, "rural_pop_est"),
        classes=("",) * len(rows),
    )
    candidates = Candidates(
        ids=ids,
        names=names,
        lat=lat,
        lon=lon,
        capacity=np.full(len(rows), np.inf),
        regions=tuple(str(row["province_code"]) for row in rows),
        is_open=np.zeros(len(rows), dtype=bool),
    )
    return demand, candidates


def national_townships(seed: int, tables: Tables = shipped_rows) -> Demand:
    """All townships of the counties; people by villages, unknown positions spread and seeded.

    28 % of the shipped positions are known.  The others are drawn around the county seat, on a disc
    whose size follows from the distance to the nearest other seats: an assumption, fit for national
    planning only.
    """
    counties, _ = national_counties(tables)
    at = {code: k for k, code in enumerate(counties.ids)}
    rows = [row for row in tables("townships") if row["county_code"] in at]
    owner = np.array([at[str(row["county_code"])] for row in rows])
    lat, lon = _numbers(rows, "lat"), _numbers(rows, "lon")
    lat, lon = _spread(lat, lon, owner, counties, np.random.default_rng(seed))
    villages = np.array([int(row["n_villages"] or 0) + 0.05 for row in rows])
    share = villages / np.bincount(owner, weights=villages, minlength=len(at))[owner]
    return Demand(
        ids=tuple(str(row["code"]) for row in rows),
        names=tuple(str(row["name_zh"]) for row in rows),
        lat=lat,
        lon=lon,
        weight=np.round(counties.weight[owner] * share),
        classes=("",) * len(rows),
    )


def national_markets(tables: Tables = shipped_rows) -> Markets:
    """Every prefecture as a market, by its online demand."""
    rows = tables("prefectures")
    weight = _numbers(rows, "online_demand_weight")
    return Markets(
        lat=_numbers(rows, "lat"), lon=_numbers(rows, "lon"), share=weight / weight.sum()
    )


def _numbers(rows: Iterable[Row], name: str) -> Floats:
    """Return a column as floats; a blank is not a number."""
    return np.array([np.nan if row[name] is None else float(row[name] or 0) for row in rows])


def _spread(
    lat: Floats, lon: Floats, owner: NDArray[np.int64], seats: Demand, draw: np.random.Generator
) -> tuple[Floats, Floats]:
    points = unit_vectors(seats.lat, seats.lon)
    chord = np.asarray(cKDTree(points).query(points, k=4)[0])
    radius_km = TOWNSHIP_SPREAD * chord_km(chord[:, 1:]).mean(axis=1)
    away_km = radius_km[owner] * np.sqrt(draw.random(len(owner)))
    angle = draw.uniform(0, 2 * np.pi, len(owner))
    north = seats.lat[owner] + away_km * np.sin(angle) / KM_PER_DEGREE
    east = seats.lon[owner] + away_km * np.cos(angle) / (
        KM_PER_DEGREE * np.cos(np.radians(seats.lat[owner]))
    )
    known = np.isfinite(lat) & np.isfinite(lon)
    return np.where(known, lat, north), np.where(known, lon, east)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(path.name, "is not UTF-8 text; save it as UTF-8 CSV") from None


def _rows(path: Path, field: str, columns: Iterable[str]) -> list[dict[str, str]]:
    return _rows_of(_text(path), path.name, field, columns)


def _rows_of(text: str, label: str, field: str, columns: Iterable[str]) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text))
    found = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = found
    missing = [name for name in columns if name not in found]
    if missing:
        raise InvalidInput(field, f"{label} has no column {missing[0]!r}; add it to the header")
    rows = [row for row in reader if any((value or "").strip() for value in _texts(row))]
    if not rows:
        raise InvalidInput(field, f"{label} has no rows below its header")
    return rows


def _texts(row: Mapping[str | None, object]) -> list[str]:
    return [value for value in row.values() if isinstance(value, str)]


def _ids(rows: list[dict[str, str]], field: str) -> tuple[str, ...]:
    ids = [(row["id"] or "").strip() for row in rows]
    seen: set[str] = set()
    for line, name in enumerate(ids, start=2):
        if not name:
            raise InvalidInput(f"{field}.id", f"line {line} is empty; every row needs an id")
        if name in seen:
            raise InvalidInput(
                f"{field}.id", f"line {line}: {name!r} appears twice; ids are unique"
            )
        seen.add(name)
    return tuple(ids)


def _column(
    rows: list[dict[str, str]],
    field: str,
    name: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    needed: bool,
) -> Floats:
    values = np.full(len(rows), np.nan)
    for at, row in enumerate(rows):
        text = (row.get(name) or "").strip()
        if not text and not needed:
            continue
        number = _number(text)
        if not low <= number <= high or math.isinf(number):
            span = f"{low:g} or more" if math.isinf(high) else f"{low:g} to {high:g}"
            raise InvalidInput(
                f"{field}.{name}", f"line {at + 2}: {text!r} is not a number of {span}"
            )
        values[at] = number
    return values


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _cells(lines: list[list[str]], *, first_line: int) -> Floats:
    width = len(lines[0])
    hours = np.empty((len(lines), width))
    for at, row in enumerate(lines):
        if len(row) != width:
            raise InvalidInput(
                "matrix", f"line {at + first_line} has {len(row)} cells, the first row has {width}"
            )
        for k, text in enumerate(row):
            value = math.inf if not text.strip() else _number(text)
            if not value >= 0:
                raise InvalidInput(
                    "matrix",
                    f"line {at + first_line}, cell {k + 1}: {text!r} is not hours of 0 or more",
                )
            hours[at, k] = value
    return hours


def _yes(text: str | None) -> bool:
    return (text or "").strip().lower() in {"1", "yes", "true", "open", "是"}
