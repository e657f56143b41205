import django.db.models.deletion
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('network', '0001_initial'),
        ('parcels', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='EtaWindow',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('is_first', models.BooleanField()),
                    ('earliest_at', models.DateTimeField()),
                    ('p50_at', models.DateTimeField()),
                    ('latest_at', models.DateTimeField()),
                    ('log_centre', models.FloatField(help_text='of the log hours, as the model saw them')),
                    ('log_spread', models.FloatField()),
                    ('model', models.CharField(max_length=20)),
                    ('made_at', models.DateTimeField()),
                    ('base', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('parcel', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='eta_windows', to='parcels.parcel')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('is_first', True)), fields=['base', 'parcel'], name='eta_first_of_base')],
                    'constraints': [models.UniqueConstraint(fields=('parcel', 'made_at'), name='eta_once_per_instant'), models.UniqueConstraint(condition=models.Q(('is_first', True)), fields=('parcel',), name='eta_one_first')],
                },
            ),
            migrations.CreateModel(
                name='LearntLanes',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('learnt_at', models.DateTimeField()),
                    ('lane_ids', models.JSONField()),
                    ('model', models.JSONField(help_text="the engine's fields")),
                    ('departures', models.PositiveIntegerField(help_text='it was learnt from')),
                    ('arrived', models.PositiveIntegerField(help_text='parcels whose first window could be checked')),
                    ('covered_share', models.FloatField(null=True)),
                    ('error_hours', models.FloatField(help_text='mean absolute, of the middle', null=True)),
                    ('base', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('base', 'learnt_at'), name='lanes_learnt_once')],
                },
            ),
        ]),
    ]
