"""`postharvest plan check` as a person types it."""

import json
from importlib.resources import files

import pytest

from postharvest.interfaces.cli.main import main

PERSIMMON = str(files("postharvest") / "data" / "cases" / "fuping-persimmon.toml")


@pytest.fixture(scope="module")
def plan_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("plans") / "plan.json"
    main(["plan", "rescue", PERSIMMON, "--cpu-seconds", "0.5", "--json", str(path)])
    return path


def test_a_broken_plan_is_told_rule_by_rule(plan_path, tmp_path, capsys):
    plan = json.loads(plan_path.read_text(encoding="utf-8"))
    plan["crew"][0]["people"] = 0
    broken, found = tmp_path / "broken.json", tmp_path / "found.json"
    broken.write_text(json.dumps(plan), encoding="utf-8")
    assert main(["plan", "check", PERSIMMON, str(broken), "--json", str(found)]) == 1
    assert "BROKEN crew's work" in capsys.readouterr().out
    assert json.loads(found.read_text(encoding="utf-8"))[0]["ok"] is False


@pytest.mark.parametrize("text", ["not json", "[1, 2]", '{"schema": "x"}', '{"plans": 3}'])
def test_what_is_no_plan_is_exit_code_two(tmp_path, capsys, text):
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    assert main(["plan", "check", PERSIMMON, str(path)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_missing_file_is_exit_code_two(tmp_path, capsys):
    assert main(["plan", "check", PERSIMMON, str(tmp_path / "none.json")]) == 2
    assert "can't be read" in capsys.readouterr().err
