"""Loading the kinds of produce from the table in force."""

from typing import Any, cast

from django.db import transaction

from postharvest.core.units import fen
from postharvest.operations.harvest.models import Produce
from postharvest.operations.network import queries as network


@transaction.atomic
def load_produce() -> int:
    """Bring `Produce` in line with the produce table in force, and count its rows."""
    rows = [
        Produce(
            id=row["id"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            group=row["group"],
            shelf_ambient_days_lo=row["shelf_ambient_days_lo"],
            shelf_ambient_days_hi=row["shelf_ambient_days_hi"],
            temp_class=row["temp_class"],
            bruise_class=row["bruise_class"],
            packs_kg=[float(kg) for kg in str(row["parcel_pack_kg"]).split()],
            farmgate_lo_fen_per_kg=fen(row["farmgate_lo_yuan_kg"]),
            farmgate_hi_fen_per_kg=fen(row["farmgate_hi_yuan_kg"]),
            retail_lo_fen_per_kg=fen(row["retail_lo_yuan_kg"]),
            retail_hi_fen_per_kg=fen(row["retail_hi_yuan_kg"]),
            shelf_source=str(row["shelf_source"])[:200],
            price_source=str(row["price_source"])[:200],
        )
        for row in cast("list[dict[str, Any]]", network.table_rows("produce"))
    ]
    fields = [f.name for f in Produce._meta.concrete_fields if f.name != "id"]
    Produce.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=fields
    )
    return len(rows)
