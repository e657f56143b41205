"""The three data commands, as a person types them."""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from openpyxl import load_workbook

from postharvest.core.tables.catalogue import ATTRIBUTIONS, shape, shapes
from postharvest.core.tables.checking import check
from postharvest.core.tables.reading import read_lines
from postharvest.interfaces.cli.main import main
from postharvest.operations.network.models import PlanningDefault, Table

pytestmark = pytest.mark.django_db
HEADS = "field,value,unit,low,high,status,source\n"


@pytest.fixture
def light(monkeypatch):
    """Only the tables these tests touch: a catalogue of all takes seconds to load."""
    from postharvest.core.tables import catalogue

    kept = {name: shapes()[name] for name in ("planning_defaults", "postal_facts", "county_cells")}
    monkeypatch.setattr(catalogue, "shapes", lambda: kept)


@pytest.fixture
def csv(tmp_path):
    def write(text, *, encoding="utf-8"):
        file = tmp_path / "own.csv"
        file.write_bytes(text.encode(encoding))
        return str(file)

    return write


def test_the_list_names_source_licence_and_status_of_every_table(capsys):
    assert main(["data", "list", "--json"]) == 0
    listing = json.loads(capsys.readouterr().out)
    assert listing["schema"] == "postharvest.tables/1"
    assert {table["name"] for table in listing["tables"]} == set(shapes())
    assert all(t["source"] and t["licence"] and t["status"] for t in listing["tables"])
    assert {table["in_force"] for table in listing["tables"]} == {"shipped"}
    assert listing["attributions"] == list(ATTRIBUTIONS)


def test_the_list_is_readable_and_prints_the_attributions(capsys):
    assert main(["data", "list"]) == 0
    text = capsys.readouterr().out
    assert "townships  41,352 rows, shipped" in text
    assert "GeoNames (CC BY 4.0, geonames.org)" in text
    assert "Copernicus" in text


def test_without_commit_an_import_is_a_dry_run(light, csv, capsys):
    file = csv(HEADS + "hold_days,2,days,,,own,us\n")
    assert main(["data", "import", "planning_defaults", file, "--merge"]) == 0
    text = capsys.readouterr().out
    assert "47 rows: 0 new, 1 changed, 0 gone" in text
    assert "dry run" in text
    assert PlanningDefault.objects.get(field="hold_days").value == "1"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_with_commit_it_is_written_in_any_encoding_and_listed_as_the_operators(
    light, csv, capsys, encoding
):
    file = csv("字段,值,单位,状态,来源\nhold_days,2,天,自有,本局\n", encoding=encoding)
    words = ["data", "import", "planning_defaults", file, "--merge", "--commit"]
    assert main([*words, "--source", "our book"]) == 0
    assert "written" in capsys.readouterr().out
    held = PlanningDefault.objects.get(field="hold_days")
    assert (held.value, held.source) == ("2", "本局")
    assert main(["data", "list", "--json"]) == 0
    tables = {t["name"]: t for t in json.loads(capsys.readouterr().out)["tables"]}
    table = tables["planning_defaults"]
    assert (table["in_force"], table["source"]) == ("operator", "our book")
    assert table["loaded_by"] == "command line"


def test_bad_rows_are_all_named_and_the_exit_code_is_two(light, csv, capsys):
    file = csv(HEADS + ",2,days,,,own,us\nhold_days,,days,,,own,us\nx,1,d,3,2,own,us\n")
    assert main(["data", "import", "planning_defaults", file, "--commit"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines if line.startswith("line ")] == [
        "line 2, field",
        "line 3, value",
        "line 4, high",
    ]
    assert lines[-1].startswith("postharvest: file: 3 faults in ")
    assert not Table.objects.get(name="planning_defaults").is_operator


def test_bad_rows_come_as_json_too(light, csv, capsys):
    file = csv(HEADS + ",2,days,,,own,us\n")
    assert main(["data", "import", "planning_defaults", file, "--json"]) == 2
    result = json.loads(capsys.readouterr().out)
    assert (result["is_committed"], result["faults"][0]["column"]) == (False, "field")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["data", "import", "nowhere", "{file}"], "table: there is no table 'nowhere'"),
        (["data", "import", "planning_defaults", "/nowhere.csv"], "file: there is no file"),
        (["data", "import", "planning_defaults"], "file: give a FILE"),
        (["data", "import", "county_cells", "{file}"], "file: 1 faults"),
        (["data", "export", "nowhere", "--out", "x.csv"], "table: there is no table"),
        (["data", "export", "--out", "x.csv"], "name: give one table's name"),
        (
            ["data", "export", "planning_defaults", "--all", "--out", "x.csv"],
            "name: give one table's name",
        ),
        (["data", "export", "planning_defaults", "--out", "x.pdf"], "--out: a table is written as"),
        (["data", "export", "county_cells", "--out", "x.csv"], "--out: county_cells is a map"),
        (["data", "export", "--all", "--out", "x.csv"], "--out: all tables go into"),
        (
            ["data", "export", "planning_defaults", "--out", "/nowhere/x.csv"],
            "No such file or directory",
        ),
    ],
)
def test_a_bad_call_is_one_clear_line_and_exit_code_two(light, csv, capsys, words, complaint):
    file = csv(HEADS)
    assert main([word.format(file=file) for word in words]) == 2
    complaints = capsys.readouterr().err.splitlines()
    assert complaint in complaints[-1]
    assert complaints[-1].startswith("postharvest: ")


def test_a_restored_table_ships_again(light, csv, capsys):
    file = csv(HEADS + "hold_days,2,days,,,own,us\n")
    assert main(["data", "import", "planning_defaults", file, "--merge", "--commit"]) == 0
    assert main(["data", "import", "planning_defaults", "--restore"]) == 0
    assert PlanningDefault.objects.get(field="hold_days").value == "2"
    assert main(["data", "import", "planning_defaults", "--restore", "--commit"]) == 0
    assert PlanningDefault.objects.get(field="hold_days").value == "1"


def test_what_was_imported_is_what_is_exported(light, csv, tmp_path):
    file = csv(HEADS + "evil,1,=1+1,,,own,-2+3\n")
    assert main(["data", "import", "planning_defaults", file, "--commit"]) == 0
    out = tmp_path / "out.csv"
    assert main(["data", "export", "planning_defaults", "--out", str(out)]) == 0
    assert out.read_text("utf-8-sig").splitlines()[1] == "evil,1,'=1+1,,,own,'-2+3,,"
    assert main(["data", "import", "planning_defaults", str(out), "--commit"]) == 0
    assert PlanningDefault.objects.get().unit == "=1+1"


def test_all_tables_go_into_one_workbook_or_one_folder(light, tmp_path):
    book, folder = tmp_path / "all.xlsx", tmp_path / "all"
    assert main(["data", "export", "--all", "--out", str(book)]) == 0
    assert load_workbook(book).sheetnames == ["planning_defaults", "postal_facts", "about"]
    assert main(["data", "export", "--all", "--out", str(folder)]) == 0
    assert sorted(file.name for file in folder.iterdir()) == [
        "planning_defaults.csv",
        "postal_facts.csv",
    ]


def test_a_full_disk_leaves_no_half_file(light, tmp_path, monkeypatch, capsys):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    out = tmp_path / "out.csv"
    assert main(["data", "export", "planning_defaults", "--out", str(out)]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_first_import_on_a_fresh_machine_makes_the_database(tmp_path, csv):
    file = csv(HEADS + "hold_days,2,days,,,own,us\n")
    words = ["data", "import", "planning_defaults", file, "--merge", "--commit"]
    environment = {
        **os.environ,
        "POSTHARVEST_HOME": str(tmp_path / "home"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "postharvest.interfaces.cli.main"]
    first = subprocess.run(
        [*command, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert first.returncode == 0, first.stderr
    assert "bringing the database up to date" in first.stderr
    listing = subprocess.run(
        [*command, "data", "list", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    tables = json.loads(listing.stdout)["tables"]
    own = [table["name"] for table in tables if table["in_force"] == "operator"]
    assert own == ["planning_defaults"]


def commands_in_the_docs():
    page = Path(__file__).parents[3] / "docs" / "data.md"
    lines = re.findall(r"^    (postharvest data .*)$", page.read_text("utf-8"), re.MULTILINE)
    return [re.split(r"\s{3,}", line)[0] for line in lines]


@pytest.mark.parametrize("line", commands_in_the_docs())
def test_every_command_in_the_docs_can_be_typed(line):
    _, *words = shlex.split(line)
    command = import_module(f"postharvest.interfaces.cli.{'_'.join(words[:2])}")
    parser = argparse.ArgumentParser(exit_on_error=False)
    command.add_arguments(parser)
    named = getattr(parser.parse_args(words[2:]), "name", None)
    assert named is None or shape(named)


def test_the_faults_in_the_docs_are_worded_as_the_program_words_them():
    page = (Path(__file__).parents[3] / "docs" / "data.md").read_text("utf-8")
    heads = "code,name_zh,name_en,province_code,lat,lon,coord_source"
    heads += ",n_villages,rural_pop_est,urban_pop_est,households_est\n"
    rows = "610528,富平县,Fuping,610000,109.2,,own,1,1,1,1\n61052,x,x,610000,34,109,own,1,1,1,1\n"
    faults = check(
        shape("counties"), read_lines((heads + rows).encode()), known=lambda _: {"610000"}
    )
    for fault in faults.faults:
        _, _, words = str(fault).partition(", ")
        assert words in page or words == "lon: is empty; a number is needed here"
    assert len(faults.faults) == 3
