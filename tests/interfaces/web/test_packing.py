import pytest

from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.orders import queries as orders
from postharvest.operations.packing import queries as packing
from postharvest.operations.parcels.models import Parcel

pytestmark = pytest.mark.django_db


def test_a_day_by_hand_from_the_scale_to_the_truck(as_, shift):
    browser = as_("packing")
    page = browser.get("/packing/", follow=True).content.decode()
    assert shift.point.name in page
    assert "First somebody signs in." in page

    packer = packing.packers_of_base(shift.base_id).get()
    here = f"/packing/{shift.pk}/"
    browser.post(f"{here}arrive/", {"packer": packer.pk})
    assert "韦桂芳" in browser.get(here).content.decode()

    listing = campaigns.listings_of(shift.sale_id)[0]
    count = {"packer": packer.pk, "listing": listing.pk, "count": "10"}
    page = browser.post(f"{here}tally/", count, follow=True).content.decode()
    assert "0 boxes counted. For more there is no order, or no fruit at this point." in page

    page = browser.get(here).content.decode()
    source = page.split('<option value="offer:')[1].split('"')[0]
    page = browser.post(
        f"{here}weigh-in/",
        {"source": f"offer:{source}", "weight_kg": "200", "culled_kg": "4"},
        follow=True,
    ).content.decode()
    assert "200 kg weighed in." in page
    page = browser.post(f"{here}tally/", count, follow=True).content.decode()
    assert "5 boxes counted." in page

    page = browser.post(f"{here}despatch/", follow=True).content.decode()
    assert "5 boxes handed to the truck." in page
    assert orders.counts_by_state(shift.sale_id) == {"posted": 1}
    page = browser.post(f"{here}close/", follow=True).content.decode()
    assert "The day is closed." in page


def test_what_is_wrong_on_the_scale_is_said_and_nothing_is_stored(as_, shift):
    browser = as_("packing")
    here = f"/packing/{shift.pk}/"
    for data in (
        {"source": "offer:1", "weight_kg": "heavy"},
        {"source": "offer:1", "weight_kg": "-5"},
        {"source": "elsewhere", "weight_kg": "5"},
    ):
        page = browser.post(f"{here}weigh-in/", data, follow=True).content.decode()
        assert "Not weighed in" in page
    assert packing.stock_g(shift.sale_id)["received_g"] == 0


def test_a_scan_by_hand_moves_the_parcel(as_, shift):
    test_a_day_by_hand_from_the_scale_to_the_truck(as_, shift)
    parcel = Parcel.objects.earliest("pk")
    browser = as_("desk")
    data = {"number": parcel.number, "code": "EMA", "place": "Fuping", "reason": ""}
    page = browser.post("/desk/parcels/scan/", data, follow=True).content.decode()
    assert "Recorded." in page
    assert "Accepted" in page
    unknown = browser.post("/desk/parcels/scan/", {**data, "number": "XX1"}, follow=True)
    assert "Not recorded" in unknown.content.decode()


def test_a_point_without_work_says_so(as_, branch):
    assert "Nothing to pack here today." in as_("packing").get("/packing/").content.decode()
    assert as_("packing").get("/packing/4711/").status_code == 404


def counted(browser, shift, *, key, count="1", sync="queue"):
    [packer] = packing.packers_of_base(shift.base_id)
    listing = campaigns.listings_of(shift.sale_id)[0]
    headers = {"X-Sync": sync} if sync else {}
    form = {"packer": packer.pk, "listing": listing.pk, "count": count, "key": key}
    return browser.post(f"/packing/{shift.pk}/tally/", form, headers=headers)


def ready(browser, shift):
    [packer] = packing.packers_of_base(shift.base_id)
    browser.post(f"/packing/{shift.pk}/arrive/", {"packer": packer.pk, "key": "a" * 36})
    offer = harvest.offers_of(shift.sale.surplus_id).first()
    browser.post(
        f"/packing/{shift.pk}/weigh-in/",
        {"source": f"offer:{offer.pk}", "weight_kg": "200", "key": "b" * 36},
    )


def boxes_of(shift):
    return sum(n for _packer, _hour, n in packing.tallied(shift.pk))


def test_a_tally_that_is_sent_twice_is_counted_once(as_, shift):
    browser = as_("packing")
    ready(browser, shift)
    answers = [counted(browser, shift, key="k" * 36) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert boxes_of(shift) == 1
    assert counted(browser, shift, key="l" * 36).status_code == 201
    assert boxes_of(shift) == 2


def test_a_key_with_another_count_waits_for_a_person(as_, shift):
    browser = as_("packing")
    ready(browser, shift)
    counted(browser, shift, key="k" * 36)
    again = counted(browser, shift, key="k" * 36, count="3")
    assert again.status_code == 409
    assert "other figures" in again.json()["message"]
    assert boxes_of(shift) == 1


def test_a_tally_before_the_sign_in_is_refused_in_words_and_can_be_sent_again(as_, shift):
    browser = as_("packing")
    refused = counted(browser, shift, key="k" * 36)
    assert (refused.status_code, boxes_of(shift)) == (409, 0)
    ready(browser, shift)
    assert counted(browser, shift, key="k" * 36).status_code == 201
    assert boxes_of(shift) == 1


def test_without_a_script_a_form_pressed_twice_counts_once(as_, shift):
    browser = as_("packing")
    ready(browser, shift)
    page = browser.get(f"/packing/{shift.pk}/").content.decode()
    key = page.split('name="key" value="')[1].split('"')[0]
    for _ in range(2):
        counted(browser, shift, key=key, sync="")
    assert boxes_of(shift) == 1
