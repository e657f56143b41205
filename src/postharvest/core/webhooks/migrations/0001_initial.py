import django.db.models.deletion
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('outbox', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Subscription',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('party', models.CharField(help_text="the token's name", max_length=80)),
                    ('url', models.CharField(max_length=500)),
                    ('kinds', models.JSONField()),
                    ('region', models.CharField(blank=True, max_length=12)),
                    ('sealed_secret', models.BinaryField()),
                    ('created_at', models.DateTimeField()),
                    ('starts_after', models.BigIntegerField(help_text='the news that was newest then')),
                    ('paused_at', models.DateTimeField(null=True)),
                    ('paused_because', models.CharField(blank=True, max_length=120)),
                ],
            ),
            migrations.CreateModel(
                name='Message',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('due_at', models.DateTimeField()),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('taken_at', models.DateTimeField(null=True)),
                    ('given_up_at', models.DateTimeField(null=True)),
                    ('last_status', models.PositiveSmallIntegerField(null=True)),
                    ('last_error', models.CharField(blank=True, max_length=200)),
                    ('event', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outbox.event')),
                    ('subscription', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='webhooks.subscription')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('given_up_at', None), ('taken_at', None)), fields=['due_at', 'id'], name='message_due')],
                    'constraints': [models.UniqueConstraint(fields=('subscription', 'event'), name='message_once_per_subscription')],
                },
            ),
        ]),
    ]
