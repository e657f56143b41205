"""For those who want to be told: subscriptions to signed news, their messages, replay and pause."""

from datetime import datetime
from typing import Annotated

import msgspec
from django.conf import settings
from django.utils import timezone

from postharvest.core.webhooks import actions, queries
from postharvest.interfaces.api.rows import Row
from postharvest.interfaces.api.v1.paging import Pages, page
from postharvest.interfaces.api.v1.resource import Call, NotFound, Operation, Reply, instant

Kinds = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=80)]], msgspec.Meta(min_length=1, max_length=50)
]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class SubscriptionIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    kinds: Kinds


class ChangeIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Give what is to change."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=500)] | None = None
    kinds: Kinds | None = None
    paused: bool | None = None


class ReplayIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    since: Instant


class SubscriptionOut(msgspec.Struct, kw_only=True):
    """``secret`` is told when the subscription is made, and never again."""

    id: int
    url: str
    kinds: list[str]
    created_at: str
    paused_at: str | None
    paused_because: str
    secret: str | None = None


class SubscriptionsOut(msgspec.Struct, kw_only=True):
    items: list[SubscriptionOut]
    next: str | None


class MessageOut(msgspec.Struct, kw_only=True):
    id: str
    kind: str
    attempts: int
    taken_at: str | None
    given_up_at: str | None
    last_status: int | None
    last_error: str


class MessagesOut(msgspec.Struct, kw_only=True):
    items: list[MessageOut]
    next: str | None


class ReplayOut(msgspec.Struct, kw_only=True):
    messages: int


class KindsOut(msgspec.Struct, kw_only=True):
    kinds: list[str]


def kinds(_call: Call) -> Reply:
    return Reply(content=KindsOut(kinds=list(actions.KINDS)))


def subscribe(call: Call) -> Reply:
    asked = call.body(SubscriptionIn)
    row, secret = actions.subscribe(
        party=call.party,
        url=asked.url,
        kinds=asked.kinds,
        region=call.region,
        allow_private=settings.POSTHARVEST_PRIVATE_WEBHOOKS,
        now=timezone.now(),
    )
    where = {"Location": f"/api/v1/webhooks/{row.pk}"}
    return Reply(content=_shown(row, secret=secret), status=201, headers=where)


def subscriptions(call: Call) -> Reply:
    items, more = page(queries.subscriptions(call.party), call.query(Pages), _shown)
    return Reply(content=SubscriptionsOut(items=items, next=more))


def subscription(call: Call) -> Reply:
    return Reply(content=_shown(_found(call)))


def change(call: Call) -> Reply:
    row, asked = _found(call), call.body(ChangeIn)
    if asked.url is not None or asked.kinds is not None:
        actions.change(
            subscription_id=row.pk,
            party=call.party,
            url=row.url if asked.url is None else asked.url,
            kinds=row.kinds if asked.kinds is None else asked.kinds,
            allow_private=settings.POSTHARVEST_PRIVATE_WEBHOOKS,
        )
    if asked.paused is True:
        actions.pause(subscription_id=row.pk, because="asked for", now=timezone.now())
    elif asked.paused is False:
        actions.resume(subscription_id=row.pk, now=timezone.now())
    return Reply(content=_shown(_found(call)))


def unsubscribe(call: Call) -> Reply:
    actions.unsubscribe(subscription_id=_found(call).pk)
    return Reply(content=None, status=204)


def messages(call: Call) -> Reply:
    items, more = page(queries.messages(_found(call).pk), call.query(Pages), _message)
    return Reply(content=MessagesOut(items=items, next=more))


def replay(call: Call) -> Reply:
    count = actions.replay(
        subscription_id=_found(call).pk, since=call.body(ReplayIn).since, now=timezone.now()
    )
    return Reply(content=ReplayOut(messages=count))


def _found(call: Call) -> Row:
    row = queries.subscription(call.path["webhook_id"], call.party)
    if row is None:
        raise NotFound("you have no such subscription")
    return row


def _shown(row: Row, *, secret: str | None = None) -> SubscriptionOut:
    return SubscriptionOut(
        id=row.pk,
        url=row.url,
        kinds=row.kinds,
        created_at=instant(row.created_at),
        paused_at=_instant(row.paused_at),
        paused_because=row.paused_because,
        secret=secret,
    )


def _message(row: Row) -> MessageOut:
    return MessageOut(
        id=row.message_id,
        kind=row.event.kind,
        attempts=row.attempts,
        taken_at=_instant(row.taken_at),
        given_up_at=_instant(row.given_up_at),
        last_status=row.last_status,
        last_error=row.last_error,
    )


def _instant(at: datetime | None) -> str | None:
    return instant(at) if at else None


_ONE = "webhooks/{webhook_id}"
_SCOPE = "webhooks:manage"
_AUDIENCE = "integration"
OPERATIONS = (
    Operation(
        method="GET",
        path="webhooks/kinds",
        summary="What can be subscribed to",
        audience=_AUDIENCE,
        handler=kinds,
        answer=KindsOut,
    ),
    Operation(
        method="GET",
        path="webhooks",
        summary="The token's subscriptions",
        audience=_AUDIENCE,
        handler=subscriptions,
        scope=_SCOPE,
        query=Pages,
        answer=SubscriptionsOut,
    ),
    Operation(
        method="POST",
        path="webhooks",
        summary="Subscribe to news from now on; the answer holds the secret, once",
        audience=_AUDIENCE,
        handler=subscribe,
        scope=_SCOPE,
        body=SubscriptionIn,
        answer=SubscriptionOut,
        status=201,
        is_once=True,
    ),
    Operation(
        method="GET",
        path=_ONE,
        summary="One subscription",
        audience=_AUDIENCE,
        handler=subscription,
        scope=_SCOPE,
        answer=SubscriptionOut,
    ),
    Operation(
        method="PATCH",
        path=_ONE,
        summary="Change address or kinds, pause or resume",
        audience=_AUDIENCE,
        handler=change,
        scope=_SCOPE,
        body=ChangeIn,
        answer=SubscriptionOut,
        shown_by=subscription,
    ),
    Operation(
        method="DELETE",
        path=_ONE,
        summary="Unsubscribe",
        audience=_AUDIENCE,
        handler=unsubscribe,
        scope=_SCOPE,
        status=204,
        shown_by=subscription,
    ),
    Operation(
        method="GET",
        path=f"{_ONE}/messages",
        summary="What was sent and what is still owed",
        audience=_AUDIENCE,
        handler=messages,
        scope=_SCOPE,
        query=Pages,
        answer=MessagesOut,
    ),
    Operation(
        method="POST",
        path=f"{_ONE}/replay",
        summary="Send everything since an instant once more, under the same ids",
        audience=_AUDIENCE,
        handler=replay,
        scope=_SCOPE,
        body=ReplayIn,
        answer=ReplayOut,
    ),
)
