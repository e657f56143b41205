from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("network", "0001_initial")]

    operations = [
        migrations.RenameField("tabletext", "csv_gz", "text_gz"),
        migrations.AddField("village", "lat", models.FloatField(null=True)),
        migrations.AddField("village", "lon", models.FloatField(null=True)),
    ]
