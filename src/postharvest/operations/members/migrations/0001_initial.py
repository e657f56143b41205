import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('auth', '__first__'),
        ('orders', '0001_initial'),
        ('vault', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Member',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('county_code', models.CharField(blank=True, max_length=6)),
                    ('joined_at', models.DateTimeField()),
                    ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='vault.contact')),
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='member', to=settings.AUTH_USER_MODEL)),
                ],
            ),
            migrations.CreateModel(
                name='MemberOrder',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='orders', to='members.member')),
                    ('order', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.order')),
                ],
            ),
        ]),
    ]
