from dataclasses import replace

import pytest

from postharvest.core.tables.catalogue import Column, Shape
from postharvest.core.tables.checking import check, read_value
from postharvest.core.tables.reading import read_lines

COUNTIES = Shape(
    name="counties",
    file="counties.csv",
    title_en="Counties",
    title_zh="县",
    source="a test",
    licence="own",
    status="made up",
    key=("code",),
    ordered=(("low", "high"),),
    columns=(
        Column(name="code", zh="代码", kind="code6", required=True),
        Column(name="name_zh", zh="中文名", kind="text", required=True),
        Column(name="lat", zh="纬度", kind="number", low=3, high=54, unit="°"),
        Column(name="people", zh="人口", kind="int", low=0),
        Column(name="kind", zh="类型", kind="text", choices=("village", "town")),
        Column(name="since", zh="日期", kind="date"),
        Column(name="parent", zh="上级", kind="code6", refers="provinces"),
        Column(name="low", zh="下限", kind="number"),
        Column(name="high", zh="上限", kind="number"),
    ),
)


def checked(text):
    return check(COUNTIES, read_lines(text.encode()), known=lambda table: {"610000"})


def faults(text):
    return [(fault.line, fault.column) for fault in checked(text).faults]


def test_a_good_table_comes_back_typed_and_with_every_column():
    table = checked('code,name_zh,lat,people,since\n610528,富平县,34.75,"700,000",2026/1/5\n')
    assert table.faults == []
    assert table.rows == [
        {
            "code": "610528",
            "name_zh": "富平县",
            "lat": 34.75,
            "people": 700_000,
            "kind": None,
            "since": "2026-01-05",
            "parent": None,
            "low": None,
            "high": None,
        }
    ]


def test_heads_may_be_chinese_and_carry_units_spaces_and_full_width_letters():
    table = checked("代码,中文名,纬度(°), Ｐｅｏｐｌｅ \n610528,富平县,34.7,7\n")
    assert table.faults == []
    assert table.rows[0]["people"] == 7


def test_full_width_digits_and_a_typographic_minus_are_read():
    table = checked("code,name_zh,low,high\n６１０５２８,富平县,−３,１２.5\n")
    assert table.faults == []
    assert (table.rows[0]["code"], table.rows[0]["low"], table.rows[0]["high"]) == (
        "610528",
        -3.0,
        12.5,
    )


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (",富平县", "code", "is empty"),
        ("61052,富平县", "code", "is no code of 6 digits"),
        ("610528,", "name_zh", "is empty"),
        ("610528,富平县,abc", "lat", "is no number"),
        ("610528,富平县,nan", "lat", "is no number"),
        ("610528,富平县,inf", "lat", "is no number"),
        ('610528,富平县,"34,7"', "lat", "is no number"),
        ("610528,富平县,1_0", "lat", "is no number"),
        ("610528,富平县,109.2", "lat", "look swapped"),
        ("610528,富平县,34,1.5", "people", "is no whole number"),
        ("610528,富平县,34,1e40", "people", "is too large"),
        (f"610528,{'富' * 1001}", "name_zh", "1000 are the most"),
        ("610528,富平县,34,-1", "people", "is outside at least 0"),
        ("610528,富平县,34,1,city", "kind", "use one of: village, town"),
        ("610528,富平县,34,1,town,2026-02-30", "since", "is no date"),
        ("610528,富平县,34,1,town,2026-02-03,620000", "parent", "is not in the table provinces"),
        ("610528,富平县,34,1,town,2026-02-03,610000,5,4", "high", "is below low"),
        ("610528,富平县,34,1,town,2026-02-03,610000,3,4,x", "", "beyond the last column"),
    ],
)
def test_a_bad_cell_is_named_with_line_column_rule_and_hint(row, column, words):
    heads = "code,name_zh,lat,people,kind,since,parent,low,high\n"
    table = checked(heads + "610000,陕西,34\n" + row + "\n")
    assert [(fault.line, fault.column) for fault in table.faults] == [(3, column)]
    assert words in str(table.faults[0])
    assert table.faults[0].hint
    assert [row["code"] for row in table.rows] == ["610000"]


def test_every_bad_row_is_named_not_only_the_first():
    text = "code,name_zh,lat\n1,a,b\n610528,好,34\n2,,c\n"
    assert faults(text) == [(2, "code"), (2, "lat"), (4, "code"), (4, "name_zh"), (4, "lat")]


def test_a_key_that_stands_twice_names_the_line_where_it_stood_first():
    table = checked("code,name_zh\n610528,富平县\n\n610528,富平\n")
    assert [fault.line for fault in table.faults] == [4]
    assert "already on line 2" in str(table.faults[0])


@pytest.mark.parametrize(
    ("heads", "words"),
    [
        ("code,name_zh,latt", "did you mean lat?"),
        ("code,lat", "column name_zh (中文名) is missing"),
        ("code,name_zh,中文名", "stands twice"),
    ],
)
def test_wrong_heads_stop_the_check_and_say_what_is_meant(heads, words):
    table = checked(f"{heads}\n610528,富平县,34\n")
    assert len(table.faults) == 1
    assert words in str(table.faults[0])
    assert table.rows == []


def test_heads_without_a_row_are_no_table():
    assert "it has no rows" in str(checked("code,name_zh\n").faults[0])


def test_a_column_without_a_head_is_passed_over_but_not_a_row_longer_than_the_heads():
    assert checked("code,name_zh,\n610528,富平县,whatever\n").faults == []


def test_a_swapped_longitude_is_recognised_too():
    column = Column(name="lon", zh="经度", kind="number", low=73, high=136)
    table = check(
        replace(COUNTIES, columns=(*COUNTIES.columns, column)),
        read_lines(b"code,name_zh,lon\n610528,x,34.7\n"),
        known=lambda table: set(),
    )
    assert "look swapped" in str(table.faults[0])


def test_a_row_may_refer_to_another_row_of_the_same_file():
    hubs = Shape(
        name="hubs",
        file="",
        title_en="",
        title_zh="",
        source="",
        licence="",
        status="",
        key=("code",),
        columns=(
            Column(name="code", zh="代码", kind="code6", required=True),
            Column(name="parent", zh="上级", kind="code6", refers="hubs"),
        ),
    )
    lines = read_lines(b"code,parent\n610500,610100\n610100,\n")
    assert check(hubs, lines, known=lambda table: set()).faults == []


def test_a_list_of_numbers_is_kept_as_text_and_every_number_is_checked():
    column = Column(name="packs", zh="规格", kind="numbers", low=0.05, high=50)
    assert read_value(column, "2.5 5 10") == "2.5 5 10"
    for cell in ("2.5,5kg", "2.5 0", "big"):
        with pytest.raises(Exception, match="is"):
            read_value(column, cell)


def test_the_guard_before_a_formula_is_taken_off_again():
    column = Column(name="name", zh="名", kind="text")
    assert read_value(column, "'=1+1") == "=1+1"
    assert read_value(column, "'tis") == "'tis"
