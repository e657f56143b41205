"""Faults in a file of sales are named by their row."""

import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.sales_file import sales_of

HEADER = "date,listing,produce,region,price,qty,promo,stock_out\n"
GOOD = HEADER + "2020-01-06,box,pear,610000,5,10,0,0\n2020-01-13,box,pear,610000,4.5,12,1,1\n"


def lines(text):
    return [line.split(",") for line in text.splitlines()]


def test_a_listing_is_one_per_region_and_stock_outs_are_not_usable():
    other = "2020-01-06,box,pear,450000,5,10,0,0\n2020-01-13,box,pear,450000,5,10,0,0\n"
    first, second = sales_of(lines(GOOD + other))
    assert (first.listing, second.listing) == ("box@610000", "box@450000")
    assert first.usable.tolist() == [True, False]
    assert first.promoted.tolist() == [False, True]


def test_promotion_and_stock_out_may_be_unknown():
    text = "date,listing,produce,region,price,qty\n2020-01-06,b,pear,,5,1\n2020-01-13,b,pear,,5,2\n"
    (only,) = sales_of(lines(text))
    assert only.listing == "b"
    assert only.usable.all()


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("2020-01-20,box,pear,610000,0,10,0,0", "price '0' must be above 0"),
        ("2020-01-20,box,pear,610000,-2,10,0,0", "must be above 0"),
        ("2020-01-20,box,pear,610000,5,-1,0,0", "qty '-1' must not be negative"),
        ("2020-01-20,box,pear,610000,5 yuan,10,0,0", "price '5 yuan' is not a plain number"),
        ("2020-01-20,box,pear,610000,inf,10,0,0", "is not finite"),
        ("2020-01-13,box,pear,610000,5,10,0,0", "twice"),
        ("2020-01-08,box,pear,610000,5,10,0,0", "sort by date"),
        ("2020-1-20,box,pear,610000,5,10,0,0", "is not a day like"),
        ("2020-01-20,box,plum,610000,5,10,0,0", "'plum' here and 'pear' in row 2"),
        ("2020-01-20,box,pear,610000,5,10,maybe,0", "promo 'maybe' must be 0 or 1"),
        ("2020-01-20,box,pear,610000,5,10", "has 6 cells"),
        ("2020-01-20,,pear,610000,5,10,0,0", "must not be blank"),
        ("2020-01-20,bag,pear,610000,5,10,0,0", "one observation"),
    ],
)
def test_a_fault_is_named_by_row(row, says):
    with pytest.raises(InvalidInput) as refused:
        sales_of(lines(GOOD + row + "\n"))
    assert refused.value.field == "row 4"
    assert says in refused.value.detail


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        ("date,listing,produce,price,qty\n", "row 1", "'region'"),
        (HEADER.replace("promo", "colour"), "row 1", "'colour' is not known"),
        (HEADER, "file", "no rows"),
    ],
)
def test_a_wrong_header_is_named(text, field, says):
    with pytest.raises(InvalidInput) as refused:
        sales_of(lines(text))
    assert refused.value.field == field
    assert says in refused.value.detail


def test_mixed_currencies_are_named_by_row():
    text = "date,listing,produce,region,price,qty,currency\n"
    text += "2020-01-06,b,pear,,5,1,CNY\n2020-01-13,b,pear,,5,2,USD\n"
    with pytest.raises(InvalidInput, match=r"row 3: currency 'USD'"):
        sales_of(lines(text))
