"""What pages may ask about members."""

from postharvest.operations.members.models import Member, MemberOrder


def member(user_id: int) -> Member | None:
    """The member an account belongs to, with his address, or none."""
    return Member.objects.select_related("contact").filter(user_id=user_id).first()


def order_ids(user_id: int, limit: int = 50) -> list[int]:
    """Orders a member placed, the newest first."""
    rows = MemberOrder.objects.filter(member__user_id=user_id).order_by("-order_id")
    return list(rows.values_list("order_id", flat=True)[:limit])
