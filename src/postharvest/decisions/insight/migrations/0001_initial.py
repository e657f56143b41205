import django.db.models.deletion
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('campaigns', '0001_initial'),
        ('harvest', '0001_initial'),
        ('network', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='SimulatedBacktest',
                fields=[
                    ('model', models.CharField(max_length=40, primary_key=True, serialize=False)),
                    ('seasons', models.PositiveIntegerField()),
                    ('gluts', models.PositiveIntegerField()),
                    ('caught', models.PositiveIntegerField(help_text='three days ahead or more')),
                    ('false_alerts', models.PositiveIntegerField()),
                    ('made_at', models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name='GlutRisk',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('probability', models.FloatField()),
                    ('written_days', models.PositiveIntegerField(help_text='days of this season with a diary line')),
                    ('priced_days', models.PositiveIntegerField()),
                    ('rain_told_days', models.PositiveIntegerField(help_text='mornings with a forecast of rain')),
                    ('norm_fen_per_kg', models.PositiveIntegerField()),
                    ('why', models.JSONField(help_text='terms and the log-odds that they added, the weightiest first')),
                    ('rings', models.BooleanField()),
                    ('draft', models.JSONField(help_text='fields of the report that an alert offers', null=True)),
                    ('had_fallen', models.BooleanField(help_text='the price had been a quarter below before')),
                    ('came_true', models.BooleanField(null=True)),
                    ('judged', models.BooleanField(default=False)),
                    ('made_at', models.DateTimeField()),
                    ('base', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('branch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.branch')),
                    ('produce', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='harvest.produce')),
                ],
                options={
                    'indexes': [models.Index(fields=['base', 'day'], name='risk_of_base'), models.Index(condition=models.Q(('judged', False)), fields=['base'], name='risk_to_judge')],
                    'constraints': [models.UniqueConstraint(fields=('branch', 'produce', 'day'), name='risk_once_a_day')],
                },
            ),
            migrations.CreateModel(
                name='LearntDemand',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('yuan_per_kg', models.FloatField(help_text='the median price it was sold at')),
                    ('kg_per_day', models.FloatField()),
                    ('kg_per_day_low', models.FloatField(help_text='80 % band')),
                    ('kg_per_day_high', models.FloatField()),
                    ('elasticity', models.FloatField()),
                    ('elasticity_low95', models.FloatField()),
                    ('elasticity_high95', models.FloatField()),
                    ('level', models.CharField(max_length=20)),
                    ('rows', models.PositiveIntegerField(help_text='days of sale it rests on')),
                    ('sales', models.PositiveIntegerField()),
                    ('foretold', models.JSONField(help_text='kg, low, high of the last sale', null=True)),
                    ('sold_kg', models.FloatField()),
                    ('learnt_at', models.DateTimeField()),
                    ('base', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('produce', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='harvest.produce')),
                    ('sale', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.sale')),
                ],
                options={
                    'indexes': [models.Index(fields=['base', 'produce'], name='learnt_of_crop')],
                },
            ),
            migrations.CreateModel(
                name='PriceOutlook',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('local', models.JSONField(help_text='yuan_kg, low, high, entries, method')),
                    ('weeks', models.JSONField(help_text='of each coming week: day, p10, p50, p90 in yuan per kg')),
                    ('written_weeks', models.PositiveIntegerField()),
                    ('method', models.CharField(max_length=40)),
                    ('note', models.CharField(blank=True, max_length=300)),
                    ('backtest', models.JSONField(help_text='points, errors and coverage; none if short', null=True)),
                    ('made_at', models.DateTimeField()),
                    ('base', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.branch')),
                    ('produce', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='harvest.produce')),
                ],
                options={
                    'indexes': [models.Index(fields=['base', 'day'], name='outlook_of_base')],
                    'constraints': [models.UniqueConstraint(fields=('branch', 'produce', 'day'), name='outlook_once_a_day')],
                },
            ),
        ]),
    ]
