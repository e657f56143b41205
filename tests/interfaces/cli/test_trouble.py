"""What the machine refuses is one clear line, too: a full disk, a folder it may not write."""

import sqlite3
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection

from postharvest.interfaces.cli import main as cli
from postharvest.interfaces.cli import plan_rescue


def fails_with(monkeypatch, error):
    def run(_options):
        raise error

    command = SimpleNamespace(SUMMARY="", add_arguments=lambda _parser: None, run=run)
    monkeypatch.setattr(cli, "_load", lambda _name: command)


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ("database or disk is full", "free some space"),
        ("attempt to write a readonly database", "POSTHARVEST_HOME"),
        ("unable to open database file", "POSTHARVEST_HOME"),
        ('connection to server at "db", port 5432 failed', "POSTHARVEST_DATABASE_URL"),
    ],
)
def test_the_line_says_what_to_do(monkeypatch, capsys, said, fix):
    fails_with(monkeypatch, OperationalError(said))
    assert cli.main(["work"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert said in line
    assert fix in line


def test_a_fault_of_ours_is_not_dressed_up(monkeypatch):
    fails_with(monkeypatch, OperationalError("no such column: nonsense"))
    with pytest.raises(OperationalError):
        cli.main(["work"])


@pytest.mark.django_db
def test_sqlite_itself_says_so_when_the_disk_is_full(monkeypatch, capsys):
    """The database may grow no further: what SQLite raises then is what we know."""
    if connection.vendor != "sqlite":
        pytest.fail("the tests run on SQLite")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        try:
            with pytest.raises(OperationalError) as caught:
                cursor.execute("CREATE TABLE large AS SELECT randomblob(9000000) AS bytes")
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    fails_with(monkeypatch, caught.value)
    assert cli.main(["work"]) == 2
    assert "free some space" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["demo", "nowhere"], "invalid choice: 'nowhere'"),
        (["demo", "--seed", "x"], "invalid int value: 'x'"),
        (["data", "export", "counties"], "--out"),
    ],
)
def test_words_that_are_not_understood_are_one_line_and_exit_2(capsys, words, said):
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    assert left.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert said in line
    assert "--help" in line


@pytest.mark.parametrize("option", ["--json", "--html"])
def test_where_nothing_can_be_written_is_said_before_the_work_not_after(
    monkeypatch, capsys, tmp_path, option
):
    done = []
    monkeypatch.setattr(plan_rescue, "run", lambda _options: done.append(1) or 0)
    for target in (tmp_path / "missing" / "x.json", tmp_path):
        assert cli.main(["plan", "rescue", "case.toml", option, str(target)]) == 2
        assert option in capsys.readouterr().err
    assert not done
    assert cli.main(["plan", "rescue", "case.toml", option, str(tmp_path / "x.json")]) == 0
    assert done
