"""EMSEVT scans add up to one state, whatever their order and however often they come."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postharvest.core.errors import InvalidInput
from postharvest.operations.parcels.emsevt import (
    ACTION_TEXT,
    EVENTS,
    REASONS,
    STATUS_TEXT,
    Action,
    Cause,
    Expectation,
    Scan,
    Status,
    check_scan,
    derive,
    silence_limit,
)

START = datetime(2026, 10, 8, 1, 0, tzinfo=UTC)
PLACES = ("FP01", "XI", "CAN", "4406")


def scan(code: str, hours: float, *, place: str = "XI", reason: str = "") -> Scan:
    return Scan(code=code, place=place, at=START + timedelta(hours=hours), reason=reason)


scans = st.lists(
    st.builds(
        Scan,
        code=st.sampled_from(sorted(EVENTS)),
        place=st.sampled_from(PLACES),
        at=st.integers(0, 12).map(lambda hours: START + timedelta(hours=hours)),
        reason=st.sampled_from(["", *sorted(REASONS)]),
        source=st.sampled_from(["handset", "file"]),
    ),
    max_size=12,
)

JOURNEY = [
    scan("EMA", 0, place="FP01"),
    scan("EDD", 5),
    scan("EDE", 9),
    scan("EDD", 30, place="CAN"),
    scan("EDE", 33, place="CAN"),
    scan("EMG", 40, place="4406"),
    scan("EDG", 44, place="4406"),
    scan("EMI", 47, place="4406"),
]


@given(scans, st.randoms(use_true_random=False))
def test_shuffled_and_doubled_scans_give_the_same_state(story: list[Scan], chance: object) -> None:
    expectation = Expectation(
        now=START + timedelta(hours=20), due_on=date(2026, 10, 8), silent_after=timedelta(hours=10)
    )
    straight = derive(story, registered_at=START, expectation=expectation)
    again = story + story[: len(story) // 2]
    chance.shuffle(again)  # type: ignore[attr-defined]
    assert derive(again, registered_at=START, expectation=expectation) == straight


@given(scans)
def test_every_story_ends_in_a_known_status_at_an_instant_of_its_own(story: list[Scan]) -> None:
    state = derive(story, registered_at=START - timedelta(hours=1))
    assert state.status in Status
    assert state.since in {START - timedelta(hours=1), *(told.at for told in story)}
    assert (state.status is Status.REGISTERED) == (not story)


@given(st.integers(0, len(JOURNEY)))
def test_a_journey_is_told_step_by_step(heard: int) -> None:
    told = [
        Status.REGISTERED,
        Status.ACCEPTED,
        *[Status.IN_TRANSIT] * 5,
        Status.OUT_FOR_DELIVERY,
        Status.DELIVERED,
    ]
    assert derive(JOURNEY[:heard], registered_at=START).status is told[heard]


def test_a_label_alone_is_never_in_transit() -> None:
    state = derive([], registered_at=START)
    assert state.status is Status.REGISTERED
    assert state.since == START


def test_since_is_when_the_status_began_not_the_last_scan() -> None:
    assert derive(JOURNEY[:6], registered_at=START).since == START + timedelta(hours=5)


def test_a_scan_heard_late_does_not_turn_the_clock_back() -> None:
    late = [*JOURNEY, scan("EDD", 20, place="WUH")]
    assert derive(late, registered_at=START).status is Status.DELIVERED


def test_a_hub_with_a_slow_clock_cannot_undo_a_delivery() -> None:
    assert derive([*JOURNEY, scan("EDE", 60)], registered_at=START).status is Status.DELIVERED


def test_the_delivery_office_can_take_its_own_word_back() -> None:
    story = [*JOURNEY, scan("EMH", 48, place="4406", reason="absent")]
    state = derive(story, registered_at=START)
    assert state.status is Status.ATTEMPT_FAILED
    assert (state.action_required, state.cause) == (Action.DELIVER_AGAIN, Cause.CONSIGNEE)


def test_a_refused_parcel_handed_back_is_returned() -> None:
    story = [*JOURNEY[:-1], scan("EMH", 46, reason="refused")]
    assert derive(story, registered_at=START).action_required is Action.RETURN_TO_SENDER
    story += [scan("EDE", 50), scan("EMI", 90, place="FP01", reason="to_sender")]
    assert derive(story, registered_at=START).status is Status.RETURNED


def test_damage_once_seen_stays_known_and_says_who_caused_it() -> None:
    held = [*JOURNEY[:6], scan("EDF", 41, place="4406", reason="rotten")]
    state = derive(held, registered_at=START)
    assert state.flags == {"damaged"}
    assert state.cause is Cause.GROWER
    assert derive([*held, *JOURNEY[6:]], registered_at=START).flags == {"damaged"}


def test_a_cancelled_parcel_that_moves_is_stopped_not_forgotten() -> None:
    resting = derive([], registered_at=START, cancelled_at=START)
    assert resting.status is Status.CANCELLED
    moving = derive(JOURNEY[:3], registered_at=START, cancelled_at=START)
    assert moving.status is Status.IN_TRANSIT
    assert moving.action_required is Action.STOP_AND_RETURN


def test_the_promised_day_ends_at_midnight_in_the_posts_zone() -> None:
    just_before = datetime(2026, 10, 10, 15, 59, tzinfo=UTC)  # 23:59 in Xi'an
    for minutes, late in ((0, False), (1, True)):
        delivered = [JOURNEY[0], Scan(code="EMI", place="4406", at=just_before)]
        delivered[1] = Scan(code="EMI", place="4406", at=just_before + timedelta(minutes=minutes))
        expectation = Expectation(now=START + timedelta(days=9), due_on=date(2026, 10, 10))
        state = derive(delivered, registered_at=START, expectation=expectation)
        assert ("delayed" in state.flags) == late


def test_the_scans_own_zone_makes_no_difference() -> None:
    abroad = [
        Scan(code=s.code, place=s.place, at=s.at.astimezone(timezone(timedelta(hours=-7))))
        for s in JOURNEY
    ]
    assert derive(abroad, registered_at=START) == derive(JOURNEY, registered_at=START)


def test_silence_is_measured_from_the_last_thing_heard_and_ends_with_delivery() -> None:
    limit = timedelta(hours=24)
    for heard, silent in ((0, False), (3, True), (8, False)):
        expectation = Expectation(now=START + timedelta(hours=80), silent_after=limit)
        state = derive(JOURNEY[:heard], registered_at=START, expectation=expectation)
        assert ("silent" in state.flags) == silent


@pytest.mark.parametrize(("left_hours", "limit_hours"), [(200, 30), (60, 10), (40, 0)])
def test_fresh_produce_shortens_the_silence_that_is_bearable(
    left_hours: int, limit_hours: int
) -> None:
    limit = silence_limit(
        lane_p95=timedelta(hours=30),
        shelf_life_left=timedelta(hours=left_hours),
        still_to_go=timedelta(hours=50),
    )
    assert limit == timedelta(hours=limit_hours)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (scan("EMX", 1), "code"),
        (scan("EMH", 1), "reason"),
        (scan("EDF", 1, reason="mood"), "reason"),
        (Scan(code="EMA", place="XI", at=datetime(2026, 10, 8)), "at"),
    ],
)
def test_an_impossible_scan_is_refused_by_field(bad: Scan, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_scan(bad)
    assert refusal.value.field == field


def test_every_word_is_there_in_both_languages() -> None:
    assert len(Status) == 10
    assert set(STATUS_TEXT) == set(Status)
    assert set(ACTION_TEXT) == set(Action)
    assert {reason.cause for reason in REASONS.values()} == set(Cause)
    for row in (*EVENTS.values(), *REASONS.values()):
        assert row.zh
        assert row.en
        check_scan(scan("EDF", 1, reason="absent"))
