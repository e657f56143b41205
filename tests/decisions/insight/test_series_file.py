"""Faults in a file of series are named by their row."""

from datetime import date

import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.series_file import read_series, series_of

GOOD = """series,date,value
pear,2020-01-06,2.5
pear,2020-01-13,2.4
leek,2020-01-06,1
leek,2020-01-13,0
"""


def lines(text):
    return [line.split(",") if line else [] for line in text.splitlines()]


def test_series_come_in_the_order_of_the_file():
    pear, leek = series_of(lines(GOOD))
    assert (pear.key, leek.key) == ("pear", "leek")
    assert pear.dates == (date(2020, 1, 6), date(2020, 1, 13))
    assert leek.values == (1.0, 0.0)
    assert leek.rows == (4, 5)


def test_columns_may_come_in_any_order_with_one_currency():
    text = "date,currency,value,series\n2020-01-06,CNY,2,pear\n2020-01-13,CNY,3,pear\n"
    assert series_of(lines(text))[0].values == (2.0, 3.0)


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        ("", "file", "is empty"),
        ("series,date,value\n", "file", "no rows"),
        ("series,day,value\npear,2020-01-06,1\n", "row 1", "'date'"),
        (GOOD + "pear,2020-01-20,-1\n", "row 6", "must be 0 or more"),
        (GOOD + "pear,2020-01-20,nan\n", "row 6", "must be 0 or more"),
        (GOOD + "pear,2020-01-20,2.5元\n", "row 6", "not a plain number"),
        (GOOD + "pear,2020-01-20,\n", "row 6", "is blank"),
        (GOOD + "pear,20.1.2020,2\n", "row 6", "is not a day like"),
        (GOOD + "pear,2020-01-06,2\n", "row 6", "twice (also row 2)"),
        (GOOD + "pear,2020-01-08,2\n", "row 6", "sort by date"),
        (GOOD + "plum,2020-01-06,2\n", "row 6", "one observation"),
        (GOOD + ",2020-01-06,2\n", "row 6", "blank"),
        (GOOD + "plum,2020-01-06\n", "row 6", "2 cells"),
        (
            "series,date,value,currency\npear,2020-01-06,2,CNY\npear,2020-01-13,2,USD\n",
            "row 3",
            "convert to one",
        ),
        ("series,date,value,colour\npear,2020-01-06,2,red\n", "row 1", "'colour' is not known"),
        ("series,date,value,unit\npear,2020-01-06,2\n", "row 2", "3 cells"),
    ],
)
def test_a_fault_is_named_by_row(text, field, says):
    with pytest.raises(InvalidInput) as refused:
        series_of(lines(text))
    assert refused.value.field == field
    assert says in refused.value.detail


def test_a_byte_order_mark_is_not_part_of_the_header(tmp_path):
    path = tmp_path / "series.csv"
    path.write_text("\ufeff" + GOOD, encoding="utf-8")
    assert len(read_series(path)) == 2
