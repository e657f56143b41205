"""Many models made by one operation of a migration."""

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation


class CreateModels(Operation):
    """What each `CreateModel` does, with the state's models rendered once instead of each time.

    After every operation Django renders all models connected with the one that changed; with a
    hundred of them in one web that is most of the time a fresh database takes.
    """

    def __init__(self, models: Sequence[CreateModel]) -> None:
        self.models = models

    def state_forwards(self, app_label: str, state: Any) -> None:  # noqa: ANN401  (Django's own)
        """Add the models; they are rendered when somebody asks."""
        state.__dict__.pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, *given: Any) -> None:  # noqa: ANN401
        """Make the tables, in order."""
        for model in self.models:
            model.database_forwards(app_label, *given)

    def database_backwards(self, app_label: str, *given: Any) -> None:  # noqa: ANN401
        """Drop the tables, the last first."""
        for model in reversed(self.models):
            model.database_backwards(app_label, *given)

    def describe(self) -> str:
        """Say which models are made."""
        return f"Create models {', '.join(model.name for model in self.models)}"
