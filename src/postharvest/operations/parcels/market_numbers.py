"""Parcel numbers back to a marketplace, by its own order numbers."""

from postharvest.core.tables.catalogue import Column, Row
from postharvest.core.tables.files import passing_table
from postharvest.core.tables.writing import csv_bytes, xlsx_bytes
from postharvest.operations.orders.actions.marketplace import market_key
from postharvest.operations.parcels.models import Parcel

NUMBERS = passing_table(
    "parcel_numbers",
    Column(name="order", zh="订单号", kind="text"),
    Column(name="carrier", zh="承运方", kind="text"),
    Column(name="parcel", zh="运单号", kind="text"),
    Column(name="status", zh="状态", kind="text"),
)


def market_numbers(channel_id: int) -> list[Row]:
    """List the parcels of a marketplace's orders, the oldest first."""
    prefix = market_key(channel_id, "")
    rows = Parcel.objects.filter(
        order__listing__channel_id=channel_id, order__key__startswith=prefix
    ).order_by("pk")
    return [
        {"order": key.removeprefix(prefix), "carrier": carrier, "parcel": number, "status": status}
        for key, carrier, number, status in rows.values_list(
            "order__key", "carrier", "number", "status"
        )
    ]


def market_numbers_csv(channel_id: int) -> bytes:
    return csv_bytes(NUMBERS, market_numbers(channel_id))


def market_numbers_xlsx(channel_id: int) -> bytes:
    return xlsx_bytes([(NUMBERS, market_numbers(channel_id))])
