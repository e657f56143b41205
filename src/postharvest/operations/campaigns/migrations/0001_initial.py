import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('harvest', '0001_initial'),
        ('network', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Channel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.SlugField(max_length=40)),
                    ('name', models.CharField(max_length=80)),
                    ('kind', models.CharField(choices=[('shop', 'own shop'), ('marketplace', 'marketplace'), ('bulk', 'bulk')], max_length=12)),
                    ('fee_bp', models.PositiveSmallIntegerField(help_text='1/10,000 of the price', null=True)),
                    ('fee_fen', models.PositiveIntegerField(default=0, help_text='a fixed fee of each order')),
                    ('active', models.BooleanField(default=True)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='channels', to='network.base')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('base', 'code'), name='channel_once_per_base')],
                },
            ),
            migrations.CreateModel(
                name='BulkTerms',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('fen_per_kg', models.PositiveIntegerField()),
                    ('g_per_day', models.PositiveBigIntegerField(help_text='most that is taken on a day')),
                    ('least_g', models.PositiveBigIntegerField(default=0, help_text='least order')),
                    ('freight_fen_per_kg', models.PositiveIntegerField(default=0)),
                    ('loading_fen_per_kg', models.PositiveIntegerField(default=0)),
                    ('bundle_g', models.PositiveIntegerField(default=20000)),
                    ('bundles_per_pallet', models.PositiveSmallIntegerField(default=40)),
                    ('material_fen', models.PositiveIntegerField(default=0, help_text='sacks or crates, a bundle')),
                    ('produce', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='harvest.produce')),
                    ('channel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bulk_terms', to='campaigns.channel')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('channel', 'produce'), name='bulk_terms_once')],
                },
            ),
            migrations.CreateModel(
                name='Pack',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('net_g', models.PositiveIntegerField()),
                    ('material_fen', models.PositiveIntegerField()),
                    ('packed_g_per_day', models.PositiveIntegerField(help_text='grams one packer packs in a day')),
                    ('demand_share', models.FloatField()),
                    ('price_exponent', models.FloatField(default=0.85)),
                    ('status', models.CharField(default='assumption', max_length=20)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packs', to='network.base')),
                    ('produce', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packs', to='harvest.produce')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('base', 'produce', 'net_g'), name='pack_once_per_base')],
                },
            ),
            migrations.CreateModel(
                name='Sale',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('state', models.CharField(choices=[('open', 'open'), ('paused', 'paused'), ('closed', 'closed')], default='open', max_length=8)),
                    ('opens_at', models.DateTimeField()),
                    ('closes_at', models.DateTimeField()),
                    ('first_day', models.DateField()),
                    ('last_day', models.DateField()),
                    ('capacity_g', models.PositiveBigIntegerField()),
                    ('reserved_g', models.PositiveBigIntegerField(default=0)),
                    ('set_aside_g', models.PositiveBigIntegerField(default=0)),
                    ('has_shares', models.BooleanField(default=False)),
                    ('calendar', models.TextField(blank=True, help_text='closed days and cut-offs, see calendar.py')),
                    ('shelf_life_days', models.FloatField()),
                    ('promise_days', models.FloatField()),
                    ('max_late_share', models.FloatField()),
                    ('ship_within_days', models.PositiveSmallIntegerField()),
                    ('cutoff_hour', models.PositiveSmallIntegerField(default=14)),
                    ('team_size', models.PositiveSmallIntegerField(default=3)),
                    ('team_hours', models.PositiveSmallIntegerField(default=24)),
                    ('limit_per_buyer', models.PositiveSmallIntegerField(default=20)),
                    ('fee_bp', models.PositiveSmallIntegerField(help_text='platform fee, 1/10,000 of the price')),
                    ('refund_fen_per_kg', models.PositiveIntegerField(default=0)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sales', to='network.base')),
                    ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sales', to='network.branch')),
                    ('surplus', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sale', to='harvest.surplus')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('reserved_g__lte', django.db.models.expressions.CombinedExpression(models.F('capacity_g'), '-', models.F('set_aside_g')))), name='sale_never_oversold')],
                },
            ),
            migrations.CreateModel(
                name='ChannelShare',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('capacity_g', models.PositiveBigIntegerField()),
                    ('reserved_g', models.PositiveBigIntegerField(default=0)),
                    ('flows_back_at', models.DateTimeField()),
                    ('flowed_back_at', models.DateTimeField(null=True)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('channel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='campaigns.channel')),
                    ('sale', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='campaigns.sale')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('flowed_back_at', None)), fields=['flows_back_at'], name='share_held')],
                    'constraints': [models.UniqueConstraint(fields=('sale', 'channel'), name='share_once_per_channel'), models.CheckConstraint(condition=models.Q(('reserved_g__lte', models.F('capacity_g'))), name='share_never_oversold')],
                },
            ),
            migrations.CreateModel(
                name='ChannelDay',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('capacity_crew_s', models.PositiveBigIntegerField()),
                    ('reserved_crew_s', models.PositiveBigIntegerField(default=0)),
                    ('flows_back_at', models.DateTimeField()),
                    ('flowed_back_at', models.DateTimeField(null=True)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('share', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='days', to='campaigns.channelshare')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('flowed_back_at', None)), fields=['flows_back_at'], name='channel_day_held')],
                    'constraints': [models.UniqueConstraint(fields=('share', 'day'), name='channel_day_once'), models.CheckConstraint(condition=models.Q(('reserved_crew_s__lte', models.F('capacity_crew_s'))), name='channel_day_never_overbooked')],
                },
            ),
            migrations.CreateModel(
                name='Listing',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('net_g', models.PositiveIntegerField()),
                    ('team_fen', models.PositiveIntegerField()),
                    ('solo_fen', models.PositiveIntegerField()),
                    ('material_fen', models.PositiveIntegerField()),
                    ('box_crew_s', models.PositiveIntegerField(help_text='packer seconds one box takes')),
                    ('least_quantity', models.PositiveSmallIntegerField(default=1)),
                    ('bundles_per_pallet', models.PositiveSmallIntegerField(default=0)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('channel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='listings', to='campaigns.channel')),
                    ('sale', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='listings', to='campaigns.sale')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('sale', 'channel', 'net_g'), name='listing_once_per_channel'), models.CheckConstraint(condition=models.Q(('solo_fen__gt', models.F('team_fen'))), name='listing_solo_is_dearer')],
                },
            ),
            migrations.CreateModel(
                name='PriceShown',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('team_fen', models.PositiveIntegerField()),
                    ('solo_fen', models.PositiveIntegerField()),
                    ('shown_from', models.DateTimeField()),
                    ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices_shown', to='campaigns.listing')),
                ],
            ),
            migrations.CreateModel(
                name='PackingDay',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('capacity_crew_s', models.PositiveBigIntegerField()),
                    ('reserved_crew_s', models.PositiveBigIntegerField(default=0)),
                    ('set_aside_crew_s', models.PositiveBigIntegerField(default=0)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('sale', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packing_days', to='campaigns.sale')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('sale', 'day'), name='packing_day_once'), models.CheckConstraint(condition=models.Q(('reserved_crew_s__lte', django.db.models.expressions.CombinedExpression(models.F('capacity_crew_s'), '-', models.F('set_aside_crew_s')))), name='packing_day_never_overbooked')],
                },
            ),
            migrations.CreateModel(
                name='SaleLane',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('offered', models.BooleanField()),
                    ('why_not', models.CharField(blank=True, max_length=120)),
                    ('earliest_days', models.PositiveSmallIntegerField()),
                    ('latest_days', models.PositiveSmallIntegerField()),
                    ('lane', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.lane')),
                    ('sale', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lanes', to='campaigns.sale')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('sale', 'lane'), name='sale_lane_once')],
                },
            ),
        ]),
    ]
