import django.db.models.deletion
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Reader',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=40, unique=True)),
                    ('after_id', models.BigIntegerField(default=0)),
                ],
            ),
            migrations.CreateModel(
                name='Event',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(max_length=80)),
                    ('base_id', models.BigIntegerField(null=True)),
                    ('body', models.JSONField()),
                    ('occurred_at', models.DateTimeField()),
                ],
                options={
                    'indexes': [models.Index(fields=['base_id', 'id'], name='event_of_base')],
                },
            ),
            migrations.CreateModel(
                name='Delivery',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('base_id', models.BigIntegerField(null=True)),
                    ('reaction', models.CharField(max_length=120)),
                    ('due_at', models.DateTimeField()),
                    ('done_at', models.DateTimeField(null=True)),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('last_error', models.TextField(blank=True)),
                    ('event', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='outbox.event')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['due_at', 'id'], name='delivery_due')],
                    'constraints': [models.UniqueConstraint(fields=('event', 'reaction'), name='delivery_once_per_reaction')],
                },
            ),
        ]),
    ]
