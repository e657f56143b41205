"""`postharvest price elasticity` and `postharvest price advise`."""

import csv
import re
from datetime import date, timedelta

import numpy as np
import pytest

from postharvest.interfaces.cli.main import main

LOT = """schema = "postharvest.lot/1"
name = "pear"
kg = 1000
start_date = 2020-09-01
days = 8
reference_price_yuan_kg = 7.0
reference_kg_per_day = 130
"""


@pytest.fixture
def sales(tmp_path):
    generator = np.random.default_rng(1)
    rows = ["date,listing,produce,region,price,qty"]
    for listing, slope in (("box", -2.0), ("bag", -2.2)):
        for k in range(120):
            price = 5 * np.exp(0.25 * generator.standard_normal())
            kg = 20 * (price / 5) ** slope * np.exp(0.1 * generator.standard_normal())
            day = date(2020, 1, 6) + timedelta(weeks=k)
            rows.append(f"{day},{listing},pear,610000,{price:.2f},{kg:.2f}")
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_elasticities_are_written_with_their_intervals(sales, tmp_path, capsys):
    out = tmp_path / "out.csv"
    assert main(["price", "elasticity", str(sales), "--out", str(out)]) == 0
    with out.open(encoding="utf-8") as written:
        rows = list(csv.DictReader(written))
    assert list(rows[0]) == [
        "produce", "listing", "elasticity", "lo95", "hi95", "n_price_moves", "level"
    ]  # fmt: skip
    assert float(rows[0]["elasticity"]) == pytest.approx(-2.0, abs=0.2)
    assert float(rows[0]["lo95"]) < -2.0 < float(rows[0]["hi95"])
    assert "2 listings" in capsys.readouterr().out


def test_a_faulty_row_writes_nothing(sales, tmp_path, capsys):
    sales.write_text(sales.read_text() + "2030-01-01,box,pear,610000,-1,2\n", encoding="utf-8")
    out = tmp_path / "out.csv"
    assert main(["price", "elasticity", str(sales), "--out", str(out)]) == 2
    assert "row 242: price '-1'" in capsys.readouterr().err
    assert not out.exists()


def test_advice_names_prices_kilograms_money_risk_and_reason(tmp_path, capsys):
    path = tmp_path / "lot.toml"
    path.write_text(LOT, encoding="utf-8")
    assert main(["price", "advise", str(path)]) == 0
    said = capsys.readouterr().out
    team = float(re.search(r"team price +([\d.]+)", said)[1])
    solo = float(re.search(r"solo price +([\d.]+)", said)[1])
    assert solo == pytest.approx(1.15 * team, abs=0.02)
    days = re.findall(r"^(2020-09-\d\d) +([\d.]+)", said, flags=re.MULTILINE)
    assert len(days) == 8
    assert sorted((float(price) for _, price in days), reverse=True) == [
        float(price) for _, price in days
    ]
    for words in ("expected revenue", "leftovers", "against the best single price", "Assumed"):
        assert words in said


def test_the_same_seed_gives_the_same_advice(tmp_path, capsys):
    path = tmp_path / "lot.toml"
    path.write_text(LOT, encoding="utf-8")
    said = []
    for _ in range(2):
        main(["price", "advise", str(path), "--seed", "5"])
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


def test_a_faulty_lot_ends_with_two(tmp_path, capsys):
    path = tmp_path / "lot.toml"
    path.write_text(LOT.replace("kg = 1000", "kg = -5"), encoding="utf-8")
    assert main(["price", "advise", str(path)]) == 2
    assert "kg: is -5" in capsys.readouterr().err
