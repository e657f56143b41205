"""What postal scans mean: EMSEVT events, reasons, and the state that they add up to.

A scan is a fact about a parcel at a place and an instant.  The state is derived from the set of
scans by event time, so the order in which they reach us, and how often, makes no difference.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from postharvest.core.errors import InvalidInput

POSTAL_ZONE = ZoneInfo("Asia/Shanghai")
"""A promised day ends at midnight here, whatever zone the scan was made in."""


class Status(StrEnum):
    """The ten things the public may be told about a parcel."""

    REGISTERED = "registered"
    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    HELD = "held"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    ATTEMPT_FAILED = "attempt_failed"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


STATUS_TEXT = {
    Status.REGISTERED: ("已登记，尚未交寄", "Registered, not yet handed in"),
    Status.ACCEPTED: ("已收寄", "Accepted by the post"),
    Status.IN_TRANSIT: ("运输中", "On its way"),
    Status.HELD: ("暂留", "Held"),
    Status.OUT_FOR_DELIVERY: ("派送中", "Out for delivery"),
    Status.READY_FOR_PICKUP: ("待自提", "Ready to be picked up"),
    Status.ATTEMPT_FAILED: ("投递未成功", "Delivery attempt failed"),
    Status.DELIVERED: ("已妥投", "Delivered"),
    Status.RETURNED: ("已退回", "Returned to the sender"),
    Status.CANCELLED: ("已取消", "Cancelled"),
}
FINAL = frozenset({Status.DELIVERED, Status.RETURNED, Status.CANCELLED})


class Cause(StrEnum):
    """Who brought a hold, a failed attempt or a damage about; claims are routed by it."""

    GROWER = "grower"
    PACKER = "packer"
    POSTAL = "postal"
    CONSIGNEE = "consignee"
    WEATHER = "weather"


class Action(StrEnum):
    """What somebody has to do before the parcel moves on."""

    DELIVER_AGAIN = "deliver_again"
    COLLECT = "collect"
    CORRECT_ADDRESS = "correct_address"
    RETURN_TO_SENDER = "return_to_sender"
    INSPECT = "inspect"
    WAIT = "wait"
    STOP_AND_RETURN = "stop_and_return"


ACTION_TEXT = {
    Action.DELIVER_AGAIN: ("安排再次投递", "Deliver again"),
    Action.COLLECT: ("请收件人取件", "The recipient collects it"),
    Action.CORRECT_ADDRESS: ("请补正地址", "Correct the address"),
    Action.RETURN_TO_SENDER: ("退回寄件人", "Return it to the sender"),
    Action.INSPECT: ("开箱检查并记录", "Open, inspect and record"),
    Action.WAIT: ("等待道路恢复后续运", "Wait until the road is open again"),
    Action.STOP_AND_RETURN: (
        "订单已取消，拦截并退回",
        "The order is cancelled: stop and return it",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """One EMSEVT event and what it means to the public."""

    code: str
    status: Status
    zh: str
    en: str
    needs_reason: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a parcel stands still or suffered, who caused it and what it takes."""

    code: str
    cause: Cause
    zh: str
    en: str
    action: Action
    is_damage: bool = False


def _events() -> dict[str, EventKind]:
    moving, held = Status.IN_TRANSIT, Status.HELD
    rows = (
        ("EMA", Status.ACCEPTED, "已收寄", "Accepted", False),
        ("EMB", moving, "到达出口互换局", "Arrived at the outward exchange office", False),
        ("EXA", moving, "送交出口海关", "Presented to export customs", False),
        ("EXB", held, "出口海关留存", "Held by export customs", True),
        ("EXC", moving, "出口海关放行", "Released by export customs", False),
        ("EXD", held, "出口互换局留存", "Held at the outward exchange office", True),
        ("EMC", moving, "离开出口互换局", "Left the outward exchange office", False),
        ("EMJ", moving, "到达转运互换局", "Arrived at the transit exchange office", False),
        ("EMK", moving, "离开转运互换局", "Left the transit exchange office", False),
        ("EMD", moving, "到达进口互换局", "Arrived at the inward exchange office", False),
        ("EDA", held, "进口互换局留存", "Held at the inward exchange office", True),
        ("EDB", moving, "送交进口海关", "Presented to import customs", False),
        ("EME", held, "进口海关留存", "Held by import customs", True),
        ("EDC", moving, "进口海关放行", "Released by import customs", False),
        ("EMF", moving, "离开进口互换局", "Left the inward exchange office", False),
        ("EDD", moving, "到达分拣中心", "Arrived at the sorting centre", False),
        ("EDE", moving, "离开分拣中心", "Left the sorting centre", False),
        ("EMG", moving, "到达投递局", "Arrived at the delivery office", False),
        ("EDF", held, "投递局留存", "Held at the delivery office", True),
        ("EDG", Status.OUT_FOR_DELIVERY, "安排投递", "Out for delivery", False),
        ("EDH", Status.READY_FOR_PICKUP, "到达自提点", "Ready at the collection point", False),
        ("EMH", Status.ATTEMPT_FAILED, "投递未成功", "Attempted, not delivered", True),
        ("EMI", Status.DELIVERED, "已妥投", "Delivered", False),
    )
    return {
        code: EventKind(code=code, status=status, zh=zh, en=en, needs_reason=needs)
        for code, status, zh, en, needs in rows
    }


def _reasons() -> dict[str, Reason]:
    again, wait, inspect = Action.DELIVER_AGAIN, Action.WAIT, Action.INSPECT
    address, back = Action.CORRECT_ADDRESS, Action.RETURN_TO_SENDER
    grower, packer, postal = Cause.GROWER, Cause.PACKER, Cause.POSTAL
    consignee, weather = Cause.CONSIGNEE, Cause.WEATHER
    rows = (
        ("absent", consignee, "收件人不在", "Recipient absent", again, False),
        (
            "asked_later",
            consignee,
            "收件人要求改期",
            "Recipient asked for another day",
            again,
            False,
        ),
        ("not_collected", consignee, "逾期未取", "Not collected in time", back, False),
        ("refused", consignee, "收件人拒收", "Refused by the recipient", back, False),
        ("unpaid", consignee, "货到付款未付", "Cash on delivery not paid", back, False),
        ("wrong_address", consignee, "地址有误", "Address wrong or incomplete", address, False),
        ("moved", consignee, "收件人已迁移", "Recipient moved away", address, False),
        ("missorted", postal, "误分拣", "Missorted", again, False),
        ("missed_truck", postal, "错过发运班次", "Missed the truck", again, False),
        ("capacity", postal, "运力不足", "No capacity left", again, False),
        ("vehicle", postal, "车辆故障", "Vehicle broke down", again, False),
        ("holiday", postal, "节假日暂停投递", "No delivery on the holiday", again, False),
        ("customs", postal, "海关查验", "Customs inspection", wait, False),
        ("crushed", postal, "运输中压损", "Crushed on the way", inspect, True),
        ("lost", postal, "疑似丢失", "Missing, search begun", inspect, False),
        ("label_unreadable", packer, "面单无法识读", "Label can't be read", inspect, False),
        ("badly_packed", packer, "包装不当", "Badly packed", inspect, True),
        ("underweight", packer, "重量不符", "Weight does not agree", inspect, False),
        ("leaking", packer, "渗漏", "Leaking", inspect, True),
        ("overripe", grower, "果品过熟", "Overripe when sent", inspect, True),
        ("rotten", grower, "果品腐烂", "Rotten when sent", inspect, True),
        ("pest", grower, "检出病虫害", "Pest found", inspect, True),
        ("road_closed", weather, "道路中断", "Road closed", wait, False),
        ("storm", weather, "恶劣天气", "Bad weather", wait, False),
        ("frozen", weather, "冻损", "Frozen on the way", inspect, True),
        ("to_sender", consignee, "退回寄件人签收", "Handed back to the sender", back, False),
    )
    return {
        code: Reason(code=code, cause=cause, zh=zh, en=en, action=action, is_damage=damage)
        for code, cause, zh, en, action, damage in rows
    }


EVENTS = _events()
"""EMSEVT event code → its meaning, in the order of a parcel's life."""

REASONS = _reasons()
"""Our reason codes; an operator's own are mapped to these where its files are read."""

TO_SENDER = "to_sender"

_RANK = {code: rank for rank, code in enumerate(EVENTS)}
_TAKES_BACK_DELIVERY = frozenset({"EDF", "EDG", "EDH", "EMH", "EMI"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One event of one parcel; ``at`` is when it happened, never when we heard of it."""

    code: str
    place: str
    at: datetime
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the parcel is measured against.

    ``due_on`` is the last promised day in postal time, ``silent_after`` how long after its last
    scan nothing more heard is alarming, ``now`` the instant of asking.  A parcel without
    expectation is never late and never silent.
    """

    now: datetime
    due_on: date | None = None
    silent_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelState:
    """Where a parcel stands; ``since`` is the event time that brought it there."""

    status: Status
    since: datetime
    flags: frozenset[str] = frozenset()
    action_required: Action | None = None
    cause: Cause | None = None
    last_place: str = ""


def check_scan(scan: Scan) -> None:
    """Refuse what no parcel can have: unknown code or reason, a missing reason, a naive instant."""
    kind = EVENTS.get(scan.code)
    if kind is None:
        raise InvalidInput("code", f"{scan.code!r} is not an EMSEVT event; use {', '.join(EVENTS)}")
    if scan.at.tzinfo is None:
        raise InvalidInput("at", "needs a time zone, for example 2026-10-08T09:30:00+08:00")
    if scan.reason and scan.reason not in REASONS:
        raise InvalidInput("reason", f"{scan.reason!r} is unknown; use one of {', '.join(REASONS)}")
    if kind.needs_reason and not scan.reason:
        raise InvalidInput("reason", f"{scan.code} ({kind.en}) must say why; give a reason code")


def derive(
    scans: Iterable[Scan],
    *,
    registered_at: datetime,
    cancelled_at: datetime | None = None,
    expectation: Expectation | None = None,
) -> ParcelState:
    """Work the state out from the set of scans, whatever their order and however often repeated.

    The latest event speaks; of two at the same instant the later one in a parcel's life.  A
    parcel once delivered stays delivered unless the delivery office itself says otherwise: a hub
    whose clock runs late can't take it back.  A label alone is *registered*, never in transit.
    """
    story = _in_order_of_events(scans)
    if story:
        moving = _state_of(story)
        state = moving if cancelled_at is None else _intercepted(moving)
    elif cancelled_at is not None:
        state = ParcelState(status=Status.CANCELLED, since=cancelled_at)
    else:
        state = ParcelState(status=Status.REGISTERED, since=registered_at)
    if expectation is None:
        return state
    return _with_flags(state, state.flags | _lateness(state, story, expectation))


def silence_limit(
    *, lane_p95: timedelta, shelf_life_left: timedelta, still_to_go: timedelta
) -> timedelta:
    """Return how long a fresh parcel may be silent.

    The lane's 95th percentile between scans, or what its shelf life can spare at the last scan
    beyond the usual rest of the way, whichever is shorter.
    """
    spare = max(shelf_life_left - still_to_go, timedelta(0))
    return min(lane_p95, spare)


def _in_order_of_events(scans: Iterable[Scan]) -> list[Scan]:
    told: dict[tuple[str, str, datetime], Scan] = {}
    for scan in scans:
        key = (scan.code, scan.place, scan.at)
        known = told.get(key)
        if known is None or (scan.reason, scan.source) > (known.reason, known.source):
            told[key] = scan
    return sorted(told.values(), key=_event_order)


def _event_order(scan: Scan) -> tuple[datetime, int, str, str, str]:
    return (scan.at, _RANK.get(scan.code, -1), scan.place, scan.reason, scan.source)


def _state_of(story: list[Scan]) -> ParcelState:
    place = _speaking(story)
    speaking = story[place]
    reason = REASONS.get(speaking.reason)
    status = _status_of(speaking)
    waiting = status in {Status.HELD, Status.ATTEMPT_FAILED}
    damaged = any(scan.reason in REASONS and REASONS[scan.reason].is_damage for scan in story)
    action = None
    if waiting:
        action = reason.action if reason else Action.INSPECT
    elif status is Status.READY_FOR_PICKUP:
        action = Action.COLLECT
    return ParcelState(
        status=status,
        since=_since(story, place, status),
        flags=frozenset({"damaged"}) if damaged else frozenset(),
        action_required=action,
        cause=reason.cause if reason and waiting else None,
        last_place=speaking.place,
    )


def _speaking(story: list[Scan]) -> int:
    """Return the place of the scan that says where the parcel stands."""
    speaking = 0
    for place, scan in enumerate(story):
        if story[speaking].code != "EMI" or scan.code in _TAKES_BACK_DELIVERY:
            speaking = place
    return speaking


def _status_of(scan: Scan) -> Status:
    if scan.code == "EMI" and scan.reason == TO_SENDER:
        return Status.RETURNED
    kind = EVENTS.get(scan.code)
    return kind.status if kind else Status.IN_TRANSIT


def _since(story: list[Scan], speaking: int, status: Status) -> datetime:
    since = story[speaking].at
    for scan in reversed(story[:speaking]):
        if _status_of(scan) is not status:
            break
        since = scan.at
    return since


def _intercepted(state: ParcelState) -> ParcelState:
    if state.status in FINAL:
        return state
    return ParcelState(
        status=state.status,
        since=state.since,
        flags=state.flags,
        action_required=Action.STOP_AND_RETURN,
        cause=state.cause,
        last_place=state.last_place,
    )


def _lateness(state: ParcelState, story: list[Scan], expectation: Expectation) -> set[str]:
    flags = set()
    settled = state.status in FINAL
    measured_at = state.since if settled else expectation.now
    postal_day = measured_at.astimezone(POSTAL_ZONE).date()
    if expectation.due_on and state.status is not Status.CANCELLED:
        flags |= {"delayed"} if postal_day > expectation.due_on else set()
    if story and not settled and expectation.silent_after is not None:
        last_heard = max(scan.at for scan in story)
        flags |= {"silent"} if expectation.now - last_heard > expectation.silent_after else set()
    return flags


def _with_flags(state: ParcelState, flags: frozenset[str] | set[str]) -> ParcelState:
    return ParcelState(
        status=state.status,
        since=state.since,
        flags=frozenset(flags),
        action_required=state.action_required,
        cause=state.cause,
        last_place=state.last_place,
    )
