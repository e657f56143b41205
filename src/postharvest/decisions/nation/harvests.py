"""Who harvests how much, and when: national outputs laid on counties, cited harvests first."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from postharvest.core.tables.catalogue import Row
from postharvest.decisions.nation.columns import numbers
from postharvest.decisions.nation.seasons import week_shares
from postharvest.decisions.planning.base_tables import Tables
from postharvest.engines.nation.problem import Floats, Produce


@dataclass(frozen=True, slots=True)
class Harvests:
    """Harvest a year by county and crop, and the weeks it falls in by province and crop."""

    county_kg: Mapping[int, list[tuple[int, float]]]
    season: Mapping[str, Floats]
    cited: list[tuple[str, str, float, float]]

    @classmethod
    def of(
        cls, tables: Tables, counties: Sequence[Row], crops: Sequence[str], produce: Produce
    ) -> "Harvests":
        """Lay outputs on provinces by rank, on their counties by rural people; cited ones stand."""
        crop_at = {name: k for k, name in enumerate(crops)}
        members: dict[str, list[int]] = defaultdict(list)
        for k, county in enumerate(counties):
            members[str(county["province_code"])].append(k)
        rural = numbers(counties, "rural_pop_est")
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
