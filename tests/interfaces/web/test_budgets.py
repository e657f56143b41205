"""Few queries and little on the wire: what a village's signal and a cheap server can bear."""

import gzip

import pytest
from django.contrib.staticfiles import finders

pytestmark = pytest.mark.django_db

OF_THE_DEMO = 5
"""Queries that only a demo makes: its clock (three times), its wishes, the visitor's role."""


@pytest.mark.parametrize(
    "page",
    [
        ("shop", "/", 12),
        ("shop", "/sale/{sale}/?to=310104", 12),
        ("shop", "/sale/{sale}/buy/?mode=team", 12),
        ("village", "/village/report/", 12),
        ("village", "/village/reports/", 12),
        ("village", "/village/calls/", 12),
        ("village", "/village/payouts/", 12),
        ("packing", "/packing/{shift}/", 12),
    ],
)
def test_a_page_needs_few_queries_and_few_bytes(as_, shift, page, django_assert_max_num_queries):
    area, url, queries = page
    browser = as_(area)
    address = url.format(sale=shift.sale_id, shift=shift.pk)
    browser.get(address)
    with django_assert_max_num_queries(queries + OF_THE_DEMO):
        answer = browser.get(address)
    assert answer.status_code == 200
    assert len(gzip.compress(answer.content)) < 8_000


def test_the_sheet_and_our_own_scripts_are_small():
    def weight(name):
        with open(finders.find(f"postharvest/{name}"), "rb") as file:
            return len(gzip.compress(file.read()))

    assert weight("postharvest.css") < 8_000
    assert weight("queue.js") + weight("photos.js") < 4_500
    assert weight("queue.js") + weight("packing.js") < 4_500
    assert weight("lost.js") + weight("live.js") + weight("map.js") < 2_500
