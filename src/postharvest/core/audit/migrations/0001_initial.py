import django.db.models.deletion
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='AuditEntry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('base_id', models.BigIntegerField(null=True)),
                    ('at', models.DateTimeField()),
                    ('party', models.CharField(max_length=80)),
                    ('role', models.CharField(max_length=20)),
                    ('action', models.CharField(max_length=80)),
                    ('subject', models.CharField(max_length=80)),
                    ('before', models.JSONField(null=True)),
                    ('after', models.JSONField(null=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['subject', 'id'], name='audit_subject')],
                },
            ),
            migrations.CreateModel(
                name='AuditSeal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('digest', models.CharField(max_length=64)),
                    ('sealed_at', models.DateTimeField()),
                    ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='seal', to='audit.auditentry')),
                ],
            ),
        ]),
    ]
