import django.db.models.deletion
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
                name='BankFormat',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('columns', models.JSONField(help_text='[{title, field}, …]')),
                    ('delimiter', models.CharField(default=',', max_length=1)),
                    ('encoding', models.CharField(default='utf-8-sig', max_length=12)),
                    ('with_titles', models.BooleanField(default=True)),
                    ('base', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='bank_format', to='network.base')),
                ],
            ),
            migrations.CreateModel(
                name='Entry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(help_text='what it is for, posted once', max_length=80, unique=True)),
                    ('kind', models.CharField(max_length=30)),
                    ('posted_at', models.DateTimeField()),
                    ('lines_count', models.PositiveSmallIntegerField(default=0, help_text='how many lines it has; the database takes no more')),
                    ('note', models.CharField(blank=True, help_text='why, where a person posted it', max_length=200)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('sale', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='campaigns.sale')),
                ],
            ),
            migrations.CreateModel(
                name='Payee',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('account', models.CharField(max_length=40)),
                    ('way', models.CharField(choices=[('bank', 'bank transfer'), ('postal_order', 'postal order'), ('cash', 'cash against signature')], max_length=12)),
                    ('kind', models.CharField(choices=[('self', 'the party'), ('proxy', 'a proxy'), ('heir', 'an heir')], default='self', max_length=5)),
                    ('proof', models.CharField(blank=True, help_text='the slip or certificate that names proxy or heir', max_length=120)),
                    ('entered_at', models.DateTimeField()),
                    ('entered_by', models.CharField(max_length=80)),
                    ('ended_at', models.DateTimeField(null=True)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payees', to='network.base')),
                    ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vault.contact')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('account',), name='one_payee_at_a_time'), models.CheckConstraint(condition=models.Q(('kind', 'self'), models.Q(('proof', ''), _negated=True), _connector='OR'), name='payee_others_need_proof')],
                },
            ),
            migrations.CreateModel(
                name='PayoutBatch',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('way', models.CharField(choices=[('bank', 'bank transfer'), ('postal_order', 'postal order'), ('cash', 'cash against signature')], max_length=12)),
                    ('made_at', models.DateTimeField()),
                    ('made_by', models.CharField(max_length=80)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                ],
            ),
            migrations.CreateModel(
                name='Payout',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=80, unique=True)),
                    ('account', models.CharField(max_length=40)),
                    ('amount_fen', models.PositiveBigIntegerField()),
                    ('way', models.CharField(default='bank', max_length=20)),
                    ('state', models.CharField(choices=[('proposed', 'proposed'), ('paid', 'paid'), ('returned', 'returned')], default='proposed', max_length=10)),
                    ('proposed_at', models.DateTimeField()),
                    ('proposed_by', models.CharField(max_length=80)),
                    ('paid_at', models.DateTimeField(null=True)),
                    ('approved_by', models.CharField(blank=True, max_length=80)),
                    ('returned_at', models.DateTimeField(null=True)),
                    ('return_reason', models.CharField(blank=True, max_length=200)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('payee', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to='settlement.payee')),
                    ('sale', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to='campaigns.sale')),
                    ('batch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to='settlement.payoutbatch')),
                ],
            ),
            migrations.CreateModel(
                name='PurchaseVoucher',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.CharField(max_length=40, unique=True)),
                    ('weight_g', models.PositiveBigIntegerField()),
                    ('amount_fen', models.PositiveBigIntegerField()),
                    ('issued_at', models.DateTimeField()),
                    ('issued_by', models.CharField(max_length=80)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('grower', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vouchers', to='harvest.grower')),
                    ('sale', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vouchers', to='campaigns.sale')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('sale', 'grower'), name='voucher_once_per_sale')],
                },
            ),
            migrations.CreateModel(
                name='TaxRate',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(help_text="an account's kind, such as postage", max_length=20)),
                    ('from_day', models.DateField()),
                    ('rate_bp', models.PositiveSmallIntegerField()),
                    ('source', models.CharField(max_length=120)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('kind', 'from_day'), name='tax_rate_once_a_day'), models.CheckConstraint(condition=models.Q(('rate_bp__lte', 10000)), name='tax_rate_is_a_share')],
                },
            ),
            migrations.CreateModel(
                name='ClosedPeriod',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('through', models.DateField()),
                    ('closed_at', models.DateTimeField()),
                    ('closed_by', models.CharField(max_length=80)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('base', 'through'), name='period_closed_once')],
                },
            ),
            migrations.CreateModel(
                name='InvoiceRequest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('is_company', models.BooleanField()),
                    ('state', models.CharField(choices=[('requested', 'requested'), ('issued', 'issued'), ('refused', 'refused')], default='requested', max_length=10)),
                    ('number', models.CharField(blank=True, max_length=40)),
                    ('reason', models.CharField(blank=True, max_length=200)),
                    ('requested_at', models.DateTimeField()),
                    ('decided_at', models.DateTimeField(null=True)),
                    ('decided_by', models.CharField(blank=True, max_length=80)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vault.contact')),
                    ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='invoice', to='orders.order')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'issued'), _negated=True), models.Q(('number', ''), _negated=True), _connector='OR'), name='issued_invoice_has_a_number')],
                },
            ),
            migrations.CreateModel(
                name='Line',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('account', models.CharField(max_length=40)),
                    ('amount_fen', models.BigIntegerField()),
                    ('tax_bp', models.PositiveSmallIntegerField(default=0, help_text='value-added tax contained in the amount, 1/10,000 of what is before')),
                    ('base', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.base')),
                    ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='settlement.entry')),
                ],
                options={
                    'indexes': [models.Index(fields=['account', 'entry'], name='line_of_account')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('amount_fen', 0), _negated=True), name='line_is_not_zero')],
                },
            ),
        ]),
    ]
