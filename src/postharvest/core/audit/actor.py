"""Who does something, and what they may do: roles × the region they work in."""

from dataclasses import dataclass
from enum import StrEnum

from postharvest.core.errors import Refused


class Role(StrEnum):
    GROWER = "grower"
    VILLAGE_AGENT = "village_agent"
    PACKER = "packer"
    POINT_LEADER = "point_leader"
    DESK = "desk"
    BUYER = "buyer"
    PLANNER = "planner"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class NotAllowed(Refused):
    """The actor's role or region does not cover this."""

    code = "not_allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person or a program that acts.

    ``scope`` is the prefix of the GB/T 2260 codes the actor works in ("610528" a county, "61" a
    province, "" the whole country).  ``party`` is the pseudonym that goes into audit rows.
    """

    party: str
    role: Role
    scope: str = ""

    def may(self, *roles: Role) -> bool:
        """Whether one of these roles is the actor's, or the actor runs the system."""
        return self.role in roles or self.role in (Role.SYSTEM, Role.ADMINISTRATOR)

    def require(self, *roles: Role, region: str = "") -> None:
        """Refuse unless the actor has one of the roles and works in the region.

        Raises
        ------
        NotAllowed
            The role is another one, or the region lies outside the actor's scope.
        """
        if not self.may(*roles):
            raise NotAllowed(
                f"a {self.role} may not do this; it takes {' or '.join(roles)}", role=self.role
            )
        if region and not region.startswith(self.scope):
            raise NotAllowed(
                f"this belongs to region {region}, outside {self.scope}", region=region
            )


SYSTEM = Actor(party="system", role=Role.SYSTEM)
