import django.db.models.deletion
import django.db.models.expressions
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
                name='Produce',
                fields=[
                    ('id', models.CharField(max_length=40, primary_key=True, serialize=False)),
                    ('name_zh', models.CharField(max_length=40)),
                    ('name_en', models.CharField(max_length=60)),
                    ('group', models.CharField(max_length=30)),
                    ('shelf_ambient_days_lo', models.FloatField()),
                    ('shelf_ambient_days_hi', models.FloatField()),
                    ('temp_class', models.CharField(max_length=40)),
                    ('bruise_class', models.PositiveSmallIntegerField()),
                    ('packs_kg', models.JSONField()),
                    ('farmgate_lo_fen_per_kg', models.PositiveIntegerField()),
                    ('farmgate_hi_fen_per_kg', models.PositiveIntegerField()),
                    ('retail_lo_fen_per_kg', models.PositiveIntegerField()),
                    ('retail_hi_fen_per_kg', models.PositiveIntegerField()),
                    ('shelf_source', models.CharField(max_length=200)),
                    ('price_source', models.CharField(max_length=200)),
                ],
            ),
            migrations.CreateModel(
                name='Grower',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=40, unique=True)),
                    ('kind', models.CharField(choices=[('household', 'household'), ('cooperative', 'co-operative')], default='household', max_length=12)),
                    ('village', models.CharField(max_length=80)),
                    ('registered_at', models.DateTimeField()),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='growers', to='network.base')),
                    ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vault.contact')),
                    ('county', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.county')),
                ],
            ),
            migrations.CreateModel(
                name='Surplus',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.UUIDField(unique=True)),
                    ('village', models.CharField(max_length=80)),
                    ('village_code', models.CharField(blank=True, max_length=12)),
                    ('position_status', models.CharField(max_length=20)),
                    ('grade', models.CharField(max_length=20)),
                    ('reported_g', models.PositiveBigIntegerField()),
                    ('harvest_from', models.DateField()),
                    ('harvest_to', models.DateField()),
                    ('shelf_life_days', models.FloatField()),
                    ('shelf_life_status', models.CharField(max_length=20)),
                    ('floor_fen_per_kg', models.PositiveIntegerField()),
                    ('wholesale_fen_per_kg', models.PositiveIntegerField()),
                    ('wholesale_g_per_day', models.PositiveBigIntegerField()),
                    ('wholesale_source', models.CharField(max_length=120)),
                    ('reported_by', models.CharField(max_length=80)),
                    ('reported_at', models.DateTimeField()),
                    ('photos', models.JSONField(default=list, help_text='their names in the media folder')),
                    ('state', models.CharField(choices=[('reported', 'reported'), ('planned', 'planned'), ('on_sale', 'on sale'), ('closed', 'closed'), ('withdrawn', 'withdrawn')], default='reported', max_length=12)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='surpluses', to='network.base')),
                    ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='surpluses', to='network.branch')),
                    ('county', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.county')),
                    ('produce', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='surpluses', to='harvest.produce')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('reported_g__gt', 0)), name='surplus_has_weight'), models.CheckConstraint(condition=models.Q(('harvest_to__gte', models.F('harvest_from'))), name='surplus_window_runs_forward')],
                },
            ),
            migrations.CreateModel(
                name='SurplusPart',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=20)),
                    ('village', models.CharField(max_length=80)),
                    ('lat', models.FloatField()),
                    ('lon', models.FloatField()),
                    ('offered_g', models.PositiveBigIntegerField()),
                    ('harvest_from', models.DateField()),
                    ('harvest_to', models.DateField()),
                    ('harvest_fen_per_t', models.PositiveIntegerField(help_text='cost of cutting, fen per tonne')),
                    ('surplus', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='harvest.surplus')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('surplus', 'code'), name='part_once_per_surplus')],
                },
            ),
            migrations.CreateModel(
                name='Offer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('offered_g', models.PositiveBigIntegerField()),
                    ('called_g', models.PositiveBigIntegerField(default=0)),
                    ('wholesale_g', models.PositiveBigIntegerField(default=0)),
                    ('grower', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='harvest.grower')),
                    ('part', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='harvest.surpluspart')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('part', 'grower'), name='offer_once_per_grower'), models.CheckConstraint(condition=models.Q(('offered_g__gte', django.db.models.expressions.CombinedExpression(models.F('called_g'), '+', models.F('wholesale_g')))), name='offer_not_exceeded')],
                },
            ),
            migrations.CreateModel(
                name='WholesalePickup',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=80, unique=True)),
                    ('day', models.DateField()),
                    ('weight_g', models.PositiveBigIntegerField()),
                    ('fen_per_kg', models.PositiveIntegerField()),
                    ('paid_fen', models.PositiveBigIntegerField()),
                    ('source', models.CharField(max_length=120)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('offer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pickups', to='harvest.offer')),
                ],
            ),
            migrations.CreateModel(
                name='Lot',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('grade', models.CharField(max_length=20)),
                    ('harvested_on', models.DateField()),
                    ('sell_by', models.DateField()),
                    ('cut_g', models.PositiveBigIntegerField()),
                    ('certificate', models.CharField(blank=True, help_text='number of its conformity certificate (合格证)', max_length=60)),
                    ('stopped_at', models.DateTimeField(help_text='held until somebody decides', null=True)),
                    ('stop_reason', models.CharField(blank=True, max_length=200)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('grower', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='harvest.grower')),
                    ('offer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='harvest.offer')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('offer', 'harvested_on'), name='lot_once_per_day'), models.CheckConstraint(condition=models.Q(('cut_g__gt', 0)), name='lot_has_weight')],
                },
            ),
            migrations.CreateModel(
                name='HarvestCall',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('weight_g', models.PositiveBigIntegerField()),
                    ('point_name', models.CharField(blank=True, max_length=80)),
                    ('called_at', models.DateTimeField()),
                    ('base', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('grower', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='harvest.grower')),
                    ('offer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='harvest.offer')),
                ],
                options={
                    'indexes': [models.Index(fields=['base', 'day'], name='call_of_day')],
                    'constraints': [models.UniqueConstraint(fields=('offer', 'day'), name='call_once_per_day'), models.CheckConstraint(condition=models.Q(('weight_g__gt', 0)), name='call_has_weight')],
                },
            ),
            migrations.CreateModel(
                name='Contract',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.CharField(max_length=40, unique=True)),
                    ('kind', models.CharField(choices=[('purchase', 'purchase'), ('share', 'share of net')], max_length=8)),
                    ('weight_g', models.PositiveBigIntegerField()),
                    ('grade', models.CharField(max_length=20)),
                    ('price_fen_per_kg', models.PositiveIntegerField(default=0, help_text='of a purchase')),
                    ('floor_fen_per_kg', models.PositiveIntegerField(default=0, help_text='of a share of net')),
                    ('advance_fen_per_kg', models.PositiveIntegerField(default=0, help_text='paid at hand-over')),
                    ('deductions', models.JSONField(default=list, help_text='what is taken off the price, named')),
                    ('if_unsold', models.CharField(choices=[('grower', 'the grower takes it back'), ('branch', 'the branch pays the floor for it')], default='grower', help_text='what becomes of what was handed over and not sold', max_length=8)),
                    ('state', models.CharField(choices=[('offered', 'offered'), ('signed', 'signed'), ('withdrawn', 'withdrawn')], default='offered', max_length=10)),
                    ('offered_at', models.DateTimeField()),
                    ('signed_at', models.DateTimeField(null=True)),
                    ('signed_how', models.CharField(blank=True, choices=[('paper', 'signed paper'), ('code', 'confirmation code'), ('proxy', 'signed by a proxy')], max_length=8)),
                    ('signature_ref', models.CharField(blank=True, help_text='slip, code or proxy', max_length=80)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='network.base')),
                    ('offer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='contract', to='harvest.offer')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind', 'purchase'), ('price_fen_per_kg__gt', 0)), models.Q(('kind', 'share'), ('price_fen_per_kg', 0)), _connector='OR'), name='contract_has_its_price'), models.CheckConstraint(condition=models.Q(('weight_g__gt', 0)), name='contract_has_weight')],
                },
            ),
        ]),
    ]
