"""`postharvest simulate nation` as a person types it: what is wrong is said in one line."""

import os
import subprocess
import sys

import pytest

from postharvest.interfaces.cli.main import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--provinces", "61,99"], "provinces:"),
        (["--years", "9"], "years:"),
        (["--bases", "absent.json"], "bases:"),
        (["--pool", "abacus"], "pool:"),
        (["--json", "no/such/folder/n.json"], "no folder"),
    ],
)
def test_bad_words_end_with_2_and_one_line(capsys, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    assert main(["simulate", "nation", "--shipped", *words]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert len(told.err.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_validate_lists_what_agrees_and_what_does_not(capsys):
    assert main(["simulate", "nation", "--shipped", "--validate"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("agrees") and "cane" in line for line in lines)
    assert any(line.startswith("DIFFERS") for line in lines)
    assert any(line.startswith("given") and "58.23" in line for line in lines)


def test_the_command_starts_without_django():
    code = (
        "import sys; from postharvest.decisions.nation import simulating, report, stored;"
        "assert 'django' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)
