"""The statement that a party gets with his payout, gathered from the books."""

from datetime import datetime

from postharvest.core.clock.time import local_day
from postharvest.operations.harvest.models import Grower
from postharvest.operations.parcels.papers import SettlementStatement, StatementLine
from postharvest.operations.settlement import queries
from postharvest.operations.settlement.models import Payout

_KINDS = {
    "pool": "货款 Goods sold",
    "wages": "工资 Wages",
    "wages_rest": "工资余额 Rest of the wages",
    "claim": "赔付 Claim borne",
}
_WAYS = {"bank": "银行转账 bank", "postal_order": "邮政汇款 postal order", "cash": "现金 cash"}


def settlement_statement(*, payout_id: int, now: datetime, ribbon: str) -> SettlementStatement:
    """Gather what a payout is for; the total is what is still owed after what was paid.

    The party is named by pseudonym: a grower by village and number, a packer by number.
    """
    payout = Payout.objects.select_related("sale__surplus__produce", "sale__branch").get(
        pk=payout_id
    )
    sale = payout.sale
    kind, _, number = payout.account.partition(":")
    is_grower = kind == "grower"
    facts = queries.statement_of_grower(sale.pk, int(number)) if is_grower else {}
    lines = queries.statement_lines(sale.pk, payout.account)
    return SettlementStatement(
        number=f"ST-{payout.pk}",
        issued_at=now,
        branch=sale.branch.name_zh,
        sale=f"{sale.surplus.produce.name_zh} {sale.pk}",
        party=_grower(int(number)) if is_grower else f"{kind} {number}",
        paid_by=_WAYS.get(payout.way, payout.way),
        lines=tuple(
            StatementLine(
                day=local_day(line["at"]),
                text=_KINDS.get(line["kind"], line["kind"]),
                quantity="",
                amount_fen=-line["amount_fen"],
            )
            for line in lines
            if line["kind"] != "payout"
        ),
        sold_g=facts.get("cut_g", 0),
        wholesale_fen_per_kg=facts.get("wholesale_fen_per_kg", 0),
        uplift_fen_per_kg=facts.get("uplift_fen_per_kg"),
        ribbon=ribbon,
    )


def _grower(grower_id: int) -> str:
    grower = Grower.objects.get(pk=grower_id)
    return f"{grower.village} {grower.code}"
