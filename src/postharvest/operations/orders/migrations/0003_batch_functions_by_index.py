"""The plans of the batch functions are kept for a connection's life: they must go by index.

One made while the tables were small would read them whole for as long as the connection lives.
"""

from django.db import migrations

FUNCTIONS = ("orders_open_batch", "orders_write_batch")


def by_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in FUNCTIONS:
            schema_editor.execute(f"ALTER FUNCTION {name} SET enable_seqscan = off")


def as_before(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in FUNCTIONS:
            schema_editor.execute(f"ALTER FUNCTION {name} RESET enable_seqscan")


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_batch_functions")]
    operations = [migrations.RunPython(by_index, as_before)]
