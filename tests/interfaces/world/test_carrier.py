"""The simulated post: journeys follow from the despatch, each scan is told once."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from postharvest.core.clock.time import at_hour, local_day
from postharvest.interfaces.world.carrier import Journeys, _batches, draw_journeys
from postharvest.interfaces.world.nature import stream

POSTED = datetime(2016, 10, 20, 12, tzinfo=UTC)
TAKEN, HUB_OUT, HUB_THERE, FAILED, OUT, DOOR = 0, 2, 3, 4, 6, 7


def drawn(pmf=(0.2, 0.5, 0.3), parcels=2000, late_share=0.0, despatch=1):
    return draw_journeys(
        stream(7, "carrier", despatch),
        parcels=parcels,
        posted_at=POSTED,
        transit_pmf=np.array(pmf),
        late_share=late_share,
    )


def days_taken(at_s):
    midnight_s = at_hour(local_day(POSTED), 0).timestamp()
    failed = at_s[:, FAILED] > 0
    return (at_s[:, DOOR] - midnight_s) // 86_400 - failed


def test_a_despatch_drawn_again_makes_the_same_journeys_and_another_one_others():
    assert (drawn() == drawn()).all()
    assert (drawn() != drawn(despatch=2)).any()


def test_parcels_arrive_as_the_lane_says():
    days = days_taken(drawn())
    assert set(days) == {1, 2, 3}
    shares = [(days == d).mean() for d in (1, 2, 3)]
    assert shares == pytest.approx([0.2, 0.5, 0.3], abs=0.04)


def test_a_true_lane_is_later_by_the_share_the_planner_does_not_know():
    assert days_taken(drawn(pmf=(0.0, 1.0), late_share=0.1)).mean() == pytest.approx(2.1, abs=0.03)


def test_scans_follow_each_other_and_a_near_parcel_passes_one_hub():
    at_s = drawn()
    told = np.where(at_s < 0, np.nan, at_s)
    assert (told[:, DOOR] > told[:, OUT]).all()
    assert (told[:, TAKEN] > POSTED.timestamp()).all()
    near = days_taken(at_s) == 1
    assert np.isnan(told[near][:, [HUB_OUT, HUB_THERE]]).all()
    assert not np.isnan(told[~near][:, [HUB_OUT, HUB_THERE]]).any()


def test_every_scan_is_told_once_and_what_is_due_of_a_parcel_together():
    at_s = drawn(parcels=2500)
    numbers = [f"P{n}" for n in range(2500)]
    trip = Journeys(numbers=numbers, destinations=["610528"] * 2500, origin="富平", at_s=at_s)
    told = []
    for day in range(8):
        since = POSTED + timedelta(days=day)
        batches = list(_batches([trip], since.timestamp(), (since + timedelta(days=1)).timestamp()))
        owners = [{scan.parcel for scan in batch} for batch in batches]
        assert sum(map(len, owners)) == len(set().union(*owners))
        told += [(scan.parcel, scan.code, scan.place) for batch in batches for scan in batch]
    assert len(told) == len(set(told)) == (at_s > 0).sum()
