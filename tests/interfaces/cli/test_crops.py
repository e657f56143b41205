"""`postharvest crops` from the command line."""

from postharvest.interfaces.cli.main import main


def test_the_page_is_printed(capsys):
    assert main(["crops", "450803", "--mu", "25", "--risk", "0.3", "--rows", "4"]) == 0
    said = capsys.readouterr().out
    assert "港南区" in said
    assert "25 mu, risk 0.3" in said
    assert "It cannot promise" in said
    assert "more crops that can grow here" in said


def test_an_unknown_county_ends_with_two(capsys):
    assert main(["crops", "000000"]) == 2
    assert "county: '000000' is not known" in capsys.readouterr().err
