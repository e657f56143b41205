"""Between us and the carrier nothing is lost without being named."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postharvest.core.errors import InvalidInput
from postharvest.operations.parcels import s10
from postharvest.operations.parcels.handover import (
    Announced,
    Billed,
    Expected,
    NumberPattern,
    carrier_of,
    compare_acceptance,
    pre_advice,
    reconcile_postage,
)

PATTERNS = [
    NumberPattern(carrier="sf", pattern=r"SF[0-9]{13}"),
    NumberPattern(carrier="jd", pattern=r"JD[0-9]{13}"),
]
numbers = st.lists(st.integers(0, 40).map(lambda serial: s10.make("PA", serial)), max_size=20)


def test_a_number_belongs_to_the_carrier_whose_pattern_it_fits() -> None:
    assert carrier_of("pa 000 000 014 cn", PATTERNS) == ("post", "PA000000014CN")
    assert carrier_of("SF-1234567890123", PATTERNS) == ("sf", "SF1234567890123")


@pytest.mark.parametrize("text", ["PA000000015CN", "XX1", "", "SF1"])
def test_a_number_of_nobodys_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(InvalidInput, match="number"):
        carrier_of(text, PATTERNS)


def test_a_number_that_fits_two_carriers_is_not_guessed() -> None:
    greedy = [*PATTERNS, NumberPattern(carrier="other", pattern=r"SF[0-9A-Z]{0,38}")]
    with pytest.raises(InvalidInput, match="sf and other"):
        carrier_of("SF1234567890123", greedy)


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="pattern"):
        NumberPattern(carrier="x", pattern="[")


def test_the_pre_advice_is_a_table_that_no_spreadsheet_runs() -> None:
    parcel = Announced(
        number="PA000000014CN",
        despatch="=1+1",
        county_code="440606",
        net_g=4500,
        sell_by=date(2026, 10, 19),
    )
    raw = pre_advice([parcel])
    [row] = csv.DictReader(io.StringIO(raw.decode("utf-8-sig")))
    assert row["number"] == "PA000000014CN"
    assert row["despatch"] == "'=1+1"
    assert (row["net_g"], row["sell_by"]) == ("4500", "2026-10-19")


@given(numbers, numbers)
def test_every_number_of_both_counts_is_in_one_list(sent: list[str], accepted: list[str]) -> None:
    counted = compare_acceptance(sent=sent, accepted=accepted)
    lists = (counted.agreed, counted.missing, counted.surplus)
    assert set().union(*lists) == {*sent, *accepted}
    assert sum(map(len, lists)) == len({*sent, *accepted})
    assert counted.is_complete == (
        set(sent) == set(accepted) and len(set(accepted)) == len(accepted)
    )


def test_the_same_number_printed_in_groups_is_the_same_parcel() -> None:
    counted = compare_acceptance(sent=["PA000000014CN"], accepted=["PA 000 000 014 CN"])
    assert counted.is_complete


def test_an_invoice_is_held_against_the_scales() -> None:
    first, second, third, fourth = (s10.make("PA", serial) for serial in range(1, 5))
    expected = {
        first: Expected(weight_g=4500, postage_fen=900),
        second: Expected(weight_g=4500, postage_fen=900),
        third: Expected(weight_g=4500, postage_fen=900),
        fourth: Expected(weight_g=4500, postage_fen=900),
    }
    invoice = [
        Billed(number=first, weight_g=4510, postage_fen=900),
        Billed(number=second, weight_g=5600, postage_fen=1050),
        Billed(number=third, weight_g=4500, postage_fen=950),
        Billed(number=third, weight_g=4500, postage_fen=900),
        Billed(number="PA999999995CN", weight_g=100, postage_fen=500),
    ]
    held = reconcile_postage(invoice, expected)
    reasons = {(line.number, line.reason): line.too_much_fen for line in held.differences}
    assert reasons == {
        (second, "billed_heavier"): 150,
        (third, "other_tariff"): 50,
        (third, "billed_twice"): 900,
        ("PA999999995CN", "not_ours"): 500,
    }
    assert held.unbilled == (fourth,)
    assert held.billed_fen - held.too_much_fen == held.expected_fen == 2700


@given(
    st.lists(
        st.builds(
            Billed,
            number=st.integers(0, 9).map(lambda serial: s10.make("PA", serial)),
            weight_g=st.integers(1, 9000),
            postage_fen=st.integers(0, 3000),
        ),
        max_size=15,
    ),
    st.dictionaries(
        st.integers(0, 9).map(lambda serial: s10.make("PA", serial)),
        st.builds(Expected, weight_g=st.integers(1, 9000), postage_fen=st.integers(0, 3000)),
    ),
)
def test_what_is_disputed_accounts_for_every_fen(
    invoice: list[Billed], expected: dict[str, Expected]
) -> None:
    held = reconcile_postage(invoice, expected)
    assert held.billed_fen - held.too_much_fen == held.expected_fen
