from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='AccessToken',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=80)),
                    ('key_hash', models.CharField(max_length=64, unique=True)),
                    ('scopes', models.JSONField()),
                    ('region', models.CharField(blank=True, max_length=12)),
                    ('created_at', models.DateTimeField()),
                    ('expires_at', models.DateTimeField(null=True)),
                    ('revoked_at', models.DateTimeField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name='KeptAnswer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('party', models.CharField(max_length=80)),
                    ('key', models.CharField(max_length=80)),
                    ('request_hash', models.CharField(max_length=64)),
                    ('status', models.PositiveSmallIntegerField(default=0)),
                    ('body', models.BinaryField(default=b'')),
                    ('headers', models.JSONField(default=dict)),
                    ('made_at', models.DateTimeField()),
                ],
                options={
                    'indexes': [models.Index(fields=['made_at'], name='answer_made_at')],
                    'constraints': [models.UniqueConstraint(fields=('party', 'key'), name='answer_once_per_key')],
                },
            ),
        ]),
    ]
