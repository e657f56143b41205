import pytest

from postharvest.operations.network.actions.tables import load_shipped_tables

pytestmark = pytest.mark.django_db


def test_headquarters_sees_what_the_bases_bring(as_, delivered):
    page = as_("headquarters").get("/network/").content.decode()
    assert "Fuping base" in page
    assert "100.0%" in page
    assert f"¥{round(delivered.total_fen / 100)}" in page.replace(",", "")


def test_what_growers_gained_is_told_when_the_sale_is_over(as_, delivered):
    from postharvest.core.audit.actor import SYSTEM
    from postharvest.core.clock import time
    from postharvest.operations.campaigns.actions import close_sale

    def told():
        page = as_("desk").get("/network/").content.decode()
        return page.split("Growers net")[1].split("<dd>")[1].split("</dd>")[0]

    assert told().strip().startswith("–")
    close_sale(sale_id=delivered.sale_id, actor=SYSTEM, now=time.now())
    assert "¥" in told()


@pytest.mark.parametrize(("growers", "shown"), [(4, False), (5, True)])
def test_what_growers_gained_is_told_outside_the_branch_from_five_on(
    as_, delivered, monkeypatch, growers, shown
):
    from postharvest.core.audit.actor import SYSTEM
    from postharvest.core.clock import time
    from postharvest.operations.campaigns.actions import close_sale
    from postharvest.operations.harvest import queries as harvest

    close_sale(sale_id=delivered.sale_id, actor=SYSTEM, now=time.now())
    monkeypatch.setattr(harvest, "growers_who_cut", lambda **_: growers)
    for area, told in (("headquarters", shown), ("desk", True)):
        [row] = as_(area).get("/network/").context["rows"]
        assert (row.uplift != "–") == told


def test_headquarters_without_a_base_says_so(as_, places):
    assert "No base has been entered yet." in as_("headquarters").get("/network/").content.decode()


def test_buyers_do_not_see_headquarters(as_, branch):
    assert as_("shop").get("/network/").status_code == 403


def test_every_shipped_table_is_listed_with_its_source(as_):
    from postharvest.core.clock import time

    load_shipped_tables(now=time.now())
    page = as_("shop").get("/sources/").content.decode()
    assert "Planning defaults" in page
    assert "GeoNames" in page


def test_a_rescue_plan_is_made_only_at_an_open_base(surplus, planning_tables):
    from postharvest.core.audit.actor import SYSTEM
    from postharvest.core.clock import time
    from postharvest.core.errors import InvalidInput
    from postharvest.decisions.planning.gather import rescue_case
    from postharvest.operations.network.actions import Fitting, advance_base, fit_out

    now = time.now()
    fit_out(base_id=surplus.base_id, fitting=Fitting(parcels_per_day=321), actor=SYSTEM, now=now)
    assert rescue_case(surplus.pk, now=now)[0]["hub"]["parcels_per_day"] == 321
    advance_base(base_id=surplus.base_id, state="closed", actor=SYSTEM, now=now)
    with pytest.raises(InvalidInput, match="is not open"):
        rescue_case(surplus.pk, now=now)
