"""Every operation of the API, by audience; what else there is stands in urls.py."""

from postharvest.interfaces.api.v1 import (
    carriers,
    desk,
    orders,
    packing,
    scans,
    shop,
    tables,
    village,
    webhooks,
)

OPERATIONS = (
    *orders.OPERATIONS,
    *shop.OPERATIONS,
    *village.OPERATIONS,
    *packing.OPERATIONS,
    *desk.OPERATIONS,
    *scans.OPERATIONS,
    *carriers.OPERATIONS,
    *tables.OPERATIONS,
    *webhooks.OPERATIONS,
)
