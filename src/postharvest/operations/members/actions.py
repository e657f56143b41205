"""Signing up, and keeping a member's orders and address together."""

from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from postharvest.core.errors import InvalidInput
from postharvest.operations.members.models import Member, MemberOrder
from postharvest.operations.orders.models import Order


def sign_up(*, name: str, password: str, now: datetime) -> User:
    """Make an account for a buyer; it holds nothing but his name until he orders.

    Raises
    ------
    InvalidInput
        The name is taken, or the password is too easy.
    """
    users = get_user_model()
    try:
        validate_password(password, users(username=name))
    except ValidationError as error:
        raise InvalidInput("password", " ".join(error.messages)) from None
    try:
        with transaction.atomic():
            user = users.objects.create_user(username=name, password=password)
            Member.objects.create(user_id=user.pk, joined_at=now)
    except IntegrityError:
        raise InvalidInput("name", "is taken; choose another one") from None
    return user


@transaction.atomic
def keep_order(*, user_id: int, order_id: int, now: datetime) -> None:
    """Remember that a signed-in buyer placed an order, and its address for the next one."""
    order = Order.objects.select_related("contact").get(pk=order_id)
    member, _made = Member.objects.get_or_create(user_id=user_id, defaults={"joined_at": now})
    MemberOrder.objects.get_or_create(order=order, defaults={"member": member})
    member.contact = order.contact
    member.county_code = order.county_code
    member.save(update_fields=["contact", "county_code"])
