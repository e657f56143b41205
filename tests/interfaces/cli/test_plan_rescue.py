"""`postharvest plan rescue` as a person types it."""

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from postharvest.interfaces.cli.main import main

PERSIMMON = str(files("postharvest") / "data" / "cases" / "fuping-persimmon.toml")
QUICK = ["--cpu-seconds", "0.6"]


def test_it_prints_the_page_and_writes_plan_and_report(tmp_path, capsys):
    plan, report = tmp_path / "plan.json", tmp_path / "plan.html"
    words = ["plan", "rescue", PERSIMMON, "--json", str(plan), "--html", str(report), *QUICK]
    assert main(words) == 0
    assert "Growers keep" in capsys.readouterr().out
    written = json.loads(plan.read_text(encoding="utf-8"))
    assert written["schema"] == "postharvest.rescue-plan/1"
    assert 0 <= written["gap"] < 0.02
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert main(["plan", "check", PERSIMMON, str(plan)]) == 0
    assert "every rule holds" in capsys.readouterr().out


def test_it_speaks_chinese(capsys):
    assert main(["plan", "rescue", PERSIMMON, "--lang", "zh", *QUICK]) == 0
    assert "农户净得" in capsys.readouterr().out


def test_the_frontier_has_at_least_five_plans_and_each_holds(tmp_path, capsys):
    path = tmp_path / "frontier.json"
    words = ["plan", "rescue", PERSIMMON, "--goal", "frontier", "--json", str(path), *QUICK]
    assert main(words) == 0
    frontier = json.loads(path.read_text(encoding="utf-8"))
    assert frontier["schema"] == "postharvest.rescue-frontier/1"
    different = {(p["price_reference_yuan"], p["net_income_yuan"]) for p in frontier["plans"]}
    assert len(different) >= 5
    assert all(
        p["bound_yuan"] >= frontier["plans"][0]["net_income_yuan"]
        for p in frontier["plans"]
        if p["goal"]["kind"] == "income"
    )
    capsys.readouterr()
    assert main(["plan", "check", PERSIMMON, str(path)]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--goal", "profit"], "not income"),
        (["--goal", "clear:x"], "not a number"),
        (["--goal", "clear:1.2"], "at most at 1"),
        (["--goal", "income:3"], "not income"),
        (["--cpu-seconds", "0"], "above 0"),
    ],
)
def test_bad_words_are_one_line_and_exit_code_two(words, message, capsys):
    assert main(["plan", "rescue", PERSIMMON, *words]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert len(err.strip().splitlines()) == 1


def test_a_misspelt_key_is_named_and_nothing_is_written(tmp_path, capsys):
    text = Path(PERSIMMON).read_text(encoding="utf-8").replace("elasticity", "elasticty", 1)
    case = tmp_path / "case.toml"
    case.write_text(text, encoding="utf-8")
    out = tmp_path / "plan.json"
    assert main(["plan", "rescue", str(case), "--json", str(out)]) == 2
    assert "demand.elasticty" in capsys.readouterr().err
    assert not out.exists()


def test_a_goal_out_of_reach_says_what_can_be_cleared(tmp_path, capsys):
    text = Path(PERSIMMON).read_text(encoding="utf-8")
    text = text.replace("parcels_per_day = 1500", "parcels_per_day = 150")
    case = tmp_path / "case.toml"
    case.write_text(text, encoding="utf-8")
    out = tmp_path / "plan.json"
    assert main(["plan", "rescue", str(case), "--goal", "clear:0.95", "--json", str(out)]) == 2
    assert "largest share that can be cleared" in capsys.readouterr().err
    assert not out.exists()


def test_django_is_not_loaded():
    code = (
        "import sys; from postharvest.interfaces.cli.main import main; "
        f"main(['plan', 'rescue', {PERSIMMON!r}, '--cpu-seconds', '0.3']); "
        "assert not {'django', 'numba', 'scipy', 'pandas'} & set(sys.modules), 'too much'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
