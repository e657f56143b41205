"""A packing point's day as its leader sees it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import SimpleNamespace

from django.utils.translation import gettext as _

from postharvest.core.clock import time
from postharvest.core.privacy import mask_name
from postharvest.core.units import GRAMS_PER_KG
from postharvest.core.vault.seal import unseal
from postharvest.interfaces.web import charts
from postharvest.interfaces.web.cards import day_number, pack_name, produce_name, sale_days
from postharvest.interfaces.web.formats import money, number
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Stat
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.orders import queries as orders
from postharvest.operations.packing import queries as packing
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.settlement import queries as settlement

FIRST_HOUR, LAST_HOUR = 7, 18
"""A point works from seven to six; the mark of "should be here by now" moves between them."""
MOST_SHIFTS = 60
MOST_ABSENT = 200
MOST_SOURCES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftChoice:
    """A point to switch to."""

    id: int
    name: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PackerRow:
    """One person and what he made today."""

    packer_id: int
    name: str
    boxes: int = 0
    percent: float = 0.0
    pay_fen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingChoice:
    """A box size to count, and how many of it wait."""

    id: int
    label: str
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Fruit that may come in: a grower's offer to cut from, or a lot that was cut today."""

    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What waits for the truck, or left with one."""

    title: str
    note: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftView:
    """Everything the point's page prints."""

    shift_id: int
    sale_id: int
    point_name: str
    note: str
    produce_id: str
    is_open: bool
    packed: int
    target: int
    missing: int
    expected: float | None
    expected_mark: str
    progress_label: str
    planned_people: int
    people: Sequence[PackerRow]
    absent: Sequence[PackerRow]
    listings: Sequence[ListingChoice]
    sources: Sequence[Source]
    loads: Sequence[Load]
    may_despatch: bool
    stats: Sequence[Stat] = field(default_factory=list)
    answer: str = ""
    hours: charts.Figure | None = None


def nothing_today() -> SimpleNamespace:
    """Return the page of a point without work."""
    return SimpleNamespace(shift_id=None, point_name=_("Packing point"), note="", next_day=None)


def shift_choices(*, scope: str, now: datetime, current: int | None = None) -> list[ShiftChoice]:
    """Return today's shifts of a region, by sale and point."""
    today = time.local_day(now)
    return [
        ShiftChoice(id=row.pk, name=row.point.name, current=row.pk == current)
        for row in packing.shifts_on(today, scope)[:MOST_SHIFTS]
    ]


def shift_view(shift: Row, *, now: datetime) -> ShiftView:
    """Write one point's day."""
    by_packer, by_hour = _tallied(shift.pk)
    packed = sum(by_packer.values())
    waiting = orders.boxes_to_pack(shift.sale_id, shift.day)
    target = sum(shift.planned_boxes.values()) or packed + sum(waiting.values())
    people = _people(shift, by_packer)
    expected = _expected(shift.day, target=target, now=now)
    unlabelled = len(parcels.boxes_to_label(shift.sale_id))
    return ShiftView(
        shift_id=shift.pk,
        sale_id=shift.sale_id,
        point_name=shift.point.name,
        note=_note(shift, now=now),
        produce_id=shift.sale.surplus.produce_id,
        is_open=shift.state in ("announced", "running"),
        packed=packed,
        target=target,
        missing=max(0, target - packed),
        expected=expected,
        expected_mark=_("expected now"),
        progress_label=_("%(n)s of %(m)s boxes packed") % {"n": packed, "m": target},
        planned_people=shift.planned_people,
        people=people,
        absent=_absent(shift, {person.packer_id for person in people}),
        listings=_listings(shift, waiting),
        sources=_sources(shift),
        loads=_loads(shift, unlabelled=unlabelled),
        may_despatch=unlabelled > 0,
        stats=_stats(shift, packed=packed, target=target, people=people, expected=expected),
        answer=_answer(packed=packed, target=target, expected=expected),
        hours=_hours(shift, by_hour, target=target, now=now) if packed else None,
    )


def _tallied(shift_id: int) -> tuple[Counter[int], Counter[int]]:
    """Count a shift's boxes by packer, and by the hour of the day in China."""
    by_packer: Counter[int] = Counter()
    by_hour: Counter[int] = Counter()
    for packer, hour, n in packing.tallied(shift_id):
        by_packer[packer] += n
        by_hour[hour.astimezone(time.CHINA).hour] += n
    return by_packer, by_hour


def person_name(packer: Row) -> str:
    """Return a packer's name for the people of his own point, or his number."""
    return unseal(packer.contact.sealed).name if packer.contact_id else str(packer.code)


def masked_name(packer: Row) -> str:
    """Return a packer's number and masked name, for those who need not know him."""
    name = mask_name(person_name(packer)) if packer.contact_id else ""
    return f"{packer.code} {name}".strip()


def _people(shift: Row, by_packer: dict[int, int]) -> list[PackerRow]:
    most = max(by_packer.values(), default=0) or 1
    rows = list(packing.sign_ins(shift.pk).select_related("packer__contact"))
    pay = settlement.wages_of_shift(shift, present=[row.packer_id for row in rows])
    found = [
        PackerRow(
            packer_id=row.packer_id,
            name=person_name(row.packer),
            boxes=by_packer.get(row.packer_id, 0),
            percent=100 * by_packer.get(row.packer_id, 0) / most,
            pay_fen=pay.get(row.packer_id, 0),
        )
        for row in rows
    ]
    return sorted(found, key=lambda person: -person.boxes)


def _absent(shift: Row, here: set[int]) -> list[PackerRow]:
    rows = packing.packers_of_base(shift.base_id).select_related("contact").exclude(pk__in=here)
    return [PackerRow(packer_id=row.pk, name=person_name(row)) for row in rows[:MOST_ABSENT]]


def _listings(shift: Row, waiting: dict[int, int]) -> list[ListingChoice]:
    return [
        ListingChoice(id=one.pk, label=pack_name(one.net_g), waiting=waiting.get(one.pk, 0))
        for one in campaigns.listings_of(shift.sale_id)
    ]


def _sources(shift: Row) -> list[Source]:
    """Return today's lots, then the growers who still have something to cut today."""
    cut, growing = [], []
    offers: list[Row] = list(harvest.offers_on(shift.sale.surplus_id, shift.day)[:MOST_SOURCES])
    for offer in offers:
        left_g = offer.offered_g - offer.called_g - offer.wholesale_g
        in_window = offer.part.harvest_from <= shift.day <= offer.part.harvest_to
        if offer.lot_id:
            label = _("%(who)s: cut today, %(kg)s kg") % {
                "who": offer.part.village,
                "kg": number(offer.lot_g / GRAMS_PER_KG),
            }
            cut.append(Source(key=f"lot:{offer.lot_id}", label=label))
        elif left_g > 0 and in_window:
            label = _("%(who)s: %(kg)s kg on the tree") % {
                "who": f"{offer.part.village} {offer.grower.code}",
                "kg": number(left_g / GRAMS_PER_KG),
            }
            growing.append(Source(key=f"offer:{offer.pk}", label=label))
    return cut + growing


def _loads(shift: Row, *, unlabelled: int) -> list[Load]:
    gone = sum(one.parcels_count for one in parcels.despatches(shift.sale.branch_id, day=shift.day))
    loads = []
    if unlabelled:
        loads.append(
            Load(
                title=_("Ready for the truck"),
                note=_("%(n)s boxes of this sale are packed and not yet labelled")
                % {"n": number(unlabelled)},
                state=_("waiting"),
                tone="warn",
            )
        )
    if gone:
        note = _("%(n)s boxes left the post office today") % {"n": number(gone)}
        loads.append(Load(title=_("On the truck"), note=note, state=_("gone"), tone="ok"))
    return loads


def _expected(day: date, *, target: int, now: datetime) -> float | None:
    """Return the boxes that an even pace would have made by now on a working day."""
    if time.local_day(now) != day:
        return None
    opens, closes = time.at_hour(day, FIRST_HOUR), time.at_hour(day, LAST_HOUR)
    share: float = (now - opens) / (closes - opens)
    return target * min(1.0, max(0.0, share))


def _stats(
    shift: Row, *, packed: int, target: int, people: Sequence[PackerRow], expected: float | None
) -> list[Stat]:
    ahead = packed - expected if expected is not None else 0.0
    stock = packing.stock_at_points(shift.sale_id).get(shift.point_id, 0)
    return [
        Stat(
            label=_("Packed today"),
            value=number(packed),
            unit=f" / {number(target)}",
            note=_("%(n)s ahead") % {"n": number(ahead)}
            if ahead >= 0
            else _("%(n)s behind") % {"n": number(-ahead)},
            tone="up" if ahead >= 0 else "dn",
        ),
        Stat(
            label=_("People here"),
            value=number(len(people)),
            unit=f" / {shift.planned_people}",
            note=_("%(y)s wages so far") % {"y": money(sum(one.pay_fen for one in people))},
        ),
        Stat(
            label=_("Fruit at the point"),
            value=number(stock / GRAMS_PER_KG),
            unit=_(" kg"),
            note=_("weighed in, not yet boxed"),
        ),
    ]


def _answer(*, packed: int, target: int, expected: float | None) -> str:
    if packed >= target:
        return _("All boxes of today are packed.")
    if expected is None:
        return _("This is not today's shift.")
    if packed >= expected:
        return _("Yes: the point is on or ahead of an even pace.")
    return _("Not at this pace: more people, or fewer boxes.")


def _hours(shift: Row, by_hour: Mapping[int, int], *, target: int, now: datetime) -> charts.Figure:
    hours = list(range(min(FIRST_HOUR, *by_hour), max(LAST_HOUR, *by_hour) + 1))
    this_hour = now.astimezone(time.CHINA).hour if time.local_day(now) == shift.day else None
    pace = target / (LAST_HOUR - FIRST_HOUR)
    return charts.bars(
        values=[by_hour.get(hour, 0) for hour in hours],
        labels=[str(hour) for hour in hours],
        plan=pace,
        plan_label=_("plan: %(n)s an hour") % {"n": number(pace)},
        desk=charts.FULL,
        unfinished=hours.index(this_hour) if this_hour in hours else None,
        caption=_("Boxes per hour of the day; pale: not over yet"),
        sentence=_("%(n)s boxes packed today") % {"n": number(sum(by_hour.values()))},
    )


def _note(shift: Row, *, now: datetime) -> str:
    sale = shift.sale
    return _("%(produce)s · day %(n)s of %(m)s") % {
        "produce": produce_name(sale.surplus.produce),
        "n": day_number(sale, time.local_day(now)),
        "m": sale_days(sale),
    }
