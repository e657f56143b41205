"""Payment providers' notices: signed by the Standard Webhooks rules, counted once."""

from typing import Annotated, Literal

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from postharvest.core.clock.time import now
from postharvest.core.signing import BadSignature, verify
from postharvest.interfaces.api.opening import opens_to
from postharvest.interfaces.api.problems import Problem
from postharvest.interfaces.api.v1.resource import problem
from postharvest.operations.orders.actions.payments import Notice, take_notices

LONGEST_ID = 80


class NoticeIn(msgspec.Struct, forbid_unknown_fields=True):
    """The body of ``POST /api/v1/payments/{provider}``."""

    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    outcome: Literal["captured", "failed"]
    amount_fen: Annotated[int, msgspec.Meta(ge=0, le=10**9)]


@opens_to(POST=("signature",))
@csrf_exempt
@require_POST
def take(request: HttpRequest, provider: str) -> HttpResponse:
    """Take one notice; the same again answers the same and changes nothing."""
    secret = settings.POSTHARVEST_PAYMENT_SECRETS.get(provider)
    if secret is None:
        return problem(request, Problem(code="not_found", detail="no such payment provider"))
    asked = _read(request, secret)
    if isinstance(asked, Problem):
        return problem(request, asked)
    notice_id, body = asked
    notice = Notice(
        provider=provider,
        notice_id=notice_id,
        reference=body.reference,
        outcome=body.outcome,
        amount_fen=body.amount_fen,
    )
    return JsonResponse({"new": bool(take_notices(notices=[notice], now=now()))})


def _read(request: HttpRequest, secret: str) -> tuple[str, NoticeIn] | Problem:
    """Return the message's id and body if it is genuine and well formed."""
    try:
        notice_id = verify(secret, headers=request.headers, body=request.body, now=now())
        body = msgspec.json.decode(request.body, type=NoticeIn)
    except BadSignature as error:
        return Problem(code="unauthorised", detail=str(error))
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        return Problem(
            code="invalid", detail=what, facts={"field": where.strip("`.")} if where else {}
        )
    except msgspec.DecodeError as error:
        return Problem(code="malformed", detail=str(error))
    if len(notice_id) > LONGEST_ID:
        return Problem(code="invalid", detail=f"webhook-id is over {LONGEST_ID} characters")
    return notice_id, body
