"""The desk brings in its own data by file: tried first, faults by line, passwords shown once."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from postharvest.interfaces.own_data.shapes import SHAPES
from postharvest.operations.harvest import queries as harvest

pytestmark = pytest.mark.django_db
GROWERS = "code,name,village\nH1,李平,窦村\n"


def send(browser, text, kind="growers", **given):
    file = SimpleUploadedFile("mine.csv", text.encode())
    return browser.post("/desk/own-data/", {"kind": kind, "file": file, **given}).content.decode()


def test_a_file_is_tried_then_written(as_, branch):
    browser = as_("desk")
    assert "1 rows are in order; nothing was written" in send(browser, GROWERS, dry_run="on")
    assert not harvest.growers_of_base(branch.base_id)
    assert "1 rows are written" in send(browser, GROWERS)
    assert [row.code for row in harvest.growers_of_base(branch.base_id)] == ["H1"]


def test_what_is_wrong_is_named_by_its_line(as_, branch):
    page = send(as_("desk"), GROWERS.replace("窦村", ""))
    assert "line 2, village" in page
    assert not harvest.growers_of_base(branch.base_id)


def test_first_passwords_are_shown_this_once(as_, branch):
    text = "username,name,role,county\nlin,林晓,village_agent,610528\n"
    assert "lin: " in send(as_("desk"), text, kind="staff")
    assert "lin: " not in send(as_("desk"), text, kind="staff")


def test_every_kind_has_an_empty_sheet_and_only_the_desk_may(as_, branch):
    browser = as_("desk")
    page = browser.get("/desk/own-data/").content.decode()
    for kind in SHAPES:
        assert f"/desk/own-data/{kind}.xlsx" in page
        assert browser.get(f"/desk/own-data/{kind}.xlsx").content.startswith(b"PK")
    assert browser.get("/desk/own-data/goats.xlsx").status_code == 404
    assert as_("shop").get("/desk/own-data/").status_code == 403
