"""What channels have set aside for themselves of the sales and days that a batch may touch.

Read under the sales' locks.  A channel draws on its own share first, then on what is common; what
an order gives back goes to the common, so a cancelled order never has to remember its share.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import models
from django.db.models import F

from postharvest.core import guard
from postharvest.core.guard import CapacityGone
from postharvest.operations.campaigns.models import ChannelDay, ChannelShare, PackingDay, Sale


@dataclass(slots=True)
class SetAside:
    """Shares that have not flowed back, and what the batch has taken of them so far."""

    shares: dict[tuple[int, int], ChannelShare] = field(default_factory=dict)
    days: dict[tuple[int, int, date], ChannelDay] = field(default_factory=dict)
    taken_g: Counter[int] = field(default_factory=Counter)
    taken_crew_s: Counter[int] = field(default_factory=Counter)
    used_g: Counter[int] = field(default_factory=Counter)
    used_crew_s: Counter[tuple[int, date]] = field(default_factory=Counter)

    def own_g(self, sale_id: int, channel_id: int) -> int:
        """Grams that only this channel may take."""
        share = self.shares.get((sale_id, channel_id))
        return 0 if share is None else share.capacity_g - share.reserved_g - self.taken_g[share.pk]

    def own_crew_s(self, sale_id: int, channel_id: int, day: date) -> int:
        """Packer seconds of a day that only this channel may take."""
        row = self.days.get((sale_id, channel_id, day))
        if row is None:
            return 0
        return row.capacity_crew_s - row.reserved_crew_s - self.taken_crew_s[row.pk]

    def take(self, *, sale_id: int, channel_id: int, day: date, weight_g: int, crew_s: int) -> None:
        """Note how much of a need the channel's own share bears."""
        if own := min(weight_g, self.own_g(sale_id, channel_id)):
            self.taken_g[self.shares[sale_id, channel_id].pk] += own
            self.used_g[sale_id] += own
        if own := min(crew_s, self.own_crew_s(sale_id, channel_id, day)):
            self.taken_crew_s[self.days[sale_id, channel_id, day].pk] += own
            self.used_crew_s[sale_id, day] += own

    def write(self, packing_days: dict[tuple[int, date], PackingDay]) -> None:
        """Spend shares and free what they held, before the sale's and the days' rows are spent.

        Raises
        ------
        core.guard.CapacityGone
            A share held less than its lock had shown.
        """
        guard.spend(ChannelShare, self.taken_g, unit="g")
        guard.spend(ChannelDay, self.taken_crew_s, unit="crew_s")
        free(Sale, self.used_g, unit="g")
        free(
            PackingDay,
            {packing_days[key].pk: crew_s for key, crew_s in self.used_crew_s.items()},
            unit="crew_s",
        )


def of_sales(sales: Iterable[Sale], days: Collection[date]) -> SetAside:
    """Read the shares of sales that hold any; most hold none and cost no query."""
    holding = [sale.pk for sale in sales if sale.has_shares]
    if not holding:
        return SetAside()
    shares = ChannelShare.objects.filter(sale_id__in=holding, flowed_back_at=None)
    rows = ChannelDay.objects.filter(
        share__sale_id__in=holding, day__in=days, flowed_back_at=None
    ).select_related("share")
    return SetAside(
        shares={(row.sale_id, row.channel_id): row for row in shares},
        days={(row.share.sale_id, row.share.channel_id, row.day): row for row in rows},
    )


def free(model: type[models.Model], amounts: dict[int, int] | Counter[int], *, unit: str) -> None:
    """Let go of what was set aside on rows, so that it is common, or about to be spent.

    Raises
    ------
    core.guard.CapacityGone
        A row has set aside less than that: a fault.
    """
    held = f"set_aside_{unit}"
    for pk, amount in sorted(amounts.items()):
        rows = model._default_manager.filter(pk=pk, **{f"{held}__gte": amount})
        if amount and not rows.update(**{held: F(held) - amount}):
            raise CapacityGone(f"{model.__name__} {pk} has not set aside {amount} {unit}")
