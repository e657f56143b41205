"""The failures that a person may read."""


class Refused(Exception):
    """An action said no for a reason of the business.

    Every face turns it into its own language once: a form message, a 409 problem document, an
    exit code.  Anything else that is raised is a fault of ours.
    """

    code = "refused"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.facts = facts


class InvalidInput(Refused):
    """What was given can't be right: names the field and the fix (exit code 2, a 422 problem)."""

    code = "invalid"

    def __init__(self, field: str, message: str, **facts: object) -> None:
        super().__init__(f"{field}: {message}", **facts)
        self.field = field
        self.detail = message
