"""What ships must pass the rules that an operator's own table is held to."""

import gzip
import hashlib

import pytest

from postharvest.core.tables import shipped
from postharvest.core.tables.catalogue import ATTRIBUTIONS, folder, shape, shapes
from postharvest.core.tables.checking import check
from postharvest.core.tables.reading import read_lines

TABLES = [name for name, table in shapes().items() if not table.is_map]
_KEYS = {}


def known(name):
    if name not in _KEYS:
        (key,) = shape(name).key
        _KEYS[name] = {row[key] for row in shipped.shipped_rows(name)}
    return _KEYS[name]


@pytest.mark.parametrize("name", TABLES)
def test_a_shipped_table_has_no_fault_and_reads_the_same_through_both_readers(name):
    checked = check(shape(name), read_lines(shipped.shipped_bytes(name)), known=known)
    assert checked.faults == []
    assert checked.rows == shipped.shipped_rows(name)


def test_every_data_file_is_in_the_catalogue_and_every_entry_has_its_file():
    files = {entry.name for entry in folder().iterdir()} - {"catalogue.toml", "SOURCES.md"}
    assert files == {table.file for table in shapes().values()}


def test_every_table_says_where_it_comes_from():
    for table in shapes().values():
        assert table.source
        assert table.licence
        assert table.status
        assert table.title_zh != table.title_en


def test_references_point_at_tables_with_one_key_that_stand_before_or_in_themselves():
    order = list(shapes())
    for table in shapes().values():
        for column in table.columns:
            if column.refers and column.refers != "produce":
                assert len(shape(column.refers).key) == 1
                assert order.index(column.refers) <= order.index(table.name)


def test_the_attributions_of_the_data_sheet_are_all_printed():
    sheet = (folder() / "SOURCES.md").read_text("utf-8")
    line = sheet.partition("## Attributions to print\n")[2].partition("\n")[0]
    for attribution in ATTRIBUTIONS:
        assert attribution.partition(" (")[0].partition(",")[0] in line


def test_the_hash_is_that_of_the_unpacked_text():
    raw = (folder() / "townships.csv.gz").read_bytes()
    assert shipped.shipped_hash("townships") == hashlib.sha256(gzip.decompress(raw)).hexdigest()
    assert shipped.shipped_row_count("townships") == 41_352
    assert shipped.shipped_row_count("county_cells") == 2_854
