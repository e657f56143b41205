"""Team purchase, to the letter."""

import itertools
from datetime import timedelta

import pytest
from tests.operations.conftest import BUYER, DESK, OPENS

from postharvest.core.audit.actor import Actor, NotAllowed, Role
from postharvest.operations.orders.actions.ending import cancel_order, expire_holds
from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.orders.actions.refunds import send_refunds
from postharvest.operations.orders.actions.teams import close_expired_teams, complete_team
from postharvest.operations.orders.models import Order, Refund, Team
from postharvest.operations.orders.requests import Declined
from postharvest.operations.orders.transitions import ORDER, TEAM, IllegalTransition, after

pytestmark = pytest.mark.django_db
LATER = OPENS + timedelta(hours=1)


def lead(stall, **given):
    return stall.place(wants_team=True, **given)


def join(stall, team_id, **given):
    return stall.place(wants_team=True, team_id=team_id, **given)


def state_of(*orders):
    return [Order.objects.get(pk=o.pk).state for o in orders]


def test_a_team_opens_when_its_leaders_payment_succeeds_not_before(stall):
    order = lead(stall, payment="cashier")
    assert not Team.objects.exists()
    stall.pay(order, now=LATER - timedelta(minutes=50))
    team = Team.objects.get()
    assert (team.paid_members, team.leader_order_id) == (1, order.pk)
    assert state_of(order) == ["held"]


def test_it_forms_at_the_last_paid_member_and_all_are_confirmed(stall):
    first = lead(stall)
    second = join(stall, first.team_id)
    assert state_of(first, second) == ["held", "held"]
    third = join(stall, first.team_id)
    assert state_of(first, second, third) == ["confirmed"] * 3
    assert Team.objects.get().state == "formed"
    assert first.unit_fen == stall.listing.team_fen < stall.listing.solo_fen


def test_a_member_who_has_not_paid_does_not_count(stall):
    first = lead(stall)
    join(stall, first.team_id)
    unpaid = join(stall, first.team_id, payment="cashier")
    assert Team.objects.get().paid_members == 2
    assert state_of(first, unpaid) == ["held", "held"]


def test_its_deadline_is_its_own_and_never_later_than_the_sales_end(stall):
    early = Team.objects.get(pk=lead(stall).team_id)
    assert early.deadline_at == OPENS + timedelta(hours=24)
    late = lead(stall, now=stall.sale.closes_at - timedelta(hours=2))
    assert Team.objects.get(pk=late.team_id).deadline_at == stall.sale.closes_at


def test_an_unfilled_team_gives_everybody_his_money_back_once(stall):
    first = lead(stall)
    second = join(stall, first.team_id)
    at = OPENS + timedelta(hours=24)
    assert close_expired_teams(now=at - timedelta(seconds=1)) == 0
    assert close_expired_teams(now=at) == 1
    assert close_expired_teams(now=at) == 0
    for _ in range(3):
        send_refunds(now=at)
    assert state_of(first, second) == ["refunded", "refunded"]
    assert Refund.objects.filter(state="sent").count() == 2
    assert sum(Refund.objects.values_list("amount_fen", flat=True)) == 2 * first.total_fen
    assert stall.claimed()["g"] == 0


def test_when_the_leader_leaves_the_second_leads_and_the_deadline_stands(stall):
    first = lead(stall)
    second = join(stall, first.team_id, now=LATER)
    before = Team.objects.get().deadline_at
    cancel_order(order_id=first.pk, actor=BUYER, now=LATER)
    team = Team.objects.get()
    assert (team.leader_order_id, team.paid_members) == (second.pk, 1)
    assert (team.deadline_at, team.state) == (before, "open")
    assert Refund.objects.get().order_id == first.pk


def test_the_last_to_leave_closes_the_team(stall):
    first = lead(stall)
    cancel_order(order_id=first.pk, actor=BUYER, now=LATER)
    assert Team.objects.get().state == "failed"
    assert close_expired_teams(now=OPENS + timedelta(days=2)) == 0


def test_leaving_a_formed_team_leaves_it_formed(stall):
    first = lead(stall)
    others = [join(stall, first.team_id) for _ in range(2)]
    cancel_order(order_id=others[0].pk, actor=BUYER, now=LATER)
    assert Team.objects.get().state == "formed"
    assert state_of(first, others[1]) == ["confirmed", "confirmed"]


def test_a_payment_that_comes_after_the_team_is_full_goes_back(stall):
    first = lead(stall)
    slow = join(stall, first.team_id, payment="cashier")
    for _ in range(2):
        join(stall, first.team_id)
    stall.pay(slow, now=OPENS + timedelta(minutes=5))
    assert state_of(slow) == ["cancelled"]
    assert Refund.objects.get().order_id == slow.pk
    assert Team.objects.get().paid_members == 3
    assert stall.claimed() == stall.held()


def test_a_payment_that_comes_after_the_hold_goes_back(stall):
    order = stall.place(payment="cashier")
    expire_holds(now=LATER)
    stall.pay(order, now=LATER)
    send_refunds(now=LATER)
    assert state_of(order) == ["refunded"]
    assert Refund.objects.get().amount_fen == order.total_fen


def test_more_joins_than_places_leave_exactly_the_places(stall):
    first = lead(stall)
    requests = [stall.ask(wants_team=True, team_id=first.team_id) for _ in range(5)]
    answers = place_orders(requests=requests, actor=BUYER, now=LATER)
    assert [isinstance(a, Declined) for a in answers] == [False, False, True, True, True]
    assert Team.objects.get().paid_members == 3
    assert stall.declined(wants_team=True, team_id=first.team_id) == "team_full"


def test_the_platform_may_complete_a_team_at_its_own_cost_and_says_so(stall):
    first = lead(stall)
    team = complete_team(team_id=first.team_id, actor=DESK, now=LATER)
    assert (team.state, team.platform_places, team.paid_members) == ("formed", 2, 1)
    assert state_of(first) == ["confirmed"]
    assert Order.objects.count() == 1  # nobody was invented
    with pytest.raises(IllegalTransition):
        complete_team(team_id=first.team_id, actor=DESK, now=LATER)


def test_the_next_county_s_desk_completes_no_team_of_ours(stall):
    first = lead(stall)
    stranger = Actor(party="desk:9", role=Role.DESK, scope="450000")
    with pytest.raises(NotAllowed):
        complete_team(team_id=first.team_id, actor=stranger, now=LATER)
    assert Team.objects.get().state == "open"


def test_a_team_past_its_deadline_takes_nobody(stall):
    first = lead(stall)
    at = OPENS + timedelta(hours=24)
    assert stall.declined(wants_team=True, team_id=first.team_id, now=at) == "team_full"
    with pytest.raises(IllegalTransition):
        complete_team(team_id=first.team_id, actor=DESK, now=at)


@pytest.mark.parametrize("order_of_arrival", list(itertools.permutations(range(3))))
def test_notices_in_any_order_five_times_over_end_in_the_same_state(stall, order_of_arrival):
    first = lead(stall, payment="cashier")
    second = lead(stall, payment="cashier")
    solo = stall.place(payment="cashier")
    for _ in range(5):
        for index in order_of_arrival:
            stall.pay((first, second, solo)[index], now=OPENS + timedelta(minutes=5))
    assert state_of(first, second, solo) == ["held", "held", "confirmed"]
    assert Team.objects.filter(paid_members=1, state="open").count() == 2
    assert Refund.objects.count() == 0


def test_a_failed_payment_may_still_succeed_and_counts_once(stall):
    from postharvest.operations.orders.actions.payments import take_notices

    order = stall.place(payment="cashier")
    take_notices(notices=[stall.notice(order, "n1", "failed")], now=OPENS)
    assert state_of(order) == ["held"]
    for name in ("n2", "n3"):
        stall.pay(order, now=OPENS, notice_id=name)
    assert state_of(order) == ["confirmed"]
    assert order.payments.filter(state="captured").count() == 1


@pytest.mark.parametrize(
    ("table", "event", "state"),
    [
        (table, event, state)
        for table, states in ((ORDER, Order.State.values), (TEAM, Team.State.values))
        for event in table
        for state in states
    ],
)
def test_every_state_and_event_pair_is_in_the_table_or_illegal(table, event, state):
    if state in table[event]:
        assert after(table, event, state) == table[event][state]
    else:
        with pytest.raises(IllegalTransition):
            after(table, event, state)


@pytest.mark.parametrize("state", ["packed", "posted", "delivered"])
def test_what_is_packed_can_not_be_cancelled(stall, state):
    order = stall.place()
    Order.objects.filter(pk=order.pk).update(state=state)
    with pytest.raises(IllegalTransition):
        cancel_order(order_id=order.pk, actor=BUYER, now=LATER)
