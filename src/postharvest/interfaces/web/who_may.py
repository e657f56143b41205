"""The table of who may see which page, read from the pages themselves.

``python -m postharvest.interfaces.web.who_may > docs/who-may-what.md`` writes it anew; a test fails
when the page and the table differ.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from postharvest.core.audit.actor import Role
from postharvest.core.tokens.scopes import SCOPES

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


SPECIAL = {
    "order": "the order's own token",
    "signature": "the payment provider's signature",
}
"""What opens a route besides the scope of a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of an address for programs, and the scopes of which one opens it."""

    method: str
    path: str
    view: Callable[..., object]
    opens_to: tuple[str, ...]


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


def routes() -> Iterator[Route]:
    """Yield every method of every address that is no page, as the site's addresses have it.

    Raises
    ------
    ValueError
        A view does not say what opens it.
    """
    for path, view in _views(import_module("postharvest.urls").urlpatterns, "/"):
        known = getattr(view, "opens_to", None)
        if known is None:
            raise ValueError(f"{path} does not say what opens it: opens_to(GET=(scope,))")
        for method, scopes in known.items():
            yield Route(method=method, path=path, view=view, opens_to=scopes)


def _views(patterns: Sequence[Any], before: str) -> Iterator[tuple[str, Callable[..., object]]]:
    for one in patterns:
        path = before + _shown(str(one.pattern))
        if not hasattr(one, "url_patterns"):
            yield path, one.callback
        elif getattr(one, "app_name", None) != "web":
            yield from _views(one.url_patterns, path)


def _shown(pattern: str) -> str:
    """Write an address as people read it: ``sales/{sale_id}``; what is a choice stays one."""
    if pattern in ("", r"^[\s\S]*$"):
        return "…" if pattern else ""
    named = re.sub(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)", r"{\1\2}", pattern)
    return re.sub(r"\(\?:/\.\*\)\?|[\^$]", "", named)


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
    return "\n".join([*lines, "", *_routes_told()]) + "\n"


def _routes_told() -> Iterator[str]:
    yield "# What a program may ask"
    yield ""
    yield (
        "A program sends a token; the token has scopes and may have a region and an end. Signing "
        "in to the site opens nothing here. A token with a region finds only what belongs to it, "
        "except scans, EPCIS events and reference tables, which are the whole country's and hold "
        "no person. Subscriptions belong to the token that made them. Routes without a mark are "
        "open to everybody, as is the stream of a sale's news, `GET /api/v1/sales/{id}/events`."
    )
    yield ""
    yield "| route | " + " | ".join(SCOPES) + " | else |"
    yield "|---|" + "---|" * (len(SCOPES) + 1)
    for one in routes():
        marks = " | ".join("●" if scope in one.opens_to else "" for scope in SCOPES)
        other = "".join(SPECIAL.get(scope, "") for scope in one.opens_to)
        yield f"| `{one.method} {one.path}` | {marks} | {other} |"


def _may(page: Page, role: Role) -> bool:
    return role in page.roles or (bool(page.roles) and role is Role.ADMINISTRATOR)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postharvest.settings")
    import django

    django.setup()
    sys.stdout.write(table())
