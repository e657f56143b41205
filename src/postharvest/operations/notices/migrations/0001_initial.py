import django.db.models.deletion
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('network', '0001_initial'),
        ('vault', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Preference',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('phone_index', models.CharField(max_length=32, unique=True)),
                    ('language', models.CharField(default='zh-hans', max_length=8)),
                    ('ways', models.JSONField(default=list, help_text='ways he chose; none means nothing is sent')),
                    ('muted', models.JSONField(default=list, help_text='kinds he does not wish to hear of')),
                    ('sealed_email', models.BinaryField(null=True)),
                    ('changed_at', models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name='Notice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=100, unique=True)),
                    ('kind', models.CharField(choices=[('team_formed', 'team formed'), ('team_failed', 'team not filled, refunded'), ('parcel_late', 'parcel late'), ('delay', 'order delayed: wait or refund'), ('payout_ready', 'payout ready'), ('harvest_call', 'harvest call')], max_length=20)),
                    ('way', models.CharField(max_length=10)),
                    ('language', models.CharField(max_length=8)),
                    ('facts', models.JSONField()),
                    ('state', models.CharField(choices=[('due', 'due'), ('sending', 'sending'), ('sent', 'sent'), ('failed', 'failed')], default='due', max_length=8)),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('due_at', models.DateTimeField()),
                    ('sent_at', models.DateTimeField(null=True)),
                    ('last_error', models.CharField(blank=True, max_length=200)),
                    ('base', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vault.contact')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('state', 'due')), fields=['due_at'], name='notice_due')],
                },
            ),
        ]),
    ]
