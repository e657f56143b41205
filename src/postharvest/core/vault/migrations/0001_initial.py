from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('base_id', models.BigIntegerField(null=True)),
                ('sealed', models.BinaryField()),
                ('phone_index', models.CharField(db_index=True, max_length=32)),
                ('created_at', models.DateTimeField()),
            ],
        ),
    ]
