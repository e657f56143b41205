import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('auth', '__first__'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Tries',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name_hash', models.CharField(max_length=64, unique=True)),
                    ('failed', models.PositiveIntegerField(default=0)),
                    ('locked_until', models.DateTimeField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name='SecondFactor',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sealed_secret', models.BinaryField()),
                    ('last_step', models.BigIntegerField(default=0)),
                    ('confirmed_at', models.DateTimeField(null=True)),
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='second_factor', to=settings.AUTH_USER_MODEL)),
                ],
            ),
        ]),
    ]
