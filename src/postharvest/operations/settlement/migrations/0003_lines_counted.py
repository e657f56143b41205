"""An entry says how many lines it has, a line which tax it contains.

On SQLite adding a column makes the table anew and its triggers go; 0004 puts them back.
"""

from importlib import import_module

from django.db import migrations, models

frozen = import_module("postharvest.operations.settlement.migrations.0002_immutable")


class Migration(migrations.Migration):
    dependencies = [("settlement", "0002_immutable")]
    operations = [
        migrations.RunPython(frozen.allow, frozen.forbid),
        migrations.AddField(
            model_name="entry",
            name="lines_count",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="how many lines it has; the database takes no more"
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="note",
            field=models.CharField(
                blank=True, help_text="why, where a person posted it", max_length=200
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="line",
            name="tax_bp",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="value-added tax contained in the amount, 1/10,000 of what is before",
            ),
        ),
    ]
