"""A listing's channel becomes a row of its own."""

import django.db.models.deletion
from django.db import migrations, models


def give_every_listing_its_channel(apps, schema_editor):
    """Make a row for each channel that listings have named so far: they were all own shops."""
    Listing = apps.get_model("campaigns", "Listing")
    Channel = apps.get_model("campaigns", "Channel")
    named = Listing.objects.order_by().values_list("base_id", "channel_code").distinct()
    for base_id, code in list(named):
        channel = Channel.objects.create(base_id=base_id, code=code, name=code, kind="shop")
        Listing.objects.filter(base_id=base_id, channel_code=code).update(channel=channel)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_initial")]

    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40)),
                ("name", models.CharField(max_length=80)),
                ("kind", models.CharField(choices=[("shop", "own shop"), ("marketplace", "marketplace"), ("bulk", "bulk")], max_length=12)),
                ("fee_bp", models.PositiveSmallIntegerField(help_text="1/10,000 of the price", null=True)),
                ("fee_fen", models.PositiveIntegerField(default=0, help_text="a fixed fee of each order")),
                ("active", models.BooleanField(default=True)),
                ("base", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="channels", to="network.base")),
            ],
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.UniqueConstraint(fields=("base", "code"), name="channel_once_per_base"),
        ),
        migrations.RemoveConstraint(model_name="listing", name="listing_once_per_channel"),
        migrations.RenameField(model_name="listing", old_name="channel", new_name="channel_code"),
        migrations.AddField(
            model_name="listing",
            name="channel",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="listings", to="campaigns.channel"),
        ),
        migrations.RunPython(give_every_listing_its_channel, migrations.RunPython.noop),
    ]
