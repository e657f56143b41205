"""A branch's own files: all of one or nothing, faults by line, a dry run that tells the truth."""

import io

import pytest
from django.contrib.auth.models import User
from openpyxl import Workbook
from tests.operations.conftest import BUYER, DESK, OPENS, START, make_stall

from postharvest.core.audit.actor import Actor, NotAllowed, Role
from postharvest.core.audit.models import AuditEntry
from postharvest.core.check_digits import is_resident_id
from postharvest.core.errors import InvalidInput
from postharvest.core.vault.seal import unseal
from postharvest.interfaces.cli.main import main
from postharvest.interfaces.own_data.loading import load_own
from postharvest.interfaces.own_data.shapes import SHAPES
from postharvest.operations.campaigns.models import Listing, Pack
from postharvest.operations.harvest.models import Contract, Grower
from postharvest.operations.network.models import CalendarDay
from postharvest.operations.packing.models import LabourPool, Packer, Point
from postharvest.operations.settlement.models import Payee


def resident(body):
    """The identity number of a birthday and place: the body with its check sign."""
    return next(body + sign for sign in "0123456789X" if is_resident_id(body + sign))


GROWN = resident("61052819800101001")
CHILD = resident("61052820150101001")


@pytest.fixture
def base(db):
    return make_stall().sale.base


def load(base, kind, text, *, dry_run=False, actor=DESK):
    return load_own(
        kind=kind, raw=text.encode(), base_id=base.pk, dry_run=dry_run, actor=actor, now=OPENS
    )


GROWERS = "编号,姓名,电话,村,类别\nH1,李平,13912345678,窦村,household\nH2,王芳,,曹村,\n"
PAYEES = (
    "party,holder,phone,way,card,company_account,resident_id,relation,proof\n"
    f"G0,张0,13900000000,bank,4111 1111 1111 1111,,{GROWN},,\n"
    "G1,李伟,,cash,,,,proxy,委托书7\n"
)
POINTS = (
    "code,name,lat,lon,stations,least_people,setup_yuan,day_yuan,haul_yuan_per_t\n"
    "P7,大渠村,34.7,109.2,12,2,300,80,30\n"
)
LABOUR = "code,village,lat,lon,people_per_day,day_wage_yuan\nT7,窦村,34.7,109.2,20,110\n"
PEOPLE = f"code,labour,name,phone,resident_id\nK7,T7,赵梅,13911112222,{GROWN}\n"
PACKS = (
    "produce,net_kg,material_yuan,packed_kg_per_day,demand_share\n"
    "persimmon,2.5,1.5,300,0.4\npersimmon,4.5,2.2,360,0.6\n"
)


def test_growers_points_labour_people_and_packs_come_in(base):
    for kind, text in (
        ("growers", GROWERS), ("points", POINTS), ("labour", LABOUR), ("people", PEOPLE),
        ("packs", PACKS),
    ):  # fmt: skip
        outcome = load(base, kind, text)
        assert outcome.faults == ()
        assert outcome.is_committed
    assert unseal(Grower.objects.get(code="H1").contact.sealed).name == "李平"
    assert Point.objects.get(code="P7").setup_fen == 30_000
    assert LabourPool.objects.get(code="T7").wage_steps[0]["fen_per_day"] == 11_000
    assert unseal(Packer.objects.get(code="K7").contact.sealed).resident_id == GROWN
    assert list(Pack.objects.order_by("net_g").values_list("net_g", flat=True)) == [2500, 4500]


def test_payees_come_in_and_are_who_is_paid(base):
    assert load(base, "payees", PAYEES).faults == ()
    first, second = Payee.objects.order_by("pk")
    assert (first.way, unseal(first.contact.sealed).payee) == ("bank", "4111111111111111")
    assert (second.kind, second.proof) == ("proxy", "委托书7")


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        (
            "4111 1111 1111 1111",
            "4111 1111 1111 1112",
            2,
            "card: '4111 1111 1111 1112' has a wrong",
        ),
        (GROWN, GROWN[:-1] + ("0" if GROWN[-1] != "0" else "1"), 2, "resident_id"),
        ("4111 1111 1111 1111", "", 2, "needs a card or a company account"),
        ("4111 1111 1111 1111,", ",12", 2, "8 to 19 digits"),
        ("G1,", "G9,", 3, "is not known"),
        ("委托书7", "", 3, "lets somebody else be paid"),
        ("cash", "cheque", 3, "is not allowed"),
    ],
)
def test_a_payee_file_with_a_wrong_digit_is_refused_by_its_line(base, old, new, line, reason):
    outcome = load(base, "payees", PAYEES.replace(old, new))
    [fault] = outcome.faults
    assert fault.line == line
    assert reason in str(fault)
    assert not Payee.objects.exists()


def test_a_dry_run_says_the_same_and_writes_nothing(base):
    rows = AuditEntry.objects.count()
    outcome = load(base, "growers", GROWERS, dry_run=True)
    assert (outcome.rows, outcome.faults, outcome.is_committed) == (2, (), False)
    assert not Grower.objects.filter(code="H1").exists()
    assert AuditEntry.objects.count() == rows


@pytest.mark.parametrize(
    ("kind", "text", "line", "reason"),
    [
        ("growers", GROWERS.replace("13912345678", "none"), 2, "is no phone number"),
        ("growers", GROWERS.replace("H2", "H1"), 3, "stands already on line 2"),
        ("growers", GROWERS.replace("曹村", ""), 3, "is empty"),
        ("points", POINTS.replace(",12,2,", ",2,12,"), 2, "needs stations"),
        ("points", POINTS.replace("34.7", "134.7"), 2, "outside 3 to 54"),
        ("people", PEOPLE.replace("T7", "T9"), 2, "is not known"),
        ("people", PEOPLE.replace(GROWN, GROWN[:-2] + "00"), 2, "wrong check digit"),
        ("people", PEOPLE.replace(GROWN, CHILD), 2, "younger than 16"),
        ("packs", PACKS.replace("persimmon,4.5", "pineapple,4.5"), 3, "is not known"),
        ("prices", "sale,net_kg,team_yuan,solo_yuan\n1,7,20,25\n", 2, "is not listed in sale 1"),
        ("contracts", "surplus,grower,kind,kg\n1,nobody,purchase,5\n", 2, "offers nothing"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_line_and_nothing_is_half_written(base, kind, text, line, reason):
    load(base, "labour", LABOUR)
    rows = AuditEntry.objects.count()
    outcome = load(base, kind, text)
    [fault] = outcome.faults
    assert fault.line == line
    assert reason in str(fault)
    assert not outcome.is_committed
    assert AuditEntry.objects.count() == rows


def test_prices_of_a_running_sale_change_by_file(base):
    listing = Listing.objects.get(net_g=3000)
    text = f"sale,net_kg,team_yuan,solo_yuan\n{listing.sale_id},3,18,22.5\n"
    assert load(base, "prices", text).faults == ()
    listing.refresh_from_db()
    assert (listing.team_fen, listing.solo_fen) == (1800, 2250)


def test_contracts_are_offered_by_file(base):
    head = "surplus,grower,kind,kg,price_yuan,floor_yuan,advance_yuan,if_unsold\n"
    [one] = {grower.offers.get().part.surplus_id for grower in Grower.objects.all()}
    text = f"{head}{one},G0,purchase,50,3.20,,,\n{one},G1,share,50,,1.8,1,branch\n"
    assert load(base, "contracts", text).faults == ()
    assert set(Contract.objects.values_list("kind", "price_fen_per_kg", "if_unsold")) == {
        ("purchase", 320, "branch"), ("share", 0, "branch"),
    }  # fmt: skip
    wrong = text.replace("3.20", "")
    [fault] = load(base, "contracts", wrong).faults
    assert "needs its price" in fault.rule


def test_staff_get_a_first_password_once_and_work_in_their_region(base):
    text = "username,name,role,county\nlin,林晓,desk,\nwu,吴刚,village_agent,610528\n"
    head = Actor(party="planner:1", role=Role.PLANNER, scope="610528")
    tried = load(base, "staff", text, dry_run=True, actor=head)
    assert tried.notes == ()
    assert not User.objects.exists()
    first = load(base, "staff", text, actor=head)
    name, password = first.notes[0].split(": ")
    assert User.objects.get(username=name).check_password(password)
    assert User.objects.get(username="lin").groups.get().name == "desk 610528"
    assert load(base, "staff", text, actor=head).notes == ()
    with pytest.raises(NotAllowed):
        load(base, "staff", "username,name,role,county\nx,X,village_agent,310101\n")
    assert load(base, "staff", "username,name,role\nx,X,system\n").faults[0].line == 2


def test_a_desk_enters_no_second_desk_and_takes_nobody_over(base):
    # It would be its own second person: one who proposes payouts, one who approves them.
    head = "username,name,role,county\n"
    with pytest.raises(NotAllowed, match="ask headquarters"):
        load(base, "staff", f"{head}lin,林晓,desk,610528\n")
    planner = Actor(party="planner:1", role=Role.PLANNER)
    load(base, "staff", f"{head}lin,林晓,desk,610528\nwei,韦,village_agent,450803\n", actor=planner)
    for known in ("lin", "wei"):
        with pytest.raises(NotAllowed, match="can't give"):
            load(base, "staff", f"{head}{known},X,village_agent,610528\n")
    assert User.objects.get(username="lin").groups.get().name == "desk 610528"


def test_a_calendar_comes_in_the_same_way(base):
    assert load(base, "calendar", f"day,kind\n{START},holiday\n").is_committed
    assert CalendarDay.objects.filter(county_id="610528").exists()


def test_a_workbook_is_read_as_a_csv_is(base):
    book = Workbook()
    book.active.append(["code", "name", "village"])
    book.active.append(["X1", "周明", "窦村"])
    out = io.BytesIO()
    book.save(out)
    outcome = load_own(
        kind="growers", raw=out.getvalue(), base_id=base.pk, dry_run=False, actor=DESK, now=OPENS
    )
    assert outcome.is_committed


def test_a_buyer_brings_in_nothing_and_an_unknown_kind_is_named(base):
    with pytest.raises(NotAllowed):
        load(base, "growers", GROWERS, actor=BUYER)
    with pytest.raises(InvalidInput, match="is none of growers"):
        load(base, "goats", GROWERS)


@pytest.mark.django_db
def test_the_command_tries_first_and_names_faults_in_one_line_each(tmp_path, capsys):
    base = make_stall().sale.base
    file = tmp_path / "growers.csv"
    file.write_text(GROWERS)
    words = ["own", "import", "growers", str(file), "--base", base.code]
    assert main(words) == 0
    assert "dry run" in capsys.readouterr().out
    assert not Grower.objects.filter(code="H1").exists()
    assert main([*words, "--commit"]) == 0
    assert Grower.objects.filter(code="H1").exists()
    file.write_text(GROWERS.replace("曹村", ""))
    assert main([*words, "--commit"]) == 2
    assert "line 3, village" in capsys.readouterr().err
    assert main(["own", "import", "growers", str(file), "--base", "nowhere"]) == 2
    assert main(["own", "sheet", "prices", str(tmp_path / "prices.xlsx")]) == 0
    assert (tmp_path / "prices.xlsx").read_bytes().startswith(b"PK")


def test_every_kind_has_a_name_on_the_page():
    from postharvest.interfaces.web.forms.own_data import kind_name

    assert all(kind_name(kind) for kind in SHAPES)
