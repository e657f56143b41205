"""Four thousand claims in a day: what the rule takes, and what is left for two people.

    python benchmarks/claims_day.py [claims]

A sale of as many delivered orders is laid into a database of its own (SQLite); every order is
claimed, shares of bad pieces drawn from the demo's distribution; the base's usual limits decide.
CPU seconds are the process's own.
"""

import os
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS_A_LOOK = 20
"""What a person needs for one exception: the photo, the buyer, one tick (assumption)."""
PEOPLE = 2


def main(claims: int) -> None:
    """Measure, and print one table row."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["POSTHARVEST_HOME"] = home
        os.environ["POSTHARVEST_PAYMENTS"] = "sandbox"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postharvest.settings")
        sys.path[:0] = [str(ROOT), str(ROOT / "src")]
        import django

        django.setup()
        _measure(claims)


def _measure(claims: int) -> None:
    import numpy as np
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.operations.conftest import BUYER, DESK, OPENS, make_stall

    from postharvest.core.outbox import log as outbox
    from postharvest.operations.network.actions.days import DayCapacity, set_hub_days
    from postharvest.operations.orders.actions.claims import ClaimFiled, file_claims
    from postharvest.operations.orders.actions.deciding import (
        Decision,
        decide_by_rule,
        decide_claims,
        set_claim_rule,
    )
    from postharvest.operations.orders.actions.placing import place_orders
    from postharvest.operations.orders.models import Claim, Order

    stall = make_stall(capacity_g=3_000 * claims, crew=claims / 20, parcels=2 * claims)
    set_hub_days(
        base_id=stall.sale.base_id,
        capacities=[
            DayCapacity(
                owner_id=stall.sale.branch_id,
                day=stall.sale.first_day + timedelta(days=n),
                capacity_parcels=2 * claims,
            )
            for n in range(8)
        ],
        actor=DESK,
        now=OPENS,
    )
    rng = np.random.default_rng(1)
    buyers = rng.integers(0, claims * 3 // 4, size=claims)
    asked = [stall.ask(phone=f"139{buyer:08d}") for buyer in buyers]
    for start in range(0, claims, 500):
        place_orders(requests=asked[start : start + 500], actor=BUYER, now=OPENS)
    later = OPENS + timedelta(days=3)
    Order.objects.update(state="delivered", closed_at=later)
    orders = list(Order.objects.order_by("pk"))
    bad = np.clip(10_000 * rng.beta(1.6, 6.0, size=len(orders)), 100, 10_000).astype(int)
    photo = rng.random(len(orders)) > 0.03
    filed = [
        ClaimFiled(
            key=f"c{n}", order_id=order.pk, box_no=1, bad_bp=int(bad[n]),
            photo="p.jpg" if photo[n] else "", cause="carrier",
        )
        for n, order in enumerate(orders)
    ]  # fmt: skip
    started = time.process_time()
    file_claims(filed=filed, actor=BUYER, now=later)
    took_filing = time.process_time() - started
    base_id = stall.sale.base_id
    set_claim_rule(
        base_id=base_id, most_fen=2_000, most_bad_bp=5_000, buyer_claims=3, buyer_fen=6_000,
        actor=DESK, now=later,
    )  # fmt: skip
    started = time.process_time()
    outcome = decide_by_rule(base_id=base_id, actor=DESK, now=later)
    took_rule = time.process_time() - started
    left = list(Claim.objects.filter(state="open"))
    started = time.process_time()
    for start in range(0, len(left), 60):
        page = left[start : start + 60]
        decide_claims(
            decisions=[
                Decision(claim_id=c.pk, approve_fen=c.proposed_fen, cause=c.cause) for c in page
            ],
            actor=DESK, now=later,
        )  # fmt: skip
    took_pages = time.process_time() - started
    started = time.process_time()
    outbox.drain_all(now=later)
    took_books = time.process_time() - started
    hours = len(left) * SECONDS_A_LOOK / 3600 / PEOPLE
    print(f"claims {len(filed)}; filed in {took_filing:.1f} CPU s")
    print(f"by rule: {outcome.approved} paid, {took_rule:.1f} CPU s")
    print(f"exceptions: {len(left)} {outcome.exceptions}")
    print(f"decided in pages of 60: {took_pages:.1f} CPU s; booked: {took_books:.1f} CPU s")
    print(f"{PEOPLE} people at {SECONDS_A_LOOK} s a look: {hours:.1f} h each")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000)
