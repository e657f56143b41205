"""Channels may hold shares of a sale and its days.

Apart from 0003: PostgreSQL alters no table whose new references it has yet to check.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_channels")]

    operations = [
        migrations.AlterField(
            model_name="listing",
            name="channel",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="listings", to="campaigns.channel"),
        ),
        migrations.RemoveField(model_name="listing", name="channel_code"),
        migrations.AddField(model_name="listing", name="least_quantity", field=models.PositiveSmallIntegerField(default=1)),
        migrations.AddField(model_name="listing", name="bundles_per_pallet", field=models.PositiveSmallIntegerField(default=0)),
        migrations.AddConstraint(
            model_name="listing",
            constraint=models.UniqueConstraint(fields=("sale", "channel", "net_g"), name="listing_once_per_channel"),
        ),
        migrations.AddField(model_name="sale", name="set_aside_g", field=models.PositiveBigIntegerField(default=0)),
        migrations.AddField(model_name="sale", name="has_shares", field=models.BooleanField(default=False)),
        migrations.RemoveConstraint(model_name="sale", name="sale_never_oversold"),
        migrations.AddConstraint(
            model_name="sale",
            constraint=models.CheckConstraint(condition=Q(reserved_g__lte=F("capacity_g") - F("set_aside_g")), name="sale_never_oversold"),
        ),
        migrations.AddField(model_name="packingday", name="set_aside_crew_s", field=models.PositiveBigIntegerField(default=0)),
        migrations.RemoveConstraint(model_name="packingday", name="packing_day_never_overbooked"),
        migrations.AddConstraint(
            model_name="packingday",
            constraint=models.CheckConstraint(condition=Q(reserved_crew_s__lte=F("capacity_crew_s") - F("set_aside_crew_s")), name="packing_day_never_overbooked"),
        ),
        migrations.CreateModel(
            name="ChannelShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("capacity_g", models.PositiveBigIntegerField()),
                ("reserved_g", models.PositiveBigIntegerField(default=0)),
                ("flows_back_at", models.DateTimeField()),
                ("flowed_back_at", models.DateTimeField(null=True)),
                ("base", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="network.base")),
                ("channel", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="campaigns.channel")),
                ("sale", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="campaigns.sale")),
            ],
            options={
                "indexes": [models.Index(condition=Q(("flowed_back_at", None)), fields=["flows_back_at"], name="share_held")],
                "constraints": [
                    models.UniqueConstraint(fields=("sale", "channel"), name="share_once_per_channel"),
                    models.CheckConstraint(condition=Q(reserved_g__lte=F("capacity_g")), name="share_never_oversold"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChannelDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("capacity_crew_s", models.PositiveBigIntegerField()),
                ("reserved_crew_s", models.PositiveBigIntegerField(default=0)),
                ("flows_back_at", models.DateTimeField()),
                ("flowed_back_at", models.DateTimeField(null=True)),
                ("share", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="days", to="campaigns.channelshare")),
            ],
            options={
                "indexes": [models.Index(condition=Q(("flowed_back_at", None)), fields=["flows_back_at"], name="channel_day_held")],
                "constraints": [
                    models.UniqueConstraint(fields=("share", "day"), name="channel_day_once"),
                    models.CheckConstraint(condition=Q(reserved_crew_s__lte=F("capacity_crew_s")), name="channel_day_never_overbooked"),
                ],
            },
        ),
    ]
