"""The evaluator of ``risk`` compiled: the same scenarios from the same bits, scalar by scalar.

Numba (Lam, Pitrou, Seibert 2015, doi:10.1145/2833157.2833162) takes about a second to load, so
that only large runs come here; a test holds both evaluators together.
"""

import numpy as np
from numba import njit

from postharvest.engines.rescue.problem import Floats
from postharvest.engines.rescue.risk import (
    TABLE_SIZE,
    WATCHED,
    RiskInputs,
    RiskOutcome,
    RiskParams,
    RiskTables,
    prior_days,
    rest_orders_kg,
)

_MOST_ORDER_DAYS = 8


def evaluate_compiled(
    inputs: RiskInputs,
    tables: RiskTables,
    params: RiskParams,
    *,
    policy: int,
    seed: int,
    scenarios: int,
    first: int = 0,
) -> RiskOutcome:
    """Run scenarios ``first`` … like ``risk.evaluate``; more than half a million a second."""
    if inputs.ship_within_days > _MOST_ORDER_DAYS:
        raise ValueError(f"ship_within_days above {_MOST_ORDER_DAYS} is not compiled")
    net, gone = np.empty(scenarios), np.empty(scenarios)
    _play(
        inputs.wanted_kg,
        inputs.listed_kg,
        inputs.margin_yuan_per_kg,
        inputs.revenue_yuan_per_kg,
        inputs.late_yuan_per_kg,
        inputs.work_per_kg,
        inputs.crew,
        inputs.most_crew,
        inputs.wage_yuan,
        inputs.point_share,
        inputs.outlet_kg,
        inputs.outlet_yuan,
        rest_orders_kg(inputs),
        inputs.fixed_yuan,
        inputs.total_kg,
        inputs.return_share,
        inputs.ship_within_days,
        tables.campaign,
        tables.day,
        tables.work,
        tables.attendance,
        tables.late,
        tables.claim,
        np.array(
            [
                params.planned_effect / params.attendance_mean,
                params.rain_starts,
                params.rain_stays,
                params.rain_closes_road,
                params.rain_slows,
                params.merchants_least,
                params.cull_share,
                params.listing_margin,
                params.crew_flex,
                prior_days(params),
            ]
        ),
        policy == WATCHED,
        seed & 0x7FFFFFFFFFFFFFFF,
        first,
        net,
        gone,
    )
    return RiskOutcome(net_yuan=net, cleared_kg=gone, gone_kg_by_day=np.zeros((0, 2)))


@njit(cache=True, inline="always")
def _mixed(state):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    z = state ^ (state >> np.uint64(30))
    z = z * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, inline="always")
def _twelve(bits, place):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return np.int64((bits >> np.uint64(12 * place)) & np.uint64(TABLE_SIZE - 1))


@njit(cache=True, fastmath=True, nogil=True)
def _play(  # noqa: C901, PLR0912, PLR0915, PLR0917  one loop over scenarios, flat on purpose
    wanted: Floats,
    listed: Floats,
    margin: Floats,
    revenue: Floats,
    late_cost: Floats,
    work_per_kg: Floats,
    crew_plan: Floats,
    most_crew: Floats,
    wage: Floats,
    point_share: Floats,
    outlet_kg: Floats,
    outlet_yuan: Floats,
    rest_orders: Floats,
    fixed: float,
    total_kg: float,
    rho: float,
    within: int,
    campaign: Floats,
    day_factor: Floats,
    work_factor: Floats,
    attendance: Floats,
    late: Floats,
    claim: Floats,
    chances: Floats,
    watched: bool,
    seed: int,
    first: int,
    net_out: Floats,
    gone_out: Floats,
) -> None:
    days, cells = wanted.shape
    points = point_share.shape[1]
    crew_need, starts, stays, closes, slows, least, cull, above, flex, prior = chances
    ring = max(1, within)
    unserved, waiting, unsold = np.empty(cells), np.empty(cells), np.empty(cells)
    order = np.empty(cells)
    recent = np.empty((ring, cells))
    size = float(TABLE_SIZE)
    for scenario in range(net_out.shape[0]):
        number = np.uint64(first + scenario)
        state = _mixed(number * np.uint64(0xD1342543DE82EF95) + np.uint64(seed))
        state += np.uint64(0x9E3779B97F4A7C15)
        bits = _mixed(state)
        level, late_now = campaign[_twelve(bits, 0)], late[_twelve(bits, 1)]
        claim_now = claim[_twelve(bits, 2)]
        rain, left, gone, net = False, total_kg, 0.0, -fixed
        seen = prior
        unserved[:], waiting[:], unsold[:], recent[:] = 0.0, 0.0, 0.0, 0.0
        for day in range(days):
            state += np.uint64(0x9E3779B97F4A7C15)
            bits = _mixed(state)
            rain = _twelve(bits, 4) / size < (stays if rain else starts)
            if not rain:
                share = least + (1 - least) * (_twelve(bits, 3) / size)
                taken = min(outlet_kg[day] * share, left)
                if watched:
                    held = 0.0
                    for c in range(cells):
                        held += waiting[c]
                    spare = left - held - seen / (prior + day) * rest_orders[day]
                    taken = min(taken, max(0.0, spare))
                left -= taken
                gone += taken
                net += taken * (outlet_yuan[day] / max(outlet_kg[day], 1e-9))
            factor = level * day_factor[_twelve(bits, 0)]
            seen += factor
            sold, waits = 0.0, 0.0
            for c in range(cells):
                most = listed[day, c] * (1 + above) + unsold[c] if watched else listed[day, c]
                want = factor * wanted[day, c] + rho * unserved[c]
                order[c] = min(most, want)
                unserved[c] = want
                unsold[c] = most
                sold += order[c]
                waits += waiting[c]
            room = max(0.0, left * (1 - cull) - waits)
            part = min(1.0, room / max(sold, 1e-9))
            needed = 0.0
            slot = day % ring
            for c in range(cells):
                taken_order = order[c] * part
                unserved[c] -= taken_order
                unsold[c] = max(0.0, unsold[c] - taken_order) if watched else 0.0
                waiting[c] += taken_order
                recent[slot, c] = taken_order
                needed += waiting[c] * work_per_kg[c]
            crew = crew_plan[day]
            if watched:
                low, high = (1 - flex) * crew, (1 + flex) * crew
                crew = min(max(needed * crew_need, low), high)
                crew = min(crew, max(most_crew[day], crew_plan[day]))
            came = crew * attendance[_twelve(bits, 1)]
            work = work_factor[_twelve(bits, 2)]
            reachable = 1.0
            if rain:
                came *= slows
            for point in range(points):
                if point % 5 == 0:
                    state += np.uint64(0x9E3779B97F4A7C15)
                    bits = _mixed(state) if rain else bits
                if rain and _twelve(bits, point % 5) / size < closes:
                    reachable -= point_share[day, point]
            came *= reachable
            net -= came * wage[day]
            done = min(1.0, came * work / max(needed, 1e-9))
            kg = 0.0
            for c in range(cells):
                kg += waiting[c]
            kg *= done
            done *= min(1.0, left * (1 - cull) / max(kg, 1e-9))
            kg = 0.0
            last = day == days - 1
            for c in range(cells):
                posted = waiting[c] * done
                rest = waiting[c] - posted
                kg += posted
                net += posted * (margin[c] - late_cost[c] * late_now - revenue[c] * claim_now)
                open_orders = 0.0
                for ago in range(within):
                    open_orders += recent[ago, c]
                waiting[c] = 0.0 if last else min(rest, open_orders)
            left -= kg / (1 - cull)
            gone += kg / (1 - cull)
        net_out[scenario] = net
        gone_out[scenario] = gone
