"""Pages of the desk that are made of tasks: what there is to see in tables, what to do in forms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from postharvest.interfaces.web.branch_page import attempt
from postharvest.interfaces.web.tables import Stat


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do: its form, and what happens when it is sent.

    ``act`` is given what was typed and returns what is said afterwards.
    """

    step: str
    title: str
    button: str
    form: forms.Form
    act: Callable[[Mapping[str, Any]], str]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a table: a text, perhaps a link, a number or a chip."""

    text: str
    url: str = ""
    css: str = ""
    chip: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows to look at."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str
    note: str = ""

    @property
    def heads(self) -> list[tuple[str, str]]:
        """Return each column's title with the setting of what stands under it."""
        first = self.rows[0] if self.rows else [Cell(text="")] * len(self.columns)
        return [(title, cell.css) for title, cell in zip(self.columns, first, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """A page: its question, figures, tables, links to print, and tasks."""

    title: str
    stats: Sequence[Stat] = ()
    tables: Sequence[Table] = ()
    tasks: Sequence[Task] = ()
    papers: Sequence[tuple[str, str]] = field(default_factory=tuple)
    more: Mapping[str, Any] = field(default_factory=dict)


def form_for(
    request: HttpRequest,
    step: str,
    kind: type[forms.Form],
    *,
    choices: Mapping[str, Sequence[tuple[Any, Any]]] | None = None,
    initial: Mapping[str, Any] | None = None,
) -> forms.Form:
    """Make the form of a task: filled in if it is the one that was sent."""
    sent = request.method == "POST" and request.POST.get("step") == step
    form = kind(
        request.POST if sent else None,
        request.FILES if sent else None,
        auto_id=f"{step}_%s",
        initial=dict(initial or {}),
    )
    for name, options in (choices or {}).items():
        bound = form.fields[name]
        assert isinstance(bound, forms.ChoiceField)  # noqa: S101  (a fault of the page)
        bound.choices = list(options)
    return form


def serve(request: HttpRequest, page: TaskPage, *, back: str) -> HttpResponse:
    """Do the task that was sent and show the page again; what is wrong is said beside its field."""
    step = request.POST.get("step", "") if request.method == "POST" else ""
    sent = next((task for task in page.tasks if task.step == step), None)
    if sent is not None:
        said: list[str] = []
        if attempt(sent.form, lambda: said.append(sent.act(sent.form.cleaned_data))):
            messages.success(request, said[0] or _("It is entered."))
            return redirect(back)
    status = 422 if sent is not None else 200
    return render(
        request, "web/desk/tasks.html", {"page": page, "sent": step, **page.more}, status=status
    )


def text(value: object) -> Cell:
    """Write plain text."""
    return Cell(text=str(value))


def figure(value: object) -> Cell:
    """Write a number, set to the right."""
    return Cell(text=str(value), css="n num")
