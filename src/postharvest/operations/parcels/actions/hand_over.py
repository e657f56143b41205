"""Handing over to a carrier: who he is, what he counted, what he bills."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.operations.network.models import Branch
from postharvest.operations.parcels import handover, s10
from postharvest.operations.parcels.models import (
    Acceptance,
    Carrier,
    Despatch,
    InvoiceLine,
    Parcel,
    PostageInvoice,
)

_AT_ONCE = 500


class InvoiceKnown(Refused):
    """The carrier's invoice of this number is taken already."""

    code = "parcels.invoice_known"


@transaction.atomic
def set_carrier(*, code: str, name: str, number_pattern: str, actor: Actor, now: datetime) -> None:
    """Enter a carrier and how his numbers look; the post's own are S10 and need no pattern.

    Raises
    ------
    InvalidInput
        The pattern is no regular expression, or missing where numbers are not S10.
    """
    actor.require(Role.DESK, Role.PLANNER)
    if not code.strip() or not name.strip():
        raise InvalidInput("code", "give the carrier a code and a name")
    if code != handover.POST and not number_pattern:
        raise InvalidInput("number_pattern", "say how his numbers look, e.g. SF[0-9]{12}")
    handover.NumberPattern(carrier=code, pattern=number_pattern)
    Carrier.objects.update_or_create(
        code=code, defaults={"name": name, "number_pattern": number_pattern}
    )
    audit.write(
        actor, "parcels.set_carrier", f"carrier {code}", now=now, after={"pattern": number_pattern}
    )


@transaction.atomic
def record_acceptance(
    *, despatch_id: int, numbers: Sequence[str], actor: Actor, now: datetime
) -> Acceptance:
    """Hold the carrier's count against a despatch; counting again replaces it.

    Raises
    ------
    InvalidInput
        There is no such despatch.
    """
    despatch = (
        Despatch.objects.select_for_update(of=("self",))
        .select_related("branch")
        .filter(pk=despatch_id)
        .first()
    )
    if despatch is None:
        raise InvalidInput("despatch", f"there is no despatch {despatch_id}")
    actor.require(Role.DESK, Role.POINT_LEADER, region=despatch.branch.county_id)
    sent = despatch.parcels.order_by("pk").values_list("number", flat=True)
    found = handover.compare_acceptance(sent=sent, accepted=numbers)
    row, _ = Acceptance.objects.update_or_create(
        despatch=despatch,
        defaults={
            "counted_at": now,
            "party": actor.party,
            "agreed": len(found.agreed),
            "missing": list(found.missing),
            "surplus": list(found.surplus),
            "doubled": list(found.doubled),
        },
    )
    audit.write(
        actor,
        "parcels.record_acceptance",
        f"despatch {despatch_id}",
        now=now,
        after={"agreed": row.agreed, "missing": len(row.missing), "surplus": len(row.surplus)},
    )
    return row


@transaction.atomic
def take_invoice(
    *,
    branch_id: int,
    carrier: str,
    number: str,
    lines: Sequence[handover.Billed],
    actor: Actor,
    now: datetime,
) -> PostageInvoice:
    """Hold a carrier's invoice line by line against what was weighed and his tariff.

    A parcel that an earlier invoice has billed is billed twice.

    Raises
    ------
    InvoiceKnown
        The invoice was taken before.
    InvalidInput
        It has no number or no lines.
    """
    branch = Branch.objects.get(pk=branch_id)
    actor.require(Role.DESK, region=branch.county_id)
    if not number.strip() or not lines:
        raise InvalidInput("number", "give the invoice's number and at least one line")
    if PostageInvoice.objects.filter(branch=branch, carrier=carrier, number=number).exists():
        raise InvoiceKnown(f"invoice {number} of {carrier} is taken already", number=number)
    numbers = [s10.normalise(line.number) for line in lines]
    ours = _expected(branch, carrier, numbers)
    found = handover.reconcile_postage(lines, ours, already=_billed_before(branch, numbers))
    row = PostageInvoice.objects.create(
        branch=branch,
        carrier=carrier,
        number=number,
        taken_at=now,
        party=actor.party,
        billed_g=sum(line.weight_g for line in lines),
        weighed_g=sum(ours[key].weight_g for key in dict.fromkeys(numbers) if key in ours),
        billed_fen=found.billed_fen,
        too_much_fen=found.too_much_fen,
    )
    reasons = {one.line: one for one in found.differences}
    InvoiceLine.objects.bulk_create(
        (
            InvoiceLine(
                invoice=row,
                number=key,
                weight_g=line.weight_g,
                postage_fen=line.postage_fen,
                reason=reasons[place].reason if place in reasons else "",
                too_much_fen=reasons[place].too_much_fen if place in reasons else 0,
            )
            for place, (key, line) in enumerate(zip(numbers, lines, strict=True))
        ),
        batch_size=_AT_ONCE,
    )
    audit.write(
        actor,
        "parcels.take_invoice",
        f"invoice {number}",
        now=now,
        after={"billed_fen": row.billed_fen, "too_much_fen": row.too_much_fen},
    )
    return row


def _expected(branch: Branch, carrier: str, numbers: Sequence[str]) -> dict[str, handover.Expected]:
    """Say what our parcels among these numbers weigh, and what his tariff asks for that."""
    out = {}
    for start in range(0, len(numbers), _AT_ONCE):
        rows = Parcel.objects.filter(
            number__in=numbers[start : start + _AT_ONCE],
            carrier=carrier,
            despatch__branch=branch,
        )
        for number, net_g, postage_fen in rows.values_list(
            "number", "box__net_g", "lane__postage_fen"
        ):
            out[number] = handover.Expected(
                weight_g=net_g, postage_fen=int(postage_fen.get(str(net_g), 0))
            )
    return out


def _billed_before(branch: Branch, numbers: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(numbers), _AT_ONCE):
        rows = InvoiceLine.objects.filter(
            number__in=numbers[start : start + _AT_ONCE], invoice__branch=branch
        )
        found.update(rows.values_list("number", flat=True))
    return found
