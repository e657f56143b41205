"""Where the country's villages stand, as well as it is known, with the households around them."""

from collections import defaultdict
from collections.abc import Iterator

from postharvest.operations.network import queries as network
from postharvest.operations.network.models import County, Township, Village

Point = tuple[float, float]
Place = tuple[str, str, int, int, float, float]
"""Its code, its county, villages, households, latitude, longitude."""


def placed_villages() -> Iterator[Place]:
    """Give each county's villages: listed ones, else those its townships count.

    A village without a position stands at its township's seat, a township without one at its
    county's.  A county's households are spread over its villages evenly, to the last one.
    """
    seats = {
        code: (lat, lon)
        for code, lat, lon in Township.objects.exclude(lat=None).values_list("code", "lat", "lon")
        if lat is not None and lon is not None
    }
    listed = _listed(seats)
    counted = _counted(seats)
    for county in County.objects.order_by("code"):
        home = (county.lat, county.lon)
        units = listed.get(county.code) or counted.get(county.code)
        if not units and county.n_villages:
            units = {(county.code, home): county.n_villages}
        if not units:
            continue
        total, given = sum(units.values()), 0
        so_far = 0
        for (code, at), villages in sorted(units.items(), key=lambda one: one[0][0]):
            so_far += villages
            households = county.households * so_far // total - given
            given += households
            yield code, county.code, villages, households, *(at or home)


def _listed(seats: dict[str, Point]) -> dict[str, dict[tuple[str, Point | None], int]]:
    units: dict[str, dict[tuple[str, Point | None], int]] = defaultdict(dict)
    rows = Village.objects.filter(kind=Village.Kind.VILLAGE)
    for code, township, county, lat, lon in rows.values_list(
        "code", "township_code", "county_id", "lat", "lon"
    ):
        own = (lat, lon) if lat is not None and lon is not None else None
        at = own or seats.get(township)
        name = code if own else f"{township}…"  # those at one seat count as one place
        units[county][name, at] = units[county].get((name, at), 0) + 1
    return units


def _counted(seats: dict[str, Point]) -> dict[str, dict[tuple[str, Point | None], int]]:
    units: dict[str, dict[tuple[str, Point | None], int]] = defaultdict(dict)
    for row in network.table_rows("townships"):
        county, villages = row["county_code"], int(row["n_villages"] or 0)
        if county and villages:
            at = seats.get(str(row["code"]))
            name = str(row["code"]) if at else f"{county}…"
            units[str(county)][name, at] = units[str(county)].get((name, at), 0) + villages
    return units
