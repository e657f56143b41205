"""What a subscriber may ask of his subscriptions."""

from django.db.models import QuerySet

from postharvest.core.webhooks.models import Message, Subscription


def subscriptions(party: str) -> QuerySet[Subscription]:
    """A party's subscriptions, the oldest first."""
    return Subscription.objects.filter(party=party).order_by("pk")


def subscription(subscription_id: int, party: str) -> Subscription | None:
    """One of a party's subscriptions, or none."""
    return subscriptions(party).filter(pk=subscription_id).first()


def messages(subscription_id: int) -> QuerySet[Message]:
    """Everything that a subscription was sent or is owed."""
    return Message.objects.filter(subscription_id=subscription_id).select_related("event")
