"""The persimmons, from report to payout, through the command line; and the sale left open."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
PLAIN = {
    *("schema", "simulated", "case", "seed", "days", "seconds", "orders", "parcels"),
    *("on_time_share", "claims", "points", "peak_packers", "invariants", "story"),
}
FIGURES = {
    "price": {"team_yuan", "solo_yuan", "pack_kg"},
    "kg": {"reported", "online", "wholesale", "culled", "left"},
    "teams": {"formed", "refunded"},
    "money": {
        "gmv_yuan",
        "growers_net_yuan",
        "uplift_yuan_per_kg",
        "wages_yuan",
        "postage_yuan",
        "packaging_yuan",
        "refunds_yuan",
    },
    "plan": {"net_income_yuan", "bound_yuan", "gap"},
}
"""The published format, with ``schema``, ``simulated`` and, apart, ``story``."""
COMMAND = [sys.executable, "-m", "postharvest.interfaces.cli.main"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


def demo(home, *words):
    return subprocess.run(
        [*COMMAND, "demo", *words],
        env={**os.environ, "POSTHARVEST_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_story_ends_with_everybody_paid_and_every_check_holding(home, tmp_path):
    told = demo(home, "fuping", "--seed", "3", "--json", str(tmp_path / "a.json"))
    assert told.returncode == 0, told.stderr
    result = json.loads((tmp_path / "a.json").read_text())
    kg, names = result["kg"], [one["name"] for one in result["invariants"]]
    assert len(set(names)) == len(names) >= 20
    assert [one for one in result["invariants"] if not one["ok"]] == []
    assert kg["reported"] == sum(kg[k] for k in ("online", "wholesale", "culled", "left")) == 25_000
    assert result["orders"] > 500
    assert "The early warning rings" in told.stdout
    assert result["teams"]["formed"] > 0
    assert result["money"]["wages_yuan"] > 0
    report = (home / "reports" / "demo-fuping.html").read_text()
    for page in (told.stdout, report):
        assert "SIMULATED" in page
        assert "the article names neither village nor day" in page
        assert "the village (ours is Fuping-like)" in page
    assert {name: set(result[name]) for name in FIGURES} == FIGURES
    assert set(result) - set(FIGURES) == PLAIN


def test_until_open_leaves_a_sale_that_takes_orders(home):
    told = demo(home, "fuping", "--until", "open")
    assert told.returncode == 0, told.stderr
    probe = (
        "import django; django.setup()\n"
        "from postharvest.core.clock.time import now\n"
        "from postharvest.operations.campaigns import queries\n"
        "print(queries.sales_open(now()).count())"
    )
    environment = {
        **os.environ,
        "POSTHARVEST_HOME": str(home),
        "POSTHARVEST_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "postharvest.settings",
    }
    seen = subprocess.run(
        [sys.executable, "-c", probe], env=environment, capture_output=True, text=True, check=True
    )
    assert seen.stdout.strip() == "1"
    assert not (home / "postharvest.sqlite3").exists()  # the operator's is never touched


@pytest.mark.parametrize("step", ["report", "plan"])
def test_a_story_may_stop_early(home, tmp_path, step):
    told = demo(home, "fuping", "--until", step, "--json", str(tmp_path / "a.json"))
    assert told.returncode == 0, told.stderr
    result = json.loads((tmp_path / "a.json").read_text())
    assert ("plan" in result, "kg" in result) == (step == "plan", False)


@pytest.mark.parametrize(
    "words", [("--seed", "-1"), ("peaches",), ("fuping", "--until", "never"), ("--worlds", "0")]
)
def test_nonsense_is_one_clear_line_and_exit_code_2(home, words):
    told = demo(home, *words)
    assert told.returncode == 2
    assert told.stderr.strip()
    assert "Traceback" not in told.stderr
