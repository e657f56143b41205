"""The village's day: growers cut what is called, merchants come or not, packers pack."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from postharvest.core.clock.time import at_hour
from postharvest.core.units import CREW_SECONDS_PER_DAY
from postharvest.interfaces.world.nature import PLANNED_EFFECT, Nature, stream
from postharvest.interfaces.world.place import Place, packers_by_pool
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.actions.lots import Cut, Pickup, cut_lots, sell_to_wholesaler
from postharvest.operations.orders import queries as orders
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions.boxes import (
    HEAVIEST_DELIVERY_G,
    Delivery,
    Tally,
    receive_lots,
    tally_boxes,
)
from postharvest.operations.packing.actions.shifts import close_shift, report_attendance, sign_in
from postharvest.operations.packing.queries import ShiftAtWork

SESSIONS = ((8.0, 12.0, 0.5), (14.5, 19.0, 0.5))
"""(begins, ends, share of the day's work): before and after the cut-off."""
SAFETY = 1.03


@dataclass(slots=True)
class Village:
    """Everybody around the packing points of one sale."""

    place: Place
    sale_id: int
    surplus_id: int
    nature: Nature
    attendance_factor: float = 1.0
    raining: bool | None = None

    def is_raining(self, day: date) -> bool:
        """Whether it rains: as the world has drawn it, or as somebody pressed the button."""
        return bool(self.nature.rain[self._number(day)]) if self.raining is None else self.raining

    def sign_in(self, day: date) -> int:
        """Let the packers who were called come to their points, or stay away; counts them."""
        now = at_hour(day, 7)
        by_pool = packers_by_pool(self.place.base_id)
        free = [pk for pool in sorted(by_pool) for pk in by_pool[pool]]
        stream(self.nature.seed, "people", self._number(day)).shuffle(free)
        came = 0
        for shift in packing.shifts_of(self.sale_id, day):
            if not shift.planned_people or shift.state == "called_off":
                continue
            share = float(self.nature.attendance[self._number(day)]) * self.attendance_factor
            called, free = free[: shift.planned_people], free[shift.planned_people :]
            here = called[: round(len(called) * share)]
            sign_in(shift_id=shift.pk, packer_ids=here, actor=self.place.leader, now=now)
            came += report_attendance(shift_id=shift.pk, actor=self.place.leader, now=now)
        return came

    def merchants(self, day: date, wanted_g: dict[str, int]) -> int:
        """Let local buyers take at the field what is offered to them; returns the grams taken."""
        share = (
            0.0 if self.is_raining(day) else float(self.nature.merchant_share[self._number(day)])
        )
        surplus = harvest.surplus(self.surplus_id)
        pickups = []
        by_part = self._offers_left()
        for code, weight_g in sorted(wanted_g.items()):
            rest = round(weight_g * share)
            for offer_id, left_g in by_part.get(code, []):
                take = min(rest, left_g)
                if take > 0:
                    pickups.append(
                        Pickup(
                            key=f"{self.surplus_id}:{offer_id}:{day}",
                            offer_id=offer_id,
                            weight_g=take,
                            fen_per_kg=surplus.wholesale_fen_per_kg,
                            source="local buyer at the field edge",
                        )
                    )
                    rest -= take
        rows = sell_to_wholesaler(
            base_id=self.place.base_id,
            day=day,
            pickups=pickups,
            actor=self.place.agent,
            now=at_hour(day, 11),
        )
        return sum(row.weight_g for row in rows)

    def session(self, day: date, number: int) -> int:
        """Cut, haul and pack for the orders of the day, one session of it; returns the boxes."""
        begins, ends, work_share = SESSIONS[number]
        at_work = packing.at_work(self.sale_id, day)
        if not at_work:
            return 0
        wanted = self._boxes_wanted(day, at_work, work_share)
        self._cut_and_haul(day, wanted, at_work, now=at_hour(day, begins))
        packed = 0
        for shift in at_work:
            tallies = self._tallies(day, shift, wanted.get(shift.shift_id, Counter()), number)
            if tallies:
                boxes = tally_boxes(
                    shift_id=shift.shift_id,
                    tallies=tallies,
                    actor=self.place.leader,
                    now=at_hour(day, ends),
                )
                packed += len(boxes)
        return packed

    def close(self, day: date) -> None:
        """End the day at every point that worked."""
        for shift in packing.at_work(self.sale_id, day):
            close_shift(shift_id=shift.shift_id, actor=self.place.leader, now=at_hour(day, 19.5))

    def _number(self, day: date) -> int:
        return min((day - self.place.start).days, len(self.nature.rain) - 1)

    def _offers_left(self) -> dict[str, list[tuple[int, int]]]:
        """Return (offer, grams left) by part, whoever has most left first."""
        out: dict[str, list[tuple[int, int]]] = {}
        for offer in harvest.offers_of(self.surplus_id):
            left_g = offer.offered_g - offer.called_g - offer.wholesale_g
            out.setdefault(offer.part.code, []).append((offer.pk, left_g))
        return {code: sorted(rows, key=lambda r: (-r[1], r[0])) for code, rows in out.items()}

    def _crew_s(self, day: date, shift: ShiftAtWork) -> float:
        """Working seconds that the people here really have: nominal, not what was planned."""
        nominal = float(self.nature.productivity[self._number(day)]) / PLANNED_EFFECT
        wet = 0.85 if self.is_raining(day) else 1.0
        return shift.people * CREW_SECONDS_PER_DAY * nominal * wet

    def _boxes_wanted(
        self, day: date, at_work: list[ShiftAtWork], work_share: float
    ) -> dict[int, Counter[int]]:
        """Share the day's boxes over the points, each as far as its people get in this session."""
        waiting = orders.boxes_to_pack(self.sale_id, day)
        box_s = {row.pk: row.box_crew_s for row in campaigns.listings_of(self.sale_id)}
        seconds = {s.shift_id: self._crew_s(day, s) * work_share for s in at_work}
        needed = sum(n * box_s[listing] for listing, n in waiting.items())
        if not needed:
            return {}
        share_done = min(1.0, sum(seconds.values()) / needed)
        out: dict[int, Counter[int]] = {s.shift_id: Counter() for s in at_work}
        for listing, boxes in sorted(waiting.items()):
            todo = int(boxes * share_done)
            for shift in at_work:
                part = seconds[shift.shift_id] / sum(seconds.values())
                out[shift.shift_id][listing] = int(todo * part)
            out[at_work[0].shift_id][listing] += todo - sum(
                out[s.shift_id][listing] for s in at_work
            )
        return out

    def _cut_and_haul(
        self,
        day: date,
        wanted: dict[int, Counter[int]],
        at_work: list[ShiftAtWork],
        *,
        now: datetime,
    ) -> None:
        """Call growers for what the points lack, nearest villages first, and weigh it in."""
        net_g = {row.pk: row.net_g for row in campaigns.listings_of(self.sale_id)}
        there = packing.stock_at_points(self.sale_id)
        offers = self._offers_for_today(day)
        rng = stream(self.nature.seed, "field", self._number(day), int(now.timestamp()) % 997)
        for shift in at_work:
            boxes = wanted.get(shift.shift_id, Counter())
            need_g = sum(n * net_g[listing] for listing, n in boxes.items())
            lack_g = round(need_g * SAFETY / (1 - self.nature.cull_share)) - there.get(
                shift.point_id, 0
            )
            cuts = _draw(offers, lack_g)
            if need_g <= 0 or not cuts:
                continue
            lots = cut_lots(
                base_id=self.place.base_id,
                day=day,
                cuts=cuts,
                actor=self.place.agent,
                now=now,
            )
            culls = rng.beta(2.0, 2.0 / self.nature.cull_share - 2.0, size=len(lots))
            receive_lots(
                shift_id=shift.shift_id,
                deliveries=[
                    Delivery(
                        lot_id=lot.pk,
                        received_g=lot.cut_g,
                        culled_g=int(lot.cut_g * float(cull)),
                    )
                    for lot, cull in zip(lots, culls, strict=True)
                ],
                actor=self.place.leader,
                now=now,
            )

    def _offers_for_today(self, day: date) -> list[list[int]]:
        """Return [offer, grams left] of growers who may cut today and have not, most left first."""
        used = set(harvest.lots_cut(self.surplus_id, day).values_list("offer_id", flat=True))
        rows = [
            [offer.pk, offer.offered_g - offer.called_g - offer.wholesale_g]
            for offer in harvest.offers_of(self.surplus_id)
            if offer.pk not in used and offer.part.harvest_from <= day <= offer.part.harvest_to
        ]
        return sorted((r for r in rows if r[1] > 0), key=lambda r: (-r[1], r[0]))

    def _tallies(
        self, day: date, shift: ShiftAtWork, boxes: Counter[int], number: int
    ) -> list[Tally]:
        """Share a point's boxes over its packers; some are quicker than others."""
        rng = stream(self.nature.seed, "people", self._number(day), shift.shift_id, number)
        speed = rng.gamma(25.0, size=shift.people)
        out = []
        for listing, total in sorted(boxes.items()):
            if total <= 0:
                continue
            counts = np.floor(total * speed / speed.sum()).astype(int)
            counts[: total - int(counts.sum())] += 1
            out += [
                Tally(packer_id=packer, listing_id=listing, boxes=int(n))
                for packer, n in zip(shift.packer_ids, counts, strict=True)
                if n
            ]
        return out


def _draw(offers: list[list[int]], wanted_g: int) -> list[Cut]:
    """Take grams from the offers in order; what is used up or begun is not called again today."""
    cuts = []
    while wanted_g > 0 and offers:
        offer_id, left_g = offers.pop(0)
        take = min(wanted_g, left_g, HEAVIEST_DELIVERY_G)
        cuts.append(Cut(offer_id=offer_id, weight_g=take))
        wanted_g -= take
    return cuts
