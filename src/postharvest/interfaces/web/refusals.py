"""A refusal in the reader's language: by its code, or in its own words."""

from django.utils.translation import gettext as _

from postharvest.core.errors import InvalidInput, Refused


def sentence_of(refusal: Refused) -> str:
    """Write why an action said no, and what to do."""
    known = _by_code()
    if refusal.code in known:
        return known[refusal.code]
    return refusal.detail if isinstance(refusal, InvalidInput) else str(refusal)


def _by_code() -> dict[str, str]:
    return {
        "not_allowed": _("Your role may not do this. Switch roles or ask the branch."),
    }


def state_of_surplus(state: str) -> tuple[str, str]:
    """Name the state of a surplus, and the tone of its chip."""
    known = {
        "reported": (_("received"), "sky"),
        "planned": (_("plan is ready"), "warn"),
        "on_sale": (_("on sale"), "kaki"),
        "closed": (_("done"), "ok"),
        "withdrawn": (_("withdrawn"), ""),
    }
    return known.get(state, (state, ""))
