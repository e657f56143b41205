"""What is posted stays: the database itself refuses to change or delete entries and lines,
and takes no line beyond those an entry was posted with.
"""

from django.db import migrations

TABLES = ("settlement_entry", "settlement_line")
LINES = "(SELECT count(*) FROM settlement_line WHERE entry_id = NEW.entry_id)"
TOLD = "(SELECT lines_count FROM settlement_entry WHERE id = NEW.entry_id)"
WORDS = "posted is posted: correct by a new entry"


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for table in TABLES:
            for event in ("UPDATE", "DELETE"):
                schema_editor.execute(
                    f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
                )
        schema_editor.execute(
            "CREATE TRIGGER settlement_line_no_late BEFORE INSERT ON settlement_line "
            f"WHEN {LINES} >= {TOLD} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION settlement_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{WORDS}'; END $$"
        )
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION settlement_refuse()"
            )
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
    if schema_editor.connection.vendor == "sqlite":
        for table in TABLES:
            for event in ("update", "delete"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{event}")
        schema_editor.execute("DROP TRIGGER IF EXISTS settlement_line_no_late")
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_frozen ON {table}")
        schema_editor.execute("DROP TRIGGER IF EXISTS settlement_line_no_late ON settlement_line")


class Migration(migrations.Migration):
    dependencies = [("settlement", "0001_initial")]
    operations = [migrations.RunPython(forbid, allow)]
