"""`postharvest forecast` from the command line."""

import csv
import subprocess
import sys
from datetime import date, timedelta

import pytest

from postharvest.interfaces.cli.main import main


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "series.csv"
    rows = ["series,date,value"]
    for k in range(60):
        day = date(2020, 1, 6) + timedelta(weeks=k)
        rows += [f"pear/Qianxian,{day},{2 + (k * 7 % 5) / 10}"]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_the_table_is_written_to_a_file(file, tmp_path, capsys):
    out = tmp_path / "out.csv"
    words = ["forecast", str(file), "--horizon", "3", "--tier", "fast", "--out", str(out)]
    assert main(words) == 0
    with out.open(encoding="utf-8") as written:
        rows = list(csv.DictReader(written))
    assert [row["date"] for row in rows] == ["2021-03-01", "2021-03-08", "2021-03-15"]
    assert float(rows[0]["q025"]) < float(rows[0]["q50"]) < float(rows[0]["q975"])
    assert rows[0]["method"] == "blend"
    assert "1 series" in capsys.readouterr().out


def test_without_a_file_the_table_is_printed(file, capsys):
    assert main(["forecast", str(file), "--horizon", "1"]) == 0
    assert capsys.readouterr().out.startswith("series,date,mean,")


@pytest.mark.slow
def test_two_processes_print_what_one_prints(file, capsys):
    words = ["forecast", str(file), "--horizon", "2", "--jobs"]
    said = []
    for jobs in ("1", "2"):
        assert main([*words, jobs]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


def test_a_faulty_row_ends_with_two_and_writes_nothing(file, tmp_path, capsys):
    file.write_text(file.read_text(encoding="utf-8") + "pear/Qianxian,2021-03-01,cheap\n")
    out = tmp_path / "out.csv"
    assert main(["forecast", str(file), "--horizon", "3", "--out", str(out)]) == 2
    assert "row 62: value 'cheap'" in capsys.readouterr().err
    assert not out.exists()


def test_a_missing_file_ends_with_two(tmp_path, capsys):
    assert main(["forecast", str(tmp_path / "none.csv"), "--horizon", "3"]) == 2
    assert "none.csv" in capsys.readouterr().err


def test_it_starts_without_django_pandas_or_numba(file):
    script = (
        "import sys; from postharvest.interfaces.cli.main import main;"
        f"main(['forecast', {str(file)!r}, '--horizon', '2']);"
        "heavy = {'django', 'pandas', 'numba', 'statsforecast', 'scipy.stats'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert ended.stderr.strip() == "[]"
