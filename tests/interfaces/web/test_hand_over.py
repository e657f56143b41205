"""The desk's page of the hand-over: no scripts needed, what was typed is kept, faults are said."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from postharvest.core.clock import time
from postharvest.decisions.arrivals.models import LearntLanes
from postharvest.operations.network import queries as network
from postharvest.operations.parcels import queries as parcels

pytestmark = pytest.mark.django_db
HERE = "/desk/hand-over/"


def csv(text):
    return SimpleUploadedFile("file.csv", text.encode("utf-8-sig"), "text/csv")


def test_a_count_is_compared_and_shown(as_, delivered):
    desk = as_("desk")
    [load] = parcels.despatches_in("")
    sent = [parcel.number for parcel in parcels.parcels_of_order(delivered.pk)]
    page = desk.get(HERE).content.decode()
    assert "announced" in page
    advice = desk.get(f"{HERE}{load.pk}.csv")
    assert all(number in advice.content.decode() for number in sent)
    given = {"despatch": load.pk, "file": csv("number\n" + "\n".join(sent[1:]))}
    page = desk.post(f"{HERE}count/", given, follow=True).content.decode()
    assert f"{len(sent) - 1} agree, 1 missing, 0 surplus." in page
    assert "counted, differs" in page
    assert as_("shop").get(HERE).status_code == 403


def test_a_wrong_file_is_said_beside_its_field(as_, delivered):
    [load] = parcels.despatches_in("")
    given = {"despatch": load.pk, "file": csv("colour\nred")}
    answer = as_("desk").post(f"{HERE}count/", given)
    assert answer.status_code == 422
    assert "is no column of this table" in answer.content.decode()


def test_an_invoice_numbers_and_times_are_entered(as_, delivered):
    desk = as_("desk")
    [parcel, *_] = parcels.parcels_of_order(delivered.pk)
    lines = f"number,weight_kg,postage_yuan\n{parcel.number},99,99.00"
    given = {
        "branch": delivered.sale.branch_id, "carrier": "post", "number": "B-7", "file": csv(lines),
    }  # fmt: skip
    page = desk.post(f"{HERE}invoice/", given, follow=True).content.decode()
    assert "¥99.00 billed" in page
    assert "billed heavier than weighed" in page
    again = desk.post(f"{HERE}invoice/", {**given, "file": csv(lines)})
    assert again.status_code == 422
    assert "B-7" in again.content.decode()
    numbers = {"carrier": "sf", "first": "SF000000000100", "last": "SF000000000199",
               "pattern": "SF[0-9]{12}"}  # fmt: skip
    assert "100 left" in desk.post(f"{HERE}numbers/", numbers, follow=True).content.decode()
    wrong = desk.post(f"{HERE}numbers/", {**numbers, "last": "SF99"}).content.decode()
    assert "must begin as the first and be as long" in wrong
    assert 'value="SF000000000100"' in wrong
    times = {"branch": delivered.sale.branch_id, **{f"day{n}": "17:30" for n in range(7)}}
    page = desk.post(f"{HERE}times/", times, follow=True).content.decode()
    assert "17:30" in page
    assert "not entered" not in page


def test_the_desk_sees_how_well_arrival_windows_kept_their_word(as_, branch):
    LearntLanes.objects.create(
        base_id=branch.base_id, learnt_at=time.now(), lane_ids=[], model={}, departures=500,
        arrived=400, covered_share=0.8125, error_hours=7.0,
    )  # fmt: skip
    page = as_("desk").get("/desk/parcels/").content.decode()
    assert "of 400 parcels 81.2% came within their window; off by 7 h" in page


def test_the_desk_says_which_lanes_are_cooled(as_, delivered):
    desk = as_("desk")
    branch = delivered.sale.branch_id
    first, *others = network.lanes_for_origin(branch)
    given = {"branch": branch, "lane": [first.pk]}
    page = desk.post(f"{HERE}cooled/", given, follow=True).content.decode()
    assert page.count("checked> ") == 1
    first.refresh_from_db()
    assert first.cold
    desk.post(f"{HERE}cooled/", {"branch": branch, "lane": [o.pk for o in others]})
    first.refresh_from_db()
    assert not first.cold
    assert desk.post(f"{HERE}cooled/", {"branch": branch, "lane": [10**6]}, follow=True)
    assert desk.post(f"{HERE}cooled/", {"branch": "x"}).status_code == 404
    assert [row.cold for row in network.lanes_for_origin(branch)] == [False] + [True] * len(others)
