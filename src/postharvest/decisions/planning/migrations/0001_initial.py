import django.db.models.deletion
from django.db import migrations, models

from postharvest.core.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ('campaigns', '0001_initial'),
        ('harvest', '0001_initial'),
        ('network', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='BaseScenario',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=80)),
                    ('state', models.CharField(choices=[('asked', 'asked'), ('ready', 'ready'), ('failed', 'failed')], default='asked', max_length=6)),
                    ('wishes', models.JSONField()),
                    ('committed', models.JSONField(default=list)),
                    ('is_adopted', models.BooleanField(default=False)),
                    ('figures', models.JSONField(default=dict)),
                    ('document', models.BinaryField(default=b'')),
                    ('runs_done', models.PositiveSmallIntegerField(default=0)),
                    ('counts', models.JSONField(default=dict)),
                    ('refusal', models.CharField(blank=True, max_length=300)),
                    ('made_at', models.DateTimeField()),
                    ('made_by', models.CharField(max_length=80)),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='children', to='planning.basescenario')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('is_adopted', True)), fields=('is_adopted',), name='one_adopted_scenario')],
                },
            ),
            migrations.CreateModel(
                name='Figure',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('field', models.CharField(max_length=80)),
                    ('value', models.JSONField()),
                    ('source', models.CharField(max_length=300)),
                    ('entered_by', models.CharField(max_length=80)),
                    ('entered_at', models.DateTimeField()),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='figures', to='network.base')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('base', 'field'), name='figure_once_per_base')],
                },
            ),
            migrations.CreateModel(
                name='Replan',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('reasons', models.JSONField()),
                    ('figures', models.JSONField()),
                    ('made_at', models.DateTimeField()),
                    ('sale', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='replans', to='campaigns.sale')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('sale', 'day'), name='one_replan_a_sale_and_day')],
                },
            ),
            migrations.CreateModel(
                name='RescuePlan',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('goal', models.CharField(help_text='income or clear:0.95', max_length=20)),
                    ('state', models.CharField(choices=[('proposed', 'proposed'), ('approved', 'approved'), ('superseded', 'superseded')], default='proposed', max_length=10)),
                    ('case', models.JSONField()),
                    ('case_hash', models.CharField(max_length=64)),
                    ('assumptions', models.JSONField()),
                    ('plan', models.JSONField()),
                    ('on_frontier', models.BooleanField(default=False)),
                    ('net_fen', models.BigIntegerField()),
                    ('bound_fen', models.BigIntegerField(null=True)),
                    ('gap', models.FloatField(null=True)),
                    ('cleared_share', models.FloatField()),
                    ('seed', models.PositiveIntegerField()),
                    ('version', models.CharField(max_length=20)),
                    ('made_at', models.DateTimeField()),
                    ('approved_at', models.DateTimeField(null=True)),
                    ('approved_by', models.CharField(blank=True, max_length=80)),
                    ('surplus', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='plans', to='harvest.surplus')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'approved')), fields=('surplus',), name='one_approved_plan')],
                },
            ),
        ]),
    ]
