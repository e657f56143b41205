import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('campaigns', '0001_initial'),
        ('harvest', '0001_initial'),
        ('network', '0001_initial'),
        ('orders', '0001_initial'),
        ('vault', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='LabourPool',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=20)),
                    ('village', models.CharField(max_length=80)),
                    ('lat', models.FloatField()),
                    ('lon', models.FloatField()),
                    ('people_per_day', models.PositiveIntegerField()),
                    ('wage_steps', models.JSONField(help_text='[{share, fen_per_day}, …], wages rising')),
                    ('status', models.CharField(default='own', max_length=20)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='labour_pools', to='network.base')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('base', 'code'), name='pool_once_per_base')],
                },
            ),
            migrations.CreateModel(
                name='Packer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=40, unique=True)),
                    ('adult', models.BooleanField(help_text='age checked: 16 or older')),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packers', to='network.base')),
                    ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vault.contact')),
                    ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packers', to='packing.labourpool')),
                ],
            ),
            migrations.CreateModel(
                name='Point',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=20)),
                    ('name', models.CharField(max_length=80)),
                    ('lat', models.FloatField()),
                    ('lon', models.FloatField()),
                    ('stations', models.PositiveSmallIntegerField()),
                    ('min_crew', models.PositiveSmallIntegerField()),
                    ('setup_fen', models.PositiveIntegerField()),
                    ('day_fen', models.PositiveIntegerField()),
                    ('haul_fen_per_t', models.PositiveIntegerField(help_text='point to post office, fen per tonne')),
                    ('status', models.CharField(default='own', max_length=20)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='points', to='network.base')),
                    ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='points', to='network.branch')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('base', 'code'), name='point_once_per_base')],
                },
            ),
            migrations.CreateModel(
                name='Shift',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('planned_people', models.PositiveSmallIntegerField()),
                    ('planned_boxes', models.JSONField(help_text='{listing id: boxes}')),
                    ('day_wage_fen', models.PositiveIntegerField(help_text='least pay of a day worked in full')),
                    ('travel_fen', models.PositiveIntegerField(default=0, help_text='travel of all people called')),
                    ('state', models.CharField(choices=[('announced', 'announced'), ('running', 'running'), ('closed', 'closed'), ('called_off', 'called off')], default='announced', max_length=10)),
                    ('closed_at', models.DateTimeField(null=True)),
                    ('lost_at', models.DateTimeField(help_text='the point failed during the day', null=True)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('point', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shifts', to='packing.point')),
                    ('sale', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shifts', to='campaigns.sale')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('sale', 'point', 'day'), name='shift_once_per_day')],
                },
            ),
            migrations.CreateModel(
                name='PointStock',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('received_g', models.PositiveBigIntegerField(help_text='net')),
                    ('gross_g', models.PositiveBigIntegerField(default=0, help_text='0: weighed net')),
                    ('tare_g', models.PositiveBigIntegerField(default=0)),
                    ('boxed_g', models.PositiveBigIntegerField(default=0)),
                    ('culled_g', models.PositiveBigIntegerField(default=0, help_text='rejected')),
                    ('downgraded_g', models.PositiveBigIntegerField(default=0, help_text='not for boxes: sold as a lower grade')),
                    ('wholesale_g', models.PositiveBigIntegerField(default=0)),
                    ('left_g', models.PositiveBigIntegerField(default=0, help_text='written off as left over')),
                    ('shrunk_g', models.PositiveBigIntegerField(default=0, help_text='lost as water, weighed again')),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stocks', to='harvest.lot')),
                    ('shift', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stocks', to='packing.shift')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('shift', 'lot'), name='lot_once_per_shift'), models.CheckConstraint(condition=models.Q(('received_g__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('boxed_g'), '+', models.F('culled_g')), '+', models.F('downgraded_g')), '+', models.F('wholesale_g')), '+', models.F('left_g')), '+', models.F('shrunk_g')))), name='point_stock_mass_balance'), models.CheckConstraint(condition=models.Q(('gross_g', 0), ('gross_g', django.db.models.expressions.CombinedExpression(models.F('received_g'), '+', models.F('tare_g'))), _connector='OR'), name='point_stock_gross_less_tare')],
                },
            ),
            migrations.CreateModel(
                name='Grading',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('downgraded_g', models.PositiveBigIntegerField()),
                    ('rejected_g', models.PositiveBigIntegerField()),
                    ('photo', models.CharField(blank=True, max_length=200)),
                    ('note', models.CharField(blank=True, max_length=200)),
                    ('graded_at', models.DateTimeField()),
                    ('graded_by', models.CharField(max_length=80)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('stock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='gradings', to='packing.pointstock')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('rejected_g', 0), models.Q(('photo', ''), _negated=True), _connector='OR'), name='rejected_has_a_photo')],
                },
            ),
            migrations.CreateModel(
                name='BulkLoad',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('weight_g', models.PositiveBigIntegerField()),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bulk_loads', to='harvest.lot')),
                    ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='loads', to='orders.bulkorder')),
                    ('shift', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bulk_loads', to='packing.shift')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('order', 'lot'), name='bulk_load_once_per_lot'), models.CheckConstraint(condition=models.Q(('weight_g__gt', 0)), name='bulk_load_has_weight')],
                },
            ),
            migrations.CreateModel(
                name='Box',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveSmallIntegerField(help_text='1… within the order')),
                    ('net_g', models.PositiveIntegerField()),
                    ('packed_at', models.DateTimeField()),
                    ('weighed_g', models.PositiveIntegerField(help_text='what the scale said, if it did', null=True)),
                    ('held_at', models.DateTimeField(help_text='goes nowhere until somebody decides', null=True)),
                    ('withdrawn_at', models.DateTimeField(help_text='out of the chain, paid back', null=True)),
                    ('withdrawn_cause', models.CharField(blank=True, max_length=8)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.listing')),
                    ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='boxes', to='harvest.lot')),
                    ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='boxes', to='orders.order')),
                    ('packer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='packing.packer')),
                    ('shift', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='boxes', to='packing.shift')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('order', 'number'), name='box_once_per_order')],
                },
            ),
            migrations.CreateModel(
                name='SignIn',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('signed_in_at', models.DateTimeField()),
                    ('signed_out_at', models.DateTimeField(null=True)),
                    ('boxes', models.PositiveIntegerField(default=0)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('packer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sign_ins', to='packing.packer')),
                    ('shift', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sign_ins', to='packing.shift')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('packer', 'day'), name='packer_at_one_point_a_day')],
                },
            ),
            migrations.CreateModel(
                name='TopUp',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('weight_g', models.PositiveIntegerField()),
                    ('box', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='top_ups', to='packing.box')),
                    ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='top_ups', to='harvest.lot')),
                ],
            ),
            migrations.CreateModel(
                name='WeightCorrection',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=80, unique=True)),
                    ('field', models.CharField(max_length=20)),
                    ('delta_g', models.BigIntegerField()),
                    ('reason', models.CharField(max_length=200)),
                    ('made_at', models.DateTimeField()),
                    ('made_by', models.CharField(max_length=80)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('stock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='packing.pointstock')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('delta_g', 0), _negated=True), name='weight_correction_corrects')],
                },
            ),
        ]),
    ]
