"""Whole fen and grams: shared without loss, rounded half to even."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postharvest.core.money import split
from postharvest.core.units import fen, grams, kilograms, yuan

WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any)


@given(amount=st.integers(-(10**12), 10**12), weights=WEIGHTS)
def test_shares_sum_to_the_amount_and_none_is_a_fen_off_its_part(amount, weights):
    shares = split(amount, weights)
    assert sum(shares) == amount
    total = sum(weights)
    assert all(
        abs(share * total - amount * weight) < total
        for share, weight in zip(shares, weights, strict=True)
    )


def test_ties_go_to_the_first():
    assert split(10, [1, 1, 1]) == [4, 3, 3]
    assert split(-10, [1, 1, 1]) == [-4, -3, -3]


@pytest.mark.parametrize(("amount", "weights"), [(1, [0, 0]), (1, []), (5, [2, -1])])
def test_what_can_not_be_shared_is_refused(amount, weights):
    with pytest.raises(ValueError, match="cannot share"):
        split(amount, weights)


def test_nothing_is_shared_over_nobody():
    assert split(0, [0, 0]) == [0, 0]


@given(st.integers(0, 10**11))
def test_whole_fen_and_grams_come_back_from_floats(n):
    assert fen(yuan(n)) == n
    assert grams(kilograms(n)) == n


@pytest.mark.parametrize(("amount", "expected"), [(0.005, 0), (0.015, 2), (0.025, 2), (1.005, 100)])
def test_half_a_fen_goes_to_the_even_one(amount, expected):
    assert fen(amount) == expected
