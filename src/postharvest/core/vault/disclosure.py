"""How few people a published figure may rest on before it tells about one of them."""

from postharvest.core.audit.actor import Actor, Role

FEWEST = 5
"""Growers or households behind any figure that is shown to people outside the branch."""
_COUNTY_DIGITS = 6
_INSIDE = (Role.DESK, Role.VILLAGE_AGENT, Role.POINT_LEADER)


def fewest_for(actor: Actor) -> int:
    """Return how many growers a figure must rest on for this reader; 0 for the branch's own."""
    wide = 0 < len(actor.scope) < _COUNTY_DIGITS
    return FEWEST if wide or actor.role not in _INSIDE else 0
