import django.db.models.deletion
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='CaptureJob',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('capture_id', models.UUIDField(unique=True)),
                    ('created_at', models.DateTimeField()),
                    ('finished_at', models.DateTimeField()),
                    ('party', models.CharField(max_length=80)),
                    ('error_behaviour', models.CharField(max_length=10)),
                    ('success', models.BooleanField()),
                    ('received', models.PositiveIntegerField()),
                    ('stored', models.PositiveIntegerField()),
                    ('errors', models.JSONField(default=list)),
                ],
            ),
            migrations.CreateModel(
                name='DocumentContext',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('content_hash', models.CharField(max_length=32, unique=True)),
                    ('body', models.TextField()),
                ],
            ),
            migrations.CreateModel(
                name='Ticket',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('next_number', models.BigIntegerField()),
                ],
            ),
            migrations.CreateModel(
                name='Event',
                fields=[
                    ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                    ('event_id', models.TextField()),
                    ('declaration', models.CharField(blank=True, max_length=32)),
                    ('content_hash', models.CharField(max_length=32)),
                    ('event_type', models.TextField()),
                    ('event_time_us', models.BigIntegerField()),
                    ('record_time_us', models.BigIntegerField()),
                    ('declared_time_us', models.BigIntegerField(null=True)),
                    ('error_reason', models.TextField(blank=True)),
                    ('action', models.CharField(blank=True, max_length=7)),
                    ('biz_step', models.TextField(blank=True)),
                    ('disposition', models.TextField(blank=True)),
                    ('read_point', models.TextField(blank=True)),
                    ('biz_location', models.TextField(blank=True)),
                    ('body', models.TextField()),
                    ('context', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='epcis.documentcontext')),
                    ('job', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='epcis.capturejob')),
                ],
                options={
                    'indexes': [models.Index(fields=['event_time_us', 'number'], name='epcis_by_event_time'), models.Index(fields=['record_time_us', 'number'], name='epcis_by_record_time')],
                    'constraints': [models.UniqueConstraint(fields=('event_id', 'declaration'), name='epcis_once')],
                },
            ),
            migrations.CreateModel(
                name='Reference',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('role', models.SmallIntegerField(choices=[(1, 'Epc'), (2, 'Child'), (3, 'Parent'), (4, 'Input'), (5, 'Output'), (6, 'Epc Class'), (7, 'Child Class'), (8, 'Input Class'), (9, 'Output Class'), (10, 'Transformation'), (11, 'Transaction'), (12, 'Source'), (13, 'Destination'), (14, 'Corrective Event'), (15, 'Disposition Set'), (16, 'Disposition Unset')])),
                    ('flow', models.SmallIntegerField(choices=[(0, 'None'), (1, 'In'), (2, 'Out')])),
                    ('kind', models.TextField(blank=True)),
                    ('value', models.TextField()),
                    ('event', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='epcis.event')),
                ],
                options={
                    'indexes': [models.Index(fields=['value', 'flow', 'role', 'event'], name='epcis_by_value'), models.Index(condition=models.Q(('flow__gt', 0)), fields=['event', 'flow', 'value'], name='epcis_by_flow')],
                },
            ),
        ]),
    ]
