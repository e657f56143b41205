"""Whoever updates the log, by whatever way, is refused by the database."""

from django.db import migrations

SQLITE = """
CREATE TRIGGER epcis_event_never_changes BEFORE UPDATE ON epcis_event
BEGIN SELECT RAISE(ABORT, 'EPCIS events are never changed: declare an error'); END
"""
POSTGRESQL = """
CREATE FUNCTION epcis_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'EPCIS events are never changed: declare an error'; END $$;
CREATE TRIGGER epcis_event_never_changes BEFORE UPDATE ON epcis_event
FOR EACH ROW EXECUTE FUNCTION epcis_refuse_change();
"""


def guard(apps, schema_editor):
    statements = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
    schema_editor.execute(statements[schema_editor.connection.vendor])


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER epcis_event_never_changes ON epcis_event")
        schema_editor.execute("DROP FUNCTION epcis_refuse_change()")
    else:
        schema_editor.execute("DROP TRIGGER epcis_event_never_changes")


class Migration(migrations.Migration):
    dependencies = [("epcis", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
