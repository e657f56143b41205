"""What opens a route that is no operation of a table: read by the table of who may what."""

from collections.abc import Callable
from typing import TypeVar

View = TypeVar("View", bound=Callable[..., object])


def opens_to(**methods: tuple[str, ...]) -> Callable[[View], View]:
    """Note the scopes of which one opens a method; none means that everybody may ask."""

    def note(view: View) -> View:
        view.opens_to = methods  # type: ignore[attr-defined]
        return view

    return note
