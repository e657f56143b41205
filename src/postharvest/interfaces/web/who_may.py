"""The table of who may see which page, read from the pages themselves.

``python -m postharvest.interfaces.web.who_may > docs/who-may-what.md`` writes it anew; a test fails
when the page and the table differ.
"""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from postharvest.core.audit.actor import Role

COLUMNS = (
    Role.BUYER,
    Role.VILLAGE_AGENT,
    Role.GROWER,
    Role.PACKER,
    Role.POINT_LEADER,
    Role.DESK,
    Role.PLANNER,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An address of the site and the roles it lets in; no roles means everybody."""

    name: str
    path: str
    roles: tuple[Role, ...]


def pages() -> Iterator[Page]:
    """Yield every page of the site, in the order of its addresses."""
    for one in import_module("postharvest.interfaces.web.urls").urlpatterns:
        yield Page(
            name=one.name or "",
            path="/" + re.sub(r"<\w+:(\w+)>|\(\?P<(\w+)>[^)]*\)", r"{\1\2}", str(one.pattern)),
            roles=getattr(one.callback, "roles", ()),
        )


def table() -> str:
    """Return the table as Markdown."""
    lines = [
        "# Who may see what",
        "",
        "Written by `python -m postharvest.interfaces.web.who_may`. The administrator may see all. "
        "Whoever has a region (a county, a prefecture, a province) finds only what belongs to it: "
        "the rest is *not found*, whatever number is typed. Actions check role and region again. "
        "Pages without a mark are open to everybody; an order opens only by its own secret "
        "address.",
        "",
        "| page | " + " | ".join(role.replace("_", " ") for role in COLUMNS) + " |",
        "|---|" + "---|" * len(COLUMNS),
    ]
    for page in pages():
        marks = " | ".join("●" if _may(page, role) else "" for role in COLUMNS)
        lines.append(f"| `{page.path}` | {marks} |")
    return "\n".join(lines) + "\n"


def _may(page: Page, role: Role) -> bool:
    return role in page.roles or (bool(page.roles) and role is Role.ADMINISTRATOR)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postharvest.settings")
    import django

    django.setup()
    sys.stdout.write(table())
