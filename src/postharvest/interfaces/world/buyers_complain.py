"""What arrives bruised is claimed, with a photo; the desk decides by the rule."""

from datetime import datetime

import numpy as np

from postharvest.core.audit.actor import Actor
from postharvest.interfaces.world.crowd import BUYERS
from postharvest.interfaces.world.nature import Nature, stream
from postharvest.operations.orders.actions.claims import ClaimFiled, file_claims
from postharvest.operations.orders.actions.deciding import Decision, decide_claims
from postharvest.operations.parcels import queries as parcels

CLAIMS_SHARE = 0.8
"""Of the buyers with a bad box, so many say so."""
CAUSES = ("grower", "packer", "carrier")
CAUSE_SHARES = (0.5, 0.35, 0.15)


def complain(sale_id: int, nature: Nature, *, since: datetime, until: datetime, desk: Actor) -> int:
    """File the claims of what arrived in a span of time, and let the desk decide them."""
    arrived = parcels.delivered(sale_id, since, until)
    rng = stream(nature.seed, "claims", int(until.timestamp()))
    is_bad = rng.random(len(arrived)) < nature.bad_box_share
    is_bad |= np.array([damaged for *_, damaged in arrived], dtype=bool)
    claimed = np.flatnonzero(is_bad & (rng.random(len(arrived)) < CLAIMS_SHARE))
    filed = [
        ClaimFiled(
            key=f"claim-{number}",
            order_id=order_id,
            box_no=box_no,
            bad_bp=int(min(10_000, max(100, 10_000 * rng.beta(1.6, 6.0)))),
            photo=f"simulated/{number}.jpg",
            cause="carrier" if damaged else str(rng.choice(CAUSES, p=CAUSE_SHARES)),
            parcel_number=number,
        )
        for number, order_id, box_no, damaged in (arrived[i] for i in claimed)
    ]
    claims = file_claims(filed=filed, actor=BUYERS, now=until)
    decisions = [
        Decision(claim_id=claim.pk, approve_fen=claim.proposed_fen, cause=claim.cause)
        for claim in claims
        if claim.state == "open"
    ]
    if decisions:
        decide_claims(decisions=decisions, actor=desk, now=until)
    return len(claims)
