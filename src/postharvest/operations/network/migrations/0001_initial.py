import django.db.models.deletion
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='PlanningDefault',
                fields=[
                    ('field', models.CharField(max_length=80, primary_key=True, serialize=False)),
                    ('value', models.CharField(max_length=80)),
                    ('unit', models.CharField(max_length=120)),
                    ('low', models.FloatField(blank=True, null=True)),
                    ('high', models.FloatField(blank=True, null=True)),
                    ('status', models.CharField(max_length=60)),
                    ('source', models.CharField(max_length=300)),
                ],
            ),
            migrations.CreateModel(
                name='Province',
                fields=[
                    ('code', models.CharField(max_length=6, primary_key=True, serialize=False)),
                    ('name_zh', models.CharField(max_length=40)),
                    ('name_en', models.CharField(max_length=60)),
                ],
            ),
            migrations.CreateModel(
                name='Prefecture',
                fields=[
                    ('code', models.CharField(max_length=6, primary_key=True, serialize=False)),
                    ('name_zh', models.CharField(max_length=60)),
                    ('name_en', models.CharField(max_length=80)),
                    ('lat', models.FloatField()),
                    ('lon', models.FloatField()),
                    ('population', models.PositiveIntegerField()),
                    ('online_demand_weight', models.FloatField()),
                    ('income_per_head_yuan', models.PositiveIntegerField()),
                    ('status', models.CharField(max_length=200)),
                    ('province', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prefectures', to='network.province')),
                ],
            ),
            migrations.CreateModel(
                name='County',
                fields=[
                    ('code', models.CharField(max_length=6, primary_key=True, serialize=False)),
                    ('name_zh', models.CharField(max_length=60)),
                    ('name_en', models.CharField(max_length=80)),
                    ('lat', models.FloatField()),
                    ('lon', models.FloatField()),
                    ('coord_source', models.CharField(max_length=60)),
                    ('rural_population', models.PositiveIntegerField()),
                    ('urban_population', models.PositiveIntegerField()),
                    ('households', models.PositiveIntegerField()),
                    ('n_villages', models.PositiveIntegerField()),
                    ('prefecture', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='counties', to='network.prefecture')),
                    ('province', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='counties', to='network.province')),
                ],
            ),
            migrations.CreateModel(
                name='Base',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=40, unique=True)),
                    ('name_zh', models.CharField(max_length=80)),
                    ('name_en', models.CharField(max_length=80)),
                    ('lat', models.FloatField()),
                    ('lon', models.FloatField()),
                    ('state', models.CharField(choices=[('candidate', 'Candidate'), ('agreed', 'Agreed'), ('fitted_out', 'Fitted out'), ('open', 'Open'), ('closed', 'Closed')], default='candidate', max_length=12)),
                    ('county', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bases', to='network.county')),
                ],
            ),
            migrations.CreateModel(
                name='Table',
                fields=[
                    ('name', models.CharField(max_length=60, primary_key=True, serialize=False)),
                    ('title_en', models.CharField(max_length=200)),
                    ('title_zh', models.CharField(max_length=200)),
                    ('source', models.TextField()),
                    ('licence', models.CharField(max_length=200)),
                    ('status', models.CharField(max_length=200)),
                    ('rows', models.PositiveIntegerField(default=0)),
                    ('content_hash', models.CharField(max_length=64)),
                    ('loaded_at', models.DateTimeField()),
                    ('loaded_by', models.CharField(max_length=120)),
                    ('is_operator', models.BooleanField(default=False)),
                ],
            ),
            migrations.CreateModel(
                name='BaseFitting',
                fields=[
                    ('base', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='fitting', serialize=False, to='network.base')),
                    ('planned_open_on', models.DateField(blank=True, null=True)),
                    ('grading_g_per_day', models.PositiveBigIntegerField(default=0)),
                    ('cold_room_g', models.PositiveBigIntegerField(default=0)),
                    ('capacity_g_per_day', models.PositiveBigIntegerField(default=0)),
                    ('parcels_per_day', models.PositiveIntegerField(default=0)),
                ],
            ),
            migrations.CreateModel(
                name='BaseStep',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('state', models.CharField(choices=[('candidate', 'Candidate'), ('agreed', 'Agreed'), ('fitted_out', 'Fitted out'), ('open', 'Open'), ('closed', 'Closed')], max_length=12)),
                    ('at', models.DateTimeField()),
                    ('by', models.CharField(max_length=120)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='network.base')),
                ],
            ),
            migrations.CreateModel(
                name='CatchmentCounty',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='catchment', to='network.base')),
                    ('county', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='served_by', to='network.county')),
                ],
            ),
            migrations.CreateModel(
                name='Branch',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=40, unique=True)),
                    ('name_zh', models.CharField(max_length=80)),
                    ('name_en', models.CharField(max_length=80)),
                    ('lat', models.FloatField()),
                    ('lon', models.FloatField()),
                    ('kind', models.CharField(choices=[('county', 'County post office'), ('township', 'Township post office'), ('village', 'Village postal station')], default='county', max_length=10)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='branches', to='network.base')),
                    ('county', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='branches', to='network.county')),
                ],
            ),
            migrations.CreateModel(
                name='Hub',
                fields=[
                    ('code', models.CharField(max_length=6, primary_key=True, serialize=False)),
                    ('level', models.PositiveSmallIntegerField()),
                    ('lat', models.FloatField()),
                    ('lon', models.FloatField()),
                    ('name_zh', models.CharField(max_length=60)),
                    ('name_en', models.CharField(max_length=80)),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='network.hub')),
                ],
            ),
            migrations.CreateModel(
                name='Lane',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('zone', models.CharField(max_length=40)),
                    ('name_zh', models.CharField(max_length=80)),
                    ('name_en', models.CharField(max_length=80)),
                    ('transit_pmf', models.JSONField()),
                    ('postage_fen', models.JSONField()),
                    ('cold', models.BooleanField(default=False, help_text='cooled all the way')),
                    ('status_note', models.TextField(blank=True)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lanes', to='network.base')),
                    ('hub', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lanes', to='network.hub')),
                    ('origin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lanes', to='network.branch')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('origin', 'zone'), name='lane_once_per_zone')],
                },
            ),
            migrations.CreateModel(
                name='LaneDay',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('capacity_parcels', models.PositiveIntegerField()),
                    ('reserved_parcels', models.PositiveIntegerField(default=0)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lane_days', to='network.base')),
                    ('lane', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='days', to='network.lane')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('lane', 'day'), name='lane_day_once'), models.CheckConstraint(condition=models.Q(('reserved_parcels__lte', models.F('capacity_parcels'))), name='lane_day_not_over')],
                },
            ),
            migrations.CreateModel(
                name='LaneMarket',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('lane', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='markets', to='network.lane')),
                    ('origin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lane_markets', to='network.branch')),
                    ('prefecture', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lanes', to='network.prefecture')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('origin', 'prefecture'), name='market_on_one_lane')],
                },
            ),
            migrations.CreateModel(
                name='Supplier',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('contract_no', models.CharField(max_length=40)),
                    ('name', models.CharField(max_length=120)),
                    ('village', models.CharField(max_length=60)),
                    ('grower', models.CharField(blank=True, max_length=40)),
                    ('produce_id', models.CharField(max_length=40)),
                    ('yearly_g', models.PositiveBigIntegerField()),
                    ('first_month', models.PositiveSmallIntegerField()),
                    ('last_month', models.PositiveSmallIntegerField()),
                    ('floor_fen_per_kg', models.PositiveIntegerField()),
                    ('signed_on', models.DateField()),
                    ('ends_on', models.DateField()),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='suppliers', to='network.base')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('base', 'contract_no'), name='contract_once_per_base'), models.CheckConstraint(condition=models.Q(('first_month__range', (1, 12)), ('last_month__range', (1, 12))), name='supplier_months'), models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('signed_on'))), name='contract_ends_after_it_begins')],
                },
            ),
            migrations.CreateModel(
                name='TableText',
                fields=[
                    ('table', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='text', serialize=False, to='network.table')),
                    ('text_gz', models.BinaryField()),
                ],
            ),
            migrations.CreateModel(
                name='Tariff',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('product', models.CharField(max_length=120)),
                    ('zone', models.PositiveSmallIntegerField()),
                    ('km_from', models.FloatField()),
                    ('km_to', models.FloatField()),
                    ('first_kg', models.FloatField()),
                    ('first_yuan', models.FloatField()),
                    ('step_kg', models.FloatField()),
                    ('step_yuan', models.FloatField()),
                    ('source', models.TextField()),
                    ('status', models.CharField(max_length=120)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('product', 'zone'), name='tariff_zone_once')],
                },
            ),
            migrations.CreateModel(
                name='Township',
                fields=[
                    ('code', models.CharField(max_length=9, primary_key=True, serialize=False)),
                    ('name_zh', models.CharField(max_length=60)),
                    ('lat', models.FloatField(blank=True, null=True)),
                    ('lon', models.FloatField(blank=True, null=True)),
                    ('county', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='townships', to='network.county')),
                ],
            ),
            migrations.CreateModel(
                name='Village',
                fields=[
                    ('code', models.CharField(max_length=12, primary_key=True, serialize=False)),
                    ('name_zh', models.CharField(max_length=60)),
                    ('kind', models.CharField(choices=[('village', 'Village'), ('community', 'Community')], max_length=10)),
                    ('township_code', models.CharField(db_index=True, max_length=9)),
                    ('lat', models.FloatField(null=True)),
                    ('lon', models.FloatField(null=True)),
                    ('county', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='villages', to='network.county')),
                ],
            ),
            migrations.CreateModel(
                name='BaseYear',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('year', models.PositiveSmallIntegerField()),
                    ('planned_g', models.PositiveBigIntegerField()),
                    ('budget_fen', models.PositiveBigIntegerField()),
                    ('spent_fen', models.PositiveBigIntegerField(blank=True, null=True)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='years', to='network.base')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('base', 'year'), name='base_year_once')],
                },
            ),
            migrations.CreateModel(
                name='CalendarDay',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('kind', models.CharField(choices=[('workday', 'Workday'), ('rest', 'Day of rest'), ('holiday', 'Holiday'), ('makeup_workday', 'Make-up workday'), ('market_day', 'Market day'), ('collection_stop', 'No collection'), ('packing_stop', 'Nobody packs')], max_length=16)),
                    ('cutoff_hour', models.PositiveSmallIntegerField(help_text='orders until this hour are packed that day', null=True)),
                    ('truck_times', models.CharField(blank=True, help_text='"14:00 17:30"', max_length=60)),
                    ('note', models.CharField(blank=True, max_length=200)),
                    ('county', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calendar_days', to='network.county')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('county__isnull', False)), fields=('day', 'county', 'kind'), name='calendar_day_once_per_county'), models.UniqueConstraint(condition=models.Q(('county__isnull', True)), fields=('day', 'kind'), name='calendar_day_once_for_all')],
                },
            ),
            migrations.CreateModel(
                name='HubDay',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('capacity_parcels', models.PositiveIntegerField()),
                    ('reserved_parcels', models.PositiveIntegerField(default=0)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hub_days', to='network.base')),
                    ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='days', to='network.branch')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('branch', 'day'), name='hub_day_once'), models.CheckConstraint(condition=models.Q(('reserved_parcels__lte', models.F('capacity_parcels'))), name='hub_day_not_over')],
                },
            ),
        ]),
    ]
