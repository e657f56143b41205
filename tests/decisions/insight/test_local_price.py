"""The counter-factual price: robust, backward-looking, honest about its n."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.diary import DiaryEntry
from postharvest.decisions.insight.local_price import local_price

DAY = date(2019, 1, 10)


def entry(days_ago, price):
    return DiaryEntry(day=DAY - timedelta(days=days_ago), bought_kg=100.0, price_yuan_kg=price)


def found(*entries):
    return local_price(list(entries), day=DAY, norm_yuan_kg=1.5)


def test_one_wild_entry_does_not_set_the_price():
    assert found(entry(0, 1.0), entry(1, 1.1), entry(1, 9.0), entry(2, 1.0)).yuan_kg <= 1.1


def test_newer_entries_count_more():
    assert found(entry(6, 2.0), entry(0, 1.0)).yuan_kg == 1.0
    assert found(entry(0, 2.0), entry(6, 1.0)).yuan_kg == 2.0


def test_later_and_old_entries_are_not_used():
    price = found(entry(-1, 0.1), entry(9, 0.1), entry(1, 1.2), entry(2, 1.3))
    assert price.entries == 2
    assert price.low_yuan_kg == 1.2


def test_too_few_entries_fall_back_to_the_usual_price_and_say_so():
    price = found(entry(1, 0.9), DiaryEntry(day=DAY, bought_kg=0.0, price_yuan_kg=None))
    assert (price.yuan_kg, price.entries) == (1.5, 1)
    assert "usual price" in price.method


@given(
    st.lists(st.tuples(st.integers(0, 6), st.floats(0.1, 20)), min_size=2, max_size=20),
    st.floats(1.01, 5),
)
def test_the_price_lies_among_its_entries_and_scales_with_them(rows, factor):
    one = found(*(entry(ago, price) for ago, price in rows))
    other = found(*(entry(ago, price * factor) for ago, price in rows))
    assert one.low_yuan_kg <= one.yuan_kg <= one.high_yuan_kg
    assert other.yuan_kg == pytest.approx(one.yuan_kg * factor)


def test_an_impossible_norm_is_refused():
    with pytest.raises(InvalidInput, match="norm_yuan_kg"):
        local_price([], day=DAY, norm_yuan_kg=0.0)
