import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    days = apps.get_model("campaigns", "ChannelDay")
    shares = apps.get_model("campaigns", "ChannelShare").objects.filter(pk=OuterRef("share_id"))
    days.objects.update(base_id=Subquery(shares.values("base_id")[:1]))


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL alters no table with checks pending

    dependencies = [
        ("campaigns", "0005_bulk"),
        ("network", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="channelday",
            name="base",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="network.base"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="channelday",
            name="base",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="network.base"),
        ),
    ]
