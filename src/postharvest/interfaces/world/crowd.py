"""Buyers: they see the price, want a box or not, join a team or start one, pay or forget to."""

import uuid
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from postharvest.core.audit.actor import Actor, Role
from postharvest.core.clock.time import at_hour
from postharvest.core.units import yuan
from postharvest.decisions.planning.gather import pack_id
from postharvest.interfaces.world.nature import Nature, day_shape, stream
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.network import queries as network
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.payments import Notice, take_notices
from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.orders.providers import provider_of
from postharvest.operations.orders.requests import Declined, OrderRequest, Placed

BUYERS = Actor(party="buyers", role=Role.BUYER)
OPEN_HOURS = tuple(range(8, 23))
HOUR_WEIGHTS = np.array([3, 6, 9, 8, 7, 5, 5, 5, 6, 7, 8, 10, 12, 10, 6], dtype=float)
BATCH = 500
TWO_BOXES_SHARE = 0.06
COD_SHARE = 0.15
CASHIER_SHARE = 0.08
PAYS_SHARE, PAYS_LATE_SHARE = 0.85, 0.06
JOINS_SHARE = 0.75
CANCELS_SHARE = 0.004


@dataclass(slots=True)
class Crowd:
    """The buyers of one sale.  Who got nothing comes back the next day with a chance."""

    sale_id: int
    branch_id: int
    nature: Nature
    case: dict[str, Any]
    first_day: date
    salt: str = ""
    disappointed: Counter[tuple[str, int]] = field(default_factory=Counter)
    coming_back: Counter[tuple[str, int]] = field(default_factory=Counter)
    declined: Counter[str] = field(default_factory=Counter)
    _late: list[Notice] = field(default_factory=list)
    _serial: int = 0

    def start_day(self, day: date) -> None:
        """Let a share of those who got nothing yesterday try again today."""
        rng = stream(self.nature.seed, "crowd", (day - self.first_day).days + 1, 99)
        demand = self.case["demand"]
        share = float(demand.get("return_share", 0.35))
        self.coming_back = Counter(
            {key: int(rng.binomial(n, share)) for key, n in sorted(self.disappointed.items())}
        )
        self.disappointed.clear()

    def hour(self, day: date, hour: int, *, scale: float = 1.0) -> int:
        """Let the buyers of one hour come; returns how many orders stood."""
        sale = campaigns.sale(self.sale_id)
        number = (day - self.first_day).days
        if sale is None or not 0 <= number < len(day_shape(self.case)):
            return 0
        now = at_hour(day, hour)
        if not sale.opens_at <= now < sale.closes_at:
            return 0
        rng = stream(self.nature.seed, "crowd", number + 1, hour)
        wants = self._wants(rng, number, hour, scale)
        wants = [wants[i] for i in rng.permutation(len(wants))]
        placed = 0
        for start in range(0, len(wants), BATCH):
            placed += self._batch(rng, wants[start : start + BATCH], now)
        self._pay_late(now)
        return placed

    def _wants(
        self, rng: np.random.Generator, number: int, hour: int, scale: float
    ) -> list[tuple[str, int]]:
        """Return (zone, listing) of everybody who wants a box this hour."""
        demand = self.case["demand"]
        weight = HOUR_WEIGHTS[OPEN_HOURS.index(hour)] / HOUR_WEIGHTS.sum()
        shape = day_shape(self.case)[number]
        listings = {pack_id(row.net_g): row for row in campaigns.shop_listings(self.sale_id)}
        packs = self.case["packs"]
        zones = self.case["zones"]
        reference = next(p for p in packs if p["id"] == demand["reference_pack"])
        all_packs = sum(float(p["demand_share"]) for p in packs)
        all_zones = sum(float(z["demand_share"]) for z in zones)
        out: list[tuple[str, int]] = []
        for pack in packs:
            listing = listings.get(pack["id"])
            if listing is None:
                continue
            size = (float(pack["net_kg"]) / float(reference["net_kg"])) ** float(
                pack.get("price_exponent", 0.85)
            )
            at_price = yuan(listing.team_fen) / size
            ratio = at_price / float(demand["reference_price_yuan"])
            elasticity = float(demand["elasticity"])
            kg = (
                float(demand["reference_kg"])
                * shape
                * float(pack["demand_share"])
                / all_packs
                * ratio**-elasticity
                * self.nature.demand_factor(number, price_ratio=ratio)
                * scale
            )
            for zone in zones:
                key = (str(zone["id"]), listing.pk)
                mean = kg * float(zone["demand_share"]) / all_zones / float(pack["net_kg"]) * weight
                again = int(rng.binomial(self.coming_back[key], min(1.0, 2 * weight)))
                self.coming_back[key] -= again
                out += [key] * (int(rng.poisson(mean)) + again)
        return out

    def _batch(self, rng: np.random.Generator, wants: list[tuple[str, int]], now: datetime) -> int:
        requests = self._requests(rng, wants, now)
        answers = place_orders(requests=requests, actor=BUYERS, now=now)
        notices: list[Notice] = []
        placed = 0
        for (zone, listing), request, answer in zip(wants, requests, answers, strict=True):
            if isinstance(answer, Declined):
                self.declined[answer.code] += 1
                if answer.code in ("sold_out", "day_full", "team_full"):
                    self.disappointed[zone, listing] += 1
            else:
                placed += 1
                notices += self._payment(rng, request, answer, now)
        if notices:
            take_notices(notices=notices, now=now + timedelta(minutes=4))
        return placed

    def _requests(
        self, rng: np.random.Generator, wants: list[tuple[str, int]], now: datetime
    ) -> list[OrderRequest]:
        team_share = float(self.case["demand"].get("team_share", 0.85))
        places = self._places([listing for _, listing in wants], now)
        draws = rng.random((len(wants), 5))
        out = []
        for (zone, listing), draw in zip(wants, draws, strict=True):
            self._serial += 1
            wants_team = bool(draw[0] < team_share)
            team = None
            if wants_team and draw[1] < JOINS_SHARE and places.get(listing):
                team = places[listing].popleft()
            payment = "sandbox"
            if not wants_team and draw[2] < COD_SHARE:
                payment = "cod"
            elif draw[2] > 1 - CASHIER_SHARE:
                payment = "cashier"
            who = uuid.uuid5(
                uuid.NAMESPACE_OID,
                f"{self.salt}{self.nature.seed}:{self.sale_id}:{now}:{self._serial}",
            )
            out.append(
                OrderRequest(
                    key=str(who),
                    listing_id=listing,
                    quantity=2 if draw[3] < TWO_BOXES_SHARE else 1,
                    wants_team=wants_team,
                    team_id=team,
                    name=f"买家{who.int % 10000:04d}",
                    phone=f"13{who.int // 10**5 % 10**9:09d}",
                    county_code=self._county(zone, float(draw[4])),
                    line=f"人民路{who.int % 300 + 1}号",
                    payment=payment,
                )
            )
        return out

    def _places(self, listings: Iterable[int], now: datetime) -> dict[int, deque[int]]:
        """Return the open places of teams by listing, as a buyer sees them on the sale's page."""
        free = orders.open_places(sorted(set(listings)), now, limit=2 * BATCH)
        return {listing: deque(places) for listing, places in free.items()}

    def _payment(
        self, rng: np.random.Generator, request: OrderRequest, answer: Placed, now: datetime
    ) -> list[Notice]:
        """Return what the cashier reports of this order now; some pay late, some never."""
        if request.payment != "cashier":
            return []
        draw = float(rng.random())
        notice = Notice(
            provider="cashier",
            notice_id=f"n-{request.key}",
            reference=provider_of("cashier").reference(answer.order.pk),
            outcome="captured",
            amount_fen=answer.order.total_fen,
        )
        if draw < PAYS_SHARE:
            return [notice, notice] if draw < PAYS_SHARE / 10 else [notice]
        if draw < PAYS_SHARE + PAYS_LATE_SHARE:
            self._late.append(notice)
        return []

    def _pay_late(self, now: datetime) -> None:
        late, self._late = self._late, []
        if late:
            take_notices(notices=late, now=now + timedelta(minutes=50))

    def _county(self, zone: str, draw: float) -> str:
        codes, edges = _counties(self.branch_id, zone)
        return codes[int(np.searchsorted(edges, draw * edges[-1]))]


_COUNTIES: dict[tuple[int, str], tuple[list[str], NDArray[np.float64]]] = {}


def _counties(branch_id: int, zone: str) -> tuple[list[str], NDArray[np.float64]]:
    """Return counties of a zone and the running sum of their markets' demand weights."""
    key = branch_id, zone
    if key not in _COUNTIES:
        weights = network.county_weights(branch_id, zone)
        _COUNTIES[key] = [code for code, _ in weights], np.cumsum([w for _, w in weights])
    return _COUNTIES[key]
