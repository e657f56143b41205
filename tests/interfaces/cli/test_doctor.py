"""Doctor says what is there, what is missing, and what to do."""

import json
import shutil
import sys
from collections import namedtuple
from importlib import metadata

import pytest
from django.db import OperationalError

from postharvest.interfaces.cli import database, doctor
from postharvest.interfaces.cli.main import main

pytestmark = pytest.mark.django_db


def findings(capsys):
    code = main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == "postharvest.doctor/1"
    assert code == (0 if report["healthy"] else 1)
    return {finding["name"]: finding for finding in report["findings"]}


def test_everything_the_product_needs_is_looked_at(capsys):
    assert set(findings(capsys)) == {
        "Python",
        "packages",
        "Chromium",
        "PostgreSQL programs",
        "Chinese font",
        "disk",
        "database",
        "data",
    }


def test_whatever_is_not_right_comes_with_what_to_do(capsys):
    assert all(f["state"] == "ok" or f["fix"] for f in findings(capsys).values())


def test_an_up_to_date_database_without_data_is_said_to_be_so(capsys):
    found = findings(capsys)
    assert found["database"]["state"] == "ok"
    assert found["data"]["state"] == "optional"
    assert found["data"]["found"].startswith("0 of 26")


def test_missing_packages_are_named_and_fail(capsys, monkeypatch):
    real = metadata.version

    def version(name):
        if name == "segno":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    found = findings(capsys)["packages"]
    assert (found["state"], found["found"]) == ("missing", "not there: segno")


def test_an_old_python_fails(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert doctor.python().state == "missing"


def test_absent_programs_are_named_with_the_command_that_installs_them(capsys, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(
        doctor, "Path", lambda place: type("Nowhere", (), {"glob": lambda *_: []})()
    )
    found = findings(capsys)
    for name in ("Chromium", "PostgreSQL programs"):
        assert found[name]["state"] == "optional"
        assert "apt-get install" in found[name]["fix"]


def test_a_missing_font_is_named_with_the_command_that_installs_it(capsys, monkeypatch):
    monkeypatch.setenv("POSTHARVEST_FONT", "/nowhere.ttf")
    found = findings(capsys)["Chinese font"]
    assert (found["state"], "apt-get install" in found["fix"]) == ("optional", True)


def test_a_full_disk_fails(capsys, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage(100, 99, 1))
    found = findings(capsys)["disk"]
    assert (found["state"], "POSTHARVEST_HOME" in found["fix"]) == ("missing", True)


def test_a_database_that_lags_behind_fails_naming_the_first_migration(capsys, monkeypatch):
    monkeypatch.setattr(database, "missing_migrations", lambda: ["network.0002_more"])
    found = findings(capsys)["database"]
    assert found["state"] == "missing"
    assert "network.0002_more" in found["found"]


def test_a_database_that_is_down_fails_in_one_line(capsys, monkeypatch):
    def down():
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(database, "missing_migrations", down)
    found = findings(capsys)["database"]
    assert found["state"] == "missing"
    assert found["found"].endswith("connection refused")


def test_a_database_that_is_not_there_yet_is_no_failure(capsys, monkeypatch):
    monkeypatch.setattr(database, "database_exists", lambda: False)
    assert findings(capsys)["database"]["state"] == "optional"


def test_settings_that_cannot_be_loaded_are_a_finding_not_a_crash(capsys, monkeypatch):
    def broken():
        raise ImportError("No module named 'django_htmx'")

    monkeypatch.setattr(database, "load_django", broken)
    found = findings(capsys)
    assert "django_htmx" in found["database"]["found"]
    assert found["Python"]["state"] == "ok"


def test_the_text_marks_each_finding_and_puts_the_fix_below(capsys, monkeypatch):
    monkeypatch.setenv("POSTHARVEST_FONT", "/nowhere.ttf")
    main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("· Chinese font"))
    assert lines[place + 1].strip().startswith("sudo apt-get install")
