"""What was sold and what it brought: kilograms, turnover, growers' net, uplift, wages, costs."""

import ibis
from ibis import _
from ibis.expr.types import Table, Value

from postharvest.decisions.measures.expressions.rows import named, rows
from postharvest.decisions.measures.facts import table

MILLI = 1000
PAID_OUT = ("payout", "channel")
"""Entries that move money which was earned before: they earn nothing."""
STAGES = {
    "packer": "packing", "packaging": "packaging", "points": "points", "postage": "postage",
    "freight": "freight", "fee": "fee", "platform_loss": "losses", "packing_loss": "losses",
}  # fmt: skip
"""The stage at which what stands on an account's kind was spent."""
LOSSES = ("platform_loss", "packing_loss")
PAYERS = {
    "team_places": "platform: empty places of teams",
    "shortfall": "platform: sale below zero",
    "platform_loss": "platform: losses nobody caused",
    "floor": "branch: up to the floor price",
}
"""Who paid a subsidy, and what for, by the kind of the account."""


def sold() -> tuple[Table, Table, Table]:
    """Return what reached its buyer: orders delivered, bulk loaded, what the wholesaler fetched."""
    orders = table("order_lines")
    return orders.filter(orders.state == "delivered"), table("bulk_orders"), table("pickups")


def rescued() -> Table:
    """One line for each delivery of a surplus to somebody who eats it; ``n`` in grams."""
    orders, bulk, pickups = sold()
    return ibis.union(
        _of_order(orders, n=orders.grams),
        _of_bulk(bulk, n=bulk.grams),
        _of_pickup(pickups, n=pickups.grams),
    )


def turnover() -> Table:
    """One line for each delivery that was paid for through us; ``n`` in fen."""
    orders, bulk, _pickups = sold()
    return ibis.union(_of_order(orders, n=orders.total_fen), _of_bulk(bulk, n=bulk.total_fen))


def growers_net() -> Table:
    """What growers were credited or given, less what cutting cost them; ``n`` in milli-fen.

    What a sale has earned and not shared out yet is theirs, though nobody's in particular; when it
    is shared out, the pool's lines come to nought.
    """
    pickups, lots = table("pickups"), table("lots")
    return ibis.union(
        _credits(scale=MILLI),
        _unshared(scale=MILLI),
        _of_pickup(pickups, n=pickups.paid_fen * MILLI),
        _of_lot(lots, n=-_harvest_milli_fen(lots)),
    )


def uplift() -> Table:
    """Like for like: what a kilogram cut for a sale brought, less the stored local price.

    ``n`` in fen × grams per kilogram, ``d`` in grams: n/d is fen a kilogram.
    """
    lots, sales = table("lots"), table("sales").select("sale_id", "local_fen_per_kg")
    cut = lots.join(sales, "sale_id")
    return ibis.union(
        _credits(scale=MILLI, only_cut=True),
        _unshared(scale=MILLI, only_cut=True),
        _of_lot(cut, n=-cut.cut_g * cut.local_fen_per_kg, d=cut.cut_g),
    )


def wages() -> Table:
    """What packers were credited; ``n`` in fen."""
    earned = _earned("packer")
    return _of_line(earned, n=-earned.amount_fen)


def subsidy() -> Table:
    """What somebody added to a sale so that others got more than it earned; ``n`` in fen."""
    lines = _in_sales(_lines().filter(_.account.isin(list(PAYERS))))
    return _of_line(lines, n=lines.amount_fen, part=lines.account.cases(*PAYERS.items()))


def costs() -> Table:
    """What was spent by stage (``n`` in milli-fen), beside the kilograms (``d``, no stage)."""
    lines = _in_sales(_lines().filter(_.account.isin(list(STAGES))))
    fen = ibis.ifelse(lines.account.isin(list(LOSSES)), lines.amount_fen, -lines.amount_fen)
    lots = table("lots")
    orders, bulk, _pickups = sold()
    return ibis.union(
        _of_line(lines, n=fen * MILLI, part=lines.account.cases(*STAGES.items())),
        _of_lot(lots, n=_harvest_milli_fen(lots), part=ibis.literal("harvest")),
        _of_order(orders, n=0, d=orders.grams, part=ibis.null("string")),
        _of_bulk(bulk, n=0, d=bulk.grams, part=ibis.null("string")),
    )


def _lines() -> Table:
    lines = table("ledger_lines")
    return lines.filter(lines.entry_kind.notin(list(PAID_OUT)))


def _earned(account: str) -> Table:
    return _in_sales(_lines().filter(_.account == account))


def _in_sales(lines: Table) -> Table:
    sales = table("sales").select("sale_id", "produce", "origin", "was_cut")
    return lines.join(sales, "sale_id")


def _credits(*, scale: int, only_cut: bool = False) -> Table:
    earned = _cut_for(_earned("grower")) if only_cut else _earned("grower")
    return _of_line(
        earned, n=-earned.amount_fen * scale, grower_id=earned.party, part=ibis.literal("credited")
    )


def _unshared(*, scale: int, only_cut: bool = False) -> Table:
    pool = _cut_for(_earned("pool")) if only_cut else _earned("pool")
    return _of_line(pool, n=-pool.amount_fen * scale, part=ibis.literal("not shared out yet"))


def _cut_for(lines: Table) -> Table:
    """Keep money of sales for which something was cut: without a kilogram there is no price."""
    return lines.filter(lines.was_cut)


def _harvest_milli_fen(lots: Table) -> Value:
    """Fen a tonne times grams are millionths of a fen times 1000: whole after one division."""
    cost: Value = (lots.cut_g * lots.harvest_fen_per_t) // MILLI
    return cost


def _of_order(orders: Table, **more: Value | int) -> Table:
    given: dict[str, Value | int] = {"part": orders.channel, **more}
    return rows(
        orders, item=named("order", orders.order_id), day=orders.day, base_id=orders.base_id,
        sale_id=orders.sale_id, place=orders.origin, other=orders.dest, produce=orders.produce,
        **given,
    )  # fmt: skip


def _of_bulk(bulk: Table, **more: Value | int) -> Table:
    given: dict[str, Value | int] = {"part": bulk.channel, **more}
    return rows(
        bulk, item=named("bulk", bulk.bulk_id), day=bulk.day, base_id=bulk.base_id,
        sale_id=bulk.sale_id, place=bulk.origin, produce=bulk.produce, **given,
    )  # fmt: skip


def _of_pickup(pickups: Table, **more: Value | int) -> Table:
    return rows(
        pickups, item=named("pickup", pickups.pickup_id), day=pickups.day,
        base_id=pickups.base_id, sale_id=pickups.sale_id, grower_id=pickups.grower_id,
        place=pickups.origin, produce=pickups.produce, part=ibis.literal("wholesaler"), **more,
    )  # fmt: skip


def _of_lot(lots: Table, **more: Value | int) -> Table:
    given: dict[str, Value | int] = {"part": ibis.literal("own cost of cutting"), **more}
    return rows(
        lots, item=named("lot", lots.lot_id), day=lots.day, base_id=lots.base_id,
        sale_id=lots.sale_id, grower_id=lots.grower_id, place=lots.origin, produce=lots.produce,
        **given,
    )  # fmt: skip


def _of_line(lines: Table, **more: Value | int) -> Table:
    return rows(
        lines, item=named("line", lines.line_id), day=lines.day, base_id=lines.base_id,
        sale_id=lines.sale_id, place=lines.origin, produce=lines.produce, **more,
    )  # fmt: skip
