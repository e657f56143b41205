"""What is posted stays: no entry or line is changed, and no line is added to an entry afterwards."""

from importlib import import_module

from django.db import migrations

frozen = import_module("postharvest.operations.settlement.migrations.0002_immutable")

LINES = "(SELECT count(*) FROM settlement_line WHERE entry_id = NEW.entry_id)"
TOLD = "(SELECT lines_count FROM settlement_entry WHERE id = NEW.entry_id)"
WORDS = "posted is posted: correct by a new entry"


def count(apps, schema_editor):
    schema_editor.execute(
        "UPDATE settlement_entry SET lines_count ="
        " (SELECT count(*) FROM settlement_line WHERE entry_id = settlement_entry.id)"
    )


def forbid(apps, schema_editor):
    frozen.forbid(apps, schema_editor)
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE TRIGGER settlement_line_no_late BEFORE INSERT ON settlement_line "
            f"WHEN {LINES} >= {TOLD} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION settlement_no_late() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {LINES} >= {TOLD} THEN RAISE EXCEPTION '{WORDS}'; END IF; "
            "RETURN NEW; END $$"
        )
        schema_editor.execute(
            "CREATE TRIGGER settlement_line_no_late BEFORE INSERT ON settlement_line "
            "FOR EACH ROW EXECUTE FUNCTION settlement_no_late()"
        )


def allow(apps, schema_editor):
    frozen.allow(apps, schema_editor)
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS settlement_line_no_late")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER IF EXISTS settlement_line_no_late ON settlement_line")


class Migration(migrations.Migration):
    dependencies = [("settlement", "0003_lines_counted")]
    operations = [
        migrations.RunPython(count, migrations.RunPython.noop),
        migrations.RunPython(forbid, allow),
    ]
