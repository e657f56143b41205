"""Something broke: pages say it in words, programs get a problem document, and a disk is named."""

import errno

import pytest
from django.db import OperationalError
from django.test import Client

from postharvest.interfaces import broken
from postharvest.interfaces.api.v1 import views as api_views
from postharvest.interfaces.web.views import signing_in

pytestmark = pytest.mark.django_db


def fails(error):
    def view(*_args, **_kwargs):
        raise error

    return view


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OperationalError("database or disk is full"), 503, "Nothing can be stored now"),
        (OperationalError("attempt to write a readonly database"), 503, "Nothing can be stored"),
        (OSError(errno.ENOSPC, "No space left on device"), 503, "Nothing can be stored now"),
        (OperationalError("no such column: x"), 500, "This page did not open"),
        (RuntimeError("secret inside"), 500, "This page did not open"),
    ],
)
def test_a_page_says_what_broke_and_nothing_of_the_inside(monkeypatch, error, status, words):
    monkeypatch.setattr(signing_in.actions, "sign_in", fails(error))
    client = Client(raise_request_exception=False)
    answer = client.post("/login/", {"username": "a", "password": "b"})
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert str(error) not in answer.content.decode()
    assert answer.has_header("Retry-After") is (status == 503)


def test_a_program_gets_a_problem_document(monkeypatch):
    client = Client(raise_request_exception=False)
    monkeypatch.setattr(api_views, "openapi_document", fails(OperationalError("disk I/O error")))
    answer = client.get("/api/v1/openapi.json")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_trouble")
    monkeypatch.setattr(api_views, "openapi_document", fails(ValueError("inside")))
    answer = client.get("/api/v1/openapi.json", headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.json()["title"]) == (500, "出错了，我们已经记下")
    assert "inside" not in answer.content.decode()


def test_what_is_no_trouble_of_the_disk_is_not_called_one():
    assert not broken.is_storage_trouble(OSError(errno.ENOENT, "no such file"))
    assert not broken.is_storage_trouble(OperationalError("database is locked"))
