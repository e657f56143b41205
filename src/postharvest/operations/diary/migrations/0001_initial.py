import django.db.models.deletion
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
                name='CropRecord',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('year', models.PositiveSmallIntegerField()),
                    ('yield_kg_mu', models.FloatField()),
                    ('cost_fen_mu', models.PositiveIntegerField()),
                    ('fen_per_kg', models.PositiveIntegerField()),
                    ('foretold', models.JSONField(help_text='mean, p10, p90: yuan per mu', null=True)),
                    ('written_by', models.CharField(max_length=80)),
                    ('written_at', models.DateTimeField()),
                    ('base', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('produce', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='harvest.produce')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('base', 'produce', 'year'), name='crop_once_a_year'), models.CheckConstraint(condition=models.Q(('cost_fen_mu__gt', 0), ('fen_per_kg__gt', 0), ('yield_kg_mu__gt', 0)), name='crop_record_above_zero')],
                },
            ),
            migrations.CreateModel(
                name='DiaryLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.UUIDField(unique=True)),
                    ('village', models.CharField(max_length=80)),
                    ('day', models.DateField()),
                    ('came', models.BooleanField(help_text='did the merchant come')),
                    ('bought_g', models.PositiveBigIntegerField()),
                    ('fen_per_kg', models.PositiveIntegerField(help_text='none where nobody named one', null=True)),
                    ('witness', models.CharField(blank=True, help_text='somebody who saw it, too', max_length=80)),
                    ('photos', models.JSONField(default=list, help_text='their names in the media folder')),
                    ('written_by', models.CharField(max_length=80)),
                    ('written_at', models.DateTimeField()),
                    ('base', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('branch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.branch')),
                    ('produce', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='harvest.produce')),
                ],
                options={
                    'indexes': [models.Index(fields=['branch', 'produce', 'day'], name='diary_of_place'), models.Index(fields=['base', 'produce', 'day'], name='diary_of_base')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('came', True), ('bought_g', 0), _connector='OR'), name='diary_nobody_came_nothing_bought'), models.CheckConstraint(condition=models.Q(('fen_per_kg', None), ('fen_per_kg__gt', 0), _connector='OR'), name='diary_price_above_zero')],
                },
            ),
            migrations.CreateModel(
                name='ExpectedSeason',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('first_day', models.DateField()),
                    ('last_day', models.DateField()),
                    ('expected_g', models.PositiveBigIntegerField()),
                    ('usual_share', models.FloatField(help_text="of a day's harvest that merchants usually take")),
                    ('usual_fen_per_kg', models.PositiveIntegerField(help_text='the usual price in these weeks')),
                    ('written_by', models.CharField(max_length=80)),
                    ('written_at', models.DateTimeField()),
                    ('base', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.branch')),
                    ('produce', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='harvest.produce')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('branch', 'produce', 'first_day'), name='season_once_per_place'), models.CheckConstraint(condition=models.Q(('last_day__gt', models.F('first_day'))), name='season_runs_forward'), models.CheckConstraint(condition=models.Q(('expected_g__gt', 0), ('usual_fen_per_kg__gt', 0)), name='season_expects_something')],
                },
            ),
            migrations.CreateModel(
                name='PlantingIntention',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.UUIDField(unique=True)),
                    ('village', models.CharField(max_length=80)),
                    ('year', models.PositiveSmallIntegerField()),
                    ('mu', models.FloatField()),
                    ('written_by', models.CharField(max_length=80)),
                    ('written_at', models.DateTimeField()),
                    ('base', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('produce', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='harvest.produce')),
                ],
                options={
                    'indexes': [models.Index(fields=['base', 'year'], name='intentions_of_year')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('mu__gt', 0)), name='intention_has_area')],
                },
            ),
            migrations.CreateModel(
                name='WeatherDay',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('told_on', models.DateField()),
                    ('day', models.DateField()),
                    ('rain_mm', models.FloatField()),
                    ('source', models.CharField(max_length=120)),
                    ('county', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.county')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('county', 'told_on', 'day'), name='weather_told_once'), models.CheckConstraint(condition=models.Q(('rain_mm__gte', 0)), name='rain_not_negative'), models.CheckConstraint(condition=models.Q(('day__gte', models.F('told_on'))), name='weather_told_before')],
                },
            ),
        ]),
    ]
