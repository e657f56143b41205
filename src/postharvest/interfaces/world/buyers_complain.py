"""What arrives bruised is claimed, with a photo; the desk decides by the rule."""

import random
from datetime import datetime

from postharvest.core.audit.actor import Actor
from postharvest.interfaces.world.crowd import BUYERS
from postharvest.interfaces.world.nature import Nature
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.claims import ClaimFiled, decide_claim, file_claims
from postharvest.operations.parcels import queries as parcels

CLAIMS_SHARE = 0.8
"""Of the buyers with a bad box, so many say so."""


def complain(sale_id: int, nature: Nature, *, since: datetime, until: datetime, desk: Actor) -> int:
    """File the claims of boxes delivered in a span of time, and let the desk decide them."""
    filed = []
    for number, order_id, box_no, damaged in parcels.delivered(sale_id, since, until):
        rng = random.Random(f"{nature.seed}:claim:{number}")
        if (not damaged and rng.random() >= nature.bad_box_share) or rng.random() >= CLAIMS_SHARE:
            continue
        filed.append(
            ClaimFiled(
                key=f"claim-{number}",
                order_id=order_id,
                box_no=box_no,
                bad_bp=int(min(10_000, max(100, 10_000 * rng.betavariate(1.6, 6.0)))),
                photo=f"simulated/{number}.jpg",
                cause=_cause(rng, damaged=damaged),
                parcel_number=number,
            )
        )
    open_orders = orders.delivered_ids([one.order_id for one in filed])
    claims = file_claims(
        filed=[one for one in filed if one.order_id in open_orders], actor=BUYERS, now=until
    )
    for claim in claims:
        if claim.state == "open":
            decide_claim(
                claim_id=claim.pk,
                approve_fen=claim.proposed_fen,
                cause=claim.cause,
                actor=desk,
                now=until,
            )
    return len(claims)


def _cause(rng: random.Random, *, damaged: bool) -> str:
    if damaged:
        return "carrier"
    draw = rng.random()
    return "grower" if draw < 0.5 else "packer" if draw < 0.85 else "carrier"  # noqa: PLR2004
