import pytest

from postharvest.operations.campaigns import queries as campaigns
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
