"""ETA windows keep their word, borrow where they know little, and follow the world."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postharvest.engines.transit.model import (
    NATIONAL_LOG_SPREAD,
    NATIONAL_MEDIAN_HOURS,
    TransitHistory,
    TransitParams,
    learn,
)
from postharvest.engines.transit.replay import replay, simulated_journeys

PARAMS = TransitParams()


def history(
    rng: np.random.Generator, *, lanes: int = 4, n: int = 400, median: float = 60.0
) -> TransitHistory:
    departed = np.sort(rng.uniform(0, 24 * 30, n))
    hours = median * np.exp(rng.normal(0, 0.2, n))
    now = 24.0 * 30
    return TransitHistory(
        lane=rng.integers(0, lanes, n),
        departed_hours=departed,
        weekday=(departed // 24).astype(np.int64) % 7,
        holiday=np.zeros(n, dtype=np.bool_),
        hours=np.where(departed + hours <= now, hours, np.nan),
        issued_log_centre=np.full(n, np.nan),
        issued_log_spread=np.full(n, np.nan),
        now_hours=now,
        lane_hub=np.arange(lanes) % 2,
        lane_prior_hours=np.full(lanes, 45.0),
    )


def empty(lanes: int = 3) -> TransitHistory:
    nothing = np.empty(0)
    return TransitHistory(
        lane=np.empty(0, dtype=np.int64),
        departed_hours=nothing,
        weekday=np.empty(0, dtype=np.int64),
        holiday=np.empty(0, dtype=np.bool_),
        hours=nothing,
        issued_log_centre=nothing,
        issued_log_spread=nothing,
        now_hours=0.0,
        lane_hub=np.zeros(lanes, dtype=np.int64),
        lane_prior_hours=np.full(lanes, NATIONAL_MEDIAN_HOURS),
    )


def ask(lanes: list[int], *, holiday: bool = False) -> dict[str, np.ndarray]:
    return {
        "lane": np.array(lanes),
        "weekday": np.zeros(len(lanes), dtype=np.int64),
        "holiday": np.full(len(lanes), holiday),
    }


@pytest.mark.parametrize("seed", range(3))
def test_stated_80_percent_windows_cover_75_to_85_percent_under_drift(seed: int) -> None:
    journeys = simulated_journeys(np.random.default_rng(seed), parcels_per_lane_day=4.0)
    report = replay(journeys, PARAMS)
    assert 0.75 <= report.coverage_share <= 0.85
    day = journeys.departed_hours // 24
    for half in (day < 45, day >= 45):
        assert 0.75 <= report.covered[half & report.issued].mean() <= 0.85
    for hub in range(6):
        mine = (journeys.lane_hub[journeys.lane] == hub) & report.issued
        assert 0.72 <= report.covered[mine].mean() <= 0.88


def test_windows_that_never_learn_from_their_errors_cover_less() -> None:
    journeys = simulated_journeys(
        np.random.default_rng(5), parcels_per_lane_day=4.0, drift_per_day=0.012
    )
    deaf = TransitParams(prior_errors=1e9, hub_errors=1e9)
    gap = abs(replay(journeys, deaf).coverage_share - 0.8)
    assert gap > abs(replay(journeys, PARAMS).coverage_share - 0.8)


def test_without_any_scan_the_window_is_the_nations() -> None:
    window = learn(empty(), PARAMS).windows(**ask([0]))
    assert window.p50_hours[0] == pytest.approx(NATIONAL_MEDIAN_HOURS, rel=0.01)
    wanted = np.linalg.norm([NATIONAL_LOG_SPREAD, PARAMS.lane_spread, PARAMS.hub_spread])
    spread = np.log(window.latest_hours[0] / window.earliest_hours[0]) / 2 / 1.2816
    assert spread == pytest.approx(wanted, rel=0.05)


def test_a_lane_without_scans_borrows_from_its_hub() -> None:
    known = history(np.random.default_rng(1))
    seen = replace(known, lane_hub=np.array([0, 0, 0, 0, 0, 1]), lane_prior_hours=np.full(6, 45.0))
    model = learn(seen, PARAMS)
    own, borrowed, stranger = np.exp(model.lane_log_hours[[0, 4, 5]])
    assert own == pytest.approx(60, rel=0.1)
    assert 45 < stranger < borrowed <= own * 1.02
    assert model.lane_log_variance[4] > model.lane_log_variance[0]


def test_parcels_still_under_way_are_not_taken_for_fast_ones() -> None:
    rng = np.random.default_rng(2)
    known = history(rng, n=600)
    start = known.now_hours - 24 * 4  # a young sale: half of it has not arrived
    departed = np.sort(rng.uniform(start, known.now_hours, 600))
    hours = 60 * np.exp(rng.normal(0, 0.2, 600))
    young = replace(
        known,
        departed_hours=departed,
        hours=np.where(departed + hours <= known.now_hours, hours, np.nan),
    )
    arrived = np.nanmedian(young.hours)
    learnt = np.exp(learn(young, PARAMS).lane_log_hours).mean()
    assert abs(learnt - 60) < abs(arrived - 60)
    assert learnt == pytest.approx(60, rel=0.05)


def test_holidays_and_slow_weekdays_are_learnt() -> None:
    journeys = simulated_journeys(np.random.default_rng(3), days=80)
    past = TransitHistory(
        lane=journeys.lane,
        departed_hours=journeys.departed_hours,
        weekday=journeys.weekday,
        holiday=journeys.holiday,
        hours=journeys.hours,
        issued_log_centre=np.full(journeys.lane.shape, np.nan),
        issued_log_spread=np.full(journeys.lane.shape, np.nan),
        now_hours=81 * 24.0 + 200,
        lane_hub=journeys.lane_hub,
        lane_prior_hours=journeys.lane_prior_hours,
    )
    model = learn(past, PARAMS)
    assert model.holiday_log[1] - model.holiday_log[0] == pytest.approx(0.22, abs=0.05)
    others = np.delete(model.weekday_log, 6).mean()
    assert model.weekday_log[6] - others == pytest.approx(0.10, abs=0.03)


def test_time_passing_without_a_scan_moves_the_window_on() -> None:
    model = learn(history(np.random.default_rng(4)), PARAMS)
    before = model.windows(**ask([0]))
    after = model.remaining(**ask([0]), elapsed_hours=before.p50_hours)
    assert after.earliest_hours[0] > before.p50_hours[0]
    assert after.latest_hours[0] > before.latest_hours[0]
    far = model.remaining(**ask([0]), elapsed_hours=np.array([10_000.0]))
    assert far.earliest_hours[0] >= 10_000


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 60))
def test_windows_are_ordered_positive_and_blind_to_the_order_of_scans(
    seed: int, lanes: int, n: int
) -> None:
    rng = np.random.default_rng(seed)
    known = history(rng, lanes=lanes, n=n, median=float(rng.uniform(5, 200)))
    window = learn(known, PARAMS).windows(**ask(list(range(lanes))))
    assert np.all(window.earliest_hours > 0)
    assert np.all(window.earliest_hours <= window.p50_hours)
    assert np.all(window.p50_hours <= window.latest_hours)
    order = rng.permutation(n)
    columns = ("lane", "departed_hours", "weekday", "holiday", "hours")
    shuffled = replace(known, **{name: getattr(known, name)[order] for name in columns})
    again = learn(shuffled, PARAMS).windows(**ask(list(range(lanes))))
    np.testing.assert_allclose(again.latest_hours, window.latest_hours, rtol=1e-9)


def test_minutes_instead_of_hours_scale_the_window_and_nothing_else() -> None:
    known = history(np.random.default_rng(6))
    scaled = replace(
        known,
        departed_hours=known.departed_hours * 60,
        hours=known.hours * 60,
        now_hours=known.now_hours * 60,
        lane_prior_hours=known.lane_prior_hours * 60,
    )
    slow = TransitParams(
        half_life_hours=PARAMS.half_life_hours * 60,
        error_half_life_hours=PARAMS.error_half_life_hours * 60,
    )
    hours = learn(known, PARAMS).windows(**ask([0, 1])).latest_hours
    minutes = learn(scaled, slow).windows(**ask([0, 1])).latest_hours
    np.testing.assert_allclose(minutes, hours * 60, rtol=1e-6)


def test_the_silence_limit_lies_beyond_the_window() -> None:
    model = learn(history(np.random.default_rng(7)), PARAMS)
    p95 = model.quantile_hours(**ask([0, 1]), level=0.95)
    assert np.all(p95 > model.windows(**ask([0, 1])).latest_hours)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"hours": np.array([-1.0])}, "hours"),
        ({"lane": np.array([7])}, "lane"),
        ({"departed_hours": np.array([99.0])}, "after now"),
        ({"weekday": np.array([1, 2])}, "weekday"),
        ({"issued_log_spread": np.array([])}, "issued_log_spread"),
        ({"lane_prior_hours": np.array([0.0])}, "positive"),
        ({"lane_hub": np.array([0, 0])}, "same shape"),
    ],
)
def test_a_history_that_cannot_be_is_refused(changes: dict[str, object], reason: str) -> None:
    good = TransitHistory(
        lane=np.array([0]),
        departed_hours=np.array([1.0]),
        weekday=np.array([0]),
        holiday=np.array([False]),
        hours=np.array([3.0]),
        issued_log_centre=np.array([np.nan]),
        issued_log_spread=np.array([np.nan]),
        now_hours=10.0,
        lane_hub=np.array([0]),
        lane_prior_hours=np.array([40.0]),
    )
    with pytest.raises(ValueError, match=reason):
        replace(good, **changes)


@pytest.mark.parametrize("bad", [{"coverage_share": 1.0}, {"half_life_hours": 0.0}])
def test_parameters_are_checked(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        TransitParams(**bad)
