"""Buyers who signed up: their delivery address in the vault, and which orders are theirs."""

from django.conf import settings
from django.db import models

from postharvest.core.vault.models import Contact
from postharvest.operations.orders.models import Order


class Member(models.Model):
    """A buyer with an account; ``contact`` is where his last order went."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="member"
    )
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="+")
    county_code = models.CharField(max_length=6, blank=True)
    joined_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"member {self.pk}"


class MemberOrder(models.Model):
    """An order that a member placed while signed in."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="orders")
    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"order {self.order_id} of member {self.member_id}"
