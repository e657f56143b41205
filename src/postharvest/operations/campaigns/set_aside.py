"""What channels have set aside for themselves of the sales and days that a batch may touch.

Read under the sales' locks.  A channel draws on its own share first, then on what is common; what
an order gives back goes to the common, so a cancelled order never has to remember its share.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from postharvest.core import guard
from postharvest.operations.campaigns.models import ChannelDay, ChannelShare, PackingDay, Sale


class Row(Protocol):
    """A row of a base: what is written needs no more of it."""

    @property
    def pk(self) -> int: ...
    @property
    def base_id(self) -> int: ...


class Sharing(Protocol):
    """A sale that may hold shares."""

    @property
    def pk(self) -> int: ...
    @property
    def has_shares(self) -> bool: ...


@dataclass(slots=True)
class SetAside:
    """Shares that have not flowed back, and what the batch has taken of them so far."""

    shares: dict[tuple[int, int], ChannelShare] = field(default_factory=dict)
    days: dict[tuple[int, int, date], ChannelDay] = field(default_factory=dict)
    taken_g: Counter[tuple[int, int]] = field(default_factory=Counter)
    taken_crew_s: Counter[tuple[int, int]] = field(default_factory=Counter)
    used_g: Counter[tuple[int, int]] = field(default_factory=Counter)
    used_crew_s: Counter[tuple[int, date]] = field(default_factory=Counter)

    def own_g(self, sale_id: int, channel_id: int) -> int:
        """Grams that only this channel may take."""
        share = self.shares.get((sale_id, channel_id))
        if share is None:
            return 0
        return share.capacity_g - share.reserved_g - self.taken_g[share.base_id, share.pk]

    def own_crew_s(self, sale_id: int, channel_id: int, day: date) -> int:
        """Packer seconds of a day that only this channel may take."""
        row = self.days.get((sale_id, channel_id, day))
        if row is None:
            return 0
        return row.capacity_crew_s - row.reserved_crew_s - self.taken_crew_s[row.base_id, row.pk]

    def take(
        self, *, sale_id: int, channel_id: int, day: date, weight_g: int, crew_s: int
    ) -> tuple[int, int]:
        """Note how much of a need the channel's own share bears: (grams, packer seconds)."""
        if own_g := min(weight_g, self.own_g(sale_id, channel_id)):
            share = self.shares[sale_id, channel_id]
            self.taken_g[share.base_id, share.pk] += own_g
            self.used_g[share.base_id, sale_id] += own_g
        if own_s := min(crew_s, self.own_crew_s(sale_id, channel_id, day)):
            row = self.days[sale_id, channel_id, day]
            self.taken_crew_s[row.base_id, row.pk] += own_s
            self.used_crew_s[sale_id, day] += own_s
        return own_g, own_s

    def write(self, packing_days: Mapping[tuple[int, date], Row]) -> None:
        """Spend shares and free what they held, before the sale's and the days' rows are spent.

        Raises
        ------
        core.guard.CapacityGone
            A share held less than its lock had shown.
        """
        guard.spend(ChannelShare, self.taken_g, unit="g")
        guard.spend(ChannelDay, self.taken_crew_s, unit="crew_s")
        guard.free(Sale, self.used_g, unit="g")
        freed = ((packing_days[key], crew_s) for key, crew_s in self.used_crew_s.items())
        guard.free(PackingDay, {(r.base_id, r.pk): crew_s for r, crew_s in freed}, unit="crew_s")


def of_sales(sales: Iterable[Sharing], days: Collection[date]) -> SetAside:
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
