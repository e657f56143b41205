"""The running sale: will it clear on time, where is everything, what just happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from postharvest.core.clock import time
from postharvest.core.outbox import log as outbox
from postharvest.interfaces.web import charts
from postharvest.interfaces.web.cards import (
    day_number,
    expected_g,
    name_of,
    percent_of,
    place_of,
    produce_name,
    sale_days,
    time_left,
)
from postharvest.interfaces.web.formats import moment, number, percent, weight
from postharvest.interfaces.web.journey import Step
from postharvest.interfaces.web.lane_maps import lanes_map
from postharvest.interfaces.web.news import sentence_of_news
from postharvest.interfaces.web.order_view import Note
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Stat
from postharvest.operations.network import queries as network
from postharvest.operations.packing import queries as packing
from postharvest.operations.standing import queries as standing
from postharvest.operations.standing.queries import Flow

ON_THE_ROAD = (
    "accepted", "in_transit", "held", "out_for_delivery", "ready_for_pickup", "attempt_failed",
)  # fmt: skip
FEED = 8
KINDS = (
    "orders.confirmed", "orders.released", "orders.delivered", "orders.teams_formed",
    "orders.teams_failed", "packing.boxes_packed", "packing.shift_closed", "parcels.posted",
    "parcels.flagged", "campaigns.sale_changed", "campaigns.sale_closed",
)  # fmt: skip
"""The events of the stream after which the page asks for its figures anew."""
_GRAMS_PER_KG = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneLive:
    """One lane's parcels."""

    name: str
    labelled: int
    travelling: int
    delivered: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PointLive:
    """One packing point today."""

    shift_id: int
    name: str
    people: int
    planned_people: int
    boxes: int
    planned_boxes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """Everything the live page prints."""

    sale_id: int
    kinds: str
    title: str
    place: str
    now: datetime
    sold_g: int
    whole_g: int
    expected_g: float | None
    expected_mark: str
    progress_label: str
    outlook: str
    stats: Sequence[Stat]
    map: SafeString | str
    lanes: Sequence[LaneLive]
    alerts: Sequence[Note]
    feed: Sequence[Step]
    points: Sequence[PointLive]
    sold_figure: charts.Figure | None
    packed_figure: charts.Figure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """One sale in the list of sales."""

    id: int
    title: str
    place: str
    produce_id: str
    state: str
    tone: str
    sold_g: int
    whole_g: int
    expected_g: float | None
    progress_label: str
    time_left: str


def sale_line(sale: Row, *, now: datetime) -> SaleLine:
    """Write one sale for the list."""
    state, tone = _state(sale, now=now)
    return SaleLine(
        id=sale.pk,
        title=produce_name(sale.surplus.produce),
        place=place_of(sale.surplus, county=sale.branch.county),
        produce_id=sale.surplus.produce_id,
        state=state,
        tone=tone,
        sold_g=sale.reserved_g,
        whole_g=sale.capacity_g,
        expected_g=expected_g(sale, now=now),
        progress_label=_sold_label(sale),
        time_left=time_left(sale, now=now),
    )


def live_view(sale: Row, *, now: datetime) -> LiveView:
    """Gather the running sale for its page."""
    today = time.local_day(now)
    lanes = list(network.lanes_for_origin(sale.branch_id))
    flow = standing.flow(sale, now=now)
    points = _points(sale.pk, today=now)
    return LiveView(
        sale_id=sale.pk,
        kinds=" ".join(KINDS),
        title=_("%(crop)s: day %(n)s")
        % {"crop": produce_name(sale.surplus.produce), "n": day_number(sale, today)},
        place=place_of(sale.surplus, county=sale.branch.county),
        now=flow.as_of,
        sold_g=sale.reserved_g,
        whole_g=sale.capacity_g,
        expected_g=expected_g(sale, now=now),
        expected_mark=_("even pace"),
        progress_label=_sold_label(sale),
        outlook=_outlook(sale, now=now),
        stats=_stats(flow, now=now, points=points),
        map=lanes_map(
            origin=sale.branch,
            lanes=lanes,
            boxes={pk: float(sum(counts.values())) for pk, counts in flow.by_lane.items()},
            late=list(flow.late_by_lane),
        ),
        lanes=[_lane_live(lane, flow) for lane in lanes if lane.pk in flow.by_lane],
        alerts=_alerts(points, late=flow.late),
        feed=_feed(sale.base_id),
        points=points,
        sold_figure=_sold_figure(sale, flow, now=now),
        packed_figure=_packed_figure(sale, flow),
    )


def _state(sale: Row, *, now: datetime) -> tuple[str, str]:
    if sale.state == "closed" or now >= sale.closes_at:
        return _("closed"), ""
    if sale.state == "paused":
        return _("paused"), "warn"
    return _("running"), "ok"


def _sold_label(sale: Row) -> str:
    return _("%(n)s%% sold") % {"n": number(percent_of(sale.reserved_g, sale.capacity_g))}


def _outlook(sale: Row, *, now: datetime) -> str:
    """Say what is left and, at the pace so far, when it would be gone."""
    left_g = sale.capacity_g - sale.reserved_g
    said = _("%(kg)s left, %(t)s") % {"kg": weight(left_g), "t": time_left(sale, now=now)}
    ran = now - sale.opens_at
    if not sale.reserved_g or ran.total_seconds() <= 0 or now >= sale.closes_at:
        return said
    gone_at = sale.opens_at + ran * (sale.capacity_g / sale.reserved_g)
    if gone_at <= sale.closes_at:
        return said + " · " + _("at this pace gone by %(d)s") % {"d": moment(gone_at)}
    share = sale.reserved_g / sale.capacity_g * ((sale.closes_at - sale.opens_at) / ran)
    return said + " · " + _("at this pace %(share)s by the end") % {"share": percent(share)}


def _stats(flow: Flow, *, now: datetime, points: Sequence[PointLive]) -> list[Stat]:
    packed, planned = sum(p.boxes for p in points), sum(p.planned_boxes for p in points)
    on_road = sum(counts.get(s, 0) for counts in flow.by_lane.values() for s in ON_THE_ROAD)
    return [
        Stat(
            label=_("Sold today"),
            value=weight(flow.ordered_g.get(time.local_day(now), 0)),
            note=_("%(n)s orders so far") % {"n": number(flow.orders)},
        ),
        Stat(
            label=_("Packed today"),
            value=number(packed),
            unit=_(" boxes"),
            note=_("plan %(n)s") % {"n": number(planned)} if planned else "",
        ),
        Stat(
            label=_("On the road"),
            value=number(on_road),
            note=_("%(n)s delivered") % {"n": number(flow.delivered)},
        ),
        Stat(
            label=_("On time"),
            value=percent(flow.in_time / flow.delivered, 1) if flow.delivered else "–",
            note=_("%(n)s late or silent") % {"n": number(flow.late)},
            tone="dn" if flow.late else "mute",
        ),
    ]


def _lane_live(lane: Row, flow: Flow) -> LaneLive:
    counts = flow.by_lane[lane.pk]
    return LaneLive(
        name=name_of(lane),
        labelled=counts.get("registered", 0),
        travelling=sum(counts.get(status, 0) for status in ON_THE_ROAD),
        delivered=counts.get("delivered", 0),
        late=flow.late_by_lane.get(lane.pk, 0),
    )


def _points(sale_id: int, *, today: datetime) -> list[PointLive]:
    shifts = [
        shift
        for shift in packing.shifts_of(sale_id, time.local_day(today))
        if shift.state != "called_off"
    ]
    people = packing.people_of_shifts([shift.pk for shift in shifts])
    boxes = packing.boxes_of_shifts([shift.pk for shift in shifts])
    return [
        PointLive(
            shift_id=shift.pk,
            name=shift.point.name,
            people=people.get(shift.pk, 0),
            planned_people=shift.planned_people,
            boxes=boxes.get(shift.pk, 0),
            planned_boxes=sum(shift.planned_boxes.values()),
        )
        for shift in shifts
    ]


def _alerts(points: Sequence[PointLive], *, late: int) -> list[Note]:
    notes = [
        Note(
            title=_("%(point)s: %(n)s of %(m)s people came")
            % {"point": point.name, "n": point.people, "m": point.planned_people},
            text=_("Call more people or move boxes to another point."),
            tone="warn",
            icon="people",
        )
        for point in points
        if point.people and point.people < point.planned_people * 0.8
    ]
    if late:
        title = _("%(n)s parcels are late or silent") % {"n": number(late)}
        notes.append(Note(title=title, tone="bad", icon="truck"))
    return notes


def _feed(base_id: int) -> list[Step]:
    news = outbox.latest(base_id=base_id, limit=FEED)
    return [
        Step(
            title=sentence_of_news(one.kind, one.body),
            when=moment(one.occurred_at),
            state="now" if i == 0 else "",
        )
        for i, one in enumerate(news)
    ]


def _sold_figure(sale: Row, flow: Flow, *, now: datetime) -> charts.Figure | None:
    by_day = flow.ordered_g
    if not by_day:
        return None
    days = sale_days(sale)
    last = min(days, max(1, day_number(sale, time.local_day(now))))
    sold = [0.0]
    for k in range(last):
        at = [kg for d, kg in by_day.items() if day_number(sale, d) == k + 1]
        sold.append(sold[-1] + sum(at) / _GRAMS_PER_KG)
    whole = sale.capacity_g / _GRAMS_PER_KG
    pace = [whole * k / days for k in range(days + 1)]
    return charts.cumulative(
        done=charts.Series(label=_("sold"), values=sold),
        plan=charts.Series(label=_("even pace"), values=pace),
        target=whole,
        last_day=days,
        caption=_("Kilograms ordered since the sale opened, by day; dotted: all there is"),
        sentence=_("%(kg)s kg of %(whole)s kg are sold by day %(n)s")
        % {"kg": number(sold[-1]), "whole": number(whole), "n": last},
    )


def _packed_figure(sale: Row, flow: Flow) -> charts.Figure | None:
    packed = flow.packed
    planned: dict[date, int] = {}
    for shift in packing.shifts_of(sale.pk):
        if shift.state != "called_off":
            planned[shift.day] = planned.get(shift.day, 0) + sum(shift.planned_boxes.values())
    every = sorted({*packed, *planned})
    if not every:
        return None
    return charts.bars(
        values=[float(packed.get(d, 0)) for d in every],
        labels=[str(day_number(sale, d)) for d in every],
        plan=[float(planned[d]) for d in every] if all(planned.get(d) for d in every) else None,
        plan_label=_("plan"),
        caption=_("Boxes packed, by day of the sale"),
        sentence=_("%(n)s boxes are packed") % {"n": number(sum(packed.values()))},
    )
