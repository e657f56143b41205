"""S10 identifiers: vectors worked by hand and the properties every identifier has."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postharvest.operations.parcels import s10

serials = st.integers(min_value=0, max_value=s10.LARGEST_SERIAL)
indicators = st.tuples(
    st.sampled_from(sorted(set(string.ascii_uppercase) - s10.RESERVED_FIRST_LETTERS)),
    st.sampled_from(string.ascii_uppercase),
).map("".join)
countries = st.sampled_from(sorted(s10.COUNTRIES))


@pytest.mark.parametrize(
    ("serial", "digit"),
    [
        (47312482, 9),  # 8·4+6·7+4·3+2·1+3·2+5·4+9·8+7·2 = 200, 200 mod 11 = 2
        (1, 4),  # 7 → 11 − 7
        (0, 5),  # 0 → 11 → 5
        (8, 0),  # 56 mod 11 = 1 → 10 → 0
        (12345678, 5),  # 231 mod 11 = 0 → 11 → 5
        (99999999, 5),  # 9·44 mod 11 = 0
    ],
)
def test_check_digits_agree_with_sums_done_by_hand(serial: int, digit: int) -> None:
    assert s10.check_digit(serial) == digit


def test_the_standards_worked_example_is_made_and_parsed() -> None:
    assert s10.make("RR", 47312482, "GB") == "RR473124829GB"
    assert s10.parse("RR473124829GB") == s10.S10(indicator="RR", serial=47312482, country="GB")


def test_domestic_parcels_are_pa_and_cn_unless_told_otherwise() -> None:
    assert s10.make(s10.DOMESTIC_INDICATOR, 1) == "PA000000014CN"


@given(indicators, serials, countries)
def test_what_is_made_parses_back(indicator: str, serial: int, country: str) -> None:
    number = s10.make(indicator, serial, country)
    parsed = s10.parse(number)
    assert (parsed.indicator, parsed.serial, parsed.country) == (indicator, serial, country)
    assert str(parsed) == number
    assert len(number) == 13


@given(indicators, serials, countries)
def test_printed_and_full_width_forms_mean_the_same_number(
    indicator: str, serial: int, country: str
) -> None:
    number = s10.make(indicator, serial, country)
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in number)
    for written in (s10.parse(number).grouped, full_width, number.lower(), f" {number}\n"):
        assert str(s10.parse(written)) == number


@given(serials, st.integers(0, 7), st.integers(1, 9))
def test_a_wrong_digit_is_caught_unless_the_special_remainders_meet(
    serial: int, place: int, shift: int
) -> None:
    digits = [int(digit) for digit in f"{serial:08d}"]
    digits[place] = (digits[place] + shift) % 10
    other = int("".join(map(str, digits)))
    number = f"PA{other:08d}{s10.check_digit(serial)}CN"
    assert s10.is_valid(number) == (s10.check_digit(other) == s10.check_digit(serial))


def test_about_two_in_a_hundred_wrong_digits_slip_through() -> None:
    missed = tried = 0
    for serial in range(0, 100_000_000, 39_989):
        text = f"{serial:08d}"
        for place in range(8):
            for digit in "0123456789".replace(text[place], ""):
                tried += 1
                other = int(text[:place] + digit + text[place + 1 :])
                missed += s10.check_digit(other) == s10.check_digit(serial)
    assert 0.01 < missed / tried < 0.03


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "13 characters"),
        ("PA00000001CN", "13 characters"),
        ("PA000000015CN", "needs 4"),
        ("PA00000001OCN", "nine digits"),
        ("JA000000014CN", "reserved"),
        ("WZ000000014CN", "reserved"),
        ("PA000000014XX", "not an ISO 3166"),
        ("1A000000014CN", "two letters"),
        ("PA٠٠٠٠٠٠٠١4CN", "nine digits"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        s10.parse(text)
    assert not s10.is_valid(text)


@pytest.mark.parametrize("bad", [("ka", 1, "CN"), ("K", 1, "CN"), ("KA", 1, "CN")])
def test_nothing_malformed_is_made(bad: tuple[str, int, str]) -> None:
    with pytest.raises(ValueError, match="indicator"):
        s10.make(*bad)


@pytest.mark.parametrize("serial", [-1, 100_000_000])
def test_a_serial_has_eight_digits(serial: int) -> None:
    with pytest.raises(ValueError, match="8 digits"):
        s10.make("PA", serial)


@given(st.text(max_size=20))
def test_any_text_is_parsed_or_refused_never_more(text: str) -> None:
    try:
        s10.parse(text)
    except ValueError:
        assert not s10.is_valid(text)
