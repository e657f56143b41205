"""A slip of the pen in a card or identity number is caught."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postharvest.core.check_digits import birthday_of, is_card, is_resident_id

ID = "11010519491231002X"


def luhn(body):
    return next(body + d for d in "0123456789" if is_card(body + d))


def test_published_numbers_are_right():
    assert is_card("4111111111111111")
    assert is_resident_id(ID)
    assert is_resident_id(ID.lower())
    assert birthday_of(ID) == date(1949, 12, 31)


@given(body=st.text("0123456789", min_size=15, max_size=18), place=st.integers(0, 14),
       by=st.integers(1, 9))  # fmt: skip
def test_one_wrong_digit_of_a_card_is_always_caught(body, place, by):
    card = luhn(body)
    wrong = str((int(card[place]) + by) % 10)
    assert not is_card(card[:place] + wrong + card[place + 1 :])


@given(place=st.integers(0, 16), by=st.integers(1, 9))
def test_one_wrong_digit_of_an_identity_is_always_caught(place, by):
    wrong = str((int(ID[place]) + by) % 10)
    assert not is_resident_id(ID[:place] + wrong + ID[place + 1 :])


@pytest.mark.parametrize("number", ["", "12", "abc", "4111 1111 1111 1111", "٤١١١١١١١١١١١١١١١"])
def test_what_is_no_number_is_not_right(number):
    assert not is_card(number)
    assert not is_resident_id(number)


def test_a_day_that_there_is_not_is_no_identity():
    assert not is_resident_id("110105194902310027")
