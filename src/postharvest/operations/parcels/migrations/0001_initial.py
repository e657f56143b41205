import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('network', '0001_initial'),
        ('orders', '0001_initial'),
        ('packing', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Carrier',
                fields=[
                    ('code', models.SlugField(max_length=20, primary_key=True, serialize=False)),
                    ('name', models.CharField(max_length=80)),
                    ('number_pattern', models.CharField(blank=True, max_length=200)),
                ],
            ),
            migrations.CreateModel(
                name='Despatch',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('closed_at', models.DateTimeField()),
                    ('parcels_count', models.PositiveIntegerField()),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.branch')),
                    ('lane', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='despatches', to='network.lane')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('branch', 'lane', 'closed_at'), name='despatch_once')],
                },
            ),
            migrations.CreateModel(
                name='Acceptance',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('counted_at', models.DateTimeField()),
                    ('party', models.CharField(max_length=80)),
                    ('agreed', models.PositiveIntegerField()),
                    ('missing', models.JSONField()),
                    ('surplus', models.JSONField()),
                    ('doubled', models.JSONField()),
                    ('despatch', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='acceptance', to='parcels.despatch')),
                ],
            ),
            migrations.CreateModel(
                name='NumberRange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('carrier', models.CharField(default='post', max_length=20)),
                    ('prefix', models.CharField(blank=True, max_length=20)),
                    ('digits', models.PositiveSmallIntegerField(default=0)),
                    ('indicator', models.CharField(max_length=2)),
                    ('country', models.CharField(max_length=2)),
                    ('first_serial', models.PositiveBigIntegerField()),
                    ('next_serial', models.PositiveBigIntegerField()),
                    ('last_serial', models.PositiveBigIntegerField()),
                    ('allotted_at', models.DateTimeField()),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('next_serial__lte', django.db.models.expressions.CombinedExpression(models.F('last_serial'), '+', models.Value(1)))), name='range_not_overrun'), models.UniqueConstraint(fields=('carrier', 'prefix', 'indicator', 'country', 'last_serial'), name='range_once')],
                },
            ),
            migrations.CreateModel(
                name='Parcel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.CharField(max_length=40, unique=True)),
                    ('carrier', models.CharField(default='post', max_length=20)),
                    ('registered_at', models.DateTimeField()),
                    ('status', models.CharField(default='registered', max_length=20)),
                    ('status_at', models.DateTimeField()),
                    ('last_place', models.CharField(blank=True, max_length=80)),
                    ('action_required', models.CharField(blank=True, max_length=120)),
                    ('damaged', models.BooleanField(default=False)),
                    ('accepted_at', models.DateTimeField(null=True)),
                    ('delivered_at', models.DateTimeField(null=True)),
                    ('eta_earliest', models.DateField()),
                    ('eta_latest', models.DateField()),
                    ('promised_by', models.DateField()),
                    ('sell_by', models.DateField()),
                    ('flagged', models.CharField(blank=True, help_text='late or silent, once noticed', max_length=20)),
                    ('resent_at', models.DateTimeField(help_text='came back and was sent again', null=True)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('box', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='parcel', to='packing.box')),
                    ('despatch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parcels', to='parcels.despatch')),
                    ('lane', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.lane')),
                    ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parcels', to='orders.order')),
                ],
                options={
                    'indexes': [models.Index(fields=['base', 'status', 'status_at'], name='parcel_status')],
                },
            ),
            migrations.CreateModel(
                name='PostageInvoice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('carrier', models.CharField(max_length=20)),
                    ('number', models.CharField(max_length=60)),
                    ('taken_at', models.DateTimeField()),
                    ('party', models.CharField(max_length=80)),
                    ('billed_g', models.PositiveBigIntegerField()),
                    ('weighed_g', models.PositiveBigIntegerField(help_text='of the lines that are ours')),
                    ('billed_fen', models.BigIntegerField()),
                    ('too_much_fen', models.BigIntegerField()),
                    ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.branch')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('branch', 'carrier', 'number'), name='postage_invoice_once')],
                },
            ),
            migrations.CreateModel(
                name='InvoiceLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.CharField(db_index=True, max_length=40)),
                    ('weight_g', models.PositiveIntegerField()),
                    ('postage_fen', models.BigIntegerField()),
                    ('reason', models.CharField(blank=True, max_length=20)),
                    ('too_much_fen', models.BigIntegerField(default=0)),
                    ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='parcels.postageinvoice')),
                ],
            ),
            migrations.CreateModel(
                name='Scan',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=3)),
                    ('place', models.CharField(max_length=80)),
                    ('at', models.DateTimeField()),
                    ('reason', models.CharField(blank=True, max_length=40)),
                    ('source', models.CharField(max_length=40)),
                    ('received_at', models.DateTimeField()),
                    ('base', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('parcel', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='scans', to='parcels.parcel')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('parcel', 'code', 'place', 'at'), name='scan_once')],
                },
            ),
            migrations.CreateModel(
                name='CollectionTime',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('carrier', models.CharField(default='post', max_length=20)),
                    ('weekday', models.PositiveSmallIntegerField()),
                    ('cut_off', models.TimeField(help_text='postal time')),
                    ('branch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='collections', to='network.branch')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('branch', 'carrier', 'weekday'), name='collection_once_a_weekday'), models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='weekday_is_one')],
                },
            ),
        ]),
    ]
