"""The command as a planner uses it: tables in, files out, one clear line when it can't be."""

import csv
import json
import subprocess
import sys

import numpy as np
import pytest

from postharvest.interfaces.cli.main import main


@pytest.fixture(autouse=True)
def no_database(tmp_path, monkeypatch):
    """Whatever database the machine has: only the shipped tables, unless a test says otherwise."""
    monkeypatch.setenv("POSTHARVEST_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("POSTHARVEST_DATABASE_URL", raising=False)


@pytest.fixture
def tables(tmp_path):
    draw = np.random.default_rng(7)
    lat, lon = draw.uniform(28, 36, 40), draw.uniform(103, 115, 40)
    rows = [
        [f"v{k}", f"{lat[k]:.5f}", f"{lon[k]:.5f}", int(draw.integers(0, 9000)), "ab"[k % 2]]
        for k in range(40)
    ]
    _write(tmp_path / "demand.csv", ["id", "lat", "lon", "weight", "class"], rows)
    _write(
        tmp_path / "candidates.csv",
        ["id", "lat", "lon", "region", "open"],
        [[*row[:3], "610000" if k < 10 else "450000", "1" if k == 3 else ""]
         for k, row in enumerate(rows)],
    )  # fmt: skip
    return tmp_path


def _write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def _plan(tables, *more):
    return main(
        ["plan", "bases", "--demand", f"{tables}/demand.csv", "--candidates",
         f"{tables}/candidates.csv", "--effort", "quick", *more]
    )  # fmt: skip


def test_a_plan_is_written_and_verified_and_drawn(tables, capsys):
    out = tables / "plan.json"
    assert _plan(tables, "--phases", "3,6", "--seed", "3", "--region-min", "610000=2",
                 "--json", str(out), "--geojson", f"{tables}/plan.geojson",
                 "--html", f"{tables}/plan.html", "--lang", "zh",
                 "--stability", "3") == 0  # fmt: skip
    plan = json.loads(out.read_text(encoding="utf-8"))
    assert plan["schema"] == "postharvest.base-plan/1"
    assert [base["order"] for base in plan["bases"]] == [1, 2, 3, 4, 5, 6]
    assert {base["id"] for base in plan["bases"] if base["phase"] == 1} >= {"v3"}
    assert set(plan["certificate"]["duals"]) == {"3", "6"}
    assert len(plan["allocation"]) == 2 * 40
    assert set(plan["metrics"]["6"]["classes"]) == {"a", "b"}
    assert all(0 <= base["stability_share"] <= 1 for base in plan["bases"])
    shapes = json.loads((tables / "plan.geojson").read_text(encoding="utf-8"))
    assert len(shapes["features"]) == 6
    page = (tables / "plan.html").read_text(encoding="utf-8")
    assert 'lang="zh-Hans"' in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    capsys.readouterr()
    assert _plan(tables, "--verify", str(out)) == 0
    assert capsys.readouterr().out.startswith("verified: 6 bases")


def test_the_same_seed_writes_the_same_file(tables):
    for name in ("one", "two"):
        assert _plan(tables, "--phases", "4", "--seed", "5", "--json", f"{tables}/{name}") == 0
    assert (tables / "one").read_bytes() == (tables / "two").read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p["certificate"].update(lower_bound=p["certificate"]["objective"]),
         "certificate: the duals prove"),
        (lambda p: p["certificate"].update(objective=1.0), "certificate: objective is"),
        (lambda p: p["allocation"][5].update(hours=0.001), "allocation: "),
        (lambda p: p["metrics"]["4"].update(mean_hours=0.5), "metrics: mean_hours"),
        (lambda p: p["bases"][0].update(load=1.0), "bases: load of"),
        (lambda p: p["bases"][1].update(mean_hours=0.1), "bases: mean_hours of"),
        (lambda p: p["bases"][1].update(market_hours=0.1), "bases: market_hours of"),
        (lambda p: p["bases"][1].update(order=1), "bases: the order"),
        (lambda p: p["allocation"][5].update(base="v1x"), "is not open for"),
        (lambda p: p["bases"].pop(), "bases: phase 1 opens 3, not 4"),
        (lambda p: p["question"].update(tables_hash="x"), "tables: these are not the tables"),
        (lambda p: p["certificate"]["duals"]["4"].update(v1=1e9), "certificate: the duals prove"),
    ],
)  # fmt: skip
def test_a_plan_that_was_tampered_with_is_found_out(tables, capsys, change, message):
    out = tables / "plan.json"
    assert _plan(tables, "--phases", "4", "--json", str(out)) == 0
    plan = json.loads(out.read_text(encoding="utf-8"))
    change(plan)
    out.write_text(json.dumps(plan), encoding="utf-8")
    capsys.readouterr()
    assert _plan(tables, "--verify", str(out)) == 1
    assert message in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--phases", "41"], "phases: asks for 41 bases among 40 candidates"),
        (["--phases", "3,x"], "phases: '3,x'"),
        (["--count", "5", "--phases", "3"], "phases: end at 3, but count is 5"),
        (["--count", "0"], "count: 0"),
        (["--phases", "3", "--must", "ban.csv"], "must: 'nobody' is not among"),
        (["--phases", "3", "--must", "pins.csv", "--ban", "pins.csv"], "ban: 'v1' is in must too"),
        (["--phases", "3", "--region-min", "999999=1"], "region_min: no candidate has region"),
        (["--phases", "3", "--region-min", "610000"], "region_min: '610000' is not name=number"),
        (["--phases", "3", "--matrix", "small.csv"], "matrix: has 2 rows and 2 columns"),
        (["--phases", "3", "--weight", "poor"], "poor: is missing"),
        (["--phases", "3", "--coverage-hours", "-1"], "coverage_hours: must be above 0"),
        (["--phases", "3", "--demand", "nan.csv"], "demand.lat: line 2: 'nan'"),
        (["--phases", "3", "--demand", "twice.csv"], "demand.id: line 3: 'a' appears twice"),
        (["--phases", "3", "--demand", "short.csv"], "demand: short.csv has no column 'weight'"),
        (["--phases", "3", "--demand", "absent.csv"], "No such file"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_2(tables, capsys, monkeypatch, words, message):
    monkeypatch.chdir(tables)
    _write(tables / "ban.csv", ["id"], [["nobody"]])
    _write(tables / "pins.csv", ["id"], [["v1"]])
    _write(tables / "small.csv", ["1", "2"], [["2", "1"]])
    _write(tables / "nan.csv", ["id", "lat", "lon", "weight"], [["a", "nan", "1", "1"]])
    _write(tables / "twice.csv", ["id", "lat", "lon", "weight"], [["a", 1, 1, 1], ["a", 2, 2, 1]])
    _write(tables / "short.csv", ["id", "lat", "lon"], [["a", 1, 1]])
    assert _plan(tables, "--json", "out.json", *words) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not (tables / "out.json").exists()


def test_a_matrix_of_hours_wins_over_positions(tables):
    ids = [f"v{k}" for k in range(40)]
    hours = np.abs(np.arange(40)[:, None] - np.arange(40)[None, :]) + 0.5
    _write(
        tables / "hours.csv",
        ["id", *reversed(ids)],
        [[ids[i], *hours[i, ::-1].tolist()] for i in reversed(range(40))],
    )
    out = tables / "plan.json"
    words = ["--phases", "5", "--matrix", f"{tables}/hours.csv"]
    assert _plan(tables, *words, "--json", str(out)) == 0
    plan = json.loads(out.read_text(encoding="utf-8"))
    assert {row["hours"] % 1 for row in plan["allocation"]} == {0.5}
    assert _plan(tables, *words, "--verify", str(out)) == 0


def _limited(tables, room):
    text = (tables / "candidates.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(text.splitlines()))
    with_room = [[*row, "capacity" if k == 0 else room] for k, row in enumerate(rows)]
    _write(tables / "candidates.csv", with_room[0], with_room[1:])


def test_capacity_is_kept_in_every_phase_and_verified(tables, capsys):
    _limited(tables, 60000)
    out = tables / "plan.json"
    assert _plan(tables, "--phases", "5,6", "--json", str(out)) == 0
    plan = json.loads(out.read_text(encoding="utf-8"))
    assert set(plan["capacity"]["phases"]) == {"5", "6"}
    for phase in plan["capacity"]["phases"].values():
        assert max(phase["load"].values()) <= 60000 * (1 + 1e-6)
    assert _plan(tables, "--phases", "5,6", "--verify", str(out)) == 0
    row = plan["capacity"]["phases"]["5"]["served"][0]
    for field, value, words in (
        ("weight", row["weight"] / 2, "does not add up"),
        ("hours", row["hours"] + 0.01, "takes"),
    ):
        false = json.loads(out.read_text(encoding="utf-8"))
        false["capacity"]["phases"]["5"]["served"][0][field] = value
        (tables / "false.json").write_text(json.dumps(false), encoding="utf-8")
        capsys.readouterr()
        assert _plan(tables, "--verify", str(tables / "false.json")) == 1
        assert words in capsys.readouterr().out
    del plan["capacity"]
    out.write_text(json.dumps(plan), encoding="utf-8")
    assert _plan(tables, "--verify", str(out)) == 1


def test_starting_the_command_does_not_load_django():
    code = (
        "import sys; from postharvest.interfaces.cli import plan_bases;"
        "from postharvest.decisions.planning import base_planning, base_report, base_check;"
        "print('django' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_plan_of_the_shipped_tables_is_verified_without_naming_them(tmp_path, capsys):
    out = tmp_path / "plan.json"
    words = ["plan", "bases", "--phases", "40", "--effort", "quick", "--json", str(out)]
    assert main([*words, "--weight", "surplus", "--month", "9", "--market-weight", "0.1"]) == 0
    capsys.readouterr()
    assert main(["plan", "bases", "--verify", str(out)]) == 0
    assert capsys.readouterr().out.startswith("verified: 40 bases")
    assert main(["plan", "bases", "--verify", str(out), "--demand", "x.csv"]) == 2


@pytest.mark.django_db
def test_the_operators_own_counties_are_planned_and_said_so(tmp_path, monkeypatch, capsys):
    from postharvest.core.audit.actor import SYSTEM
    from postharvest.core.clock import time
    from postharvest.core.tables.catalogue import shape
    from postharvest.core.tables.shipped import shipped_rows
    from postharvest.core.tables.writing import csv_text
    from postharvest.operations.network.actions.tables import import_table, load_shipped_tables

    load_shipped_tables(now=time.now())
    rows = [{**row, "rural_pop_est": 7} for row in shipped_rows("counties")]
    own = tmp_path / "counties.csv"
    own.write_text(csv_text(shape("counties"), rows), encoding="utf-8")
    assert import_table(
        name="counties", path=own, dry_run=False, actor=SYSTEM, now=time.now()
    ).is_committed
    monkeypatch.setattr(
        "postharvest.interfaces.cli.tables_in_force._may_have_database", lambda: True
    )
    out = tmp_path / "plan.json"
    words = ["plan", "bases", "--phases", "20", "--effort", "quick", "--json", str(out)]
    assert main(words) == 0
    plan = json.loads(out.read_text(encoding="utf-8"))
    assert plan["question"]["tables"] == "own counties"
    assert plan["question"]["own_tables"] == ["counties"]
    assert plan["metrics"]["20"]["weight"] == 7 * 2850
    assert main(["plan", "bases", "--verify", str(out)]) == 0
    assert main(["plan", "bases", "--shipped", "--verify", str(out)]) == 1
    assert main([*words, "--shipped"]) == 0
    assert json.loads(out.read_text(encoding="utf-8"))["question"]["own_tables"] == []
    assert main(["plan", "bases", "--verify", str(out)]) == 0
