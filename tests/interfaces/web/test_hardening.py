"""Headers, cookies, sessions, passwords, exports, logs: what an attacker would try first."""

import csv
import io
import json
import logging
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.test import Client

from postharvest.core.errors import InvalidInput
from postharvest.core.signin import actions, limits
from postharvest.core.signin.models import Hits
from postharvest.core.tables.writing import harmless

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
PASSWORD = "persimmons in autumn"


def settings_of(**environment):
    """Read some settings in a process of their own, as a service would start."""
    names = [
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_NAME",
        "SECURE_HSTS_SECONDS",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS",
        "SECRET_KEY",
        "DEBUG",
    ]
    code = (
        "import json, postharvest.settings as s;"
        f"print(json.dumps({{n: getattr(s, n) for n in {names!r}}}))"
    )
    kept = {name: value for name, value in os.environ.items() if "POSTHARVEST" not in name}
    run = subprocess.run(
        [sys.executable, "-c", code], env={**kept, "PYTHONPATH": str(ROOT / "src"), **environment},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(run.stdout)


def test_behind_https_cookies_are_bound_to_it_and_browsers_told_for_a_year(tmp_path):
    home = {"POSTHARVEST_HOME": str(tmp_path)}
    plain = settings_of(**home)
    assert (plain["SESSION_COOKIE_SECURE"], plain["DEBUG"]) == (False, False)
    secure = settings_of(**home, POSTHARVEST_HTTPS="1")
    assert secure["SESSION_COOKIE_SECURE"]
    assert secure["CSRF_COOKIE_SECURE"]
    assert secure["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert secure["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert secure["SECURE_HSTS_INCLUDE_SUBDOMAINS"]
    local = settings_of(**home, POSTHARVEST_HTTPS="local")  # a machine's own certificate
    assert (local["SESSION_COOKIE_SECURE"], local["SECURE_HSTS_SECONDS"]) == (True, 0)


def test_a_secret_comes_from_the_environment_or_a_file_for_its_owner_alone(tmp_path):
    home = {"POSTHARVEST_HOME": str(tmp_path)}
    assert settings_of(**home, POSTHARVEST_SECRET_KEY="of the operator")["SECRET_KEY"] == (
        "of the operator"
    )
    assert not (tmp_path / "secret-key").exists()
    made = settings_of(**home)["SECRET_KEY"]
    assert len(made) >= 48
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0
    assert settings_of(**home)["SECRET_KEY"] == made


def test_no_secret_stands_in_the_project():
    looks_secret = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|(?<![A-Za-z0-9])ghp_[A-Za-z0-9]{36}"
        r"|(?:SECRET_KEY|PASSWORD|TOKEN)\s*=\s*[\"'][^\"'{}]{12,}[\"']"
    )
    for file in sorted((ROOT / "src").rglob("*.py")):
        assert not looks_secret.search(file.read_text("utf-8")), file


@pytest.mark.django_db
def test_every_answer_tells_the_browser_to_trust_little(client):
    for path in ("/", "/login/", "/nothing-here/", "/api/v1/sales", "/healthz"):
        answer = client.get(path)
        policy = answer["Content-Security-Policy"]
        for rule in ("default-src 'self'", "object-src 'none'", "base-uri 'none'",
                     "frame-ancestors 'none'"):  # fmt: skip
            assert rule in policy
        assert "unsafe" not in policy
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.django_db
def test_pages_of_those_who_work_here_are_kept_by_no_cache(as_, branch):
    assert as_("desk").get("/desk/payouts/")["Cache-Control"] == "no-store, private"


@pytest.mark.django_db
def test_trace_and_other_methods_are_not_spoken(client):
    for method in ("TRACE", "CONNECT", "PUT"):
        assert client.generic(method, "/login/").status_code == 405


def staff(name="li.na"):
    user = User.objects.create_user(name, password=PASSWORD)
    user.groups.add(Group.objects.get_or_create(name="desk 610528")[0])
    return user


@pytest.mark.django_db
def test_signing_in_gives_a_new_session_that_ends_with_the_day_and_with_signing_out(client):
    staff()
    client.get("/login/")
    client.session["x"] = 1
    before = client.session.session_key
    client.post("/login/", {"username": "li.na", "password": PASSWORD})
    key = client.session.session_key
    assert key != before
    assert client.session.get_expiry_age() <= 12 * 3600
    client.post("/logout/")
    assert not Session.objects.filter(session_key=key).exists()


@pytest.mark.django_db
def test_a_new_password_ends_every_other_session(client):
    user = User.objects.create_user("wang", password=PASSWORD)
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.post("/login/", {"username": "wang", "password": PASSWORD})
    sent = {"old": "wrong", "new": "oranges in december"}
    assert client.post("/password/", sent).status_code == 422
    assert client.post("/password/", {"old": PASSWORD, "new": "password"}).status_code == 422
    assert client.post("/password/", {**sent, "old": PASSWORD}).status_code == 302
    user.refresh_from_db()
    assert user.check_password(sent["new"])
    assert client.get("/password/").status_code == 200
    assert elsewhere.get("/password/")["Location"] == "/login/"


@pytest.mark.django_db
def test_guessing_the_old_password_locks_as_signing_in_does():
    user = User.objects.create_user("wang", password=PASSWORD)
    for _ in range(actions.MOST_TRIES):
        with pytest.raises(actions.SignInRefused):
            actions.change_password(user=user, old="no", new="oranges in december", now=NOW)
    with pytest.raises(actions.Locked):
        actions.change_password(user=user, old=PASSWORD, new="oranges in december", now=NOW)
    with pytest.raises(actions.Locked):
        actions.sign_in(username="wang", password=PASSWORD, code="", now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("easy", ["short", "12345678901", "password123", "qwertyuiop"])
def test_an_easy_password_is_refused_and_a_long_sentence_is_not(easy):
    user = User.objects.create_user("wang", password=PASSWORD)
    with pytest.raises(InvalidInput):
        actions.change_password(user=user, old=PASSWORD, new=easy, now=NOW)
    actions.change_password(user=user, old=PASSWORD, new="柿子" * 60, now=NOW)
    assert user.check_password("柿子" * 60)


@pytest.mark.django_db
def test_there_is_no_user_that_nobody_made():
    assert not User.objects.exists()


@pytest.mark.django_db
def test_look_ups_are_counted_over_all_processes_and_forgotten():
    given = {"largest": 3, "now": NOW}
    assert [limits.admits("look-up at ::1", **given) for _ in range(4)] == [True] * 3 + [False]
    assert limits.admits("look-up at ::2", **given)
    assert limits.admits("look-up at ::1", largest=3, now=NOW + timedelta(minutes=1))
    assert "::1" not in str(list(Hits.objects.values()))
    assert limits.forget_hits(now=NOW + timedelta(minutes=3)) == 3


@pytest.mark.django_db
def test_who_signs_in_and_who_is_refused_is_logged_without_a_name(client, caplog, settings):
    staff()
    caplog.set_level(logging.INFO, logger="postharvest")
    logging.getLogger("postharvest").propagate = True
    client.post("/login/", {"username": "li.na", "password": "wrong"})
    client.post("/login/", {"username": "li.na", "password": PASSWORD})
    client.get("/desk/payouts/")
    told = "\n".join(record.getMessage() for record in caplog.records)
    assert "sign-in refused for name" in told
    assert "signed in: user-" in told
    assert "li.na" not in told
    assert PASSWORD not in told


@pytest.mark.django_db
def test_a_page_that_is_refused_is_logged_with_who_asked(client, caplog):
    caplog.set_level(logging.INFO, logger="postharvest")
    client.get("/desk/payouts/")
    assert "refused guest as buyer: /desk/payouts/" in caplog.text


WRITERS = {
    "core/tables/writing.py": "disarms every cell",
    "interfaces/web/views/planner.py": "disarms every cell",
    "operations/settlement/journal.py": "disarms every cell",
    "operations/settlement/payouts.py": "disarms every cell",
    "operations/parcels/handover.py": "disarms every cell",
    "operations/parcels/schedules.py": "a feed for programs that plan journeys",
    "decisions/measures/exporting.py": "disarms every cell",
    "decisions/measures/reading.py": "a file between two tables, read at once and taken away",
    "decisions/insight/pricing.py": "figures and the asker's own codes, on his own machine",
    "decisions/insight/forecasting.py": "figures and the asker's own codes, on his own machine",
}
"""Every place that writes CSV, and why no formula comes out of it."""


def test_every_file_for_spreadsheets_is_written_where_formulas_are_disarmed():
    src = ROOT / "src" / "postharvest"
    found = {
        str(file.relative_to(src))
        for file in src.rglob("*.py")
        if re.search(r"csv\.(writer|DictWriter)\(", file.read_text("utf-8"))
    }
    assert found == WRITERS.keys()
    for file, why in WRITERS.items():
        if why == "disarms every cell":
            assert "harmless" in (src / file).read_text("utf-8"), file


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(cell):
    assert harmless(cell) == f"'{cell}"
    out = io.StringIO()
    csv.writer(out).writerow([harmless(cell)])
    assert next(csv.reader(io.StringIO(out.getvalue())))[0].startswith("'")
